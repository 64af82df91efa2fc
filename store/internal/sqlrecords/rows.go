package sqlrecords

import (
	"encoding/json"
	"time"

	"github.com/alreasense/campaigns/campaign"
	"github.com/alreasense/campaigns/contact"
)

// Scanner is a row that is being read.
type Scanner interface{ Scan(dest ...any) error }

// AttemptColumns are what ScanAttempt reads and AttemptValues gives, of a
// table named a.
const AttemptColumns = `a.id, a.tenant, a.campaign, a.position, a.generation, a.try, a.instance, a.slot, a.gateway, a.remote,
	a.phone, a.message, a.text, a.gap, a.taken_at, a.start_by, a.quarantine, a.sweep_at, a.daemon, a.phase, a.held,
	a.looked, a.look_at, a.why`

// ScanAttempt reads an open attempt.
func ScanAttempt(row Scanner, more ...any) (*campaign.Attempt, error) {
	var (
		a                                          campaign.Attempt
		phone, why                                 string
		gap, taken, by, quarantine, sweep, held, l int64
	)
	var raw []byte
	dest := append([]any{&raw, (*string)(&a.Tenant), (*int64)(&a.Recipient.Campaign), &a.Recipient.Position, &a.Generation, &a.Try,
		(*int64)(&a.Instance), &a.Slot, &a.Route.Gateway, &a.Route.Instance, &phone, (*int)(&a.Message), &a.Text, &gap,
		&taken, &by, &quarantine, &sweep, &a.Daemon, (*string)(&a.Phase), &held, &a.Looked, &l, &why}, more...)
	if err := row.Scan(dest...); err != nil {
		return nil, err
	}
	copy(a.ID[:], raw)
	a.Route.Tenant, a.Phone, a.Gap, a.Held = a.Tenant, contact.Phone(phone), time.Duration(gap), held != 0
	a.TakenAt, a.StartBy, a.Quarantine = Instant(taken), Instant(by), Instant(quarantine)
	a.SweepAt, a.LookAt = Instant(sweep), Instant(l)
	var err error
	a.Why, err = ParseReason(why)
	return &a, err
}

// AttemptValues appends the values of AttemptColumns.
func AttemptValues(args []any, a *campaign.Attempt) []any {
	return append(args, a.ID[:], string(a.Tenant), int64(a.Recipient.Campaign), a.Recipient.Position, int64(a.Generation), int64(a.Try),
		int64(a.Instance), int64(a.Slot), a.Route.Gateway, a.Route.Instance, string(a.Phone), int64(a.Message), a.Text,
		int64(a.Gap), Micros(a.TakenAt), Micros(a.StartBy), Micros(a.Quarantine), Micros(a.SweepAt), a.Daemon,
		string(a.Phase), Bool(a.Held), int64(a.Looked), Micros(a.LookAt), Reason(a.Why))
}

// ClosedColumns are what ScanClosed reads and ClosedValues gives, of a table
// named e.
const ClosedColumns = `e.attempt, e.tenant, e.campaign, e.position, e.generation, e.try, e.instance, e.message, e.phone,
	e.taken_at, e.ended_at, e.outcome, e.provider_id, e.evidence, e.why`

// ScanClosed reads an ended attempt.
func ScanClosed(row Scanner, more ...any) (campaign.Closed, error) {
	var (
		c            campaign.Closed
		id           []byte
		phone, why   string
		taken, ended int64
	)
	dest := append([]any{&id, (*string)(&c.Tenant), (*int64)(&c.Recipient.Campaign), &c.Recipient.Position, &c.Generation, &c.Try,
		(*int64)(&c.Instance), (*int)(&c.Message), &phone, &taken, &ended, (*string)(&c.Outcome), &c.ProviderID,
		(*string)(&c.Evidence), &why}, more...)
	if err := row.Scan(dest...); err != nil {
		return c, err
	}
	copy(c.Attempt[:], id)
	c.Phone, c.TakenAt, c.EndedAt = contact.Phone(phone), Instant(taken), Instant(ended)
	var err error
	c.Why, err = ParseReason(why)
	return c, err
}

// ClosedValues appends the values of ClosedColumns.
func ClosedValues(args []any, c *campaign.Closed) []any {
	return append(args, c.Attempt[:], string(c.Tenant), int64(c.Recipient.Campaign), c.Recipient.Position, int64(c.Generation), int64(c.Try),
		int64(c.Instance), int64(c.Message), string(c.Phone), Micros(c.TakenAt), Micros(c.EndedAt), string(c.Outcome),
		c.ProviderID, string(c.Evidence), Reason(c.Why))
}

// RecipientColumns are what ScanRecipient reads, of a table named r.
const RecipientColumns = `r.campaign, r.position, r.phone, r.contact`

// ScanRecipient reads who a recipient is: one that is not settled.
func ScanRecipient(row Scanner) (*campaign.Recipient, error) {
	var (
		r               = campaign.Recipient{Generation: 1}
		phone, snapshot string
	)
	err := row.Scan((*int64)(&r.ID.Campaign), &r.ID.Position, &phone, &snapshot)
	if err != nil {
		return nil, err
	}
	r.Contact, err = ParsePerson(snapshot, phone)
	return &r, err
}

// ResultColumns are what ScanResult reads and ResultValues gives, of a table
// named s.
const ResultColumns = `s.campaign, s.position, s.state, s.why, s.message, s.tries, s.generation, s.instance, s.provider_id,
	s.taken_at, s.sent_at, s.delivered_at, s.read_at, s.responded_at`

// ScanResult reads what became of a recipient, for all that ScanRecipient
// leaves open. Nothing is derived.
func ScanResult(row Scanner) (*campaign.Recipient, error) {
	var (
		r                                     campaign.Recipient
		why                                   string
		taken, sent, delivered, read, replied int64
	)
	err := row.Scan((*int64)(&r.ID.Campaign), &r.ID.Position, (*string)(&r.State), &why, (*int)(&r.Message),
		&r.Tries, &r.Generation, (*int64)(&r.Instance), &r.ProviderID, &taken, &sent, &delivered, &read, &replied)
	if err != nil {
		return nil, err
	}
	r.TakenAt, r.SentAt, r.DeliveredAt = Instant(taken), Instant(sent), Instant(delivered)
	r.ReadAt, r.RespondedAt = Instant(read), Instant(replied)
	r.Why, err = ParseReason(why)
	return &r, err
}

// ResultValues appends the values of ResultColumns. States that are derived
// are stored as none.
func ResultValues(args []any, r *campaign.Recipient) []any {
	state := r.State
	switch state {
	case campaign.Pending, campaign.Sending, campaign.Unknown:
		state = ""
	}
	return append(args, int64(r.ID.Campaign), r.ID.Position, string(state), Reason(r.Why), int64(r.Message), int64(r.Tries),
		int64(max(r.Generation, 1)), int64(r.Instance), r.ProviderID, Micros(r.TakenAt), Micros(r.SentAt), Micros(r.DeliveredAt),
		Micros(r.ReadAt), Micros(r.RespondedAt))
}

// WaitingColumns are what ScanWaiting reads and WaitingValues gives, of a
// table named w.
const WaitingColumns = `w.campaign, w.position, w.due, w.tries, w.generation, w.why, w.lane`

// ScanWaiting reads a waiting row.
func ScanWaiting(row Scanner) (campaign.Waiting, error) {
	var (
		w   campaign.Waiting
		why string
		due int64
	)
	err := row.Scan((*int64)(&w.Recipient.Campaign), &w.Recipient.Position, &due, &w.Tries, &w.Generation, &why, (*int64)(&w.Lane))
	if err != nil {
		return w, err
	}
	w.Due = Instant(due)
	w.Why, err = ParseReason(why)
	return w, err
}

// WaitingValues appends the values of WaitingColumns.
func WaitingValues(args []any, w *campaign.Waiting) []any {
	return append(args, int64(w.Recipient.Campaign), w.Recipient.Position, Micros(w.Due), int64(w.Tries), int64(w.Generation), Reason(w.Why), int64(w.Lane))
}

// EventColumns are what ScanEvent reads; EventValues gives all but seq.
const EventColumns = `v.seq, v.tenant, v.at, v.type, v.campaign, v.position, v.instance, v.attempt, v.message, v.author, v.why`

// ScanEvent reads an event.
func ScanEvent(row Scanner) (campaign.Event, error) {
	var (
		e       campaign.Event
		attempt []byte
		at      int64
		why     string
	)
	err := row.Scan(&e.Seq, (*string)(&e.Tenant), &at, (*string)(&e.Type), (*int64)(&e.Campaign), &e.Position,
		(*int64)(&e.Instance), &attempt, (*int)(&e.Message), &e.Author, &why)
	if err != nil {
		return e, err
	}
	copy(e.Attempt[:], attempt)
	e.At = Instant(at)
	e.Why, err = ParseReason(why)
	return e, err
}

// EventValues appends the values of EventColumns but seq.
func EventValues(args []any, e *campaign.Event) []any {
	var attempt []byte
	if !e.Attempt.IsZero() {
		attempt = e.Attempt[:]
	}
	return append(args, string(e.Tenant), Micros(e.At), string(e.Type), int64(e.Campaign), e.Position, int64(e.Instance), attempt,
		int64(e.Message), e.Author, Reason(e.Why))
}

// CampaignColumns are what ScanCampaign reads, of a table named c.
const CampaignColumns = `c.id, c.tenant, c.status, c.rev, c.total, c.seed, c.next_message, c.cause, c.why,
	c.created_at, c.updated_at, c.started_at, c.paused_at, c.resumed_at, c.ended_at, c.due_at, c.fields, c.draft`

// ScanCampaign reads a campaign.
func ScanCampaign(row Scanner) (campaign.Campaign, error) {
	var (
		c                                                     campaign.Campaign
		seed                                                  int64
		why, fields, draft                                    string
		created, updated, started, paused, resumed, ends, due int64
	)
	err := row.Scan((*int64)(&c.ID), (*string)(&c.Tenant), (*string)(&c.Status), &c.Rev, &c.Total, &seed, (*int)(&c.NextMessage),
		(*string)(&c.Cause), &why, &created, &updated, &started, &paused, &resumed, &ends, &due, &fields, &draft)
	if err != nil {
		return c, err
	}
	if err := json.Unmarshal([]byte(draft), &c.Draft); err != nil {
		return c, unreadable("draft", err)
	}
	if err := json.Unmarshal([]byte(fields), &c.Fields); err != nil {
		return c, unreadable("fields", err)
	}
	c.StartAt, c.EndAt, c.DueAt = c.StartAt.UTC(), c.EndAt.UTC(), Instant(due)
	c.Seed = uint64(seed)
	c.CreatedAt, c.UpdatedAt, c.StartedAt = Instant(created), Instant(updated), Instant(started)
	c.PausedAt, c.ResumedAt, c.EndedAt = Instant(paused), Instant(resumed), Instant(ends)
	c.Why, err = ParseReason(why)
	return c, err
}

// ProgressColumns are what ScanProgress reads and ProgressValues gives, of a
// table named p.
const ProgressColumns = `p.position, p.skipped, p.picked, p.sent, p.delivered, p.read, p.responded, p.failed, p.unknown,
	p.retries, p.released, p.sent_of, p.last_sent_at, p.responded_of`

// ScanProgress reads both halves of a campaign's progress.
func ScanProgress(row Scanner, more ...any) (c campaign.Cursor, t campaign.Tally, err error) {
	var (
		picked, released, sentOf, respondedOf string
		last                                  int64
	)
	dest := append([]any{&c.Position, &c.Skipped, &picked, &t.Sent, &t.Delivered, &t.Read, &t.Responded, &t.Failed, &t.Unknown,
		&t.Retries, &released, &sentOf, &last, &respondedOf}, more...)
	if err = row.Scan(dest...); err != nil {
		return c, t, err
	}
	t.LastSentAt = Instant(last)
	if c.Picked, err = ParseCounts(picked); err != nil {
		return c, t, err
	}
	if t.Released, err = ParseCounts(released); err != nil {
		return c, t, err
	}
	if t.SentOf, err = ParseCounts(sentOf); err != nil {
		return c, t, err
	}
	t.RespondedOf, err = ParseCounts(respondedOf)
	return c, t, err
}

// ProgressValues appends the values of ProgressColumns.
func ProgressValues(args []any, c *campaign.Cursor, t *campaign.Tally) []any {
	return append(args, c.Position, c.Skipped, Counts(c.Picked), t.Sent, t.Delivered, t.Read, t.Responded, t.Failed, t.Unknown,
		t.Retries, Counts(t.Released), Counts(t.SentOf), Micros(t.LastSentAt), Counts(t.RespondedOf))
}

package campaign

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/alreasense/campaigns/contact"
)

// ErrNotice refuses a report that can never be matched with anything: it names
// no number, message or kind.
var ErrNotice = errors.New("campaign: this report cannot be about anything")

// check reports what keeps a notice from ever being matched.
func (n *Notice) check() error {
	switch {
	case n.Instance == 0:
		return fmt.Errorf("%w: set Notice.Tenant and Notice.Instance; Engine.FindInstance finds both by the gateway's name of the number", ErrNotice)
	case n.Kind == NoticeReply && n.Phone == "":
		return fmt.Errorf("%w: a reply needs Notice.Phone", ErrNotice)
	case n.Kind != NoticeReply && n.ProviderID == "":
		return fmt.Errorf("%w: set Notice.ProviderID", ErrNotice)
	case n.Kind == NoticeSent && n.At.IsZero() && n.Attempt == (AttemptID{}):
		return fmt.Errorf("%w: what was sent is told apart by when: set Notice.At, or Notice.Attempt", ErrNotice)
	}
	switch n.Kind {
	case NoticeServer, NoticeDelivered, NoticeRead, NoticeError, NoticeSent, NoticeReply:
		return nil
	}
	return fmt.Errorf("%w: %q is no kind of report", ErrNotice, n.Kind)
}

// Receive stores a gateway's reports; they are applied soon, forward only. It
// returns when they are durable. A report that proves a send whose outcome is
// in doubt is applied before it returns: by its Attempt, or by what was sent to
// whom and when (NoticeSent), whatever has become of the doubt meanwhile. After
// an error report again; a report that comes twice changes nothing.
//
// ErrNotice refuses what nothing could ever match.
func (e *Engine) Receive(ctx context.Context, ns ...Notice) error {
	now := e.Now().UTC()
	for i := range ns {
		if err := ns[i].check(); err != nil {
			return err
		}
		ns[i].ArrivedAt = now
	}
	// Stored first: a send that is lost from now on finds its report there.
	if err := e.store.Stash(ctx, ns); err != nil {
		return err
	}
	err := e.testify(ctx, ns)
	for i := range ns {
		if err == nil && ns[i].Kind == NoticeSent && ns[i].Attempt == (AttemptID{}) {
			err = e.witness(ctx, ns[i])
		}
	}
	e.pulse.beat()
	return err
}

// testify settles the attempts that reports name themselves: there is nothing
// to compare.
func (e *Engine) testify(ctx context.Context, ns []Notice) error {
	var ss []Settlement
	of := make(map[AttemptID]Notice)
	for _, n := range ns {
		if _, twice := of[n.Attempt]; twice || n.Attempt == (AttemptID{}) || n.Kind == NoticeReply {
			continue
		}
		of[n.Attempt] = n
		ss = append(ss, Settlement{Attempt: n.Attempt, Outcome: OutcomeAccepted, Evidence: ByWebhook,
			Accepted: Accepted{ProviderID: n.ProviderID, At: n.when()}})
	}
	if len(ss) == 0 {
		return nil
	}
	rows, err := e.store.Settle(ctx, e.Now().UTC(), ss, func(r *Rows) {
		e.book.settle(r, slices.DeleteFunc(slices.Clone(ss), func(s Settlement) bool {
			n, c := of[s.Attempt], r.Ended[s.Attempt]
			if a := r.Open[s.Attempt]; a != nil {
				return a.Tenant != n.Tenant || a.Instance != n.Instance
			}
			return c.Tenant != n.Tenant || c.Instance != n.Instance
		}))
	})
	if err != nil {
		e.fault("inquire", err)
		return err
	}
	e.follow(ctx, rows)
	return nil
}

// witness looks for the send in doubt that a report of a sent message proves.
// One that is in flight is left to its daemon: if that is gone it is lost soon,
// and then finds the report in the inbox.
func (e *Engine) witness(ctx context.Context, n Notice) error {
	if n.Phone == "" || n.Digest == "" {
		return nil
	}
	var ds []doubt
	err := e.store.Tenant(n.Tenant).View(ctx, func(r Reader) error {
		ds = nil
		for _, spelled := range spellings(n.Phone) {
			places, err := r.Places(spelled)
			if err != nil {
				return err
			}
			for _, id := range places {
				at, err := e.doubts(r, id, n)
				if err != nil {
					return err
				}
				ds = append(ds, at...)
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	for _, d := range ds {
		if proven, err := e.prove(ctx, d, n.record(), ByWebhook); proven || err != nil {
			return err
		}
	}
	return nil
}

// doubts are the sends to a recipient that are in doubt and that a report can
// mean.
func (e *Engine) doubts(r Reader, id RecipientID, n Notice) (ds []doubt, err error) {
	p, err := r.Recipient(id)
	if err != nil {
		return nil, err
	}
	if p.State == Unknown {
		open, err := r.Flights(id.Campaign)
		if err != nil {
			return nil, err
		}
		for i := range open {
			if a := &open[i]; a.Recipient == id && a.Phase == Lost && doubtOf(a).meant(n, TextDigest(a.Text)) {
				ds = append(ds, doubtOf(a))
			}
		}
	}
	if p.Generation < 2 && p.Why.Code != CodeMarkedUnsent {
		return ds, nil // nobody has given anything up
	}
	past, err := r.History(id.Campaign, id.Position-1, id.Position)
	if err != nil {
		return nil, err
	}
	for _, c := range past {
		if c.Outcome != OutcomeMarkedUnsent && c.Outcome != OutcomeResend {
			continue
		}
		// The row does not keep its text: it is made again, and is another one
		// if the message was edited meanwhile.
		by := c.TakenAt.Add(e.Timing.Deadline + e.Timing.Typing + e.Timing.Late)
		d := doubt{c.Attempt, c.Tenant, c.Instance, c.TakenAt.Truncate(time.Second), by}
		text, err := e.textOf(r, p, c)
		if err != nil {
			return nil, err
		}
		if text != "" && d.meant(n, TextDigest(text)) {
			ds = append(ds, d)
		}
	}
	return ds, nil
}

// textOf makes the text of an attempt that has ended once more; empty if that
// cannot be done.
func (e *Engine) textOf(r Reader, p Recipient, c Closed) (string, error) {
	camp, err := r.Campaign(c.Recipient.Campaign)
	if err != nil {
		return "", err
	}
	cal, err := r.Calendar()
	if err != nil {
		return "", err
	}
	p.Message, p.TakenAt = c.Message, c.TakenAt
	return e.again(camp, cal, p), nil
}

// meant reports whether a report can be about a send with a text.
func (d doubt) meant(n Notice, digest string) bool {
	return n.Tenant == d.tenant && n.Instance == d.instance && n.Digest == digest
}

// when is when a report happened, or else when it arrived.
func (n Notice) when() time.Time {
	if n.At.IsZero() || (n.At.After(n.ArrivedAt) && !n.ArrivedAt.IsZero()) {
		return n.ArrivedAt
	}
	return n.At.UTC()
}

func (n Notice) record() Record { return Record{ProviderID: n.ProviderID, At: n.At} }

// spellings are those under which a phone can stand in rows: its own first.
func spellings(p contact.Phone) []contact.Phone {
	all := []contact.Phone{p}
	for _, s := range p.Stored() {
		if s != p {
			all = append(all, s)
		}
	}
	return all
}

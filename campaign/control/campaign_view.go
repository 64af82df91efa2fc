package control

import (
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/alreasense/campaigns/campaign"
	"github.com/danielgtaylor/huma/v2"
)

// Campaign is a campaign as people read it. What an edit takes is
// CampaignEdit; everything else changes by commands and sends alone.
type Campaign struct {
	ID          int64  `json:"id" doc:"The campaign's short number."`
	Name        string `json:"name"`
	Description string `json:"description"`
	Status      string `json:"status" enum:"draft,scheduled,active,paused,completed,cancelled"`
	StatusText  string `json:"status_text" doc:"The status in words."`

	FlatSchedule
	Schedule Schedule `json:"schedule" doc:"The whole schedule; the single fields show the part that they can."`

	Messages  []Message  `json:"messages"`
	Rotation  string     `json:"rotation" doc:"balanced, weighted, sticky, or one of the host's own."`
	Instances []int64    `json:"instances" doc:"The numbers that send."`
	Pace      Pace       `json:"pace" doc:"Tightens the pace of the numbers; never loosens it."`
	StartAt   *time.Time `json:"start_at" doc:"When the campaign begins; null means as soon as it is started."`
	EndAt     *time.Time `json:"end_at" doc:"When an unfinished campaign pauses; null means never."`
	Retries   int        `json:"retries" doc:"How often a send that is proven unsent is tried again."`
	// AtLeastOnce is the standing order.
	AtLeastOnce bool `json:"at_least_once" doc:"A send whose outcome stays unknown is sent once more, so that a person may get it twice."`
	// AfterRestriction is what becomes of people whom a restricted number has failed.
	AfterRestriction string `json:"after_restriction" enum:"retry,other_number,never" doc:"What becomes of people whose message the number took and WhatsApp then refused because of the number: retry sends it again when the number may send, other_number at once by another number of the campaign, never leaves them failed."`
	KeepOpen         bool   `json:"keep_open" doc:"It stays active when nobody is left, for people who are added later, and may start without anybody."`

	TotalContacts     int64 `json:"total_contacts"`
	PendingMessages   int64 `json:"pending_messages"`
	SendingMessages   int64 `json:"sending_messages"`
	UnknownMessages   int64 `json:"unknown_messages" doc:"Nobody knows whether they went out: see the decisions."`
	SentMessages      int64 `json:"sent_messages" doc:"Accepted by the gateway, or beyond."`
	DeliveredMessages int64 `json:"delivered_messages" doc:"Part of sent_messages."`
	ReadMessages      int64 `json:"read_messages" doc:"Part of sent_messages."`
	FailedMessages    int64 `json:"failed_messages"`
	SkippedMessages   int64 `json:"skipped_messages"`
	CancelledMessages int64 `json:"cancelled_messages"`
	RespondedCount    int64 `json:"responded_count" doc:"People who answered; part of sent_messages."`

	ProgressPercentage float64 `json:"progress_percentage" doc:"The share of the audience that needs nothing more, from 0 to 100."`
	ResponseRate       float64 `json:"response_rate" doc:"responded_count of sent_messages, from 0 to 100."`

	NextScheduledSend *time.Time `json:"next_scheduled_send"`
	WaitingFor        *Reason    `json:"waiting_for" doc:"What the next send waits for."`
	LastSendAt        *time.Time `json:"last_send_at"`
	StartedAt         *time.Time `json:"started_at"`
	PausedAt          *time.Time `json:"paused_at"`
	ResumedAt         *time.Time `json:"resumed_at"`
	CompletedAt       *time.Time `json:"completed_at"`
	CancelledAt       *time.Time `json:"cancelled_at"`
	// LastError and AutoPauseReason are words.
	LastError       string    `json:"last_error" doc:"Why the campaign stands still, where nobody wanted it to."`
	AutoPauseReason string    `json:"auto_pause_reason" doc:"Why the campaign was paused, where no person did it."`
	Cause           string    `json:"cause" doc:"Who paused or cancelled it: user, system, schedule, restored; empty otherwise."`
	CreatedAt       time.Time `json:"created_at"`
	UpdatedAt       time.Time `json:"updated_at"`
	Rev             int64     `json:"rev" doc:"The revision that the ETag names."`

	Warnings []Warning `json:"warnings" doc:"What the messages give to look at before a start: other tools' variables, typed \\n, defaults that cannot apply. Empty once the campaign has ended."`
}

// Reason is a code with its words.
type Reason struct {
	Code string            `json:"code"`
	Text string            `json:"text"`
	Args map[string]string `json:"args,omitempty"`
}

// CampaignEdit is what a person may write of a campaign.
type CampaignEdit struct {
	Name        Maybe[string]  `json:"name,omitzero"`
	Description Maybe[string]  `json:"description,omitzero"`
	Messages    []MessageEdit  `json:"messages,omitempty" doc:"All messages, in order. One with an id keeps its counts, and what is not said of it."`
	Rotation    Maybe[string]  `json:"rotation,omitzero"`
	Instances   []int64        `json:"instances,omitempty"`
	Pace        *Pace          `json:"pace,omitempty"`
	StartAt     Maybe[Instant] `json:"start_at,omitzero"`
	EndAt       Maybe[Instant] `json:"end_at,omitzero"`
	Retries     Maybe[int]     `json:"retries,omitzero"`
	AtLeastOnce Maybe[bool]    `json:"at_least_once,omitzero"`
	KeepOpen    Maybe[bool]    `json:"keep_open,omitzero"`
	// AfterRestriction is a text, so that a wrong one is refused by its name.
	AfterRestriction Maybe[string] `json:"after_restriction,omitzero" doc:"retry, other_number or never."`

	FlatScheduleEdit
	Schedule *Schedule `json:"schedule,omitempty" doc:"The whole schedule. Give this or the single fields."`
}

// TransformSchema lets what was read be sent back.
func (CampaignEdit) TransformSchema(r huma.Registry, s *huma.Schema) *huma.Schema {
	return readOnly[Campaign](r, s)
}

// CampaignNew is a campaign to create, with whom to send it to.
type CampaignNew struct {
	CampaignEdit
	Audience
}

// TransformSchema lets what was read be sent back.
func (CampaignNew) TransformSchema(r huma.Registry, s *huma.Schema) *huma.Schema {
	return readOnly[Campaign](r, s)
}

// Audience names people among the tenant's contacts.
type Audience struct {
	Contacts []int64  `json:"contacts,omitempty" doc:"Ids of contacts."`
	Groups   []int64  `json:"groups,omitempty" doc:"Ids of groups: all their members."`
	Tags     []string `json:"tags,omitempty" doc:"Everybody who has at least one of them."`
}

func (x Audience) selection() campaign.Selection {
	return campaign.Selection{Contacts: x.Contacts, Groups: x.Groups, Tags: x.Tags}
}

// view shows a campaign.
func (v *visit) campaign(s campaign.Standing) Campaign {
	c, p := s.Campaign, s.Progress
	loc := zoneOf(c.Schedule)
	out := Campaign{
		ID: int64(c.ID), Name: c.Name, Description: c.Description, Status: string(c.Status), StatusText: c.Status.Text(v.language),
		FlatSchedule: flat(c.Schedule), Schedule: scheduleView(c.Schedule),
		Rotation: c.Rotation, Instances: make([]int64, len(c.Instances)), Pace: paceView(c.Pace),
		StartAt: moment(c.StartAt), EndAt: moment(c.EndAt), Retries: campaign.DefaultRetries, AtLeastOnce: c.AtLeastOnce, KeepOpen: c.KeepOpen,
		AfterRestriction: string(c.AfterRestriction),
		TotalContacts:    p.Total, PendingMessages: p.Pending, SendingMessages: p.Sending, UnknownMessages: p.Unknown,
		SentMessages: p.Sent, DeliveredMessages: p.Delivered, ReadMessages: p.Read, FailedMessages: p.Failed,
		SkippedMessages: p.Skipped, CancelledMessages: p.Cancelled, RespondedCount: p.Responded,
		ProgressPercentage: percent(p.Total-p.Pending-p.Sending, p.Total), ResponseRate: percent(p.Responded, p.Sent),
		NextScheduledSend: moment(p.NextAt), LastSendAt: moment(p.LastSentAt),
		StartedAt: moment(c.StartedAt), PausedAt: moment(c.PausedAt), ResumedAt: moment(c.ResumedAt),
		Cause: string(c.Cause), CreatedAt: c.CreatedAt, UpdatedAt: c.UpdatedAt, Rev: c.Rev,
	}
	if out.Rotation == "" {
		out.Rotation = campaign.RotationBalanced
	}
	if out.AfterRestriction == "" {
		out.AfterRestriction = string(campaign.RestrictionRetry)
	}
	for i, id := range c.Instances {
		out.Instances[i] = int64(id)
	}
	if c.Retries != nil {
		out.Retries = *c.Retries
	}
	out.Messages = make([]Message, len(c.Messages))
	for i, m := range c.Messages {
		out.Messages[i] = messageView(i, m, p)
	}
	out.Warnings = v.warnings(s.Warnings)
	out.WaitingFor = v.reason(p.Why, loc)
	switch c.Status {
	case campaign.Completed:
		out.CompletedAt = moment(c.EndedAt)
	case campaign.Cancelled:
		out.CancelledAt = moment(c.EndedAt)
	}
	if c.Cause != "" && c.Cause != campaign.ByUser {
		out.LastError = v.sayIn(c.Why, loc)
		if c.Status == campaign.Paused {
			out.AutoPauseReason = out.LastError
		}
	} else if p.NextAt.IsZero() {
		out.LastError = v.sayIn(p.Why, loc)
	}
	return out
}

// reason shows a reason; nil where there is none.
func (v *visit) reason(why campaign.Reason, loc *time.Location) *Reason {
	if why.IsZero() {
		return nil
	}
	return &Reason{Code: string(why.Code), Text: v.sayIn(why, loc), Args: why.Args}
}

// percent is part of whole, from 0 to 100, with one decimal; 0 of nothing.
func percent(part, whole int64) float64 {
	if whole <= 0 {
		return 0
	}
	p := math.Round(float64(part)*1000/float64(whole)) / 10
	if part < whole {
		p = min(p, 99.9) // all is said of all alone
	}
	return p
}

// moment is an instant, or null.
func moment(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	t = t.UTC()
	return &t
}

// Instant is an instant in a request; the empty text is none.
type Instant struct{ time.Time }

// UnmarshalJSON implements json.Unmarshaler.
func (t *Instant) UnmarshalJSON(text []byte) error {
	if string(text) == `""` {
		t.Time = time.Time{}
		return nil
	}
	if err := t.Time.UnmarshalJSON(text); err != nil {
		return err
	}
	if y := t.Year(); y < 1970 || y > 9999 {
		return fmt.Errorf("date/time out of range: the year %d of %s", y, text)
	}
	return nil
}

// Schema implements huma.SchemaProvider.
func (Instant) Schema(huma.Registry) *huma.Schema {
	return &huma.Schema{Type: huma.TypeString, Description: "RFC 3339, with a zone: 2026-12-31T15:04:05-03:00."}
}

// edit applies what was given.
func (in CampaignEdit) edit(d *campaign.Draft) error {
	in.Name.put(&d.Name)
	in.Description.put(&d.Description)
	in.Rotation.put(&d.Rotation)
	in.AtLeastOnce.put(&d.AtLeastOnce)
	in.KeepOpen.put(&d.KeepOpen)
	in.AfterRestriction.put((*string)(&d.AfterRestriction))
	if in.Messages != nil {
		was := d.Messages
		d.Messages = make([]campaign.Message, len(in.Messages))
		for i, m := range in.Messages {
			if k := slices.IndexFunc(was, func(x campaign.Message) bool { return m.ID.Given && x.ID != 0 && x.ID == m.ID.Value }); k >= 0 {
				d.Messages[i] = was[k]
			}
			m.edit(&d.Messages[i])
			m.ID.put(&d.Messages[i].ID)
		}
	}
	if in.Instances != nil {
		d.Instances = make([]campaign.InstanceID, len(in.Instances))
		for i, id := range in.Instances {
			d.Instances[i] = campaign.InstanceID(id)
		}
	}
	if in.Pace != nil {
		d.Pace = in.Pace.pace()
	}
	if in.StartAt.Given {
		d.StartAt = in.StartAt.Value.UTC()
	}
	if in.EndAt.Given {
		d.EndAt = in.EndAt.Value.UTC()
	}
	if in.Retries.Given {
		n := in.Retries.Value
		d.Retries = &n
	}
	return in.schedule(d)
}

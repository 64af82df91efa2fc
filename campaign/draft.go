package campaign

import (
	"maps"
	"slices"
	"time"

	"github.com/alreasense/campaigns/schedule"
)

// MaxMessages is how many messages a campaign may rotate.
const MaxMessages = 5

// MaxText is the longest text of a message, in characters (Unicode code points),
// before and after its variables are filled in.
const MaxText = 4096

// Message is one of the texts that a campaign rotates.
type Message struct {
	// ID is given by the engine when the draft is saved; zero in a new message.
	ID MessageID `json:"id"`
	// Text may hold variables: {{nome}}, {{nome|amigo}}.
	Text string `json:"text"`
	// Weight is the message's share under the weighted rotation. Defaults to 1.
	Weight int `json:"weight,omitempty"`
	// Off takes the message out of the rotation without deleting it.
	Off bool `json:"off,omitempty"`
}

// Draft is what a person may edit of a campaign.
type Draft struct {
	Name        string    `json:"name"`
	Description string    `json:"description,omitempty"`
	Messages    []Message `json:"messages"`
	// Rotation names the rule that chooses a message for each recipient:
	// "balanced", "weighted", "sticky", or a name in Options.Rotations.
	// Defaults to "balanced".
	Rotation string `json:"rotation,omitempty"`
	// Schedule says at which hours of which days messages go out. The zero
	// value is immediate.
	Schedule schedule.Spec `json:"schedule"`
	// StartAt is when the campaign begins; zero means as soon as it is started.
	StartAt time.Time `json:"start_at,omitzero"`
	// EndAt is when an unfinished campaign pauses; zero means never.
	EndAt time.Time `json:"end_at,omitzero"`
	// Instances are the numbers that send. At least one is needed to start.
	Instances []InstanceID `json:"instances,omitempty"`
	// Pace tightens the pace of the numbers for this campaign. It never
	// loosens it: of two limits the stricter one holds.
	Pace Pace `json:"pace,omitzero"`
	// Retries is how often a send that is proven unsent is tried again, 0 to
	// 10. Nil means DefaultRetries.
	Retries *int `json:"retries,omitempty"`
	// AtLeastOnce is a standing order: a send whose outcome stays unknown
	// after every inquiry is sent once more, so that a person may get the
	// message twice. The default is at most once.
	AtLeastOnce bool `json:"at_least_once,omitempty"`
	// AfterRestriction says what becomes of people whose message the number took
	// and WhatsApp then refused, as it does when it restricts a number. Defaults
	// to RestrictionRetry.
	AfterRestriction RestrictionPolicy `json:"after_restriction,omitempty"`
	// KeepOpen keeps the campaign active when nobody is left, for people who are
	// added one by one ("whoever orders gets this"): it may start without
	// anybody, holds its numbers, and ends by Complete or Cancel.
	KeepOpen bool `json:"keep_open,omitempty"`
	// LeftOut are the positions of people who were taken out of the audience.
	// Service.LeaveOut adds to it, and nothing else changes it.
	LeftOut Positions `json:"left_out,omitempty"`
}

// DefaultRetries is how often a send that is proven unsent is tried again.
const DefaultRetries = 3

func (d Draft) retries() int {
	if d.Retries == nil {
		return DefaultRetries
	}
	return *d.Retries
}

func (d Draft) clone() Draft {
	d.Messages = slices.Clone(d.Messages)
	d.Instances = slices.Clone(d.Instances)
	d.LeftOut = slices.Clone(d.LeftOut)
	d.Pace.Ramp = slices.Clone(d.Pace.Ramp)
	d.Schedule = d.Schedule.Clone()
	if d.Retries != nil {
		n := *d.Retries
		d.Retries = &n
	}
	return d
}

// Campaign is a Draft with its state. Only commands change it; what the ledger
// counts stands in Progress.
type Campaign struct {
	Draft
	ID     ID
	Tenant Tenant
	Status Status
	// Rev grows by one with every change of this row. Edits name the revision
	// that they were made from.
	Rev int64
	// Total is the size of the audience: positions 1 to Total are taken.
	Total int64
	// Seed keys every random choice of this campaign.
	Seed uint64
	// NextMessage is the id that the next new message gets.
	NextMessage MessageID
	// Fields counts, for each template name, the people of the audience who
	// have a value for it, so that a missing value is found before the start.
	Fields map[string]int64
	// DueAt is when a scheduled campaign is to be started, or tried again;
	// zero in every other status.
	DueAt time.Time

	// Cause and Why tell who paused or cancelled the campaign, and why.
	Cause Cause
	Why   Reason

	CreatedAt, UpdatedAt                    time.Time
	StartedAt, PausedAt, ResumedAt, EndedAt time.Time
}

// Clone returns a copy that shares nothing.
func (c Campaign) Clone() Campaign {
	c.Draft = c.Draft.clone()
	c.Fields = maps.Clone(c.Fields)
	c.Why.Args = maps.Clone(c.Why.Args)
	return c
}

// owes reports whether the campaign's standing order is still to act on a lost
// attempt: it makes one new generation, once.
func (c Campaign) owes(a *Attempt) bool {
	return c.AtLeastOnce && a.Generation == 1 && !c.Status.Terminal()
}

// reopenedFor names the lost attempt that an operator has ordered again by
// opening the campaign for it; empty if there is none. It stands there from that
// step until the order is carried out, which ends with the campaign's next pause.
func (c Campaign) reopenedFor() string {
	if c.Status != Active || c.Why.Code != CodeResend {
		return ""
	}
	return c.Why.Args["attempt"]
}

// Message returns the message with the given id, on or off.
func (c Campaign) Message(id MessageID) (Message, bool) {
	for _, m := range c.Messages {
		if m.ID == id {
			return m, true
		}
	}
	return Message{}, false
}

package memory

import (
	"maps"
	"math"
	"time"

	"github.com/alreasense/campaigns/campaign"
	"github.com/alreasense/campaigns/contact"
)

// stamp is an instant in microseconds since 1970, for rows of which there are
// millions: a third of a time.Time. noStamp is the zero Time.
type stamp int64

// suppression is a phone that has opted out.
type suppression struct {
	at    stamp
	level campaign.Level
}

const noStamp stamp = math.MinInt64

func stampOf(t time.Time) stamp {
	if t.IsZero() {
		return noStamp
	}
	return stamp(t.UnixMicro())
}

// Time is the instant in UTC.
func (s stamp) Time() time.Time {
	if s == noStamp {
		return time.Time{}
	}
	return time.UnixMicro(int64(s)).UTC()
}

// tenant is what one tenant has besides campaigns.
type tenant struct {
	name      campaign.Tenant
	calendar  campaign.Calendar
	seals     []campaign.Seal
	keys      map[campaign.SuppressionKey]suppression
	warm      map[contact.Phone]map[campaign.InstanceID]stamp // since when a number knows a person
	instances map[campaign.InstanceID]*number
	remotes   map[remote]campaign.InstanceID
	campaigns map[campaign.ID]*book
	events    list[int64] // their Seqs
}

// remote is what a gateway calls an instance, unique in the tenant.
type remote struct{ gateway, name string }

func remoteOf(i *campaign.Instance) remote { return remote{i.Gateway, i.Remote} }

// book is a campaign with its audience and its progress.
type book struct {
	tenant   *tenant
	campaign campaign.Campaign
	cursor   campaign.Cursor
	tally    campaign.Tally

	audience list[member]            // position p stands at p-1
	phones   map[contact.Phone]int32 // to the position
	waiting  map[int64]*wait
	queue    queue[int64] // of the waiting, by Due
	lanes    map[campaign.InstanceID]*queue[int64]
	open     map[int64]*flight
	flying   int
	serving  map[campaign.InstanceID]*number
	events   list[int64] // their Seqs
}

// member is a recipient. Most people have a name and a phone and no more, and
// most recipients of a running campaign have not been settled.
type member struct {
	name  string
	phone contact.Phone
	more  *contact.Contact // nil where name and phone are all
	end   *end             // nil until settled
	last  *logged          // the last ended attempt; earlier ones follow from it
}

func newMember(c contact.Contact) member {
	m := member{name: c.Name, phone: c.Phone}
	bare := c.ID == 0 && c.Email == "" && c.ReferredBy == "" && len(c.Tags) == 0 && len(c.Vars) == 0 &&
		c.Notes == "" && !c.Active && c.Consent == "" && c.Basis == "" && c.CreatedAt.IsZero() && c.UpdatedAt.IsZero()
	if !bare {
		c = c.Clone()
		c.CreatedAt, c.UpdatedAt = c.CreatedAt.UTC(), c.UpdatedAt.UTC()
		m.more = &c
	}
	return m
}

func (m *member) contact() contact.Contact {
	if m.more != nil {
		return m.more.Clone()
	}
	return contact.Contact{Name: m.name, Phone: m.phone}
}

// end is a recipient's own row, written when it is settled.
type end struct {
	state                      campaign.State
	why                        *campaign.Reason
	providerID                 string
	instance                   campaign.InstanceID
	message, tries, generation int32
	taken, sent                stamp
	delivered, read, replied   stamp
}

func newEnd(r *campaign.Recipient) *end {
	return &end{state: r.State, why: reasonPtr(r.Why), providerID: r.ProviderID, instance: r.Instance,
		message: int32(r.Message), tries: int32(r.Tries), generation: int32(r.Generation),
		taken: stampOf(r.TakenAt), sent: stampOf(r.SentAt), delivered: stampOf(r.DeliveredAt), read: stampOf(r.ReadAt), replied: stampOf(r.RespondedAt)}
}

// recipient returns the recipient's own row, not derived.
func (b *book) recipient(position int64) campaign.Recipient {
	m := b.audience.At(int(position - 1))
	r := campaign.Recipient{
		ID:      campaign.RecipientID{Campaign: b.campaign.ID, Position: position},
		Contact: m.contact(), Generation: 1,
	}
	if e := m.end; e != nil {
		r.State, r.Why, r.ProviderID, r.Instance = e.state, reasonOf(e.why), e.providerID, e.instance
		r.Message, r.Tries, r.Generation = campaign.MessageID(e.message), int(e.tries), int(e.generation)
		r.TakenAt, r.SentAt = e.taken.Time(), e.sent.Time()
		r.DeliveredAt, r.ReadAt, r.RespondedAt = e.delivered.Time(), e.read.Time(), e.replied.Time()
	}
	return r
}

// derived returns the recipient as readers see it.
func (b *book) derived(position int64) campaign.Recipient {
	r := b.recipient(position)
	var open *campaign.Attempt
	if f := b.open[position]; f != nil {
		a := f.copy()
		open = &a
	}
	var w *campaign.Waiting
	if k := b.waiting[position]; k != nil {
		c := k.row(b.campaign.ID, position)
		w = &c
	}
	r.Derive(b.campaign.Status, open, w)
	return r
}

func (b *book) has(position int64) bool {
	return position >= 1 && position <= int64(b.audience.Len())
}

func (b *book) nextDue() time.Time {
	at, _ := b.queue.Min()
	return at
}

func (b *book) nextWhy() campaign.Reason {
	for position := range b.queue.First {
		return reasonOf(b.waiting[position].why)
	}
	return campaign.Reason{}
}

// wait is a waiting row.
type wait struct {
	due               time.Time
	tries, generation int
	why               *campaign.Reason
	lane              campaign.InstanceID
}

func (w *wait) row(id campaign.ID, position int64) campaign.Waiting {
	return campaign.Waiting{Recipient: campaign.RecipientID{Campaign: id, Position: position},
		Due: w.due, Tries: w.tries, Generation: w.generation, Why: reasonOf(w.why), Lane: w.lane}
}

// number is an instance with its meter.
type number struct {
	instance campaign.Instance
	meter    campaign.Meter
	serves   campaign.ID
	slots    map[int]*flight // of the attempts in flight
	open     int             // attempts in flight or lost
}

func (n *number) copy() *campaign.Number {
	return &campaign.Number{Instance: cloneInstance(n.instance), Meter: cloneMeter(n.meter), Serves: n.serves}
}

// flight is an open attempt.
type flight struct {
	campaign.Attempt
	seq  int64 // order of the takes
	book *book
	num  *number
}

func (f *flight) copy() campaign.Attempt {
	a := f.Attempt
	a.Why = cloneReason(a.Why)
	return a
}

// logged is a closed attempt.
type logged struct {
	row  campaign.Closed
	prev *logged // of the same recipient
}

func (l *logged) copy() campaign.Closed {
	c := l.row
	c.Why = cloneReason(c.Why)
	return c
}

// event is an Event without its Seq, which is its place.
type event struct {
	at       stamp
	campaign campaign.ID
	position int64
	instance campaign.InstanceID
	attempt  campaign.AttemptID
	tenant   *tenant
	kind     campaign.EventType
	message  int32
	note     *note // nil where neither author nor reason was given
}

type note struct {
	author string
	why    campaign.Reason
}

func (e *event) row(seq int64) campaign.Event {
	r := campaign.Event{Seq: seq, Tenant: e.tenant.name, At: e.at.Time(), Type: e.kind, Campaign: e.campaign,
		Position: e.position, Instance: e.instance, Attempt: e.attempt, Message: campaign.MessageID(e.message)}
	if e.note != nil {
		r.Author, r.Why = e.note.author, cloneReason(e.note.why)
	}
	return r
}

func cloneReason(r campaign.Reason) campaign.Reason {
	r.Args = maps.Clone(r.Args)
	return r
}

func reasonPtr(r campaign.Reason) *campaign.Reason {
	if r.IsZero() && len(r.Args) == 0 {
		return nil
	}
	r = cloneReason(r)
	return &r
}

func reasonOf(r *campaign.Reason) campaign.Reason {
	if r == nil {
		return campaign.Reason{}
	}
	return cloneReason(*r)
}

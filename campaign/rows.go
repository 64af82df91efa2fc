package campaign

import (
	"crypto/sha256"
	"encoding/hex"
	"time"

	"github.com/alreasense/campaigns/contact"
)

// Rows is the working set of one ledger transaction: what the store has
// loaded, and what it saves after a pure function of the domain has decided.
// A store loads, calls, saves, and holds no rule of its own.
type Rows struct {
	Now time.Time

	// Loaded. Jobs and Numbers are saved again whatever happens (their Cursor,
	// Tally and Meter only), so a store may compare them with what it loaded.
	Jobs    map[ID]*Job
	Numbers map[InstanceID]*Number
	// Turns are the instances that are due, earliest WakeAt first (Take).
	Turns []*Turn
	// Open are the attempts in question that are still open (Settle, Sweep).
	Open map[AttemptID]*Attempt
	// Ended are the attempts in question that are closed already, and People the
	// recipients of all attempts in question, as their own rows say (Settle,
	// Absorb).
	Ended  map[AttemptID]Closed
	People map[RecipientID]*Recipient
	// Claimed names the attempt that holds a provider id already, for each
	// provider id in question that somebody holds (Settle).
	Claimed map[ProviderKey]AttemptID
	// Waits are the waiting rows of the recipients in People (Settle, Absorb).
	Waits map[RecipientID]Waiting
	// Notices are the gateway's reports in question, oldest first (Absorb).
	Notices []Notice
	// Warm tells since when the number of an attempt in Ended knows its person,
	// of those that it knows, under the canonical phone (Absorb); and for the
	// candidates of a job with a number whose cold lane is held, which numbers of
	// the tenant know them (Take).
	Warm map[Warm]time.Time

	// Decided. The store saves each list in this order.
	Unwait   []RecipientID // waiting rows to delete
	Begin    []*Attempt    // new open attempts
	Changed  []*Attempt    // open attempts with another Phase, Held, Looked, LookAt, Why or Quarantine
	Close    []Closed      // open attempts that end: deleted there, appended to the log
	Amended  []Closed      // closed attempts whose outcome was corrected by later proof
	Wait     []Waiting     // waiting rows to insert
	Settled  []*Recipient  // recipients whose own row changes
	Absorbed []int64       // notices that are done with: deleted
	Events   []Event
	// Warmed are the people whom a number has come to know, and since when; of one
	// who is known already nothing changes.
	Warmed map[Warm]time.Time

	// Unmatched counts the reports in Absorbed that waited for a message of ours
	// in vain. It is not saved.
	Unmatched int

	// Rouse sets WakeAt of all instances that serve a campaign to an instant,
	// unless it is earlier already: somebody was put among the waiting who a
	// sleeping instance could take. Saved last; the Meters in Numbers included.
	Rouse map[ID]time.Time

	// Answered by the store, after saving.
	// Drained names the jobs whose cursor has reached the end and that have
	// neither a waiting row nor an attempt in flight.
	Drained []Ref

	// Over names active campaigns that can never send again, and why; the
	// engine pauses them.
	Over map[ID]Reason

	seized map[contact.Phone]bool
	passed map[RecipientID]bool // waiting ones who are not any more
	// halted are those in Over that are at fault by themselves.
	halted map[ID]bool
	// letters are what the sender of each attempt in Begin is told besides it.
	letters map[AttemptID]letter
}

// letter is what a sender is told of an attempt that the ledger does not keep.
type letter struct {
	to     contact.Contact
	values map[string]string
}

func (r *Rows) write(a *Attempt, l letter) {
	if r.letters == nil {
		r.letters = make(map[AttemptID]letter)
	}
	r.letters[a.ID] = l
}

// Ref names a campaign together with its tenant.
type Ref struct {
	Tenant Tenant
	ID     ID
}

// ProviderKey identifies a message at WhatsApp: ids are unique for a number.
type ProviderKey struct {
	Instance InstanceID
	ID       string
}

// Job is a campaign as the ledger works on it.
type Job struct {
	// Campaign and Calendar are read, never saved.
	Campaign Campaign
	Calendar Calendar
	Cursor   Cursor
	Tally    Tally

	// Due are waiting recipients whose time has come, of whatever Lane, earliest
	// first, and Ahead the next ones of the audience, in order, without gaps
	// (Take). Where each of the numbers has a turn and a cold lane that is shut,
	// there are no Due and no NextDue.
	Due, Ahead []Candidate
	// NextDue is when the next waiting recipient that is not in Due is due;
	// zero if there is none (Take).
	NextDue time.Time
}

// Candidate is a recipient that a take may choose.
type Candidate struct {
	Recipient Recipient
	// Waiting tells that the recipient comes from a waiting row, whose Due, Tries,
	// Generation and Why it has.
	Waiting bool
	// Suppressed tells that the phone has opted out. That of a person who was
	// erased tells it by itself, see Erased.
	Suppressed bool
	// Busy tells that an open attempt holds the phone.
	Busy bool
}

// Number is an instance as the ledger works on it.
type Number struct {
	// Instance is read, never saved.
	Instance Instance
	Meter    Meter
	// Serves is the active campaign that the instance sends for; zero if none.
	Serves ID
}

// Turn is an instance that is due, with the campaign it serves.
type Turn struct {
	Number *Number
	Job    *Job
	// Free are the slots that no attempt in flight uses, lowest first. Empty
	// when the instance is busy.
	Free []int
	// Due are instead of the job's, where the number's cold lane is shut, the
	// waiting recipients without a Lane, or with this number's, whose time has
	// come, earliest first, and NextDue is when the next one of those is due.
	Due     []Candidate
	NextDue time.Time
}

// Notice is a gateway's report about a message, reduced to what the ledger
// needs.
type Notice struct {
	// Seq is given by the store.
	Seq        int64
	Tenant     Tenant
	Instance   InstanceID
	ProviderID string
	Kind       NoticeKind
	// Attempt is the send that the report is about, for gateways that carry a tag
	// of ours back: Engine.Receive settles by it what is not settled, without a
	// look at Phone, Digest and At. It is not stored. Optional.
	Attempt AttemptID
	// Phone and Digest tell what was sent to whom (NoticeSent); Phone also who
	// wrote (NoticeReply).
	Phone  contact.Phone
	Digest string
	// Why is the provider's reason of a NoticeError, where it gives one, and
	// Blame whom it is about; empty is BlameUnknown.
	Why   Reason
	Blame Blame
	// At is when it happened, or when the report arrived.
	At time.Time
	// ArrivedAt is when the report was stored.
	ArrivedAt time.Time
}

// Until is the last instant that At can mean. Gateways and providers tell the
// second of what happened, and not where in it: a report dated in whole seconds
// can be of any instant of its second that is not after its arrival.
func (n Notice) Until() time.Time {
	if n.At.Nanosecond() != 0 {
		return n.At
	}
	end := n.At.Add(time.Second - time.Microsecond)
	if !n.ArrivedAt.IsZero() && end.After(n.ArrivedAt) {
		end = n.ArrivedAt
	}
	return later(n.At, end)
}

// NoticeKind is what a gateway reports of a message.
type NoticeKind string

const (
	NoticeServer    NoticeKind = "server_ack"
	NoticeDelivered NoticeKind = "delivered"
	NoticeRead      NoticeKind = "read"
	NoticeError     NoticeKind = "error"
	// NoticeSent is the gateway's own word, outside its answers, that it has
	// sent a message: evidence for an attempt whose answer was lost.
	NoticeSent NoticeKind = "sent"
	// NoticeReply is a message that a person wrote. ProviderID is its own id and
	// no message of ours: it is matched by Phone, see Inbox.
	NoticeReply NoticeKind = "reply"
)

// Blame says whom a failure is about.
type Blame string

const (
	// BlameUnknown: the gateway does not tell. Such failures of several people
	// in a row look like a restriction of the number.
	BlameUnknown Blame = ""
	// BlameRecipient: this person cannot be reached, or is not to be written to.
	// It says nothing about the number.
	BlameRecipient Blame = "recipient"
	// BlameNumber: the number may not send, or not to strangers.
	BlameNumber Blame = "number"
)

// LeavingDigest is the Digest of a NoticeReply by which a person has opted out:
// it is counted for the campaign whose message it answers.
const LeavingDigest = "opt_out"

// ReplyWindow is how long after a send a message of the person counts as an
// answer to it.
const ReplyWindow = 30 * 24 * time.Hour

// TextDigest is the Digest of a text: a hash, so that a report holds no text.
func TextDigest(text string) string {
	h := sha256.Sum256([]byte(text))
	return hex.EncodeToString(h[:])
}

// Clash takes a new attempt back, because its phone was seized by somebody
// else between load and save: the recipient waits PhoneWait and the instance
// may take another at once. A store calls it before it saves anything that
// follows Begin.
func (r *Rows) Clash(a *Attempt) {
	r.drop(a)
	r.Wait = append(r.Wait, Waiting{
		Recipient: a.Recipient, Due: r.Now.Add(PhoneWait), Tries: a.Try - 1,
		Generation: a.Generation, Why: Because(CodePhoneBusy),
	})
	j, n := r.Jobs[a.Recipient.Campaign], r.Numbers[a.Instance]
	if j != nil {
		j.Cursor.Picked.Add(a.Message, -1)
	}
	if n != nil {
		n.Meter.giveBack(a)
		n.Meter.WakeAt = r.Now
	}
	r.Events = append(r.Events, a.event(r.Now, EventPostponed, Because(CodePhoneBusy)))
}

func (r *Rows) drop(a *Attempt) {
	for i, b := range r.Begin {
		if b == a {
			r.Begin = append(r.Begin[:i], r.Begin[i+1:]...)
			break
		}
	}
	for i := range r.Events {
		if r.Events[i].Attempt == a.ID && r.Events[i].Type == EventTaken {
			r.Events = append(r.Events[:i], r.Events[i+1:]...)
			break
		}
	}
}

func (a *Attempt) event(at time.Time, t EventType, why Reason) Event {
	return Event{Tenant: a.Tenant, At: at, Type: t, Campaign: a.Recipient.Campaign,
		Position: a.Recipient.Position, Instance: a.Instance, Attempt: a.ID, Message: a.Message, Why: why}
}

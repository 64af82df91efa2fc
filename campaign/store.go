package campaign

import (
	"context"
	"errors"
	"time"

	"github.com/alreasense/campaigns/contact"
)

// Errors that stores return, wrapped, and that callers test with errors.Is.
var (
	// ErrNotFound: no such row in this tenant.
	ErrNotFound = errors.New("not found")
	// ErrStale: the row was changed by somebody else since it was read.
	ErrStale = errors.New("changed meanwhile, read it again")
	// ErrConflict: the rows stand in a state that does not allow it.
	ErrConflict = errors.New("not possible now")
	// ErrBusy: an instance serves another active campaign. See *BusyError.
	ErrBusy = errors.New("busy with another campaign")
	// ErrClosed: the store is closed.
	ErrClosed = errors.New("store is closed")
)

// Store keeps everything. Its methods are synchronous, safe for concurrent
// use, start no goroutines, and return copies. What a method has returned
// without an error is durable. No method asks a clock: instants are arguments,
// kept at least to the millisecond and returned in UTC.
type Store interface {
	Ledger
	Inbox
	// Tenant opens the records of one tenant, which cannot name the rows of
	// another. Nothing needs to exist for it.
	Tenant(t Tenant) Records
	// Tenants lists the tenants that have events, sorted.
	Tenants(ctx context.Context) ([]Tenant, error)
	// Daemons lists the daemons whose last beat is not before since, by name.
	Daemons(ctx context.Context, since time.Time) ([]Daemon, error)
}

// Waker is the power of a store that other processes write to, too, to say when
// they have changed what may be due. It is speed only: an engine on a store
// without it looks at least once a beat.
type Waker interface {
	// Wakes calls wake, which does not block, soon after another Store has
	// committed something that may be due earlier than was known, and whenever
	// it may have missed that. It returns when ctx has ended, or with an error
	// if it can never work.
	Wakes(ctx context.Context, wake func()) error
}

// Ledger is the part of a store that sees all tenants. Each method that takes
// a function is one transaction: load, call the function once, save what it
// left in Rows, commit. If the function is called again (after a serialization
// failure) it is given fresh Rows. A cancelled context that is noticed before
// the commit leaves nothing behind.
type Ledger interface {
	// Take loads the due instances (WakeAt not after q.Now, serving an active
	// campaign), their jobs, and for each job enough candidates, calls plan,
	// and saves. Enough are Candidates, and CandidatesAhead of the audience where
	// one of the numbers has a cold lane that is shut (ColdLane.Shut). While it runs, no Update of the tenants it touches can commit;
	// tenants whose Update is running are passed over.
	Take(ctx context.Context, q TakeQuery, plan func(*Rows)) (*Rows, error)
	// Settle loads the attempts that ss names, open or ended, with their jobs
	// and numbers, calls apply, and saves. Attempts that do not exist are
	// simply not in Rows.
	Settle(ctx context.Context, now time.Time, ss []Settlement, apply func(*Rows)) (*Rows, error)
	// Sweep loads up to q.Max open attempts that q describes, calls apply, and
	// saves.
	Sweep(ctx context.Context, q SweepQuery, apply func(*Rows)) (*Rows, error)
	// Held tells whether an open attempt of whatever tenant holds a phone, and
	// when it lets go at the latest: the end of its quarantine if it is lost,
	// zero while it is in flight. Whose it is stays untold.
	Held(ctx context.Context, p contact.Phone) (held bool, until time.Time, err error)
	// Agenda reads what there is to do, and when there is more.
	Agenda(ctx context.Context, now time.Time, max int) (Agenda, error)
	// Beat records that a daemon lives, and forgets those whose last beat is more
	// than DaemonsKept before it.
	Beat(ctx context.Context, d Daemon) error
}

// DaemonsKept is how long a store remembers a daemon that beats no more.
const DaemonsKept = 7 * 24 * time.Hour

// TakeQuery says what a take may load.
type TakeQuery struct {
	Now time.Time
	// Max bounds the new attempts, Slots those of one instance at a time.
	Max, Slots int
	// Keys maps a phone to its keys among the suppressed; nil where nothing can
	// be suppressed. The store calls it for each candidate: an opt-out under any
	// of the keys holds.
	Keys func(Tenant, contact.Phone) []SuppressionKey
}

// Candidates is how many candidates a store loads for a job whose due instances
// can send to n people: some more, because some may be busy or suppressed, and
// few, because all that are left over are loaded again.
func Candidates(n int) int { return n + max(2, n/8) }

// CandidatesAhead is the same for those ahead of the cursor where a number may
// not write to strangers: it passes over them, once each.
func CandidatesAhead(n int) int { return max(Candidates(n), 256) }

// SweepQuery describes the open attempts that nobody works on any more, and
// the phones whose quarantine has ended.
type SweepQuery struct {
	Now time.Time
	Max int
	// DeadBefore: a daemon whose last beat is earlier is dead. Its attempts in
	// flight are swept once Now is Grace past their StartBy.
	DeadBefore time.Time
	Grace      time.Duration
	// A store that only one process can have open knows that a daemon which has
	// not beaten since it was opened is gone, and loads what that daemon had in
	// flight at once.

	// Attempts in flight whose SweepAt has passed are swept in any case, and
	// those lost whose Quarantine has passed and that are still Held.
}

// Agenda is what an engine has to do besides taking turns.
type Agenda struct {
	// Starts are scheduled campaigns whose DueAt has come.
	Starts []Ref
	// Inquiries are lost attempts whose LookAt has come.
	Inquiries []Attempt
	// Notices counts the reports in the inbox that can be matched now.
	Notices int
	// LastSeq is the Seq of the newest event of the store; zero if none.
	LastSeq int64
	// Next is the earliest instant, after now or not, at which an instance is
	// due, an attempt in flight is to be swept, a quarantine ends, an inquiry
	// is due or a scheduled campaign's DueAt comes; zero when there is nothing.
	Next time.Time
}

// Daemon is a process that works on the store.
type Daemon struct {
	// Name is unique for each start of a process.
	Name string
	// Deadline is its D: how long after a take a send may begin. A store
	// refuses, with ErrConflict, a daemon whose deadline differs from the one
	// it has recorded first.
	Deadline          time.Duration
	StartedAt, BeatAt time.Time
}

// Inbox keeps what gateways report until it has been applied.
type Inbox interface {
	// Stash stores the reports durably, and whom each makes known to its number
	// by itself (Notice.Warms), unless the number knows the person already. Whoever
	// becomes known to a number, here or by Rows.Warmed, and has a Waiting in the
	// lane Strangers, is moved to that number's lane, and the number is woken.
	Stash(ctx context.Context, ns []Notice) error
	// Absorb loads up to max reports that can be matched, and those that arrived
	// before expire, matched or not; calls apply, and saves. A report can be
	// matched when its provider id belongs to a closed attempt of that instance,
	// and comes with that attempt, its recipient, job and number, and with whether
	// the number knows the person (Rows.Warm).
	//
	// A NoticeReply can be matched once an attempt to its Phone in its Tenant was
	// accepted, unless an open one holds that phone then; it can be matched too
	// when such an attempt has closed, whatever became of it. It comes with all
	// accepted attempts of that tenant to that phone, by whatever instance, that
	// were taken within ReplyWindow before At and not after Notice.Until. Its provider id
	// matches nothing.
	Absorb(ctx context.Context, now, expire time.Time, max int, apply func(*Rows)) (*Rows, error)
	// Sightings lists the reports of kind NoticeSent about a phone, from an
	// instance, whose provider id no attempt has yet, oldest first.
	Sightings(ctx context.Context, i InstanceID, p contact.Phone) ([]Notice, error)
	// Addressee tells whom a message went to that the tenant's instance sent, by
	// its provider id: the Phone of the closed attempt that has the id, else that
	// of a NoticeSent which waits; empty if neither tells. pending tells that an
	// attempt of that instance, taken not after until, is in flight, or lost and
	// holds its phone: which id its message has is not known yet.
	Addressee(ctx context.Context, t Tenant, i InstanceID, providerID string, until time.Time) (p contact.Phone, pending bool, err error)
}

// Records are the rows of one tenant.
type Records interface {
	// View calls f with one consistent snapshot.
	View(ctx context.Context, f func(Reader) error) error
	// Update calls f in one transaction that excludes the takes of this
	// tenant and its other updates, and commits if f returns nil.
	Update(ctx context.Context, f func(Writer) error) error
	// Contacts are the tenant's people.
	Contacts() contact.Store
}

// Reader reads the rows of one tenant. It must not be used after the function
// that it was given to has returned.
type Reader interface {
	CampaignReader
	AudienceReader
	InstanceReader
	TenantReader
}

// Writer writes the rows of one tenant.
type Writer interface {
	Reader
	CampaignWriter
	InstanceWriter
	TenantWriter
	PersonWriter
}

// CampaignReader reads campaigns. What does not exist is ErrNotFound.
type CampaignReader interface {
	Campaign(id ID) (Campaign, error)
	// Campaigns lists in the order of the query.
	Campaigns(q CampaignQuery) ([]Campaign, error)
	// CountCampaigns counts what the query selects, whatever its Before, Skip
	// and Limit.
	CountCampaigns(q CampaignQuery) (int64, error)
	Books(id ID) (Books, error)
	// Events lists by rising Seq, or by falling Seq if the query says so.
	Events(q EventQuery) ([]Event, error)
}

// AudienceReader reads recipients and their attempts.
type AudienceReader interface {
	Recipient(id RecipientID) (Recipient, error)
	// Recipients lists by rising position.
	Recipients(q RecipientQuery) ([]Recipient, error)
	// Flights lists the open attempts of a campaign, oldest first.
	Flights(id ID) ([]Attempt, error)
	// History lists the ended attempts of the recipients at the positions
	// after, not included, to through, included: by position, and those of one
	// recipient oldest first.
	History(id ID, after, through int64) ([]Closed, error)
	// Hours counts the events of a campaign that have one of the types, by
	// hour of UTC, type, instance and message, in this order, rising.
	Hours(id ID, types []EventType) ([]HourCount, error)
	// Places finds a phone in the audiences of all campaigns, by rising
	// campaign.
	Places(p contact.Phone) ([]RecipientID, error)
	// Warm tells which of the tenant's numbers know whom of these phones, as they
	// are spelled here, and since when.
	Warm(phones []contact.Phone) (map[Warm]time.Time, error)
}

// InstanceReader reads instances.
type InstanceReader interface {
	Number(id InstanceID) (Number, error)
	// Numbers lists by rising id.
	Numbers() ([]Number, error)
}

// TenantReader reads what belongs to the tenant as a whole.
type TenantReader interface {
	// Calendar is the zero value until one is saved.
	Calendar() (Calendar, error)
	// Suppressed tells for each key whether its phone has opted out.
	Suppressed(keys []SuppressionKey) ([]bool, error)
	// OptOutLevels tells for each key with which level it was suppressed:
	// OutUnrecorded if an early version did it, NotOut if nobody has.
	OptOutLevels(keys []SuppressionKey) ([]Level, error)
	// OptOuts lists who has opted out, the newest first, and of one instant by
	// falling key.
	OptOuts(q OptOutQuery) ([]OptOutRow, error)
	// Seals lists the seals of the event log with a larger Through than after,
	// by rising Through. LastSeal is the zero value before the first.
	Seals(after int64, limit int) ([]Seal, error)
	LastSeal() (Seal, error)
}

// CampaignWriter writes campaigns.
type CampaignWriter interface {
	// SaveCampaign inserts a campaign without an ID and sets its ID, or
	// replaces the one whose Rev is one less, else ErrStale.
	SaveCampaign(c *Campaign) error
	// DeleteCampaign removes a campaign and its audience. Its events stay, and
	// the log of its ended attempts: Settle and Absorb still find them, without
	// a job and a recipient, and what a gateway has sent stays claimed.
	// ErrConflict while it has an open attempt.
	DeleteCampaign(id ID) error
	// Occupy makes instances serve the campaign, all or none. An instance that
	// serves another one is a *BusyError, one that does not exist ErrNotFound.
	// Vacate makes no instance serve it.
	Occupy(id ID, instances []InstanceID) error
	Vacate(id ID) error
	// Enlist appends people to the audience at the positions after total, in
	// order, leaving out the phones that are in it already, and tells for each
	// whether it was added. The caller saves the new Total.
	Enlist(id ID, total int64, people []contact.Contact) (added []bool, err error)
}

// InstanceWriter writes instances.
type InstanceWriter interface {
	// SaveInstance inserts an instance without an ID, or replaces the one
	// whose Rev is one less, else ErrStale. A second one with the same Gateway
	// and Remote is ErrConflict, and so is one of whatever tenant with the
	// Endpoint or the Phone of another's Identity.
	SaveInstance(i *Instance) error
	// DeleteInstance is ErrConflict while the instance serves a campaign or
	// has an open attempt. Whom it knows is forgotten.
	DeleteInstance(id InstanceID) error
	// AmendMeter locks the meter of an instance, calls f, and saves it.
	AmendMeter(id InstanceID, f func(*Meter)) error
	// Wake sets WakeAt of the instances that serve the campaign, or of all
	// instances for a zero id, to at, unless it is earlier already.
	Wake(id ID, at time.Time) error
}

// TenantWriter writes what belongs to the tenant as a whole.
type TenantWriter interface {
	// SaveCalendar replaces the calendar whose Rev is one less, else ErrStale.
	SaveCalendar(c Calendar) error
	// Suppress and Restore change who may be written to. Repeats change nothing,
	// but that a higher level replaces a lower one. The level is not NotOut.
	Suppress(at time.Time, level Level, keys ...SuppressionKey) error
	Restore(keys ...SuppressionKey) error
	// Record appends events. The store fills in Seq and Tenant.
	Record(es ...Event) error
	// Seal appends a seal. ErrStale unless its Prev is the Hash of the last
	// one and its Through is larger. Seals are never changed or removed.
	Seal(s Seal) error
}

// PersonWriter writes what is held about one person, wherever it stands.
type PersonWriter interface {
	// Erase takes a phone, and whatever belongs to it, out of the tenant's rows.
	// The contact with that phone goes, with its tags and memberships; it is
	// gone when the Update has committed. In every audience the recipient's
	// Contact becomes an ErasedPhone and nothing else. A lost attempt to the
	// phone gets that ErasedPhone too, and neither Text, LookAt nor the phone
	// (Held) stay. Closed attempts, those of deleted campaigns too, lose their
	// Phone, and notices about it are removed, and no number knows the phone any
	// more. All else stays as it is.
	//
	// ErrConflict while an attempt to the phone is in flight, or is lost with a
	// Quarantine that ends after now. From then on an attempt to an ErasedPhone
	// is never begun: that is ErrConflict, too, in whatever transaction.
	Erase(now time.Time, p contact.Phone) (Erasure, error)
}

// SuppressionKey is a keyed hash of a phone, so that an opt-out outlives the
// person's erasure.
type SuppressionKey [32]byte

// OptOutRow is an opt-out as it is kept: since when, and on whose word. A stronger
// word that came later leaves At as it was.
type OptOutRow struct {
	Key   SuppressionKey
	At    time.Time
	Level Level
}

// OptOutQuery selects opt-outs.
type OptOutQuery struct {
	// Before and Key continue a list: they are those of its last row. A zero Before
	// begins one.
	Before time.Time
	Key    SuppressionKey
	// Limit defaults to 100. It has no upper bound.
	Limit int
}

// CampaignQuery selects campaigns. Zero fields do not restrict.
type CampaignQuery struct {
	Status []Status
	// Search is a part of the name, case folded.
	Search string
	// Before continues a list by falling id, After one by rising id: only smaller
	// ids, only larger ones. They change no count.
	Before, After ID
	// Order is that of the list. Defaults to NewestFirst.
	Order Order
	// Skip leaves out the first rows of the list, for pages that go by number.
	Skip int
	// Limit defaults to 100 and is at most 1000.
	Limit int
}

// Order is the order of a list.
type Order string

// Orders of lists. Equal names come newest first.
const (
	NewestFirst Order = ""
	OldestFirst Order = "oldest"
	ByName      Order = "name"
)

// RecipientQuery selects recipients of one campaign.
type RecipientQuery struct {
	Campaign ID
	States   []State
	// Responded selects those of them who have answered.
	Responded bool
	// After continues a list: only larger positions.
	After int64
	// Limit defaults to 100 and is at most 1000.
	Limit int
}

// EventQuery selects events. Zero fields do not restrict.
type EventQuery struct {
	Campaign ID
	Position int64
	Types    []EventType
	// After continues a list: only larger Seqs. Before continues a falling one:
	// only smaller Seqs; zero does not restrict.
	After, Before int64
	// Newest lists by falling Seq.
	Newest bool
	// Limit defaults to 100 and is at most 1000.
	Limit int
}

// PageLimit is the number of rows that a query with this Limit returns at most.
func PageLimit(limit int) int {
	switch {
	case limit <= 0:
		return 100
	case limit > 1000:
		return 1000
	}
	return limit
}

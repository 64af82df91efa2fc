package memory

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/alreasense/campaigns/campaign"
	"github.com/alreasense/campaigns/contact"
)

// Store is a campaign.Store in memory. Make one with New.
type Store struct {
	mu     sync.RWMutex
	closed atomic.Bool // set under mu

	tenants   map[campaign.Tenant]*tenant
	campaigns map[campaign.ID]*book
	instances map[campaign.InstanceID]*number
	// Where numbers are, and their phones: one record of all tenants each.
	endpoints map[string]campaign.InstanceID
	owners    map[contact.Phone]campaign.InstanceID

	// The guards: attempts that are open, and the phones that they hold.
	open   map[campaign.AttemptID]*flight
	phones map[contact.Phone]*flight
	crews  map[string]map[campaign.AttemptID]*flight // in flight, by daemon
	// The log.
	ended     map[campaign.AttemptID]*logged
	providers map[campaign.ProviderKey]*logged
	events    list[event]

	// What is due, and when.
	due         queue[campaign.InstanceID] // instances that serve an active campaign
	starts      queue[campaign.ID]         // scheduled campaigns
	sweeps      queue[campaign.AttemptID]  // in flight
	quarantines queue[campaign.AttemptID]  // lost and held
	looks       queue[campaign.AttemptID]  // lost, with an inquiry planned

	inbox inbox

	daemons  map[string]campaign.Daemon
	deadline time.Duration

	contactsMu sync.Mutex
	contacts   map[campaign.Tenant]*people
	documents  *documents

	lastCampaign campaign.ID
	lastInstance campaign.InstanceID
	lastFlight   int64
}

var _ campaign.Store = (*Store)(nil)

// New returns an empty store.
func New() *Store {
	s := &Store{
		tenants:     make(map[campaign.Tenant]*tenant),
		campaigns:   make(map[campaign.ID]*book),
		instances:   make(map[campaign.InstanceID]*number),
		endpoints:   make(map[string]campaign.InstanceID),
		owners:      make(map[contact.Phone]campaign.InstanceID),
		open:        make(map[campaign.AttemptID]*flight),
		phones:      make(map[contact.Phone]*flight),
		crews:       make(map[string]map[campaign.AttemptID]*flight),
		ended:       make(map[campaign.AttemptID]*logged),
		providers:   make(map[campaign.ProviderKey]*logged),
		due:         newQueue[campaign.InstanceID](),
		starts:      newQueue[campaign.ID](),
		sweeps:      newQueue[campaign.AttemptID](),
		quarantines: newQueue[campaign.AttemptID](),
		looks:       newQueue[campaign.AttemptID](),
		inbox:       newInbox(),
		daemons:     make(map[string]campaign.Daemon),
		contacts:    make(map[campaign.Tenant]*people),
	}
	s.documents = newDocuments(s)
	return s
}

// Close makes every later call fail with campaign.ErrClosed. It waits for the
// transaction that is running. Closing twice is no error.
func (s *Store) Close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.closed.Store(true)
	return nil
}

// tx is a transaction: the undo log of what it has changed.
type tx struct {
	*Store
	undo []func()
	last []func()
}

func (t *tx) undone(f func()) { t.undo = append(t.undo, f) }

// atLast has f called when the transaction can no longer fail: for what has no
// way back.
func (t *tx) atLast(f func()) { t.last = append(t.last, f) }

// write runs f as one transaction: all of it happens, or nothing.
func (s *Store) write(ctx context.Context, f func(*tx) error) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed.Load() {
		return fmt.Errorf("memory: %w", campaign.ErrClosed)
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	t := &tx{Store: s}
	done := false
	defer func() {
		if done {
			return
		}
		for i := len(t.undo) - 1; i >= 0; i-- {
			t.undo[i]()
		}
	}()
	if err := f(t); err != nil {
		return err
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	done = true
	for _, f := range t.last {
		f()
	}
	return nil
}

// read runs f on a snapshot that nobody writes to.
func (s *Store) read(ctx context.Context, f func() error) error {
	s.mu.RLock()
	defer s.mu.RUnlock()
	if s.closed.Load() {
		return fmt.Errorf("memory: %w", campaign.ErrClosed)
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	return f()
}

// put and drop change a map so that it can be undone.
func put[K comparable, V any](t *tx, m map[K]V, k K, v V) {
	old, had := m[k]
	m[k] = v
	t.undone(func() {
		if had {
			m[k] = old
		} else {
			delete(m, k)
		}
	})
}

func drop[K comparable, V any](t *tx, m map[K]V, k K) {
	if old, had := m[k]; had {
		delete(m, k)
		t.undone(func() { m[k] = old })
	}
}

// The functions below keep the orders and guards as the rows say. Each is a
// function of the row alone, so undoing a change is to restore the row and to
// call it again, in this order: what is noted first is undone last.

// placeNumber puts an instance among the due ones while it serves an active
// campaign.
func (s *Store) placeNumber(n *number) {
	id := n.instance.ID
	if b := s.campaigns[n.serves]; b != nil && b.campaign.Status == campaign.Active && s.instances[id] == n {
		s.due.Set(id, n.meter.WakeAt, int64(id))
	} else {
		s.due.Drop(id)
	}
}

func (s *Store) placeCampaign(b *book) {
	id := b.campaign.ID
	if b.campaign.Status == campaign.Scheduled && s.campaigns[id] == b {
		s.starts.Set(id, b.campaign.DueAt, int64(id))
	} else {
		s.starts.Drop(id)
	}
	for _, n := range b.serving {
		s.placeNumber(n)
	}
}

// attach and detach enter an open attempt into the guards and the orders, and
// take it out.
func (s *Store) attach(f *flight) {
	s.open[f.ID] = f
	f.book.open[f.Recipient.Position] = f
	f.num.open++
	if f.Held {
		s.phones[f.Phone] = f
	}
	if f.Phase == campaign.Flying {
		f.book.flying++
		f.num.slots[f.Slot] = f
		crew := s.crews[f.Daemon]
		if crew == nil {
			crew = make(map[campaign.AttemptID]*flight)
			s.crews[f.Daemon] = crew
		}
		crew[f.ID] = f
		s.sweeps.Set(f.ID, f.SweepAt, f.seq)
		return
	}
	if f.Held {
		s.quarantines.Set(f.ID, f.Quarantine, f.seq)
	}
	if !f.LookAt.IsZero() {
		s.looks.Set(f.ID, f.LookAt, f.seq)
	}
}

func (s *Store) detach(f *flight) {
	delete(s.open, f.ID)
	delete(f.book.open, f.Recipient.Position)
	f.num.open--
	if f.Held {
		delete(s.phones, f.Phone)
	}
	if f.Phase == campaign.Flying {
		f.book.flying--
		delete(f.num.slots, f.Slot)
		crew := s.crews[f.Daemon]
		delete(crew, f.ID)
		if len(crew) == 0 {
			delete(s.crews, f.Daemon)
		}
		s.sweeps.Drop(f.ID)
		return
	}
	s.quarantines.Drop(f.ID)
	s.looks.Drop(f.ID)
}

func (s *Store) attachWait(b *book, position int64, w *wait) {
	b.waiting[position] = w
	b.queue.Set(position, w.due, position)
	if b.lanes[w.lane] == nil {
		q := newQueue[int64]()
		b.lanes[w.lane] = &q
	}
	b.lanes[w.lane].Set(position, w.due, position)
}

func (s *Store) detachWait(b *book, position int64) {
	lane := b.waiting[position].lane
	if b.lanes[lane].Drop(position); b.lanes[lane].Len() == 0 {
		delete(b.lanes, lane)
	}
	delete(b.waiting, position)
	b.queue.Drop(position)
}

func newTenant(name campaign.Tenant) *tenant {
	return &tenant{name: name,
		keys:      make(map[campaign.SuppressionKey]suppression),
		warm:      make(map[contact.Phone]map[campaign.InstanceID]stamp),
		instances: make(map[campaign.InstanceID]*number),
		remotes:   make(map[remote]campaign.InstanceID),
		campaigns: make(map[campaign.ID]*book),
	}
}

func newBook(of *tenant, c campaign.Campaign) *book {
	return &book{tenant: of, campaign: c,
		phones:  make(map[contact.Phone]int32),
		waiting: make(map[int64]*wait),
		queue:   newQueue[int64](),
		lanes:   make(map[campaign.InstanceID]*queue[int64]),
		open:    make(map[int64]*flight),
		serving: make(map[campaign.InstanceID]*number),
	}
}

// record appends an event.
func (t *tx) record(of *tenant, e campaign.Event) int64 {
	row := event{at: stampOf(e.At), campaign: e.Campaign, position: e.Position, instance: e.Instance,
		attempt: e.Attempt, tenant: of, kind: e.Type, message: int32(e.Message)}
	if e.Author != "" || !e.Why.IsZero() {
		row.note = &note{author: e.Author, why: cloneReason(e.Why)}
	}
	t.events.Add(row)
	seq := int64(t.events.Len())
	of.events.Add(seq)
	b := of.campaigns[e.Campaign]
	if b != nil {
		b.events.Add(seq)
	}
	t.undone(func() {
		t.events.Cut(t.events.Len() - 1)
		of.events.Cut(of.events.Len() - 1)
		if b != nil {
			b.events.Cut(b.events.Len() - 1)
		}
	})
	return seq
}

// conflict is what a broken rule of the rows gives.
func conflict(format string, args ...any) error {
	return fmt.Errorf("memory: "+format+": %w", append(args, campaign.ErrConflict)...)
}

func missing(format string, args ...any) error {
	return fmt.Errorf("memory: "+format+": %w", append(args, campaign.ErrNotFound)...)
}

var errOver = errors.New("memory: the transaction has ended: read and write inside the function that was given the Reader")

func stale(what string, rev int64) error {
	return fmt.Errorf("memory: the %s has the revision %d: %w", what, rev, campaign.ErrStale)
}

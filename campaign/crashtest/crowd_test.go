package crashtest

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/alreasense/campaigns/campaign"
	"github.com/alreasense/campaigns/contact"
	"github.com/alreasense/campaigns/store/memory"
)

// torture reports whether the long runs are asked for.
func torture() bool { return os.Getenv("CAMPAIGNS_TORTURE") != "" }

// crowd is an engine that runs several campaigns on several numbers at once,
// in a bubble of fake time: time stands still while anybody can run, so that a
// slow machine makes nobody late.
//
// Everything between the parts takes a random while, and the wait for a
// connection is often longer than the start deadline.
type crowd struct {
	t       *testing.T
	ids     []campaign.ID
	engine  *campaign.Engine
	service *campaign.Service
	dice    *dice
	// tick numbers what happens, in the order in which it happens.
	tick atomic.Int64
	// starts is told of each send at the instant at which it begins, and ends
	// when its answer is there.
	starts func(o campaign.Outgoing)
	ends   func(o campaign.Outgoing)

	// The weaknesses that the tests must find.
	blind  bool // nobody sees what is in flight, so that a pause does not wait
	tardy  bool // the sender forgets to look at the latest start
	begins atomic.Int64
	lates  atomic.Int64
}

// crowdDeadline is the start deadline of the bubbles.
const crowdDeadline = 5 * time.Millisecond

// inCrowd runs f beside an engine that sends.
func inCrowd(t *testing.T, seed uint64, campaigns, people int, prepare func(*crowd), f func(*crowd)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		c := &crowd{t: t, dice: &dice{r: rand.New(rand.NewPCG(seed, 17))},
			starts: func(campaign.Outgoing) {}, ends: func(campaign.Outgoing) {}}
		prepare(c)
		e, err := campaign.New(slowStore{memory.New(), c}, slowSender{c}, &campaign.Options{
			Locker: slowLocker{campaign.NewLocker(nil), c}, Timing: campaign.Timing{Deadline: crowdDeadline}})
		require.NoError(t, err)
		c.engine, c.service = e, e.As(campaign.Caller{Tenant: tenant, Author: "ana", Role: campaign.Host})
		for n := range campaigns {
			c.ids = append(c.ids, c.begin(n, people))
		}
		ctx, stop := context.WithCancel(t.Context())
		ended := make(chan error, 1)
		go func() { ended <- e.Run(ctx) }()
		f(c)
		stop()
		require.NoError(t, <-ended)
	})
}

// begin starts a campaign on two numbers of its own.
func (c *crowd) begin(n, people int) campaign.ID {
	var ids []campaign.InstanceID
	for i := range 2 {
		in, err := c.service.AddInstance(c.t.Context(), campaign.Instance{Remote: fmt.Sprintf("n%d-%d", n, i), Pace: campaign.Pace{NoGap: true}})
		require.NoError(c.t, err)
		ids = append(ids, in.ID)
	}
	row, err := c.service.Create(c.t.Context(), campaign.Draft{Name: "x", Messages: []campaign.Message{{Text: "Oi"}}, Instances: ids})
	require.NoError(c.t, err)
	all := make([]contact.Contact, people)
	for i := range all {
		all[i].Phone = contact.Phone(fmt.Sprintf("+551190%03d%04d", n, i))
	}
	_, err = c.service.Add(c.t.Context(), row.ID, campaign.Everyone(all...))
	require.NoError(c.t, err)
	_, err = c.service.Start(c.t.Context(), row.ID)
	require.NoError(c.t, err)
	return row.ID
}

// campaignOf is the campaign that a number of begin's sends for.
func (c *crowd) campaignOf(o campaign.Outgoing) campaign.ID {
	var n, i int
	_, err := fmt.Sscanf(o.Route.Instance, "n%d-%d", &n, &i)
	require.NoError(c.t, err)
	return c.ids[n]
}

// dice are thrown by many.
type dice struct {
	mu sync.Mutex
	r  *rand.Rand
}

func (d *dice) below(n int64) int64 {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.r.Int64N(n)
}

// linger waits for a random while, to the nanosecond.
func (d *dice) linger(most time.Duration) {
	time.Sleep(time.Duration(1 + d.below(int64(most))))
}

type slowStore struct {
	campaign.Store
	c *crowd
}

func (s slowStore) Take(ctx context.Context, q campaign.TakeQuery, plan func(*campaign.Rows)) (*campaign.Rows, error) {
	s.c.dice.linger(time.Millisecond)
	rows, err := s.Store.Take(ctx, q, plan)
	s.c.dice.linger(time.Millisecond)
	return rows, err
}

func (s slowStore) Settle(ctx context.Context, now time.Time, ss []campaign.Settlement, apply func(*campaign.Rows)) (*campaign.Rows, error) {
	s.c.dice.linger(time.Millisecond)
	rows, err := s.Store.Settle(ctx, now, ss, apply)
	s.c.dice.linger(time.Millisecond)
	return rows, err
}

func (s slowStore) Tenant(t campaign.Tenant) campaign.Records {
	return slowRecords{s.Store.Tenant(t), s.c}
}

type slowRecords struct {
	campaign.Records
	c *crowd
}

func (s slowRecords) Update(ctx context.Context, f func(campaign.Writer) error) error {
	s.c.dice.linger(time.Millisecond)
	err := s.Records.Update(ctx, f)
	s.c.dice.linger(time.Millisecond)
	return err
}

func (s slowRecords) View(ctx context.Context, f func(campaign.Reader) error) error {
	if !s.c.blind {
		return s.Records.View(ctx, f)
	}
	return s.Records.View(ctx, func(r campaign.Reader) error { return f(blindReader{r}) })
}

// blindReader sees nothing in flight.
type blindReader struct{ campaign.Reader }

func (blindReader) Flights(campaign.ID) ([]campaign.Attempt, error) { return nil, nil }

type slowLocker struct {
	campaign.Locker
	c *crowd
}

func (s slowLocker) TryLock(ctx context.Context, key string, ttl time.Duration) (campaign.Lock, error) {
	s.c.dice.linger(time.Millisecond)
	return s.Locker.TryLock(ctx, key, ttl)
}

// slowSender waits for a connection, looks at the latest start, begins, and
// answers after a while.
type slowSender struct{ c *crowd }

func (s slowSender) Send(_ context.Context, o campaign.Outgoing) (campaign.Accepted, error) {
	s.c.dice.linger(crowdDeadline / 2)
	if s.c.dice.below(3) == 0 {
		s.c.dice.linger(2 * crowdDeadline)
	}
	if time.Now().After(o.StartBy) && !s.c.tardy {
		s.c.lates.Add(1)
		return campaign.Accepted{}, campaign.ErrLate
	}
	s.c.starts(o)
	s.c.begins.Add(1)
	s.c.dice.linger(10 * time.Millisecond)
	s.c.ends(o)
	return campaign.Accepted{ProviderID: o.Attempt.String()}, nil
}

var _ campaign.Sender = slowSender{}

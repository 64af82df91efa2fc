package crashtest

import (
	"bytes"
	"context"
	"errors"
	"net"
	"runtime"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"github.com/alreasense/campaigns/campaign"
	"github.com/alreasense/campaigns/contact"
	"github.com/alreasense/campaigns/evolution"
)

// point is a place on the way of a send.
type point string

const (
	k1      point = "K1 before the take"
	k2      point = "K2 in the take, before its COMMIT"
	k3      point = "K3 the take's COMMIT without its answer"
	k4      point = "K4 after the take"
	k5      point = "K5 the lock without its answer"
	k6      point = "K6 after the lock"
	k7      point = "K7 a connection, nothing written"
	k8      point = "K8 the headers written"
	k9      point = "K9 the body written"
	k10     point = "K10 carried out, no answer yet"
	k11     point = "K11 the answer, nothing settled"
	k12     point = "K12 the settlement's COMMIT without its answer"
	k12open point = "K12 in the settlement, before its COMMIT"
	k13     point = "K13 after the settlement, before the unlock"
	k14     point = "K14 in the sweep, before its COMMIT"
	k14done point = "K14 the sweep's COMMIT without its answer"
)

// life is one process: an engine whose store, locker and connections pass the
// points, and end it at one of them.
type life struct {
	engine *campaign.Engine
	at     atomic.Value // point
	// leave is called at the point, as the last thing that happens: it keeps
	// what a kill leaves.
	leave func()
	// swept is called after each sweep that has been committed.
	swept func(changed int)
	// lose makes the process survive: it only loses the answer of the point.
	lose bool

	dead  atomic.Bool
	once  sync.Once
	mu    sync.Mutex
	conns []*mortalConn
}

var errLost = errors.New("the answer was lost")

func newLife(now func() time.Time, name string, s campaign.Store, lock campaign.Locker, url, key string, d time.Duration) (*life, error) {
	return lifeWith(now, name, s, lock, d, func(l *life) campaign.Sender {
		client := evolution.New(evolution.Server{URL: url, Key: evolution.Secret(key), Profile: evolution.V236, Now: now, Pool: &evolution.Pool{Dial: l.dial}})
		return mortalSender{client, l}
	})
}

func lifeWith(now func() time.Time, name string, s campaign.Store, lock campaign.Locker, d time.Duration, sender func(*life) campaign.Sender) (*life, error) {
	l := &life{leave: func() {}, swept: func(int) {}}
	l.at.Store(point(""))
	var err error
	l.engine, err = campaign.New(mortalStore{s, l}, sender(l), &campaign.Options{
		Now: now, Daemon: name, Locker: mortalLocker{lock, l}, Timing: campaign.Timing{Deadline: d}})
	return l, err
}

// step is one Step of the engine, in a goroutine of its own that may not come
// back. It reports whether the process lived through it.
func (l *life) step(ctx context.Context) (next time.Time, lived bool, err error) {
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		next, err = l.engine.Step(ctx)
		lived = true
	}()
	<-ended
	return next, lived, err
}

// pass ends the process if this is its point; or loses an answer, once.
func (l *life) pass(p point) error {
	if l.at.Load() != p {
		return nil
	}
	if l.lose {
		l.at.Store(point(""))
		return errLost
	}
	l.die()
	runtime.Goexit()
	return nil
}

// die keeps what a kill leaves, and lets nothing more out: the kernel closes
// the connections of a process that was killed.
func (l *life) die() {
	l.once.Do(func() {
		l.dead.Store(true)
		l.leave()
		l.mu.Lock()
		defer l.mu.Unlock()
		for _, c := range l.conns {
			_ = c.Conn.Close()
		}
	})
}

type mortalStore struct {
	campaign.Store
	l *life
}

func (m mortalStore) Take(ctx context.Context, q campaign.TakeQuery, plan func(*campaign.Rows)) (*campaign.Rows, error) {
	if err := m.l.pass(k1); err != nil {
		return nil, err
	}
	var lost error
	inner, cancel := context.WithCancel(ctx)
	defer cancel()
	rows, err := m.Store.Take(inner, q, func(r *campaign.Rows) {
		plan(r)
		if lost = m.l.pass(k2); lost != nil {
			cancel() // noticed before the commit, so nothing is left behind
		}
	})
	if err == nil {
		lost = m.l.pass(k3)
	}
	if lost != nil {
		return nil, lost
	}
	return rows, err
}

func (m mortalStore) Settle(ctx context.Context, now time.Time, ss []campaign.Settlement, apply func(*campaign.Rows)) (*campaign.Rows, error) {
	var lost error
	inner, cancel := context.WithCancel(ctx)
	defer cancel()
	rows, err := m.Store.Settle(inner, now, ss, func(r *campaign.Rows) {
		apply(r)
		if lost = m.l.pass(k12open); lost != nil {
			cancel()
		}
	})
	if err == nil {
		lost = m.l.pass(k12)
	}
	if lost != nil {
		return nil, lost
	}
	return rows, err
}

func (m mortalStore) Sweep(ctx context.Context, q campaign.SweepQuery, apply func(*campaign.Rows)) (*campaign.Rows, error) {
	var lost error
	inner, cancel := context.WithCancel(ctx)
	defer cancel()
	rows, err := m.Store.Sweep(inner, q, func(r *campaign.Rows) {
		apply(r)
		if len(r.Changed) > 0 {
			if lost = m.l.pass(k14); lost != nil {
				cancel()
			}
		}
	})
	if err == nil && len(rows.Changed) > 0 {
		lost = m.l.pass(k14done)
	}
	if lost != nil {
		return nil, lost
	}
	if err == nil {
		m.l.swept(len(rows.Changed))
	}
	return rows, err
}

// mortalLocker is the client of a lock service, which outlives it.
type mortalLocker struct {
	campaign.Locker
	l *life
}

func (m mortalLocker) TryLock(ctx context.Context, key string, ttl time.Duration) (campaign.Lock, error) {
	if err := m.l.pass(k4); err != nil {
		return nil, err
	}
	k, err := m.Locker.TryLock(ctx, key, ttl)
	if err != nil {
		return nil, err
	}
	if err := m.l.pass(k5); err != nil {
		return nil, err
	}
	return mortalLock{k, m.l}, nil
}

type mortalLock struct {
	campaign.Lock
	l *life
}

func (m mortalLock) Unlock(ctx context.Context) error {
	if m.l.dead.Load() {
		return campaign.ErrLockLost
	}
	if err := m.l.pass(k13); err != nil {
		return err
	}
	return m.Lock.Unlock(ctx)
}

func (m mortalLock) Extend(ctx context.Context, ttl time.Duration) error {
	if m.l.dead.Load() {
		return campaign.ErrLockLost
	}
	return m.Lock.Extend(ctx, ttl)
}

// mortalSender is the real client; its connections know the points between
// K6 and K11.
type mortalSender struct {
	*evolution.Client
	l *life
}

func (m mortalSender) Send(ctx context.Context, o campaign.Outgoing) (campaign.Accepted, error) {
	if err := m.l.pass(k6); err != nil {
		return campaign.Accepted{}, err
	}
	acc, err := m.Client.Send(ctx, o)
	if m.l.dead.Load() {
		runtime.Goexit()
	}
	if err := m.l.pass(k11); err != nil {
		return campaign.Accepted{}, err
	}
	return acc, err
}

func (l *life) dial(ctx context.Context, network, addr string) (net.Conn, error) {
	c, err := new(net.Dialer).DialContext(ctx, network, addr)
	if err != nil {
		return nil, err
	}
	m := &mortalConn{Conn: c, l: l}
	l.mu.Lock()
	l.conns = append(l.conns, m)
	l.mu.Unlock()
	return m, nil
}

// mortalConn counts what a request has written.
type mortalConn struct {
	net.Conn
	l       *life
	written []byte
}

// Write is called by one goroutine at a time: the connection's own.
func (c *mortalConn) Write(p []byte) (int, error) {
	if c.l.dead.Load() {
		return 0, net.ErrClosed
	}
	at := c.l.at.Load()
	switch at {
	case k7:
		c.l.die()
		return 0, net.ErrClosed
	case k8, k9:
	default:
		return c.Conn.Write(p)
	}
	before := len(c.written)
	c.written = append(c.written, p...)
	head, whole := lengths(c.written)
	end := whole
	if at == k8 {
		end = head
	}
	if end == 0 || len(c.written) < end {
		return c.Conn.Write(p)
	}
	n, err := c.Conn.Write(p[:end-before])
	if err == nil {
		c.l.die()
		err = net.ErrClosed
	}
	return n, err
}

// lengths returns how many bytes the headers and the whole request have; zero
// while that cannot be known.
func lengths(b []byte) (head, whole int) {
	head = bytes.Index(b, []byte("\r\n\r\n"))
	if head < 0 {
		return 0, 0
	}
	head += 4
	_, rest, found := bytes.Cut(b[:head], []byte("\r\nContent-Length: "))
	if !found {
		return head, head
	}
	digits, _, _ := bytes.Cut(rest, []byte("\r\n"))
	n, err := strconv.Atoi(string(digits))
	if err != nil {
		return head, 0
	}
	return head, head + n
}

func phoneOf(n int) contact.Phone {
	return contact.Phone("+551190000" + strconv.Itoa(1000+n))
}

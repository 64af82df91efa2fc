package modeltest

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"slices"
	"strconv"
	"time"

	"pgregory.net/rapid"

	"github.com/alreasense/campaigns/campaign"
	"github.com/alreasense/campaigns/campaign/audit"
	"github.com/alreasense/campaigns/campaign/campaigntest"
	"github.com/alreasense/campaigns/contact"
)

// secret keys the opt-outs of every play.
var secret = []byte("model")

// Check plays so often, unless -rapid.checks says another number, on stores
// that open opens, each new and empty; done is called when the play on it has
// ended. It is not for parallel tests: the number is one for the process.
func Check(t rapid.TB, plays int, open func() (s campaign.Store, done func())) {
	given := false
	flag.Visit(func(f *flag.Flag) { given = given || f.Name == checks })
	if !given {
		f := flag.Lookup(checks)
		defer func(before string) { _ = f.Value.Set(before) }(f.Value.String())
		if err := f.Value.Set(strconv.Itoa(plays)); err != nil {
			t.Fatal(err)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		s, done := open()
		defer done()
		m := newModel(t, s)
		t.Repeat(map[string]func(*rapid.T){
			"":          m.promises,
			"campaign":  m.campaign,
			"add":       m.add,
			"pause":     m.pause,
			"resume":    m.resume,
			"cancel":    m.cancel,
			"reopen":    m.reopen,
			"opt out":   m.optOut,
			"decide":    m.decide,
			"report":    m.report,
			"time":      m.time,
			"step":      m.step,
			"more":      m.step,
			"most":      m.step,
			"new start": func(*rapid.T) { m.restart() },
		})
		m.heal(t)
	})
}

// checks is rapid's flag.
const checks = "rapid.checks"

const (
	numbers = 3
	phones  = 6
	tenant  = campaign.Tenant("acme")
)

// start is a Monday, 09:00 in São Paulo.
var start = time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)

// tale is what is known of a campaign from outside.
type tale struct {
	id        campaign.ID
	instances []campaign.InstanceID
	// status is what the last command made of it; an active one may have
	// completed since.
	status campaign.Status
	people []contact.Phone // by position
	// ordered counts, by position, how many messages may go out.
	ordered []int
	seen    []campaign.State
}

type model struct {
	t      *rapid.T
	ctx    context.Context
	store  *faulty
	clock  *campaigntest.Clock
	sent   *campaigntest.LookupRecorder
	engine *campaign.Engine
	runs   int

	instances []campaign.InstanceID
	tales     []*tale
	silent    map[contact.Phone]bool
	// fate is what becomes of the next messages.
	fate string
	// deeds are what really went out, got how often, by campaign and phone.
	deeds []audit.Deed
	got   map[string]int
	// routes tell from which number a provider id came.
	routes map[string]campaign.InstanceID
	// wrong is what the gateway was asked to do and must not have been.
	wrong string
}

func newModel(t *rapid.T, s campaign.Store) *model {
	m := &model{t: t, ctx: context.Background(), store: &faulty{Store: s}, clock: campaigntest.NewClock(start),
		sent: &campaigntest.LookupRecorder{}, silent: make(map[contact.Phone]bool), fate: "accepted",
		got: make(map[string]int), routes: make(map[string]campaign.InstanceID)}
	m.sent.Now = m.clock.Now
	m.sent.Answer = m.answer
	m.sent.Kept = func(s campaigntest.Sent) bool { return s.ProviderID != "" || errors.Is(s.Err, errWent) }
	m.restart()
	for i := range numbers {
		in, err := m.service().AddInstance(m.ctx, campaign.Instance{Remote: fmt.Sprintf("n%d", i), Pace: campaign.Pace{NoGap: true}, Since: start.AddDate(0, 0, -1)})
		m.must(err)
		m.instances = append(m.instances, in.ID)
	}
	return m
}

// restart is a new process on the same store. What the old one had in flight
// stays behind.
func (m *model) restart() {
	m.runs++
	var n uint64
	run := m.runs
	e, err := campaign.New(m.store, m.sent, &campaign.Options{Now: m.clock.Now, Secret: secret, Daemon: fmt.Sprintf("run %d", run),
		NewAttemptID: func() (id campaign.AttemptID) {
			n++
			copy(id[:], fmt.Sprintf("%06d%010d", run, n))
			return id
		}})
	m.must(err)
	m.engine = e
}

func (m *model) service() *campaign.Service {
	return m.engine.As(campaign.Caller{Tenant: tenant, Author: "ana", Role: campaign.Host})
}

func (m *model) must(err error) {
	m.t.Helper()
	if err != nil {
		m.t.Fatal(err)
	}
}

var (
	errWent = errors.New("connection reset")
	errVoid = errors.New("i/o timeout")
)

// answer is the gateway.
func (m *model) answer(o campaign.Outgoing) (campaign.Accepted, error) {
	var index int
	if _, err := fmt.Sscanf(o.Text, "Campanha %d:", &index); err != nil {
		m.wrong = fmt.Sprintf("a text that nobody wrote: %q", o.Text)
		return campaign.Accepted{}, campaign.NotSent(err)
	}
	switch x := m.tales[index]; {
	case x.status != campaign.Active:
		m.wrong = fmt.Sprintf("campaign %d is %s, and a send began", index, x.status)
	case m.silent[o.To]:
		m.wrong = fmt.Sprintf("%s has opted out, and a send began", o.To)
	}
	switch m.fate {
	case "not sent":
		return campaign.Accepted{}, campaign.NotSent(errors.New("connection refused"))
	case "refused":
		return campaign.Accepted{}, campaign.Refused(campaign.Because("not_on_whatsapp"), errors.New("exists:false"))
	case "held":
		return campaign.Accepted{}, campaign.Hold(campaign.Because("key_refused"), errors.New("401"))
	case "late":
		return campaign.Accepted{}, campaign.ErrLate
	case "lost, not carried out":
		return campaign.Accepted{}, errVoid
	}
	m.got[person(index, o.To)]++
	id := fmt.Sprintf("3EB0%08X", len(m.sent.All()))
	m.deeds = append(m.deeds, audit.Deed{Phone: o.To, At: m.clock.Now(), Attempt: o.Attempt, ProviderID: id})
	if m.fate == "lost, carried out" {
		m.deeds[len(m.deeds)-1].ProviderID = fmt.Sprintf("rec-%d", len(m.sent.All()))
		return campaign.Accepted{}, errWent
	}
	for i, in := range m.instances {
		if o.Route.Instance == fmt.Sprintf("n%d", i) {
			m.routes[id] = in
		}
	}
	return campaign.Accepted{ProviderID: id, At: m.clock.Now(), Began: m.clock.Now()}, nil
}

func person(index int, p contact.Phone) string { return fmt.Sprintf("%d %s", index, p) }

// promises are checked after each operation.
func (m *model) promises(t *rapid.T) {
	if m.wrong != "" {
		t.Fatal(m.wrong)
	}
	for index, x := range m.tales {
		counts := make(map[campaign.State]int64)
		n := 0
		for r, err := range m.service().Audience(m.ctx, x.id) {
			m.must(err)
			if n == len(x.people) || r.Contact.Phone != x.people[n] || r.ID.Position != int64(n+1) {
				t.Fatalf("campaign %d: position %d is %s, and %v were added", index, r.ID.Position, r.Contact.Phone, x.people)
			}
			counts[r.State]++
			if why := misfit(r, m.got[person(index, r.Contact.Phone)], x.ordered[n]); why != "" {
				t.Fatalf("campaign %d: %s, %s in generation %d (%v), was written to %d times, and %d were ordered: %s",
					index, r.Contact.Phone, r.State, r.Generation, r.Why, m.got[person(index, r.Contact.Phone)], x.ordered[n], why)
			}
			if back(x.seen[n], r.State) {
				t.Fatalf("campaign %d: %s was %s and is %s", index, r.Contact.Phone, x.seen[n], r.State)
			}
			x.seen[n] = r.State
			n++
		}
		if n != len(x.people) {
			t.Fatalf("campaign %d: %d people were added, and %d are there", index, len(x.people), n)
		}
		m.counters(t, index, x, counts)
	}
}

// counters holds the progress of a campaign against its rows.
func (m *model) counters(t *rapid.T, index int, x *tale, counts map[campaign.State]int64) {
	p, err := m.service().Progress(m.ctx, x.id)
	m.must(err)
	is := []int64{p.Total, p.Pending, p.Sending, p.Unknown, p.Sent, p.Delivered, p.Read, p.Failed, p.Skipped, p.Cancelled}
	read := counts[campaign.Read]
	delivered := counts[campaign.Delivered] + read
	want := []int64{int64(len(x.people)), counts[campaign.Pending], counts[campaign.Sending], counts[campaign.Unknown],
		counts[campaign.Sent] + delivered, delivered, read, counts[campaign.Failed], counts[campaign.Skipped], counts[campaign.Dropped]}
	if !slices.Equal(is, want) {
		t.Fatalf("campaign %d: total, pending, sending, unknown, sent, delivered, read, failed, skipped, cancelled are counted as %v, and the rows say %v", index, is, want)
	}
	switch {
	case p.Status == x.status:
	case x.status == campaign.Active && p.Status == campaign.Completed && p.Pending+p.Sending == 0:
		x.status = campaign.Completed
	default:
		t.Fatalf("campaign %d is %s and was made %s (%d pending, %d sending)", index, p.Status, x.status, p.Pending, p.Sending)
	}
}

// misfit says what is wrong with a recipient who got so many messages of those
// that were ordered.
func misfit(r campaign.Recipient, got, ordered int) string {
	before := r.Generation - 1 // what earlier generations may have sent
	switch r.State {
	case campaign.Sent, campaign.Delivered, campaign.Read:
		if got == 0 && r.ProviderID != "" {
			return "nothing went out"
		}
	case campaign.Failed:
		if got > before && r.Why.Code != campaign.CodeMarkedUnsent {
			return "it went out"
		}
	case campaign.Pending, campaign.Skipped, campaign.Dropped:
		if got > before && r.Generation == ordered {
			return "it went out"
		}
	}
	switch {
	case got > ordered:
		return "that is too many"
	case r.Generation > ordered:
		return "nobody ordered that generation"
	}
	return ""
}

// back reports whether a state has been left that is never left, or for one
// that lies before it.
func back(was, is campaign.State) bool {
	switch was {
	case campaign.Sent:
		return is != campaign.Sent && is != campaign.Delivered && is != campaign.Read && is != campaign.Failed
	case campaign.Delivered:
		return is != campaign.Delivered && is != campaign.Read
	case campaign.Read, campaign.Skipped:
		return is != was
	}
	return false
}

// heal ends the faults, lets the engine work for hours, and requires that
// nobody is left over and that the checker agrees.
func (m *model) heal(t *rapid.T) {
	m.fate, m.store.in = "accepted", 0
	for _, in := range m.instances {
		m.must(m.service().Release(m.ctx, in))
	}
	m.play(t, m.clock.Now().Add(2*time.Hour))
	m.promises(t)
	for index, x := range m.tales {
		if x.status != campaign.Active && x.status != campaign.Completed {
			continue
		}
		p, err := m.service().Progress(m.ctx, x.id)
		m.must(err)
		if p.Status != campaign.Completed || p.Pending+p.Sending != 0 {
			t.Fatalf("campaign %d is %s with %d pending and %d sending, two hours after the last fault: %v", index, p.Status, p.Pending, p.Sending, p.Why)
		}
	}
	r, err := audit.Check(m.ctx, m.store, &audit.Options{Now: m.clock.Now, Key: campaign.SuppressionKeys(secret), Performed: append([]audit.Deed{}, m.deeds...)})
	m.must(err)
	for _, v := range r.Violations {
		t.Error(v)
	}
}

// play runs the engine until an instant.
func (m *model) play(t *rapid.T, end time.Time) {
	for steps := 0; m.clock.Now().Before(end); steps++ {
		if steps == 20_000 {
			t.Fatal("the engine does not come to rest")
		}
		next, err := m.engine.Step(m.ctx)
		m.must(err)
		if next.IsZero() || next.After(end) {
			next = end
		}
		if next.After(m.clock.Now()) {
			m.clock.Set(next)
		}
	}
}

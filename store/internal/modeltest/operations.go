package modeltest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"pgregory.net/rapid"

	"github.com/alreasense/campaigns/campaign"
	"github.com/alreasense/campaigns/contact"
)

// allowed fails for an error other than a refusal.
func (m *model) allowed(err error) (yes bool) {
	if errors.Is(err, campaign.ErrConflict) || errors.Is(err, campaign.ErrBusy) {
		return false
	}
	var o *campaign.Obstacles
	if errors.As(err, &o) {
		return false
	}
	m.must(err)
	return true
}

// pick chooses a campaign; nil if there is none.
func (m *model) pick(t *rapid.T) *tale {
	if len(m.tales) == 0 {
		t.Skip("no campaign")
	}
	return m.tales[rapid.IntRange(0, len(m.tales)-1).Draw(t, "campaign")]
}

func phone(n int) contact.Phone { return contact.Phone(fmt.Sprintf("+551190000%04d", n)) }

// enlist adds people who are not in the audience yet.
func (m *model) enlist(t *rapid.T, x *tale) {
	who := rapid.SliceOfNDistinct(rapid.IntRange(1, phones), 1, 4, rapid.ID).Draw(t, "people")
	var people []contact.Contact
	added := 0
	for _, n := range who {
		people = append(people, contact.Contact{Name: fmt.Sprintf("Ana %d", n), Phone: phone(n)})
		if !slices.Contains(x.people, phone(n)) {
			added++
		}
	}
	in, err := m.service().Add(m.ctx, x.id, campaign.Everyone(people...))
	if !m.allowed(err) {
		return
	}
	if in.Added != int64(added) {
		t.Fatalf("%d of %v are new, and %d were added", added, who, in.Added)
	}
	for _, n := range who {
		if p := phone(n); !slices.Contains(x.people, p) {
			x.people, x.ordered, x.seen = append(x.people, p), append(x.ordered, 1), append(x.seen, campaign.Pending)
		}
	}
}

// campaign makes one and starts it, unless a number is busy.
func (m *model) campaign(t *rapid.T) {
	if len(m.tales) == 4 {
		t.Skip("enough campaigns")
	}
	on := rapid.SliceOfNDistinct(rapid.SampledFrom(m.instances), 1, 2, rapid.ID).Draw(t, "instances")
	c, err := m.service().Create(m.ctx, campaign.Draft{Name: "aviso", Instances: on,
		Messages: []campaign.Message{{Text: fmt.Sprintf("Campanha %d: {{nome}}", len(m.tales))}}})
	m.must(err)
	x := &tale{id: c.ID, instances: on, status: campaign.Drafted}
	m.tales = append(m.tales, x)
	m.enlist(t, x)
	m.begin(t, x, m.service().Start)
}

// begin starts, resumes or reopens a campaign, which is possible if none of its
// numbers serves another one.
func (m *model) begin(t *rapid.T, x *tale, do func(ctx context.Context, id campaign.ID) (campaign.Campaign, error)) {
	busy := slices.ContainsFunc(m.tales, func(y *tale) bool {
		return y != x && m.status(y) == campaign.Active && slices.ContainsFunc(y.instances, func(i campaign.InstanceID) bool {
			return slices.Contains(x.instances, i)
		})
	})
	_, err := do(m.ctx, x.id)
	switch yes := m.allowed(err); {
	case yes && busy:
		t.Fatal("a number serves two campaigns")
	case yes:
		x.status = campaign.Active
	case !busy:
		t.Fatalf("no number is busy: %v", err)
	}
}

// status is that of the store: an active campaign may have completed.
func (m *model) status(x *tale) campaign.Status {
	p, err := m.service().Progress(m.ctx, x.id)
	m.must(err)
	return p.Status
}

func (m *model) add(t *rapid.T) {
	x := m.pick(t)
	if s := m.status(x); s == campaign.Completed || s == campaign.Cancelled {
		t.Skip("it has ended")
	}
	m.enlist(t, x)
}

// halt pauses or cancels. What a dead process has taken may begin for a while:
// that while passes first, since the clock stands while a command waits.
func (m *model) halt(x *tale, do func(ctx context.Context, id campaign.ID, why string) (campaign.Stopped, error), to campaign.Status) {
	m.clock.Advance(5 * time.Second)
	if _, err := do(m.ctx, x.id, "teste"); m.allowed(err) {
		x.status = to
	}
}

func (m *model) pause(t *rapid.T)  { m.halt(m.pick(t), m.service().Pause, campaign.Paused) }
func (m *model) cancel(t *rapid.T) { m.halt(m.pick(t), m.service().Cancel, campaign.Cancelled) }

func (m *model) resume(t *rapid.T) {
	x := m.pick(t)
	if x.status != campaign.Paused {
		t.Skip("not paused")
	}
	m.begin(t, x, m.service().Resume)
}

func (m *model) reopen(t *rapid.T) {
	x := m.pick(t)
	if m.status(x) != campaign.Completed {
		t.Skip("not completed")
	}
	m.begin(t, x, m.service().Reopen)
}

func (m *model) optOut(t *rapid.T) {
	p := phone(rapid.IntRange(1, phones).Draw(t, "phone"))
	if m.silent[p] {
		m.must(m.service().OptIn(m.ctx, campaign.Because(campaign.CodeByPerson, "reason", "letter"), p))
	} else {
		m.must(m.service().OptOut(m.ctx, campaign.Because(campaign.CodeByPerson), p))
	}
	m.silent[p] = !m.silent[p]
}

// decide gives an operator's word on one whose outcome is unknown.
func (m *model) decide(t *rapid.T) {
	x := m.pick(t)
	var lost []campaign.Recipient
	for r, err := range m.service().Audience(m.ctx, x.id, campaign.Unknown) {
		m.must(err)
		lost = append(lost, r)
	}
	if len(lost) == 0 {
		t.Skip("nobody is unknown")
	}
	r := rapid.SampledFrom(lost).Draw(t, "who")
	d := rapid.SampledFrom([]campaign.Decision{campaign.MarkSent, campaign.MarkNotSent, campaign.Resend}).Draw(t, "decision")
	if m.allowed(m.service().Decide(m.ctx, r.ID, d, "por telefone")) && d == campaign.Resend {
		x.ordered[r.ID.Position-1]++
	}
}

// report is what a gateway tells of a message, in whatever order.
func (m *model) report(t *rapid.T) {
	var known []string
	for _, d := range m.deeds {
		if m.routes[d.ProviderID] != 0 {
			known = append(known, d.ProviderID)
		}
	}
	if len(known) == 0 {
		t.Skip("nothing was accepted")
	}
	id := rapid.SampledFrom(known).Draw(t, "message")
	kind := rapid.SampledFrom([]campaign.NoticeKind{campaign.NoticeServer, campaign.NoticeDelivered, campaign.NoticeRead}).Draw(t, "kind")
	m.arm(t)
	err := m.engine.Receive(m.ctx, campaign.Notice{Tenant: tenant, Instance: m.routes[id], ProviderID: id, Kind: kind, At: m.clock.Now()})
	m.faulted(err)
}

func (m *model) time(t *rapid.T) {
	m.clock.Advance(rapid.SampledFrom([]time.Duration{time.Second, 40 * time.Second, 6 * time.Minute, time.Hour}).Draw(t, "passes"))
}

// arm makes one of the next writes fail, mostly none.
func (m *model) arm(t *rapid.T) {
	m.store.in = rapid.SampledFrom([]int{0, 0, 0, 1, 2, 3, 4, 5}).Draw(t, "failing write")
	m.store.after = rapid.Bool().Draw(t, "after its commit")
}

// faulted accepts an error that was made here.
func (m *model) faulted(err error) {
	m.store.in = 0
	if err != nil && !errors.Is(err, errFault) {
		m.must(err)
	}
}

// step lets the engine work once, and the process die then at times.
func (m *model) step(t *rapid.T) {
	m.fate = rapid.SampledFrom([]string{"accepted", "accepted", "not sent", "refused", "held", "late",
		"lost, carried out", "lost, not carried out"}).Draw(t, "fate")
	m.arm(t)
	_, err := m.engine.Step(m.ctx)
	m.faulted(err)
	if rapid.IntRange(0, 9).Draw(t, "dies") == 0 {
		m.restart()
	}
}

package campaign

import (
	"time"

	"github.com/alreasense/campaigns/schedule"
)

// Shut is a gate that is closed: why, and when it opens. A zero Until means
// that no instant is known: something has to happen first, or it never opens.
type Shut struct {
	Why   Reason
	Until time.Time
	// Never tells that the gate does not open again by itself, ever.
	Never bool
}

// prospect is what the gates look at: one number that would send for one
// campaign. The take, the explanation and the forecast ask the same gates.
type prospect struct {
	campaign Campaign
	recipe   *recipe
	instance Instance
	meter    Meter
	// free tells that the instance has a slot.
	free bool
	// deadline is D: the send may begin that much after the take.
	deadline time.Duration
	// queue is who is left; nil where somebody always is.
	queue *standby
	// stranger tells that the one who is left does not know the number.
	stranger bool
}

// standby is how many people could be taken at once, and when the first of the
// others can, which is zero if there are none.
type standby struct {
	ahead int64
	due   time.Time
	why   Reason // what that one waits for, where it is known
	// aside tells that there are others, whom the number may take when its cold
	// lane is not shut.
	aside bool
}

// gate is one condition of a send. It reports whether it is shut at t.
type gate func(p *prospect, t time.Time) (Shut, bool)

// gates lists the conditions that concern a campaign and a number. Those that
// concern a person are personGates, which are asked for each candidate.
var gates = []gate{statusGate, recipeGate, startGate, endGate, windowGate, holdGate, slotGate, paceGate, capGate, coldGate, peopleGate}

// opens returns the earliest instant, not before now, at which every gate is
// open. When that is later than now, why is the gate that decides it. A Shut
// without an instant is returned as it is.
func (p *prospect) opens(now time.Time) (at time.Time, shut Shut) {
	return p.pass(now, nil)
}

// pass is opens, and tells of each gate on the way from when on it was waited
// for.
func (p *prospect) pass(now time.Time, waits func(from time.Time, s Shut)) (at time.Time, shut Shut) {
	at = now
	// Each round moves at forward past one gate. Caps and windows can push each
	// other a few times; what is not settled after that is looked at again.
	for range 64 {
		moved := false
		for _, g := range gates {
			s, closed := g(p, at)
			if !closed {
				continue
			}
			if s.Never || !s.Until.After(at) {
				return time.Time{}, s
			}
			if !moved {
				shut = s
			}
			if waits != nil {
				waits(at, s)
			}
			at, moved = s.Until, true
		}
		if !moved {
			return at, shut
		}
	}
	return at, shut
}

// spent reports whether the campaign can never send again, from any number:
// this one alone may only rest past the end.
func (p *prospect) spent(now time.Time) bool {
	any := prospect{campaign: p.campaign, recipe: p.recipe, instance: Instance{Pace: Pace{NoGap: true}}, free: true, deadline: p.deadline}
	any.campaign.Pace = Pace{}
	_, s := any.opens(now)
	return s.Never
}

// shut lists every gate that is closed at t.
func (p *prospect) shut(t time.Time) (all []Shut) {
	for _, g := range gates {
		if s, closed := g(p, t); closed {
			all = append(all, s)
		}
	}
	return all
}

func statusGate(p *prospect, _ time.Time) (Shut, bool) {
	if p.campaign.Status == Active {
		return Shut{}, false
	}
	return Shut{Why: Because(CodeNotActive, "status", string(p.campaign.Status))}, true
}

func recipeGate(p *prospect, _ time.Time) (Shut, bool) {
	return Shut{Why: p.recipe.broken}, !p.recipe.broken.IsZero()
}

func startGate(p *prospect, t time.Time) (Shut, bool) {
	s := p.campaign.StartAt
	if !t.Before(s) {
		return Shut{}, false
	}
	return Shut{Why: Because(CodeBeforeStart, "until", stamp(s)), Until: s}, true
}

func endGate(p *prospect, t time.Time) (Shut, bool) {
	if end := p.campaign.ends(p.deadline); end.IsZero() || t.Before(end) {
		return Shut{}, false
	}
	return Shut{Why: Because(CodeAfterEnd, "end", stamp(p.campaign.EndAt)), Never: true}, true
}

// ends is when endGate shuts; zero if it does not.
func (c *Campaign) ends(deadline time.Duration) time.Time {
	if c.EndAt.IsZero() {
		return time.Time{}
	}
	return c.EndAt.Add(-deadline)
}

// windowGate is open when the window is open now and still at the latest
// start.
func windowGate(p *prospect, t time.Time) (Shut, bool) {
	w := p.recipe.window
	if w == nil || schedule.OpenThrough(w, t, t.Add(p.deadline)) && failure(w).IsZero() {
		return Shut{}, false
	}
	next, from := w.Next(t), t
	if next.Equal(t) {
		// Open now, and shut before the latest start.
		from = t.Add(p.deadline)
		next = w.Next(from)
	}
	why := windowReason(w, from, next)
	if f := failure(w); !f.IsZero() {
		return Shut{Why: f, Never: true}, true
	}
	if next.IsZero() {
		return Shut{Why: Because(CodeWindowNever), Never: true}, true
	}
	return Shut{Why: why, Until: next.UTC()}, true
}

// failure is why a window of the host is shut for good; zero if it is not.
func failure(w schedule.Window) Reason {
	if x, ok := w.(*watchedWindow); ok {
		return x.broken()
	}
	return Reason{}
}

func windowReason(w schedule.Window, t, next time.Time) Reason {
	x, ok := w.(schedule.Explainer)
	if !ok {
		return Because(CodeWindow, "until", stamp(next))
	}
	c, shut := x.Closed(t)
	if !shut {
		return Because(CodeWindow, "until", stamp(next))
	}
	switch c.Reason {
	case schedule.OnHoliday:
		return Because(CodeHoliday, "name", c.Holiday.Name, "until", stamp(next))
	case schedule.OnWeekend:
		return Because(CodeWeekend, "until", stamp(next))
	case schedule.OutsideHours, schedule.OnWeekday:
		return Because(CodeHours, "until", stamp(next))
	}
	return Because(CodeWindow, "until", stamp(next))
}

func holdGate(p *prospect, t time.Time) (Shut, bool) {
	if why := p.instance.Suspended; !why.IsZero() {
		return Shut{Why: why}, true
	}
	if p.instance.Connection == ConnectionClosed {
		return Shut{Why: Because(CodeDisconnected)}, true
	}
	m := p.meter
	if m.Held.IsZero() || (!m.HeldUntil.IsZero() && !t.Before(m.HeldUntil)) {
		return Shut{}, false
	}
	return Shut{Why: Because(CodeHeld, "why", string(m.Held.Code), "until", stamp(m.HeldUntil)), Until: m.HeldUntil}, true
}

func slotGate(p *prospect, _ time.Time) (Shut, bool) {
	if p.free {
		return Shut{}, false
	}
	return Shut{Why: Because(CodeInFlight)}, true
}

func paceGate(p *prospect, t time.Time) (Shut, bool) {
	u := p.meter.PaceUntil
	if !t.Before(u) {
		return Shut{}, false
	}
	return Shut{Why: Because(CodeGap, "until", stamp(u)), Until: u}, true
}

func capGate(p *prospect, t time.Time) (Shut, bool) {
	m := p.meter
	why, until := m.capped(t, p.recipe.zone(p.instance), p.instance, p.instance.Pace.tighten(p.campaign.Pace))
	return Shut{Why: why, Until: until}, !why.IsZero()
}

// peopleGate is open while somebody may be taken: everybody who is left can be
// waiting for another try, a busy phone or a lock.
func peopleGate(p *prospect, t time.Time) (Shut, bool) {
	q := p.queue
	if q == nil || q.ahead > 0 {
		return Shut{}, false
	}
	if q.aside {
		s, shut := p.meter.Cold.shut(t)
		switch {
		case !shut:
			return Shut{}, false
		case q.due.IsZero() || !s.Until.IsZero() && !s.Until.After(q.due):
			return s, true
		}
	}
	switch {
	case q.due.IsZero() && p.campaign.KeepOpen:
		return Shut{Why: Because(CodeKeptOpen)}, true
	case q.due.IsZero():
		return Shut{Why: Because(CodeNobodyLeft)}, true
	case !t.Before(q.due):
		return Shut{}, false
	}
	why := Because(CodeNobodyDue, "until", stamp(q.due))
	if !q.why.IsZero() {
		why = why.with("why", string(q.why.Code))
	}
	return Shut{Why: why, Until: q.due}, true
}

func stamp(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.RFC3339)
}

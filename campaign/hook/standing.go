package hook

import (
	"context"
	"crypto/rand"
	"fmt"
	"strings"
	"time"

	"github.com/alreasense/campaigns/campaign"
)

// Standing is how far an endpoint has been told.
type Standing struct {
	// Recent are the last tries, the newest first, at most 20.
	Recent []Delivery
	// Waiting is how many events are still to be told, at most MostWaiting, and
	// Oldest the instant of the first of them; zero if there is none.
	Waiting int
	Oldest  time.Time
	// Late is how many of them have failed before.
	Late int
	// Fails counts the failures since an event was accepted, Since when, and
	// before NextAt nothing is tried.
	Fails         int
	Since, NextAt time.Time
	// Accepted and GivenUp count events.
	Accepted, GivenUp int64
}

// MostWaiting is how far Standing counts.
const MostWaiting = 1000

// mostRecent is how many tries are kept.
const mostRecent = 20

// Standing tells how far an endpoint has been told, and what became of the last
// tries.
func (d *Desk) Standing(ctx context.Context, id string) (s Standing, err error) {
	if err := d.may(); err != nil {
		return s, err
	}
	_, r, err := d.h.read(ctx, d.c.Tenant, id)
	if err != nil {
		return s, err
	}
	doc, err := d.h.store.Get(ctx, "", kindState, id)
	if err != nil {
		return s, missing(err)
	}
	var st state
	if err := decode(doc, &st); err != nil {
		return s, err
	}
	s = Standing{Late: len(st.Late), Waiting: len(st.Late), Fails: st.Fails, Since: st.Since, NextAt: st.NextAt, Accepted: st.Accepted, GivenUp: st.GivenUp}
	for i := range st.Recent {
		s.Recent = append(s.Recent, st.Recent[len(st.Recent)-1-i])
	}
	if len(st.Late) > 0 {
		first := st.Late[0].Seq
		for _, l := range st.Late {
			first = min(first, l.Seq)
		}
		es, err := d.events().Events(ctx, campaign.EventQuery{After: first - 1, Limit: 1})
		if err != nil {
			return s, err
		}
		if len(es) > 0 {
			s.Oldest = es[0].At
		}
	}
	types := r.settings().eventTypes()
	es, err := d.events().Events(ctx, campaign.EventQuery{After: st.After, Types: types, Limit: MostWaiting})
	if err != nil {
		return s, err
	}
	if len(es) > 0 && s.Oldest.IsZero() {
		s.Oldest = es[0].At
	}
	s.Waiting = min(s.Waiting+len(es), MostWaiting)
	return s, nil
}

// eventTypes are the types that are wanted; none means all.
func (s Settings) eventTypes() (ts []campaign.EventType) {
	if len(s.Types) == 0 {
		return nil
	}
	for _, t := range campaign.EventTypes() {
		if s.wants(t) {
			ts = append(ts, t)
		}
	}
	return ts
}

// TestType is the type of the message that Test sends. It is no event.
const TestType campaign.EventType = "webhook.test"

// Test sends an endpoint a message of TestType, signed like any other, disabled
// or not, and returns what became of it. An endpoint that refuses it is an answer and no
// error.
func (d *Desk) Test(ctx context.Context, id string) (Delivery, error) {
	if err := d.may(); err != nil {
		return Delivery{}, err
	}
	doc, r, err := d.h.read(ctx, d.c.Tenant, id)
	if err != nil {
		return Delivery{}, err
	}
	now := d.h.now()
	out := Delivery{Type: TestType, At: now, Try: 1}
	keys, err := d.h.secrets(doc, r, now)
	if err != nil {
		out.Why = campaign.Because(CodeSecret)
		return out, nil
	}
	body := encode(message{string(TestType), now, map[string]string{"webhook": id}})
	a := d.h.post(ctx, r.URL, keys, fmt.Sprintf("test_%s_%s", id, strings.ToLower(rand.Text()[:12])), body)
	if err := ctx.Err(); err != nil {
		return Delivery{}, err
	}
	out.Took, out.Status, out.Why = a.took, a.status, a.why
	return out, nil
}

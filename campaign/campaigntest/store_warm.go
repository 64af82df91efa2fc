package campaigntest

import (
	"errors"
	"time"

	"github.com/alreasense/campaigns/campaign"
	"github.com/alreasense/campaigns/contact"
)

func warmRules() []rule[*env] {
	return []rule[*env]{
		{"warm/written", "who writes to a number is known to it from then on, in a campaign or not", warmWritten},
		{"warm/reached", "who got a message of a number is known to it from then on, and judged by it", warmReached},
		{"warm/forgotten", "who was erased is known to no number, and a number that was removed knows nobody", warmForgotten},
		{"warm/rolled back", "an erasure that did not happen has made nobody a stranger", warmRolledBack},
	}
}

// warm tells who of the n-th people the numbers of a tenant know.
func (e *env) warm(t campaign.Tenant, ns ...int) (known map[campaign.Warm]time.Time) {
	e.Helper()
	var phones []contact.Phone
	for _, n := range ns {
		phones = append(phones, phone(n))
	}
	e.view(t, func(r campaign.Reader) {
		var err error
		known, err = r.Warm(phones)
		e.need(err, "Warm")
	})
	return known
}

func knows(t campaign.Tenant, i campaign.InstanceID, n int) campaign.Warm {
	return campaign.Warm{Tenant: t, Instance: i, Phone: phone(n)}
}

func warmWritten(e *env) {
	a, b, theirs := e.instance(acme, "a"), e.instance(acme, "b"), e.instance(beta, "theirs")
	e.that(len(e.warm(acme)) == 0 && len(e.warm(acme, 1, 2)) == 0, "a number knows somebody before anybody wrote")
	late := reply(a, 1, at(time.Minute))
	late.ArrivedAt = at(2 * time.Minute)
	other := reply(theirs, 1, at(time.Hour))
	other.Tenant = beta
	e.stash(late, reply(a, 2, at(3*time.Minute)), reply(b, 2, at(4*time.Minute)), other, reply(a, 1, at(time.Hour)),
		campaign.Notice{Tenant: acme, Instance: a, ProviderID: "x", Kind: campaign.NoticeSent, Phone: phone(3), At: t0, ArrivedAt: t0})
	e.stash(reply(a, 2, at(time.Hour)))
	e.equal(e.warm(acme, 1, 2, 3, 4), map[campaign.Warm]time.Time{
		knows(acme, a, 1): at(2 * time.Minute), knows(acme, a, 2): at(3 * time.Minute), knows(acme, b, 2): at(4 * time.Minute),
	}, "whom the numbers know, since the first that arrived")
	e.equal(e.warm(acme, 1), map[campaign.Warm]time.Time{knows(acme, a, 1): at(2 * time.Minute)}, "who knows the first person")
	e.equal(e.warm(beta, 1, 2), map[campaign.Warm]time.Time{knows(beta, theirs, 1): at(time.Hour)}, "whom the number of another tenant knows")
}

func warmReached(e *env) {
	_, is := e.running(acme, 1, 3, "a")
	one := e.takeOne(t0)
	e.accept(at(time.Second), one, "p1")
	e.wake(acme, is[0], at(2*time.Second))
	two := e.takeOne(at(2 * time.Second))
	e.accept(at(3*time.Second), two, "p2")
	report := func(provider string, k campaign.NoticeKind) campaign.Notice {
		return campaign.Notice{Tenant: acme, Instance: is[0], ProviderID: provider, Kind: k, At: at(4 * time.Second), ArrivedAt: at(4 * time.Second)}
	}
	absorb := func(now time.Time, warmed map[campaign.Warm]time.Time) (known map[campaign.Warm]time.Time) {
		e.Helper()
		_, err := e.store.Absorb(e.ctx, now, never, 10, func(r *campaign.Rows) {
			known, r.Warmed = r.Warm, warmed
			for _, n := range r.Notices {
				r.Absorbed = append(r.Absorbed, n.Seq)
			}
		})
		e.need(err, "Absorb")
		return known
	}
	e.stash(report("p1", campaign.NoticeDelivered))
	known := absorb(at(5*time.Second), map[campaign.Warm]time.Time{knows(acme, is[0], 1): at(5 * time.Second)})
	e.that(len(known) == 0, "a number knows somebody whom no message has reached: %v", known)
	e.equal(e.warm(acme, 1, 2, 3), map[campaign.Warm]time.Time{knows(acme, is[0], 1): at(5 * time.Second)}, "whom the number knows")
	e.stash(report("p1", campaign.NoticeRead), report("p2", campaign.NoticeError), reply(is[0], 2, at(6*time.Second)))
	known = absorb(at(7*time.Second), map[campaign.Warm]time.Time{knows(acme, is[0], 1): at(7 * time.Second)})
	e.equal(known, map[campaign.Warm]time.Time{knows(acme, is[0], 1): at(5 * time.Second), knows(acme, is[0], 2): at(6 * time.Second)},
		"whom a report finds known to its number")
	e.equal(e.warm(acme, 1), map[campaign.Warm]time.Time{knows(acme, is[0], 1): at(5 * time.Second)}, "since when a number knows whom it reached twice")
}

func warmForgotten(e *env) {
	a, b, theirs := e.instance(acme, "a"), e.instance(acme, "b"), e.instance(beta, "theirs")
	other := reply(theirs, 1, t0)
	other.Tenant = beta
	e.stash(reply(a, 1, t0), reply(b, 1, t0), reply(a, 2, t0), reply(b, 2, t0), other)
	e.equal(e.erase(later, 1), campaign.Erasure{Notices: 2}, "what an erasure tells")
	e.equal(e.warm(acme, 1, 2), map[campaign.Warm]time.Time{knows(acme, a, 2): t0, knows(acme, b, 2): t0}, "whom the numbers know after an erasure")
	e.update(acme, func(w campaign.Writer) error { return w.DeleteInstance(b) })
	e.equal(e.warm(acme, 1, 2), map[campaign.Warm]time.Time{knows(acme, a, 2): t0}, "whom the numbers know after one was removed")
	e.equal(e.warm(beta, 1), map[campaign.Warm]time.Time{knows(beta, theirs, 1): t0}, "whom the number of another tenant knows")
}

func warmRolledBack(e *env) {
	a := e.instance(acme, "a")
	e.stash(reply(a, 1, t0))
	boom := errors.New("boom")
	err := e.try(acme, func(w campaign.Writer) error {
		if _, err := w.Erase(later, phone(1)); err != nil {
			return err
		}
		if err := w.DeleteInstance(a); err != nil {
			return err
		}
		known, err := w.Warm([]contact.Phone{phone(1)})
		e.that(err == nil && len(known) == 0, "an Update does not read whom it has erased: %v, %v", known, err)
		return boom
	})
	e.refuse(err, boom, "an Update whose function returned an error")
	e.equal(e.warm(acme, 1), map[campaign.Warm]time.Time{knows(acme, a, 1): t0}, "whom the number knows")
}

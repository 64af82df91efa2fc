package campaigntest

import (
	"fmt"
	"time"

	"github.com/alreasense/campaigns/campaign"
	"github.com/alreasense/campaigns/contact"
)

func instanceRules() []rule[*env] {
	return []rule[*env]{
		{"instance/round trip", "a number sends by the pace that was saved", instanceRoundTrip},
		{"instance/unknown and stale", "an edit made from an old revision would undo somebody else's", instanceStale},
		{"instance/twice", "two rows for one number would send at twice its pace", instanceTwice},
		{"instance/one number", "two records of one number, of whatever tenants, would send at twice its pace, and one of them would hear nothing", instanceIdentity},
		{"instance/delete", "a number that sends, or may still be sending, cannot be forgotten", instanceDelete},
		{"instance/meter", "the meter survives everything, so that a number never bursts", instanceMeter},
		{"instance/wake", "a command that opens a gate must be seen at once, and never put a look off", instanceWake},
	}
}

func instanceRoundTrip(e *env) {
	zone := time.FixedZone("elsewhere", 3600)
	i := campaign.Instance{Name: "Vendas", Gateway: "g1", Remote: "vendas-1", Phone: "+5511900000001", Zone: "America/Bahia", Default: true,
		Identity: campaign.Identity{Endpoint: "gateway.example vendas-1", Phone: "+5511900000001"},
		Pace:     campaign.Pace{MinGap: time.Second, MaxGap: 90 * time.Second, NoGap: true, PerHour: 3, PerDay: 20, PauseEvery: 5, PauseFor: time.Minute, Ramp: []int{1, 2}},
		Since:    t0.In(zone), Connection: campaign.ConnectionOpen, ConnectionAt: at(time.Second).In(zone), Rev: 1,
		CreatedAt: at(2 * time.Second).In(zone), UpdatedAt: at(3 * time.Second).In(zone)}
	e.update(acme, func(w campaign.Writer) error { return w.SaveInstance(&i) })
	want := i
	want.Tenant, want.Since, want.ConnectionAt, want.CreatedAt, want.UpdatedAt = acme, i.Since.UTC(), i.ConnectionAt.UTC(), i.CreatedAt.UTC(), i.UpdatedAt.UTC()
	want.Pace.Ramp = []int{1, 2}
	i.Pace.Ramp[0] = 99
	e.equal(e.number(acme, i.ID), campaign.Number{Instance: want}, "the instance as read")
	got := e.number(acme, i.ID)
	got.Instance.Pace.Ramp[0] = 99
	e.equal(e.number(acme, i.ID), campaign.Number{Instance: want}, "the instance, after the one that was read has been changed")

	second := e.instance(acme, "second")
	e.view(acme, func(r campaign.Reader) {
		ns, err := r.Numbers()
		e.need(err, "Numbers")
		e.that(len(ns) == 2 && ns[0].Instance.ID < ns[1].Instance.ID && ns[1].Instance.ID == second, "Numbers does not list both instances by rising id")
		e.equal(ns[0], campaign.Number{Instance: want}, "the instance as listed")
	})
	want.Suspended, want.Identity = campaign.Because(campaign.CodeTakenOver, "instance", "9"), campaign.Identity{}
	want.Rev, want.Name, want.Pace, want.Connection = 2, "Suporte", campaign.Pace{}, campaign.ConnectionClosed
	e.update(acme, func(w campaign.Writer) error { c := want; return w.SaveInstance(&c) })
	e.equal(e.number(acme, i.ID).Instance, want, "the instance after it was replaced")
	e.number(acme, i.ID).Instance.Suspended.Args["instance"] = "spoilt"
	e.equal(e.number(acme, i.ID).Instance, want, "the instance, after the reason of the one that was read has been changed")
}

func instanceStale(e *env) {
	id := e.instance(acme, "i1")
	e.view(acme, func(r campaign.Reader) {
		_, err := r.Number(id + 1000)
		e.refuse(err, campaign.ErrNotFound, "Number of an unknown id")
	})
	for doing, f := range map[string]func(w campaign.Writer) error{
		"SaveInstance of an unknown id": func(w campaign.Writer) error {
			return w.SaveInstance(&campaign.Instance{ID: id + 1000, Remote: "x", Rev: 2})
		},
		"DeleteInstance of an unknown id": func(w campaign.Writer) error { return w.DeleteInstance(id + 1000) },
		"AmendMeter of an unknown id":     func(w campaign.Writer) error { return w.AmendMeter(id+1000, func(*campaign.Meter) {}) },
	} {
		e.refuse(e.try(acme, f), campaign.ErrNotFound, doing)
	}
	for _, rev := range []int64{0, 1, 3} {
		err := e.try(acme, func(w campaign.Writer) error {
			return w.SaveInstance(&campaign.Instance{ID: id, Name: "late", Remote: "i1", Rev: rev})
		})
		e.refuse(err, campaign.ErrStale, fmt.Sprintf("SaveInstance of revision %d over revision 1", rev))
	}
	e.that(e.number(acme, id).Instance.Name == "i1", "a refused save changed the instance")
}

func instanceTwice(e *env) {
	id := e.instance(acme, "i1")
	save := func(i campaign.Instance) error {
		return e.try(acme, func(w campaign.Writer) error { return w.SaveInstance(&i) })
	}
	e.refuse(save(campaign.Instance{Remote: "i1", Rev: 1}), campaign.ErrConflict, "a second instance with the same gateway and remote name")
	e.need(save(campaign.Instance{Remote: "i1", Gateway: "g2", Rev: 1}), "the same remote name at another gateway")
	other := e.instance(acme, "i2")
	e.refuse(save(campaign.Instance{ID: other, Remote: "i1", Rev: 2}), campaign.ErrConflict, "renaming an instance to another's remote name")
	e.need(save(campaign.Instance{ID: id, Remote: "i1", Name: "itself", Rev: 2}), "saving an instance under its own name")
	e.need(save(campaign.Instance{ID: id, Remote: "i3", Rev: 3}), "renaming an instance")
	e.need(save(campaign.Instance{Remote: "i1", Rev: 1}), "an instance under a name that was given up")
}

func instanceIdentity(e *env) {
	save := func(t campaign.Tenant, i campaign.Instance) (campaign.InstanceID, error) {
		err := e.try(t, func(w campaign.Writer) error { return w.SaveInstance(&i) })
		return i.ID, err
	}
	is := func(endpoint string, phone contact.Phone) campaign.Identity {
		return campaign.Identity{Endpoint: endpoint, Phone: phone}
	}
	first, err := save(acme, campaign.Instance{Remote: "i1", Rev: 1, Identity: is("g i1", "+5511900000001")})
	e.need(err, "the first record of a number")
	second, err := save(beta, campaign.Instance{Remote: "i1", Rev: 1})
	e.need(err, "a record of which nothing is known")
	_, err = save(acme, campaign.Instance{Remote: "i3", Rev: 1})
	e.need(err, "a second one of which nothing is known")
	for of, k := range map[string]campaign.Identity{"endpoint": is("g i1", ""), "phone": is("", "+5511900000001"), "endpoint and another phone": is("g i1", "+5511900000002")} {
		for _, t := range []campaign.Tenant{acme, beta} {
			_, err := save(t, campaign.Instance{Remote: "i2", Rev: 1, Identity: k})
			e.refuse(err, campaign.ErrConflict, fmt.Sprintf("a second record with the same %s, in %s", of, t))
		}
		_, err := save(beta, campaign.Instance{ID: second, Remote: "i1", Rev: 2, Identity: k})
		e.refuse(err, campaign.ErrConflict, "another tenant's record that gets the same "+of)
	}
	e.that(e.number(beta, second).Instance.Rev == 1, "a refused save changed the instance")
	_, err = save(acme, campaign.Instance{ID: first, Remote: "i1", Rev: 2, Name: "renamed", Identity: is("g i1", "+5511900000001")})
	e.need(err, "saving a record that keeps what it has")
	_, err = save(acme, campaign.Instance{ID: first, Remote: "i1", Rev: 3, Suspended: campaign.Because(campaign.CodeTakenOver)})
	e.need(err, "suspending a record")
	_, err = save(beta, campaign.Instance{ID: second, Remote: "i1", Rev: 2, Identity: is("g i1", "+5511900000001")})
	e.need(err, "a record of another tenant that gets what was given up")
	_, err = save(acme, campaign.Instance{ID: first, Remote: "i1", Rev: 4, Identity: is("g i1", "")})
	e.refuse(err, campaign.ErrConflict, "taking it back")
	e.update(beta, func(w campaign.Writer) error { return w.DeleteInstance(second) })
	_, err = save(acme, campaign.Instance{ID: first, Remote: "i1", Rev: 4, Identity: is("g i1", "+5511900000001")})
	e.need(err, "taking it back after the other was removed")
}

func instanceDelete(e *env) {
	id, is := e.running(acme, 1, 2, "i1")
	del := func(w campaign.Writer) error { return w.DeleteInstance(is[0]) }
	e.refuse(e.try(acme, del), campaign.ErrConflict, "DeleteInstance while it serves a campaign")
	a := e.takeOne(t0)
	e.update(acme, func(w campaign.Writer) error { return w.Vacate(id) })
	e.refuse(e.try(acme, del), campaign.ErrConflict, "DeleteInstance with an attempt in flight")
	e.lose(at(time.Second), a, time.Time{})
	e.refuse(e.try(acme, del), campaign.ErrConflict, "DeleteInstance with a lost attempt")
	e.accept(at(2*time.Second), a, "p1")
	e.update(acme, del)
	e.view(acme, func(r campaign.Reader) {
		_, err := r.Number(is[0])
		e.refuse(err, campaign.ErrNotFound, "Number of a deleted instance")
	})
	e.that(len(e.history(acme, id, 1)) == 1, "the history went with the instance")
	next := e.instance(acme, "i1")
	e.that(next != is[0], "the id of a deleted instance was given again")
}

func instanceMeter(e *env) {
	id := e.instance(acme, "i1")
	e.equal(e.number(acme, id).Meter, campaign.Meter{}, "the meter of a new instance")
	zone := time.FixedZone("elsewhere", -4*3600)
	n := 0
	when := func() time.Time { n++; return at(time.Duration(n) * 1001 * time.Millisecond) }
	want := campaign.Meter{PaceUntil: when(), WakeAt: when(), Why: campaign.Because(campaign.CodeGap, "until", "x"), LastStart: when(),
		Hour: when(), Day: when(), InHour: 3, InDay: 4, InRow: 5, Held: campaign.Because(campaign.CodeDisconnected), HeldUntil: when(),
		Holds: 6, Errors: 7, Unacked: 8, AckedAt: when()}
	e.update(acme, func(w campaign.Writer) error {
		return w.AmendMeter(id, func(m *campaign.Meter) {
			*m = want
			m.PaceUntil, m.Hour = m.PaceUntil.In(zone), m.Hour.In(zone)
			m.Why = campaign.Because(campaign.CodeGap, "until", "x")
		})
	})
	e.equal(e.number(acme, id).Meter, want, "the meter as read")
	e.number(acme, id).Meter.Why.Args["until"] = "spoilt"
	e.equal(e.number(acme, id).Meter, want, "the meter, after the one that was read has been changed")
	e.update(acme, func(w campaign.Writer) error {
		return w.SaveInstance(&campaign.Instance{ID: id, Remote: "i1", Name: "renamed", Rev: 2})
	})
	e.equal(e.number(acme, id).Meter, want, "the meter, after the instance was edited: commands never reset it")
}

func instanceWake(e *env) {
	id, is := e.running(acme, 1, 1, "i1", "i2")
	_, other := e.running(acme, 2, 2, "i3")
	_, foreign := e.running(beta, 3, 3, "b1")
	reset := func() {
		e.wake(acme, is[0], at(time.Hour))
		e.wake(acme, is[1], at(time.Minute))
		e.wake(acme, other[0], at(time.Hour))
		e.wake(beta, foreign[0], at(time.Hour))
	}
	check := func(t campaign.Tenant, i campaign.InstanceID, want time.Duration) {
		e.Helper()
		got := e.number(t, i).Meter.WakeAt
		e.that(got.Equal(at(want)), "instance %d is looked at %v after the start, want %v", i, got.Sub(t0), want)
	}
	reset()
	e.update(acme, func(w campaign.Writer) error { return w.Wake(id, at(10*time.Minute)) })
	check(acme, is[0], 10*time.Minute)
	check(acme, is[1], time.Minute)
	check(acme, other[0], time.Hour)
	check(beta, foreign[0], time.Hour)
	reset()
	e.update(acme, func(w campaign.Writer) error { return w.Wake(0, at(10*time.Minute)) })
	check(acme, is[0], 10*time.Minute)
	check(acme, is[1], time.Minute)
	check(acme, other[0], 10*time.Minute)
	check(beta, foreign[0], time.Hour)
	r := e.look(query(at(10*time.Minute), 10, 1))
	e.that(len(r.Turns) == 3, "after Wake a take loads %d instances, want the 3 that are due", len(r.Turns))
}

package campaigntest

import (
	"github.com/alreasense/campaigns/campaign"
)

// engine is one on the store that sends nothing.
func (e *env) engine(name string) *campaign.Engine {
	e.Helper()
	n, err := campaign.New(e.store, new(Recorder), &campaign.Options{Now: NewClock(t0).Now, Daemon: name})
	e.need(err, "campaign.New")
	return n
}

// halted requires that everything is stopped, by whom and why; or nothing, where by
// is empty.
func (e *env) halted(n *campaign.Engine, by, reason, when string) {
	e.Helper()
	h, on, err := n.StoppedAll(e.ctx)
	e.need(err, "StoppedAll")
	want := campaign.Halt{}
	if by != "" {
		want = campaign.Halt{Since: t0, By: by, Reason: reason}
	}
	e.that(on == (by != ""), "%s everything is stopped: %t", when, on)
	e.equal(h, want, "the stop, "+when)
}

func tenantHalt(e *env) {
	one, two := e.engine("one"), e.engine("two")
	e.halted(two, "", "", "before a stop")
	_, err := one.StopAll(e.ctx, "ana", "a holiday")
	e.need(err, "StopAll")
	_, is := e.running(acme, 1, 3, "a") // and its events
	e.update(acme, func(w campaign.Writer) error {
		return w.Record(campaign.Event{Tenant: acme, At: t0, Type: campaign.EventResumedAll, Instance: is[0]})
	})
	e.halted(two, "ana", "a holiday", "after the stop, at another engine")
	_, err = two.StopAll(e.ctx, "rui", "")
	e.need(err, "StopAll")
	e.halted(one, "rui", "", "after a second stop")
	e.need(two.ResumeAll(e.ctx, "bia"), "ResumeAll")
	e.halted(one, "", "", "after its end")
	e.halted(e.engine("three"), "", "", "at an engine that starts after its end")
}

func durableHalt(e *env) {
	_, err := e.engine("one").StopAll(e.ctx, "ana", "a holiday")
	e.need(err, "StopAll")
	e.reopen()
	two := e.engine("two")
	e.halted(two, "ana", "a holiday", "after a restart")
	e.need(two.ResumeAll(e.ctx, "ana"), "ResumeAll")
	e.reopen()
	e.halted(e.engine("three"), "", "", "after its end and a restart")
}

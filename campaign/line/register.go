package line

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/alreasense/campaigns/campaign"
	"github.com/alreasense/campaigns/evolution"
)

// Callback is whether a number's gateway can report.
type Callback string

const (
	// NoPublicURL: this installation has no address that gateways could reach.
	NoPublicURL Callback = "no_public_url"
	// NotRegistered: the gateway was not asked yet.
	NotRegistered Callback = "not_registered"
	// Registered: the gateway has our address, and has not used it since. It may
	// not be able to reach it: until the first report nobody knows.
	Registered Callback = "registered"
	// Verified: a report of this number has come.
	Verified Callback = "verified"
	// Failing: the gateway does not take our address; Why tells.
	Failing Callback = "failing"
)

// Registration is how it stands with the reports of a number. In every state
// but Verified, deliveries, replies and opt-outs may not arrive.
type Registration struct {
	State Callback
	// At is when a report came last (Verified), or when the gateway was asked
	// last.
	At time.Time
	// Since is when our address was registered, by this process.
	Since time.Time
	// Why explains Failing.
	Why campaign.Reason
}

// Registration tells how it stands with the reports of a number. It asks
// nobody.
func (k *Keeper) Registration(id campaign.InstanceID) Registration {
	if k.PublicURL == "" {
		return Registration{State: NoPublicURL}
	}
	r := k.watch(id).registration
	if heard := k.last(id).heardAt; r.State == Registered && !heard.IsZero() && !heard.Before(r.Since) {
		r.State, r.At = Verified, heard
	}
	return r
}

// register makes the gateway report to us, unless it does already.
func (k *Keeper) register(ctx context.Context, in campaign.Instance, now time.Time) {
	if k.PublicURL == "" {
		k.mind.Lock()
		k.watched(in.ID).registerAt = now.Add(registerEvery)
		k.mind.Unlock()
		return
	}
	ask, cancel := context.WithTimeout(ctx, askTime)
	defer cancel()
	changed, err := k.subscribe(ask, in)
	if ctx.Err() != nil {
		return
	}
	k.mind.Lock()
	defer k.mind.Unlock()
	w := k.watched(in.ID)
	was := w.registration
	w.registration.At = now
	if err != nil {
		w.failures++
		again := registerEvery
		if w.failures < 6 {
			again = min(registerEvery, registerAgain<<(w.failures-1))
		}
		w.registerAt = now.Add(again)
		w.registration.State, w.registration.Why = Failing, campaign.Because(codeOf(err))
		if was.State != Failing || was.Why.Code != w.registration.Why.Code {
			k.Logger.Warn("a gateway does not take our address: deliveries, replies and opt-outs of this number will not arrive",
				"instance", int64(in.ID), "error", err.Error())
		}
		return
	}
	w.failures, w.registerAt = 0, now.Add(registerEvery)
	w.registration.State, w.registration.Why = Registered, campaign.Reason{}
	if changed || w.registration.Since.IsZero() {
		w.registration.Since = now
	}
	if changed {
		k.Logger.Info("the gateway reports to us", "instance", int64(in.ID))
	}
}

// codeOf is the reason that an error of the client bears.
func codeOf(err error) campaign.Code {
	var e *evolution.Error
	if errors.As(err, &e) {
		return e.Code
	}
	return evolution.CodeNoAnswer
}

// subscribe compares what the gateway has with what it should have, puts it
// right, and looks again. A gateway that takes no headers gets an address that
// needs none.
func (k *Keeper) subscribe(ctx context.Context, in campaign.Instance) (changed bool, err error) {
	route := in.Route()
	have, any, err := k.Client.Subscribed(ctx, route)
	if err != nil {
		return false, err
	}
	full, bare := k.subscription(in.ID, false), k.subscription(in.ID, true)
	if any && (same(have, full) || same(have, bare)) && (knowsEdits(have) || k.watch(in.ID).asked) {
		return false, nil
	}
	k.mind.Lock()
	k.watched(in.ID).asked = true
	k.mind.Unlock()
	want := full
	err = k.Client.Subscribe(ctx, route, want)
	var e *evolution.Error
	if errors.As(err, &e) && e.Code == evolution.CodeMisconfigured && e.Status == 0 && e.Err == nil {
		want = bare
		err = k.Client.Subscribe(ctx, route, want)
	}
	if err != nil {
		return false, err
	}
	have, any, err = k.Client.Subscribed(ctx, route)
	if err == nil && (!any || !same(have, want)) {
		err = &evolution.Error{Op: "subscribed", Route: route, Code: evolution.CodeRejected,
			Message: "the gateway has taken our address and does not have it"}
	}
	return true, err
}

// knowsEdits reports whether edits are reported. A gateway that does not know
// them is asked for them once in the life of a process.
func knowsEdits(s evolution.Subscription) bool {
	return len(s.Events) == 0 || slices.Contains(s.Events, evolution.EventEdited)
}

// subscription is what the gateway of a number should report, and where to.
func (k *Keeper) subscription(id campaign.InstanceID, bare bool) evolution.Subscription {
	s := evolution.Subscription{URL: k.PublicURL + Prefix + k.addresses.path(id, bare), Events: append(evolution.Events(), evolution.EventEdited)}
	if !bare {
		s.Headers = map[string]evolution.Secret{Header: evolution.Secret(k.addresses.header(id))}
	}
	return s
}

// same compares what decides whether reports reach us.
func same(have, want evolution.Subscription) bool {
	if have.Off != want.Off || have.URL != want.URL {
		return false
	}
	for name, secret := range want.Headers {
		if have.Headers[name] != secret {
			return false
		}
	}
	for _, e := range evolution.Events() {
		if len(have.Events) > 0 && !slices.Contains(have.Events, e) {
			return false
		}
	}
	return true
}

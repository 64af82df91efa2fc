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
	// Elsewhere: the gateway reports to a webhook that somebody else has set,
	// which is not displaced unasked; Address tells whose. See Desk.TakeWebhook.
	Elsewhere Callback = "elsewhere"
	// Nowhere: the gateway has no webhook, one that is switched off, or ours
	// without all that it needs. The keeper puts it right.
	Nowhere Callback = "nowhere"
	// Unasked: the gateway could not be asked now what it has; Why tells.
	Unasked Callback = "unasked"
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
	// Why explains Failing, Elsewhere and Unasked.
	Why campaign.Reason
	// Address is where the gateway reports to, of an Elsewhere: the scheme and
	// the host, since what follows may be a secret.
	Address string
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
	changed, err := k.subscribe(ask, in, false)
	if ctx.Err() == nil {
		k.came(ctx, in, changed, err, now)
	}
}

// came notes what came of a registration.
func (k *Keeper) came(ctx context.Context, in campaign.Instance, changed bool, err error, now time.Time) {
	k.mind.Lock()
	w := k.watched(in.ID)
	was := w.registration
	w.registration.At, w.registration.Address = now, ""
	theirs := (*elsewhereError)(nil)
	switch {
	case errors.As(err, &theirs):
		w.failures, w.registerAt = 0, now.Add(registerEvery)
		w.registration.State, w.registration.Why, w.registration.Address = Elsewhere, theirs.why(), theirs.address
	case err != nil:
		w.failures++
		again := registerEvery
		if w.failures < 6 {
			again = min(registerEvery, registerAgain<<(w.failures-1))
		}
		w.registerAt = now.Add(again)
		w.registration.State, w.registration.Why = Failing, campaign.Because(codeOf(err))
	default:
		w.failures, w.registerAt = 0, now.Add(registerEvery)
		w.registration.State, w.registration.Why = Registered, campaign.Reason{}
		if changed || w.registration.Since.IsZero() {
			w.registration.Since = now
		}
	}
	is := w.registration
	k.mind.Unlock()
	switch {
	case is.State == Failing && (was.State != Failing || was.Why.Code != is.Why.Code):
		k.Logger.Warn("a gateway does not take our address: deliveries, replies and opt-outs of this number will not arrive",
			"instance", int64(in.ID), "error", err.Error())
	case is.State == Elsewhere && (was.State != Elsewhere || was.Address != is.Address):
		k.Logger.Warn("a gateway reports to another system: replies and opt-outs of this number do not arrive, and its webhook is not taken unasked",
			"instance", int64(in.ID), "address", is.Address)
		k.tell(ctx, in, is.Address, is.Why)
	case is.State == Registered:
		if changed {
			k.Logger.Info("the gateway reports to us", "instance", int64(in.ID))
		}
		if was.State != Registered {
			k.tell(ctx, in, "", campaign.Because(campaign.CodeWebhookOurs))
		}
	}
}

// tell writes into the log that the gateway reports to somebody else, or to us
// again: once, whichever process of the installation notices it first. Without
// a store of documents each process tells it once.
func (k *Keeper) tell(ctx context.Context, in campaign.Instance, address string, why campaign.Reason) {
	known := k.Documents == nil && address == ""
	err := k.remember(ctx, in, func(b *before) error {
		known, b.Told = b.Told == address, address
		return nil
	})
	if err == nil && !known {
		err = k.service(in.Tenant).NoteReports(ctx, in.ID, why)
	}
	if err != nil && ctx.Err() == nil && !errors.Is(err, campaign.ErrNotFound) {
		k.Logger.Warn("where a gateway reports to could not be recorded", "instance", int64(in.ID), "error", err.Error())
	}
}

// elsewhereError refuses to displace what somebody else has set.
type elsewhereError struct{ address string }

func (e *elsewhereError) why() campaign.Reason {
	return campaign.Because(campaign.CodeWebhookElsewhere, "address", e.address)
}

// Error names what may be shown of the address.
func (e *elsewhereError) Error() string { return "line: the gateway reports to " + e.address }

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
// needs none. What somebody else has set is displaced only by the word take, and
// kept; what is switched off is kept too.
func (k *Keeper) subscribe(ctx context.Context, in campaign.Instance, take bool) (changed bool, err error) {
	route := in.Route()
	have, any, err := k.Client.Subscribed(ctx, route)
	if err != nil {
		return false, err
	}
	full, bare := k.subscription(in.ID, false), k.subscription(in.ID, true)
	if any && (same(have, full) || same(have, bare)) && (knowsEdits(have) || k.watch(in.ID).asked) {
		return false, nil
	}
	if any && have.URL != "" {
		if whose, _, ours := k.addresses.readURL(have.URL); ours {
			if err := k.inherit(ctx, whose, in); err != nil {
				return false, err
			}
		} else if err := k.displace(ctx, in, have, take); err != nil {
			return false, err
		}
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

// displace keeps what ours is about to take the place of, before it does; an
// *elsewhereError if it may not.
func (k *Keeper) displace(ctx context.Context, in campaign.Instance, have evolution.Subscription, take bool) error {
	if !have.Off && (!take || k.Documents == nil) {
		return &elsewhereError{shownAddress(have.URL)}
	}
	return k.remember(ctx, in, func(b *before) error {
		b.Theirs = false
		return k.keep(b, in.Tenant, in.ID, have)
	})
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

package line

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"strconv"
	"time"

	"github.com/alreasense/campaigns/campaign"
	"github.com/alreasense/campaigns/campaign/document"
	"github.com/alreasense/campaigns/evolution"
)

// A gateway has one webhook for each number. What stood there before ours may be
// how somebody's shop answers its customers, and holds their secrets: it is kept
// sealed, and put back when the number goes.

const (
	kindBefore = "line.webhook" // by the number's id
	// leaveFor is how long a gateway that does not answer is asked to have its
	// webhook as it was before.
	leaveFor = 30 * 24 * time.Hour
	// leaveTime bounds the questions that a removal waits for.
	leaveTime = 10 * time.Second
)

// before is what is kept of one number's webhook.
type before struct {
	// Gateway and Remote say where, when the record is gone.
	Gateway string `json:"gateway,omitempty"`
	Remote  string `json:"remote"`
	// Sealed is what stood there; none if nothing did.
	Sealed []byte `json:"sealed,omitempty"`
	// Address is the part of its address that is no secret.
	Address string `json:"address,omitempty"`
	// Theirs: it was not displaced, and went with the gateway's instance, which
	// is to have it again when it is made anew.
	Theirs bool `json:"theirs,omitempty"`
	// Leaving: the record is being removed, or is.
	Leaving bool `json:"leaving,omitempty"`
	// Told is where the gateway reports to, if that is somebody else and the log
	// has it.
	Told string `json:"told,omitempty"`
}

// empty reports whether there is nothing to keep.
func (b before) empty() bool { return len(b.Sealed) == 0 && !b.Leaving && b.Told == "" }

// registered is an evolution.Subscription whose secrets are written out, to be
// sealed.
type registered struct {
	URL      string            `json:"url"`
	Headers  map[string]string `json:"headers,omitempty"`
	Events   []string          `json:"events,omitempty"`
	ByEvents bool              `json:"by_events,omitempty"`
	Base64   bool              `json:"base64,omitempty"`
	Off      bool              `json:"off,omitempty"`
}

// shownAddress is what of a webhook's address may be shown: what follows the
// host may be a secret.
func shownAddress(s string) string {
	u, err := url.Parse(s)
	if err != nil || u.Host == "" {
		return ""
	}
	return u.Scheme + "://" + u.Host
}

func belongsTo(t campaign.Tenant, id campaign.InstanceID) []string {
	return []string{string(t), strconv.FormatInt(int64(id), 10)}
}

func (b *board) keep(kept *before, t campaign.Tenant, id campaign.InstanceID, s evolution.Subscription) error {
	r := registered{URL: s.URL, Events: s.Events, ByEvents: s.ByEvents, Base64: s.Base64, Off: s.Off}
	for name, v := range s.Headers {
		if r.Headers == nil {
			r.Headers = make(map[string]string)
		}
		r.Headers[name] = string(v)
	}
	text, err := json.Marshal(r)
	if err != nil {
		return err
	}
	kept.Sealed, kept.Address = b.box.Seal(string(text), belongsTo(t, id)...), shownAddress(s.URL)
	return nil
}

// kept opens what stood there before; there is false if nothing did.
func (b *board) kept(k before, t campaign.Tenant, id campaign.InstanceID) (s evolution.Subscription, there bool, err error) {
	if len(k.Sealed) == 0 {
		return s, false, nil
	}
	text, err := b.box.Open(k.Sealed, belongsTo(t, id)...)
	if err != nil {
		return s, false, err
	}
	var r registered
	if err := json.Unmarshal([]byte(text), &r); err != nil {
		return s, false, fmt.Errorf("line: what a gateway reported to before is not understood: %w", err)
	}
	s = evolution.Subscription{URL: r.URL, Events: r.Events, ByEvents: r.ByEvents, Base64: r.Base64, Off: r.Off}
	for name, v := range r.Headers {
		if s.Headers == nil {
			s.Headers = make(map[string]evolution.Secret)
		}
		s.Headers[name] = evolution.Secret(v)
	}
	return s, true, nil
}

// recall reads what is kept of a number's webhook: nothing if there is none.
func (b *board) recall(ctx context.Context, t campaign.Tenant, id campaign.InstanceID) (k before, err error) {
	if b.Documents == nil {
		return k, nil
	}
	d, err := b.Documents.Get(ctx, string(t), kindBefore, strconv.FormatInt(int64(id), 10))
	switch {
	case errors.Is(err, document.ErrNotFound):
		return k, nil
	case err != nil:
		return k, err
	}
	return k, json.Unmarshal(d.Data, &k)
}

// remember changes what is kept of a number's webhook. Two processes may do so
// at a time; f may be called more than once.
func (b *board) remember(ctx context.Context, in campaign.Instance, f func(*before) error) error {
	if b.Documents == nil {
		return nil
	}
	for range rememberTries {
		name := document.Name(string(in.Tenant), kindBefore, strconv.FormatInt(int64(in.ID), 10))
		d, err := b.Documents.Get(ctx, name.Tenant, name.Kind, name.Key)
		there := err == nil
		if errors.Is(err, document.ErrNotFound) {
			d, err = name, nil
			d.Rev = 0
		}
		if err != nil {
			return err
		}
		var k before
		if there {
			if err := json.Unmarshal(d.Data, &k); err != nil {
				return err
			}
		}
		if err := f(&k); err != nil {
			return err
		}
		switch {
		case !k.empty():
			k.Gateway, k.Remote = in.Gateway, in.Remote
			if d.Data, err = json.Marshal(k); err != nil {
				return err
			}
			d.ExpiresAt = time.Time{}
			if k.Leaving {
				d.ExpiresAt = b.Now().Add(leaveFor)
			}
			_, err = b.Documents.Apply(ctx, document.Put(d))
		case there:
			_, err = b.Documents.Apply(ctx, document.Delete(d))
		}
		if !errors.Is(err, document.ErrStale) && !errors.Is(err, document.ErrExists) && !errors.Is(err, document.ErrNotFound) {
			return err
		}
	}
	return document.ErrStale
}

// rememberTries is how often remember begins again.
const rememberTries = 16

// inherit makes what stood before another record's address belong to in: the
// number was taken over, and what is there now is the other record's.
func (b *board) inherit(ctx context.Context, whose campaign.InstanceID, in campaign.Instance) error {
	if b.Documents == nil || whose == in.ID {
		return nil
	}
	tenants, err := b.Engine.Tenants(ctx)
	if err != nil {
		return err
	}
	for _, t := range tenants {
		k, err := b.recall(ctx, t, whose)
		if err != nil {
			return err
		}
		s, there, err := b.kept(k, t, whose)
		if err != nil || !there {
			continue // what cannot be read is lost with the old record
		}
		if err := b.remember(ctx, in, func(mine *before) error { return b.keep(mine, in.Tenant, in.ID, s) }); err != nil {
			return err
		}
		return b.remember(ctx, campaign.Instance{Tenant: t, ID: whose, Gateway: k.Gateway, Remote: k.Remote}, func(old *before) error {
			old.Sealed, old.Address, old.Theirs = nil, "", false
			return nil
		})
	}
	return nil
}

// leave sets a gateway's webhook as it was before the number was recorded, or
// switches ours off where nothing was. It does nothing where the webhook is not
// this record's: somebody else has set theirs meanwhile.
func (b *board) leave(ctx context.Context, in campaign.Instance) (done bool, err error) {
	k, err := b.recall(ctx, in.Tenant, in.ID)
	if err != nil {
		return false, err
	}
	was, there, failed := b.kept(k, in.Tenant, in.ID)
	if failed != nil {
		b.Logger.Warn("what a gateway reported to before cannot be read with this installation's key: the webhook is switched off instead",
			"instance", int64(in.ID), "address", k.Address)
	}
	have, any, err := b.Client.Subscribed(ctx, in.Route())
	switch {
	case is(err, evolution.CodeInstanceUnknown), is(err, evolution.CodeNoGateway) && !there:
		return true, nil
	case err != nil:
		return false, err
	}
	if whose, _, ours := b.addresses.readURL(have.URL); !any || !ours || whose != in.ID || have.Off && !there {
		return true, nil
	}
	if !there {
		was = have
		was.Off = true
	}
	if err := b.Client.Subscribe(ctx, in.Route(), was); err != nil {
		return false, err
	}
	b.Logger.Info("a number was removed and its gateway's webhook is as it was before", "instance", int64(in.ID), "address", k.Address)
	return true, nil
}

// leaving goes on with the gateways that did not answer when their numbers were
// removed.
func (k *Keeper) leaving(ctx context.Context, all map[campaign.InstanceID]campaign.Instance, now time.Time) error {
	if k.Documents == nil {
		return nil
	}
	tenants, err := k.Engine.Tenants(ctx)
	if err != nil {
		return err
	}
	for _, t := range tenants {
		for d, err := range document.All(ctx, k.Documents, document.Query{Tenant: string(t), Kind: kindBefore}) {
			if err != nil {
				return err
			}
			var b before
			id, failed := strconv.ParseInt(d.Key, 10, 64)
			if failed != nil || json.Unmarshal(d.Data, &b) != nil || !b.Leaving || d.Expired(now) {
				continue
			}
			if _, there := all[campaign.InstanceID(id)]; there {
				continue // its removal was refused, or goes on right now
			}
			ask, cancel := context.WithTimeout(ctx, askTime)
			gone := campaign.Instance{ID: campaign.InstanceID(id), Tenant: t, Gateway: b.Gateway, Remote: b.Remote}
			if done, err := k.leave(ask, gone); err == nil && done {
				err = k.remember(ctx, gone, func(b *before) error { *b = before{}; return nil })
				if err != nil {
					cancel()
					return err
				}
			}
			cancel()
			if ctx.Err() != nil {
				return ctx.Err()
			}
		}
	}
	return nil
}

package hook

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/alreasense/campaigns/campaign"
	"github.com/alreasense/campaigns/campaign/document"
)

// Desk reads and changes the endpoints of one tenant for one caller, who is an
// administrator: an address can hold a password.
type Desk struct {
	h *Hooks
	c campaign.Caller
}

// As binds a caller.
func (h *Hooks) As(c campaign.Caller) *Desk { return &Desk{h, c} }

// AnyRev as the revision of an edit stands for whatever there is.
const AnyRev = document.AnyRev

// overlap is how long the secret before the last one signs as well.
const overlap = 24 * time.Hour

func (d *Desk) may() error { return d.c.May(campaign.Admin) }

// Endpoints lists the tenant's endpoints, the oldest first.
func (d *Desk) Endpoints(ctx context.Context) (all []Endpoint, err error) {
	if err := d.may(); err != nil {
		return nil, err
	}
	for doc, err := range document.All(ctx, d.h.store, document.Query{Tenant: string(d.c.Tenant), Kind: kindEndpoint}) {
		if err != nil {
			return nil, err
		}
		var r record
		if err := decode(doc, &r); err != nil {
			return nil, err
		}
		all = append(all, endpointOf(doc, r))
	}
	slices.SortStableFunc(all, func(a, b Endpoint) int { return a.CreatedAt.Compare(b.CreatedAt) })
	return all, nil
}

// Endpoint returns one endpoint; campaign.ErrNotFound if there is none.
func (d *Desk) Endpoint(ctx context.Context, id string) (Endpoint, error) {
	if err := d.may(); err != nil {
		return Endpoint{}, err
	}
	doc, r, err := d.h.read(ctx, d.c.Tenant, id)
	if err != nil {
		return Endpoint{}, err
	}
	return endpointOf(doc, r), nil
}

func (h *Hooks) read(ctx context.Context, t campaign.Tenant, id string) (doc document.Document, r record, err error) {
	if !idForm(id) {
		return doc, r, missing(document.ErrNotFound)
	}
	if doc, err = h.store.Get(ctx, string(t), kindEndpoint, id); err != nil {
		return doc, r, missing(err)
	}
	return doc, r, decode(doc, &r)
}

// idForm keeps what is no id away from the store, which takes no NUL.
func idForm(id string) bool {
	return id != "" && len(id) <= 32 && strings.Trim(id, "abcdefghijklmnopqrstuvwxyz0123456789") == ""
}

// Add makes an endpoint, which is told of what happens from now on, and returns
// its secret, once. What cannot be right is campaign.Invalid, an address that is
// not dialled among it.
func (d *Desk) Add(ctx context.Context, in Settings) (Endpoint, Secret, error) {
	if err := d.may(); err != nil {
		return Endpoint{}, "", err
	}
	in, err := d.h.validate(in)
	if err != nil {
		return Endpoint{}, "", err
	}
	have, err := d.Endpoints(ctx)
	if err != nil {
		return Endpoint{}, "", err
	}
	if len(have) >= MaxEndpoints {
		return Endpoint{}, "", invalid("url", campaign.Because(campaign.CodeTooMany, "max", fmt.Sprint(MaxEndpoints)))
	}
	last, err := d.events().Events(ctx, campaign.EventQuery{Newest: true, Limit: 1})
	if err != nil {
		return Endpoint{}, "", err
	}
	var s state
	if len(last) > 0 {
		s.After = last[0].Seq
	}
	id := strings.ToLower(rand.Text()[:12])
	doc := document.Document{Tenant: string(d.c.Tenant), Kind: kindEndpoint, Key: id}
	secret, now := newSecret(), d.h.now()
	r := record{CreatedAt: now}
	d.h.seal(doc, &r, secret, now)
	r.put(in, now)
	doc.Data = encode(r)
	docs, err := d.h.store.Apply(ctx, document.Put(doc),
		document.Put(document.Document{Kind: kindState, Key: id, Ref: refOf(d.c.Tenant), Data: encode(s)}))
	if err != nil {
		return Endpoint{}, "", err
	}
	d.h.wake(id)
	d.record(ctx, campaign.EventWebhookAdded, id)
	return endpointOf(docs[0], r), secret, nil
}

// refOf is how a state names its tenant, whose name may be empty.
func refOf(t campaign.Tenant) string { return "=" + string(t) }

// events reads the tenant's log for this package, whatever the caller's role.
func (d *Desk) events() *campaign.Service {
	return d.h.engine.As(campaign.Caller{Tenant: d.c.Tenant, Role: campaign.Host})
}

func (h *Hooks) seal(doc document.Document, r *record, s Secret, now time.Time) {
	r.Secret, r.SecretAt = h.box.Seal(string(s), sealOf(doc)...), now
}

// put writes settings into a record.
func (r *record) put(in Settings, now time.Time) {
	switch {
	case in.Disabled && !r.Disabled:
		r.DisabledAt = now
	case !in.Disabled:
		r.DisabledAt, r.Why = time.Time{}, campaign.Reason{}
	}
	r.URL, r.Title, r.Types, r.Disabled, r.UpdatedAt = in.URL, in.Title, in.Types, in.Disabled, now
}

// change edits the record of an endpoint.
func (d *Desk) change(ctx context.Context, id string, rev int64, f func(document.Document, *record) error) (Endpoint, error) {
	if err := d.may(); err != nil {
		return Endpoint{}, err
	}
	if !idForm(id) {
		return Endpoint{}, missing(document.ErrNotFound)
	}
	var r record
	doc, err := document.Update(ctx, d.h.store, string(d.c.Tenant), kindEndpoint, id, func(doc *document.Document) error {
		r = record{}
		if err := decode(*doc, &r); err != nil {
			return err
		}
		if rev != AnyRev && rev != doc.Rev {
			return fmt.Errorf("hook: %w", campaign.ErrStale)
		}
		err := f(*doc, &r)
		doc.Data = encode(r)
		return err
	})
	if errors.Is(err, document.ErrStale) {
		err = fmt.Errorf("hook: %w", campaign.ErrStale)
	}
	if err != nil {
		return Endpoint{}, missing(err)
	}
	d.h.wake(id)
	d.record(ctx, campaign.EventWebhookEdited, id)
	return endpointOf(doc, r), nil
}

// Edit changes the settings of an endpoint. rev is the revision that the change
// was made from, or AnyRev; campaign.ErrStale if there is a newer one. f may be
// called more than once. One that has failed is tried again at once.
func (d *Desk) Edit(ctx context.Context, id string, rev int64, f func(*Settings) error) (Endpoint, error) {
	return d.change(ctx, id, rev, func(_ document.Document, r *record) error {
		s := r.settings()
		if err := f(&s); err != nil {
			return err
		}
		s, err := d.h.validate(s)
		if err != nil {
			return err
		}
		r.put(s, d.h.now())
		return nil
	})
}

// Rotate gives an endpoint another secret and returns it, once. For a day each
// delivery is signed with both.
func (d *Desk) Rotate(ctx context.Context, id string) (Endpoint, Secret, error) {
	secret := newSecret()
	e, err := d.change(ctx, id, AnyRev, func(doc document.Document, r *record) error {
		now := d.h.now()
		r.Previous, r.PreviousUntil = r.Secret, now.Add(overlap)
		d.h.seal(doc, r, secret, now)
		r.UpdatedAt = now
		return nil
	})
	if err != nil {
		return Endpoint{}, "", err
	}
	return e, secret, nil
}

// Remove forgets an endpoint, its secret and what it was not told yet.
func (d *Desk) Remove(ctx context.Context, id string) error {
	if err := d.may(); err != nil {
		return err
	}
	doc, _, err := d.h.read(ctx, d.c.Tenant, id)
	if err != nil {
		return err
	}
	_, err = d.h.store.Apply(ctx, document.Delete(document.Name(doc.Tenant, kindEndpoint, id)), document.Delete(document.Name("", kindState, id)))
	if err != nil {
		return err
	}
	d.h.wake(id)
	d.record(ctx, campaign.EventWebhookRemoved, id)
	return nil
}

func (d *Desk) record(ctx context.Context, what campaign.EventType, id string) {
	d.h.record(ctx, d.c.Tenant, d.c.Author, what, campaign.Because(campaign.CodeAbout, "name", id))
}

func invalid(field string, why campaign.Reason) campaign.Invalid {
	return campaign.Invalid{&campaign.FieldError{Field: field, Why: why}}
}

// validate checks settings and returns them in their canonical form.
func (h *Hooks) validate(in Settings) (Settings, error) {
	var bad campaign.Invalid
	add := func(field string, why campaign.Reason) { bad = append(bad, invalid(field, why)...) }
	in.URL = strings.TrimSpace(in.URL)
	u, err := url.Parse(in.URL)
	switch {
	case in.URL == "":
		add("url", campaign.Because(campaign.CodeMissing))
	case len(in.URL) > MaxURL:
		add("url", campaign.Because(campaign.CodeTooLong, "max", fmt.Sprint(MaxURL)))
	case err != nil, !utf8.ValidString(in.URL), u.Scheme != "http" && u.Scheme != "https", u.Hostname() == "", u.User != nil, u.Fragment != "":
		add("url", campaign.Because(CodeBadURL))
	default:
		if err := h.o.Guard.Check(u); err != nil {
			why, _ := refusal(err)
			if why.IsZero() {
				why = campaign.Because(CodeAddressRefused)
			}
			add("url", why)
		}
		in.URL = u.String()
	}
	switch {
	case utf8.RuneCountInString(in.Title) > MaxTitle:
		add("title", campaign.Because(campaign.CodeTooLong, "max", fmt.Sprint(MaxTitle)))
	case !utf8.ValidString(in.Title) || strings.ContainsRune(in.Title, 0):
		add("title", campaign.Because(campaign.CodeNotUTF8))
	}
	if len(in.Types) > MaxTypes {
		add("types", campaign.Because(campaign.CodeTooMany, "max", fmt.Sprint(MaxTypes)))
	}
	for _, p := range in.Types {
		if !knownType(p) {
			add("types", campaign.Because(CodeBadType, "name", string([]rune(p)[:min(60, utf8.RuneCountInString(p))])))
		}
	}
	if len(bad) > 0 {
		return in, bad
	}
	slices.Sort(in.Types)
	in.Types = slices.Compact(in.Types)
	return in, nil
}

// knownType reports whether there are events that a pattern means.
func knownType(pattern string) bool {
	subject, all := strings.CutSuffix(pattern, ".*")
	return slices.ContainsFunc(campaign.EventTypes(), func(t campaign.EventType) bool {
		return all && strings.HasPrefix(string(t), subject+".") || !all && pattern == string(t)
	})
}

package gateway

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/alreasense/campaigns/campaign"
	"github.com/alreasense/campaigns/campaign/document"
	"github.com/alreasense/campaigns/evolution"
)

// Desk reads and changes the gateways of one tenant for one caller. Everybody
// of the tenant may read; changes and tests take an administrator.
type Desk struct {
	g *Gateways
	c campaign.Caller
}

// As binds a caller.
func (g *Gateways) As(c campaign.Caller) *Desk { return &Desk{g, c} }

// Settings are what a person sets.
type Settings struct {
	// Name of the gateway; empty is the tenant's default.
	Name string
	// Rev is the revision that the change was made from: 0 for a new gateway,
	// campaign.ErrStale if there is another. AnyRev replaces whatever is there.
	Rev int64
	URL string
	// Key of the gateway. Empty keeps the one there is, as long as the URL
	// stays the same: a key is never sent to another address than it was set
	// for.
	Key evolution.Secret
	// Profile is the dialect; empty chooses by the version that the gateway
	// tells.
	Profile evolution.Profile
}

// AnyRev as the revision of Settings replaces whatever is there.
const AnyRev = document.AnyRev

// Gateway returns one gateway of the tenant, campaign.ErrNotFound if there is
// none. The operator's own, which stands in for the empty name, is not told.
func (d *Desk) Gateway(ctx context.Context, name string) (Gateway, error) {
	if err := d.c.May(campaign.Viewer); err != nil {
		return Gateway{}, err
	}
	doc, r, err := d.g.read(ctx, d.c.Tenant, name)
	if err != nil {
		return Gateway{}, err
	}
	return gatewayOf(doc, r), nil
}

// Gateways lists the tenant's gateways by name.
func (d *Desk) Gateways(ctx context.Context) (all []Gateway, err error) {
	if err := d.c.May(campaign.Viewer); err != nil {
		return nil, err
	}
	for doc, err := range document.All(ctx, d.g.store, document.Query{Tenant: string(d.c.Tenant), Kind: kindGateway}) {
		if err != nil {
			return nil, err
		}
		var r record
		if err := decode(doc, &r); err != nil {
			return nil, err
		}
		all = append(all, gatewayOf(doc, r))
	}
	return all, nil
}

// Save makes or changes a gateway. What cannot be right is campaign.Invalid, an
// address that is not allowed among it. Whether the gateway answers is another
// question: see Test.
func (d *Desk) Save(ctx context.Context, in Settings) (Gateway, error) {
	if err := d.c.May(campaign.Admin); err != nil {
		return Gateway{}, err
	}
	in, err := d.g.validate(in)
	if err != nil {
		return Gateway{}, err
	}
	doc, r, err := d.g.read(ctx, d.c.Tenant, in.Name)
	fresh := errors.Is(err, campaign.ErrNotFound)
	if err != nil && !fresh {
		return Gateway{}, err
	}
	now := d.g.now()
	if fresh {
		doc = document.Document{Tenant: string(d.c.Tenant), Kind: kindGateway, Key: "=" + in.Name}
		r.CreatedAt = now
	}
	if in.Rev != AnyRev && in.Rev != doc.Rev {
		return Gateway{}, fmt.Errorf("gateway: %w", campaign.ErrStale)
	}
	if in.Key == "" && (fresh || r.URL != in.URL) {
		return Gateway{}, invalid("key", campaign.Because(campaign.CodeMissing))
	}
	if in.Key != "" {
		r.Key, r.KeyAt = d.g.box.Seal(string(in.Key), sealOf(doc.Tenant, doc.Key, in.URL)...), now
	}
	if in.Key != "" || r.Profile != in.Profile {
		r.Version, r.CheckedAt, r.Problem = "", time.Time{}, campaign.Reason{} // nobody has tested these
	}
	r.URL, r.Profile, r.UpdatedAt, r.Closing = in.URL, in.Profile, now, false
	doc.Data = encode(r)
	doc, err = document.Save(ctx, d.g.store, doc)
	if errors.Is(err, document.ErrStale) || errors.Is(err, document.ErrExists) || errors.Is(err, document.ErrNotFound) {
		err = fmt.Errorf("gateway: %w", campaign.ErrStale)
	}
	if err != nil {
		return Gateway{}, err
	}
	d.g.forget(d.c.Tenant, in.Name)
	what := campaign.EventGatewayEdited
	if fresh {
		what = campaign.EventGatewayAdded
	}
	return gatewayOf(doc, r), d.record(ctx, what, in.Name)
}

func (d *Desk) record(ctx context.Context, what campaign.EventType, name string) error {
	if d.g.o.Record == nil {
		return nil
	}
	return d.g.o.Record(context.WithoutCancel(ctx), d.c.Tenant, d.c.Author, what, campaign.Because(campaign.CodeAbout, "name", name))
}

func invalid(field string, why campaign.Reason) campaign.Invalid {
	return campaign.Invalid{&campaign.FieldError{Field: field, Why: why}}
}

// validate checks settings and returns them in their canonical form.
func (g *Gateways) validate(in Settings) (Settings, error) {
	var bad campaign.Invalid
	add := func(field string, code campaign.Code, args ...string) {
		bad = append(bad, invalid(field, campaign.Because(code, args...))...)
	}
	if utf8.RuneCountInString(in.Name) > MaxName {
		add("name", campaign.CodeTooLong, "max", fmt.Sprint(MaxName))
	}
	if !utf8.ValidString(in.Name) || strings.ContainsRune(in.Name, 0) {
		add("name", campaign.CodeNotUTF8)
	}
	switch u, err := canonical(in.URL); {
	case strings.TrimSpace(in.URL) == "":
		add("url", campaign.CodeMissing)
	case len(in.URL) > MaxURL:
		add("url", campaign.CodeTooLong, "max", fmt.Sprint(MaxURL))
	case err != nil:
		add("url", CodeBadURL)
	default:
		var no *AddressError
		if errors.As(g.guard.Check(u), &no) {
			bad = append(bad, invalid("url", no.Reason())...)
		}
		in.URL = u.String()
	}
	switch {
	case len(in.Key) > MaxKey:
		add("key", campaign.CodeTooLong, "max", fmt.Sprint(MaxKey))
	case in.Key != "" && (evolution.Server{URL: "http://gateway.example", Key: in.Key}).Validate() != nil:
		add("key", CodeBadKey)
	}
	if in.Profile != "" && (evolution.Server{URL: "http://gateway.example", Key: "k", Profile: in.Profile}).Validate() != nil {
		add("profile", CodeBadProfile)
	}
	if len(bad) > 0 {
		return in, bad
	}
	return in, nil
}

// Reasons that this package gives besides CodeAddressRefused.
const (
	// CodeBadURL: the address is none that a gateway can have.
	CodeBadURL campaign.Code = "gateway_url_invalid"
	// CodeBadKey: the key holds a line break or another control character.
	CodeBadKey campaign.Code = "gateway_key_invalid"
	// CodeBadProfile: the profile is not known.
	CodeBadProfile campaign.Code = "gateway_profile_unknown"
)

package gateway

import (
	"context"
	"errors"

	"github.com/alreasense/campaigns/campaign"
	"github.com/alreasense/campaigns/campaign/document"
	"github.com/alreasense/campaigns/evolution"
)

// Report is what a test has found.
type Report struct {
	// OK: the gateway answers, and knows the key.
	OK bool
	// Version is what it says that it is, in at most 40 bytes; empty if it did
	// not say.
	Version string
	// Problem is what is the matter, zero if OK.
	Problem campaign.Reason
}

// Test asks the gateway whether it answers and knows the key, with these
// settings, or with the stored ones where URL and Key are empty. What it finds
// out about stored settings is noted with them, and chooses their dialect. A
// gateway that does not answer is a Report, not an error. It takes an
// administrator.
func (d *Desk) Test(ctx context.Context, in Settings) (Report, error) {
	if err := d.c.May(campaign.Admin); err != nil {
		return Report{}, err
	}
	s, rev, err := d.tested(ctx, in)
	if err != nil {
		return Report{}, err
	}
	rep := ask(ctx, s)
	if err := ctx.Err(); err != nil {
		return Report{}, err
	}
	if rev == 0 {
		return rep, nil
	}
	_, err = document.Update(ctx, d.g.store, string(d.c.Tenant), kindGateway, "="+in.Name, func(doc *document.Document) error {
		var r record
		if err := decode(*doc, &r); err != nil {
			return err
		}
		if doc.Rev != rev {
			return errChanged
		}
		r.CheckedAt, r.Problem = d.g.now(), rep.Problem
		if rep.Version != "" {
			r.Version = rep.Version
		}
		doc.Data = encode(r)
		return nil
	})
	if errors.Is(err, errChanged) || errors.Is(err, document.ErrNotFound) {
		err = nil // they are other settings by now
	}
	d.g.forget(d.c.Tenant, in.Name)
	return rep, err
}

var errChanged = errors.New("gateway: the settings are others by now")

// tested is the server to ask; a revision says that it is the stored one.
func (d *Desk) tested(ctx context.Context, in Settings) (s evolution.Server, rev int64, err error) {
	doc, r, err := d.g.read(ctx, d.c.Tenant, in.Name)
	none := errors.Is(err, campaign.ErrNotFound)
	if err != nil && !none {
		return s, 0, err
	}
	if in.URL == "" && in.Key == "" {
		if none {
			s, err = d.g.server(ctx, d.c.Tenant, in.Name) // the operator's
			return s, 0, err
		}
		s, err = d.g.server(ctx, d.c.Tenant, in.Name)
		return s, doc.Rev, err
	}
	if in.URL == "" {
		in.URL = r.URL
	}
	if in, err = d.g.validate(in); err != nil {
		return s, 0, err
	}
	if in.Key == "" {
		if none || r.URL != in.URL {
			return s, 0, invalid("key", campaign.Because(campaign.CodeMissing))
		}
		key, err := d.g.box.Open(r.Key, sealOf(doc.Tenant, doc.Key, r.URL)...)
		if err != nil {
			return s, 0, err
		}
		in.Key = evolution.Secret(key)
	}
	return d.g.aim(in.URL, in.Key, in.Profile, ""), 0, nil
}

// ask asks a gateway.
func ask(ctx context.Context, s evolution.Server) (rep Report) {
	version, err := evolution.New(s).Version(ctx, campaign.Route{})
	if len(version) > 40 {
		version = version[:40]
	}
	rep.Version = version
	if err == nil {
		s.Profile = evolution.ProfileOf(version)
		err = evolution.New(s).VerifyKey(ctx, campaign.Route{})
	}
	var (
		no   *AddressError
		fail *evolution.Error
	)
	switch {
	case err == nil:
		rep.OK = true
	case errors.As(err, &no):
		rep.Problem = no.Reason()
	case errors.As(err, &fail):
		rep.Problem = campaign.Because(fail.Code)
	default:
		rep.Problem = campaign.Because(evolution.CodeUnclear)
	}
	return rep
}

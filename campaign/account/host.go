package account

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/alreasense/campaigns/campaign"
	"github.com/alreasense/campaigns/campaign/document"
)

// host is the role of the operator of the installation.
const host = campaign.Host

// Tenant is a customer of the installation.
type Tenant struct {
	// Name is up to 40 lower case letters, digits and hyphens. The empty name
	// is the tenant of an installation that has only one.
	Name  campaign.Tenant
	Title string
	// Disabled: nobody of it can sign in, and its tokens open nothing. Its
	// campaigns are another matter.
	Disabled  bool
	CreatedAt time.Time
}

func tenantOf(r row[tenantRecord]) Tenant {
	return Tenant{Name: campaign.Tenant(strings.TrimPrefix(r.Key, "=")), Title: r.V.Title, Disabled: r.V.Disabled, CreatedAt: r.V.CreatedAt}
}

// Tenants lists all tenants by name. It takes the operator of the installation.
func (d *Desk) Tenants(ctx context.Context) (all []Tenant, err error) {
	if err := d.may(host); err != nil {
		return nil, err
	}
	rows, err := list[tenantRecord](ctx, d.a, kindTenant, "")
	for _, r := range rows {
		all = append(all, tenantOf(r))
	}
	slices.SortFunc(all, func(x, y Tenant) int { return cmp.Compare(x.Name, y.Name) })
	return all, err
}

// Tenant returns the caller's tenant.
func (d *Desk) Tenant(ctx context.Context) (Tenant, error) {
	if err := d.may(campaign.Viewer); err != nil {
		return Tenant{}, err
	}
	r, err := load[tenantRecord](ctx, d.a, kindTenant, refOf(d.c.Tenant))
	if err != nil {
		return Tenant{}, err
	}
	return tenantOf(r), nil
}

// AddTenant makes the caller's tenant, which must not exist. It takes the
// operator of the installation.
func (d *Desk) AddTenant(ctx context.Context, title string) (Tenant, error) {
	if err := d.may(host); err != nil {
		return Tenant{}, err
	}
	if err := join(checkTenant(d.c.Tenant), checkName("title", title, false)); err != nil {
		return Tenant{}, err
	}
	r := newRow(kindTenant, refOf(d.c.Tenant), "", tenantRecord{Title: title, CreatedAt: d.a.now()})
	if _, err := d.a.store.Apply(ctx, r.put()); err != nil {
		if errors.Is(err, document.ErrExists) {
			err = campaign.Invalid{{Field: "tenant", Why: campaign.Because(campaign.CodeDuplicate)}}
		}
		return Tenant{}, err
	}
	return tenantOf(r), d.record(ctx, campaign.EventTenantAdded, string(d.c.Tenant))
}

// EditTenant changes the Title of the caller's tenant, or switches it off or
// on. It takes the operator of the installation. f may be called more than once.
func (d *Desk) EditTenant(ctx context.Context, f func(*Tenant) error) (t Tenant, err error) {
	if err := d.may(host); err != nil {
		return Tenant{}, err
	}
	err = change(func() error {
		r, err := load[tenantRecord](ctx, d.a, kindTenant, refOf(d.c.Tenant))
		if err != nil {
			return err
		}
		t = tenantOf(r)
		if err := f(&t); err != nil {
			return err
		}
		if err := checkName("title", t.Title, false); err != nil {
			return err
		}
		r.V.Title, r.V.Disabled = t.Title, t.Disabled
		t = tenantOf(r)
		_, err = d.a.store.Apply(ctx, r.put())
		return err
	})
	if err != nil {
		return Tenant{}, err
	}
	state := "enabled"
	if t.Disabled {
		state = "disabled"
	}
	return t, d.record(ctx, campaign.EventTenantEdited, string(t.Name), "state", state)
}

// ErrBegun: the tenant has users already, who can invite others; a lost
// password is renewed with ResetPassword.
var ErrBegun = errors.New("account: the tenant has users already")

// FirstLink makes the link with which the first administrator of the caller's
// tenant joins, and the tenant if there is none. Earlier first links stop
// working, so a lost one is renewed by calling it again. Once there is a user it
// fails with ErrBegun. It takes the operator of the installation.
func (d *Desk) FirstLink(ctx context.Context) (Link, Secret, error) {
	if err := d.may(host); err != nil {
		return Link{}, "", err
	}
	if _, err := d.AddTenant(ctx, ""); err != nil && !isDuplicate(err) {
		return Link{}, "", err
	}
	users, err := d.Users(ctx)
	if err != nil {
		return Link{}, "", err
	}
	if len(users) > 0 {
		return Link{}, "", ErrBegun
	}
	l, s, err := d.link(ctx, linkRecord{Purpose: PurposeJoin, Role: campaign.Admin, First: true},
		func(l linkRecord) bool { return l.First })
	if err != nil {
		return Link{}, "", err
	}
	return l, s, d.record(ctx, campaign.EventUserInvited, l.Name, "state", string(campaign.Admin))
}

func isDuplicate(err error) bool {
	var bad campaign.Invalid
	return errors.As(err, &bad) && len(bad) == 1 && bad[0].Why.Code == campaign.CodeDuplicate
}

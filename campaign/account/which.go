package account

import (
	"context"
	"errors"
	"fmt"

	"github.com/alreasense/campaigns/campaign"
)

// Nameless is how the tenant without a name is written where one has to be named.
const Nameless = "-"

// TenantError refuses a request that was to go into a tenant that there is not,
// or that names none although there are several.
type TenantError struct {
	// Named is what was written; empty if nothing was.
	Named string
	// Known are the names of all tenants, as they are written, in their order.
	Known []string
}

// Error tells which of both it is, and names the tenants.
func (e *TenantError) Error() string {
	if e.Named == "" {
		return fmt.Sprintf("account: name one of the tenants %q", e.Known)
	}
	return fmt.Sprintf("account: there is no tenant %q but %q", e.Named, e.Known)
}

// Unwrap makes a tenant that there is not campaign.ErrNotFound.
func (e *TenantError) Unwrap() error {
	if e.Named == "" {
		return nil
	}
	return campaign.ErrNotFound
}

// Which returns the tenant that somebody means who may act in every one, by the
// name that was written: Nameless for the one without a name, and nothing where
// there is one tenant only, or none yet. Everything else is a *TenantError. It
// takes the operator of the installation.
func (d *Desk) Which(ctx context.Context, written string) (campaign.Tenant, error) {
	if err := d.may(host); err != nil {
		return "", err
	}
	name := campaign.Tenant(written)
	if written == Nameless {
		name = ""
	}
	if written != "" {
		_, err := load[tenantRecord](ctx, d.a, kindTenant, refOf(name))
		if err == nil || !errors.Is(err, campaign.ErrNotFound) {
			return name, err
		}
	}
	all, err := d.Tenants(ctx)
	if err != nil {
		return "", err
	}
	switch {
	case len(all) == 0 && name == "":
		return "", nil // it is made with its first user
	case len(all) == 1 && written == "":
		return all[0].Name, nil
	}
	refused := &TenantError{Named: written}
	for _, t := range all {
		refused.Known = append(refused.Known, Written(t.Name))
	}
	return "", refused
}

// Written is how a tenant is named where one has to be.
func Written(t campaign.Tenant) string {
	if t == "" {
		return Nameless
	}
	return string(t)
}

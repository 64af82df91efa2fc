package account

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"time"

	"github.com/alreasense/campaigns/campaign"
	"github.com/alreasense/campaigns/campaign/document"
)

// Token is an API token: a program that may call in one tenant with one role,
// whatever becomes of the user who made it.
type Token struct {
	// Name identifies it, and is a part of its secret; it opens nothing.
	Name string
	// Title says what it is for.
	Title string
	Role  campaign.Role
	// By is the Author who made it.
	By        string
	CreatedAt time.Time
	// UsedAt is the last use, to the minute; zero if there was none.
	UsedAt time.Time
	// ExpiresAt is when it ends; zero is never.
	ExpiresAt time.Time
}

func (a *Accounts) token(ctx context.Context, s Secret) (Identity, error) {
	name, ok := nameOf(tokenPrefix, s)
	if !ok {
		return Identity{}, ErrInvalidSecret
	}
	r, err := load[tokenRecord](ctx, a, kindToken, name)
	if errors.Is(err, campaign.ErrNotFound) {
		return Identity{}, ErrInvalidSecret
	}
	if err != nil {
		return Identity{}, err
	}
	now := a.now()
	switch {
	case !s.opens(r.V.Hash):
		return Identity{}, ErrInvalidSecret
	case r.Expired(now):
		return Identity{}, ErrExpired
	}
	if err := a.tenantOpen(ctx, r.V.Tenant); err != nil {
		return Identity{}, err
	}
	if now.Sub(r.V.UsedAt) >= useEvery {
		r.V.UsedAt = now
		if _, err := a.store.Apply(ctx, r.put()); errors.Is(err, document.ErrNotFound) {
			return Identity{}, ErrInvalidSecret // it was revoked meanwhile
		}
	}
	return Identity{Caller: campaign.Caller{Tenant: r.V.Tenant, Author: "token:" + name, Role: r.V.Role},
		Name: r.V.Title, Token: name, ExpiresAt: r.ExpiresAt}, nil
}

// AddToken makes an API token. Title and Role are needed; ExpiresAt is kept;
// the rest is given. It takes an administrator.
func (d *Desk) AddToken(ctx context.Context, in Token) (Token, Secret, error) {
	if err := d.may(campaign.Admin); err != nil {
		return Token{}, "", err
	}
	if err := join(checkName("title", in.Title, true), checkRole("role", in.Role)); err != nil {
		return Token{}, "", err
	}
	now := d.a.now()
	if !in.ExpiresAt.IsZero() && !in.ExpiresAt.After(now) {
		return Token{}, "", invalid("expires_at", campaign.Because(campaign.CodeEndPast))
	}
	if err := d.a.tenantOpen(ctx, d.c.Tenant); err != nil {
		return Token{}, "", err
	}
	secret, name, hash := mint(tokenPrefix)
	r := newRow(kindToken, name, refOf(d.c.Tenant), tokenRecord{Tenant: d.c.Tenant, Title: in.Title, Role: in.Role,
		Hash: hash, By: d.c.Author, CreatedAt: now})
	r.ExpiresAt = in.ExpiresAt
	if _, err := d.a.store.Apply(ctx, r.put()); err != nil {
		return Token{}, "", err
	}
	return tokenOf(r), secret, d.record(ctx, campaign.EventTokenAdded, name, "state", string(in.Role))
}

func tokenOf(r row[tokenRecord]) Token {
	return Token{Name: r.Key, Title: r.V.Title, Role: r.V.Role, By: r.V.By,
		CreatedAt: r.V.CreatedAt, UsedAt: r.V.UsedAt, ExpiresAt: r.ExpiresAt}
}

// Tokens lists the tenant's API tokens, the newest first, also those that have
// expired and were not removed yet. It takes an administrator.
func (d *Desk) Tokens(ctx context.Context) (all []Token, err error) {
	if err := d.may(campaign.Admin); err != nil {
		return nil, err
	}
	rows, err := list[tokenRecord](ctx, d.a, kindToken, refOf(d.c.Tenant))
	for _, r := range rows {
		all = append(all, tokenOf(r))
	}
	slices.SortFunc(all, func(x, y Token) int {
		return cmp.Or(y.CreatedAt.Compare(x.CreatedAt), cmp.Compare(x.Name, y.Name))
	})
	return all, err
}

// RevokeToken ends an API token at once. It takes an administrator.
func (d *Desk) RevokeToken(ctx context.Context, name string) error {
	if err := d.may(campaign.Admin); err != nil {
		return err
	}
	r, err := load[tokenRecord](ctx, d.a, kindToken, name)
	if err != nil {
		return err
	}
	if r.V.Tenant != d.c.Tenant {
		return missing(kindToken)
	}
	r.Rev = document.AnyRev // also if it is being used
	if _, err := d.a.store.Apply(ctx, document.Delete(r.Document)); err != nil {
		return err
	}
	return d.record(ctx, campaign.EventTokenRevoked, name)
}

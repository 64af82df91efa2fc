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

// Purpose is what a link is for.
type Purpose string

const (
	// PurposeJoin lets somebody make an account.
	PurposeJoin Purpose = "join"
	// PurposePassword lets a user choose another password.
	PurposePassword Purpose = "password"
)

// Link is a link that works once. The host makes an address of its secret.
type Link struct {
	// Name identifies it; it opens nothing.
	Name    string
	Purpose Purpose
	Tenant  campaign.Tenant
	// Email is whom it is for; empty if whoever joins may say.
	Email string
	// FullName is the name that an invitation suggests.
	FullName string
	// Role is what somebody who joins will have.
	Role campaign.Role
	// User is whose password it changes.
	User UserID
	// By is the Author who made it.
	By        string
	CreatedAt time.Time
	ExpiresAt time.Time
}

func linkOf(r row[linkRecord]) Link {
	return Link{Name: r.Key, Purpose: r.V.Purpose, Tenant: r.V.Tenant, Email: r.V.Email, FullName: r.V.Name, Role: r.V.Role,
		User: r.V.User, By: r.V.By, CreatedAt: r.V.CreatedAt, ExpiresAt: r.ExpiresAt}
}

// Invitation is who is invited.
type Invitation struct {
	// Email is the invited person's address. Empty lets whoever has the link
	// say their own.
	Email string
	// Name is suggested to them.
	Name string
	Role campaign.Role
}

// Invite makes a link with which somebody joins the tenant. It works while who
// made it may invite. It takes an administrator. Somebody who is in the tenant already is ErrTaken; whether an
// address belongs to another tenant shows to nobody but its owner.
func (d *Desk) Invite(ctx context.Context, in Invitation) (Link, Secret, error) {
	if err := d.may(campaign.Admin); err != nil {
		return Link{}, "", err
	}
	bad := []error{checkName("name", in.Name, false), checkRole("role", in.Role)}
	email := ""
	if in.Email != "" {
		var err error
		email, err = newEmail(in.Email)
		bad = append(bad, err)
	}
	if err := join(bad...); err != nil {
		return Link{}, "", err
	}
	if email != "" {
		id, u, err := d.a.userByEmail(ctx, email)
		if err != nil {
			return Link{}, "", err
		}
		if id != "" && u.V.Tenant == d.c.Tenant {
			return Link{}, "", ErrTaken
		}
	}
	if err := d.a.tenantOpen(ctx, d.c.Tenant); err != nil {
		return Link{}, "", err
	}
	l, s, err := d.link(ctx, linkRecord{Purpose: PurposeJoin, Email: email, Name: in.Name, Role: in.Role}, nil)
	if err != nil {
		return Link{}, "", err
	}
	return l, s, d.record(ctx, campaign.EventUserInvited, l.Name, "state", string(in.Role))
}

// ResetPassword makes a link with which a user chooses another password; until
// then the old one works. It ends with the next link, and when the password is
// changed in another way. It takes an administrator.
func (d *Desk) ResetPassword(ctx context.Context, id UserID) (Link, Secret, error) {
	if err := d.may(campaign.Admin); err != nil {
		return Link{}, "", err
	}
	u, err := d.a.user(ctx, d.c.Tenant, id)
	if err != nil {
		return Link{}, "", err
	}
	l, s, err := d.link(ctx, linkRecord{Purpose: PurposePassword, Email: u.V.Email, User: id, PasswordAt: u.V.PasswordAt},
		func(l linkRecord) bool { return l.Purpose == PurposePassword && l.User == id })
	if err != nil {
		return Link{}, "", err
	}
	return l, s, d.record(ctx, campaign.EventLinkMade, string(id))
}

// link makes a link, and ends those of the tenant that it replaces.
func (d *Desk) link(ctx context.Context, v linkRecord, replaces func(linkRecord) bool) (Link, Secret, error) {
	secret, name, hash := mint(linkPrefix)
	v.Tenant, v.Hash, v.By, v.CreatedAt = d.c.Tenant, hash, d.c.Author, d.a.now()
	known, _, err := d.a.maker(ctx, v)
	if err != nil {
		return Link{}, "", err
	}
	v.Foreign = !known
	r := newRow(kindLink, name, refOf(d.c.Tenant), v)
	r.ExpiresAt = v.CreatedAt.Add(d.a.o.LinkLife)
	err = change(func() error {
		changes, err := d.ending(ctx, replaces)
		if err != nil {
			return err
		}
		_, err = d.a.store.Apply(ctx, append(changes, r.put())...)
		if errors.Is(err, document.ErrNotFound) {
			err = document.ErrStale // one of them was used or replaced meanwhile
		}
		return err
	})
	if err != nil {
		return Link{}, "", err
	}
	return linkOf(r), secret, nil
}

// ending are the changes that end links of the tenant.
func (d *Desk) ending(ctx context.Context, is func(linkRecord) bool) (drop []document.Change, err error) {
	if is == nil {
		return nil, nil
	}
	old, err := list[linkRecord](ctx, d.a, kindLink, refOf(d.c.Tenant))
	for _, r := range old {
		if is(r.V) && len(drop) < document.MaxChanges-1 {
			r.Rev = document.AnyRev
			drop = append(drop, document.Delete(r.Document))
		}
	}
	return drop, err
}

// maker reports whether who made a link is known here, and may make it now: a
// user or token that has lost the right, or is gone, takes its links along.
func (a *Accounts) maker(ctx context.Context, l linkRecord) (known, may bool, err error) {
	switch kind, id, _ := strings.Cut(l.By, ":"); {
	case l.Foreign:
		return false, true, nil
	case kind == "user":
		var u row[userRecord]
		u, err = a.user(ctx, l.Tenant, UserID(id))
		may = !u.V.Disabled && u.V.Role == campaign.Admin
	case kind == "token":
		var t row[tokenRecord]
		t, err = load[tokenRecord](ctx, a, kindToken, id)
		may = t.V.Tenant == l.Tenant && t.V.Role == campaign.Admin && !t.Expired(a.now())
	default:
		return true, true, nil // the operator of the installation
	}
	if errors.Is(err, campaign.ErrNotFound) {
		return false, false, nil
	}
	return true, may && err == nil, err
}

// Links lists the tenant's links that work, the newest first. It takes an
// administrator.
func (d *Desk) Links(ctx context.Context) (all []Link, err error) {
	if err := d.may(campaign.Admin); err != nil {
		return nil, err
	}
	rows, err := list[linkRecord](ctx, d.a, kindLink, refOf(d.c.Tenant))
	for _, r := range rows {
		_, may, e := d.a.maker(ctx, r.V)
		if e != nil {
			return nil, e
		}
		if may && !r.Expired(d.a.now()) {
			all = append(all, linkOf(r))
		}
	}
	slices.SortFunc(all, func(x, y Link) int {
		return cmp.Or(y.CreatedAt.Compare(x.CreatedAt), cmp.Compare(x.Name, y.Name))
	})
	return all, err
}

// RevokeLink makes a link useless. It takes an administrator.
func (d *Desk) RevokeLink(ctx context.Context, name string) error {
	if err := d.may(campaign.Admin); err != nil {
		return err
	}
	r, err := load[linkRecord](ctx, d.a, kindLink, name)
	if err != nil {
		return err
	}
	if r.V.Tenant != d.c.Tenant {
		return missing(kindLink)
	}
	_, err = d.a.store.Apply(ctx, document.Delete(r.Document))
	if errors.Is(err, document.ErrNotFound) {
		return missing(kindLink)
	}
	if err != nil {
		return err
	}
	return d.record(ctx, campaign.EventLinkRevoked, name)
}

// Link tells what a link is for, so that a page can ask for what is needed. It
// fails with ErrInvalidSecret or ErrExpired.
func (a *Accounts) Link(ctx context.Context, s Secret) (Link, error) {
	r, err := a.findLink(ctx, s)
	if err != nil {
		return Link{}, err
	}
	return linkOf(r), nil
}

func (a *Accounts) findLink(ctx context.Context, s Secret) (r row[linkRecord], err error) {
	name, ok := nameOf(linkPrefix, s)
	if !ok {
		return r, ErrInvalidSecret
	}
	r, err = load[linkRecord](ctx, a, kindLink, name)
	switch {
	case errors.Is(err, campaign.ErrNotFound), err == nil && !s.opens(r.V.Hash):
		return row[linkRecord]{}, ErrInvalidSecret
	case err == nil && r.Expired(a.now()):
		return row[linkRecord]{}, ErrExpired
	case err != nil:
		return r, err
	}
	_, may, err := a.maker(ctx, r.V)
	if err == nil && !may {
		err = ErrInvalidSecret
	}
	return r, err
}

// Acceptance is what the person behind a link says.
type Acceptance struct {
	// Email is needed if the link names none, and not looked at otherwise.
	Email string
	// Name is the person's; empty leaves the suggested one.
	Name     string
	Password string
}

// Accept uses a link up: it makes the account and signs it in, or sets the
// password, ends the other sessions and signs in. An address that somebody has
// is ErrTaken; then the link still works.
func (a *Accounts) Accept(ctx context.Context, s Secret, in Acceptance, from Origin) (Grant, error) {
	l, err := a.findLink(ctx, s)
	if err != nil {
		return Grant{}, err
	}
	if err := a.tenantOpen(ctx, l.V.Tenant); err != nil {
		return Grant{}, err
	}
	var grant Grant
	switch l.V.Purpose {
	case PurposeJoin:
		grant, err = a.join(ctx, l, in, from)
	case PurposePassword:
		grant, err = a.renew(ctx, l, in.Password, from)
	default:
		return Grant{}, ErrInvalidSecret
	}
	if errors.Is(err, document.ErrNotFound) || errors.Is(err, document.ErrStale) {
		err = ErrInvalidSecret // somebody has used or revoked it meanwhile
	}
	return grant, err
}

func (a *Accounts) join(ctx context.Context, l row[linkRecord], in Acceptance, from Origin) (Grant, error) {
	emailOf := newEmail
	if l.V.Email != "" {
		in.Email, emailOf = l.V.Email, Email
	}
	if in.Name == "" {
		in.Name = l.V.Name
	}
	email, err := emailOf(in.Email)
	if err := join(err, checkName("name", in.Name, false), checkPassword("password", in.Password, email)); err != nil {
		return Grant{}, err
	}
	hash, err := a.hash.hash(ctx, in.Password)
	if err != nil {
		return Grant{}, err
	}
	id, now := newUserID(), a.now()
	secret, name, sessionHash := mint(sessionPrefix)
	u := newRow(kindUser, string(id), refOf(l.V.Tenant), userRecord{Tenant: l.V.Tenant, Email: email, Name: in.Name, Role: l.V.Role,
		Password: hash, CreatedAt: now, PasswordAt: now, SignedInAt: now})
	u.V.know(from)
	session := newRow(kindSession, name, string(id), a.beginning(id, sessionHash, from))
	session.ExpiresAt = a.sessionEnd(session.V, now)
	_, err = a.store.Apply(ctx, newRow(kindEmail, "="+email, "", id).put(), u.put(), session.put(), document.Delete(l.Document))
	if errors.Is(err, document.ErrExists) {
		return Grant{}, ErrTaken
	}
	if err != nil {
		return Grant{}, err
	}
	return Grant{Secret: secret, Identity: identify(id, u.V, name, session.ExpiresAt)},
		a.record(ctx, l.V.Tenant, id.author(), campaign.EventUserJoined, string(id), "state", string(l.V.Role))
}

func (a *Accounts) renew(ctx context.Context, l row[linkRecord], password string, from Origin) (Grant, error) {
	u, err := a.user(ctx, l.V.Tenant, l.V.User)
	if errors.Is(err, campaign.ErrNotFound) {
		return Grant{}, ErrInvalidSecret
	}
	if err != nil {
		return Grant{}, err
	}
	if err := checkPassword("password", password, u.V.Email); err != nil {
		return Grant{}, err
	}
	switch {
	case u.V.Disabled:
		return Grant{}, ErrDisabled
	case !l.V.replaces(u.V):
		return Grant{}, ErrInvalidSecret
	}
	hash, err := a.hash.hash(ctx, password)
	if err != nil {
		return Grant{}, err
	}
	grant, err := a.signIn(ctx, l.V.User, from, func(v *userRecord) error {
		switch {
		case v.Disabled:
			return ErrDisabled
		case l.V.replaces(*v):
			v.setPassword(hash, a.now())
			return nil
		}
		return ErrInvalidSecret // it was changed since
	}, document.Delete(l.Document))
	if err != nil {
		return Grant{}, err
	}
	if err := a.forget(ctx, u.V.Email, from); err != nil {
		return Grant{}, err
	}
	return grant, a.record(ctx, l.V.Tenant, l.V.User.author(), campaign.EventPasswordSet, string(l.V.User))
}

// replaces reports that the user's password is still the one that the link was
// made for.
func (l linkRecord) replaces(u userRecord) bool {
	if l.PasswordAt.IsZero() { // by an early version
		return !u.PasswordAt.After(l.CreatedAt)
	}
	return u.PasswordAt.Equal(l.PasswordAt)
}

package account

import (
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/alreasense/campaigns/campaign"
	"github.com/alreasense/campaigns/campaign/document"
)

// UserID identifies a user. It says nothing about the person, so it may stand
// in events, which are never erased.
type UserID string

func newUserID() UserID { return UserID(strings.ToLower(rand.Text()[:nameLength])) }

func (id UserID) author() string { return "user:" + string(id) }

// User is a person who may sign in. One address has one user, in one tenant.
type User struct {
	ID     UserID
	Tenant campaign.Tenant
	// Email is canonical; see Email.
	Email, Name string
	Role        campaign.Role
	// Disabled users cannot sign in, and their sessions open nothing.
	Disabled bool
	// SignedInAt is the last sign-in; zero if there was none.
	CreatedAt, PasswordAt, SignedInAt time.Time
}

func userOf(id UserID, v userRecord) User {
	return User{ID: id, Tenant: v.Tenant, Email: v.Email, Name: v.Name, Role: v.Role, Disabled: v.Disabled,
		CreatedAt: v.CreatedAt, PasswordAt: v.PasswordAt, SignedInAt: v.SignedInAt}
}

// Desk administers accounts for one caller: those of the caller's tenant, and
// all tenants for the operator of the installation, who is a caller without a
// role. What is not the tenant's is campaign.ErrNotFound, and a role that does
// not suffice campaign.ErrForbidden.
type Desk struct {
	a *Accounts
	c campaign.Caller
}

// As binds a caller.
func (a *Accounts) As(c campaign.Caller) *Desk { return &Desk{a, c} }

func (d *Desk) may(r campaign.Role) error { return d.c.May(r) }

func (d *Desk) record(ctx context.Context, what campaign.EventType, about string, pairs ...string) error {
	return d.a.record(ctx, d.c.Tenant, d.c.Author, what, about, pairs...)
}

// Users lists the tenant's users by their addresses. Every role may: authors of
// events have names.
func (d *Desk) Users(ctx context.Context) (all []User, err error) {
	if err := d.may(campaign.Viewer); err != nil {
		return nil, err
	}
	rows, err := list[userRecord](ctx, d.a, kindUser, refOf(d.c.Tenant))
	for _, r := range rows {
		all = append(all, userOf(UserID(r.Key), r.V))
	}
	slices.SortFunc(all, func(x, y User) int { return cmp.Compare(x.Email, y.Email) })
	return all, err
}

// User returns one user of the tenant.
func (d *Desk) User(ctx context.Context, id UserID) (User, error) {
	if err := d.may(campaign.Viewer); err != nil {
		return User{}, err
	}
	u, err := d.a.user(ctx, d.c.Tenant, id)
	return userOf(id, u.V), err
}

// UserByEmail returns the user of the tenant who has an address.
func (d *Desk) UserByEmail(ctx context.Context, email string) (User, error) {
	if err := d.may(campaign.Viewer); err != nil {
		return User{}, err
	}
	address, err := Email(email)
	if err != nil {
		return User{}, err
	}
	id, u, err := d.a.userByEmail(ctx, address)
	if err == nil && (id == "" || u.V.Tenant != d.c.Tenant) {
		err = missing(kindUser)
	}
	if err != nil {
		return User{}, err
	}
	return userOf(id, u.V), nil
}

// user reads a user of one tenant.
func (a *Accounts) user(ctx context.Context, t campaign.Tenant, id UserID) (row[userRecord], error) {
	u, err := load[userRecord](ctx, a, kindUser, string(id))
	if err == nil && u.V.Tenant != t {
		err = missing(kindUser)
	}
	if err != nil {
		return row[userRecord]{}, err
	}
	return u, nil
}

func (a *Accounts) editUser(ctx context.Context, t campaign.Tenant, id UserID, edit func(*userRecord) error) error {
	return change(func() error {
		u, err := a.user(ctx, t, id)
		if err != nil {
			return err
		}
		if err := edit(&u.V); err != nil {
			return err
		}
		_, err = a.store.Apply(ctx, u.put())
		return err
	})
}

// EditUser changes a user's Name, Role, or Disabled; other fields are not
// looked at. Whoever is switched off is out at once. It takes an administrator,
// and the last one of a tenant stays one (ErrLastAdmin), unless two of them
// demote each other in the same moment: then the operator of the installation
// has to help. f may be called more than once.
func (d *Desk) EditUser(ctx context.Context, id UserID, f func(*User) error) (User, error) {
	if err := d.may(campaign.Admin); err != nil {
		return User{}, err
	}
	var was, now User
	err := d.a.editUser(ctx, d.c.Tenant, id, func(v *userRecord) error {
		was = userOf(id, *v)
		now = was
		if err := f(&now); err != nil {
			return err
		}
		if err := join(checkName("name", now.Name, false), checkRole("role", now.Role)); err != nil {
			return err
		}
		v.Name, v.Role, v.Disabled = now.Name, now.Role, now.Disabled
		if was.Role == campaign.Admin && !was.Disabled && (now.Role != campaign.Admin || now.Disabled) {
			if err := d.anotherAdmin(ctx, id); err != nil {
				return err
			}
		}
		if now.Disabled && !was.Disabled {
			v.Epoch++
		}
		now = userOf(id, *v)
		return nil
	})
	if err != nil {
		return User{}, err
	}
	var failed error
	if was.Name != now.Name || was.Role != now.Role {
		failed = d.record(ctx, campaign.EventUserEdited, string(id), "state", string(now.Role))
	}
	switch {
	case now.Disabled && !was.Disabled:
		failed = errors.Join(failed, d.record(ctx, campaign.EventUserDisabled, string(id)))
	case was.Disabled && !now.Disabled:
		failed = errors.Join(failed, d.record(ctx, campaign.EventUserEnabled, string(id)))
	}
	return now, failed
}

// anotherAdmin is ErrLastAdmin if the tenant has no administrator but one.
func (d *Desk) anotherAdmin(ctx context.Context, but UserID) error {
	users, err := d.Users(ctx)
	if err != nil {
		return err
	}
	for _, u := range users {
		if u.ID != but && u.Role == campaign.Admin && !u.Disabled {
			return nil
		}
	}
	return ErrLastAdmin
}

// RemoveUser erases a user: address, name, password, sessions. What the user
// did stays in the log under the ID. It takes an administrator.
func (d *Desk) RemoveUser(ctx context.Context, id UserID) error {
	if err := d.may(campaign.Admin); err != nil {
		return err
	}
	err := change(func() error {
		u, err := d.a.user(ctx, d.c.Tenant, id)
		if err != nil {
			return err
		}
		if u.V.Role == campaign.Admin && !u.V.Disabled {
			if err := d.anotherAdmin(ctx, id); err != nil {
				return err
			}
		}
		_, err = d.a.store.Apply(ctx, document.Delete(u.Document), document.Delete(document.Name("", kindEmail, "="+u.V.Email)))
		if errors.Is(err, document.ErrNotFound) {
			err = missing(kindUser)
		}
		return err
	})
	if err != nil {
		return err
	}
	// They open nothing any more; this removes their addresses and agents.
	rows, err := list[sessionRecord](ctx, d.a, kindSession, string(id))
	for _, r := range rows {
		r.Rev = document.AnyRev
		_, e := d.a.store.Apply(ctx, document.Delete(r.Document))
		err = errors.Join(err, e)
	}
	return errors.Join(err, d.record(ctx, campaign.EventUserRemoved, string(id)))
}

// EndSessions ends all sessions of a user. It takes an administrator.
func (d *Desk) EndSessions(ctx context.Context, id UserID) error {
	if err := d.may(campaign.Admin); err != nil {
		return err
	}
	return d.a.endSessions(ctx, id, d.c)
}

package account

import (
	"context"
	"errors"
	"time"

	"github.com/alreasense/campaigns/campaign"
	"github.com/alreasense/campaigns/campaign/document"
)

// Login checks an address and a password and begins a session. It fails with
// ErrWrongPassword, whether the user, the password or both are wrong and after
// the same time, with *LockedError after too many of these, with ErrDisabled
// for a right password of somebody who is switched off, and with ErrBusy.
func (a *Accounts) Login(ctx context.Context, email, password string, from Origin) (Grant, error) {
	address, err := Email(email)
	if err != nil {
		address = "" // nobody has it; all the same it costs what any other costs
	}
	id, u, err := a.userByEmail(ctx, address)
	if err != nil {
		return Grant{}, err
	}
	u.V.Email = address // also where nobody has it
	try, right, anew, err := a.prove(ctx, u.V, from, password)
	if err != nil {
		return Grant{}, err
	}
	if !right {
		if try.locked && id != "" {
			return Grant{}, errors.Join(ErrWrongPassword,
				a.record(ctx, u.V.Tenant, id.author(), campaign.EventSignInLocked, string(id)))
		}
		return Grant{}, ErrWrongPassword
	}
	if err := try.right(ctx); err != nil {
		return Grant{}, err
	}
	if err := a.open(ctx, u.V); err != nil {
		return Grant{}, err
	}
	fresh := ""
	if anew {
		if fresh, err = a.hash.hash(ctx, password); err != nil {
			return Grant{}, err
		}
	}
	grant, err := a.signIn(ctx, id, from, func(v *userRecord) error {
		switch {
		case v.Password != u.V.Password: // it was changed just now
			return ErrWrongPassword
		case fresh != "":
			v.Password = fresh
		}
		return nil
	})
	if errors.Is(err, campaign.ErrNotFound) || errors.Is(err, document.ErrNotFound) { // erased just now
		err = ErrWrongPassword
	}
	if err != nil {
		return Grant{}, err
	}
	return grant, a.record(ctx, u.V.Tenant, id.author(), campaign.EventSignedIn, string(id))
}

// prove checks a password when its turn has come and after it was counted: a
// try that was sent away, or whose caller has gone, costs its account nothing.
func (a *Accounts) prove(ctx context.Context, u userRecord, from Origin, password string) (t *tries, right, anew bool, err error) {
	done, err := a.hash.take(ctx)
	if err != nil {
		return nil, false, false, err
	}
	defer done()
	if t, err = a.try(ctx, u.Email, from, u.knows(from)); err != nil {
		return nil, false, false, err
	}
	right, anew, err = a.hash.check(u.Password, password)
	return t, right, anew, err
}

// userByEmail finds a user; an empty ID is nobody. It asks as often for nobody
// as for somebody.
func (a *Accounts) userByEmail(ctx context.Context, email string) (id UserID, u row[userRecord], err error) {
	owner, err := load[UserID](ctx, a, kindEmail, "="+email)
	if err != nil && !errors.Is(err, campaign.ErrNotFound) {
		return "", u, err
	}
	key := string(owner.V)
	if key == "" {
		key = "nobody"
	}
	u, err = load[userRecord](ctx, a, kindUser, key)
	if errors.Is(err, campaign.ErrNotFound) {
		return "", row[userRecord]{}, nil
	}
	return owner.V, u, err
}

// open is ErrDisabled for a user who is switched off, or whose tenant is.
func (a *Accounts) open(ctx context.Context, v userRecord) error {
	if v.Disabled {
		return ErrDisabled
	}
	return a.tenantOpen(ctx, v.Tenant)
}

func (a *Accounts) tenantOpen(ctx context.Context, t campaign.Tenant) error {
	of, err := load[tenantRecord](ctx, a, kindTenant, refOf(t))
	switch {
	case errors.Is(err, campaign.ErrNotFound):
		return ErrDisabled
	case err == nil && of.V.Disabled:
		return ErrDisabled
	}
	return err
}

// signIn changes the user and begins a session, in one transaction.
func (a *Accounts) signIn(ctx context.Context, id UserID, from Origin, edit func(*userRecord) error, more ...document.Change) (g Grant, err error) {
	now := a.now()
	secret, name, hash := mint(sessionPrefix)
	s := a.beginning(id, hash, from)
	err = change(func() error {
		u, err := load[userRecord](ctx, a, kindUser, string(id))
		if err != nil {
			return err
		}
		if err := edit(&u.V); err != nil {
			return err
		}
		u.V.SignedInAt, s.Epoch = now, u.V.Epoch
		u.V.know(from)
		session := newRow(kindSession, name, string(id), s)
		session.ExpiresAt = a.sessionEnd(s, now)
		_, err = a.store.Apply(ctx, append([]document.Change{u.put(), session.put()}, more...)...)
		g = Grant{Secret: secret, Identity: identify(id, u.V, name, session.ExpiresAt)}
		return err
	})
	if err != nil {
		return Grant{}, err
	}
	return g, nil
}

// beginning is the record of a session that begins.
func (a *Accounts) beginning(id UserID, hash []byte, from Origin) sessionRecord {
	s := sessionRecord{User: id, Hash: hash, CreatedAt: a.now(), UsedAt: a.now(), Agent: agent(from.Agent)}
	if from.Address.IsValid() {
		s.Address = from.Address.Unmap().String()
	}
	return s
}

func identify(id UserID, v userRecord, session string, expires time.Time) Identity {
	return Identity{Caller: campaign.Caller{Tenant: v.Tenant, Author: id.author(), Role: v.Role},
		User: id, Email: v.Email, Name: v.Name, Session: session, ExpiresAt: expires}
}

func (a *Accounts) sessionEnd(s sessionRecord, now time.Time) time.Time {
	end := now.Add(a.o.Idle)
	if last := s.CreatedAt.Add(a.o.Lifetime); last.Before(end) {
		end = last
	}
	return end
}

// agent bounds what a client says of itself.
func agent(s string) string {
	clean := make([]rune, 0, 120)
	for _, r := range s {
		if r < 0x20 || r == 0x7f || r == 0xfffd {
			r = ' '
		}
		if clean = append(clean, r); len(clean) == 120 {
			break
		}
	}
	return string(clean)
}

// ChangePassword gives the user who has signed in another password. The old
// one is asked for, and counted like a sign-in, so that a session that was
// stolen does not become an account that was stolen. Every session of the user
// ends; the Grant is a new one.
func (a *Accounts) ChangePassword(ctx context.Context, who Identity, old, password string, from Origin) (Grant, error) {
	u, err := load[userRecord](ctx, a, kindUser, string(who.User))
	if err != nil {
		return Grant{}, err
	}
	if err := checkPassword("new_password", password, u.V.Email); err != nil {
		return Grant{}, err
	}
	try, right, _, err := a.prove(ctx, u.V, from, old)
	if err != nil {
		return Grant{}, err
	}
	if !right {
		return Grant{}, ErrWrongPassword
	}
	if err := try.right(ctx); err != nil {
		return Grant{}, err
	}
	fresh, err := a.hash.hash(ctx, password)
	if err != nil {
		return Grant{}, err
	}
	grant, err := a.signIn(ctx, who.User, from, func(v *userRecord) error {
		if v.Password != u.V.Password {
			return ErrWrongPassword
		}
		v.setPassword(fresh, a.now())
		return nil
	})
	if err != nil {
		return Grant{}, err
	}
	return grant, a.record(ctx, u.V.Tenant, who.User.author(), campaign.EventPasswordSet, string(who.User))
}

// setPassword replaces the password and ends all sessions. PasswordAt grows even
// where clocks do not, since links are bound to it.
func (v *userRecord) setPassword(hash string, now time.Time) {
	if !now.After(v.PasswordAt) {
		now = v.PasswordAt.Add(1)
	}
	v.Password, v.PasswordAt = hash, now
	v.Epoch++
}

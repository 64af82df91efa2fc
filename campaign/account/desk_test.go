package account

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/alreasense/campaigns/campaign"
	"github.com/alreasense/campaigns/campaign/document"
	"github.com/stretchr/testify/require"
)

func TestTheFirstLink(t *testing.T) {
	w := newWorld(t)
	ctx := t.Context()
	l, lost, err := w.host("acme").FirstLink(ctx)
	require.NoError(t, err)
	require.Equal(t, campaign.Admin, l.Role)
	_, secret, err := w.host("acme").FirstLink(ctx)
	require.NoError(t, err)
	_, err = w.Link(ctx, lost)
	require.ErrorIs(t, err, ErrInvalidSecret, "a lost one is replaced")
	got, err := w.Link(ctx, secret)
	require.NoError(t, err)
	require.Equal(t, PurposeJoin, got.Purpose)
	w.now = noon.Add(48 * time.Hour)
	_, err = w.Accept(ctx, secret, Acceptance{Email: "ana@example.com", Password: password}, here)
	require.ErrorIs(t, err, ErrExpired)
	g := w.admin("acme", "ana@example.com")
	_, _, err = w.host("acme").FirstLink(ctx)
	require.ErrorIs(t, err, ErrBegun)
	require.Equal(t, campaign.Admin, g.Caller.Role)
	w.admin("", "bia@example.com")
	_, _, err = w.host("Not a name").FirstLink(ctx)
	var bad campaign.Invalid
	require.ErrorAs(t, err, &bad)
	all, err := w.host("").Tenants(ctx)
	require.NoError(t, err)
	require.Len(t, all, 2)
	require.Equal(t, []campaign.Tenant{"", "acme"}, []campaign.Tenant{all[0].Name, all[1].Name})
}

func TestALinkWorksOnce(t *testing.T) {
	w := newWorld(t)
	w.admin("acme", "ana@example.com")
	_, s, err := w.host("acme").Invite(t.Context(), Invitation{Role: campaign.Operator, Name: "Bia"})
	require.NoError(t, err)
	var (
		all sync.WaitGroup
		mu  sync.Mutex
		won []Grant
	)
	for i := range 8 {
		all.Go(func() {
			g, err := w.Accounts.Accept(t.Context(), s, Acceptance{Email: fmt.Sprintf("bia%d@example.com", i), Password: password}, Origin{})
			mu.Lock()
			defer mu.Unlock()
			if err == nil {
				won = append(won, g)
			} else if !errors.Is(err, ErrInvalidSecret) {
				t.Error(err)
			}
		})
	}
	all.Wait()
	require.Len(t, won, 1)
	require.Equal(t, "Bia", won[0].Name)
	users, err := w.host("acme").Users(t.Context())
	require.NoError(t, err)
	require.Len(t, users, 2)
	require.Len(t, w.kind(kindEmail), 2, "the losers have left nothing")
}

func TestInvitations(t *testing.T) {
	w := newWorld(t)
	ctx := t.Context()
	ana := w.admin("acme", "ana@example.com")
	w.admin("beta", "bia@example.com")
	desk := w.As(ana.Caller)
	_, _, err := desk.Invite(ctx, Invitation{Email: "ANA@example.com", Role: campaign.Viewer})
	require.ErrorIs(t, err, ErrTaken)
	require.ErrorIs(t, err, campaign.ErrConflict)
	l, s, err := desk.Invite(ctx, Invitation{Email: "bia@example.com", Role: campaign.Viewer})
	require.NoError(t, err, "whether another tenant has somebody is not told")
	_, err = w.Accept(ctx, s, Acceptance{Email: "other@example.com", Password: password}, here)
	require.ErrorIs(t, err, ErrTaken, "the address is the link's")
	_, err = w.Link(ctx, s)
	require.NoError(t, err, "and the link still works")
	links, err := desk.Links(ctx)
	require.NoError(t, err)
	require.Len(t, links, 1)
	require.ErrorIs(t, w.As(campaign.Caller{Tenant: "beta", Role: campaign.Admin}).RevokeLink(ctx, l.Name), campaign.ErrNotFound)
	require.NoError(t, desk.RevokeLink(ctx, l.Name))
	_, err = w.Link(ctx, s)
	require.ErrorIs(t, err, ErrInvalidSecret)
	require.ErrorIs(t, desk.RevokeLink(ctx, l.Name), campaign.ErrNotFound)
	for _, bad := range []Invitation{{}, {Role: "root"}, {Role: campaign.Viewer, Email: "x"}} {
		_, _, err := desk.Invite(ctx, bad)
		var invalid campaign.Invalid
		require.ErrorAs(t, err, &invalid)
	}
	_, s, err = desk.Invite(ctx, Invitation{Role: campaign.Viewer})
	require.NoError(t, err)
	for _, bad := range []Acceptance{{Password: password}, {Email: "c@example.com"}, {Email: "c@example.com", Password: "short"}} {
		_, err := w.Accept(ctx, s, bad, here)
		var invalid campaign.Invalid
		require.ErrorAs(t, err, &invalid)
	}
	_, _, err = w.host("none").Invite(ctx, Invitation{Role: campaign.Viewer})
	require.ErrorIs(t, err, ErrDisabled, "a tenant that does not exist")
}

func TestALinkForANewPassword(t *testing.T) {
	w := newWorld(t)
	ctx := t.Context()
	ana := w.admin("acme", "ana@example.com")
	for range freePerPair {
		_ = w.login("ana@example.com", wrong)
	}
	w.locked(w.login("ana@example.com", password), 30*time.Second)
	l, s, err := w.host("acme").ResetPassword(ctx, ana.User)
	require.NoError(t, err)
	require.Equal(t, PurposePassword, l.Purpose)
	require.Equal(t, "ana@example.com", l.Email)
	_, err = w.Authenticate(ctx, ana.Secret)
	require.NoError(t, err, "until it is used all stays as it is")
	_, err = w.Accept(ctx, s, Acceptance{Password: "short"}, here)
	require.ErrorContains(t, err, "password")
	g, err := w.Accept(ctx, s, Acceptance{Password: "another password", Email: "other@example.com"}, here)
	require.NoError(t, err)
	require.Equal(t, ana.User, g.User)
	_, err = w.Authenticate(ctx, ana.Secret)
	require.ErrorIs(t, err, ErrInvalidSecret)
	_, err = w.Accept(ctx, s, Acceptance{Password: "a third password"}, here)
	require.ErrorIs(t, err, ErrInvalidSecret)
	require.NoError(t, w.login("ana@example.com", "another password"), "the lock is off")
	require.ErrorIs(t, w.login("ana@example.com", password), ErrWrongPassword)
	_, _, err = w.host("beta").ResetPassword(ctx, ana.User)
	require.ErrorIs(t, err, campaign.ErrNotFound)
}

// A link that lies in an old mailbox does not take over the account.
func TestALinkForAPasswordEndsWithThePassword(t *testing.T) {
	w := newWorld(t)
	ctx := t.Context()
	ana := w.admin("acme", "ana@example.com")
	link := func() Secret {
		_, s, err := w.host("acme").ResetPassword(ctx, ana.User)
		require.NoError(t, err)
		return s
	}
	dead := func(s Secret) {
		t.Helper()
		_, err := w.Accept(ctx, s, Acceptance{Password: "another password"}, here)
		require.ErrorIs(t, err, ErrInvalidSecret)
	}
	first := link()
	_, invited, err := w.host("acme").Invite(ctx, Invitation{Role: campaign.Viewer})
	require.NoError(t, err)
	bia := w.join("acme", "bia@example.com", campaign.Viewer)
	_, others, err := w.host("acme").ResetPassword(ctx, bia.User)
	require.NoError(t, err)
	second := link()
	dead(first)
	for _, s := range []Secret{invited, others, second} {
		_, err := w.Link(ctx, s)
		require.NoError(t, err, "a newer link ends those of its user")
	}
	ana, err = w.ChangePassword(ctx, ana.Identity, password, "a third password", here)
	require.NoError(t, err)
	dead(second)
	third := link()
	_, err = w.Accept(ctx, third, Acceptance{Password: "a fourth password"}, here)
	require.NoError(t, err)
	require.NoError(t, w.login("ana@example.com", "a fourth password"))

	// One that an early version has made does not say which password it was for.
	old := link()
	for _, d := range w.kind(kindLink) {
		r, err := decodeRow[linkRecord](d)
		require.NoError(t, err)
		r.V.PasswordAt = time.Time{}
		_, err = w.docs.Apply(ctx, r.put())
		require.NoError(t, err)
	}
	w.now = w.now.Add(time.Second)
	_, err = w.ChangePassword(ctx, ana.Identity, "a fourth password", "a fifth password", here)
	require.NoError(t, err)
	dead(old)
}

func TestALinkEndsWithTheRightsOfItsMaker(t *testing.T) {
	w := newWorld(t)
	ctx := t.Context()
	w.admin("acme", "ana@example.com")
	host := w.host("acme")
	bia := w.join("acme", "bia@example.com", campaign.Admin)
	caio := w.join("acme", "caio@example.com", campaign.Viewer)
	token, _, err := host.AddToken(ctx, Token{Title: "crm", Role: campaign.Admin})
	require.NoError(t, err)
	makers := map[string]*Desk{"user": w.As(bia.Caller),
		"token":   w.As(campaign.Caller{Tenant: "acme", Author: "token:" + token.Name, Role: campaign.Admin}),
		"foreign": w.As(campaign.Caller{Tenant: "acme", Author: "user:of-the-host", Role: campaign.Admin}), "host": host}
	links := map[string][]Secret{}
	for name, d := range makers {
		_, s, err := d.Invite(ctx, Invitation{Role: campaign.Admin})
		require.NoError(t, err)
		links[name] = append(links[name], s)
		if name == "user" {
			_, s, err = d.ResetPassword(ctx, caio.User)
			require.NoError(t, err)
			links[name] = append(links[name], s)
		}
	}
	works := func(want ...string) {
		t.Helper()
		n := 0
		for name, ss := range links {
			for _, s := range ss {
				_, err := w.Link(ctx, s)
				_, accepted := w.Accept(ctx, s, Acceptance{Email: "dora@example.com", Password: "short"}, here)
				if slices.Contains(want, name) {
					n++
					require.NoError(t, err, name)
					require.ErrorContains(t, accepted, "password", name)
				} else {
					require.ErrorIs(t, err, ErrInvalidSecret, name)
					require.ErrorIs(t, accepted, ErrInvalidSecret, name)
				}
			}
		}
		listed, err := host.Links(ctx)
		require.NoError(t, err)
		require.Len(t, listed, n)
	}
	edit := func(f func(*User)) {
		_, err := host.EditUser(ctx, bia.User, func(u *User) error { f(u); return nil })
		require.NoError(t, err)
	}
	works("user", "token", "foreign", "host")
	edit(func(u *User) { u.Role = campaign.Operator })
	works("token", "foreign", "host")
	edit(func(u *User) { u.Role, u.Disabled = campaign.Admin, true })
	works("token", "foreign", "host")
	edit(func(u *User) { u.Disabled = false })
	works("user", "token", "foreign", "host")
	require.NoError(t, host.RevokeToken(ctx, token.Name))
	works("user", "foreign", "host")
	require.NoError(t, host.RemoveUser(ctx, bia.User))
	works("foreign", "host")
}

func TestASwitchedOffUserIsOutAtOnce(t *testing.T) {
	w := newWorld(t)
	ctx := t.Context()
	ana := w.admin("acme", "ana@example.com")
	bia := w.join("acme", "bia@example.com", campaign.Operator)
	_, reset, err := w.host("acme").ResetPassword(ctx, bia.User)
	require.NoError(t, err)
	w.events = nil
	off := func(id UserID, off bool) error {
		_, err := w.As(ana.Caller).EditUser(ctx, id, func(u *User) error { u.Disabled = off; return nil })
		return err
	}
	require.NoError(t, off(bia.User, true))
	_, err = w.Authenticate(ctx, bia.Secret)
	require.ErrorIs(t, err, ErrInvalidSecret)
	require.ErrorIs(t, w.login("bia@example.com", password), ErrDisabled)
	require.ErrorIs(t, w.login("bia@example.com", wrong), ErrWrongPassword, "who does not know the password is not told")
	_, err = w.Accept(ctx, reset, Acceptance{Password: "another password"}, here)
	require.ErrorIs(t, err, ErrDisabled)
	require.NoError(t, off(bia.User, false))
	require.NoError(t, w.login("bia@example.com", password))
	_, err = w.Authenticate(ctx, bia.Secret)
	require.ErrorIs(t, err, ErrInvalidSecret, "the old session does not come back")
	require.Equal(t, "acme "+ana.Caller.Author+" user.disabled "+string(bia.User), w.events[0])
	require.ErrorIs(t, off(ana.User, true), ErrLastAdmin)
}

func TestARoleCountsAtOnce(t *testing.T) {
	w := newWorld(t)
	ctx := t.Context()
	ana := w.admin("acme", "ana@example.com")
	bia := w.join("acme", "bia@example.com", campaign.Admin)
	edit := func(by Grant, id UserID, f func(*User) error) error {
		_, err := w.As(by.Caller).EditUser(ctx, id, f)
		return err
	}
	require.NoError(t, edit(bia, ana.User, func(u *User) error {
		u.Role, u.Email, u.Tenant, u.ID = campaign.Viewer, "x@y.z", "beta", "other"
		return nil
	}))
	who, err := w.Authenticate(ctx, ana.Secret)
	require.NoError(t, err)
	require.Equal(t, campaign.Viewer, who.Caller.Role)
	require.Equal(t, "ana@example.com", who.Email, "only what may be edited is")
	require.Equal(t, campaign.Tenant("acme"), who.Caller.Tenant)
	require.ErrorIs(t, edit(bia, bia.User, func(u *User) error { u.Role = campaign.Operator; return nil }), ErrLastAdmin)
	require.ErrorIs(t, w.As(bia.Caller).RemoveUser(ctx, bia.User), ErrLastAdmin)
	var bad campaign.Invalid
	require.ErrorAs(t, edit(bia, ana.User, func(u *User) error { u.Role = ""; return nil }), &bad, "nobody becomes the host")
	own := errors.New("own")
	require.Equal(t, own, edit(bia, ana.User, func(*User) error { return own }))
}

func TestAnErasedUserLeavesNothing(t *testing.T) {
	w := newWorld(t)
	ctx := t.Context()
	ana := w.admin("acme", "ana@example.com")
	bia := w.join("acme", "bia@example.com", campaign.Viewer)
	require.NoError(t, w.As(ana.Caller).RemoveUser(ctx, bia.User))
	_, err := w.Authenticate(ctx, bia.Secret)
	require.ErrorIs(t, err, ErrInvalidSecret)
	require.ErrorIs(t, w.login("bia@example.com", password), ErrWrongPassword)
	for _, kind := range []string{kindUser, kindEmail, kindSession, kindLink} {
		for _, d := range w.kind(kind) {
			require.NotContains(t, d.Key+string(d.Data)+d.Ref, "bia@example.com", kind)
			require.NotContains(t, d.Ref+string(d.Data), string(bia.User), kind)
		}
	}
	require.ErrorIs(t, w.As(ana.Caller).RemoveUser(ctx, bia.User), campaign.ErrNotFound)
	w.join("acme", "bia@example.com", campaign.Viewer)
}

// role × command: who may what, and that nobody reaches into another tenant.
func TestRolesAndTenants(t *testing.T) {
	w := newWorld(t)
	ana := w.admin("acme", "ana@example.com")
	w.admin("beta", "bia@example.com")
	tok, _, err := w.As(ana.Caller).AddToken(t.Context(), Token{Title: "x", Role: campaign.Viewer})
	require.NoError(t, err)
	link, _, err := w.As(ana.Caller).Invite(t.Context(), Invitation{Role: campaign.Viewer})
	require.NoError(t, err)
	stop := errors.New("allowed")
	for name, c := range map[string]struct {
		least campaign.Role
		own   bool // names a row of acme
		do    func(context.Context, *Desk) error
	}{
		"Users":   {campaign.Viewer, false, func(ctx context.Context, d *Desk) error { _, err := d.Users(ctx); return err }},
		"Tenant":  {campaign.Viewer, false, func(ctx context.Context, d *Desk) error { _, err := d.Tenant(ctx); return err }},
		"User":    {campaign.Viewer, true, func(ctx context.Context, d *Desk) error { _, err := d.User(ctx, ana.User); return err }},
		"ByEmail": {campaign.Viewer, true, func(ctx context.Context, d *Desk) error { _, err := d.UserByEmail(ctx, "ana@example.com"); return err }},
		"EditUser": {campaign.Admin, true, func(ctx context.Context, d *Desk) error {
			_, err := d.EditUser(ctx, ana.User, func(*User) error { return stop })
			return err
		}},
		"Remove": {campaign.Admin, true, func(ctx context.Context, d *Desk) error { return d.RemoveUser(ctx, ana.User) }},
		"End":    {campaign.Admin, true, func(ctx context.Context, d *Desk) error { return d.EndSessions(ctx, ana.User) }},
		"Reset":  {campaign.Admin, true, func(ctx context.Context, d *Desk) error { _, _, err := d.ResetPassword(ctx, ana.User); return err }},
		"Invite": {campaign.Admin, false, func(ctx context.Context, d *Desk) error {
			_, _, err := d.Invite(ctx, Invitation{Role: campaign.Viewer})
			return err
		}},
		"Links":  {campaign.Admin, false, func(ctx context.Context, d *Desk) error { _, err := d.Links(ctx); return err }},
		"Unlink": {campaign.Admin, true, func(ctx context.Context, d *Desk) error { return d.RevokeLink(ctx, link.Name) }},
		"AddToken": {campaign.Admin, false, func(ctx context.Context, d *Desk) error {
			_, _, err := d.AddToken(ctx, Token{Title: "x", Role: campaign.Viewer})
			return err
		}},
		"Tokens":  {campaign.Admin, false, func(ctx context.Context, d *Desk) error { _, err := d.Tokens(ctx); return err }},
		"Revoke":  {campaign.Admin, true, func(ctx context.Context, d *Desk) error { return d.RevokeToken(ctx, tok.Name) }},
		"Tenants": {host, false, func(ctx context.Context, d *Desk) error { _, err := d.Tenants(ctx); return err }},
		"AddT":    {host, false, func(ctx context.Context, d *Desk) error { _, err := d.AddTenant(ctx, "x"); return err }},
		"EditT": {host, false, func(ctx context.Context, d *Desk) error {
			_, err := d.EditTenant(ctx, func(*Tenant) error { return stop })
			return err
		}},
		"First": {host, false, func(ctx context.Context, d *Desk) error { _, _, err := d.FirstLink(ctx); return err }},
	} {
		for _, r := range []campaign.Role{campaign.Viewer, campaign.Operator, campaign.Admin, "nonsense"} {
			allowed := campaign.Caller{Role: r}.May(c.least) == nil
			if allowed && (name == "Remove" || name == "Revoke" || name == "Unlink") {
				continue // they would end the others' rows
			}
			err := c.do(t.Context(), w.As(campaign.Caller{Tenant: "acme", Role: r}))
			require.Equal(t, !allowed, errors.Is(err, campaign.ErrForbidden), "%s as %q: %v", name, r, err)
			if allowed && c.own {
				err := c.do(t.Context(), w.As(campaign.Caller{Tenant: "beta", Role: r}))
				require.ErrorIs(t, err, campaign.ErrNotFound, "%s from another tenant", name)
			}
		}
	}
	_, err = w.As(ana.Caller).User(t.Context(), ana.User)
	require.NoError(t, err)
}

func TestATenantIsSwitchedOff(t *testing.T) {
	w := newWorld(t)
	ctx := t.Context()
	ana := w.admin("acme", "ana@example.com")
	_, token, err := w.As(ana.Caller).AddToken(ctx, Token{Title: "x", Role: campaign.Viewer})
	require.NoError(t, err)
	off := func(off bool) {
		got, err := w.host("acme").EditTenant(ctx, func(t *Tenant) error { t.Disabled, t.Title = off, "Acme"; return nil })
		require.NoError(t, err)
		require.Equal(t, "Acme", got.Title)
	}
	off(true)
	for _, s := range []Secret{ana.Secret, token} {
		_, err := w.Authenticate(ctx, s)
		require.ErrorIs(t, err, ErrDisabled)
	}
	require.ErrorIs(t, w.login("ana@example.com", password), ErrDisabled)
	off(false)
	for _, s := range []Secret{ana.Secret, token} {
		_, err := w.Authenticate(ctx, s)
		require.NoError(t, err)
	}
	_, err = w.host("acme").AddTenant(ctx, "again")
	var bad campaign.Invalid
	require.ErrorAs(t, err, &bad)
	_, err = w.host("none").EditTenant(ctx, func(*Tenant) error { return nil })
	require.ErrorIs(t, err, campaign.ErrNotFound)
}

// Every change leaves an event with its author; a log that is down is told.
func TestHistory(t *testing.T) {
	w := newWorld(t)
	ctx := t.Context()
	ana := w.admin("acme", "ana@example.com")
	require.Equal(t, "acme host:root tenant.added acme", w.events[0])
	require.Contains(t, w.events[1], "acme host:root user.invited ")
	require.Equal(t, fmt.Sprintf("acme user:%s user.joined %s", ana.User, ana.User), w.events[2])
	require.NoError(t, w.login("ana@example.com", password))
	require.Contains(t, w.events[3], "user.signed_in")
	down := errors.New("down")
	w.o.Record = func(context.Context, campaign.Tenant, string, campaign.EventType, campaign.Reason) error { return down }
	_, _, err := w.As(ana.Caller).AddToken(ctx, Token{Title: "x", Role: campaign.Viewer})
	require.ErrorIs(t, err, ErrUnrecorded)
	require.ErrorIs(t, err, down)
	require.Len(t, w.kind(kindToken), 1, "the change stands")
}

// What is written by something else is not guessed at, and not quoted.
func TestADamagedRecordIsNotQuoted(t *testing.T) {
	w := newWorld(t)
	ana := w.admin("acme", "ana@example.com")
	d, err := w.docs.Get(t.Context(), "", kindUser, string(ana.User))
	require.NoError(t, err)
	d.Data = []byte(`{"password": hunter2`)
	_, err = w.docs.Apply(t.Context(), document.Put(d))
	require.NoError(t, err)
	err = w.login("ana@example.com", password)
	require.ErrorContains(t, err, "not readable")
	require.NotContains(t, err.Error(), "hunter2")
}

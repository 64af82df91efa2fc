package account

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"time"

	"github.com/alreasense/campaigns/campaign"
	"github.com/alreasense/campaigns/campaign/document"
)

// Errors, wrapped; test them with errors.Is. Besides them there are
// campaign.ErrForbidden, ErrNotFound and ErrConflict, campaign.Invalid for
// fields, *LockedError, and what the store says.
var (
	// ErrWrongPassword: no user has this address and this password. Which of
	// the two is wrong is not told.
	ErrWrongPassword = errors.New("account: the e-mail address or the password is wrong")
	// ErrInvalidSecret: no session, token or link is opened by this. It may
	// have been ended, revoked or used.
	ErrInvalidSecret = errors.New("account: the session, token or link is not valid")
	// ErrExpired: it was valid, and its time is over.
	ErrExpired = fmt.Errorf("%w any more: its time is over", ErrInvalidSecret)
	// ErrDisabled: the user or the whole tenant is switched off.
	ErrDisabled = errors.New("account: the account is switched off")
	// ErrTaken: another user has this address.
	ErrTaken = fmt.Errorf("account: the e-mail address has an account already: %w", campaign.ErrConflict)
	// ErrLastAdmin: the change would leave a tenant without an administrator.
	ErrLastAdmin = fmt.Errorf("account: the tenant would be left without an administrator: %w", campaign.ErrConflict)
	// ErrBusy: too many passwords are being checked at this moment.
	ErrBusy = errors.New("account: too many sign-ins at once, try again in a moment")
	// ErrUnrecorded: the change was made, but its event could not be written.
	ErrUnrecorded = errors.New("account: done, but not written into the log of events")
)

// LockedError refuses to try a password, right or wrong, because too many were
// wrong.
type LockedError struct {
	// Until is when the next try is allowed.
	Until time.Time
}

// Error says until when, in UTC.
func (e *LockedError) Error() string {
	return "account: too many wrong passwords: try again after " + e.Until.UTC().Format("15:04:05") + " UTC"
}

// Options of Accounts. The zero value is ready to use.
type Options struct {
	// Now reads the clock. Defaults to time.Now.
	Now func() time.Time
	// Record writes what was done into the log of events of a tenant; see Log.
	// Defaults to nothing.
	Record func(ctx context.Context, t campaign.Tenant, author string, what campaign.EventType, why campaign.Reason) error
	// Cost of one check of a password. Defaults to that of Cost.
	Cost Cost
	// Checks is how many passwords are checked at a time, each with the memory
	// that Cost says; 32 times as many may wait, others get ErrBusy. Defaults to
	// the number of processors, at most 4.
	Checks int
	// Idle ends a session that is not used. Defaults to 12 hours.
	Idle time.Duration
	// Lifetime ends a session, used or not. Defaults to 30 days.
	Lifetime time.Duration
	// LinkLife is how long a link works. Defaults to 48 hours.
	LinkLife time.Duration
}

// Log is a Record that writes into the log of an engine, which then has one
// history of campaigns and of people.
func Log(e *campaign.Engine) func(ctx context.Context, t campaign.Tenant, author string, what campaign.EventType, why campaign.Reason) error {
	return func(ctx context.Context, t campaign.Tenant, author string, what campaign.EventType, why campaign.Reason) error {
		return e.As(campaign.Caller{Tenant: t, Author: author, Role: campaign.Host}).Note(ctx, what, why)
	}
}

// Accounts knows who may call, and is safe for concurrent use. It starts
// nothing; documents that have expired are removed by their store's Purge,
// which the host calls now and then.
type Accounts struct {
	store document.Store
	o     Options
	hash  *hasher
}

// New returns the accounts that a store holds. A nil o means the defaults.
func New(s document.Store, o *Options) *Accounts {
	a := &Accounts{store: s}
	if o != nil {
		a.o = *o
	}
	if a.o.Now == nil {
		a.o.Now = time.Now
	}
	for _, d := range []struct {
		field *time.Duration
		value time.Duration
	}{{&a.o.Idle, 12 * time.Hour}, {&a.o.Lifetime, 30 * 24 * time.Hour}, {&a.o.LinkLife, 48 * time.Hour}} {
		if *d.field <= 0 {
			*d.field = d.value
		}
	}
	a.hash = newHasher(a.o.Cost, a.o.Checks)
	return a
}

func (a *Accounts) now() time.Time { return a.o.Now().UTC() }

// record writes an event. The change that it tells of stands already, so it is
// written even if the caller has gone.
func (a *Accounts) record(ctx context.Context, t campaign.Tenant, author string, what campaign.EventType, about string, pairs ...string) error {
	if a.o.Record == nil {
		return nil
	}
	why := campaign.Because(campaign.CodeAbout, append([]string{"name", about}, pairs...)...)
	if err := a.o.Record(context.WithoutCancel(ctx), t, author, what, why); err != nil {
		return fmt.Errorf("%w: %w", ErrUnrecorded, err)
	}
	return nil
}

// Origin is where a sign-in comes from.
type Origin struct {
	// Address of the client; the zero Addr is somebody on this machine, whose
	// tries are counted for the account from there only. Behind a proxy it is the address
	// that the proxy names, and only if that proxy is trusted.
	Address netip.Addr
	// Agent is the client's own word for itself, shown in lists of sessions.
	Agent string
}

// Identity is who is calling.
type Identity struct {
	// Caller is what campaign.Engine.As and Accounts.As want. Its Author is
	// "user:" and the user's ID, or "token:" and the token's name.
	Caller campaign.Caller
	// User is the user who has signed in; empty for an API token.
	User UserID
	// Email and Name are the user's, or the name of the token.
	Email, Name string
	// Session or Token is the name of what opened: one of them is empty.
	Session, Token string
	// ExpiresAt is when it ends unless it is used before; zero for a token that
	// does not end.
	ExpiresAt time.Time
}

// Grant is what a sign-in gives.
type Grant struct {
	// Secret opens the session; it is told once.
	Secret Secret
	Identity
}

// HostCaller is the operator of the installation in one tenant: whoever can
// speak to the daemon as the system's user who runs it may do everything in
// every tenant. Its Author is "host:" and the name of that user.
func HostCaller(t campaign.Tenant, name string) campaign.Caller {
	return campaign.Caller{Tenant: t, Author: "host:" + name, Role: campaign.Host}
}

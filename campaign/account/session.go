package account

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/alreasense/campaigns/campaign"
	"github.com/alreasense/campaigns/campaign/document"
)

// useEvery is how often the last use of a session or a token is written.
const useEvery = time.Minute

// Authenticate tells who is calling, by the secret of a session or of an API
// token. It fails with ErrInvalidSecret, ErrExpired or ErrDisabled. A session
// that is used goes on for Options.Idle more; that is written at most once a
// minute.
func (a *Accounts) Authenticate(ctx context.Context, s Secret) (Identity, error) {
	switch {
	case strings.HasPrefix(string(s), sessionPrefix):
		return a.session(ctx, s)
	case strings.HasPrefix(string(s), tokenPrefix):
		return a.token(ctx, s)
	}
	return Identity{}, ErrInvalidSecret
}

func (a *Accounts) session(ctx context.Context, s Secret) (Identity, error) {
	r, u, err := a.findSession(ctx, s)
	if err != nil {
		return Identity{}, err
	}
	now := a.now()
	switch {
	case r.Expired(now):
		return Identity{}, ErrExpired
	case r.V.Epoch != u.V.Epoch:
		return Identity{}, ErrInvalidSecret
	}
	if err := a.open(ctx, u.V); err != nil {
		return Identity{}, err
	}
	if now.Sub(r.V.UsedAt) >= useEvery {
		r.V.UsedAt = now
		r.ExpiresAt = a.sessionEnd(r.V, now)
		// A session that was ended meanwhile has ended. Any other trouble, such
		// as a disk that is full, does not make its user somebody else.
		if _, err := a.store.Apply(ctx, r.put()); errors.Is(err, document.ErrNotFound) {
			return Identity{}, ErrInvalidSecret
		}
	}
	return identify(r.V.User, u.V, r.Key, r.ExpiresAt), nil
}

// findSession finds what a secret opens, and whose it is.
func (a *Accounts) findSession(ctx context.Context, s Secret) (r row[sessionRecord], u row[userRecord], err error) {
	name, ok := nameOf(sessionPrefix, s)
	if !ok {
		return r, u, ErrInvalidSecret
	}
	if r, err = load[sessionRecord](ctx, a, kindSession, name); err == nil {
		if !s.opens(r.V.Hash) {
			return r, u, ErrInvalidSecret
		}
		u, err = load[userRecord](ctx, a, kindUser, string(r.V.User))
	}
	if errors.Is(err, campaign.ErrNotFound) {
		err = ErrInvalidSecret
	}
	return r, u, err
}

// Logout ends a session. A secret that opens none is no error.
func (a *Accounts) Logout(ctx context.Context, s Secret) error {
	r, u, err := a.findSession(ctx, s)
	if errors.Is(err, ErrInvalidSecret) {
		return nil
	}
	if err != nil {
		return err
	}
	r.Rev = document.AnyRev // also if it is being used
	if _, err := a.store.Apply(ctx, document.Delete(r.Document)); err != nil {
		return err
	}
	return a.record(ctx, u.V.Tenant, r.V.User.author(), campaign.EventSignedOut, string(r.V.User))
}

// Session is a session as its user sees it.
type Session struct {
	// Name identifies it; it opens nothing.
	Name           string
	CreatedAt      time.Time
	UsedAt         time.Time // to the minute
	ExpiresAt      time.Time // unless it is used before
	Address, Agent string    // of the sign-in
}

// Sessions lists the sessions of the user who has signed in, the last one used
// first.
func (a *Accounts) Sessions(ctx context.Context, who Identity) (all []Session, err error) {
	u, err := load[userRecord](ctx, a, kindUser, string(who.User))
	if err != nil {
		return nil, err
	}
	rows, err := list[sessionRecord](ctx, a, kindSession, string(who.User))
	if err != nil {
		return nil, err
	}
	now := a.now()
	for _, r := range rows {
		if r.V.Epoch == u.V.Epoch && !r.Expired(now) {
			all = append(all, Session{Name: r.Key, CreatedAt: r.V.CreatedAt, UsedAt: r.V.UsedAt, ExpiresAt: r.ExpiresAt,
				Address: r.V.Address, Agent: r.V.Agent})
		}
	}
	slices.SortFunc(all, func(x, y Session) int { return y.UsedAt.Compare(x.UsedAt) })
	return all, nil
}

// EndSession ends one session of the user who has signed in.
func (a *Accounts) EndSession(ctx context.Context, who Identity, name string) error {
	r, err := load[sessionRecord](ctx, a, kindSession, name)
	if err != nil {
		return err
	}
	if r.V.User != who.User || who.User == "" {
		return missing(kindSession)
	}
	r.Rev = document.AnyRev
	if _, err := a.store.Apply(ctx, document.Delete(r.Document)); err != nil {
		return err
	}
	return a.record(ctx, who.Caller.Tenant, who.User.author(), campaign.EventSignedOut, string(who.User))
}

// EndSessions ends all sessions of the user who has signed in, this one too.
func (a *Accounts) EndSessions(ctx context.Context, who Identity) error {
	return a.endSessions(ctx, who.User, who.Caller)
}

func (a *Accounts) endSessions(ctx context.Context, id UserID, by campaign.Caller) error {
	if err := a.editUser(ctx, by.Tenant, id, func(v *userRecord) error { v.Epoch++; return nil }); err != nil {
		return err
	}
	return a.record(ctx, by.Tenant, by.Author, campaign.EventSessionsEnded, string(id))
}

package account

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"testing"
	"time"

	"github.com/alreasense/campaigns/campaign"
	"github.com/alreasense/campaigns/campaign/document"
	"github.com/alreasense/campaigns/store/memory"
	"github.com/stretchr/testify/require"
)

var (
	noon  = time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)
	cheap = Cost{Passes: 1, MemoryKiB: 8}
	here  = Origin{Address: netip.MustParseAddr("192.0.2.7"), Agent: "Firefox"}
)

const (
	password = "correct horse"
	wrong    = "battery staple"
)

// world is accounts on a clock that the test moves.
type world struct {
	*testing.T
	*Accounts
	docs   document.Store
	now    time.Time
	events []string
}

func newWorld(t *testing.T) *world {
	w := &world{T: t, docs: memory.New().Documents(), now: noon}
	w.Accounts = w.open(w.docs, Options{Cost: cheap})
	return w
}

func (w *world) open(s document.Store, o Options) *Accounts {
	o.Now = func() time.Time { return w.now }
	o.Record = func(_ context.Context, t campaign.Tenant, author string, what campaign.EventType, why campaign.Reason) error {
		w.events = append(w.events, fmt.Sprintf("%s %s %s %s", t, author, what, why.Args["name"]))
		return nil
	}
	return New(s, &o)
}

func (w *world) host(t campaign.Tenant) *Desk { return w.As(HostCaller(t, "root")) }

// admin makes a tenant with its first administrator.
func (w *world) admin(t campaign.Tenant, email string) Grant {
	w.Helper()
	_, s, err := w.host(t).FirstLink(w.Context())
	require.NoError(w, err)
	g, err := w.Accept(w.Context(), s, Acceptance{Email: email, Password: password}, here)
	require.NoError(w, err)
	return g
}

// join adds a user by an invitation of the host.
func (w *world) join(t campaign.Tenant, email string, r campaign.Role) Grant {
	w.Helper()
	_, s, err := w.host(t).Invite(w.Context(), Invitation{Email: email, Role: r})
	require.NoError(w, err)
	g, err := w.Accept(w.Context(), s, Acceptance{Password: password}, here)
	require.NoError(w, err)
	return g
}

func (w *world) login(email, password string) error {
	_, err := w.Login(w.Context(), email, password, here)
	return err
}

func (w *world) locked(err error, wait time.Duration) {
	w.Helper()
	var l *LockedError
	require.ErrorAs(w, err, &l)
	require.Equal(w, wait, l.Until.Sub(w.now))
}

// documents lists everything of a kind.
func (w *world) kind(kind string) (ds []document.Document) {
	w.Helper()
	for d, err := range document.All(w.Context(), w.docs, document.Query{Kind: kind}) {
		require.NoError(w, err)
		ds = append(ds, d)
	}
	return ds
}

// broken is a store in which one kind of change fails.
type broken struct {
	document.Store
	kind string
}

var errBroken = errors.New("disk full")

func (b broken) Apply(ctx context.Context, cs ...document.Change) ([]document.Document, error) {
	for _, c := range cs {
		if c.Document.Kind == b.kind {
			return nil, errBroken
		}
	}
	return b.Store.Apply(ctx, cs...)
}

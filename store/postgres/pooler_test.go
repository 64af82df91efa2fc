package postgres

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/alreasense/campaigns/campaign"
	"github.com/alreasense/campaigns/internal/servers"
	"github.com/stretchr/testify/require"
)

// unprepared is the URL of a pool that prepares no statements by name.
func unprepared(url string) string { return url + "&default_query_exec_mode=exec" }

// Through a pooler in transaction mode everything works that runs in
// transactions, with many clients on few sessions; what needs a session says
// what to set, and then works too.
func TestPgBouncer_TransactionMode(t *testing.T) {
	direct := fresh(t)
	pooled := unprepared(servers.PgBouncer(t, direct, "transaction"))
	one := &world{TB: t, Store: connect(t, pooled), ctx: t.Context()}
	two := one.second(nil)
	id := one.campaign("acme", 3, 0, 30)
	one.campaign("beta", 2, 100, 30)

	errs := make(chan error, 16)
	for n := range cap(errs) {
		w := []*world{one, two}[n%2]
		go func() {
			r, err := w.Take(w.ctx, campaign.TakeQuery{Now: noon, Max: 1, Slots: 9}, func(*campaign.Rows) {})
			if err == nil && len(r.Turns) > 1 {
				err = errors.New("more turns than asked for")
			}
			errs <- errors.Join(err, w.Tenant("acme").View(w.ctx, func(r campaign.Reader) error {
				list, err := r.Campaigns(campaign.CampaignQuery{})
				if len(list) != 1 {
					err = errors.Join(err, errors.New("another tenant's rows"))
				}
				return err
			}))
		}()
	}
	for range cap(errs) {
		require.NoError(t, <-errs)
	}
	for range 3 {
		as := one.take(9, 1)
		require.Len(t, as, 5)
		require.NoError(t, two.settle(as))
	}
	require.EqualValues(t, 9, one.books("acme", id).Tally.Sent)
	_, _, err := one.Clock(t.Context(), nil)
	require.NoError(t, err)

	// Nothing of a transaction stays in a session that others get.
	var path, role string
	for range 8 {
		require.NoError(t, one.pool.QueryRow(t.Context(), `SELECT current_setting('search_path'), current_user`).Scan(&path, &role))
		require.NotContains(t, path, "campaigns")
		require.NotContains(t, role, "tenant")
	}

	l, err := NewLocker(one.pool, &LockerOptions{Timeout: 10 * time.Second})
	require.NoError(t, err)
	k, err := l.TryLock(t.Context(), phoneKey, time.Minute)
	require.NoError(t, err)
	_, err = l.TryLock(t.Context(), phoneKey, time.Minute)
	require.ErrorIs(t, err, campaign.ErrTaken)
	require.NoError(t, errors.Join(k.Extend(t.Context(), time.Minute), k.Unlock(t.Context())))

	err = one.Migrate(t.Context())
	require.ErrorIs(t, err, ErrPooler)
	require.ErrorContains(t, err, "Options.Direct")
	require.ErrorIs(t, one.Wakes(t.Context(), func() { t.Error("woken") }), ErrPooler)

	past := one.second(&Options{Direct: direct})
	require.NoError(t, past.Migrate(t.Context()))
	e := past.listens()
	e.hears("the beginning")
	two.update("acme", func(tx campaign.Writer) error { return tx.Wake(id, noon) })
	e.hears("another's command")
}

// A pool that prepares statements by name is told what to set, as far as the
// pooler does not manage them.
func TestPgBouncer_PreparedStatements(t *testing.T) {
	pooled := servers.PgBouncer(t, fresh(t), "transaction")
	var stores []*Store
	for range 6 {
		stores = append(stores, connect(t, pooled))
	}
	var failed error
	for n := 0; n < 60 && failed == nil; n++ {
		_, failed = stores[n%len(stores)].Agenda(context.Background(), noon, 1)
	}
	if failed == nil {
		return // a pooler of a newer kind
	}
	require.ErrorIs(t, failed, ErrPooler)
	require.ErrorContains(t, failed, "default_query_exec_mode=exec")
}

// A pooler in session mode is no different from the server.
func TestPgBouncer_SessionMode(t *testing.T) {
	pooled := servers.PgBouncer(t, servers.Postgres(t), "session")
	s := connect(t, pooled)
	require.NoError(t, s.Migrate(t.Context()))
	w := &world{TB: t, Store: s, ctx: t.Context()}
	w.campaign("acme", 1, 0, 3)
	require.Len(t, w.take(9, 1), 1)
}

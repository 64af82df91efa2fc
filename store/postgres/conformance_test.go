package postgres

import (
	"context"
	"testing"

	"github.com/alreasense/campaigns/campaign"
	"github.com/alreasense/campaigns/campaign/campaigntest"
	"github.com/alreasense/campaigns/campaign/document"
	"github.com/alreasense/campaigns/campaign/document/documenttest"
	"github.com/alreasense/campaigns/contact"
	"github.com/alreasense/campaigns/contact/contacttest"
	"github.com/alreasense/campaigns/internal/servers"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/stretchr/testify/require"
)

// fresh is the URL of a migrated, empty database of the test's own.
func fresh(tb testing.TB) (url string) {
	tb.Helper()
	return servers.PostgresFrom(tb, "campaigns", func(url string) error {
		pool, err := pgxpool.New(context.Background(), url)
		if err != nil {
			return err
		}
		defer pool.Close()
		s, err := New(pool, nil)
		if err != nil {
			return err
		}
		return s.Migrate(context.Background())
	})
}

// connect opens a store with a pool of its own, as a process does.
func connect(tb testing.TB, url string) *Store {
	tb.Helper()
	return connectWith(tb, url, nil)
}

func connectWith(tb testing.TB, url string, o *Options) *Store {
	tb.Helper()
	config, err := pgxpool.ParseConfig(url)
	require.NoError(tb, err)
	config.MaxConns = 8
	pool, err := pgxpool.NewWithConfig(context.Background(), config)
	require.NoError(tb, err)
	tb.Cleanup(pool.Close)
	s, err := New(pool, o)
	require.NoError(tb, err)
	tb.Cleanup(func() { s.Close() })
	return s
}

func TestStore_Conformance(t *testing.T) {
	all := &rooms{whole: t}
	campaigntest.StoreCase{
		Open: func(t *testing.T) campaign.Store { return connect(t, all.url(t)) },
		Reopen: func(t *testing.T, s campaign.Store) campaign.Store {
			old := s.(*Store)
			require.NoError(t, old.Close())
			old.pool.Close()
			return connect(t, old.pool.Config().ConnString())
		},
	}.Run(t)
}

func TestContacts_Conformance(t *testing.T) {
	for name, segment := range segments {
		t.Run(name, func(t *testing.T) {
			all := &rooms{whole: t}
			open := func(t *testing.T) *Store {
				s := connect(t, all.url(t))
				s.shared.Segment = segment
				return s
			}
			contacttest.Store(t, func(t *testing.T) contact.Store { return open(t).Tenant("acme").Contacts() })
			campaigntest.Contacts(t, func(t *testing.T) (mine, theirs contact.Store) {
				s := open(t)
				return s.Tenant("acme").Contacts(), s.Tenant("beta").Contacts()
			})
		})
	}
}

// segments are how many contacts a segment of the search has: few, so that what
// is searched by them is, and as many as it has.
var segments = map[string]int{"small segments": 5, "segments": 0}

func TestDocuments_Conformance(t *testing.T) {
	all := &rooms{whole: t}
	documenttest.Store(t, func(t *testing.T) document.Store { return connect(t, all.url(t)).Documents() })
}

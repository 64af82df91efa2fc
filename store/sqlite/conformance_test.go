package sqlite

import (
	"context"
	"os"
	"path/filepath"
	"testing"

	"github.com/alreasense/campaigns/campaign"
	"github.com/alreasense/campaigns/campaign/campaigntest"
	"github.com/alreasense/campaigns/campaign/document"
	"github.com/alreasense/campaigns/campaign/document/documenttest"
	"github.com/alreasense/campaigns/contact"
	"github.com/alreasense/campaigns/contact/contacttest"
	"github.com/stretchr/testify/require"
)

func TestStore_Conformance(t *testing.T) {
	open := func(t *testing.T, path string) campaign.Store {
		s, err := Open(context.Background(), path, nil)
		require.NoError(t, err)
		t.Cleanup(func() { s.Close() })
		return s
	}
	fresh := template(t)
	campaigntest.StoreCase{
		Exclusive: true,
		Open:      func(t *testing.T) campaign.Store { return open(t, fresh(t)) },
		Reopen: func(t *testing.T, s campaign.Store) campaign.Store {
			old := s.(*Store)
			require.NoError(t, old.Close())
			return open(t, old.Path())
		},
	}.Run(t)
}

// template makes an empty database once and returns a maker of copies, which
// are ready sooner than the schema is made.
func template(t *testing.T) func(t *testing.T) (path string) {
	w := newWorld(t)
	require.NoError(t, w.Close())
	empty, err := os.ReadFile(w.Path())
	require.NoError(t, err)
	return func(t *testing.T) string {
		path := filepath.Join(t.TempDir(), "campaigns.db")
		require.NoError(t, os.WriteFile(path, empty, 0o600))
		return path
	}
}

func TestContacts_Conformance(t *testing.T) {
	fresh := template(t)
	for name, segment := range segments {
		t.Run(name, func(t *testing.T) {
			open := func(t *testing.T) *world {
				w := openWorld(t, fresh(t))
				w.shared.Segment = segment
				return w
			}
			contacttest.Store(t, func(t *testing.T) contact.Store { return open(t).Tenant("acme").Contacts() })
			campaigntest.Contacts(t, func(t *testing.T) (mine, theirs contact.Store) {
				w := open(t)
				return w.Tenant("acme").Contacts(), w.Tenant("beta").Contacts()
			})
		})
	}
}

// segments are how many contacts a segment of the search has: few, so that what
// is searched by them is, and as many as it has.
var segments = map[string]int{"small segments": 5, "segments": 0}

func TestDocuments_Conformance(t *testing.T) {
	fresh := template(t)
	documenttest.Store(t, func(t *testing.T) document.Store { return openWorld(t, fresh(t)).Documents() })
}

// BenchmarkLedger is the benchmark that every store has.
func BenchmarkLedger(b *testing.B) {
	campaigntest.BenchmarkLedger(b, func(b *testing.B) campaign.Store {
		s, err := Open(context.Background(), filepath.Join(b.TempDir(), "campaigns.db"), nil)
		require.NoError(b, err)
		b.Cleanup(func() { s.Close() })
		return s
	})
}

// BenchmarkContacts is the benchmark that every store has.
func BenchmarkContacts(b *testing.B) {
	campaigntest.BenchmarkContacts(b, func(b *testing.B) contact.Store {
		s, err := Open(context.Background(), filepath.Join(b.TempDir(), "campaigns.db"), nil)
		require.NoError(b, err)
		b.Cleanup(func() { s.Close() })
		return s.Tenant("acme").Contacts()
	})
}

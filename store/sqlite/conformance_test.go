package sqlite

import (
	"context"
	"path/filepath"
	"testing"

	"github.com/alreasense/campaigns/campaign"
	"github.com/alreasense/campaigns/campaign/campaigntest"
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
	campaigntest.StoreCase{
		Open: func(t *testing.T) campaign.Store { return open(t, filepath.Join(t.TempDir(), "campaigns.db")) },
		Reopen: func(t *testing.T, s campaign.Store) campaign.Store {
			old := s.(*Store)
			require.NoError(t, old.Close())
			return open(t, old.Path())
		},
	}.Run(t)
}

func TestContacts_Conformance(t *testing.T) {
	contacttest.Store(t, func(t *testing.T) contact.Store { return newWorld(t).Tenant("acme").Contacts() })
	campaigntest.Contacts(t, func(t *testing.T) (mine, theirs contact.Store) {
		w := newWorld(t)
		return w.Tenant("acme").Contacts(), w.Tenant("beta").Contacts()
	})
}

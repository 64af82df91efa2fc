package sqlite

import (
	"context"
	"fmt"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/alreasense/campaigns/campaign"
	"github.com/alreasense/campaigns/store/internal/modeltest"
)

func TestRandomOperationsAndFaultsKeepThePromises(t *testing.T) {
	dir, n := t.TempDir(), 0
	modeltest.Check(t, 20, func() (campaign.Store, func()) {
		n++
		s, err := Open(context.Background(), filepath.Join(dir, fmt.Sprintf("%d.db", n)), nil)
		require.NoError(t, err)
		return s, func() { s.Close() }
	})
}

func TestACompletedCampaignIsOpenedAndAddedToInOneStep(t *testing.T) {
	s, err := Open(t.Context(), filepath.Join(t.TempDir(), "reopen.db"), nil)
	require.NoError(t, err)
	defer s.Close()
	modeltest.Reopen(t, s)
}

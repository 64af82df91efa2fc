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

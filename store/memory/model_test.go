package memory

import (
	"testing"

	"github.com/alreasense/campaigns/campaign"
	"github.com/alreasense/campaigns/store/internal/modeltest"
)

func TestRandomOperationsAndFaultsKeepThePromises(t *testing.T) {
	modeltest.Check(t, 200, func() (campaign.Store, func()) {
		s := New()
		return s, func() { s.Close() }
	})
}

func TestACompletedCampaignIsOpenedAndAddedToInOneStep(t *testing.T) {
	s := New()
	defer s.Close()
	modeltest.Reopen(t, s)
}

package postgres

import (
	"testing"

	"github.com/alreasense/campaigns/campaign"
	"github.com/alreasense/campaigns/store/internal/modeltest"
)

func TestRandomOperationsAndFaultsKeepThePromises(t *testing.T) {
	url, used := fresh(t), false
	modeltest.Check(t, 20, func() (campaign.Store, func()) {
		if used && !empty(t, url) {
			url = fresh(t)
		}
		used = true
		s := connect(t, url)
		return s, func() { s.Close(); s.pool.Close() }
	})
}

func TestACompletedCampaignIsOpenedAndAddedToInOneStep(t *testing.T) {
	s := connect(t, fresh(t))
	defer func() { s.Close(); s.pool.Close() }()
	modeltest.Reopen(t, s)
}

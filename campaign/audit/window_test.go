package audit

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/alreasense/campaigns/campaign"
	"github.com/alreasense/campaigns/schedule"
)

// Where nobody has chosen which days rest, a send on Carnival is no fault: it may
// be of a version that did not rest then.
func TestOptionalDaysAreJudgedWhereTheyWereChosen(t *testing.T) {
	c := campaign.Campaign{Draft: campaign.Draft{Schedule: schedule.Spec{Kind: schedule.KindBusinessDays}}}
	carnival, christmas := time.Date(2026, 2, 17, 15, 0, 0, 0, time.UTC), time.Date(2026, 12, 25, 15, 0, 0, 0, time.UTC)
	for _, x := range []struct {
		cal  campaign.Calendar
		shut bool
	}{{campaign.Calendar{}, false}, {campaign.Calendar{Rev: 2}, false}, {campaign.Calendar{Rev: 2, Optional: true}, true}} {
		o, why := newOpening(c, x.cal, nil)
		require.Empty(t, why)
		require.Equal(t, x.shut, o.shut(carnival) != "", "%+v", x.cal)
		require.NotEmpty(t, o.shut(christmas))
	}
}

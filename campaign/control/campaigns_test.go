package control_test

import (
	"testing"
	"time"

	"github.com/alreasense/campaigns/campaign/control"
	"github.com/stretchr/testify/require"
)

func TestCampaignFromDraftToCompleted(t *testing.T) {
	w := newWorld(t)
	c := w.campaign(3)
	require.Equal(t, "draft", c.Status)
	require.Equal(t, "immediate", c.ScheduleType)
	require.EqualValues(t, 3, c.TotalContacts)
	require.Equal(t, 1, c.Messages[0].ID)

	c = into[control.Campaign](w.do("POST", campaignPath(c, "start/"), nil).is(200))
	require.Equal(t, "active", c.Status)
	require.NotNil(t, c.StartedAt)
	require.NotNil(t, c.NextScheduledSend)

	h := into[control.Halted](w.do("POST", campaignPath(c, "pause/"), m{"reason": "almoço"}).is(200))
	require.Equal(t, "paused", h.Status)
	require.Empty(t, h.InFlight)
	w.do("POST", campaignPath(c, "pause"), nil).is(200) // again, and without slash and body
	w.do("POST", campaignPath(c, "start/"), nil).refused(409, "wrong_status")
	w.do("POST", campaignPath(c, "resume/"), nil).is(200)

	w.play(monday.Add(time.Hour))
	c = into[control.Campaign](w.do("GET", campaignPath(c, ""), nil).is(200))
	require.Equal(t, "completed", c.Status)
	require.EqualValues(t, 3, c.SentMessages)
	require.EqualValues(t, 3, c.Messages[0].TimesSent)
	require.Equal(t, 100.0, c.ProgressPercentage)
	require.NotNil(t, c.CompletedAt)
	require.Len(t, w.sender.All(), 3)
}

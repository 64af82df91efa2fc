package campaigntest_test

import (
	"errors"
	"testing"
	"time"

	"github.com/alreasense/campaigns/campaign"
	"github.com/alreasense/campaigns/campaign/campaigntest"
)

var t0 = time.Date(2026, 3, 4, 12, 0, 0, 0, time.UTC)

func TestLocker_process(t *testing.T) {
	clock := campaigntest.NewClock(t0)
	campaigntest.LockerCase{
		Open:    func(*testing.T) campaign.Locker { return campaign.NewLocker(clock.Now) },
		Advance: func(d time.Duration) { clock.Advance(d) },
	}.Run(t)
}

func TestLocker_realTime(t *testing.T) {
	campaigntest.Locker(t, func(*testing.T) campaign.Locker { return campaign.NewLocker(nil) })
}

func TestSender_recorder(t *testing.T) {
	campaigntest.Sender(t, campaigntest.SenderCase{Open: recorderWorld})
}

func recorderWorld(*testing.T) campaigntest.SenderWorld {
	r := &campaigntest.Recorder{Now: func() time.Time { return t0 }}
	return campaigntest.SenderWorld{
		Sender: r,
		Route:  campaign.Route{Tenant: "acme", Instance: "a"},
		Now:    r.Now,
		Count: func(text string) (n int) {
			for _, s := range r.All() {
				if s.Text == text {
					n++
				}
			}
			return n
		},
		Refuse: func() {
			r.Answer = func(campaign.Outgoing) (campaign.Accepted, error) {
				return campaign.Accepted{}, campaign.Refused(campaign.Because(campaign.CodeProviderError), nil)
			}
		},
		Lose: func() {
			r.Answer = func(campaign.Outgoing) (campaign.Accepted, error) {
				return campaign.Accepted{}, errLost
			}
		},
	}
}

var errLost = errors.New("connection reset by peer")

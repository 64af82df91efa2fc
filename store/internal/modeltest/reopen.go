package modeltest

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/alreasense/campaigns/campaign"
	"github.com/alreasense/campaigns/campaign/campaigntest"
	"github.com/alreasense/campaigns/contact"
)

// Reopen opens a completed campaign a hundred times, for one person each, while
// an engine runs that completes it as soon as nobody is left. Each of them is
// added, and sent to once.
func Reopen(t *testing.T, s campaign.Store) {
	const times = 100
	sent := &campaigntest.Recorder{}
	e, err := campaign.New(s, sent, &campaign.Options{Timing: campaign.Timing{Beat: 5 * time.Millisecond}})
	require.NoError(t, err)
	ctx, cancel := context.WithCancel(t.Context())
	ran := make(chan error, 1)
	go func() { ran <- e.Run(ctx) }()
	defer func() {
		cancel()
		require.NoError(t, <-ran)
	}()

	me := e.As(campaign.Caller{Tenant: tenant, Author: "ana"})
	n, err := me.AddInstance(ctx, campaign.Instance{Remote: "vendas", Pace: campaign.Pace{NoGap: true}})
	require.NoError(t, err)
	c, err := me.Create(ctx, campaign.Draft{Name: "pedidos", Messages: []campaign.Message{{Text: "Oi"}}, Instances: []campaign.InstanceID{n.ID}})
	require.NoError(t, err)
	add := func(s *campaign.Service, i int) error {
		in, err := s.Add(ctx, c.ID, campaign.Everyone(contact.Contact{Name: "Ana", Phone: phone(i)}))
		if err == nil && in.Added != 1 {
			err = fmt.Errorf("%d people were added", in.Added)
		}
		return err
	}
	require.NoError(t, add(me, 0))
	_, err = me.Start(ctx, c.ID)
	require.NoError(t, err)
	for i := 1; i <= times; i++ {
		if i%2 == 0 { // every other one meets whatever status there is
			for p, err := range me.Watch(ctx, c.ID) {
				require.NoError(t, err)
				if p.Status == campaign.Completed {
					break
				}
			}
		}
		require.NoError(t, add(me.Reopening(), i), i)
	}
	for _, err := range me.Watch(ctx, c.ID) { // until it has ended
		require.NoError(t, err)
	}
	for phone, all := range sent.ByPhone() {
		require.Len(t, all, 1, phone.Redacted())
	}
	require.Equal(t, times+1, sent.Count())
	err = add(me, times+1)
	require.True(t, errors.Is(err, campaign.ErrConflict), "%v", err)
}

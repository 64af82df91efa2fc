package modeltest

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

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
	ok(t, err)
	ctx, cancel := context.WithCancel(t.Context())
	ran := make(chan error, 1)
	go func() { ran <- e.Run(ctx) }()
	defer func() {
		cancel()
		if err := <-ran; err != nil {
			t.Error(err)
		}
	}()

	me := e.As(campaign.Caller{Tenant: tenant, Author: "ana", Role: campaign.Host})
	n, err := me.AddInstance(ctx, campaign.Instance{Remote: "vendas", Pace: campaign.Pace{NoGap: true}})
	ok(t, err)
	c, err := me.Create(ctx, campaign.Draft{Name: "pedidos", Messages: []campaign.Message{{Text: "Oi"}}, Instances: []campaign.InstanceID{n.ID}})
	ok(t, err)
	add := func(s *campaign.Service, i int) error {
		in, err := s.Add(ctx, c.ID, campaign.Everyone(contact.Contact{Name: "Ana", Phone: phone(i)}))
		if err == nil && in.Added != 1 {
			err = fmt.Errorf("%d people were added", in.Added)
		}
		return err
	}
	ok(t, add(me, 0))
	_, err = me.Start(ctx, c.ID)
	ok(t, err)
	for i := 1; i <= times; i++ {
		if i%2 == 0 { // every other one meets whatever status there is
			for p, err := range me.Watch(ctx, c.ID) {
				ok(t, err)
				if p.Status == campaign.Completed {
					break
				}
			}
		}
		ok(t, add(me.Reopening(), i))
	}
	for _, err := range me.Watch(ctx, c.ID) { // until it has ended
		ok(t, err)
	}
	for phone, all := range sent.ByPhone() {
		if len(all) != 1 {
			t.Fatalf("%s got %d messages", phone.Redacted(), len(all))
		}
	}
	if sent.Count() != times+1 {
		t.Fatalf("%d people were added, and %d messages sent", times+1, sent.Count())
	}
	if err := add(me, times+1); !errors.Is(err, campaign.ErrConflict) {
		t.Fatalf("somebody was added to a completed campaign: %v", err)
	}
}

func ok(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

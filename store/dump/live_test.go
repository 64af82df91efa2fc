package dump_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"testing"
	"time"

	"github.com/alreasense/campaigns/campaign"
	"github.com/alreasense/campaigns/campaign/campaigntest"
	"github.com/alreasense/campaigns/campaign/document"
	"github.com/alreasense/campaigns/contact"
	"github.com/alreasense/campaigns/schedule"
	"github.com/alreasense/campaigns/store/sqlite"
	"github.com/stretchr/testify/require"
)

// moody is a gateway of which one never knows, and whose answers are all lost
// in the end.
type moody struct {
	dice *rand.Rand
	sent int
	die  bool
}

func (m *moody) Send(context.Context, campaign.Outgoing) (campaign.Accepted, error) {
	if m.die {
		return campaign.Accepted{}, errStopped // nobody knows whether it went out
	}
	switch m.dice.IntN(8) {
	case 0:
		return campaign.Accepted{}, errors.New("reset by peer")
	case 1:
		return campaign.Accepted{}, campaign.NotSent(errors.New("refused"))
	case 2:
		return campaign.Accepted{}, campaign.Refused(campaign.Because("no_whatsapp", "name", "Ação \"1\""), errors.New("no such number"))
	}
	m.sent++
	return campaign.Accepted{ProviderID: fmt.Sprint("3EB0", m.sent)}, nil
}

// live makes a database go through an eventful day of two tenants, and end in
// the middle of sends, with people, groups, opt-outs and documents besides.
func live(t testing.TB, seed uint64) *sqlite.Store {
	t.Helper()
	ctx := t.Context()
	s := open(t, filepath.Join(unsynced(t), "live.db"), nil)
	clock, via := campaigntest.NewClock(noon), &moody{dice: rand.New(rand.NewPCG(seed, 1))}
	e, err := campaign.New(s, via, &campaign.Options{Now: clock.Now, Secret: make([]byte, 32)})
	require.NoError(t, err)
	type mine struct {
		*campaign.Service
		id campaign.ID
	}
	var all []mine
	begin := func(i int) {
		who := e.As(campaign.Caller{Tenant: campaign.Tenant([]string{"acme", "beta"}[i%2]), Author: "ana", Role: campaign.Host})
		number, err := who.AddInstance(ctx, campaign.Instance{Remote: fmt.Sprint("n", i), Pace: campaign.Pace{MinGap: time.Second, MaxGap: 3 * time.Second}})
		require.NoError(t, err)
		c, err := who.Create(ctx, campaign.Draft{Name: fmt.Sprint("Páscoa ", i), Schedule: schedule.Spec{Kind: schedule.KindImmediate},
			Instances: []campaign.InstanceID{number.ID}, Messages: []campaign.Message{{Text: "Olá, {{nome}}!"}, {Text: "Oi"}}})
		require.NoError(t, err)
		people := make([]contact.Contact, 12)
		for k := range people {
			people[k] = contact.Contact{Name: "Zé \\ \"o\u2028utro\"", Phone: contact.Phone(fmt.Sprintf("+55119%d000%04d", i, k)), Active: true}
		}
		_, err = who.Add(ctx, c.ID, campaign.Everyone(people...))
		require.NoError(t, err)
		require.NoError(t, who.OptOut(ctx, campaign.Because("asked"), people[via.dice.IntN(len(people))].Phone))
		_, err = who.Start(ctx, c.ID)
		require.NoError(t, err)
		all = append(all, mine{who, c.ID})
	}
	for i := range 4 {
		begin(i)
	}
	for range 60 {
		next, err := e.Step(ctx)
		require.NoError(t, err)
		clock.Set(later(clock.Now().Add(time.Second), next, clock.Now().Add(time.Minute)))
		x := all[via.dice.IntN(len(all))]
		switch via.dice.IntN(12) {
		case 0:
			_, _ = x.Pause(ctx, x.id, "lunch") // a draft cannot, and so on: refusals are part of the day
		case 1:
			_, _ = x.Resume(ctx, x.id)
		case 2, 3:
			n := campaign.Notice{Tenant: x.Caller().Tenant, Instance: campaign.InstanceID(1 + via.dice.IntN(4)), ProviderID: fmt.Sprint("3EB0", via.dice.IntN(via.sent+3)),
				Kind: campaign.NoticeDelivered, At: clock.Now(), ArrivedAt: clock.Now()}
			require.NoError(t, s.Stash(ctx, []campaign.Notice{n}))
		}
	}
	begin(4)
	via.die = true
	_, err = e.Step(ctx)
	require.NoError(t, err)
	for _, tenant := range []campaign.Tenant{"acme", "beta"} {
		people := s.Tenant(tenant).Contacts()
		var ids []int64
		for i := range 5 {
			p := contact.Contact{Name: fmt.Sprintf("Ação %d 'quoted' \"so\" \\ \u2028", i), Phone: contact.Phone(fmt.Sprintf("+551190000%04d", i)), Active: true,
				Tags: []string{"cliente", "são paulo"}, Vars: map[string]string{"cidade": "Mauá\n"}}
			p, err := people.CreateContact(t.Context(), noon, p)
			require.NoError(t, err)
			ids = append(ids, p.ID)
		}
		g, err := people.CreateGroup(t.Context(), noon, contact.Group{Name: "Clientes"})
		require.NoError(t, err)
		_, err = people.AddMembers(t.Context(), noon, g.ID, ids)
		require.NoError(t, err)
		// Numbers of what is gone are not given again.
		gone, err := people.CreateGroup(t.Context(), noon, contact.Group{Name: "Gone"})
		require.NoError(t, err)
		require.NoError(t, people.DeleteGroup(t.Context(), gone.ID))
		require.NoError(t, s.Tenant(tenant).Update(t.Context(), func(w campaign.Writer) error {
			return w.Suppress(noon, campaign.OutByOperator, campaign.SuppressionKey{1}, campaign.SuppressionKey{2})
		}))
	}
	for _, key := range []string{"kept", "gone"} {
		made, err := s.Documents().Apply(t.Context(), document.Change{Document: document.Document{Tenant: "acme", Kind: "note", Key: key, Data: []byte{}}})
		require.NoError(t, err)
		require.NotEmpty(t, made)
	}
	_, err = s.Documents().Apply(t.Context(), document.Delete(document.Name("acme", "note", "gone")))
	require.NoError(t, err)
	require.NoError(t, s.Stash(t.Context(), []campaign.Notice{{Tenant: "acme", Instance: 1, ProviderID: "nobody's", Kind: campaign.NoticeDelivered, At: noon, ArrivedAt: noon}}))
	return s
}

// later is the middle one of three instants.
func later(least, next, most time.Time) time.Time {
	switch {
	case next.Before(least):
		return least
	case next.After(most):
		return most
	}
	return next
}

package crashtest

import (
	"encoding/hex"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/alreasense/campaigns/campaign"
	"github.com/alreasense/campaigns/campaign/campaigntest"
	"github.com/alreasense/campaigns/contact"
	"github.com/alreasense/campaigns/evolution"
	"github.com/alreasense/campaigns/evolution/evolutiontest"
	"github.com/alreasense/campaigns/store/sqlite"
)

// office is what a person does with the database while no daemon runs.
type office struct {
	*fleet
	ids    []campaign.ID
	people int // of each campaign
	// batch is how many people are added at a time. One in ten thousand is not
	// on WhatsApp, by the emulator's rule for numbers that end in 0404.
	batch int
	dice  *rand.Rand
	// connect opens the database; nil for the SQLite file of the daemon.
	connect func() openStore
}

// openStore is a store that is open.
type openStore interface {
	campaign.Store
	Close() error
}

// desk is the database, opened by this process.
type desk struct {
	store   openStore
	engine  *campaign.Engine
	service *campaign.Service
	clock   *campaigntest.Clock
}

// open opens the database with an engine whose clock can be set.
func (o *office) open() desk {
	o.t.Helper()
	if o.connect == nil {
		o.connect = func() openStore {
			s, err := sqlite.Open(o.t.Context(), filepath.Join(o.data, "campaigns.db"), nil)
			require.NoError(o.t, err)
			return s
		}
	}
	store := o.connect()
	d := desk{store: store, clock: campaigntest.NewClock(time.Now())}
	client := evolution.New(evolution.Server{URL: "http://" + o.address, Key: evolutiontest.DefaultKey, Profile: evolution.V236, Now: d.clock.Now})
	var err error
	d.engine, err = campaign.New(store, client, &campaign.Options{Now: d.clock.Now, Secret: o.secret()})
	require.NoError(o.t, err)
	d.service = d.engine.As(campaign.Caller{Tenant: tenant, Author: "ana", Role: campaign.Host})
	return d
}

// secret is the key of the daemons' opt-outs: the one they were given, else the one
// in the data directory.
func (o *office) secret() []byte {
	o.t.Helper()
	text := ""
	for _, v := range o.env {
		if s, ok := strings.CutPrefix(v, "CAMPAIGND_SECRET="); ok {
			text = s
		}
	}
	if text == "" {
		b, err := os.ReadFile(filepath.Join(o.data, "suppression.key"))
		require.NoError(o.t, err)
		text = strings.TrimSpace(string(b))
	}
	key, err := hex.DecodeString(text)
	require.NoError(o.t, err)
	return key
}

// pace spreads the sends, so that each kill meets some and not all of them: a
// number whose send was lost rests for the start deadline.
var pace = campaign.Pace{MinGap: 300 * time.Millisecond, MaxGap: 1500 * time.Millisecond}

// leap lets the engine work until an instant, in leaps of half a minute at
// least.
func (d desk) leap(t *testing.T, end time.Time) {
	t.Helper()
	for d.clock.Now().Before(end) {
		next, err := d.engine.Step(t.Context())
		require.NoError(t, err)
		now := d.clock.Now()
		switch {
		case next.IsZero() || !next.Before(end):
			d.clock.Set(end)
		case next.After(now):
			d.clock.Set(later(next, now.Add(30*time.Second)))
		}
	}
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

// found makes two campaigns for the same people, on half of the numbers each:
// nobody may be written to by both at the same time.
func (o *office) found() {
	o.t.Helper()
	d := o.open()
	defer d.store.Close()
	ctx := o.t.Context()
	var numbers []campaign.InstanceID
	for _, name := range o.instances {
		in, err := d.service.AddInstance(ctx, campaign.Instance{Remote: name, Pace: pace})
		require.NoError(o.t, err)
		numbers = append(numbers, in.ID)
	}
	half := len(numbers) / 2
	for i, on := range [][]campaign.InstanceID{numbers[:half], numbers[half:]} {
		c, err := d.service.Create(ctx, campaign.Draft{Name: "x", Instances: on,
			Messages: []campaign.Message{{Text: fmt.Sprintf("Aviso %d para {{nome}}", i+1)}}})
		require.NoError(o.t, err)
		o.ids = append(o.ids, c.ID)
	}
	o.invite(d)
	for _, id := range o.ids {
		_, err := d.service.Start(ctx, id)
		require.NoError(o.t, err)
	}
}

func (o *office) invite(d desk) {
	o.t.Helper()
	people := make([]contact.Contact, o.batch)
	for i := range people {
		n := o.people + i
		people[i] = contact.Contact{Name: fmt.Sprintf("Ana %d", n), Phone: contact.Phone(fmt.Sprintf("+551190%07d", n))}
	}
	o.people += o.batch
	for i, id := range o.ids {
		list := people
		if i == 1 { // the other way round, so that the campaigns do not walk in step
			list = make([]contact.Contact, o.batch)
			for j := range people {
				list[j] = people[o.batch-1-j]
			}
		}
		in, err := d.service.Reopening().Add(o.t.Context(), id, campaign.Everyone(list...))
		require.NoError(o.t, err)
		require.EqualValues(o.t, o.batch, in.Added)
	}
}

// tend adds people where few are left, and takes numbers back into service.
func (o *office) tend() {
	o.t.Helper()
	d := o.open()
	defer d.store.Close()
	ctx := o.t.Context()
	few := false
	for _, id := range o.ids {
		p, err := d.service.Progress(ctx, id)
		require.NoError(o.t, err)
		require.NotEqual(o.t, campaign.Paused, p.Status, "%v", p.Why)
		few = few || p.Pending-p.Waiting < int64(o.batch/2)
		if p.Status == campaign.Completed {
			_, err := d.service.Reopen(ctx, id)
			require.NoError(o.t, err)
		}
	}
	if few {
		o.invite(d)
	}
	numbers, err := d.service.Numbers(ctx)
	require.NoError(o.t, err)
	for _, n := range numbers {
		if !n.Meter.Held.IsZero() {
			require.NoError(o.t, d.service.Release(ctx, n.Instance.ID))
		}
	}
}

// within waits for a random while.
func (o *office) within(most time.Duration) {
	<-time.After(time.Duration(o.dice.Int64N(int64(most))))
}

// written is how much the gateway has written down.
func (o *office) written() int64 {
	o.t.Helper()
	f, err := os.Stat(filepath.Join(o.books, evolutiontest.LedgerFile))
	require.NoError(o.t, err)
	return f.Size()
}

// sending waits until the gateway has been asked for something since, for a
// while: after a kill most numbers rest.
func (o *office) sending(since int64) {
	look := time.NewTicker(2 * time.Millisecond)
	defer look.Stop()
	for end := time.Now().Add(1500 * time.Millisecond); o.written() == since && time.Now().Before(end); {
		<-look.C
	}
}

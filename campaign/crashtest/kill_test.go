package crashtest

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/alreasense/campaigns/campaign"
	"github.com/alreasense/campaigns/campaign/audit"
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
	client := evolution.New(evolution.Server{URL: "http://" + o.address, Key: evolutiontest.DefaultKey, Now: d.clock.Now})
	var err error
	d.engine, err = campaign.New(store, client, &campaign.Options{Now: d.clock.Now})
	require.NoError(o.t, err)
	d.service = d.engine.As(campaign.Caller{Tenant: tenant, Author: "ana"})
	return d
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
		in, err := d.service.Add(o.t.Context(), id, campaign.Everyone(list...))
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

// kills kills daemons at random instants, and every tenth time the gateway as
// well. It returns how many of each, and the gateway that lives.
func (o *office) kills(rounds int) (daemons, emulators int, gateway *process) {
	gateway = o.emulator()
	began := time.Now()
	for n := range rounds {
		if n > 0 && n%100 == 0 {
			o.t.Logf("%d kills in %v", n, time.Since(began).Round(time.Second))
		}
		d := o.daemon()
		switch before := o.written(); o.dice.IntN(4) {
		case 0:
			o.within(60 * time.Millisecond) // it may not have opened the database yet
		case 1:
			d.ready(o.t)
			o.within(200 * time.Millisecond)
		default: // amid sends, however slow the machine is
			d.ready(o.t)
			o.sending(before)
			o.within(30 * time.Millisecond)
		}
		if n%10 == 9 {
			gateway.kill()
			emulators++
			if o.dice.IntN(2) == 0 {
				o.within(50 * time.Millisecond) // it sends to nobody for a while
			}
			d.kill()
			gateway = o.emulator()
		} else {
			d.kill()
		}
		daemons++
		if n%5 == 4 {
			o.tend()
		}
	}
	return daemons, emulators, gateway
}

// ledger counts what the gateway has sent: by text and person.
func (o *office) ledger() (sends map[string]int, total int) {
	o.t.Helper()
	all, err := evolutiontest.ReadLedger(o.books)
	require.NoError(o.t, err)
	sends = map[string]int{}
	for _, s := range all {
		phone, err := contact.FromAddress(s.JID)
		require.NoError(o.t, err)
		sends[s.Text+" "+string(phone)]++
	}
	return sends, len(all)
}

// tallied is what a comparison of the rows with the ledger has found.
type tallied struct {
	people, sent, unknown, failed int64
	// lost counts the sends that were unknown at some time, byRecord those of
	// them that were found at the gateway, met the kills that met a send.
	lost, byRecord, met int64
}

func (n tallied) String() string {
	return fmt.Sprintf("%d people, %d sent, %d refused; %d were unknown at some time, %d of them found at the gateway, %d not sent",
		n.people, n.sent, n.failed, n.lost, n.byRecord, n.unknown)
}

// misfit says what is wrong with a recipient to whom the gateway wrote so many
// times, in a campaign that has ended and has made every inquiry.
func misfit(r campaign.Recipient, got int) string {
	// The daemon asks the gateway what has become of its messages.
	sent := r.State == campaign.Sent || r.State == campaign.Delivered || r.State == campaign.Read
	switch {
	case got > 1:
		return "twice"
	case sent && got == 0:
		return "sent, it says, and the gateway wrote nothing"
	case r.State == campaign.Unknown && got > 0:
		return "unknown, and the gateway has a record"
	case r.State == campaign.Failed && (got > 0 || r.Why.Code != evolution.CodeNotOnWhatsApp):
		return "failed for no reason"
	case !sent && r.State != campaign.Unknown && r.State != campaign.Failed:
		return "lost"
	}
	return ""
}

func TestMisfits(t *testing.T) {
	for _, c := range []struct {
		state campaign.State
		why   campaign.Code
		got   int
		want  string
	}{
		{campaign.Sent, "", 1, ""},
		{campaign.Read, "", 1, ""},
		{campaign.Delivered, "", 0, "sent, it says, and the gateway wrote nothing"},
		{campaign.Sent, "", 0, "sent, it says, and the gateway wrote nothing"},
		{campaign.Sent, "", 2, "twice"},
		{campaign.Unknown, campaign.CodeSwept, 0, ""},
		{campaign.Unknown, campaign.CodeSwept, 1, "unknown, and the gateway has a record"},
		{campaign.Failed, evolution.CodeNotOnWhatsApp, 0, ""},
		{campaign.Failed, evolution.CodeNotOnWhatsApp, 1, "failed for no reason"},
		{campaign.Failed, campaign.CodeRetriesUsed, 0, "failed for no reason"},
		{campaign.Pending, "", 0, "lost"},
		{campaign.Sending, "", 1, "lost"},
		{campaign.Skipped, "", 0, "lost"},
	} {
		r := campaign.Recipient{State: c.state, Why: campaign.Because(c.why)}
		require.Equal(t, c.want, misfit(r, c.got), "%s %s %d", c.state, c.why, c.got)
	}
}

// compare holds every recipient against the gateway's ledger.
func (o *office) compare(d desk) (sum tallied) {
	o.t.Helper()
	ctx := o.t.Context()
	sends, total := o.ledger()
	seen := 0
	for i, id := range o.ids {
		var n tallied
		for r, err := range d.service.Audience(ctx, id) {
			require.NoError(o.t, err)
			got := sends[fmt.Sprintf("Aviso %d para %s %s", i+1, r.Contact.Name, r.Contact.Phone)]
			seen += got
			n.people++
			require.Empty(o.t, misfit(r, got), "%s is %s in generation %d after %d tries (%v), due %v, and it is %v",
				r.ID, r.State, r.Generation, r.Tries, r.Why, r.Due, d.clock.Now())
			switch r.State {
			case campaign.Sent, campaign.Delivered, campaign.Read:
				n.sent++
			case campaign.Unknown:
				n.unknown++
			case campaign.Failed:
				n.failed++
			}
		}
		p, err := d.service.Progress(ctx, id)
		require.NoError(o.t, err)
		require.Equal(o.t, campaign.Completed, p.Status)
		require.Equal(o.t, []int64{n.people, n.sent, n.unknown, n.failed, 0, 0, 0, 0},
			[]int64{p.Total, p.Sent, p.Unknown, p.Failed, p.Pending, p.Sending, p.Skipped, p.Cancelled}, "the counters are the rows")
		sum.people += n.people
		sum.sent += n.sent
		sum.unknown += n.unknown
		sum.failed += n.failed
		require.NoError(o.t, d.store.Tenant(tenant).View(ctx, func(r campaign.Reader) error {
			for from := int64(0); from < p.Total; from += 1000 {
				ended, err := r.History(id, from, min(from+1000, p.Total))
				if err != nil {
					return err
				}
				for _, e := range ended {
					if e.Evidence == campaign.ByRecord {
						sum.byRecord++
					}
				}
			}
			return nil
		}))
	}
	require.Equal(o.t, total, seen, "the gateway wrote to nobody else, and twice to nobody")
	return sum
}

// ended reports whether all campaigns are completed.
func (o *office) ended(d desk) bool {
	o.t.Helper()
	for _, id := range o.ids {
		p, err := d.service.Progress(o.t.Context(), id)
		require.NoError(o.t, err)
		if p.Status != campaign.Completed {
			return false
		}
	}
	return true
}

// losses counts the sends that were ever unknown, and the kills that met one.
func (o *office) losses(d desk) (n, met int64) {
	o.t.Helper()
	var last time.Time
	q := campaign.EventQuery{Types: []campaign.EventType{campaign.EventUnknown}, Limit: 1000}
	for {
		es, err := d.service.Events(o.t.Context(), q)
		require.NoError(o.t, err)
		for _, e := range es {
			n++
			if !e.At.Equal(last) { // one sweep
				met, last = met+1, e.At
			}
		}
		if len(es) < q.Limit {
			return n, met
		}
		q.After = es[len(es)-1].Seq
	}
}

func TestCrashOfDaemons(t *testing.T) {
	t.Parallel()
	// Eight hours are past the last inquiry. In the long run one that comes
	// after the quarantine has to do, since there are thousands to ask for.
	rounds, patience, resends := 50, 8*time.Hour, int64(1000)
	numbers := 20 // each kill loses what flies, which is asked for in the end
	if torture() {
		rounds, patience, numbers = 3000, 10*time.Minute, 100
		// A share of them, when several runs are to add up.
		if n, err := strconv.Atoi(os.Getenv("CAMPAIGNS_TORTURE_KILLS")); err == nil {
			rounds = n
		}
	}
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	o := &office{fleet: newFleet(t, numbers), batch: 250, dice: rand.New(rand.NewPCG(seed, 1))}
	began := time.Now()

	// The first start makes the data directory.
	first := o.daemon()
	first.ready(t)
	first.stop(t)
	o.found()
	daemons, emulators, gateway := o.kills(rounds)
	killing := time.Since(began)
	_, amid := o.ledger()
	require.NotZero(t, amid, "nothing was ever sent: the test proves nothing")

	// Heal: a gateway that stays, and a daemon that may end its work.
	o.tend()
	last := o.daemon()
	last.ready(t)
	o.rests()
	last.stop(t)

	sum := o.verify(patience, resends)
	t.Logf("%d kills of the daemon, %d of them with sends under way, and %d of the gateway in %v: %v",
		daemons, sum.met, emulators, killing.Round(time.Second), sum)
	gateway.stop(t)
	t.Logf("in %v", time.Since(began).Round(time.Second))
}

// verify asks the checker, lets what is left come to its end, and compares the
// rows with the gateway's ledger: now, and again after a person has ordered
// that so many of the unknown ones be sent to again.
func (o *office) verify(patience time.Duration, resends int64) tallied {
	t := o.t
	t.Helper()
	d := o.open()
	defer d.store.Close()
	all, err := evolutiontest.ReadLedger(o.books)
	require.NoError(t, err)
	report := sound(t, d.store, time.Now(), audit.Options{Deadline: 2 * time.Second}, all)
	t.Logf("the checker: %+v", report.Figures)

	// Kills leave nothing behind but what a next start uses again.
	files, err := os.ReadDir(o.data)
	require.NoError(t, err)
	for _, f := range files {
		require.Regexp(t, `^(campaigns\.db(-wal|-shm|\.lock)?|suppression\.key|high-water\.json(\.new)?|campaignd\.sock|imports)$`, f.Name())
	}

	// What is left waits: for retries, quarantines and inquiries. The gateway's
	// clock does not come along.
	hence := audit.Options{Deadline: 2 * time.Second, Skew: 2*patience + 10*time.Hour}
	d.clock.Advance(6 * time.Minute)
	d.leap(t, d.clock.Now().Add(patience))
	// In leaps of half a minute a hundred numbers send 200 messages a minute,
	// and a machine that is slow leaves thousands to be sent.
	for range 50 {
		if o.ended(d) {
			break
		}
		d.leap(t, d.clock.Now().Add(10*time.Minute))
	}
	sum := o.compare(d)
	sound(t, d.store, d.clock.Now(), hence, nil)
	sum.lost, sum.met = o.losses(d)
	require.NotZero(t, sum.lost, "no kill met a send under way: the test proves nothing")

	again := o.resend(d, resends)
	after := o.compare(d)
	require.Equal(t, sum.unknown-again, after.unknown, "those are accounted for")
	refused := after.failed - sum.failed // whose first send was lost before it was answered
	require.Equal(t, sum.sent+again, after.sent+refused)
	require.LessOrEqual(t, refused, int64(len(o.ids)*(1+o.people/10_000)))
	sound(t, d.store, d.clock.Now(), hence, nil)
	return sum
}

// resend sends again to some of whom nobody knows, and returns how many.
func (o *office) resend(d desk, most int64) (n int64) {
	o.t.Helper()
	for _, id := range o.ids {
		_, err := d.service.Reopen(o.t.Context(), id)
		require.NoError(o.t, err)
		for r, err := range d.service.Audience(o.t.Context(), id, campaign.Unknown) {
			require.NoError(o.t, err)
			if n == most {
				break
			}
			n++
			require.NoError(o.t, d.service.Decide(o.t.Context(), r.ID, campaign.Resend, "teste"))
		}
	}
	d.leap(o.t, d.clock.Now().Add(10*time.Minute))
	return n
}

// rests waits until the gateway is asked for nothing more.
func (o *office) rests() {
	o.t.Helper()
	ctx, cancel := context.WithTimeout(o.t.Context(), time.Minute)
	defer cancel()
	look := time.NewTicker(500 * time.Millisecond)
	defer look.Stop()
	for last := -1; ; {
		select {
		case <-ctx.Done():
			o.t.Fatal("it sends and sends")
		case <-look.C:
		}
		_, n := o.ledger()
		if n == last {
			return
		}
		last = n
	}
}

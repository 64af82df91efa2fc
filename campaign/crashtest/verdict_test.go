package crashtest

import (
	"fmt"
	"os"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/alreasense/campaigns/campaign"
	"github.com/alreasense/campaigns/campaign/audit"
	"github.com/alreasense/campaigns/contact"
	"github.com/alreasense/campaigns/evolution"
	"github.com/alreasense/campaigns/evolution/evolutiontest"
)

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

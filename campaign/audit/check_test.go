package audit_test

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/alreasense/campaigns/campaign"
	"github.com/alreasense/campaigns/campaign/audit"
	"github.com/alreasense/campaigns/schedule"
	"github.com/alreasense/campaigns/store/memory"
)

func TestEveryInvariantThatIsReportedHasASentence(t *testing.T) {
	for _, id := range strings.Fields("I1 I2 I3 I4 I5 I6 I7 I8 I9 I10 I11 I12 I14 I16") {
		require.NotEmpty(t, audit.Rule(id), id)
	}
	require.Empty(t, audit.Rule("I99"))
}

func TestLimitStopsTheCheck(t *testing.T) {
	w := newWorld(t, memory.New(), 2)
	w.life()
	b := &bent{Store: w.store, history: func(c *campaign.Closed) bool { c.Tenant = "eve"; return true }}
	r := check(t, b, &audit.Options{Now: w.clock.Now, Limit: 7})
	require.Len(t, r.Violations, 7)
	require.True(t, r.Stopped)
	r = check(t, b, &audit.Options{Now: w.clock.Now})
	require.Len(t, r.Violations, 100)
	require.True(t, r.Stopped)
}

func TestViolationsAreOneLineWithoutPhonesOrNames(t *testing.T) {
	w := newWorld(t, memory.New(), 2)
	w.life()
	b := &bent{Store: w.store, history: func(c *campaign.Closed) bool { c.Outcome = campaign.OutcomeRefused; return true }}
	r := check(t, b, &audit.Options{Now: w.clock.Now, Limit: 10_000})
	require.Greater(t, len(r.Violations), 100)
	for _, v := range r.Violations {
		require.NotContains(t, v.String(), "+55")
		require.NotContains(t, v.String(), "Ana")
		require.NotContains(t, v.String(), "\n")
		require.True(t, strings.HasPrefix(v.String(), v.Invariant+" of "+string(v.Tenant)), v.String())
	}
}

func TestAnUnreadableStoreIsAnError(t *testing.T) {
	s := memory.New()
	w := newWorld(t, s, 1)
	w.draft("acme", 0, 3, campaign.Draft{})
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := audit.Check(ctx, s, nil)
	require.ErrorIs(t, err, context.Canceled)
	require.NoError(t, s.Close())
	_, err = audit.Check(t.Context(), s, nil)
	require.ErrorIs(t, err, campaign.ErrClosed)
}

// A kind of schedule that only the host knows is judged with it, and named as
// unchecked without it.
func TestWindowsOfTheHost(t *testing.T) {
	w := newWorld(t, memory.New(), 1)
	w.calm = true
	open := func(json.RawMessage) (schedule.Window, error) {
		return schedule.Between(monday, monday.Add(time.Hour)), nil
	}
	e, err := campaign.New(w.store, w.sent, &campaign.Options{Now: w.clock.Now, Windows: schedule.Kinds{"tide": open}})
	require.NoError(t, err)
	w.e = e
	in := w.number("acme", "n1", campaign.Pace{NoGap: true})
	w.start("acme", w.draft("acme", 0, 5, campaign.Draft{Instances: []campaign.InstanceID{in}, Schedule: schedule.Spec{Kind: "tide"}}))
	w.play(30 * time.Minute)
	r := check(t, w.store, &audit.Options{Now: w.clock.Now})
	require.Empty(t, r.Violations)
	require.Len(t, r.Unchecked, 1)
	require.Contains(t, r.Unchecked[0], `I6 of campaign #1: the kind of schedule "tide"`)

	r = check(t, w.store, &audit.Options{Now: w.clock.Now, Windows: schedule.Kinds{"tide": open}})
	require.Empty(t, r.Violations)
	require.Empty(t, r.Unchecked)
	shut := func(json.RawMessage) (schedule.Window, error) {
		return schedule.Between(monday.Add(time.Hour), monday.Add(2*time.Hour)), nil
	}
	r = check(t, w.store, &audit.Options{Now: w.clock.Now, Windows: schedule.Kinds{"tide": shut}})
	require.Len(t, r.Violations, 5)
	require.Equal(t, "I6", r.Violations[0].Invariant)
}

// A check beside an engine that sends accuses nobody, however the two meet.
func TestCheckBesideAnEngineAccusesNobody(t *testing.T) {
	w := newWorld(t, memory.New(), 4)
	w.calm = true
	n1, n2 := w.number("acme", "n1", campaign.Pace{NoGap: true}), w.number("beta", "n2", campaign.Pace{NoGap: true})
	w.start("acme", w.draft("acme", 0, 300, campaign.Draft{Instances: []campaign.InstanceID{n1}}))
	w.start("beta", w.draft("beta", 0, 300, campaign.Draft{Instances: []campaign.InstanceID{n2}}))
	stop, done := make(chan struct{}), make(chan error, 1)
	go func() {
		for {
			select {
			case <-stop:
				done <- nil
				return
			default:
			}
			if _, err := w.e.Step(context.Background()); err != nil {
				done <- err
				return
			}
			w.clock.Advance(time.Second)
		}
	}()
	for range 20 {
		healthy(t, w, check(t, w.store, &audit.Options{Now: w.clock.Now}))
	}
	close(stop)
	require.NoError(t, <-done)
}

// Whatever a store says, the check ends, and does not panic.
func TestNoStoreBreaksTheCheck(t *testing.T) {
	w := newWorld(t, memory.New(), 6)
	w.life()
	for seed := range uint64(25) {
		dice := rand.New(rand.NewPCG(seed, 9))
		now := w.clock.Now()
		odd := func() bool { return dice.IntN(40) == 0 }
		instant := func(t *time.Time) {
			if odd() {
				*t = []time.Time{{}, now, now.AddDate(0, 0, -3), now.AddDate(2, 0, 0), time.Unix(-1<<40, 0)}[dice.IntN(5)]
			}
		}
		number := func(n *int64) {
			if odd() {
				*n = []int64{0, -1, 1, 1 << 40, 7}[dice.IntN(5)]
			}
		}
		small := func(n *int) { m := int64(*n); number(&m); *n = int(m) }
		b := &bent{Store: w.store,
			campaign: func(c *campaign.Campaign) {
				number(&c.Rev)
				if odd() {
					c.Total += int64(dice.IntN(5)) - 2
				}
				if odd() {
					c.Status = campaign.Statuses()[dice.IntN(6)]
				}
				if odd() {
					c.Schedule = schedule.Spec{Kind: "custom", Zone: "Nowhere/Land"}
				}
			},
			books: func(_ campaign.ID, k *campaign.Books) {
				number(&k.Cursor.Position)
				number(&k.Tally.Sent)
				number(&k.Waiting)
				if odd() {
					k.Cursor.Picked, k.Tally.Released = nil, nil
				}
			},
			recipient: func(p *campaign.Recipient) bool {
				if odd() {
					p.State = append(campaign.States(), "", "x")[dice.IntN(11)]
				}
				number(&p.ID.Position)
				small(&p.Generation)
				small(&p.Tries)
				instant(&p.Due)
				instant(&p.SentAt)
				instant(&p.ReadAt)
				return !odd()
			},
			history: func(c *campaign.Closed) bool {
				if odd() {
					c.Outcome = []campaign.Outcome{"", "x", campaign.OutcomeAccepted, campaign.OutcomeResend, campaign.OutcomeRefused, campaign.OutcomeUnknown}[dice.IntN(6)]
				}
				number(&c.Recipient.Position)
				small(&c.Generation)
				small(&c.Try)
				instant(&c.TakenAt)
				instant(&c.EndedAt)
				if odd() {
					c.Attempt, c.Phone = campaign.AttemptID{}, ""
				}
				return !odd()
			},
			flights: func(_ campaign.ID, as []campaign.Attempt) []campaign.Attempt {
				for i := range as {
					number(&as[i].Recipient.Position)
					small(&as[i].Generation)
					instant(&as[i].TakenAt)
					if odd() {
						as[i].Phase = ""
					}
				}
				if odd() {
					as = append(as, as...)
				}
				return as
			},
			number: func(n *campaign.Number) {
				if odd() {
					n.Instance.Zone, n.Instance.Pace = "Nowhere/Land", campaign.Pace{PerHour: -1, MinGap: -1}
				}
				if odd() {
					n.Serves = 1 << 40
				}
			},
			events: func(_ campaign.Tenant, es []campaign.Event) []campaign.Event {
				es = slices.Clone(es)
				for i := range es {
					if dice.IntN(1600) == 0 {
						es[i], es[len(es)-1-i] = es[len(es)-1-i], es[i]
					}
					number(&es[i].Position)
					instant(&es[i].At)
					if odd() {
						es[i].Type = es[dice.IntN(len(es))].Type
					}
					if odd() {
						es[i].Attempt = es[dice.IntN(len(es))].Attempt
					}
				}
				return es
			},
		}
		done := slices.Clone(w.done)
		for i := range done {
			instant(&done[i].At)
		}
		r := check(t, b, &audit.Options{Now: w.clock.Now, Limit: 100_000, Performed: done})
		require.NotEmpty(t, r.Violations, "seed %d", seed)
	}
}

// In a database file, what the schema does not guard is seen by the check.
func TestRowsChangedBehindTheStoresBack(t *testing.T) {
	for _, c := range []struct{ query, invariant, detail string }{
		{`UPDATE progress SET failed = failed + 1`, "I3", "failed"},
		{`UPDATE progress SET position = position - 1`, "I3", "ahead of the cursor"},
		{`DELETE FROM results WHERE position = 3`, "I11", "its recipient is pending"},
		{`UPDATE results SET provider_id = 'x' WHERE position = 3`, "I10", "names another message"},
		{`UPDATE results SET state = 'read', read_at = 1 WHERE position = 3`, "I14", "is read, and its instants"},
		{`INSERT INTO waiting VALUES (1, 3, 1, 0, 2, '', 0)`, "I3", "2 places at once"},
		{`UPDATE meters SET serves = 1`, "I5", "serves a campaign that is completed"},
		{`DELETE FROM events WHERE type = 'recipient.sent' AND position = 3`, "I9", "is sent and its events say sending"},
		{`UPDATE events SET author = 'eva' WHERE type = 'campaign.created'`, "I9", "changed afterwards"},
		{`UPDATE campaigns SET total = total + 1`, "I3", "recipients"},
		{`UPDATE ended SET outcome = 'refused' WHERE position = 3`, "I9", "and its event is recipient.sent"},
	} {
		t.Run(c.query, func(t *testing.T) {
			s := openSQLite(t)
			w := newWorld(t, s, 1)
			w.calm = true
			in := w.number("acme", "n1", campaign.Pace{NoGap: true})
			w.start("acme", w.draft("acme", 0, 6, campaign.Draft{Instances: []campaign.InstanceID{in}}))
			w.play(10 * time.Minute)
			require.Empty(t, check(t, s, &audit.Options{Now: w.clock.Now}).Violations)

			db, err := sql.Open("sqlite", s.Path())
			require.NoError(t, err)
			defer db.Close()
			drop := triggers(t, db)
			for _, name := range drop {
				_, err := db.Exec(`DROP TRIGGER ` + name)
				require.NoError(t, err)
			}
			res, err := db.Exec(c.query)
			require.NoError(t, err)
			n, err := res.RowsAffected()
			require.NoError(t, err)
			require.Positive(t, n)
			r := check(t, s, &audit.Options{Now: w.clock.Now})
			require.True(t, slices.ContainsFunc(r.Violations, func(v audit.Violation) bool {
				return v.Invariant == c.invariant && strings.Contains(v.Detail, c.detail)
			}), "want %s: …%s…\n%s", c.invariant, c.detail, r.Violations)
		})
	}
}

func triggers(t *testing.T, db *sql.DB) (names []string) {
	t.Helper()
	rows, err := db.Query(`SELECT name FROM sqlite_schema WHERE type = 'trigger'`)
	require.NoError(t, err)
	defer rows.Close()
	for rows.Next() {
		var name string
		require.NoError(t, rows.Scan(&name))
		names = append(names, name)
	}
	return names
}

// errStore fails in the middle of a check.
type errStore struct {
	campaign.Store
	after int
}

var errDisk = errors.New("disk gone")

func (s *errStore) Tenant(t campaign.Tenant) campaign.Records {
	return &errRecords{s.Store.Tenant(t), s}
}

type errRecords struct {
	campaign.Records
	s *errStore
}

func (r *errRecords) View(ctx context.Context, f func(campaign.Reader) error) error {
	if r.s.after--; r.s.after < 0 {
		return fmt.Errorf("view: %w", errDisk)
	}
	return r.Records.View(ctx, f)
}

func TestAnErrorOfTheStoreKeepsWhatWasFound(t *testing.T) {
	w := newWorld(t, memory.New(), 2)
	w.life()
	views := 0
	for ; ; views++ {
		r, err := audit.Check(t.Context(), &errStore{w.store, views}, &audit.Options{Now: w.clock.Now})
		if err == nil {
			break
		}
		require.ErrorIs(t, err, errDisk)
		if views > 1 {
			require.Positive(t, r.Figures.Events)
		}
	}
	require.GreaterOrEqual(t, views, 7, "a view for each campaign and each tenant at least")
}

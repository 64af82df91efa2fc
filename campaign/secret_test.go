package campaign_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/alreasense/campaigns/campaign"
	"github.com/alreasense/campaigns/campaign/audit"
	"github.com/alreasense/campaigns/campaign/campaigntest"
	"github.com/alreasense/campaigns/contact"
	"github.com/alreasense/campaigns/store/memory"
)

func phoneOf(n int) contact.Phone { return people(n, 1)[0].Phone }

// Opt-outs hold under every way to begin a store and to go on with it: with the
// right key they are found, with another one, or none, nothing is sent.
func TestTheStoreKnowsTheKeyOfItsOptOuts(t *testing.T) {
	one, two := []byte("one"), []byte("two")
	for _, c := range []struct {
		name        string
		begun, next []byte
		wayOut      string // empty where the key is right
	}{
		{"none, then none", nil, nil, ""},
		{"a secret, then the same", one, one, ""},
		{"none, then a secret", nil, one, "leave Options.Secret empty"},
		{"a secret, then another", one, two, "the Options.Secret that the store was begun with"},
		{"a secret, then none", one, nil, "give Options.Secret"},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld(t, "2026-03-02 09:00", func(w *world) { w.opts.Secret = c.begun })
			camp := w.start(3, campaign.Draft{Instances: w.numbers(1, fast())})
			require.NoError(t, w.s.OptOut(ctx, campaign.Reason{}, phoneOf(2)))
			w.opts.Secret = c.next
			w.restart("two")
			if c.wayOut == "" {
				require.NoError(t, w.e.CheckSecret(ctx))
				w.play("2026-03-02 10:00")
				require.Equal(t, campaign.Skipped, w.recipient(camp.ID, 2).State)
				require.Equal(t, 2, w.sent.Count())
				return
			}
			s, id := w.s, campaign.RecipientID{Campaign: camp.ID, Position: 2}
			for name, use := range map[string]func() error{
				"CheckSecret":      func() error { return w.e.CheckSecret(ctx) },
				"Step":             func() error { _, err := w.e.Step(ctx); return err },
				"Run":              func() error { return w.e.Run(ctx) },
				"OptOut":           func() error { return s.OptOut(ctx, campaign.Reason{}, phoneOf(1)) },
				"OptIn":            func() error { return s.OptIn(ctx, campaign.Reason{}, phoneOf(2)) },
				"OptedOut":         func() error { _, err := s.OptedOut(ctx, phoneOf(2)); return err },
				"OptOutLevels":     func() error { _, err := s.OptOutLevels(ctx, phoneOf(2)); return err },
				"Erase":            func() error { _, err := s.Erase(ctx, phoneOf(3), ""); return err },
				"Dossier":          func() error { _, err := s.Dossier(ctx, phoneOf(2)); return err },
				"Forecast":         func() error { _, err := s.Forecast(ctx, camp.ID); return err },
				"ExplainRecipient": func() error { _, err := s.ExplainRecipient(ctx, id); return err },
				"Add":              func() error { _, err := s.Add(ctx, camp.ID, campaign.Everyone(people(9, 1)...)); return err },
			} {
				err := use()
				require.ErrorIs(t, err, campaign.ErrSecret, name)
				require.ErrorContains(t, err, c.wayOut, name)
			}
			require.Zero(t, w.sent.Count(), "nobody gets anything")
			require.Empty(t, w.events(camp.ID, campaign.EventTaken), "nobody is taken")
		})
	}
}

// Two stores without a secret do not have the same key, and neither is the one that
// is in the source.
func TestWithoutASecretEachStoreHasAKeyOfItsOwn(t *testing.T) {
	made := func() []byte {
		w := newWorld(t, "2026-03-02 09:00", func(w *world) { w.opts.Secret = nil })
		require.NoError(t, w.s.OptOut(ctx, campaign.Reason{}, phoneOf(1)))
		r, begun, err := campaign.ReadSecret(ctx, w.store)
		require.NoError(t, err)
		require.True(t, begun)
		require.Len(t, r.Made, 32)
		require.False(t, r.Public)
		require.Equal(t, campaign.Fingerprint(r.Made), r.Fingerprint)
		key := campaign.SuppressionKeys(r.Made)(tenant, phoneOf(1))
		public := campaign.SuppressionKeys(nil)(tenant, phoneOf(1))
		require.NoError(t, w.store.Tenant(tenant).View(ctx, func(r campaign.Reader) error {
			found, err := r.Suppressed([]campaign.SuppressionKey{key, public})
			require.Equal(t, []bool{true, false}, found)
			return err
		}))
		report, err := audit.Check(ctx, w.store, &audit.Options{Key: campaign.SuppressionKeys(r.Made)})
		require.NoError(t, err)
		require.Empty(t, report.Violations)
		return r.Made
	}
	require.NotEqual(t, made(), made())
}

// Opt-outs from before stores kept a record of their key are found, whether they
// were kept under a secret or under what was the default.
func TestOptOutsOfOlderVersionsHold(t *testing.T) {
	for _, c := range []struct {
		name      string
		was, next []byte
	}{
		{"none, then none", nil, nil},
		{"none, then a secret", nil, secret},
		{"a secret, then the same", secret, secret},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld(t, "2026-03-02 09:00", func(w *world) { w.opts.Secret = c.next })
			in := w.numbers(1, fast())
			require.NoError(t, w.store.Tenant(tenant).Update(ctx, func(tx campaign.Writer) error {
				if err := tx.Suppress(w.clock.Now(), campaign.OutByKeyword, campaign.SuppressionKeys(c.was)(tenant, phoneOf(2))); err != nil {
					return err
				}
				return tx.Record(campaign.Event{Tenant: tenant, At: w.clock.Now(), Type: campaign.EventOptedOut})
			}))
			out, err := w.s.OptedOut(ctx, phoneOf(2), phoneOf(1))
			require.NoError(t, err)
			require.Equal(t, []bool{true, false}, out, "before anything is written")
			camp := w.start(4, campaign.Draft{Instances: in})
			require.NoError(t, w.s.OptOut(ctx, campaign.Because(campaign.CodeKeyword), phoneOf(3)), "one more, by this version")
			w.restart("two")
			w.play("2026-03-02 10:00")
			require.Equal(t, 2, w.sent.Count())
			for _, n := range []int64{2, 3} {
				require.Equal(t, campaign.Skipped, w.recipient(camp.ID, n).State)
			}
			require.NoError(t, w.s.OptIn(ctx, campaign.Because(campaign.CodeKeyword), phoneOf(2), phoneOf(3)))
			out, err = w.s.OptedOut(ctx, phoneOf(2), phoneOf(3))
			require.NoError(t, err)
			require.Equal(t, []bool{false, false}, out, "an opt-in ends it under whichever key it is kept")
		})
	}
}

// A store that campaignd began before it kept a fingerprint has the phone
// "campaignd" among the opt-outs of the tenant "campaignd key check".
func TestStoresThatEarlyDaemonsBegan(t *testing.T) {
	const check campaign.Tenant = "campaignd key check"
	for _, c := range []struct {
		next  []byte
		right bool
	}{{secret, true}, {[]byte("another"), false}, {nil, false}} {
		w := newWorld(t, "2026-03-02 09:00", func(w *world) { w.opts.Secret = c.next })
		require.NoError(t, w.store.Tenant(check).Update(ctx, func(tx campaign.Writer) error {
			if err := tx.Suppress(w.clock.Now(), campaign.OutByOperator, campaign.SuppressionKeys(secret)(check, "campaignd")); err != nil {
				return err
			}
			return tx.Record(campaign.Event{Tenant: check, At: w.clock.Now(), Type: campaign.EventOptedOut, Why: campaign.Because("key_check")})
		}))
		if err := w.e.CheckSecret(ctx); c.right {
			require.NoError(t, err)
		} else {
			require.ErrorIs(t, err, campaign.ErrSecret)
		}
	}
}

// Engines that begin a store together have one key: who runs without a secret
// finds the opt-outs of the others at once.
func TestTheFirstOptOutHoldsForEveryDaemon(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store, sent := memory.New(), &campaigntest.Recorder{}
		engine := func(name string) *campaign.Engine {
			e, err := campaign.New(store, sent, &campaign.Options{Daemon: name})
			require.NoError(t, err)
			return e
		}
		runs, api := engine("runs"), engine("api")
		s := runs.As(campaign.Caller{Tenant: tenant, Role: campaign.Host})
		in, err := s.AddInstance(ctx, campaign.Instance{Remote: "n"})
		require.NoError(t, err)
		run, cancel := context.WithCancel(ctx)
		done := make(chan error, 1)
		go func() { done <- runs.Run(run) }()
		time.Sleep(time.Second)
		require.NoError(t, api.As(campaign.Caller{Tenant: tenant, Role: campaign.Host}).OptOut(ctx, campaign.Reason{}, phoneOf(2), phoneOf(3)))
		c, err := s.Create(ctx, campaign.Draft{Name: "x", Messages: []campaign.Message{{Text: "oi"}}, Instances: []campaign.InstanceID{in.ID}})
		require.NoError(t, err)
		_, err = s.Add(ctx, c.ID, campaign.Everyone(people(1, 3)...))
		require.NoError(t, err)
		_, err = s.Start(ctx, c.ID)
		require.NoError(t, err)
		time.Sleep(time.Hour)
		cancel()
		require.NoError(t, <-done)
		require.Equal(t, 1, sent.Count(), "nobody who has left gets anything")
	})
}

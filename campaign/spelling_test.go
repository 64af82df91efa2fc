package campaign_test

import (
	"encoding/hex"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/alreasense/campaigns/campaign"
	"github.com/alreasense/campaigns/contact"
)

// Whichever spelling of a number a campaign is given, the person is written to
// once.
func TestTwoSpellingsOfANumberAreOnePerson(t *testing.T) {
	w := newWorld(t, "2026-03-02 09:00")
	c, err := w.s.Create(ctx, campaign.Draft{Name: "ar", Messages: []campaign.Message{{Text: "Hola"}}, Instances: w.numbers(1, fast())})
	require.NoError(t, err)
	in, err := w.s.Add(ctx, c.ID, campaign.Everyone(
		contact.Contact{Name: "Abril", Phone: "+541155550100"}, contact.Contact{Name: "Abril", Phone: "+5491155550100"},
		contact.Contact{Name: "Ximena", Phone: "+5215512345678"}, contact.Contact{Name: "Ximena", Phone: "+525512345678"},
		contact.Contact{Name: "Bia", Phone: "+551187654321"}, contact.Contact{Name: "Bia", Phone: "+5511987654321"}))
	require.NoError(t, err)
	require.Equal(t, campaign.Intake{Added: 3, Duplicates: 3}, in)
	_, err = w.s.Start(ctx, c.ID)
	require.NoError(t, err)
	w.play("2026-03-02 10:00")
	require.Equal(t, map[contact.Phone]int{"+541155550100": 1, "+525512345678": 1, "+5511987654321": 1}, counts(w))
	// An answer from any spelling is the person's.
	require.NoError(t, w.e.Receive(ctx, campaign.Notice{Tenant: tenant, Instance: 1, ProviderID: "in", Kind: campaign.NoticeReply,
		Phone: contact.Phone("+5491155550100").Canonical(), At: w.clock.Now()}))
	_, err = w.e.Step(ctx)
	require.NoError(t, err)
	require.EqualValues(t, 1, w.progress(c.ID).Responded)
}

func counts(w *world) map[contact.Phone]int {
	n := make(map[contact.Phone]int)
	for phone, sent := range w.sent.ByPhone() {
		n[phone] = len(sent)
	}
	return n
}

// An opt-out under any spelling holds for all, those of earlier versions too,
// which kept two apart; and an opt-in ends it under all.
func TestAnOptOutHoldsForEverySpelling(t *testing.T) {
	const short, long contact.Phone = "+541155550100", "+5491155550100"
	key := campaign.SuppressionKeys(secret)
	for name, leave := range map[string]func(w *world) error{
		"by one spelling": func(w *world) error { return w.s.OptOut(ctx, campaign.Because(campaign.CodeKeyword), short) },
		"by the other":    func(w *world) error { return w.s.OptOut(ctx, campaign.Because(campaign.CodeKeyword), long) },
		"before they were one": func(w *world) error {
			return w.store.Tenant(tenant).Update(ctx, func(x campaign.Writer) error {
				return x.Suppress(w.clock.Now(), campaign.OutByKeyword, key(tenant, long))
			})
		},
		"by erasure": func(w *world) error { _, err := w.s.Erase(ctx, long, ""); return err },
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, "2026-03-02 09:00")
			require.NoError(t, leave(w))
			c, err := w.s.Create(ctx, campaign.Draft{Name: "ar", Messages: []campaign.Message{{Text: "Hola"}}, Instances: w.numbers(1, fast())})
			require.NoError(t, err)
			in, err := w.s.Add(ctx, c.ID, campaign.Everyone(contact.Contact{Name: "Abril", Phone: short}))
			require.NoError(t, err)
			require.EqualValues(t, 1, in.OptedOut)
			_, err = w.s.Start(ctx, c.ID)
			require.NoError(t, err)
			w.play("2026-03-02 10:00")
			require.Equal(t, campaign.CodeOptedOut, w.recipient(c.ID, 1).Why.Code)
			require.Zero(t, w.sent.Count())
			out, err := w.s.OptedOut(ctx, short, "+541155550101", long)
			require.NoError(t, err)
			require.Equal(t, []bool{true, false, true}, out)

			levels, err := w.s.OptOutLevels(ctx, short, long)
			require.NoError(t, err)
			require.Equal(t, levels[0], levels[1])
			if name == "by erasure" {
				require.ErrorAs(t, w.s.OptIn(ctx, campaign.Because(campaign.CodeKeyword), short), new(*campaign.ConflictError))
				return
			}
			require.NoError(t, w.s.OptIn(ctx, campaign.Because(campaign.CodeKeyword), short))
			out, err = w.s.OptedOut(ctx, short, long)
			require.NoError(t, err)
			require.Equal(t, []bool{false, false}, out)
			es, err := w.s.Events(ctx, campaign.EventQuery{Types: []campaign.EventType{campaign.EventOptedIn}})
			require.NoError(t, err)
			canonical, old := key(tenant, short), key(tenant, long)
			want := []string{hex.EncodeToString(canonical[:])}
			if name == "before they were one" {
				want = append(want, hex.EncodeToString(old[:]))
			}
			var told []string
			for _, e := range es {
				told = append(told, e.Why.Args[campaign.OptOutKey])
			}
			require.ElementsMatch(t, want, told)
		})
	}
}

// A provider tells the second of an answer: one within the second of the send
// answers it.
func TestAnAnswerInTheSecondOfTheSendCounts(t *testing.T) {
	w := newWorld(t, "2026-03-02 09:00")
	w.clock.Set(w.clock.Now().Add(400 * time.Millisecond))
	sent := w.clock.Now()
	c := w.start(1, campaign.Draft{Instances: w.numbers(1, fast())})
	_, err := w.e.Step(ctx)
	require.NoError(t, err)
	w.clock.Set(sent.Add(time.Minute))
	w.wrote(1, 1, "in", sent.Truncate(time.Second))
	require.EqualValues(t, 1, w.progress(c.ID).Responded)
	require.False(t, w.recipient(c.ID, 1).RespondedAt.Before(sent), "no answer comes before its message")
}

package campaign_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/alreasense/campaigns/campaign"
	"github.com/alreasense/campaigns/contact"
)

func TestAWeakerWordNeverUndoesAStronger(t *testing.T) {
	w := newWorld(t, "2026-03-02 09:00")
	word := campaign.Because(campaign.CodeKeyword, "word", "SAIR", "reason", "they wrote so")
	letter, bare := campaign.Because(campaign.CodeByPerson, "reason", "letter"), campaign.Because(campaign.CodeByPerson)
	level := func(n int) campaign.Level {
		t.Helper()
		got, err := w.s.OptOutLevels(ctx, nth(n))
		require.NoError(t, err)
		d, err := w.s.Dossier(ctx, nth(n))
		require.NoError(t, err)
		require.Equal(t, got[0], d.OptOutLevel)
		require.Equal(t, got[0] != campaign.NotOut, d.OptedOut)
		return got[0]
	}
	refused := func(code campaign.Code, why campaign.Reason, n int) {
		t.Helper()
		var no *campaign.ConflictError
		require.ErrorAs(t, w.s.OptIn(ctx, why, nth(n)), &no)
		require.Equal(t, code, no.Why.Code)
	}
	require.NoError(t, w.s.OptOut(ctx, word, nth(1), nth(2)))
	require.Equal(t, campaign.OutByKeyword, level(1))
	require.NoError(t, w.s.OptIn(ctx, word, nth(1)))
	require.Equal(t, campaign.NotOut, level(1))
	require.NoError(t, w.s.OptIn(ctx, bare, nth(2)), "an operator's word is the stronger one")

	require.NoError(t, w.s.OptOut(ctx, letter, nth(1)))
	require.NoError(t, w.s.OptOut(ctx, word, nth(1)))
	require.Equal(t, campaign.OutByOperator, level(1), "a weaker word does not make it weaker")
	refused(campaign.CodeOutByOperator, word, 1)
	var field *campaign.FieldError
	require.ErrorAs(t, w.s.OptIn(ctx, bare, nth(1)), &field)
	require.Equal(t, "evidence", field.Field)
	require.Equal(t, campaign.OutByOperator, level(1))
	require.NoError(t, w.s.OptIn(ctx, letter, nth(1)))
	require.Equal(t, campaign.NotOut, level(1))

	require.NoError(t, w.s.OptOut(ctx, word, nth(2)))
	require.NoError(t, w.s.OptOut(ctx, letter, nth(2)))
	refused(campaign.CodeOutByOperator, word, 2)
	_, err := w.s.Erase(ctx, nth(2), "letter")
	require.NoError(t, err)
	require.Equal(t, campaign.OutByLaw, level(2))
	require.NoError(t, w.s.OptOut(ctx, letter, nth(2)))
	refused(campaign.CodeOutByLaw, word, 2)
	refused(campaign.CodeOutByLaw, letter, 2)

	require.NoError(t, w.s.OptOut(ctx, word, nth(3)))
	refused(campaign.CodeOutByLaw, letter, 2)
	require.ErrorIs(t, w.s.OptIn(ctx, letter, nth(3), nth(2)), campaign.ErrConflict)
	require.Equal(t, campaign.OutByKeyword, level(3), "one of them was refused, so nobody was opted in")
}

// What an early version recorded without a level has the one that the log
// proves, also when something is said after.
func TestOptOutsOfEarlyVersionsHaveTheLevelThatTheLogProves(t *testing.T) {
	w := newWorld(t, "2026-03-02 09:00")
	key := campaign.SuppressionKeys(secret)
	word, letter := campaign.Because(campaign.CodeKeyword), campaign.Because(campaign.CodeByPerson, "reason", "letter")
	early := func(n int, last ...campaign.Reason) {
		for _, why := range last {
			require.NoError(t, w.s.OptOut(ctx, why, nth(n)))
		}
		require.NoError(t, w.store.Tenant(tenant).Update(ctx, func(tx campaign.Writer) error {
			k := key(tenant, nth(n))
			if err := tx.Restore(k); err != nil {
				return err
			}
			return tx.Suppress(w.clock.Now(), campaign.OutUnrecorded, k)
		}))
	}
	early(1, word)
	early(2, letter)
	early(3)
	early(4, letter)
	require.NoError(t, w.s.OptOut(ctx, word, nth(4)))
	got, err := w.s.OptOutLevels(ctx, nth(1), nth(2), nth(3), nth(4), nth(5))
	require.NoError(t, err)
	require.Equal(t, []campaign.Level{campaign.OutByKeyword, campaign.OutByOperator, campaign.OutByOperator, campaign.OutByOperator, campaign.NotOut}, got)
	require.NoError(t, w.s.OptIn(ctx, word, nth(1)))
	for n := 2; n <= 4; n++ {
		require.ErrorIs(t, w.s.OptIn(ctx, word, nth(n)), campaign.ErrConflict)
	}
}

// The list of opt-outs tells whose word each was and on what evidence, whatever
// was said and undone before, and of who was erased nothing but that.
func TestTheListOfOptOuts(t *testing.T) {
	w := newWorld(t, "2026-03-02 09:00")
	hour := func(n int) time.Time { return at(t, "2026-03-02 09:00").Add(time.Duration(n) * time.Hour).UTC() }
	word := func(text string) campaign.Reason { return campaign.Because(campaign.CodeKeyword, "word", text) }
	letter := func(text string) campaign.Reason { return campaign.Because(campaign.CodeByPerson, "reason", text) }
	people := w.e.As(campaign.Caller{Tenant: tenant, Role: campaign.Admin}).Contacts()
	for n := range 5 {
		_, err := people.CreateContact(ctx, w.clock.Now(), contact.Contact{Name: "P", Phone: nth(n + 1)})
		require.NoError(t, err)
	}
	say := func(err error) {
		t.Helper()
		require.NoError(t, err)
		w.clock.Advance(time.Hour)
	}
	say(w.s.OptOut(ctx, letter("old"), nth(1))) // 0
	say(w.s.OptIn(ctx, letter("came back"), nth(1)))
	say(w.s.OptOut(ctx, word("SAIR"), nth(1)))       // 2
	say(w.s.OptOut(ctx, word("PARE"), nth(2)))       // 3
	say(w.s.OptOut(ctx, letter("call"), nth(2)))     // 4
	say(w.s.OptOut(ctx, word("STOP"), nth(2)))       // 5
	say(w.s.OptOut(ctx, letter("nobody's"), nth(9))) // 6
	say(w.s.OptOut(ctx, letter("hers"), nth(3)))     // 7
	_, err := w.s.Erase(ctx, nth(3), "asked")
	say(err)
	_, err = people.CreateContact(ctx, w.clock.Now(), contact.Contact{Name: "Again", Phone: nth(3)})
	require.NoError(t, err)
	require.NoError(t, w.s.OptOut(ctx, letter("nobody else's"), nth(4)))
	require.NoError(t, w.s.OptIn(ctx, letter("no"), nth(4)))

	type line struct {
		phone    contact.Phone
		level    campaign.Level
		since    time.Time
		evidence string
		told     time.Time
	}
	told := func(all []campaign.OptOut) (lines []line) {
		for _, o := range all {
			lines = append(lines, line{o.Contact.Phone, o.Level, o.At, o.Why.Args["reason"] + o.Why.Args["word"], o.Told})
			require.NotContains(t, o.Why.Args, campaign.OptOutKey)
		}
		return lines
	}
	want := []line{
		{"", campaign.OutByLaw, hour(7), "", time.Time{}},
		{"", campaign.OutByOperator, hour(6), "nobody's", hour(6)},
		{nth(2), campaign.OutByOperator, hour(3), "call", hour(4)},
		{nth(1), campaign.OutByKeyword, hour(2), "SAIR", hour(2)},
	}
	all, err := w.s.OptOuts(ctx, campaign.OptOutQuery{})
	require.NoError(t, err)
	require.Equal(t, want, told(all))
	some, err := w.s.OptOuts(ctx, campaign.OptOutQuery{Before: all[1].At, Key: all[1].Key, Limit: 1})
	require.NoError(t, err)
	require.Equal(t, want[2:3], told(some))
	var whole []campaign.OptOut
	for o, err := range w.s.AllOptOuts(ctx) {
		require.NoError(t, err)
		whole = append(whole, o)
	}
	require.Equal(t, all, whole)
	none, err := w.e.As(campaign.Caller{Tenant: "rival", Role: campaign.Admin}).OptOuts(ctx, campaign.OptOutQuery{})
	require.NoError(t, err)
	require.Empty(t, none)

	// What an early version recorded has the level and the evidence of the log.
	require.NoError(t, w.store.Tenant(tenant).Update(ctx, func(tx campaign.Writer) error {
		k := all[2].Key
		require.NoError(t, tx.Restore(k))
		return tx.Suppress(hour(3), campaign.OutUnrecorded, k)
	}))
	all, err = w.s.OptOuts(ctx, campaign.OptOutQuery{})
	require.NoError(t, err)
	require.Equal(t, want, told(all))
}

package campaign_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/alreasense/campaigns/campaign"
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

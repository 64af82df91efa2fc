package postgres

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/alreasense/campaigns/campaign"
	"github.com/stretchr/testify/require"
)

// Each rule of the schema, broken by SQL that goes past the program.
func TestSchema_Guards(t *testing.T) {
	w := newWorld(t, nil)
	c := w.campaign("acme", 3, 0, 30) // campaign 1, instances 1, 2, 3
	w.campaign("acme", 1, 100, 5)     // campaign 2, instance 4
	done := w.take(4, 2)
	require.NoError(t, w.settle(done[:2])) // 1 and 2 are sent; 3 and 4 fly
	require.EqualValues(t, 4, done[3].Recipient.Position)
	require.EqualValues(t, 1, c)
	require.Equal(t, c, done[0].Recipient.Campaign)
	w.update("acme", func(tx campaign.Writer) error {
		return tx.Seal(campaign.SealOver(campaign.Seal{}, "acme", []campaign.Event{{Seq: 1}}, noon))
	})
	require.NoError(t, w.raw(`UPDATE attempts SET phase = 'lost', held = 0 WHERE position = 4`,
		`UPDATE progress SET position = 10 WHERE campaign = 1`,
		`INSERT INTO waiting (campaign, position, due, tries, generation, why) VALUES (1, 5, 1, 0, 1, '')`,
		`UPDATE results SET state = 'read' WHERE position = 2 AND campaign = 1`))

	const fresh = "decode(md5(random()::text), 'hex')"
	// begin is an attempt that would be fine, but for what set says.
	begin := func(set string) string {
		return `INSERT INTO attempts SELECT ` + pick(map[string]string{"id": fresh, "position": "6", "slot": "7", "phone": "'+5511900009999'",
			"phase": "'flying'", "held": "1"}, set, "id, tenant, campaign, position, generation, try, instance, slot, gateway, remote, phone, message, text, gap, "+
			"taken_at, start_by, quarantine, sweep_at, daemon, phase, held, looked, look_at, why") + ` FROM attempts WHERE position = 3 AND campaign = 1`
	}
	end := func(set string) string {
		const columns = "attempt, tenant, campaign, position, generation, try, instance, message, phone, taken_at, ended_at, outcome, provider_id, evidence, why"
		return `INSERT INTO ended (` + columns + `) SELECT ` + pick(map[string]string{"attempt": fresh, "position": "9", "provider_id": "'p9'"},
			set, columns) + ` FROM ended WHERE position = 1`
	}
	wait := func(position int) string {
		return fmt.Sprintf(`INSERT INTO waiting (campaign, position, due, tries, generation, why) VALUES (1, %d, 1, 0, 1, '')`, position)
	}
	result := func(position int, state string) string {
		return fmt.Sprintf(`INSERT INTO results VALUES (1, %d, '%s', '', 1, 1, 1, 1, '', 1, 1, 0, 0, 0)`, position, state)
	}
	for name, query := range map[string]string{ // what the cases below are built from is fine by itself
		"an attempt": begin(""), "an ending": end(""), "a waiting row": wait(7), "a result": result(8, "failed"),
	} {
		t.Run("fine: "+name, func(t *testing.T) {
			err := w.transact(w.ctx, func(tx *tx) error {
				_, err := tx.Exec(w.ctx, query)
				require.NoError(t, err)
				return errUndo
			})
			require.ErrorIs(t, err, errUndo)
		})
	}
	for _, c := range []struct{ name, query string }{
		{"two open attempts of a recipient", begin("position=3")},
		{"two attempts with one id", begin("id=id")},
		{"a recipient who was sent this generation", begin("position=1")},
		{"the id of an attempt that has ended", begin("id=(SELECT attempt FROM ended LIMIT 1)")},
		{"two in one slot", begin("slot=slot")},
		{"two on one phone", begin("phone=phone")},
		{"an id that is too short", begin("id='\\x00'::bytea")},
		{"a negative slot", begin("slot=-1")},
		{"no generation", begin("generation=0")},
		{"no try", begin("try=0")},
		{"no phone", begin("phone=''")},
		{"an unknown phase", begin("phase='gone'")},
		{"in flight and not held", begin("held=0")},
		{"held by halves", begin("phase='lost', held=2")},
		{"no take", begin("taken_at=0")},
		{"started before it was taken", begin("start_by=taken_at-1")},
		{"a quarantine that ends before the start", begin("quarantine=start_by-1")},
		{"swept before it may start", begin("sweep_at=start_by-1")},
		{"an instance that does not exist", begin("instance=99")},
		{"a recipient that does not exist", begin("position=31")},
		{"a recipient that waits", begin("position=5")},
		{"a recipient ahead of the cursor", begin("position=11")},
		{"an attempt that becomes another's", `UPDATE attempts SET position = 8 WHERE position = 3`},
		{"an attempt with another text", `UPDATE attempts SET text = 'x' WHERE position = 3`},
		{"an attempt with another phone", `UPDATE attempts SET phone = '+5511900008888' WHERE position = 3`},
		{"an attempt in flight that is erased", `UPDATE attempts SET phone = 'erased:1/3', text = '' WHERE position = 3`},
		{"a lost attempt with another text", `UPDATE attempts SET text = 'x' WHERE position = 4`},
		{"a lost attempt that is erased by halves", `UPDATE attempts SET phone = 'erased:1/4', held = 0, look_at = 0 WHERE position = 4`},
		{"a lost attempt that keeps its phone from others", `UPDATE attempts SET phone = 'erased:1/4', text = '', held = 1, look_at = 0 WHERE position = 4`},
		{"a lost attempt that becomes another's who was erased", `UPDATE attempts SET phone = 'erased:1/3', text = '', held = 0, look_at = 0 WHERE position = 4`},
		{"an attempt to a person who was erased", begin("phone='erased:1/8'")},
		{"a lost attempt that flies again", `UPDATE attempts SET phase = 'flying', held = 1 WHERE position = 4`},
		{"a phone that is taken back", `UPDATE attempts SET held = 1 WHERE position = 4`},
		{"a flying attempt that lets its phone go", `UPDATE attempts SET held = 0 WHERE position = 3`},

		{"waiting twice", wait(5)},
		{"waiting with an open attempt", wait(4)},
		{"waiting ahead of the cursor", wait(11)},
		{"waiting and not there", wait(31)},

		{"the cursor back", `UPDATE progress SET position = 9 WHERE campaign = 1`},
		{"the cursor past the end", `UPDATE progress SET position = 31 WHERE campaign = 1`},
		{"a negative count", `UPDATE progress SET sent = -1 WHERE campaign = 1`},
		{"a negative unknown", `UPDATE progress SET unknown = -1 WHERE campaign = 1`},

		{"accepted without evidence", end("evidence=''")},
		{"accepted without an id", end("provider_id=''")},
		{"an evidence of no kind", end("evidence='hearsay'")},
		{"an outcome of no kind", end("outcome='perhaps'")},
		{"one record for two attempts", end("provider_id=provider_id")},
		{"accepted twice in a generation", end("position=1")},
		{"an attempt that ends twice", end("attempt=attempt")},
		{"ended before it was taken", end("ended_at=taken_at-1")},
		{"an ending that is taken out", `DELETE FROM ended WHERE position = 1`},
		{"all endings that are taken out", `TRUNCATE ended`},
		{"an ending of somebody else", `UPDATE ended SET position = 9 WHERE position = 1`},
		{"an ending with another phone", `UPDATE ended SET phone = '+5511900006666' WHERE position = 1`},
		{"other evidence", `UPDATE ended SET evidence = 'operator' WHERE position = 1`},
		{"another provider id", `UPDATE ended SET provider_id = 'p7' WHERE position = 1`},
		{"an acceptance that is taken back", `UPDATE ended SET outcome = 'not_sent' WHERE position = 1`},
		{"evidence that is withdrawn", `UPDATE ended SET evidence = '' WHERE position = 1`},

		{"an event that is changed", `UPDATE events SET type = 'x'`},
		{"an event that is taken out", `DELETE FROM events`},
		{"all events that are taken out", `TRUNCATE events`},
		{"an event without a type", `INSERT INTO events (tenant, at, type, campaign, position, instance, message, author, why) VALUES ('a', 1, '', 1, 1, 1, 1, '', '')`},
		{"a seal that is changed", `UPDATE seals SET events = 2`},
		{"a seal that is taken out", `DELETE FROM seals`},
		{"all seals that are taken out", `TRUNCATE seals`},

		{"sent becomes nothing", `UPDATE results SET state = '' WHERE campaign = 1 AND position = 1`},
		{"sent becomes skipped", `UPDATE results SET state = 'skipped' WHERE campaign = 1 AND position = 1`},
		{"read becomes delivered", `UPDATE results SET state = 'delivered' WHERE campaign = 1 AND position = 2`},
		{"read becomes sent", `UPDATE results SET state = 'sent' WHERE campaign = 1 AND position = 2`},
		{"a state that is derived", result(8, "sending")},
		{"what became of nobody", result(31, "sent")},
		{"two results for one", result(1, "sent")},
		{"a result that is taken out", `DELETE FROM results WHERE position = 1`},
		{"a result of somebody else", `UPDATE results SET position = 8 WHERE campaign = 1 AND position = 1`},
		{"an audience in another order", `UPDATE recipients SET position = 31 WHERE campaign = 1 AND position = 8`},
		{"a phone twice in an audience", `INSERT INTO recipients (campaign, position, phone, contact) SELECT campaign, 31, phone, contact FROM recipients WHERE campaign = 1 AND position = 1`},
		{"a recipient that is in flight is deleted", `DELETE FROM recipients WHERE campaign = 1 AND position = 3`},
		{"a recipient that waits is deleted", `DELETE FROM recipients WHERE campaign = 1 AND position = 5`},
		{"position zero", `INSERT INTO recipients (campaign, position, phone, contact) VALUES (1, 0, '+5511900007777', '{}')`},

		{"a campaign of no status", `UPDATE campaigns SET status = 'lost' WHERE id = 1`},
		{"a campaign of no cause", `UPDATE campaigns SET cause = 'fate' WHERE id = 1`},
		{"a campaign that is served is deleted", `DELETE FROM campaigns WHERE id = 2`},
		{"a draft that is no JSON", `UPDATE campaigns SET draft = '{' WHERE id = 1`},
		{"an instance that serves nobody", `UPDATE meters SET serves = 99 WHERE instance = 1`},
		{"an instance in flight is deleted", `DELETE FROM instances WHERE id = 2`},
		{"one remote for two instances", `UPDATE instances SET remote = (SELECT remote FROM instances WHERE id = 1) WHERE id = 2`},
		{"a key that is too short", `INSERT INTO suppressed (tenant, key, at) VALUES ('a', '\x00', 1)`},
		{"a report of no kind", `INSERT INTO notices (tenant, instance, provider_id, kind, at, arrived_at, known) VALUES ('a', 1, 'p', 'smelt', 1, 1, 0)`},
		{"text for a number", `UPDATE progress SET sent = 'many' WHERE campaign = 1`},
	} {
		t.Run(c.name, func(t *testing.T) {
			require.ErrorIs(t, w.raw(c.query), campaign.ErrConflict)
		})
	}
	for _, c := range []struct{ name, query string }{
		{"sent, delivered, read", `UPDATE results SET state = 'delivered' WHERE campaign = 1 AND position = 1`},
		{"sent again", `UPDATE results SET state = 'delivered' WHERE campaign = 1 AND position = 1`},
		{"failed by the provider", `UPDATE results SET state = 'failed' WHERE campaign = 1 AND position = 1`},
		{"sent after all", `UPDATE results SET state = 'sent' WHERE campaign = 1 AND position = 1`},
		{"a person who is erased", `UPDATE recipients SET contact = '{}' WHERE campaign = 1 AND position = 8`},
		{"a lost attempt that is erased", `UPDATE attempts SET phone = 'erased:1/4', text = '', held = 0, look_at = 0 WHERE position = 4 AND campaign = 1`},
		{"a phone that is erased", `UPDATE ended SET phone = '' WHERE position = 1`},
		{"a correction", `UPDATE ended SET why = 'x' WHERE position = 1`},
		{"held while lost", `UPDATE attempts SET phase = 'lost' WHERE position = 3`},
		{"the cursor on", `UPDATE progress SET position = 30 WHERE campaign = 1`},
	} {
		t.Run("allowed: "+c.name, func(t *testing.T) { require.NoError(t, w.raw(c.query)) })
	}
}

var errUndo = errors.New("undo")

// pick lists columns, with some replaced: defaults by name, then "a=1, b=2".
func pick(by map[string]string, set, columns string) string {
	for _, s := range strings.Split(set, ", ") {
		name, value, _ := strings.Cut(s, "=")
		by[name] = value
	}
	out := ""
	for i, c := range strings.Split(columns, ", ") {
		if i > 0 {
			out += ", "
		}
		if v, ok := by[c]; ok {
			out += v
		} else {
			out += c
		}
	}
	return out
}

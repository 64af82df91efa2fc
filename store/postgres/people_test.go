package postgres

import (
	"database/sql"
	"fmt"
	"strings"
	"testing"

	"github.com/alreasense/campaigns/campaign"
	"github.com/alreasense/campaigns/contact"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/stretchr/testify/require"
)

// What a tag or a membership names is there and stays, also for SQL that goes
// past the program: contact 1 has a tag and is the member of group 1, contact 2
// and group 2 are nobody's.
func TestSchema_TagsAndMembersNameWhatIsThere(t *testing.T) {
	w := newWorld(t, nil)
	book := w.Tenant("acme").Contacts()
	up, err := book.UpsertContacts(w.ctx, noon, []contact.Contact{
		{Phone: phone(1), Active: true, Tags: []string{"vip"}}, {Phone: phone(2), Active: true}})
	require.NoError(t, err)
	for _, name := range []string{"A", "B"} {
		_, err := book.CreateGroup(w.ctx, noon, contact.Group{Name: name})
		require.NoError(t, err)
	}
	_, err = book.AddMembers(w.ctx, noon, 1, []int64{up[0].ID})
	require.NoError(t, err)
	require.Equal(t, []int64{1, 2}, []int64{up[0].ID, up[1].ID})
	for _, c := range []struct{ name, query, constraint string }{
		{"a tag of nobody", `INSERT INTO contact_tags (tenant, tag, contact) VALUES ('acme', 'a', 2), ('acme', 'a', 99)`, "contact_tags_contact_fkey"},
		{"a member that is nobody", `INSERT INTO contact_members (team, contact) VALUES (1, 2), (1, 99)`, "contact_members_contact_fkey"},
		{"a member of no group", `INSERT INTO contact_members (team, contact) VALUES (1, 2), (99, 2)`, "contact_members_team_fkey"},
		{"somebody with a tag is deleted", `DELETE FROM contact_members; DELETE FROM contacts`, "contact_tags_contact_fkey"},
		{"a member is deleted", `DELETE FROM contact_tags; DELETE FROM contacts`, "contact_members_contact_fkey"},
		{"a group with members is deleted", `DELETE FROM contact_groups`, "contact_members_team_fkey"},
		{"a tag that becomes another's", `UPDATE contact_tags SET contact = 99`, "contact_tag_fixed"},
		{"a membership that becomes another's", `UPDATE contact_members SET contact = 99`, "contact_member_fixed"},
		{"a contact with another id", `UPDATE contacts SET id = 98 WHERE id = 1`, "contact_fixed"},
		{"a group with another id", `UPDATE contact_groups SET id = 98 WHERE id = 1`, "contact_group_fixed"},
		{"all contacts at once", `TRUNCATE contacts`, "contacts_not_emptied"},
		{"all groups at once", `TRUNCATE contact_groups`, "contact_groups_not_emptied"},
	} {
		t.Run(c.name, func(t *testing.T) {
			err := w.raw(strings.Split(c.query, "; ")...)
			require.ErrorIs(t, err, campaign.ErrConflict)
			var said *pgconn.PgError
			require.ErrorAs(t, err, &said)
			require.Equal(t, c.constraint, said.ConstraintName)
		})
	}
	require.NoError(t, w.raw(`DELETE FROM contacts WHERE id = 2`, `DELETE FROM contact_groups WHERE id = 2`))
}

// A membership that is not committed yet keeps its contact and its group.
func TestSchema_WhoDeletesWaitsForMembersUnderWay(t *testing.T) {
	for name, query := range map[string]string{
		"the contact": `DELETE FROM campaigns.contacts`, "the group": `DELETE FROM campaigns.contact_groups`,
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, nil)
			book := w.Tenant("acme").Contacts()
			_, err := book.UpsertContacts(w.ctx, noon, people(0, 1))
			require.NoError(t, err)
			_, err = book.CreateGroup(w.ctx, noon, contact.Group{Name: "A"})
			require.NoError(t, err)
			ended := make(chan error, 1)
			require.NoError(t, w.transact(w.ctx, func(tx *tx) error {
				_, err := tx.Exec(w.ctx, `INSERT INTO contact_members (team, contact) VALUES (1, 1)`)
				require.NoError(t, err)
				other := w.session()
				go func() {
					_, err := other.Exec(w.ctx, query)
					ended <- err
				}()
				w.waitFor(somebodyWaits("transactionid"))
				return nil
			}))
			require.Equal(t, "23503", code(<-ended))
		})
	}
}

// A plan for phones that was made while there were few of them goes by phones
// all the same, since it is used when there are many.
func TestRecords_PhonesAreLookedUpByPhones(t *testing.T) {
	for _, n := range []int{0, 30, 600, 5000} {
		t.Run(fmt.Sprint(n), func(t *testing.T) {
			w := newWorld(t, nil)
			id := w.campaign("acme", 1, 0, 1)
			require.NoError(t, w.raw(
				`INSERT INTO contacts (tenant, phone, active, search, content, created_at, updated_at)
					SELECT 'acme', '+55119' || i, 1, 'ana', '{}', 1, 1 FROM generate_series(1, `+fmt.Sprint(n)+`) i`,
				`INSERT INTO recipients (campaign, position, phone, contact)
					SELECT 1, 1 + i, '+55119' || i, '{}' FROM generate_series(1, `+fmt.Sprint(n)+`) i`))
			require.EqualValues(t, 1, id)
			for _, c := range []struct{ table, owner, kind, of string }{
				{"contacts", "tenant", "text", "'acme'"}, {"recipients", "campaign", "bigint", "1"},
			} {
				var plan string
				require.NoError(t, w.behind("acme", func(tx *sql.Tx) error {
					_, err := tx.ExecContext(w.ctx, `PREPARE look (`+c.kind+`, text) AS SELECT x.phone FROM `+fmt.Sprintf(w.shared.ByPhone, c.table, c.owner))
					require.NoError(t, err)
					rows, err := tx.QueryContext(w.ctx, `EXPLAIN EXECUTE look(`+c.of+`, '["+551191"]')`)
					require.NoError(t, err)
					defer rows.Close()
					for rows.Next() {
						var line string
						require.NoError(t, rows.Scan(&line))
						plan += line + "\n"
					}
					require.NoError(t, rows.Err())
					rows.Close()
					_, err = tx.ExecContext(w.ctx, `DEALLOCATE look`)
					return err
				}))
				require.Contains(t, plan, "using "+c.table+"_phone on", plan)
				require.Contains(t, plan, "phone >= ", plan)
			}
		})
	}
}

package postgres

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"testing"

	"github.com/alreasense/campaigns/campaign"
	"github.com/alreasense/campaigns/contact"
	"github.com/alreasense/campaigns/store/internal/sqlrecords"
	"github.com/stretchr/testify/require"
)

// A list reads what it shows and little more, beside whatever many others there
// are: who have another tag, which stands behind it in the index, and who are
// switched on. Whatever the statistics say.
func TestLists_OfContacts_ReadAFewPages(t *testing.T) {
	for name, then := range map[string]string{"with statistics": `ANALYZE`, "without": `SELECT 1`} {
		t.Run(name, func(t *testing.T) { listsOfContacts(t, then) })
	}
}

func listsOfContacts(t *testing.T, then string) {
	w := newWorld(t, nil)
	require.NoError(t, w.raw(
		`INSERT INTO contacts (tenant, phone, active, search, content, created_at, updated_at)
			SELECT CASE WHEN i <= 20000 THEN 'beta' ELSE 'acme' END, '+55119' || (10000000 + i), CASE WHEN i % 20000 = 0 THEN 0 ELSE 1 END, '', '{}', 0, 0
			FROM generate_series(1, 40000) AS i ORDER BY i`,
		`INSERT INTO contact_tags (tenant, tag, contact) SELECT tenant, 'todos', id FROM contacts WHERE tenant = 'acme'`,
		`INSERT INTO contact_tags (tenant, tag, contact) SELECT tenant, tag, id FROM contacts, unnest(ARRAY['aqui', 'vip']) AS tag WHERE tenant = 'acme' AND id % 10000 = 0`,
		`INSERT INTO contact_groups (tenant, name, name_folded, description, size, created_at, updated_at)
			SELECT 'acme', 'g', 'g', '', count(*), 0, 0 FROM contacts WHERE tenant = 'acme'`,
		`INSERT INTO contact_members (team, contact) SELECT g.id, c.id FROM contact_groups g, contacts c WHERE c.tenant = 'acme'`,
		then))
	groups, err := w.Tenant("acme").Contacts().Groups(w.ctx, contact.Page{})
	require.NoError(t, err)
	for name, c := range map[string]struct {
		f    contact.Filter
		want int
	}{
		"a tag":                   {contact.Filter{TagsAny: []string{"aqui"}}, 2},
		"one of several tags":     {contact.Filter{TagsAny: []string{"aqui", "none", "todos", "vip"}}, 50},
		"one of several with few": {contact.Filter{TagsAny: []string{"aqui", "none"}}, 2},
		"a search among few":      {contact.Filter{TagsAny: []string{"aqui", "vip"}, Search: "nobody"}, 0},
		"tags":                    {contact.Filter{TagsAll: []string{"aqui", "todos"}}, 2},
		"a tag of a group":        {contact.Filter{TagsAll: []string{"aqui"}, Group: groups[0].ID}, 2},
		"inactive":                {contact.Filter{Active: contact.OnlyInactive}, 1},
		"inactive of a tag":       {contact.Filter{TagsAll: []string{"todos"}, Active: contact.OnlyInactive}, 1},
		"inactive of a group":     {contact.Filter{Group: groups[0].ID, Active: contact.OnlyInactive}, 1},
	} {
		t.Run(name, func(t *testing.T) {
			x := &pageCount{TB: t, w: w}
			list, err := w.shared.Contacts(x, "acme").Contacts(w.ctx, c.f, contact.Page{})
			require.NoError(t, err)
			require.Len(t, list, c.want)
			require.NotZero(t, x.statements)
			// Any way through 20,000 entries of an index takes more.
			require.Less(t, x.pages, 10*x.statements+3*c.want, "pages that %d statements read", x.statements)
		})
	}
}

// What is linear goes through one index, and asks another for each entry: it
// reads no contact but those of the list, and asks the server few times.
func TestLists_OfContacts_WithALargeSetEach_AreOneStatement(t *testing.T) {
	w := newWorld(t, nil)
	require.NoError(t, w.raw(
		`INSERT INTO contacts (tenant, phone, active, search, content, created_at, updated_at)
			SELECT 'acme', '+55119' || (10000000 + i), CASE WHEN i % 5000 = 0 THEN 1 ELSE 0 END, '', '{}', 0, 0 FROM generate_series(1, 20000) AS i ORDER BY i`,
		`INSERT INTO contact_tags (tenant, tag, contact) SELECT tenant, 'primeira', id FROM contacts WHERE id <= 10002`,
		`INSERT INTO contact_tags (tenant, tag, contact) SELECT tenant, 'segunda', id FROM contacts WHERE id > 10000`,
		`INSERT INTO contact_groups (tenant, name, name_folded, description, size, created_at, updated_at) VALUES ('acme', 'g', 'g', '', 10002, 0, 0)`,
		`INSERT INTO contact_members (team, contact) SELECT g.id, c.id FROM contact_groups g, contacts c WHERE c.id <= 10002`,
		`ANALYZE`))
	groups, err := w.Tenant("acme").Contacts().Groups(w.ctx, contact.Page{})
	require.NoError(t, err)
	for name, c := range map[string]struct {
		f    contact.Filter
		want []int64
	}{
		"two tags":          {contact.Filter{TagsAll: []string{"primeira", "segunda"}}, []int64{10001, 10002}},
		"a tag and a group": {contact.Filter{TagsAll: []string{"segunda"}, Group: groups[0].ID}, []int64{10001, 10002}},
		"active of a group": {contact.Filter{Group: groups[0].ID, Active: contact.OnlyActive}, []int64{5000, 10000}},
	} {
		t.Run(name, func(t *testing.T) {
			x := &pageCount{TB: t, w: w}
			people := w.shared.Contacts(x, "acme")
			list, err := people.Contacts(w.ctx, c.f, contact.Page{})
			require.NoError(t, err)
			require.Len(t, list, len(c.want))
			for i := range list {
				require.Equal(t, c.want[i], list[i].ID)
			}
			require.LessOrEqual(t, x.statements, 4)
			require.Less(t, x.pages, 5*10002)
			x.statements = 0
			n, err := people.CountContacts(w.ctx, c.f, 1000)
			require.NoError(t, err)
			require.Equal(t, contact.Count{N: int64(len(c.want))}, n)
			require.LessOrEqual(t, x.statements, 3)
		})
	}
}

// pageCount runs reads, and counts the pages that their statements go through.
type pageCount struct {
	testing.TB
	w                 *world
	statements, pages int
	db                *sql.Tx
}

var _ sqlrecords.Crowd = (*pageCount)(nil)

func (x *pageCount) Read(ctx context.Context, f func(sqlrecords.DB) error) error {
	return x.w.Store.view(ctx, x.w.within("acme"), func(t *sql.Tx) error { x.db = t; return f(x) })
}

func (x *pageCount) Write(context.Context, func(sqlrecords.DB) error) error {
	panic("a list changes nothing")
}

func (x *pageCount) Store(ctx context.Context, f func(sqlrecords.DB) error) error {
	return x.Write(ctx, f)
}
func (x *pageCount) Join(ctx context.Context, f func(sqlrecords.DB) error) error {
	return x.Write(ctx, f)
}

func (x *pageCount) ExecContext(context.Context, string, ...any) (sql.Result, error) {
	panic("a list changes nothing")
}

func (x *pageCount) QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error) {
	var out []byte
	require.NoError(x, x.db.QueryRowContext(ctx, `EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) `+query, args...).Scan(&out))
	var plans []struct {
		Plan struct {
			Hit  int `json:"Shared Hit Blocks"`
			Read int `json:"Shared Read Blocks"`
		}
	}
	require.NoError(x, json.Unmarshal(out, &plans))
	x.statements++
	x.pages += plans[0].Plan.Hit + plans[0].Plan.Read
	return x.db.QueryContext(ctx, query, args...)
}

// A fifth of a large audience is settled: a page of those who are not reads no
// results but theirs, with and without statistics.
func TestLists_OfPendingRecipientsReadAPage(t *testing.T) {
	for _, then := range []string{"ANALYZE", "SELECT 1"} {
		t.Run(then, func(t *testing.T) {
			w := newWorld(t, nil)
			c := campaign.Campaign{Draft: campaign.Draft{Name: "x"}, Tenant: "acme", Status: campaign.Active, Rev: 1, Total: 100_000}
			require.NoError(t, w.Tenant("acme").Update(w.ctx, func(r campaign.Writer) error { return r.SaveCampaign(&c) }))
			require.NoError(t, w.raw(
				fmt.Sprintf(`INSERT INTO recipients (campaign, position, phone, contact)
					SELECT %d, i, '+55119' || (10000000 + i), '{}' FROM generate_series(1, 100000) AS i ORDER BY i`, c.ID),
				fmt.Sprintf(`INSERT INTO results (campaign, position, state, why, message, tries, generation, instance, provider_id, taken_at, sent_at, delivered_at, read_at, responded_at)
					SELECT %d, i, 'sent', '', 1, 1, 1, 1, i, 0, 0, 0, 0, 0 FROM generate_series(1, 20000) AS i ORDER BY i`, c.ID),
				fmt.Sprintf(`INSERT INTO progress (campaign, position) VALUES (%d, 20000) ON CONFLICT (campaign) DO UPDATE SET position = excluded.position`, c.ID),
				then))
			for _, after := range []int64{0, 60_000} {
				x := &pageCount{TB: t, w: w}
				var list []campaign.Recipient
				require.NoError(t, x.Read(w.ctx, func(db sqlrecords.DB) (err error) {
					list, err = w.shared.Reader(w.ctx, db, "acme").Recipients(campaign.RecipientQuery{Campaign: c.ID, States: []campaign.State{campaign.Pending}, After: after, Limit: 50})
					return err
				}))
				require.Len(t, list, 50)
				require.Equal(t, max(after, 20_000)+1, list[0].ID.Position)
				require.Less(t, x.pages, 12*50, "pages that %d statements read", x.statements)
			}
		})
	}
}

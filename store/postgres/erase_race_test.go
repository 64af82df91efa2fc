package postgres

import (
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/alreasense/campaigns/campaign"
	"github.com/alreasense/campaigns/contact"
	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"
)

// People are erased while others take, settle, store reports and write contacts
// and groups: whoever was erased is in no table any more, and nothing else is
// gone.
func TestRace_EraseAgainstEverything(t *testing.T) {
	const everybody, victims = 200, 20
	one := newWorld(t, nil)
	two := one.second(nil)
	id := one.campaign("acme", 3, 0, everybody)
	book := one.Tenant("acme").Contacts()
	up, err := book.UpsertContacts(one.ctx, noon, people(0, everybody))
	require.NoError(t, err)
	team, err := book.CreateGroup(one.ctx, noon, contact.Group{Name: "Todos"})
	require.NoError(t, err)

	var work sync.WaitGroup
	erased := make(chan struct{})
	work.Go(func() { // takes and settlements
		for {
			as := two.take(5, 9)
			if len(as) > 0 {
				require.NoError(t, two.settle(as))
				continue
			}
			select {
			case <-erased:
				return
			default:
			}
		}
	})
	work.Go(func() { // contacts, groups
		for n := 0; ; n++ {
			select {
			case <-erased:
				return
			default:
			}
			i := victims + n%(everybody-victims)
			_, err := book.UpsertContacts(one.ctx, noon.Add(time.Duration(n)), people(i, 1))
			require.NoError(t, err)
			_, err = book.AddMembers(one.ctx, noon, team.ID, []int64{up[n%everybody].ID})
			if err != nil {
				require.ErrorIs(t, err, contact.ErrNotFound)
			}
		}
	})
	for n := range victims {
		for tries := 0; ; tries++ {
			// A day later no message to the person can go out any more, unless it is
			// in flight.
			err := one.Tenant("acme").Update(one.ctx, func(w campaign.Writer) error {
				_, err := w.Erase(noon.Add(24*time.Hour), phone(n))
				return err
			})
			if err == nil {
				break
			}
			require.True(t, errors.Is(err, campaign.ErrConflict) && tries < 1000, "%v", err)
		}
	}
	close(erased)
	work.Wait()
	// The others had their turns cut short by commands, or found nobody but those
	// who are gone.
	for tries := 0; one.books("acme", id).Cursor.Position < everybody; tries++ {
		require.Less(t, tries, everybody)
		if as := two.take(5, 9); len(as) > 0 {
			require.NoError(t, two.settle(as))
		}
	}

	rows, err := one.pool.Query(one.ctx, `SELECT relname::text FROM pg_class WHERE relnamespace = 'campaigns'::regnamespace AND relkind = 'r'`)
	require.NoError(t, err)
	var tables []string
	require.NoError(t, each(func(row pgx.Rows) error {
		var name string
		err := row.Scan(&name)
		tables = append(tables, name)
		return err
	})(rows))
	for n := range victims {
		for _, table := range tables {
			var found int
			require.NoError(t, one.pool.QueryRow(one.ctx, fmt.Sprintf(`SELECT count(*) FROM campaigns.%s x WHERE x::text LIKE '%%%s%%'`, table, phone(n)[1:])).Scan(&found))
			require.Zero(t, found, "%s is in %s", phone(n), table)
		}
	}
	b := one.books("acme", id)
	require.Zero(t, b.Flying)
	require.EqualValues(t, everybody, b.Cursor.Position)
	require.EqualValues(t, everybody, b.Tally.Sent+b.Cursor.Skipped)
	left, err := book.Contacts(one.ctx, contact.Filter{}, contact.Page{Limit: 1000})
	require.NoError(t, err)
	require.Len(t, left, everybody-victims)
}

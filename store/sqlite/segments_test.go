package sqlite

import (
	"fmt"
	"path/filepath"
	"testing"

	"github.com/alreasense/campaigns/contact"
	"github.com/stretchr/testify/require"
)

// What contacts are searched by is made where it is missing, as after an update
// of the program, and loses who was deleted by a program that knew nothing of
// it.
func TestOpen_MakesWhatContactsAreSearchedBy(t *testing.T) {
	path := filepath.Join(t.TempDir(), "campaigns.db")
	w := openWorld(t, path)
	w.shared.Segment = 1 << 30
	cs := people(0, 9000)
	for i := range cs {
		cs[i].Name = fmt.Sprintf("Pessoa %d", i)
	}
	cs[77].Name = "Zoraide"
	up, err := w.Tenant("acme").Contacts().UpsertContacts(w.ctx, noon, cs)
	require.NoError(t, err)
	require.Zero(t, w.count(`SELECT count(*) FROM contact_segments`))
	find := func(want ...int64) {
		t.Helper()
		found, err := w.Tenant("acme").Contacts().Contacts(w.ctx, contact.Filter{Search: "zoraide"}, contact.Page{})
		require.NoError(t, err)
		var ids []int64
		for _, c := range found {
			ids = append(ids, c.ID)
		}
		require.Equal(t, want, ids)
	}
	find(up[77].ID)
	require.NoError(t, w.Close())

	w = openWorld(t, path)
	zor := fmt.Sprintf(`SELECT count(*) FROM contact_grams WHERE gram = %d`, int64('z'<<32|'o'<<16|'r'))
	require.EqualValues(t, 1, w.count(`SELECT count(*) FROM contact_segments`))
	require.EqualValues(t, 1, w.count(zor))
	find(up[77].ID)
	w.raw(`DELETE FROM contact_tags WHERE contact = ?`, up[77].ID)
	w.raw(`DELETE FROM contacts WHERE id = ?`, up[77].ID)
	find()
	require.NoError(t, w.Close())

	w = openWorld(t, path)
	require.Zero(t, w.count(zor), "the name of somebody who is gone is still known")
	n, err := w.Tenant("acme").Contacts().CountContacts(w.ctx, contact.Filter{}, 0)
	require.NoError(t, err)
	require.Equal(t, contact.Count{N: 8999}, n)
}

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

// Who is deleted is taken out of the grams of their text. All grams of the
// segment are gone through only where the text has changed since.
func TestDelete_GoesThroughTheContactsOwnGrams(t *testing.T) {
	w := newWorld(t)
	w.shared.Segment = 4
	book := w.Tenant("acme").Contacts()
	cs := people(0, 4)
	for i := range cs {
		cs[i].Name = []string{"Zoraide", "Yolanda", "Xisto", "Wanda"}[i]
	}
	up, err := book.UpsertContacts(w.ctx, noon, cs)
	require.NoError(t, err)
	require.EqualValues(t, 1, w.count(`SELECT count(*) FROM contact_segments`))
	grams := func(a, b, c rune) int64 {
		return w.count(fmt.Sprintf(`SELECT count(*) FROM contact_grams WHERE gram = %d`, int64(a)<<32|int64(b)<<16|int64(c)))
	}
	_, err = book.UpdateContact(w.ctx, noon, up[1].ID, func(c *contact.Contact) error { c.Name = "Vera"; return nil })
	require.NoError(t, err)
	require.EqualValues(t, 1, grams('y', 'o', 'l'))
	// What nobody's text has shows which rows were gone through.
	w.raw(`INSERT INTO contact_grams (segment, gram, places) SELECT id, -1, x'730000' FROM contact_segments`)
	strange := func() int64 {
		return w.count(`SELECT count(*) FROM contact_grams WHERE gram = -1 AND places = x'730000'`)
	}

	require.NoError(t, book.DeleteContact(w.ctx, up[0].ID))
	require.Zero(t, grams('z', 'o', 'r'))
	require.EqualValues(t, 1, grams('w', 'a', 'n'))
	require.EqualValues(t, 1, strange())
	require.NoError(t, book.DeleteContact(w.ctx, up[1].ID))
	require.Zero(t, grams('y', 'o', 'l'))
	require.Zero(t, strange())
	require.Zero(t, w.count(`SELECT count(*) FROM contact_changed`))
}

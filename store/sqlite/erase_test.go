package sqlite

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/alreasense/campaigns/campaign"
	"github.com/alreasense/campaigns/contact"
)

// Of a person who was erased nothing is left in the file either, once it was
// closed; of the others everything is.
func TestErase_LeavesNothingInTheFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "campaigns.db")
	w := openWorld(t, path)
	w.shared.Segment = 1
	w.campaign(1, 0, 50)
	w.settle(noon, w.take(noon, 10, 10))
	c := people(3, 1)[0]
	c.Name, c.Notes = "Zoraide", "Rua das Acácias"
	book := w.Tenant("acme").Contacts()
	_, err := book.CreateContact(w.ctx, noon, c)
	require.NoError(t, err)
	found, err := book.Contacts(w.ctx, contact.Filter{Search: "zoraide"}, contact.Page{})
	require.NoError(t, err)
	require.Len(t, found, 1)
	zor := fmt.Sprintf(`SELECT count(*) FROM contact_grams WHERE gram = %d`, int64('z'<<32|'o'<<16|'r'))
	require.EqualValues(t, 1, w.count(zor), "the search knows the name")
	w.update(func(u campaign.Writer) error {
		_, err := u.Erase(noon.Add(24*time.Hour), phone(3))
		return err
	})
	require.Zero(t, w.count(zor), "the search knows the name of somebody who was erased")
	require.NoError(t, w.check())
	require.NoError(t, w.Close())
	require.NoFileExists(t, path+"-wal")
	file, err := os.ReadFile(path)
	require.NoError(t, err)
	digits := func(n int) []byte { return []byte(phone(n)[1:]) }
	require.True(t, bytes.Contains(file, digits(4)))
	for _, trace := range [][]byte{digits(3), []byte("Zoraide"), []byte("zoraide"), []byte("Acácias"), []byte("Pessoa 3\"")} {
		require.False(t, bytes.Contains(file, trace), "%s is in the file", trace)
	}
}

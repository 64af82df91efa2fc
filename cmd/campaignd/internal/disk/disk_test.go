package disk

import (
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestRoom(t *testing.T) {
	for _, c := range []struct {
		free, total uint64
		full, short bool
		text        string
	}{
		{0, 1 << 30, true, true, "0 MB"},
		{Least - 1, 1 << 40, true, true, "63 MB"},
		{Least, 100 << 20, false, false, "64 MB"},
		{1 << 30, 1 << 40, false, true, "1024 MB"},
		{50 << 30, 1 << 40, false, false, "50 GB"},
	} {
		r := Room{c.free, c.total}
		require.Equal(t, c.full, r.Full(), c.text)
		require.Equal(t, c.short, r.Short(), c.text)
		require.Equal(t, c.text, r.String())
	}
	r, err := Of(t.TempDir())
	require.NoError(t, err)
	require.Positive(t, r.Free)
	require.GreaterOrEqual(t, r.Total, r.Free)
	_, err = Of(filepath.Join(t.TempDir(), "nothing"))
	require.Error(t, err)
}

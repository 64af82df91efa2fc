package locale

import (
	"errors"
	"fmt"
	"io/fs"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/alreasense/campaigns/campaign"
)

func TestErrorsInBothLanguages(t *testing.T) {
	pt, en := Locale{campaign.Portuguese}, Locale{campaign.English}
	lost := Errorf("a chave se perdeu", "the key is lost")
	deep := Errorf("%s não abre: %w", "%s does not open: %w", "demo.db", fmt.Errorf("open: %w", errors.Join(lost, fs.ErrNotExist)))
	require.Equal(t, "demo.db does not open: open: the key is lost\nfile does not exist", deep.Error())
	require.Equal(t, deep.Error(), en.Text(deep))
	require.Equal(t, "demo.db não abre: open: a chave se perdeu\nfile does not exist", pt.Text(deep))
	require.ErrorIs(t, deep, fs.ErrNotExist)
	require.ErrorIs(t, deep, lost)
	require.Equal(t, "file does not exist", pt.Text(fs.ErrNotExist))
	require.Equal(t, "x: a chave se perdeu", pt.Text(fmt.Errorf("x: %w", lost)))
}

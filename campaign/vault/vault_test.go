package vault_test

import (
	"bytes"
	"testing"

	"github.com/alreasense/campaigns/campaign/vault"
	"github.com/stretchr/testify/require"
)

func secretOf(b byte) []byte { return bytes.Repeat([]byte{b}, 32) }

func box(t *testing.T, secret byte, purpose string) *vault.Box {
	t.Helper()
	b, err := vault.New(secretOf(secret), purpose)
	require.NoError(t, err)
	return b
}

func TestWhatWasSealedOpensForTheSameThingOnly(t *testing.T) {
	b := box(t, 1, "keys")
	sealed := b.Seal("hunter2", "acme", "default")
	require.NotContains(t, string(sealed), "hunter2")
	require.NotEqual(t, sealed, b.Seal("hunter2", "acme", "default"), "each seal has a nonce of its own")
	text, err := b.Open(sealed, "acme", "default")
	require.NoError(t, err)
	require.Equal(t, "hunter2", text)
	for _, of := range [][]string{{"beta", "default"}, {"acme"}, {"acme", "default", ""}, {"acmed", "efault"}, nil} {
		_, err := b.Open(sealed, of...)
		require.ErrorIs(t, err, vault.ErrUnsealed, "%q", of)
	}
	for i := range sealed {
		bent := bytes.Clone(sealed)
		bent[i] ^= 1
		_, err := b.Open(bent, "acme", "default")
		require.ErrorIs(t, err, vault.ErrUnsealed)
	}
	_, err = b.Open(nil, "acme", "default")
	require.ErrorIs(t, err, vault.ErrUnsealed)
}

func TestBoxesOfOtherSecretsAndPurposesDoNotOpen(t *testing.T) {
	b := box(t, 1, "keys")
	sealed := b.Seal("hunter2", "acme")
	for _, other := range []*vault.Box{box(t, 2, "keys"), box(t, 1, "hooks")} {
		_, err := other.Open(sealed, "acme")
		require.ErrorIs(t, err, vault.ErrUnsealed)
		require.NotEqual(t, b.Check(), other.Check())
	}
	again := box(t, 1, "keys")
	require.Equal(t, b.Check(), again.Check())
	text, err := again.Open(sealed, "acme")
	require.NoError(t, err)
	require.Equal(t, "hunter2", text)
	_, err = vault.New(make([]byte, vault.MinSecret-1), "keys")
	require.ErrorContains(t, err, "it needs 32")
}

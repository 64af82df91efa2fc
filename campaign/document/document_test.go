package document_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/alreasense/campaigns/campaign/document"
	"github.com/alreasense/campaigns/store/memory"
	"github.com/stretchr/testify/require"
)

func TestADocumentDoesNotPrintItsKey(t *testing.T) {
	d := document.Document{Tenant: "acme", Kind: "a.session", Key: "secret-key", Ref: "secret-ref", Data: []byte("secret-data"), Rev: 7}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s"} {
		require.Equal(t, "a.session@7", fmt.Sprintf(verb, d))
	}
	d.Key = "secret\x00"
	require.NotContains(t, d.Validate().Error(), "secret")
}

func TestExpiredFromTheInstantOn(t *testing.T) {
	at := time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)
	d := document.Document{ExpiresAt: at}
	require.False(t, d.Expired(at.Add(-1)))
	require.True(t, d.Expired(at))
	require.False(t, document.Document{}.Expired(at))
}

// meddled changes a document behind the back of everyone who reads it.
type meddled struct {
	document.Store
	times int
}

func (m *meddled) Get(ctx context.Context, tenant, kind, key string) (document.Document, error) {
	d, err := m.Store.Get(ctx, tenant, kind, key)
	if m.times--; err == nil && m.times >= 0 {
		_, err = document.Save(ctx, m.Store, d)
	}
	return d, err
}

func TestUpdateBeginsAgain(t *testing.T) {
	ctx, m := t.Context(), &meddled{Store: memory.New().Documents()}
	_, err := document.Update(ctx, m, "", "a", "k", nil)
	require.ErrorIs(t, err, document.ErrNotFound)
	_, err = document.Save(ctx, m, document.Document{Kind: "a", Key: "k"})
	require.NoError(t, err)
	calls := 0
	edit := func(d *document.Document) error {
		calls++
		d.Key, d.Rev, d.Data = "another", 99, []byte("x")
		return nil
	}
	m.times = 15
	d, err := document.Update(ctx, m, "", "a", "k", edit)
	require.NoError(t, err)
	require.Equal(t, 16, calls)
	require.Equal(t, "k", d.Key, "an edit cannot rename")
	m.times, calls = 16, 0
	_, err = document.Update(ctx, m, "", "a", "k", edit)
	require.ErrorIs(t, err, document.ErrStale)
	require.Equal(t, 16, calls, "it does not go on for ever")
	m.times = 0
	own := errors.New("own")
	_, err = document.Update(ctx, m, "", "a", "k", func(d *document.Document) error { d.Data = nil; return own })
	require.Equal(t, own, err)
	d, err = m.Get(ctx, "", "a", "k")
	require.NoError(t, err)
	require.Equal(t, "x", string(d.Data), "nothing is stored after an error")
}

func TestAllEndsAtAnError(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	n := 0
	for _, err := range document.All(ctx, memory.New().Documents(), document.Query{Kind: "a"}) {
		require.ErrorIs(t, err, context.Canceled)
		n++
	}
	require.Equal(t, 1, n)
}

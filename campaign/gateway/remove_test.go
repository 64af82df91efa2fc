package gateway

import (
	"context"
	"errors"
	"testing"

	"github.com/alreasense/campaigns/campaign"
	"github.com/stretchr/testify/require"
)

// That no number is lost while others are added is tested where numbers are:
// cmd/campaignd.
func TestRetire(t *testing.T) {
	w := newWorld(t, Options{})
	ctx, desk := t.Context(), w.desk("acme", campaign.Admin)
	unused := func(context.Context) error { return nil }
	require.ErrorIs(t, desk.Retire(ctx, "", unused), campaign.ErrNotFound)
	w.save(Settings{URL: "https://a.example", Key: key})

	inUse := errors.New("in use")
	require.Equal(t, inUse, desk.Retire(ctx, "", func(context.Context) error {
		require.NoError(t, desk.Admits(ctx, ""), "nothing is marked before the first look")
		return inUse
	}))
	looks := 0
	require.Equal(t, inUse, desk.Retire(ctx, "", func(context.Context) error {
		if looks++; looks == 1 {
			return nil
		}
		require.ErrorIs(t, desk.Admits(ctx, ""), ErrClosing)
		_, err := w.Find(ctx, route("acme", ""))
		require.NoError(t, err, "messages go on")
		_, err = desk.Gateway(ctx, "")
		require.NoError(t, err)
		return inUse
	}))
	require.NoError(t, desk.Admits(ctx, ""), "what was refused has changed nothing")

	require.ErrorIs(t, desk.Retire(ctx, "", func(context.Context) error { return desk.Keep(ctx, "") }), campaign.ErrStale, "who is kept from it all the time gives up")
	require.NoError(t, desk.Admits(ctx, ""))

	// A process dies after it has marked the gateway.
	died := func() {
		t.Helper()
		looks = 0
		require.Panics(t, func() {
			_ = desk.Retire(ctx, "", func(context.Context) error {
				if looks++; looks == 2 {
					panic("died")
				}
				return nil
			})
		})
		require.ErrorIs(t, desk.Admits(ctx, ""), ErrClosing)
	}
	died()
	w.save(Settings{Rev: AnyRev, URL: "https://a.example"})
	require.NoError(t, desk.Admits(ctx, ""), "who sets it wants it")
	died()
	require.NoError(t, desk.Keep(ctx, ""))
	require.NoError(t, desk.Admits(ctx, ""))
	require.NoError(t, desk.Keep(ctx, ""), "nothing is being removed")
	died()
	require.NoError(t, desk.Retire(ctx, "", unused))
	require.ErrorIs(t, desk.Admits(ctx, ""), campaign.ErrNotFound)
	require.NoError(t, desk.Keep(ctx, ""), "there is no such gateway")
	_, err := w.Find(ctx, route("acme", ""))
	require.ErrorIs(t, err, ErrNone, "a removal counts at once")
	require.Equal(t, "acme ana gateway.removed ", w.events[len(w.events)-1])
}

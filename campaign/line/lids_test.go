package line_test

import (
	"context"
	"fmt"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/alreasense/campaigns/campaign"
	"github.com/alreasense/campaigns/campaign/document"
	"github.com/alreasense/campaigns/campaign/line"
	"github.com/alreasense/campaigns/contact"
	"github.com/alreasense/campaigns/evolution/evolutiontest"
	"github.com/alreasense/campaigns/store/memory"
	"github.com/alreasense/campaigns/store/sqlite"
)

// wrote is a report of what a person has written, from an anonymous address,
// with or without the phone behind it.
func (w *world) wrote(id, text string, alt bool) string {
	key := `"remoteJid":"77@lid"`
	if alt {
		key += `,"remoteJidAlt":"5511900000001@s.whatsapp.net"`
	}
	return `{"event":"messages.upsert","instance":"vendas","data":{"key":{` + key + `,"fromMe":false,"id":"` + id + `"},"message":{"conversation":"` + text +
		`"},"messageTimestamp":` + strconv.FormatInt(w.now().Unix(), 10) + `}}`
}

// A person whose phone was told once is known by the anonymous address alone,
// also to the next process, until they are erased.
func TestWhoWritesFromAnAnonymousAddressIsKnownAfterARestart(t *testing.T) {
	dir := t.TempDir()
	s, err := sqlite.Open(context.Background(), filepath.Join(dir, "c.db"), nil)
	require.NoError(t, err)
	t.Cleanup(func() { _ = s.Close() })
	w := newWorld(t, s, evolutiontest.Options{})
	lids := line.KeepLIDs(s.Documents(), w.now)
	w.config.LIDs = lids
	w.open()
	id := w.number("vendas")
	w.keep()
	path, header := w.address("vendas")
	c := w.start(1, id)
	w.until("it is sent", func() bool { return w.progress(c).Sent == 1 })
	require.Equal(t, 200, w.report(path, header, w.wrote("A", "Quem é?", true)))
	w.until("it has answered", func() bool { return w.progress(c).Responded == 1 })

	require.NoError(t, s.Close())
	s, err = sqlite.Open(context.Background(), filepath.Join(dir, "c.db"), nil)
	require.NoError(t, err)
	w = newWorld(t, s, evolutiontest.Options{})
	require.NoError(t, w.gateway.Open("vendas"))
	forgetful, forgetfulHeader := pathOf(w)
	require.Equal(t, 200, w.report(forgetful, forgetfulHeader, w.wrote("B", "SAIR", false)))
	require.False(t, w.optedOut(1), "in memory it is forgotten")

	w.config.LIDs = line.KeepLIDs(s.Documents(), w.now)
	w.open()
	require.Equal(t, 200, w.report(forgetful, forgetfulHeader, w.wrote("C", "SAIR", false)))
	require.True(t, w.optedOut(1))
}

func pathOf(w *world) (path, header string) {
	w.Helper()
	w.keep()
	return w.address("vendas")
}

func TestAnonymousAddressesAreForgottenInTime(t *testing.T) {
	ctx := t.Context()
	for name, open := range map[string]func(now func() time.Time) line.LIDs{
		"memory": func(func() time.Time) line.LIDs { return line.NewLIDs() },
		"store": func(now func() time.Time) line.LIDs {
			return line.KeepLIDs(memory.New().Documents(), now)
		},
	} {
		t.Run(name, func(t *testing.T) {
			now := time.Date(2026, 3, 2, 13, 0, 0, 0, time.UTC)
			l := open(func() time.Time { return now })
			whose := func(tenant campaign.Tenant, lid string) contact.Phone {
				t.Helper()
				p, err := l.Phone(ctx, tenant, lid)
				require.NoError(t, err)
				return p
			}
			require.NoError(t, l.Learn(ctx, "a", "1@lid", phone(1)))
			require.NoError(t, l.Learn(ctx, "a", "2@lid", phone(2)))
			require.NoError(t, l.Learn(ctx, "a", "3@lid", phone(2)))
			require.NoError(t, l.Learn(ctx, "b", "2@lid", phone(2)))
			require.Equal(t, phone(1), whose("a", "1@lid"))
			require.Empty(t, whose("b", "1@lid"), "it is the tenant's own")
			require.NoError(t, l.Forget(ctx, "a", phone(2)))
			require.Empty(t, whose("a", "2@lid"))
			require.Empty(t, whose("a", "3@lid"))
			require.Equal(t, phone(2), whose("b", "2@lid"))
			require.NoError(t, l.Forget(ctx, "a", phone(2)), "a repeat finds nothing")
			require.NoError(t, l.Learn(ctx, "a", "2@lid", phone(3)), "it is another person's now")
			require.Equal(t, phone(3), whose("a", "2@lid"))
			require.NoError(t, l.Learn(ctx, "a", strings.Repeat("1", 300)+"@lid", phone(1)), "what is no address is left out")
			if name == "memory" {
				return
			}
			now = now.Add(60 * 24 * time.Hour)
			require.NoError(t, l.Learn(ctx, "a", "1@lid", phone(1)))
			now = now.Add(60 * 24 * time.Hour)
			require.Equal(t, phone(1), whose("a", "1@lid"), "it was heard of meanwhile")
			require.Empty(t, whose("a", "2@lid"))
		})
	}
}

// A tenant has a bound, and what is known stays known under it.
func TestATenantHasSoManyAnonymousAddresses(t *testing.T) {
	ctx := t.Context()
	now := time.Date(2026, 3, 2, 13, 0, 0, 0, time.UTC)
	docs := memory.New().Documents()
	l := line.KeepLIDs(docs, func() time.Time { return now })
	line.Bound(l, 100)
	count := func() (n int) {
		for _, err := range document.All(ctx, docs, document.Query{Tenant: "a", Kind: "line.lid"}) {
			require.NoError(t, err)
			n++
		}
		return n
	}
	for i := range 300 {
		require.NoError(t, l.Learn(ctx, "a", fmt.Sprintf("%d@lid", i), phone(1)))
	}
	require.Equal(t, 100, count())
	require.NoError(t, l.Learn(ctx, "b", "1@lid", phone(1)), "another tenant has its own")
	now = now.Add(80 * 24 * time.Hour)
	require.NoError(t, l.Learn(ctx, "a", "5@lid", phone(1)))
	now = now.Add(11 * 24 * time.Hour)
	n, err := docs.Purge(ctx, now, 1000)
	require.NoError(t, err)
	require.Equal(t, 100, n, "99 of a, 1 of b")
	require.NoError(t, l.Learn(ctx, "a", "400@lid", phone(1)))
	require.Equal(t, 2, count())
}

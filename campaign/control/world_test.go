package control_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/alreasense/campaigns/campaign"
	"github.com/alreasense/campaigns/campaign/account"
	"github.com/alreasense/campaigns/campaign/campaigntest"
	"github.com/alreasense/campaigns/campaign/control"
	"github.com/alreasense/campaigns/campaign/hook"
	"github.com/alreasense/campaigns/campaign/optout"
	"github.com/alreasense/campaigns/contact"
	"github.com/alreasense/campaigns/contact/imports"
	"github.com/alreasense/campaigns/store/memory"
	"github.com/stretchr/testify/require"
)

// monday is a Monday morning in São Paulo.
var monday = time.Date(2026, 3, 2, 13, 0, 0, 0, time.UTC)

// world is an engine on fake time behind the handler, with callers who are
// what their token says: "shop/ana/operator".
type world struct {
	*testing.T
	accounts *account.Accounts
	store    *memory.Store
	clock    *campaigntest.Clock
	sender   *campaigntest.Recorder
	engine   *campaign.Engine
	optouts  *optout.Book
	api      http.Handler
}

func newWorld(t *testing.T, change ...func(*control.Config)) *world {
	return newWorldIn(t, t.TempDir(), change...)
}

// newWorldIn keeps the files of imports in a directory, which may outlive t.
func newWorldIn(t *testing.T, dir string, change ...func(*control.Config)) *world {
	w := &world{T: t, store: memory.New(), clock: campaigntest.NewClock(monday)}
	w.sender = &campaigntest.Recorder{Now: w.clock.Now}
	var err error
	w.engine, err = campaign.New(w.store, w.sender, &campaign.Options{Now: w.clock.Now, Forget: func(ctx context.Context, t campaign.Tenant, p contact.Phone) error {
		return w.optouts.Forget(ctx, t, p)
	}})
	require.NoError(t, err)
	w.accounts = account.New(w.store.Documents(), &account.Options{Now: w.clock.Now, Cost: account.Cost{Passes: 1, MemoryKiB: 8}})
	queue, err := imports.New(w.store.Documents(), func(tenant string) contact.Store {
		return w.engine.As(campaign.Caller{Tenant: campaign.Tenant(tenant), Author: "import", Role: campaign.Host}).Contacts()
	}, &imports.Options{Dir: dir, Now: w.clock.Now})
	require.NoError(t, err)
	hooks, err := hook.New(w.engine, w.store.Documents(), make([]byte, 32), &hook.Options{Guard: nowhere{}})
	require.NoError(t, err)
	w.optouts, err = optout.New(w.engine, w.store.Documents(), make([]byte, 32))
	require.NoError(t, err)
	c := control.Config{Authenticate: byToken, Logger: slog.New(slog.NewTextHandler(io.Discard, nil)),
		Powers: control.Powers{Documents: w.store.Documents(), Accounts: w.accounts, Imports: queue, Webhooks: hooks, OptOuts: w.optouts}}
	for _, f := range change {
		f(&c)
	}
	w.api, err = control.New(w.engine, c)
	require.NoError(t, err)
	return w
}

func byToken(r *http.Request) (campaign.Caller, error) {
	parts := strings.Split(strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer "), "/")
	if len(parts) != 3 {
		return campaign.Caller{}, fmt.Errorf("test: %w", control.ErrNoCaller)
	}
	role := campaign.Role(parts[2])
	if role == "" {
		role = campaign.Host
	}
	return campaign.Caller{Tenant: campaign.Tenant(parts[0]), Author: parts[1], Role: role}, nil
}

// answer is what came back.
type answer struct {
	*testing.T
	status int
	header http.Header
	body   []byte
}

// do sends a request. A body that is a string goes as it is; everything else
// as JSON. Headers come in pairs.
func (w *world) do(method, path string, body any, headers ...string) answer {
	w.Helper()
	var (
		in   io.Reader
		sent []byte
	)
	switch b := body.(type) {
	case nil:
	case string:
		sent = []byte(b)
	default:
		var err error
		sent, err = json.Marshal(b)
		require.NoError(w, err)
	}
	if sent != nil {
		in = bytes.NewReader(sent)
	}
	r := httptest.NewRequest(method, path, in)
	r.Header.Set("Authorization", "Bearer shop/ana/admin")
	r.Header.Set("Accept-Language", "en")
	for i := 0; i+1 < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	rec := httptest.NewRecorder()
	w.api.ServeHTTP(rec, r)
	exchanged(w.T, r, sent, rec.Code, rec.Header(), rec.Body.Bytes())
	return answer{w.T, rec.Code, rec.Header(), rec.Body.Bytes()}
}

// is demands a status, and returns the answer.
func (a answer) is(status int) answer {
	a.Helper()
	require.Equal(a, status, a.status, "%s", a.body)
	return a
}

// refused demands a problem with a code.
func (a answer) refused(status int, code string) control.Problem {
	a.Helper()
	a.is(status)
	require.Equal(a, "application/problem+json", a.header.Get("Content-Type"))
	p := into[control.Problem](a)
	require.Equal(a, code, p.Code, "%s", a.body)
	require.Equal(a, status, p.Status)
	require.NotEmpty(a, p.Detail)
	require.Equal(a, a.header.Get("X-Request-Id"), p.RequestID)
	return p
}

func into[T any](a answer) (v T) {
	a.Helper()
	require.NoError(a, json.Unmarshal(a.body, &v), "%s", a.body)
	return v
}

type m = map[string]any

func (w *world) instance(name string) control.Instance {
	w.Helper()
	return into[control.Instance](w.do("POST", "/api/notifications/whatsapp-instances/", m{"instance_name": name}).is(201))
}

// people makes contacts with the phones 5511 9 0000-0001 and on.
func (w *world) people(n int) (ids []int64) {
	w.Helper()
	var rows []m
	for i := range n {
		rows = append(rows, m{"name": fmt.Sprintf("Pessoa %d", i+1), "phone": fmt.Sprintf("+55 11 90000-%04d", i+1), "tags": []string{"vip"}})
	}
	for _, r := range into[control.BulkReport](w.do("POST", "/api/contacts/contacts/bulk_create/", m{"contacts": rows}).is(200)).Results {
		ids = append(ids, r.ID)
	}
	return ids
}

// campaign makes a draft that can start, for n people.
func (w *world) campaign(n int) control.Campaign {
	w.Helper()
	i := w.instance(fmt.Sprintf("number-%d", time.Now().UnixNano()))
	return into[control.Campaign](w.do("POST", "/api/campaigns/campaigns/", m{"name": "Páscoa", "instances": []int64{i.ID},
		"messages": []m{{"message_text": "Oi, {{primeiro_nome|amigo}}!"}}, "contacts": w.people(n)}).is(201))
}

func campaignPath(c control.Campaign, rest string) string {
	return fmt.Sprintf("/api/campaigns/campaigns/%d/%s", c.ID, rest)
}

// play lets the engine work until nothing is due before the instant.
func (w *world) play(end time.Time) {
	w.Helper()
	campaigntest.Play(w.T, w.engine, w.clock, end)
}

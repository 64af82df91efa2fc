package control_test

import (
	"bytes"
	"encoding/json"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/alreasense/campaigns/campaign/control"
	docs "github.com/alreasense/campaigns/campaign/document"
	"github.com/alreasense/campaigns/campaign/vault"
)

func sealed(t *testing.T, fill byte) func(*control.Config) {
	box, err := vault.New(bytes.Repeat([]byte{fill}, 32), "test")
	require.NoError(t, err)
	return func(c *control.Config) { c.Vault = box }
}

// raw is everything that the store keeps of requests with an Idempotency-Key.
func (w *world) raw(tenant string) (all []docs.Document) {
	w.Helper()
	for d, err := range docs.All(w.Context(), w.store.Documents(), docs.Query{Tenant: tenant, Kind: "control.idempotency"}) {
		require.NoError(w, err)
		all = append(all, d)
	}
	return all
}

// secretsOf are the values of an answer that are told once.
func secretsOf(t *testing.T, a answer) (found []string) {
	t.Helper()
	var v any
	require.NoError(t, json.Unmarshal(a.body, &v))
	walk(v, func(o map[string]any) {
		for _, name := range []string{"secret", "qr_code", "access", "refresh"} {
			if s, ok := o[name].(string); ok && s != "" {
				found = append(found, s)
			}
		}
	})
	require.NotEmpty(t, found)
	return found
}

// telling are requests whose answers hold a secret.
var telling = []struct {
	path string
	body any
}{
	{"/api/accounts/tokens/", m{"title": "integração", "role": "viewer"}},
	{"/api/accounts/users/invite/", m{"email": "bia@example.com", "role": "viewer"}},
	{"/api/webhooks/", m{"url": "https://shop.example/hooks"}},
	{"/api/notifications/whatsapp-instances/{id}/generate_qr/", nil},
}

// Bytes of a kept answer stand in JSON as base64: a secret is looked for in what
// they decode to.
func shows(d docs.Document, secret string) bool {
	var kept map[string]any
	if json.Unmarshal(d.Data, &kept) != nil {
		return true
	}
	for _, name := range []string{"Body", "Sealed"} {
		var b []byte
		text, _ := json.Marshal(kept[name])
		if json.Unmarshal(text, &b) == nil && bytes.Contains(b, []byte(secret)) {
			return true
		}
	}
	return bytes.Contains(d.Data, []byte(secret))
}

func TestAnswersThatAreKeptAreSealed(t *testing.T) {
	w := newWorld(t, sealed(t, 1), func(c *control.Config) { c.Connections = &connections{} })
	e := w.settle("shop")
	for _, r := range telling {
		path := e.path(r.path)
		first := w.do("POST", path, r.body, "Idempotency-Key", path)
		require.Less(t, first.status, 300, "%s", first.body)
		again := w.do("POST", path, r.body, "Idempotency-Key", path).is(first.status)
		require.Equal(t, "true", again.header.Get("Idempotent-Replayed"))
		require.Equal(t, string(first.body), string(again.body), path)
		for _, secret := range secretsOf(t, first) {
			for _, d := range w.raw("shop") {
				require.False(t, shows(d, secret), path)
			}
		}
	}
	require.GreaterOrEqual(t, len(w.raw("shop")), len(telling))
}

// A ciphertext that was moved to another row, or that was sealed with another
// secret, is no answer, and the request is not carried out again.
func TestASealedAnswerOpensNowhereElse(t *testing.T) {
	w := newWorld(t, sealed(t, 1))
	w.settle("shop")
	create := func(title, key string) answer {
		return w.do("POST", "/api/accounts/tokens/", m{"title": title, "role": "viewer"}, "Idempotency-Key", key)
	}
	create("a", "1").is(201)
	create("b", "2").is(201)
	all := w.raw("shop")
	require.Len(t, all, 2)
	var a, b map[string]any
	require.NoError(t, json.Unmarshal(all[0].Data, &a))
	require.NoError(t, json.Unmarshal(all[1].Data, &b))
	a["Sealed"] = b["Sealed"]
	var err error
	all[0].Data, err = json.Marshal(a)
	require.NoError(t, err)
	_, err = w.store.Documents().Apply(t.Context(), docs.Put(all[0]))
	require.NoError(t, err)
	var codes []int
	for i, title := range []string{"a", "b"} {
		codes = append(codes, create(title, string(rune('1'+i))).status)
	}
	slices.Sort(codes)
	require.Equal(t, []int{201, 409}, codes)

	w.api = newWorld(t, sealed(t, 2), func(c *control.Config) { c.Documents = w.store.Documents() }).api
	create("a", "1").refused(409, "idempotency_outcome_unknown")
	create("b", "2").refused(409, "idempotency_outcome_unknown")
}

// Without a vault the answer of a secret is not kept; every other is.
func TestWithoutAVaultSecretsAreNotKept(t *testing.T) {
	w := newWorld(t, func(c *control.Config) { c.Connections = &connections{} })
	e := w.settle("shop")
	for _, r := range telling {
		path := e.path(r.path)
		first := w.do("POST", path, r.body, "Idempotency-Key", path)
		require.Less(t, first.status, 300, "%s", first.body)
		p := w.do("POST", path, r.body, "Idempotency-Key", path).refused(409, "idempotency_answer_secret")
		require.Contains(t, p.Detail, "was carried out")
		for _, secret := range secretsOf(t, first) {
			for _, d := range w.raw("shop") {
				require.False(t, shows(d, secret), path)
			}
		}
	}
	tokens := into[control.Page[control.Token]](w.do("GET", "/api/accounts/tokens/", nil).is(200)).Results
	require.Len(t, tokens, 2, "one was there, and none was made twice")
	refused := func() answer {
		return w.do("POST", "/api/accounts/tokens/", m{"title": "x", "role": "king"}, "Idempotency-Key", "bad").is(422)
	}
	require.Empty(t, refused().header.Get("Idempotent-Replayed"))
	require.Equal(t, "true", refused().header.Get("Idempotent-Replayed"), "a refusal holds none")
}

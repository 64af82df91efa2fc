package control_test

import (
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/alreasense/campaigns/campaign/control"
	"github.com/stretchr/testify/require"
)

func (w *world) groups() int64 {
	w.Helper()
	return *into[control.Page[control.Group]](w.do("GET", "/api/contacts/groups/", nil).is(200)).Count
}

func TestIdempotencyKey(t *testing.T) {
	w := newWorld(t)
	path, body := "/api/campaigns/campaigns/", m{"name": "uma"}
	key := []string{"Idempotency-Key", "k-1"}
	a := w.do("POST", path, body, key...).is(201)
	b := w.do("POST", path, body, key...).is(201)
	require.Equal(t, string(a.body), string(b.body))
	for _, h := range []string{"ETag", "Location", "Content-Type"} {
		require.Equal(t, a.header.Get(h), b.header.Get(h), h)
	}
	require.Equal(t, "true", b.header.Get("Idempotent-Replayed"))
	require.Empty(t, a.header.Get("Idempotent-Replayed"))
	require.EqualValues(t, 1, *into[control.Page[control.Campaign]](w.do("GET", path, nil).is(200)).Count)

	w.do("POST", path, m{"name": "outra"}, key...).refused(409, "idempotency_key_reused")
	w.do("POST", "/api/contacts/groups/", body, key...).refused(409, "idempotency_key_reused")
	// A key belongs to who used it.
	w.do("POST", path, body, "Idempotency-Key", "k-1", "Authorization", "Bearer shop/bob/admin").is(201)
	w.do("POST", path, body, "Idempotency-Key", "k-1", "Authorization", "Bearer rival/ana/admin").is(201)
	// A refusal is an answer too.
	w.do("POST", path, m{"bogus": 1}, "Idempotency-Key", "k-2").refused(422, "invalid")
	require.Equal(t, "true", w.do("POST", path, m{"bogus": 1}, "Idempotency-Key", "k-2").is(422).header.Get("Idempotent-Replayed"))
	// A day later it is a new request.
	w.clock.Advance(24*time.Hour + time.Second)
	w.do("POST", path, body, key...).is(201)
	require.EqualValues(t, 3, *into[control.Page[control.Campaign]](w.do("GET", path, nil).is(200)).Count)
	for _, bad := range []string{"a b", "é", string(make([]byte, 201))} {
		w.do("POST", path, body, "Idempotency-Key", bad).refused(400, "idempotency_key_invalid")
	}
	// Reading needs none.
	w.do("GET", path, nil, key...).is(200)
}

func TestIdempotencyKeyOfManyAtOnce(t *testing.T) {
	w := newWorld(t)
	var wg sync.WaitGroup
	statuses := make([]int, 20)
	for i := range statuses {
		wg.Go(func() {
			statuses[i] = w.do("POST", "/api/contacts/groups/", m{"name": "uma"}, "Idempotency-Key", "k").status
		})
	}
	wg.Wait()
	for _, s := range statuses {
		require.Contains(t, []int{201, 409}, s)
	}
	require.EqualValues(t, 1, w.groups())
	w.do("POST", "/api/contacts/groups/", m{"name": "uma"}, "Idempotency-Key", "k").is(201)
}

// What became of a request that failed inside is not known: it is not carried
// out again under its key.
func TestIdempotencyKeyAfterAFaultOfOurs(t *testing.T) {
	broken := true
	w := newWorld(t, func(c *control.Config) { c.Gateways = faultyGateways{&broken} })
	do := func() answer {
		return w.do("POST", "/api/connections/evolution/config/", m{"base_url": "https://x.example"}, "Idempotency-Key", "k")
	}
	do().refused(500, "internal_error")
	broken = false
	do().refused(409, "idempotency_in_progress")
	w.clock.Advance(11 * time.Minute)
	do().refused(409, "idempotency_outcome_unknown")
}

func TestIdempotencyKeyWithoutAStore(t *testing.T) {
	w := newWorld(t, func(c *control.Config) { c.Documents = nil })
	w.do("POST", "/api/contacts/groups/", m{"name": "uma"}, "Idempotency-Key", "k").refused(http.StatusNotImplemented, "not_configured")
	require.EqualValues(t, 0, w.groups())
	w.do("POST", "/api/contacts/groups/", m{"name": "uma"}).is(201)
}

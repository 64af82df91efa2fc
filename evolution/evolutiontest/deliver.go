package evolutiontest

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"
	"sync"
	"time"
)

// The retry table of webhook deliveries.
const (
	deliveryAttempts = 10
	deliveryTimeout  = 30 * time.Second
	retryFirst       = 5 * time.Second
	retryMost        = 300 * time.Second
	retryLeast       = 5 * time.Second
	retryJitter      = 0.2
)

// finalStatuses are the answers of a receiver after which an event is lost.
var finalStatuses = []int{400, 401, 403, 404, 422}

// courier delivers webhooks on goroutines of its own, a bounded number at a
// time, each gone when there is nothing left to deliver.
type courier struct {
	g      *Gateway
	client *http.Client

	mu      sync.Mutex
	backlog []*delivery
	running int
	closed  bool
	wg      sync.WaitGroup
}

func newCourier(g *Gateway) *courier {
	rt := g.o.Transport
	if rt == nil {
		rt = &http.Transport{MaxIdleConnsPerHost: g.o.Deliveries, IdleConnTimeout: 5 * time.Second}
	}
	return &courier{g: g, client: &http.Client{
		Transport:     rt,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
}

func (c *courier) post(d *delivery) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed {
		return
	}
	c.backlog = append(c.backlog, d)
	if c.running < c.g.o.Deliveries {
		c.running++
		c.wg.Go(c.work)
	}
}

func (c *courier) work() {
	for {
		c.mu.Lock()
		if len(c.backlog) == 0 || c.closed {
			c.running--
			c.mu.Unlock()
			return
		}
		d := c.backlog[0]
		c.backlog[0] = nil
		c.backlog = c.backlog[1:]
		c.mu.Unlock()
		c.attempt(d)
	}
}

// attempt makes one delivery and plans the next if it fails.
func (c *courier) attempt(d *delivery) {
	status, err := c.deliver(d)
	d.attempt++
	switch {
	case err == nil && status < 300:
	case c.g.closing.Err() != nil:
	case err == nil && slices.Contains(finalStatuses, status), d.attempt >= deliveryAttempts:
		c.g.mu.Lock()
		c.g.lost++
		c.g.mu.Unlock()
		c.g.log.Warn("webhook given up", "event", d.event, "attempts", d.attempt, "status", status, "err", err)
	default:
		wait := c.g.scaled(retryWait(d.attempt, c.g.die("retry", d.id, d.attempt)))
		c.g.agenda.after(wait, func() { c.post(d) })
	}
}

// retryWait is the wait after the nth failed attempt: 5 s doubling up to
// 300 s, plus or minus 20 %, never under 5 s. die is in [0, 1).
func retryWait(attempt int, die float64) time.Duration {
	base := min(retryFirst<<min(attempt-1, 10), retryMost)
	jittered := float64(base) * (1 + retryJitter*(2*die-1))
	return max(time.Duration(jittered), retryLeast)
}

// deliver posts once. A redirect is followed as a GET without body, whose
// answer then counts.
func (c *courier) deliver(d *delivery) (status int, err error) {
	ctx, cancel := context.WithTimeout(c.g.closing, deliveryTimeout)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, d.url, bytes.NewReader(d.body))
	if err != nil {
		return 0, fmt.Errorf("webhook address: %w", err)
	}
	req.Header = d.header.Clone()
	for range 6 {
		res, err := c.client.Do(req)
		if err != nil {
			return 0, err
		}
		_, _ = io.Copy(io.Discard, io.LimitReader(res.Body, 1<<20))
		_ = res.Body.Close()
		to, err := res.Location()
		if res.StatusCode < 300 || res.StatusCode >= 400 || err != nil {
			return res.StatusCode, nil
		}
		req, err = http.NewRequestWithContext(ctx, http.MethodGet, to.String(), nil)
		if err != nil {
			return 0, fmt.Errorf("webhook redirect: %w", err)
		}
		req.Header = d.header.Clone()
		req.Header.Del("Content-Type")
	}
	return 0, fmt.Errorf("webhook: too many redirects")
}

func (c *courier) stop() {
	c.mu.Lock()
	c.closed = true
	c.backlog = nil
	c.mu.Unlock()
	c.wg.Wait()
	c.client.CloseIdleConnections()
}

// signed is the token that replaces a jwt_key header: HS256, ten minutes.
func signed(key string, now time.Time) string {
	enc := base64.RawURLEncoding
	claims, _ := json.Marshal(struct {
		Iat    int64  `json:"iat"`
		Exp    int64  `json:"exp"`
		App    string `json:"app"`
		Action string `json:"action"`
	}{now.Unix(), now.Unix() + 600, "evolution", "webhook"})
	head := enc.EncodeToString([]byte(`{"alg":"HS256","typ":"JWT"}`)) + "." + enc.EncodeToString(claims)
	mac := hmac.New(sha256.New, []byte(key))
	mac.Write([]byte(head))
	return head + "." + enc.EncodeToString(mac.Sum(nil))
}

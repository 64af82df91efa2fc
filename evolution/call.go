package evolution

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"time"

	"github.com/alreasense/campaigns/campaign"
	"github.com/hashicorp/go-retryablehttp"
)

// callTimeout bounds every call that is not a send, its repeats included. The
// slowest of them, Create with a QR code, is answered after 5 s.
const callTimeout = 30 * time.Second

// ask is one call that is not a send.
type ask struct {
	op     string
	method string
	route  string // without the instance
	whole  bool   // the route names no instance
	query  url.Values
	in     any  // the body, nil for none
	read   bool // changes nothing: may be repeated after any failure
	limit  int64
	wait   time.Duration
}

// call makes a call and decodes the body of a 2xx into out (nil for none). A
// read is repeated twice after a lost connection or a proxy's 502, 503 or
// 504; anything else only while no byte has left.
func (c *Client) call(ctx context.Context, r campaign.Route, q ask, out any) error {
	fail := &Error{Op: q.op, Route: r}
	t, err := c.find(ctx, r)
	if err != nil {
		return misconfigured(fail, err)
	}
	return t.call(ctx, fail, q, out)
}

func (t *target) call(ctx context.Context, fail *Error, q ask, out any) error {
	instance := fail.Route.Instance
	if q.whole {
		instance = ""
	} else if instance == "" {
		return misconfigured(fail, errNoInstance)
	}
	at, err := t.path(q.route, instance)
	if err != nil {
		return misconfigured(fail, err)
	}
	at.RawQuery = q.query.Encode()

	wait := q.wait
	if wait == 0 {
		wait = callTimeout
	}
	ctx, cancel := context.WithTimeout(ctx, wait)
	defer cancel()
	g := &gate{now: t.Now, foreign: t.Pool.foreign()}
	ctx = context.WithValue(traced(ctx, g), retryKey{}, retryRule{read: q.read, gate: g})
	req := (&http.Request{
		Method: q.method, URL: at, Host: at.Host, Header: t.header.Clone(),
		Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
	}).WithContext(ctx)
	again := &retryablehttp.Request{Request: req}
	if q.in != nil {
		b, err := json.Marshal(q.in)
		if err != nil {
			return misconfigured(fail, err)
		}
		if err := again.SetBody(b); err != nil {
			return misconfigured(fail, err)
		}
		if !q.read {
			req.GetBody = nil
		}
	} else {
		req.Header.Del("Content-Type")
	}

	t.Pool.open()
	resp, err := t.Pool.calls.Do(again)
	if err != nil {
		if resp != nil {
			resp.Body.Close()
		}
		fail.Code, fail.Err = CodeNoAnswer, bare(err)
		if g.unsent() {
			fail.Code = CodeUnreachable
		}
		return fail
	}
	limit := q.limit
	if limit == 0 {
		limit = maxAnswer
	}
	body, err := readAnswer(resp, limit)
	fail.Status = resp.StatusCode
	if err != nil {
		fail.Code, fail.Err = CodeNoAnswer, bare(err)
		return fail
	}
	return t.heed(fail, body, out)
}

// heed reads the answer to a call that is not a send.
func (t *target) heed(fail *Error, body []byte, out any) error {
	a := read(fail.Status, body)
	if success(fail.Status) {
		// connect and restart report their failures with status 200.
		var failed bool
		if json.Unmarshal(a.known["error"], &failed) == nil && failed {
			fail.Code, fail.Message = CodeRejected, said(a.words(), "", t.Key)
			return fail
		}
		if out == nil {
			return nil
		}
		if err := json.Unmarshal(bytes.TrimSpace(body), out); err != nil {
			fail.Code, fail.Err = CodeUnclear, errShape
			return fail
		}
		return nil
	}
	fail.Message = said(a.words(), "", t.Key)
	fail.Code = CodeUnclear
	switch s := fail.Status; {
	case s == http.StatusUnauthorized:
		fail.Code = CodeWrongKey
	case s == http.StatusForbidden:
		fail.Code = CodeForbidden
	case noInstance(a, t.Profile), notFound(a):
		fail.Code = CodeInstanceUnknown
	case unlicensed(a, t.Profile):
		fail.Code = CodeLicenseRequired
	case s == http.StatusTooManyRequests:
		fail.Code = CodeSlowDown
	case s == http.StatusInternalServerError && a.enveloped() && a.only() == "Connection Closed":
		fail.Code = CodeDisconnected
	case s >= 400 && s <= 499 && a.known != nil:
		fail.Code = CodeRejected
	}
	return fail
}

// errShape stands for the decoder's error, which can quote the answer.
var errShape = errors.New("the answer does not have the shape that this call is answered with")

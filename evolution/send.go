package evolution

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/alreasense/campaigns/campaign"
	"github.com/hashicorp/go-retryablehttp"
)

// Send posts one text message, once.
//
// The request leaves at most one time, whatever happens: no retry, no
// redirect, no replay on another connection. A nil error means that the
// gateway answered 2xx with a message id. Otherwise the error holds an *Error
// (errors.As) and bears the mark that the answer proves: campaign.NotSent
// when no byte was written, campaign.ErrLate when the send had not begun by
// m.StartBy, campaign.Hold, campaign.Refused and campaign.SlowDown by the
// allow-list of answers. No mark is unknown: the message may be on its way,
// and may still leave after Send has returned, because the gateway does not
// stop when its caller hangs up. A cancelled ctx is NotSent before the first
// byte and unknown after it.
//
// A blank text, a text that is not UTF-8 and a number of fewer than 8 or more
// than 15 digits are refused without asking the gateway.
//
// Accepted.Began is when the first byte had left. It is later than StartBy if
// the process was held up between its last check and that byte. It is exact,
// except with Pool.Transport, where it is what httptrace reports, or zero.
func (c *Client) Send(ctx context.Context, m campaign.Outgoing) (campaign.Accepted, error) {
	fail := &Error{Op: "send", Route: m.Route}
	t, err := c.find(ctx, m.Route)
	if err != nil {
		return campaign.Accepted{}, misconfigured(fail, err)
	}
	to := m.To.Digits()
	if why := unfit(to, m.Text); why != "" {
		fail.Code, fail.Message = CodeInvalidMessage, why
		return campaign.Accepted{}, campaign.Refused(campaign.Because(fail.Code), fail)
	}
	if m.Route.Instance == "" {
		return campaign.Accepted{}, misconfigured(fail, errNoInstance)
	}
	at, err := t.path("/message/sendText", m.Route.Instance)
	if err != nil {
		return campaign.Accepted{}, misconfigured(fail, err)
	}
	body, err := t.body(to, m.Text, m.Typing, m.Attempt)
	if err != nil {
		return campaign.Accepted{}, misconfigured(fail, err)
	}
	if err := ctx.Err(); err != nil {
		return campaign.Accepted{}, unbegun(fail, err)
	}

	g := newGate(t.Now, m.StartBy, t.Pool.foreign())
	if g.late(g.enter) {
		return campaign.Accepted{}, late(fail)
	}
	// One time-out for the whole send: what is left until the latest start,
	// then T.
	left := min(g.slack, 24*time.Hour)
	ctx, cancel := context.WithTimeout(ctx, left+t.Timeout+max(0, m.Typing))
	defer cancel()
	if !g.foreign {
		// Waiting for a connection ends at the latest start.
		stop := time.AfterFunc(left, func() {
			if g.expire() {
				cancel()
			}
		})
		defer stop.Stop()
	}

	resp, err := t.post(traced(ctx, g), at, body)
	if err != nil {
		return campaign.Accepted{}, lost(fail, g, err)
	}
	answer, err := readAnswer(resp, maxAnswer)
	fail.Began = g.began()
	if err != nil {
		fail.Status, fail.Code, fail.Err = resp.StatusCode, CodeNoAnswer, unmarked(bare(err))
		return campaign.Accepted{}, fail
	}
	acc, err := judge(t.Profile, resp.StatusCode, resp.Header, answer, t.Now(), m.Text, t.Key, fail)
	if err != nil {
		return campaign.Accepted{}, err
	}
	acc.Began = fail.Began
	return acc, nil
}

var errNoInstance = errors.New("the route names no instance")

// lost is the error of a send without an answer: a proof if the gate says so.
func lost(fail *Error, g *gate, err error) error {
	fail.Err = bare(err)
	if g.foreign {
		if g.close() == gateLate {
			return late(fail)
		}
		fail.Code = CodeNoAnswer
		fail.Began = g.began()
		switch campaign.Judge(err).Verdict {
		case campaign.VerdictLate:
			return late(fail)
		case campaign.VerdictNotSent:
			fail.Code, fail.Began = CodeUnreachable, time.Time{}
			return campaign.NotSent(fail)
		}
		fail.Err = unmarked(fail.Err)
		return fail
	}
	switch g.close() {
	case gateLate:
		return late(fail)
	case gateShut, gateFailed:
		if r := campaign.Judge(err); r.Verdict == campaign.VerdictHold {
			// Pool.Dial refuses the address: trying again changes nothing.
			fail.Code = CodeMisconfigured
			return campaign.Hold(r.Why, fail)
		}
		fail.Code = CodeUnreachable
		return campaign.NotSent(fail)
	default:
		fail.Code, fail.Err = CodeNoAnswer, unmarked(fail.Err)
		fail.Began = g.began()
		return fail
	}
}

// unmarked takes away a mark that a cause may bear (a connection of the
// host's can return anything): an unknown outcome must not look like a proof.
func unmarked(err error) error {
	if campaign.Judge(err).Verdict == campaign.VerdictUnknown {
		return err
	}
	return errors.New(err.Error())
}

// unbegun is the error of a caller that had given up before anything began.
func unbegun(fail *Error, err error) error {
	fail.Code, fail.Err = CodeUnreachable, err
	return campaign.NotSent(fail)
}

func late(fail *Error) error {
	fail.Code, fail.Err, fail.Began = CodeTooLate, campaign.ErrLate, time.Time{}
	return fail
}

// misconfigured is the error of a call that could not be addressed. The
// instance is held, so that one wrong setting does not fail every recipient.
func misconfigured(fail *Error, err error) error {
	fail.Code, fail.Err = CodeMisconfigured, err
	var u *unrouted
	if errors.As(err, &u) {
		fail.Code, fail.Err = CodeNoGateway, u.err
		if campaign.Judge(u.err).Verdict != campaign.VerdictUnknown {
			return fail // its own mark stands
		}
	}
	return campaign.Hold(campaign.Because(fail.Code), fail)
}

// unfit says what is wrong with a message that need not be asked about.
func unfit(to, text string) string {
	switch {
	case strings.TrimSpace(text) == "":
		return "the text is empty"
	case !utf8.ValidString(text):
		return "the text is not valid UTF-8"
	case len(to) < 8 || len(to) > 15 || strings.Trim(to, "0123456789") != "":
		// From 18 digits on the gateway takes a number for a group, and it
		// drops what is no digit.
		return "the number is not 8 to 15 digits"
	}
	return ""
}

// body is the send in the server's dialect.
func (t *target) body(to, text string, typing time.Duration, attempt campaign.AttemptID) ([]byte, error) {
	type flat struct {
		Number      string `json:"number"`
		Text        string `json:"text"`
		Delay       int64  `json:"delay,omitempty"`
		LinkPreview *bool  `json:"linkPreview,omitempty"`
		MessageID   string `json:"messageId,omitempty"`
	}
	type options struct {
		Delay       int64  `json:"delay,omitempty"`
		Presence    string `json:"presence,omitempty"`
		LinkPreview *bool  `json:"linkPreview,omitempty"`
	}
	type nested struct {
		Number  string  `json:"number"`
		Options options `json:"options"`
		Text    struct {
			Text string `json:"text"`
		} `json:"textMessage"`
	}
	var preview *bool
	if t.NoLinkPreview {
		preview = new(bool)
	}
	delay := max(0, typing.Milliseconds())
	if behaviours[t.Profile].nests {
		n := nested{Number: to, Options: options{Delay: delay, LinkPreview: preview}}
		if delay > 0 {
			n.Options.Presence = "composing"
		}
		n.Text.Text = text
		return json.Marshal(n)
	}
	return json.Marshal(flat{to, text, delay, preview, t.messageID(attempt)})
}

// messageID is the id of an attempt's message, in the form of the gateway's own,
// where its version takes one; else empty. An attempt is never used again, so
// neither is its id. It is no promise: the answer tells the message's id.
func (t *target) messageID(a campaign.AttemptID) string {
	if !behaviours[t.Profile].names || a.IsZero() {
		return ""
	}
	sum := sha256.Sum256(a[:])
	return "3EB0" + strings.ToUpper(hex.EncodeToString(sum[:9]))
}

// onceBody is a body without a way back: no GetBody, so that net/http cannot
// rewind it and retryablehttp does not know it.
type onceBody struct{ bytes.Reader }

func (*onceBody) Close() error { return nil }

// post sends a request that must never be repeated.
func (t *target) post(ctx context.Context, at *url.URL, body []byte) (*http.Response, error) {
	t.Pool.open()
	b := new(onceBody)
	b.Reset(body)
	header := t.header
	if t.Pool.foreign() {
		header = header.Clone()
	}
	req := (&http.Request{
		Method: http.MethodPost, URL: at, Host: at.Host, Header: header,
		Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Body: b, ContentLength: int64(len(body)),
	}).WithContext(ctx)
	return t.Pool.sends.Do(&retryablehttp.Request{Request: req})
}

var _ io.ReadCloser = (*onceBody)(nil)

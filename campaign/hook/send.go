package hook

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/alreasense/campaigns/campaign"
)

// maxAnswer is how much of an answer is read, so that its connection can be
// used again. Nothing of it is kept.
const maxAnswer = 64 << 10

func newClient(o Options) *http.Client {
	rt := o.Transport
	if rt == nil {
		only1 := new(http.Protocols)
		only1.SetHTTP1(true)
		rt = &http.Transport{
			DialContext:            o.Guard.Dial,
			TLSClientConfig:        &tls.Config{MinVersion: tls.VersionTLS12},
			TLSHandshakeTimeout:    10 * time.Second,
			Protocols:              only1,
			DisableCompression:     true,
			IdleConnTimeout:        30 * time.Second,
			MaxIdleConnsPerHost:    o.Parallel,
			MaxResponseHeaderBytes: 64 << 10,
		}
	}
	return &http.Client{Transport: rt, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
}

// answer is what became of a try.
type answer struct {
	status int
	why    campaign.Reason // zero if it was accepted
	took   time.Duration
	// after is the Retry-After, 0 if there was none.
	after time.Duration
	// cut: the try was cut short because the process ends.
	cut bool
}

func (a answer) accepted() bool { return !a.cut && a.why.IsZero() }

// post makes one try.
func (h *Hooks) post(ctx context.Context, url string, keys []Secret, id string, body []byte) (a answer) {
	begun := h.now()
	defer func() { a.took = h.now().Sub(begun) }()
	var signatures []string
	for _, k := range keys {
		s, err := Sign(k, id, begun, body)
		if err != nil {
			return answer{why: campaign.Because(CodeSecret)}
		}
		signatures = append(signatures, s)
	}
	in, cancel := context.WithTimeout(ctx, h.o.Timeout)
	defer cancel()
	req, err := http.NewRequestWithContext(in, http.MethodPost, url, bytes.NewReader(body))
	if err != nil {
		return answer{why: campaign.Because(CodeBadURL)}
	}
	req.GetBody = nil // no repeat by the transport: tries are counted here
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("User-Agent", "campaigns-webhooks/1")
	req.Header.Set("Webhook-Id", id)
	req.Header.Set("Webhook-Timestamp", strconv.FormatInt(begun.Unix(), 10))
	req.Header.Set("Webhook-Signature", strings.Join(signatures, " "))
	res, err := h.client.Do(req)
	if err != nil {
		return answer{why: reasonOf(in, err), cut: ctx.Err() != nil}
	}
	_, _ = io.CopyN(io.Discard, res.Body, maxAnswer)
	_ = res.Body.Close()
	a.status = res.StatusCode
	switch {
	case a.status >= 200 && a.status < 300:
		return a
	case a.status >= 300 && a.status < 400:
		a.why = campaign.Because(CodeRedirects, "status", strconv.Itoa(a.status))
	default:
		a.why = campaign.Because(CodeAnswered, "status", strconv.Itoa(a.status))
	}
	if s, err := strconv.Atoi(res.Header.Get("Retry-After")); err == nil && s > 0 {
		a.after = min(time.Duration(min(s, 86400))*time.Second, maxBack)
	}
	return a
}

// reasonOf says why there was no answer. It does not tell what a name resolves
// to.
func reasonOf(ctx context.Context, err error) campaign.Reason {
	var (
		wrong   *tls.CertificateVerificationError
		timeout net.Error
	)
	if why, refused := refusal(err); refused {
		return why
	}
	switch {
	case errors.As(err, &wrong):
		return campaign.Because(CodeCertificate)
	case ctx.Err() != nil, errors.As(err, &timeout) && timeout.Timeout():
		return campaign.Because(CodeSlow)
	}
	return campaign.Because(CodeUnreachable)
}

// refusal is the Guard's reason in the words of this package.
func refusal(err error) (campaign.Reason, bool) {
	var no interface {
		error
		Reason() campaign.Reason
	}
	if !errors.As(err, &no) {
		return campaign.Reason{}, false
	}
	why := no.Reason()
	why.Code = CodeAddressRefused
	return why, true
}

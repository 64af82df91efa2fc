package receipts

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/alreasense/campaigns/campaign"
	"github.com/alreasense/campaigns/contact"
)

// Webhook takes what the provider reports. Engine is made with Timing.RestrictAfter
// -1: this provider reports most failures late, and they say nothing of the number.
type Webhook struct {
	Engine  *campaign.Engine
	Secret  []byte // of the provider's signatures
	Gateway string // what Instance.Gateway says of the numbers that report here
}

type report struct {
	Number   string `json:"phone_number_id"` // Instance.Remote
	Statuses []struct {
		ID     string `json:"id"`
		Status string `json:"status"`
		At     int64  `json:"timestamp"`
		Tag    string `json:"biz_opaque_callback_data"`
		Code   int    `json:"code"`
	} `json:"statuses"`
	Messages []struct {
		ID   string `json:"id"`
		From string `json:"from"`
		At   int64  `json:"timestamp"`
		Text string `json:"text"`
	} `json:"messages"`
}

// ServeHTTP answers 2xx when the report is durable, so that the provider repeats
// what is not. A report that comes twice changes nothing.
func (h *Webhook) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, 1<<20))
	if err != nil || !h.signed(body, r.Header.Get("X-Hub-Signature-256")) {
		http.Error(w, "not signed", http.StatusForbidden)
		return
	}
	var p report
	if err := json.Unmarshal(body, &p); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	if err := h.take(r.Context(), p); err != nil {
		http.Error(w, "again, please", http.StatusServiceUnavailable)
	}
}

func (h *Webhook) signed(body []byte, signature string) bool {
	sum := hmac.New(sha256.New, h.Secret)
	sum.Write(body)
	got, err := hex.DecodeString(strings.TrimPrefix(signature, "sha256="))
	return err == nil && hmac.Equal(got, sum.Sum(nil))
}

func (h *Webhook) take(ctx context.Context, p report) error {
	in, err := h.Engine.FindInstance(ctx, h.Gateway, p.Number) // keep it for a minute where reports are many
	if err != nil {
		return err
	}
	var all []campaign.Notice
	for _, s := range p.Statuses {
		n := campaign.Notice{Tenant: in.Tenant, Instance: in.ID, ProviderID: s.ID, At: time.Unix(s.At, 0)}
		switch s.Status {
		case "sent":
			// With the attempt, a send whose answer was lost is settled by it.
			n.Kind = campaign.NoticeSent
			if n.Attempt, err = campaign.ParseAttemptID(s.Tag); err != nil {
				continue // nothing of ours
			}
		case "delivered":
			n.Kind = campaign.NoticeDelivered
		case "read":
			n.Kind = campaign.NoticeRead
		case "failed":
			n.Kind, n.Why = campaign.NoticeError, campaign.Because(campaign.CodeProviderError, "code", fmt.Sprint(s.Code))
			n.Blame = campaign.BlameRecipient
		default:
			continue
		}
		all = append(all, n)
	}
	for _, m := range p.Messages {
		from, err := contact.FromDigits(m.From)
		if err != nil {
			continue // nobody who could be in an audience
		}
		n := campaign.Notice{Tenant: in.Tenant, Instance: in.ID, ProviderID: m.ID, Kind: campaign.NoticeReply, Phone: from, At: time.Unix(m.At, 0)}
		if wish, word := contact.DefaultKeywords().Read(m.Text); wish == contact.WishOut {
			why := campaign.Because(campaign.CodeKeyword, "word", word, "message", m.ID)
			if err := h.Engine.As(campaign.Caller{Tenant: in.Tenant, Role: campaign.Host, Author: "contact"}).OptOut(ctx, why, from); err != nil {
				return err // before anything else: nobody sends to them from here on
			}
			n.Digest = campaign.LeavingDigest
		}
		all = append(all, n)
	}
	return h.Engine.Receive(ctx, all...)
}

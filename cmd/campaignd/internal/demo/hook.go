package demo

import (
	"context"
	"crypto/subtle"
	"io"
	"net/http"
	"time"

	"github.com/alreasense/campaigns/campaign"
	"github.com/alreasense/campaigns/evolution"
)

// secretHeader goes with every event: the gateway signs nothing.
const secretHeader = "X-Campaignd-Secret"

// hook is where the gateway reports to.
type hook struct {
	now     func() time.Time
	secret  string
	receive func(context.Context, ...campaign.Notice) error
	// numbers are the instances by the gateway's name, filled before the first
	// event can come.
	numbers map[string]campaign.InstanceID
}

// kinds are the statuses that the ledger wants to hear of.
var kinds = map[evolution.Status]campaign.NoticeKind{
	evolution.StatusServer:    campaign.NoticeServer,
	evolution.StatusDelivered: campaign.NoticeDelivered,
	evolution.StatusRead:      campaign.NoticeRead,
	evolution.StatusPlayed:    campaign.NoticeRead,
	evolution.StatusFailed:    campaign.NoticeError,
}

// ServeHTTP stores what concerns a message of ours and answers 200 when it is
// durable. What it does not understand is answered 200 too, since the gateway
// would only repeat it.
func (h *hook) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if subtle.ConstantTimeCompare([]byte(r.Header.Get(secretHeader)), []byte(h.secret)) != 1 {
		http.Error(w, "wrong secret", http.StatusForbidden)
		return
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, evolution.MaxWebhook))
	if err != nil {
		http.Error(w, "too long", http.StatusRequestEntityTooLarge)
		return
	}
	event, err := evolution.ParseWebhook(body)
	if err != nil {
		return
	}
	id, ours := h.numbers[event.Instance]
	n, wanted := notice(event)
	if !ours || !wanted {
		return
	}
	n.Instance = id
	if n.At.IsZero() {
		n.At = h.now()
	}
	n.At = n.At.UTC()
	if err := h.receive(r.Context(), n); err != nil {
		http.Error(w, "not stored, send it again", http.StatusServiceUnavailable)
	}
}

// notice is what the ledger wants to hear of an event: what became of a message
// of ours, and that one was sent at all.
func notice(e evolution.Event) (n campaign.Notice, wanted bool) {
	switch d := e.Data.(type) {
	case evolution.MessageUpdate:
		kind, known := kinds[d.Status]
		return campaign.Notice{ProviderID: d.ID, Kind: kind, At: d.At}, known
	case evolution.MessageSent:
		return campaign.Notice{ProviderID: d.ID, Kind: campaign.NoticeSent, Phone: d.Phone, Digest: campaign.TextDigest(d.Text), At: d.At}, d.Phone != ""
	}
	return n, false
}

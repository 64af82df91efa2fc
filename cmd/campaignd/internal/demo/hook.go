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
	u, ok := event.Data.(evolution.MessageUpdate)
	if !ok {
		return
	}
	kind, known := kinds[u.Status]
	id, ours := h.numbers[event.Instance]
	if !known || !ours {
		return
	}
	at := u.At
	if at.IsZero() {
		at = h.now()
	}
	if err := h.receive(r.Context(), campaign.Notice{Instance: id, ProviderID: u.ID, Kind: kind, At: at.UTC()}); err != nil {
		http.Error(w, "not stored, send it again", http.StatusServiceUnavailable)
	}
}

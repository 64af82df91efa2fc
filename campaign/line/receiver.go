package line

import (
	"context"
	"crypto/hmac"
	"errors"
	"io"
	"net/http"
	"sync"
	"time"

	"github.com/alreasense/campaigns/campaign"
	"github.com/alreasense/campaigns/contact"
	"github.com/alreasense/campaigns/evolution"
)

// Receiver is where gateways report to. Mount it at Prefix, with nothing
// stripped, outside of whatever asks people who they are.
//
// It answers 200 when everything that follows from a report is durable, and at
// once to what concerns nobody. It answers 503 when that could not be stored:
// the gateway then reports again, for about twenty minutes. It never answers a
// report of ours with 400, 401, 403, 404 or 422, after which the gateway would
// forget it: those go to strangers alone, 404 to an address that is none, 401
// to one whose header is wrong.
//
// Reports come late, twice and out of order, and nothing of what they do minds.
// How long a body may take is for the http.Server to say (ReadTimeout).
type Receiver struct {
	*board
	// look makes the keeper ask for a number's state soon.
	look func(campaign.InstanceID)

	wishing sync.Mutex
	wishes  map[person]wished               // the last of each
	lately  map[heardID]evolution.MessageIn // without texts
}

type person struct {
	tenant campaign.Tenant
	phone  contact.Phone
}

type wished struct {
	what contact.Wish
	at   time.Time
}

// ServeHTTP takes one report.
func (r *Receiver) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	w.Header().Set(ReceiverHeader, "1")
	id, headed, ok := r.addresses.read(req.URL.Path)
	if !ok {
		http.NotFound(w, req)
		return
	}
	if headed && !hmac.Equal([]byte(req.Header.Get(Header)), []byte(r.addresses.header(id))) {
		http.Error(w, "wrong secret", http.StatusUnauthorized)
		return
	}
	if req.Method != http.MethodPost {
		w.Header().Set("Allow", http.MethodPost)
		http.Error(w, "reports are posted", http.StatusMethodNotAllowed)
		return
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, req.Body, evolution.MaxWebhook))
	var long *http.MaxBytesError
	switch {
	case errors.As(err, &long):
		// It would be as long the next time.
		r.Logger.Warn("a report is too long and was left out", "instance", int64(id))
		return
	case err != nil:
		http.Error(w, "the report broke off, send it again", http.StatusServiceUnavailable)
		return
	}
	in, ok, err := r.instance(req.Context(), id)
	switch {
	case err != nil:
		r.refuse(w, id, err)
		return
	case !ok:
		http.NotFound(w, req) // removed meanwhile
		return
	}
	event, err := evolution.ParseWebhook(body)
	if err != nil {
		r.Logger.Warn("a report is not understood and was left out", "instance", int64(id), "bytes", len(body))
		return
	}
	if event.Instance != in.Remote {
		// Whoever has the address reports of another number: it is nobody's here.
		r.Logger.Warn("a report names another number than its address and was left out", "instance", int64(id))
		return
	}
	r.note(id, func(c *call) { c.heardAt = r.Now() })
	switch err := r.take(req.Context(), in, event); {
	case errors.Is(err, errEarly):
		w.Header().Set("Retry-After", "5")
		http.Error(w, "the send that it answers is under way, send it again", http.StatusServiceUnavailable)
	case err != nil:
		r.refuse(w, id, err)
	}
}

func (r *Receiver) refuse(w http.ResponseWriter, id campaign.InstanceID, err error) {
	r.Logger.Error("a report could not be stored", "instance", int64(id), "error", err.Error())
	w.Header().Set("Retry-After", "5")
	http.Error(w, "not stored, send it again", http.StatusServiceUnavailable)
}

// take does what follows from a report, until it is durable.
func (r *Receiver) take(ctx context.Context, in campaign.Instance, e evolution.Event) error {
	switch d := e.Data.(type) {
	case evolution.MessageUpdate:
		kind, wanted := kinds[d.Status]
		if !wanted {
			return nil
		}
		if err := r.learnFrom(ctx, in, d.LID, d.ID); err != nil {
			return err
		}
		n := campaign.Notice{ProviderID: d.ID, Kind: kind, At: d.At}
		n.Why, n.Blame = d.Failure()
		for _, t := range append([]campaign.Instance{in}, r.twins(in.ID)...) {
			if err := r.receive(ctx, t, n); err != nil {
				return err
			}
		}
		return nil
	case evolution.MessageSent:
		if err := r.learn(ctx, in.Tenant, d.LID, d.Phone); err != nil || d.Phone == "" {
			return err
		}
		return r.receive(ctx, in, campaign.Notice{ProviderID: d.ID, Kind: campaign.NoticeSent, Phone: d.Phone,
			Digest: campaign.TextDigest(d.Text), At: d.At})
	case evolution.MessageIn:
		return r.written(ctx, in, d)
	case evolution.MessageEdited:
		return r.edited(ctx, in, d)
	case evolution.ConnectionUpdate:
		return r.connection(ctx, in, d)
	case evolution.QRCodeUpdate:
		r.code(in.ID, d)
	}
	switch e.Name {
	case "status.instance", "logout.instance", "remove.instance", "instance.delete":
		r.look(in.ID)
	}
	return nil
}

// kinds are the statuses that the ledger wants to hear of.
var kinds = map[evolution.Status]campaign.NoticeKind{
	evolution.StatusServer:    campaign.NoticeServer,
	evolution.StatusDelivered: campaign.NoticeDelivered,
	evolution.StatusRead:      campaign.NoticeRead,
	evolution.StatusPlayed:    campaign.NoticeRead,
	evolution.StatusFailed:    campaign.NoticeError,
}

// receive puts a notice into the inbox. One that says no instant, or one that
// has not come yet, happened now.
func (b *board) receive(ctx context.Context, in campaign.Instance, n campaign.Notice) error {
	if n.ProviderID == "" && n.Kind != campaign.NoticeReply {
		return nil // it names no message
	}
	n.Tenant, n.Instance = in.Tenant, in.ID
	if now := b.Now(); n.At.IsZero() || n.At.After(now) {
		n.At = now
	}
	n.At = n.At.UTC()
	return b.Engine.Receive(ctx, n)
}

func (b *board) learn(ctx context.Context, t campaign.Tenant, lid string, p contact.Phone) error {
	if lid == "" || p == "" {
		return nil
	}
	return b.LIDs.Learn(ctx, t, lid, p)
}

// written takes what a person wrote: a wish at once, and an answer into the
// inbox.
func (r *Receiver) written(ctx context.Context, in campaign.Instance, m evolution.MessageIn) error {
	if err := r.learn(ctx, in.Tenant, m.LID, m.Phone); err != nil {
		return err
	}
	if m.FromMe {
		r.recall(in, m, "")
		return nil
	}
	from, err := r.author(ctx, in, m)
	if err != nil {
		return err
	}
	r.recall(in, m, from)
	if err := r.leftTwins(ctx, in, from, m); err != nil || from == "" {
		return err // without a phone a group, a broadcast, or nobody that can be told
	}
	left, err := r.wish(ctx, in, from, m)
	if err != nil {
		return err
	}
	return r.answered(ctx, in, from, m, left)
}

// answered puts what a person wrote into the inbox.
func (r *Receiver) answered(ctx context.Context, in campaign.Instance, from contact.Phone, m evolution.MessageIn, left bool) error {
	// Audiences of earlier versions may hold another spelling of the number.
	for _, spelled := range from.Stored() {
		n := campaign.Notice{ProviderID: m.ID, Kind: campaign.NoticeReply, Phone: spelled, At: m.At}
		if left {
			n.Digest = campaign.LeavingDigest
		}
		if err := r.receive(ctx, in, n); err != nil {
			return err
		}
	}
	return nil
}

// connection takes a number's state over. A gateway without a way out reports
// "connecting" many times a second: what is known already is not written
// again. And since a report may be an old one that is repeated, the keeper
// asks soon what is true.
func (r *Receiver) connection(ctx context.Context, in campaign.Instance, d evolution.ConnectionUpdate) error {
	if d.Lock != nil {
		err := r.service(in.Tenant).Restricted(ctx, in.ID, d.Lock.Active, d.Lock.Until)
		if err != nil && !errors.Is(err, campaign.ErrNotFound) {
			return err
		}
	}
	if d.State == campaign.ConnectionUnknown {
		return nil
	}
	now := r.Now()
	paired := d.State == campaign.ConnectionOpen && d.Phone != "" && in.Phone != string(d.Phone) && !twin(in)
	if c := r.last(in.ID); c.state == d.State && now.Sub(c.stateAt) < collapseFor && !paired {
		return nil
	}
	if err := r.heard(ctx, in, d.State); err != nil {
		if errors.Is(err, campaign.ErrNotFound) {
			return nil // removed meanwhile
		}
		return err
	}
	if d.State == campaign.ConnectionOpen {
		r.note(in.ID, func(c *call) { c.qr, c.qrUntil = evolution.QR{}, time.Time{} })
		if paired {
			err := r.service(in.Tenant).Joined(ctx, in.ID, d.Phone)
			if err != nil && !errors.Is(err, campaign.ErrNotFound) {
				return err
			}
			r.forget()
		}
	}
	r.look(in.ID)
	return nil
}

// collapseFor is how long a state that was taken over is not taken over again.
const collapseFor = 10 * time.Second

// qrLife is how long a code can be scanned.
const qrLife = 45 * time.Second

func (r *Receiver) code(id campaign.InstanceID, d evolution.QRCodeUpdate) {
	r.note(id, func(c *call) {
		c.qr, c.qrUntil = d.QR, r.Now().Add(qrLife)
		if d.Exhausted {
			c.qr, c.qrUntil = evolution.QR{}, time.Time{}
		}
	})
}

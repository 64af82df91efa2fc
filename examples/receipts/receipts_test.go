package receipts_test

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/alreasense/campaigns/campaign"
	"github.com/alreasense/campaigns/campaign/campaigntest"
	"github.com/alreasense/campaigns/contact"
	"github.com/alreasense/campaigns/examples/receipts"
	"github.com/alreasense/campaigns/store/memory"
)

type message struct {
	To, Template, Text, Tag string
	Parameters              map[string]string
}

// provider is the far side: it notes what it is asked to send, and answers.
type provider struct {
	mu     sync.Mutex
	got    []message
	answer http.HandlerFunc // nil accepts
}

func (p *provider) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	var m struct {
		To, Template, Text string
		Parameters         map[string]string
		Tag                string `json:"biz_opaque_callback_data"`
	}
	_ = json.NewDecoder(r.Body).Decode(&m)
	p.mu.Lock()
	p.got = append(p.got, message{m.To, m.Template, m.Text, m.Tag, m.Parameters})
	n, answer := len(p.got), p.answer
	p.mu.Unlock()
	if answer != nil {
		answer(w, r)
		return
	}
	fmt.Fprintf(w, `{"id":"wamid.%d"}`, n)
}

func (p *provider) set(f http.HandlerFunc) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.answer = f
}

func says(status int, body string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Location", r.URL.Path)
		w.WriteHeader(status)
		fmt.Fprint(w, body)
	}
}

func TestSenderIsASender(t *testing.T) {
	campaigntest.Sender(t, campaigntest.SenderCase{Open: func(t *testing.T) campaigntest.SenderWorld {
		p := &provider{}
		srv := httptest.NewServer(p)
		t.Cleanup(srv.Close)
		var stall atomic.Pointer[time.Time]
		sender := &receipts.Sender{URL: srv.URL}
		sender.Pool.Dial = func(ctx context.Context, network, addr string) (net.Conn, error) {
			if until := stall.Load(); until != nil {
				<-time.After(time.Until(*until)) // whoever gives up meanwhile gets a connection all the same
			}
			return new(net.Dialer).DialContext(context.WithoutCancel(ctx), network, addr)
		}
		return campaigntest.SenderWorld{
			Sender: sender, Route: campaign.Route{Tenant: "shop", Gateway: "meta", Instance: "1055"},
			Count: func(text string) (n int) {
				p.mu.Lock()
				defer p.mu.Unlock()
				for _, m := range p.got {
					if m.Text == text {
						n++
					}
				}
				return n
			},
			Refuse: func() { p.set(says(400, `{"error":{"code":131026}}`)) },
			Lose: func() {
				p.set(func(w http.ResponseWriter, _ *http.Request) { panic(http.ErrAbortHandler) })
			},
			Garble:   func() { p.set(says(200, "<html>")) },
			Break:    func(status int) { p.set(says(status, `{"error":{"code":131000}}`)) },
			Redirect: func() { p.set(says(307, "{}")) },
			Stall:    func(until time.Time) { stall.Store(&until) },
			Down:     srv.Close,
		}
	}})
}

// A template goes out, its receipts and a reply come back, and who writes SAIR
// gets nothing more.
func TestTheWholeWay(t *testing.T) {
	ctx := context.Background()
	p := &provider{}
	srv := httptest.NewServer(p)
	defer srv.Close()
	clock := campaigntest.NewClock(time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC))
	sender := &receipts.Sender{URL: srv.URL, Now: clock.Now, Template: func(campaign.ID, campaign.MessageID) string { return "pedido_pronto" }}
	engine, err := campaign.New(memory.New(), sender, &campaign.Options{Now: clock.Now, Timing: campaign.Timing{RestrictAfter: -1}})
	no(t, err)
	shop := engine.As(campaign.Caller{Tenant: "shop", Role: campaign.Host, Author: "ana"})
	number, err := shop.AddInstance(ctx, campaign.Instance{Gateway: "meta", Remote: "1055"})
	no(t, err)
	c, err := shop.Create(ctx, campaign.Draft{Name: "pedidos", Instances: []campaign.InstanceID{number.ID},
		Messages: []campaign.Message{{Text: "{{primeiro_nome|cliente}}, seu pedido {{pedido}} está pronto."}}})
	no(t, err)
	ana := contact.Contact{Name: "Ana Souza", Phone: "+5511900000001", Vars: map[string]string{"pedido": "88"}}
	in, err := shop.Add(ctx, c.ID, campaign.Everyone(ana, contact.Contact{Phone: "11 90000-0002"}))
	no(t, err)
	if in.Refused != 1 || in.Faults[0].Item != 2 {
		t.Fatalf("%+v", in)
	}
	_, err = shop.Start(ctx, c.ID)
	no(t, err)
	campaigntest.Play(t, engine, clock, clock.Now().Add(time.Minute))
	if len(p.got) != 1 || p.got[0].Template != "pedido_pronto" || p.got[0].Parameters["pedido"] != "88" || p.got[0].Parameters["primeiro_nome"] != "Ana" {
		t.Fatalf("%+v", p.got)
	}

	hook := &receipts.Webhook{Engine: engine, Secret: []byte("s"), Gateway: "meta"}
	post := func(body string, secret string) int {
		sum := hmac.New(sha256.New, []byte(secret))
		sum.Write([]byte(body))
		r := httptest.NewRequest(http.MethodPost, "/", strings.NewReader(body))
		r.Header.Set("X-Hub-Signature-256", "sha256="+hex.EncodeToString(sum.Sum(nil)))
		w := httptest.NewRecorder()
		hook.ServeHTTP(w, r)
		return w.Code
	}
	at := clock.Now().Unix()
	report := fmt.Sprintf(`{"phone_number_id":"1055","statuses":[{"id":"wamid.1","status":"sent","timestamp":%d,"biz_opaque_callback_data":%q},
		{"id":"wamid.1","status":"delivered","timestamp":%d},{"id":"wamid.1","status":"read","timestamp":%d}]}`, at, p.got[0].Tag, at, at)
	if got := post(report, "wrong"); got != http.StatusForbidden {
		t.Fatal("a report that is not signed is taken", got)
	}
	for range 2 {
		if got := post(report, "s"); got != http.StatusOK {
			t.Fatal(got)
		}
	}
	reply := fmt.Sprintf(`{"phone_number_id":"1055","messages":[{"id":"wamid.9","from":"5511900000001","timestamp":%d,"text":"Sair, por favor"}]}`, at+1)
	if got := post(reply, "s"); got != http.StatusOK {
		t.Fatal(got)
	}
	campaigntest.Play(t, engine, clock, clock.Now().Add(time.Minute))
	ps, err := shop.Recipients(ctx, campaign.RecipientQuery{Campaign: c.ID, Limit: 10})
	no(t, err)
	if ps[0].State != campaign.Read || ps[0].RespondedAt.IsZero() {
		t.Fatalf("%+v", ps[0])
	}
	out, err := shop.OptedOut(ctx, ana.Phone)
	no(t, err)
	if !out[0] {
		t.Fatal("who writes SAIR still gets messages")
	}
	if got := post(strings.Replace(reply, "1055", "1056", 1), "s"); got != http.StatusServiceUnavailable {
		t.Fatal("a report of nobody's number", got)
	}
}

func no(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

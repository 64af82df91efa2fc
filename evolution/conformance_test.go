package evolution_test

import (
	"context"
	"net"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"
	"time"

	"github.com/alreasense/campaigns/campaign"
	"github.com/alreasense/campaigns/campaign/campaigntest"
	"github.com/alreasense/campaigns/evolution"
	"github.com/alreasense/campaigns/evolution/evolutiontest"
	"github.com/stretchr/testify/require"
)

// The client keeps the contract of campaign.Sender, in both dialects.
func TestSenderConformance(t *testing.T) {
	for name, v1 := range map[string]bool{"v2": false, "v1.8": true} {
		t.Run(name, func(t *testing.T) {
			campaigntest.Sender(t, campaigntest.SenderCase{Open: func(t *testing.T) campaigntest.SenderWorld {
				g, err := evolutiontest.New(&evolutiontest.Options{Scale: -1, V1: v1, Acks: []evolutiontest.Ack{}})
				require.NoError(t, err)
				require.NoError(t, g.Open("loja"))
				p := &proxy{gateway: g}
				srv := httptest.NewServer(p)
				t.Cleanup(func() { _ = g.Close(); srv.Close() })
				s := evolution.Server{URL: srv.URL, Key: evolutiontest.DefaultKey, Profile: evolution.V236}
				if v1 {
					s.Profile = evolution.V18
				}
				strike := func(k evolutiontest.Kind) func() {
					return func() {
						g.Clear()
						_, err := g.Inject(evolutiontest.Fault{Kind: k})
						require.NoError(t, err)
					}
				}
				var stall atomic.Pointer[time.Time]
				s.Pool = &evolution.Pool{Dial: func(ctx context.Context, network, addr string) (net.Conn, error) {
					if until := stall.Load(); until != nil {
						<-time.After(time.Until(*until)) // whoever gives up meanwhile gets a connection all the same
					}
					return new(net.Dialer).DialContext(context.WithoutCancel(ctx), network, addr)
				}}
				return campaigntest.SenderWorld{
					Sender: evolution.New(s),
					Route:  campaign.Route{Tenant: "acme", Instance: "loja"},
					Count: func(text string) (n int) {
						for _, q := range g.Requests() {
							if q.Text == text {
								n++
							}
						}
						return n
					},
					Refuse: strike(evolutiontest.NotOnWhatsApp),
					Lose:   strike(evolutiontest.ResetAfter),
					Garble: strike(evolutiontest.Garbage),
					Break:  func(status int) { p.status.Store(int64(status)) },
					Redirect: func() {
						p.status.Store(http.StatusTemporaryRedirect)
					},
					Stall: func(until time.Time) { stall.Store(&until) },
					Down:  srv.Close,
				}
			}})
		})
	}
}

// proxy stands before a gateway: the gateway does what it is asked to do, and
// the proxy answers with a status of its own.
type proxy struct {
	gateway http.Handler
	status  atomic.Int64
}

func (p *proxy) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	status := int(p.status.Load())
	if status == 0 {
		p.gateway.ServeHTTP(w, r)
		return
	}
	p.gateway.ServeHTTP(httptest.NewRecorder(), r)
	if status < 400 {
		w.Header().Set("Location", r.URL.RequestURI())
	}
	http.Error(w, http.StatusText(status), status)
}

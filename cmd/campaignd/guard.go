package main

import (
	"log/slog"
	"net/http"
	"net/netip"
	"sync"
	"time"

	"github.com/alreasense/campaigns/campaign/control"
	"github.com/alreasense/campaigns/cmd/campaignd/internal/locale"
	"golang.org/x/time/rate"
)

// rateFlags bound how often one client of the API may ask, and how many
// connections it has open. What gateways report is never held back for its rate.
type rateFlags struct {
	Caller  int `help:"How many requests a minute one user or API token may make; 0 is no limit. Default: ${default}." name:"rate-caller" default:"6000" placeholder:"N" from:"CAMPAIGND_RATE_CALLER"`
	Address int `help:"How many requests a minute may come from one address, before it is known who asks; 0 is no limit. Default: ${default}." name:"rate-address" default:"12000" placeholder:"N" from:"CAMPAIGND_RATE_ADDRESS"`
	Login   int `help:"How many logins a minute may come from one address; 0 is no limit. Default: ${default}." name:"rate-login" default:"60" placeholder:"N" from:"CAMPAIGND_RATE_LOGIN"`
	Open    int `help:"How many connections one address may have open at once, trusted proxies aside; 0 is no limit. Default: ${default}." name:"connections" default:"1000" placeholder:"N" from:"CAMPAIGND_CONNECTIONS"`
}

func (f rateFlags) rates() (control.Rates, error) {
	if min(f.Caller, f.Address, f.Login) < 0 {
		return control.Rates{}, locale.Errorf("um limite em CAMPAIGND_RATE_CALLER, CAMPAIGND_RATE_ADDRESS ou CAMPAIGND_RATE_LOGIN é negativo: escreva quantas requisições por minuto, ou 0 para não ter limite", "a limit in CAMPAIGND_RATE_CALLER, CAMPAIGND_RATE_ADDRESS or CAMPAIGND_RATE_LOGIN is below zero: write how many requests a minute, or 0 for no limit")
	}
	if f.Open < 0 {
		return control.Rates{}, locale.Errorf("CAMPAIGND_CONNECTIONS é negativo: escreva quantas conexões um endereço pode manter abertas, ou 0 para não ter limite", "CAMPAIGND_CONNECTIONS is below zero: write how many connections one address may have open, or 0 for no limit")
	}
	return control.Rates{Caller: f.Caller, Address: f.Address, Login: f.Login}, nil
}

// attentive is client with a word in the log, once, when a proxy seems to stand
// before the daemon that it does not know of: all its clients then count as one.
func (ps proxies) attentive(log *slog.Logger) func(*http.Request) netip.Addr {
	var once sync.Once
	return func(r *http.Request) netip.Addr {
		from, _ := ps.client(r) // who is not known was refused: see known
		if len(ps) == 0 && r.Header.Get("X-Forwarded-For") != "" {
			once.Do(func() {
				log.Warn("requests come through a proxy that is not trusted, and its clients count as one: name it in CAMPAIGND_TRUSTED_PROXIES", "proxy", from.String())
			})
		}
		return from
	}
}

// known refuses what a trusted proxy passes on without saying for whom, in words
// that can be read, and says so in the log at most once a minute.
func (ps proxies) known(h http.Handler, log *slog.Logger) http.Handler {
	var said rate.Sometimes
	said.Interval = time.Minute
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		proxy, err := ps.client(r)
		if err == nil {
			h.ServeHTTP(w, r)
			return
		}
		said.Do(func() {
			log.Warn("requests are refused: a proxy of CAMPAIGND_TRUSTED_PROXIES does not say for whom it asks: let it write the client's address into X-Forwarded-For", "proxy", proxy.String())
		})
		http.Error(w, "The proxy before this service wrote an X-Forwarded-For that holds no address.", http.StatusBadRequest)
	})
}

package main

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"time"

	"github.com/alreasense/campaigns/cmd/campaignd/internal/locale"
)

type healthCommand struct {
	Addr  string        `help:"Where the daemon listens. Default: ${default}." default:"127.0.0.1:8000" placeholder:"HOST:PORT" from:"CAMPAIGND_ADDR"`
	Cert  string        `help:"The daemon's own certificate, if it has one: it is then asked by https." name:"tls-cert" placeholder:"FILE" from:"CAMPAIGND_TLS_CERT"`
	Ready bool          `help:"Ask whether it can do its work, not only whether it lives."`
	Wait  time.Duration `help:"How long to wait for the answer." default:"3s"`
}

// Help is the long text of campaignd health --help.
func (healthCommand) Help() string {
	return `Asks a running daemon for /healthz, or with --ready for /readyz, and ends with 0 if the answer is good. Meant for containers, whose image has no other program.`
}

// Run asks once.
func (c *healthCommand) Run(w *world) error {
	host, port, err := net.SplitHostPort(c.Addr)
	if err != nil {
		return locale.Errorf("%q não é um endereço: escreva como 127.0.0.1:8000", "%q is no address: write it as 127.0.0.1:8000", c.Addr)
	}
	if ip := net.ParseIP(host); host == "" || ip != nil && ip.IsUnspecified() {
		host = "127.0.0.1" // who listens everywhere is asked here
	}
	ctx, cancel := context.WithTimeout(w.ctx, c.Wait)
	defer cancel()
	path := "/healthz"
	if c.Ready {
		path = "/readyz"
	}
	scheme, way := "http://", &http.Transport{}
	defer way.CloseIdleConnections()
	if c.Cert != "" {
		// Its certificate is for the name that people use, which this address is
		// not; and nothing is asked that anybody could not know.
		scheme, way.TLSClientConfig = "https://", &tls.Config{MinVersion: tls.VersionTLS12, InsecureSkipVerify: true}
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, scheme+net.JoinHostPort(host, port)+path, nil)
	if err != nil {
		return err
	}
	res, err := way.RoundTrip(req)
	if err != nil {
		if errors.Is(ctx.Err(), context.DeadlineExceeded) {
			return locale.Errorf("nenhuma resposta de %s em %s", "no answer from %s within %s", c.Addr, c.Wait)
		}
		return locale.Errorf("nenhum serviço responde em %s: %w", "no daemon answers at %s: %w", c.Addr, err)
	}
	defer res.Body.Close()
	text, err := io.ReadAll(io.LimitReader(res.Body, 64<<10))
	if err != nil {
		return err
	}
	if res.StatusCode != http.StatusOK {
		return locale.Errorf("%s responde %d: %s", "%s answers %d: %s", path, res.StatusCode, strings.TrimSpace(string(text)))
	}
	fmt.Fprintln(w.stdout, "ok")
	return nil
}

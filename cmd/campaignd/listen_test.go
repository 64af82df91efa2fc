package main

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/alreasense/campaigns/campaign"
	"github.com/alreasense/campaigns/campaign/campaigntest"
	"github.com/alreasense/campaigns/campaign/control"
	"github.com/alreasense/campaigns/contact"
	"github.com/alreasense/campaigns/contact/imports"
	"github.com/alreasense/campaigns/store/memory"
)

// hasty is the daemon's server with less patience: short stands for each of its
// times.
func hasty(t *testing.T, h http.Handler, short time.Duration) (addr string) {
	t.Helper()
	srv := newServer(h)
	for _, d := range []*time.Duration{&srv.ReadHeaderTimeout, &srv.ReadTimeout, &srv.WriteTimeout, &srv.IdleTimeout} {
		require.NotZero(t, *d, "a client has no end of time")
		*d = short
	}
	srv.ErrorLog = log.New(io.Discard, "", 0)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	ended := make(chan error, 1)
	go func() { ended <- srv.Serve(l) }()
	t.Cleanup(func() {
		require.NoError(t, srv.Close())
		require.ErrorIs(t, <-ended, http.ErrServerClosed)
	})
	return l.Addr().String()
}

// say opens a connection and begins to speak.
func say(t *testing.T, addr, text string) net.Conn {
	t.Helper()
	c, err := net.Dial("tcp", addr)
	require.NoError(t, err)
	t.Cleanup(func() { _ = c.Close() })
	_, err = io.WriteString(c, text)
	require.NoError(t, err)
	return c
}

const shortly = 50 * time.Millisecond

func TestSlowHeadersAreCutOff(t *testing.T) {
	t.Parallel()
	addr := hasty(t, http.NotFoundHandler(), shortly)
	for _, begun := range []string{"", "GET /", "GET / HTTP/1.1\r\nHost: x\r\nX-A: b\r\n"} {
		text, err := io.ReadAll(say(t, addr, begun)) // returns when the server hangs up
		require.NoError(t, err)
		require.NotContains(t, string(text), "404")
	}
}

func TestIdleConnectionsAreCutOff(t *testing.T) {
	t.Parallel()
	addr := hasty(t, http.NotFoundHandler(), shortly)
	text, err := io.ReadAll(say(t, addr, "GET / HTTP/1.1\r\nHost: x\r\n\r\n"))
	require.NoError(t, err)
	require.Contains(t, string(text), "404")
}

func TestHeadersThatAreTooLongAreRefused(t *testing.T) {
	t.Parallel()
	addr := hasty(t, http.NotFoundHandler(), time.Minute)
	c := say(t, addr, "GET / HTTP/1.1\r\nHost: x\r\nX-A: "+strings.Repeat("x", 40<<10))
	res, err := http.ReadResponse(bufio.NewReader(c), nil)
	require.NoError(t, err)
	require.NoError(t, res.Body.Close())
	require.Equal(t, http.StatusRequestHeaderFieldsTooLarge, res.StatusCode)
}

// What reads a body without a time of its own, such as the receiver of reports,
// has the server's.
func TestSlowBodiesAreCutOff(t *testing.T) {
	t.Parallel()
	cut := make(chan error, 1)
	addr := hasty(t, http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		_, err := io.ReadAll(r.Body)
		cut <- err
	}), shortly)
	say(t, addr, "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 50\r\n\r\n{")
	require.ErrorContains(t, <-cut, "timeout")
}

// A client that does not read its answer does not hold a handler for ever.
func TestClientsThatDoNotReadAreCutOff(t *testing.T) {
	t.Parallel()
	cut := make(chan error, 1)
	addr := hasty(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		piece := make([]byte, 1<<20)
		for range 1 << 10 { // more than any buffer on the way holds
			if _, err := w.Write(piece); err != nil {
				cut <- err
				return
			}
		}
		cut <- nil
	}), shortly)
	say(t, addr, "GET / HTTP/1.1\r\nHost: x\r\n\r\n")
	require.Error(t, <-cut)
}

// controlled is the surface on a memory store, as the daemon serves it.
func controlled(t *testing.T) (http.Handler, *campaign.Engine) {
	t.Helper()
	store := memory.New()
	e, err := campaign.New(store, &campaigntest.Recorder{}, nil)
	require.NoError(t, err)
	q, err := imports.New(store.Documents(), func(tenant string) contact.Store {
		return e.As(campaign.Caller{Tenant: campaign.Tenant(tenant), Role: campaign.Host}).Contacts()
	}, &imports.Options{Dir: filepath.Join(t.TempDir(), "imports")})
	require.NoError(t, err)
	h, err := control.New(e, control.Config{Limits: control.Limits{Beat: shortly, StreamTime: 20 * shortly}, Powers: control.Powers{Documents: store.Documents(), Imports: q},
		Authenticate: func(*http.Request) (campaign.Caller, error) {
			return campaign.Caller{Tenant: "loja", Author: "ana", Role: campaign.Admin}, nil
		}})
	require.NoError(t, err)
	return h, e
}

func TestLiveProgressOutlastsTheTimeForAnswers(t *testing.T) {
	t.Parallel()
	h, e := controlled(t)
	c, err := e.As(campaign.Caller{Tenant: "loja", Author: "ana", Role: campaign.Host}).Create(t.Context(), campaign.Draft{Name: "x"})
	require.NoError(t, err)
	res, err := http.Get(fmt.Sprintf("http://%s/api/campaigns/campaigns/%d/watch/", hasty(t, h, 2*shortly), c.ID))
	require.NoError(t, err)
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body) // until its time is over
	require.NoError(t, err)
	require.Greater(t, strings.Count(string(text), ": still here\n"), 4)
}

// A file that comes slowly is taken, as long as it comes.
func TestAnUploadOutlastsTheTimeForBodies(t *testing.T) {
	t.Parallel()
	h, _ := controlled(t)
	addr := hasty(t, h, 2*shortly)
	r, w := io.Pipe()
	go func() {
		_, _ = io.WriteString(w, "nome;telefone\n")
		tick := time.NewTicker(shortly)
		defer tick.Stop()
		for i := range 10 {
			<-tick.C
			_, _ = fmt.Fprintf(w, "Pessoa;11 90000-%04d\n", i)
		}
		_ = w.Close()
	}()
	res, err := http.Post("http://"+addr+"/api/contacts/imports/?name=people.csv", "application/octet-stream", r)
	require.NoError(t, err)
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	require.NoError(t, err)
	require.Equal(t, http.StatusCreated, res.StatusCode, "%s", text)
}

func TestBodiesThatAreTooLargeAreRefused(t *testing.T) {
	t.Parallel()
	h, _ := controlled(t)
	srv := httptest.NewServer(h)
	t.Cleanup(srv.Close)
	large := bytes.Repeat([]byte(" "), 1<<20+1)
	for _, body := range []io.Reader{bytes.NewReader(large), io.MultiReader(bytes.NewReader(large))} { // with its length told, and without
		res, err := http.Post(srv.URL+"/api/contacts/groups/", "application/json", body)
		require.NoError(t, err)
		require.NoError(t, res.Body.Close())
		require.Equal(t, http.StatusRequestEntityTooLarge, res.StatusCode)
	}
}

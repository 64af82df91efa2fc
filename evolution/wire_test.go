package evolution

import (
	"bufio"
	"io"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/alreasense/campaigns/campaign"
	"github.com/stretchr/testify/require"
)

// wire is a gateway made of bare connections: it counts what arrives and
// breaks off where a test says.
type wire struct {
	url   string
	addr  string
	conns atomic.Int64
	bytes atomic.Int64
	posts atomic.Int64
	done  chan struct{} // closed when the test ends
	ended chan struct{} // one for each connection that is over
	wg    sync.WaitGroup
}

// link is one accepted connection.
type link struct {
	*net.TCPConn
	w *wire
	r *bufio.Reader
}

func (l *link) Read(p []byte) (int, error) {
	n, err := l.TCPConn.Read(p)
	l.w.bytes.Add(int64(n))
	return n, err
}

// head reads a request's line and headers; nil when the connection ends.
func (l *link) head() *http.Request {
	q, err := http.ReadRequest(l.r)
	if err != nil {
		return nil
	}
	l.w.posts.Add(1)
	return q
}

// whole reads a request with its body.
func (l *link) whole() *http.Request {
	q := l.head()
	if q != nil {
		_, _ = io.Copy(io.Discard, q.Body)
	}
	return q
}

func (l *link) say(s string) { _, _ = io.WriteString(l.TCPConn, s) }

// reset ends the connection with RST.
func (l *link) reset() { _ = l.SetLinger(0); _ = l.Close() }

func newWire(t testing.TB, serve func(*link)) *wire {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	w := &wire{url: "http://" + ln.Addr().String(), addr: ln.Addr().String(), done: make(chan struct{}), ended: make(chan struct{}, 1000)}
	var mu sync.Mutex
	open := map[net.Conn]bool{}
	w.wg.Add(1)
	go func() {
		defer w.wg.Done()
		for {
			c, err := ln.Accept()
			if err != nil {
				return
			}
			mu.Lock()
			open[c] = true
			mu.Unlock()
			w.conns.Add(1)
			w.wg.Add(1)
			go func() {
				defer w.wg.Done()
				defer func() { w.ended <- struct{}{} }()
				defer c.Close()
				l := &link{TCPConn: c.(*net.TCPConn), w: w}
				l.r = bufio.NewReader(l)
				serve(l)
			}()
		}
	}()
	t.Cleanup(func() {
		ln.Close()
		close(w.done)
		mu.Lock()
		for c := range open {
			c.Close()
		}
		mu.Unlock()
		w.wg.Wait()
	})
	return w
}

func ok201(l *link) {
	l.say("HTTP/1.1 201 Created\r\nContent-Type: application/json\r\nContent-Length: 75\r\n\r\n" +
		`{"key":{"id":"3EB04CB96F35310BADFA76","remoteJid":"1@s.whatsapp.net"}}     `)
}

// clock is a settable Now.
type clock struct {
	mu sync.Mutex
	at time.Time
}

func newClock(at time.Time) *clock { return &clock{at: at} }

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.at
}

func (c *clock) add(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at = c.at.Add(d)
}

const (
	testKey  = Secret("KEY-5d41402abc4b2a76b9719d911017c592")
	testText = "Olá Maria, sua consulta é amanhã às nove horas."
)

func outgoing(by time.Time) campaign.Outgoing {
	return campaign.Outgoing{
		Route: campaign.Route{Tenant: "acme", Gateway: "main", Instance: "loja"},
		To:    "+5511900001234", Text: testText, StartBy: by,
	}
}

func soon() time.Time { return time.Now().Add(2 * time.Second) }

package servers

import (
	"bytes"
	"errors"
	"io"
	"net"
	"net/url"
	"path/filepath"
	"sync"
	"testing"
	"time"
)

// Proxy stands between a client and a server and does what networks do, on
// command. It passes bytes both ways until told otherwise. Its methods may be
// called from any goroutine.
type Proxy struct {
	target string
	in     net.Listener
	work   sync.WaitGroup
	done   chan struct{}

	mu      sync.Mutex
	links   map[*link]struct{}
	refuses bool
	delay   time.Duration
	silent  bool          // answers are swallowed
	gate    chan struct{} // open when closed: nothing moves before
	trap    *trap
}

// trap waits for a request that contains some bytes.
type trap struct {
	bytes  []byte
	before bool // the request is lost, not the answer
	sprung chan struct{}
}

// link is one client's connection and the one behind it.
type link struct {
	client, server net.Conn
	lost           *trap // set: the next answer is thrown away and the client is reset
}

// NewProxy starts a proxy on a port of the loopback for a target, which is
// "host:port" or the path of a Unix socket. It ends with the test.
func NewProxy(t testing.TB, target string) *Proxy {
	t.Helper()
	in, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	open := make(chan struct{})
	close(open)
	p := &Proxy{target: target, in: in, done: make(chan struct{}), links: make(map[*link]struct{}), gate: open}
	p.work.Go(p.accept)
	t.Cleanup(p.close)
	return p
}

// Addr is the "host:port" that clients dial.
func (p *Proxy) Addr() string { return p.in.Addr().String() }

// URL is a server's URL with the proxy in place of the server: of PostgreSQL
// (postgres://), or of Redis (redis:// and unix://).
func (p *Proxy) URL(server string) string {
	u, err := url.Parse(server)
	if err != nil {
		return "" // no client takes it for an address
	}
	q := u.Query()
	if u.Scheme == "unix" {
		u.Scheme, u.Path = "redis", "/"+q.Get("db")
		q.Del("db")
	}
	q.Del("host")
	q.Del("port")
	u.Host, u.RawQuery = p.Addr(), q.Encode()
	return u.String()
}

// Cut ends every connection in order (FIN both ways) and refuses new ones until
// [Proxy.Heal].
func (p *Proxy) Cut() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.refuses = true
	for l := range p.links {
		l.close()
	}
}

// Reset tears every connection down as a crashed router does (RST to the
// client); new ones are welcome.
func (p *Proxy) Reset() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for l := range p.links {
		l.reset()
	}
}

// HalfClose ends the direction from the server to the client on every
// connection. What the client still sends arrives, and no answer ever comes.
func (p *Proxy) HalfClose() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for l := range p.links {
		_ = l.client.(*net.TCPConn).CloseWrite()
	}
}

// Delay holds every piece of data back for d, in both directions; 0 ends it.
func (p *Proxy) Delay(d time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.delay = d
}

// Stall lets connections be made and bytes be sent, and passes none on, until
// [Proxy.Heal], which delivers them.
func (p *Proxy) Stall() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.open() {
		p.gate = make(chan struct{})
	}
}

// Swallow passes requests on and throws every answer away, until [Proxy.Heal].
func (p *Proxy) Swallow() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.silent = true
}

// LoseAnswer waits for a request that contains text, in letters of either case.
// The request arrives, the first answer to it is thrown away, and the client's
// connection is reset: what was asked has been done, and the client cannot
// know. The channel is closed when that has happened. Only the last call of
// LoseAnswer and LoseRequest waits, and it acts once.
func (p *Proxy) LoseAnswer(text string) <-chan struct{} { return p.set(text, false) }

// LoseRequest is [Proxy.LoseAnswer] for a request that never arrives.
func (p *Proxy) LoseRequest(text string) <-chan struct{} { return p.set(text, true) }

func (p *Proxy) set(text string, before bool) <-chan struct{} {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.trap = &trap{bytes: bytes.ToLower([]byte(text)), before: before, sprung: make(chan struct{})}
	return p.trap.sprung
}

// Heal ends Cut, Delay, Stall, Swallow and a LoseAnswer or LoseRequest that
// still waits.
func (p *Proxy) Heal() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.refuses, p.delay, p.silent, p.trap = false, 0, false, nil
	if !p.open() {
		close(p.gate)
	}
}

// Connections is how many connections there are.
func (p *Proxy) Connections() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return len(p.links)
}

func (p *Proxy) open() bool {
	select {
	case <-p.gate:
		return true
	default:
		return false
	}
}

// close ends the proxy and waits until its last goroutine has.
func (p *Proxy) close() {
	close(p.done)
	_ = p.in.Close()
	p.Cut()
	p.work.Wait()
}

func (p *Proxy) accept() {
	for {
		client, err := p.in.Accept()
		if err != nil {
			return // closed
		}
		p.work.Go(func() { p.serve(client) })
	}
}

func (p *Proxy) serve(client net.Conn) {
	network := "tcp"
	if filepath.IsAbs(p.target) {
		network = "unix"
	}
	server, err := net.DialTimeout(network, p.target, 5*time.Second)
	if err != nil {
		(&link{client: client}).reset()
		return
	}
	l := &link{client: client, server: server}
	p.mu.Lock()
	if p.refuses {
		p.mu.Unlock()
		l.reset()
		return
	}
	p.links[l] = struct{}{}
	p.mu.Unlock()

	var both sync.WaitGroup
	both.Go(func() { p.pump(l, l.server, l.client, p.request) })
	both.Go(func() { p.pump(l, l.client, l.server, p.answer) })
	both.Wait()
	l.close()
	p.mu.Lock()
	delete(p.links, l)
	p.mu.Unlock()
}

// pump passes what src sends on to dst, as far as pass lets it. The end of src
// is the end of what dst hears; an error ends the link.
func (p *Proxy) pump(l *link, dst, src net.Conn, pass func(*link, []byte) bool) {
	buf := make([]byte, 64<<10)
	for {
		n, err := src.Read(buf)
		if n > 0 {
			if !p.held() {
				l.close()
				return
			}
			if pass(l, buf[:n]) {
				if _, werr := dst.Write(buf[:n]); werr != nil && !errors.Is(werr, net.ErrClosed) {
					// Half closed by command: the other direction lives.
					_, _ = io.Copy(io.Discard, src)
					return
				}
			}
		}
		switch {
		case errors.Is(err, io.EOF):
			if c, ok := dst.(interface{ CloseWrite() error }); ok {
				_ = c.CloseWrite()
			}
			return
		case err != nil:
			l.close()
			return
		}
	}
}

// held waits for the gate and the delay. False when the proxy has ended.
func (p *Proxy) held() bool {
	p.mu.Lock()
	gate, delay := p.gate, p.delay
	p.mu.Unlock()
	select {
	case <-gate:
	case <-p.done:
		return false
	}
	if delay == 0 {
		return true
	}
	wait := time.NewTimer(delay)
	defer wait.Stop()
	select {
	case <-wait.C:
		return true
	case <-p.done:
		return false
	}
}

// request tells whether a request is passed on.
func (p *Proxy) request(l *link, b []byte) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.trap == nil || !bytes.Contains(bytes.ToLower(b), p.trap.bytes) {
		return true
	}
	if p.trap.before {
		p.spring(l)
		return false
	}
	l.lost = p.trap
	return true
}

// answer tells whether an answer is passed on.
func (p *Proxy) answer(l *link, b []byte) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if l.lost != nil && l.lost == p.trap {
		p.spring(l)
		return false
	}
	return !p.silent
}

func (p *Proxy) spring(l *link) {
	l.reset()
	close(p.trap.sprung)
	p.trap = nil
}

func (l *link) close() {
	_ = l.client.Close()
	if l.server != nil {
		_ = l.server.Close()
	}
}

// reset makes the system send RST instead of FIN.
func (l *link) reset() {
	if c, ok := l.client.(*net.TCPConn); ok {
		_ = c.SetLinger(0)
	}
	l.close()
}

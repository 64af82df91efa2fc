package servers

import (
	"bufio"
	"errors"
	"io"
	"net"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// echo is a server that answers each line with the same line in capitals, and
// tells what it has heard.
func echo(t *testing.T, network, addr string) (string, <-chan string) {
	t.Helper()
	in, err := net.Listen(network, addr)
	must(t, err)
	t.Cleanup(func() { _ = in.Close() })
	heard := make(chan string, 100)
	go func() {
		for {
			c, err := in.Accept()
			if err != nil {
				return
			}
			go func() {
				defer func() { _ = c.Close() }()
				lines := bufio.NewScanner(c)
				for lines.Scan() {
					heard <- lines.Text()
					if _, err := io.WriteString(c, strings.ToUpper(lines.Text())+"\n"); err != nil {
						return
					}
				}
				heard <- "EOF"
			}()
		}
	}()
	return in.Addr().String(), heard
}

// caller is a client of echo.
type caller struct {
	t *testing.T
	net.Conn
	in *bufio.Reader
}

func call(t *testing.T, p *Proxy) caller {
	t.Helper()
	c, err := net.Dial("tcp", p.Addr())
	must(t, err)
	t.Cleanup(func() { _ = c.Close() })
	return caller{t, c, bufio.NewReader(c)}
}

func (c caller) say(line string) {
	c.t.Helper()
	_, err := io.WriteString(c, line+"\n")
	must(c.t, err)
}

func (c caller) hears() (string, error) {
	s, err := c.in.ReadString('\n')
	return strings.TrimSuffix(s, "\n"), err
}

func (c caller) wants(want string) {
	c.t.Helper()
	if got, err := c.hears(); err != nil || got != want {
		c.t.Fatalf("heard %q, %v; want %q", got, err, want)
	}
}

func (c caller) fails(want error) {
	c.t.Helper()
	if got, err := c.hears(); !errors.Is(err, want) {
		c.t.Fatalf("heard %q, %v; want %v", got, err, want)
	}
}

func (c caller) hearsNothing() {
	c.t.Helper()
	must(c.t, c.SetReadDeadline(time.Now().Add(50*time.Millisecond)))
	if got, err := c.hears(); err == nil {
		c.t.Fatalf("heard %q", got)
	}
	must(c.t, c.SetReadDeadline(time.Time{}))
}

func TestProxyPassesBothWays(t *testing.T) {
	for _, network := range []string{"tcp", "unix"} {
		addr := "127.0.0.1:0"
		if network == "unix" {
			addr = filepath.Join(t.TempDir(), "s")
		}
		addr, heard := echo(t, network, addr)
		p := NewProxy(t, addr)
		c := call(t, p)
		c.say("hello")
		c.wants("HELLO")
		if n := p.Connections(); n != 1 {
			t.Fatalf("%d connections", n)
		}
		must(t, c.Conn.(*net.TCPConn).CloseWrite())
		if got := []string{<-heard, <-heard}; got[1] != "EOF" {
			t.Fatalf("the end of the client is not the end of what the server hears: %q", got)
		}
		c.fails(io.EOF)
	}
}

func TestProxyCut(t *testing.T) {
	addr, _ := echo(t, "tcp", "127.0.0.1:0")
	p := NewProxy(t, addr)
	c := call(t, p)
	c.say("a")
	c.wants("A")
	p.Cut()
	c.fails(io.EOF)
	if refused, err := net.Dial("tcp", p.Addr()); err == nil {
		if got, err := io.ReadAll(refused); err == nil {
			t.Fatalf("heard %q while cut", got)
		}
		must(t, refused.Close())
	}
	p.Heal()
	c = call(t, p)
	c.say("b")
	c.wants("B")
}

func TestProxyReset(t *testing.T) {
	addr, _ := echo(t, "tcp", "127.0.0.1:0")
	p := NewProxy(t, addr)
	c := call(t, p)
	c.say("a")
	c.wants("A")
	p.Reset()
	c.fails(syscall.ECONNRESET)
	c = call(t, p)
	c.say("b")
	c.wants("B")
}

func TestProxyHalfClose(t *testing.T) {
	addr, heard := echo(t, "tcp", "127.0.0.1:0")
	p := NewProxy(t, addr)
	c := call(t, p)
	c.say("a")
	c.wants("A")
	p.HalfClose()
	c.fails(io.EOF)
	c.say("b")
	c.say("c")
	for _, want := range []string{"a", "b", "c"} {
		if got := <-heard; got != want {
			t.Fatalf("the server heard %q, want %q", got, want)
		}
	}
}

func TestProxyDelay(t *testing.T) {
	addr, _ := echo(t, "tcp", "127.0.0.1:0")
	p := NewProxy(t, addr)
	c := call(t, p)
	p.Delay(time.Hour)
	c.say("a")
	c.hearsNothing()
	p.Delay(0)
	c = call(t, p)
	p.Delay(time.Millisecond)
	c.say("b")
	c.wants("B")
}

func TestProxyStall(t *testing.T) {
	addr, heard := echo(t, "tcp", "127.0.0.1:0")
	p := NewProxy(t, addr)
	p.Stall()
	p.Stall()
	c := call(t, p)
	c.say("a")
	c.hearsNothing()
	if len(heard) != 0 {
		t.Fatal("a stalled request arrived")
	}
	p.Heal()
	p.Heal()
	c.wants("A")
}

func TestProxySwallow(t *testing.T) {
	addr, heard := echo(t, "tcp", "127.0.0.1:0")
	p := NewProxy(t, addr)
	p.Swallow()
	c := call(t, p)
	c.say("a")
	if got := <-heard; got != "a" {
		t.Fatalf("the server heard %q", got)
	}
	c.hearsNothing()
	p.Heal()
	c.say("b")
	c.wants("B")
}

func TestProxyLosesOneAnswer(t *testing.T) {
	addr, heard := echo(t, "tcp", "127.0.0.1:0")
	p := NewProxy(t, addr)
	c := call(t, p)
	replaced := p.LoseAnswer("nothing like it")
	lost := p.LoseAnswer("commit")
	c.say("begin")
	c.wants("BEGIN")
	c.say("COMMIT")
	c.fails(syscall.ECONNRESET)
	<-lost
	if got := []string{<-heard, <-heard}; got[1] != "COMMIT" {
		t.Fatalf("the server heard %q", got)
	}
	c = call(t, p)
	c.say("commit")
	c.wants("COMMIT")
	select {
	case <-replaced:
		t.Fatal("a trap that was replaced has sprung")
	default:
	}
}

func TestProxyLosesOneRequest(t *testing.T) {
	addr, heard := echo(t, "tcp", "127.0.0.1:0")
	p := NewProxy(t, addr)
	c := call(t, p)
	lost := p.LoseRequest("set nx")
	c.say("Set NX")
	c.fails(syscall.ECONNRESET)
	<-lost
	if got := <-heard; got != "EOF" {
		t.Fatalf("the server heard %q", got)
	}
}

func TestProxyOfAServerThatIsDown(t *testing.T) {
	c, err := net.Dial("tcp", NewProxy(t, filepath.Join(t.TempDir(), "nobody")).Addr())
	if err != nil {
		return // reset before the dial had returned
	}
	if got, err := io.ReadAll(c); err == nil {
		t.Fatalf("heard %q", got)
	}
	must(t, c.Close())
}

func TestProxyURL(t *testing.T) {
	addr, _ := echo(t, "tcp", "127.0.0.1:0")
	p := NewProxy(t, addr)
	for server, want := range map[string]string{
		"postgres://postgres@/test_1?host=%2Ftmp%2Fpg&port=5432": "postgres://postgres@ADDR/test_1",
		"postgres://u:p@db.example:5/x?sslmode=disable":          "postgres://u:p@ADDR/x?sslmode=disable",
		"unix:///run/redis.sock?db=3":                            "redis://ADDR/3",
		"redis://:p@cache.example:6379/2":                        "redis://:p@ADDR/2",
		"://":                                                    "",
	} {
		if got := p.URL(server); got != strings.ReplaceAll(want, "ADDR", p.Addr()) {
			t.Errorf("%s: %s, want %s", server, got, want)
		}
	}
	url := p.URL(Postgres(t))
	if url == "" {
		t.Fatal("no URL for the shared server")
	}
}

func TestProxyBeforePostgres(t *testing.T) {
	p := NewPostgres(t, &PGOptions{NoSync: true})
	via := NewProxy(t, p.Socket())
	url := via.URL(p.URL())
	query(t, url, "CREATE TABLE x (n int)")
	lost := via.LoseAnswer("INSERT")
	if _, err := ask(url, "INSERT INTO x VALUES (1)"); err == nil {
		t.Fatal("the answer arrived")
	}
	<-lost
	if got := query(t, url, "SELECT count(*) FROM x"); got != "1" {
		t.Fatalf("%s rows: what was asked was not done", got)
	}
}

package throughput

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// envSink makes the test's binary a sink, with that latency.
const envSink = "CAMPAIGNS_THROUGHPUT_SINK"

func TestMain(m *testing.M) {
	if latency, err := time.ParseDuration(os.Getenv(envSink)); err == nil {
		if err := serve(latency); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	m.Run()
}

// sink is a gateway in a process of its own, so that its work is not counted as
// the program's.
type sink struct {
	addr string
	in   io.WriteCloser
	out  *bufio.Reader
}

func newSink(b *testing.B, latency time.Duration) *sink {
	b.Helper()
	self, err := os.Executable()
	require.NoError(b, err)
	cmd := exec.Command(self)
	cmd.Env = append(os.Environ(), envSink+"="+latency.String())
	cmd.Stderr = os.Stderr
	s := &sink{}
	s.in, err = cmd.StdinPipe()
	require.NoError(b, err)
	out, err := cmd.StdoutPipe()
	require.NoError(b, err)
	require.NoError(b, cmd.Start())
	b.Cleanup(func() {
		s.in.Close() // it ends then
		cmd.Wait()
	})
	s.out = bufio.NewReader(out)
	_, err = fmt.Fscanln(s.out, &s.addr)
	require.NoError(b, err)
	return s
}

// count is how many requests came, and from how many numbers of recipients.
func (s *sink) count(b *testing.B) (requests, people int) {
	b.Helper()
	_, err := fmt.Fprintln(s.in)
	require.NoError(b, err)
	_, err = fmt.Fscanln(s.out, &requests, &people)
	require.NoError(b, err)
	return requests, people
}

// serve is the sink's process. A line on its input asks for the counts, the
// end of the input ends it.
func serve(latency time.Duration) error {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	c := &counter{latency: latency, people: make(map[string]bool)}
	go c.accept(ln)
	fmt.Println(ln.Addr())
	for lines := bufio.NewScanner(os.Stdin); lines.Scan(); {
		c.mu.Lock()
		requests, people := c.requests, len(c.people)
		c.mu.Unlock()
		fmt.Println(requests, people)
	}
	return nil
}

type counter struct {
	latency time.Duration
	ids     atomic.Int64

	mu       sync.Mutex
	requests int
	people   map[string]bool
}

func (c *counter) accept(ln net.Listener) {
	for {
		conn, err := ln.Accept()
		if err != nil {
			return
		}
		go func() {
			defer conn.Close()
			_ = c.talk(conn) // the client hangs up when it is done
		}()
	}
}

// talk answers the requests of one connection: as little HTTP as will do.
func (c *counter) talk(conn net.Conn) error {
	r := bufio.NewReader(conn)
	var body []byte
	for {
		length := 0
		for {
			line, err := r.ReadSlice('\n')
			if err != nil {
				return err
			}
			if len(line) == len("\r\n") {
				break
			}
			if v, ok := bytes.CutPrefix(line, []byte("Content-Length: ")); ok {
				if length, err = strconv.Atoi(string(bytes.TrimSpace(v))); err != nil {
					return err
				}
			}
		}
		body = append(body[:0], make([]byte, length)...)
		if _, err := io.ReadFull(r, body); err != nil {
			return err
		}
		_, rest, _ := bytes.Cut(body, []byte(`"number":"`))
		number, _, ok := bytes.Cut(rest, []byte(`"`))
		if !ok {
			return fmt.Errorf("no number in %q", body)
		}
		c.mu.Lock()
		c.requests++
		c.people[string(number)] = true
		c.mu.Unlock()
		if c.latency > 0 {
			time.Sleep(c.latency) // it is what is asked for
		}
		answer := fmt.Sprintf(`{"key":{"remoteJid":"%s@s.whatsapp.net","fromMe":true,"id":"3EB0%016X"},"status":"PENDING","messageTimestamp":%d}`,
			number, c.ids.Add(1), time.Now().Unix())
		if _, err := fmt.Fprintf(conn, "HTTP/1.1 201 Created\r\nContent-Type: application/json; charset=utf-8\r\nContent-Length: %d\r\n\r\n%s",
			len(answer), answer); err != nil {
			return err
		}
	}
}

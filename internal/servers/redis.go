package servers

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// Redis returns the URL of a Redis for go-redis' ParseURL: an empty database of
// the private server that the tests of this process share, emptied again when
// the test has ended; or what TEST_REDIS_URL names, as it is. Since that one may
// be shared with others and is never flushed, keys bear a prefix of the test's
// own.
func Redis(t testing.TB) (url string) {
	t.Helper()
	if given := os.Getenv(envRedis); given != "" {
		return given
	}
	r, err := sharedRedis()
	require(t, err)
	db := int(redisDatabase.Add(1) % redisDatabases)
	t.Cleanup(func() {
		if _, err := r.ask(db, "FLUSHDB"); err != nil {
			t.Error(err)
		}
	})
	return r.database(db)
}

// redisDatabases is how many tests may share the server at one time.
const redisDatabases = 1024

var (
	sharedRedis   = sync.OnceValues(func() (*RedisServer, error) { return newRedis(nil) })
	redisDatabase atomic.Int64
)

// RedisServer is a private Redis that a test may mistreat. It keeps nothing on
// disk unless its settings say so. Its methods may be called from any
// goroutine; each has done what it says when it returns.
type RedisServer struct {
	dir  string
	prog program

	mu    sync.Mutex
	proc  *process
	guard *guard
}

// NewRedis starts a Redis of the test's own, which ends with the test. Settings
// are those of redis.conf in the form of the command line: "--appendonly",
// "yes". It never uses TEST_REDIS_URL.
func NewRedis(t testing.TB, settings ...string) *RedisServer {
	t.Helper()
	r, err := newRedis(settings)
	require(t, err)
	t.Cleanup(r.close)
	return r
}

func newRedis(settings []string) (*RedisServer, error) {
	if !canStart {
		return nil, missing("Redis on a system that can start it", "redis-server", envRedis)
	}
	bin, err := findRedis()
	if err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp(os.TempDir(), "rd-")
	if err != nil {
		return nil, err
	}
	r := &RedisServer{dir: dir}
	if r.guard, err = watch(dir, "KILL"); err != nil {
		return nil, errors.Join(err, os.RemoveAll(dir))
	}
	r.prog = program{
		path: bin,
		args: append([]string{
			"--port", "0", "--unixsocket", r.Socket(), "--databases", strconv.Itoa(redisDatabases),
			"--save", "", "--appendonly", "no", "--dir", dir, "--daemonize", "no",
		}, settings...),
		as:    ownAccount(),
		dir:   dir,
		ready: "eady to accept connections",
	}
	if err := r.Start(); err != nil {
		r.close()
		return nil, err
	}
	return r, nil
}

// URL names the server's first database.
func (r *RedisServer) URL() string { return r.database(0) }

func (r *RedisServer) database(n int) string {
	return (&url.URL{Scheme: "unix", Path: r.Socket(), RawQuery: "db=" + strconv.Itoa(n)}).String()
}

// Socket is the path of the server's Unix socket, the target of a [Proxy].
func (r *RedisServer) Socket() string { return filepath.Join(r.dir, "redis.sock") }

// Start starts the server after Stop or Kill, and returns when it takes
// connections. Without appendonly it is empty.
func (r *RedisServer) Start() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.proc != nil && r.proc.running() {
		return errUp
	}
	proc, err := r.prog.start()
	if err != nil {
		return err
	}
	r.proc = proc
	return r.guard.says(proc.pid())
}

// Stop asks the server to end.
func (r *RedisServer) Stop() error { return r.finish(func(s *process) error { return s.end(sigFast) }) }

// Kill kills the server. What it has not written to an append-only file is lost.
func (r *RedisServer) Kill() error { return r.finish((*process).kill) }

func (r *RedisServer) finish(by func(*process) error) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.proc == nil || !r.proc.running() {
		return errDown
	}
	if err := by(r.proc); err != nil {
		return err
	}
	return r.guard.says(0)
}

// Freeze stops the server where it is: the system still accepts connections for
// it, and nothing answers.
func (r *RedisServer) Freeze() error { return r.live((*process).freeze) }

// Thaw lets a frozen server go on; it then does what it was sent meanwhile.
func (r *RedisServer) Thaw() error { return r.live((*process).thaw) }

func (r *RedisServer) live(do func(*process) error) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.proc == nil || !r.proc.running() {
		return errDown
	}
	return do(r.proc)
}

// Flush empties the server, as an operator's FLUSHALL does.
func (r *RedisServer) Flush() error { return r.command("FLUSHALL") }

// Fill makes the server refuse every write for want of memory, until Drain.
func (r *RedisServer) Fill() error {
	return errors.Join(r.command("CONFIG", "SET", "maxmemory-policy", "noeviction"), r.command("CONFIG", "SET", "maxmemory", "1"))
}

// Drain ends Fill.
func (r *RedisServer) Drain() error { return r.command("CONFIG", "SET", "maxmemory", "0") }

func (r *RedisServer) command(args ...string) error {
	_, err := r.ask(0, args...)
	return err
}

// Ask sends one command to the server's first database and returns the answer,
// the elements of an array separated by newlines. It is for what a test does
// behind the back of the client under test. A server that does not answer
// 2 s is an error.
func (r *RedisServer) Ask(args ...string) (string, error) { return r.ask(0, args...) }

func (r *RedisServer) ask(db int, args ...string) (string, error) {
	c, err := net.DialTimeout("unix", r.Socket(), 5*time.Second)
	if err != nil {
		return "", err
	}
	defer func() { _ = c.Close() }() // the answer is here, or the error
	limit := time.AfterFunc(2*time.Second, func() { _ = c.Close() })
	defer limit.Stop()
	in := bufio.NewReader(c)
	if db != 0 {
		if _, err := exchange(c, in, "SELECT", strconv.Itoa(db)); err != nil {
			return "", err
		}
	}
	return exchange(c, in, args...)
}

// exchange sends a command in Redis' protocol and reads the answer.
func exchange(w io.Writer, in *bufio.Reader, args ...string) (string, error) {
	var b strings.Builder
	fmt.Fprintf(&b, "*%d\r\n", len(args))
	for _, a := range args {
		fmt.Fprintf(&b, "$%d\r\n%s\r\n", len(a), a)
	}
	if _, err := io.WriteString(w, b.String()); err != nil {
		return "", err
	}
	return answer(in)
}

func answer(in *bufio.Reader) (string, error) {
	line, err := in.ReadString('\n')
	if err != nil {
		return "", err
	}
	kind, rest := line[0], strings.TrimRight(line[1:], "\r\n")
	n, _ := strconv.Atoi(rest) // the length, where there is one
	switch kind {
	case '+', ':':
		return rest, nil
	case '-':
		return "", errors.New("redis: " + rest)
	case '$':
		if n < 0 {
			return "", nil
		}
		b := make([]byte, n+2)
		_, err := io.ReadFull(in, b)
		return string(b[:n]), err
	case '*':
		var all []string
		for range n {
			one, err := answer(in)
			if err != nil {
				return "", err
			}
			all = append(all, one)
		}
		return strings.Join(all, "\n"), nil
	}
	return "", fmt.Errorf("redis: an answer of an unknown kind: %q", line)
}

// close ends the server and removes its directory.
func (r *RedisServer) close() {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.proc != nil {
		_ = r.proc.kill() // the guard tries once more
		if !r.proc.running() {
			_ = r.guard.says(0)
		}
	}
	r.guard.release()
}

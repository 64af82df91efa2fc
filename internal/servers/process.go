package servers

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"sync"
	"time"
)

// startLimit and stopLimit bound a server's start, with recovery, and its end.
const (
	startLimit = 60 * time.Second
	stopLimit  = 30 * time.Second
)

// errDown and errUp: the caller has mistaken the state of its server.
var (
	errDown = errors.New("servers: the server is not running: Start it first")
	errUp   = errors.New("servers: the server is running already: Stop or Kill it first")
)

// account is whom a server runs as.
type account struct {
	uid, gid int
	// other: not the test process's own.
	other bool
}

// program is how a server is started.
type program struct {
	path  string
	args  []string
	as    *account
	dir   string
	ready string // what the log says when clients are welcome
}

// process is a server that was started once, running or ended.
type process struct {
	cmd   *exec.Cmd
	ready chan struct{} // closed when the log has said so
	ended chan struct{} // closed when it and all its children have gone

	mu  sync.Mutex
	log []string // the last lines
}

// start starts a program and returns when it is ready.
func (p program) start() (*process, error) {
	r, w, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	cmd := exec.Command(p.path, p.args...)
	cmd.Dir = p.dir
	cmd.Env = []string{"LC_ALL=C", "LANG=C", "TZ=UTC", "PATH=" + os.Getenv("PATH"), "HOME=" + p.dir}
	cmd.Stdout, cmd.Stderr = w, w
	detach(cmd, p.as)
	err = cmd.Start()
	err = errors.Join(err, w.Close())
	if err != nil {
		return nil, errors.Join(fmt.Errorf("starting %s: %w", p.path, err), r.Close())
	}
	s := &process{cmd: cmd, ready: make(chan struct{}), ended: make(chan struct{})}
	go s.follow(r, p.ready)
	limit := time.NewTimer(startLimit)
	defer limit.Stop()
	select {
	case <-s.ready:
		return s, nil
	case <-s.ended:
		return nil, fmt.Errorf("%s ended while starting: %s", p.path, s.tail())
	case <-limit.C:
		err := s.kill()
		return nil, errors.Join(fmt.Errorf("%s is not ready after %v: %s", p.path, startLimit, s.tail()), err)
	}
}

// follow reads the log to its end. The children of a server have inherited the
// other end of the pipe, so the end comes when the last of them has gone, and
// then nothing stands in the way of the next start.
func (s *process) follow(r io.ReadCloser, ready string) {
	lines := bufio.NewScanner(r)
	lines.Buffer(nil, 1<<20)
	seen := false
	for lines.Scan() {
		s.mu.Lock()
		if len(s.log) == 40 {
			s.log = s.log[1:]
		}
		s.log = append(s.log, lines.Text())
		s.mu.Unlock()
		if !seen && strings.Contains(lines.Text(), ready) {
			seen = true
			close(s.ready)
		}
	}
	_, _ = io.Copy(io.Discard, r) // a line beyond the buffer stops the scanner, not the server
	_ = r.Close()
	_ = s.cmd.Wait() // how it ended is no error: it was told to
	close(s.ended)
}

// tail is the end of the log.
func (s *process) tail() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return strings.Join(s.log, "\n")
}

func (s *process) pid() int { return s.cmd.Process.Pid }

func (s *process) running() bool {
	select {
	case <-s.ended:
		return false
	default:
		return true
	}
}

// end sends a signal that asks the server to end and waits until it has.
func (s *process) end(sig os.Signal) error {
	if err := signal(s.pid(), sig); err != nil {
		return err
	}
	return s.wait()
}

func (s *process) wait() error {
	limit := time.NewTimer(stopLimit)
	defer limit.Stop()
	select {
	case <-s.ended:
		return nil
	case <-limit.C:
		return fmt.Errorf("server %d has not ended after %v: %s", s.pid(), stopLimit, s.tail())
	}
}

// kill ends the server and its children at once, as a machine that loses its
// processes does. Stopping the parent first keeps it from starting more.
func (s *process) kill() error {
	if !s.running() {
		return nil
	}
	err := s.each(sigStop, os.Kill)
	return errors.Join(err, s.wait())
}

// freeze stops the server and its children where they are.
func (s *process) freeze() error { return s.each(sigStop, sigStop) }

// thaw lets them go on.
func (s *process) thaw() error { return s.each(nil, sigCont) }

// each sends first to the server, if there is a first, then sig to its children
// and to it.
func (s *process) each(first, sig os.Signal) error {
	if first != nil {
		if err := signal(s.pid(), first); err != nil {
			return err
		}
	}
	pids, err := children(s.pid())
	for _, pid := range pids {
		err = errors.Join(err, signal(pid, sig))
	}
	return errors.Join(err, signal(s.pid(), sig))
}

package crashtest

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/alreasense/campaigns/evolution/evolutiontest"
)

// fleet is the real program, as processes: a daemon on a data directory, and
// the emulated gateway, whose ledger is on the disk.
type fleet struct {
	t         *testing.T
	program   string
	data      string
	books     string // of the emulator
	address   string // of the emulator
	home      string
	instances []string
	env       []string // of every process, besides
}

// newFleet builds the program as `make build` does.
func newFleet(t *testing.T, instances int) *fleet {
	t.Helper()
	dir := t.TempDir()
	f := &fleet{t: t, program: filepath.Join(dir, "campaignd"), data: filepath.Join(dir, "data"), books: filepath.Join(dir, "gateway"), home: filepath.Join(dir, "home")}
	for i := range instances {
		f.instances = append(f.instances, fmt.Sprintf("n%d", i))
	}
	build := exec.Command("go", "build", "-trimpath", "-o", f.program, "github.com/alreasense/campaigns/cmd/campaignd")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	out, err := build.CombinedOutput()
	require.NoError(t, err, string(out))
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	f.address = l.Addr().String()
	require.NoError(t, l.Close())
	return f
}

// process is one that was started here, and is ended here.
type process struct {
	cmd    *exec.Cmd
	up     chan struct{} // closed when it has said its address
	exited chan struct{}
	log    *tail
}

func (f *fleet) start(args ...string) *process {
	f.t.Helper()
	return f.startOf(f.program, args...)
}

// startOf starts the daemon of a program, which may be another version.
func (f *fleet) startOf(program string, args ...string) *process {
	f.t.Helper()
	p := &process{cmd: exec.Command(program, args...), up: make(chan struct{}), exited: make(chan struct{}), log: &tail{}}
	p.cmd.Env = append(os.Environ(), "HOME="+f.home, "EVOLUTION_API_URL=http://"+f.address, "EVOLUTION_API_KEY="+evolutiontest.DefaultKey)
	p.cmd.Env = append(p.cmd.Env, f.env...)
	out, err := p.cmd.StdoutPipe()
	require.NoError(f.t, err)
	errout, err := p.cmd.StderrPipe()
	require.NoError(f.t, err)
	require.NoError(f.t, p.cmd.Start())
	var read sync.WaitGroup
	read.Go(func() {
		up := false
		for lines := bufio.NewScanner(out); lines.Scan(); {
			if !up && strings.HasPrefix(strings.TrimSpace(lines.Text()), "address ") {
				up = true
				close(p.up)
			}
		}
	})
	read.Go(func() { _, _ = io.Copy(p.log, errout) })
	go func() {
		read.Wait()
		_ = p.cmd.Wait()
		close(p.exited)
	}()
	f.t.Cleanup(p.kill)
	return p
}

// kill ends it at once, as kill -9 does, and waits until it is gone.
func (p *process) kill() {
	_ = p.cmd.Process.Kill()
	<-p.exited
}

// stop ends it in order.
func (p *process) stop(t *testing.T) {
	t.Helper()
	require.NoError(t, p.cmd.Process.Signal(os.Interrupt), "%s", p.log)
	select {
	case <-p.exited:
	case <-time.After(time.Minute):
		t.Fatalf("it does not end:\n%s", p.log)
	}
	require.True(t, p.cmd.ProcessState.Success(), "%s", p.log)
}

// ready waits until it listens.
func (p *process) ready(t *testing.T) {
	t.Helper()
	select {
	case <-p.up:
	case <-p.exited:
		t.Fatalf("it has ended:\n%s", p.log)
	case <-time.After(time.Minute):
		t.Fatalf("it does not listen:\n%s", p.log)
	}
}

func (f *fleet) daemon() *process {
	f.t.Helper()
	return f.start("serve", "--addr", "127.0.0.1:0", "--data", f.data)
}

func (f *fleet) emulator() *process {
	f.t.Helper()
	args := []string{"emulator", "--addr", f.address, "--data", f.books}
	for _, name := range f.instances {
		args = append(args, "--open", name)
	}
	p := f.start(args...)
	p.ready(f.t)
	return p
}

// tail keeps the end of a log.
type tail struct {
	mu sync.Mutex
	b  []byte
}

func (l *tail) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.b = append(l.b, p...)
	if extra := len(l.b) - 8<<10; extra > 0 {
		l.b = bytes.Clone(l.b[extra:])
	}
	return len(p), nil
}

func (l *tail) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return string(l.b)
}

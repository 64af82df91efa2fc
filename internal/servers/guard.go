package servers

import (
	"fmt"
	"io"
	"os"
	"os/exec"
	"sync"
)

// guardScript outlives the test process: it reads what to end from its standard
// input, whose other end only the test process holds, and acts when that closes,
// which no way of dying prevents. The last line it has read is the process
// that runs, or empty. A server that is frozen is woken so that it can end.
const guardScript = `
pid=
while read -r line; do pid=$line; done
if [ -n "$pid" ]; then
	kill -CONT "$pid"; kill -"$1" "$pid"
	n=0
	while kill -0 "$pid" && [ $n -lt 80 ]; do sleep 0.1; n=$((n+1)); done
	kill -KILL "$pid"
fi
rm -rf "$2"
`

// guard is the shell that cleans up after the test process.
type guard struct {
	cmd *exec.Cmd
	mu  sync.Mutex
	in  io.WriteCloser
}

// watch starts a guard for a directory, which it removes at the end, and for
// the server in it, which it then ends by the signal of that name.
func watch(dir, signal string) (*guard, error) {
	return newGuard(guardScript, signal, dir)
}

func newGuard(script string, args ...string) (*guard, error) {
	cmd := exec.Command("/bin/sh", append([]string{"-c", script, "sh"}, args...)...)
	cmd.Dir = "/"
	cmd.Env = []string{"PATH=" + os.Getenv("PATH")}
	detach(cmd, ownAccount())
	in, err := cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, fmt.Errorf("starting the shell that cleans up: %w", err)
	}
	return &guard{cmd: cmd, in: in}, nil
}

// says tells the guard which process runs, 0 for none.
func (g *guard) says(pid int) error {
	g.mu.Lock()
	defer g.mu.Unlock()
	line := "\n"
	if pid != 0 {
		line = fmt.Sprintf("%d\n", pid)
	}
	_, err := io.WriteString(g.in, line)
	return err
}

// release makes the guard act now, and returns when it has.
func (g *guard) release() {
	g.mu.Lock()
	defer g.mu.Unlock()
	_ = g.in.Close()
	_ = g.cmd.Wait() // rm's last word decides the status, and nobody waits for it
}

package servers

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"
)

// childEnv makes this test binary a process that starts servers and waits to be
// killed.
const childEnv = "CAMPAIGNS_SERVERS_CHILD"

func TestMain(m *testing.M) {
	if os.Getenv(childEnv) == "" {
		os.Exit(m.Run())
	}
	p, err := newPG(PGOptions{NoSync: true})
	if err != nil {
		fmt.Println("error", err)
		os.Exit(1)
	}
	if os.Getenv(childEnv) == "frozen" {
		if err := p.Freeze(); err != nil {
			fmt.Println("error", err)
			os.Exit(1)
		}
	}
	fmt.Println(p.proc.pid(), p.dir)
	select {}
}

func TestServersEndWithTheProcessThatStartedThem(t *testing.T) {
	if _, err := findPostgres(os.Getenv("PATH"), postgresDirs); err != nil {
		require(t, err)
	}
	for _, state := range []string{"running", "frozen"} {
		t.Run(state, func(t *testing.T) {
			child := exec.Command(os.Args[0])
			child.Env = append(os.Environ(), childEnv+"="+state)
			out, err := child.StdoutPipe()
			must(t, err)
			must(t, child.Start())
			line, err := bufio.NewReader(out).ReadString('\n')
			must(t, err)
			pid, dir, _ := strings.Cut(strings.TrimSpace(line), " ")
			if _, err := os.Stat(dir); err != nil {
				t.Fatalf("%s: %v", line, err)
			}
			must(t, child.Process.Kill())
			_ = child.Wait()

			ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
			defer cancel()
			tick := time.NewTicker(20 * time.Millisecond)
			defer tick.Stop()
			for {
				_, alive := os.Stat("/proc/" + pid)
				_, there := os.Stat(dir)
				if os.IsNotExist(there) && (alive != nil) {
					return
				}
				select {
				case <-tick.C:
				case <-ctx.Done():
					t.Fatalf("the server or its directory has outlived its process: %s", line)
				}
			}
		})
	}
}

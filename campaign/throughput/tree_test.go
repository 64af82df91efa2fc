//go:build unix

package throughput

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// tick is the unit of /proc's times on every Linux that Go runs on.
const tick = 10 * time.Millisecond

// tree is what the server that wrote the postmaster.pid has used of the
// processors, with its children, living and gone; zero where there is no /proc.
func tree(pidFile string) (sum time.Duration) {
	root, _, _ := strings.Cut(pidFile, "\n")
	files, _ := filepath.Glob("/proc/[0-9]*/stat")
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			continue // it has ended
		}
		// After the name, which may hold spaces: state, parent, … utime, stime, and
		// those of children that were waited for.
		_, rest, _ := strings.Cut(string(text), ") ")
		f := strings.Fields(rest)
		if len(f) < 15 {
			continue
		}
		mine := filepath.Base(filepath.Dir(file)) == root
		if !mine && f[1] != root {
			continue
		}
		times := f[11:13]
		if mine {
			times = f[11:15]
		}
		for _, t := range times {
			n, err := strconv.ParseInt(t, 10, 64)
			if err != nil {
				panic(fmt.Sprintf("%s: %v", file, err))
			}
			sum += time.Duration(n) * tick
		}
	}
	return sum
}

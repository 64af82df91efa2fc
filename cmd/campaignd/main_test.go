package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
	"github.com/stretchr/testify/require"

	"github.com/alreasense/campaigns/campaign/account"
)

// bin is the directory of the program as `make build` makes it, for the tests
// that run it as processes: hundreds of them would wait for the race detector,
// which what runs inside of the tests has.
var bin string

var build = sync.OnceValue(func() error {
	c := exec.Command("go", "build", "-trimpath", "-o", bin, ".")
	c.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := c.CombinedOutput(); err != nil {
		return fmt.Errorf("%w: %s", err, out)
	}
	return nil
})

// program is the path of the program.
func program(t testing.TB) string {
	t.Helper()
	require.NoError(t, build())
	return filepath.Join(bin, "campaignd")
}

func TestMain(m *testing.M) {
	var err error
	if bin, err = os.MkdirTemp("", "campaignd-test-"); err != nil {
		panic(err)
	}
	bin += string(os.PathSeparator)                      // a directory for the program
	passwordCost = account.Cost{Passes: 1, MemoryKiB: 8} // the race detector follows each byte
	code := m.Run()
	_ = os.RemoveAll(bin)
	os.Exit(code)
}

func TestScripts(t *testing.T) {
	program(t)
	testscript.Run(t, testscript.Params{
		Dir: "testdata/script",
		Setup: func(e *testscript.Env) error {
			e.Setenv("HOME", filepath.Join(e.WorkDir, "home"))
			e.Setenv("PATH", bin+string(os.PathListSeparator)+e.Getenv("PATH"))
			return nil
		},
	})
}

// outcome is what a call of the program leaves.
type outcome struct {
	code        int
	out, errout string
}

// call runs the program in this process.
func call(t *testing.T, environ []string, args ...string) outcome {
	t.Helper()
	return callWith(t.Context(), environ, args...)
}

func callWith(ctx context.Context, environ []string, args ...string) outcome {
	var out, errout bytes.Buffer
	code := run(ctx, args, environ, strings.NewReader(""), &out, &errout)
	return outcome{code, out.String(), errout.String()}
}

func TestNoArgumentsNameTheFirstSteps(t *testing.T) {
	o := call(t, nil)
	require.Equal(t, exitOK, o.code)
	require.Contains(t, o.out, "campaignd demo\n")
	require.Contains(t, o.out, "campaignd serve\n")
	require.Contains(t, o.out, "campaignd test-send --to")
	require.Empty(t, o.errout)
}

func TestUsageErrorsExitWith2(t *testing.T) {
	for _, c := range []struct{ args, want string }{
		{"dmo", `there is no command "dmo", did you mean "demo"? (see campaignd --help)`},
		{"conquer", `there is no command "conquer" (see campaignd --help)`},
		{"demo --dta x", `unknown flag --dta, did you mean "--data"? (see campaignd demo --help)`},
		{"demo --gap-min soon", `(see campaignd demo --help)`},
		{"holidays", `expected "<year>" (see campaignd holidays --help)`},
		{"test-send", `missing flags: --to=PHONE (see campaignd test-send --help)`},
	} {
		o := call(t, nil, strings.Fields(c.args)...)
		require.Equal(t, exitUsage, o.code, c.args)
		require.Contains(t, o.errout, c.want)
		require.Empty(t, o.out)
	}
}

func TestEveryCommandHasHelpWithAnExample(t *testing.T) {
	for _, name := range []string{"demo", "serve", "test-send", "emulator", "holidays", "doctor", "completion"} {
		o := call(t, nil, name, "--help")
		require.Equal(t, exitOK, o.code, name)
		require.Contains(t, o.out, "Example", name)
		require.Contains(t, o.out, "campaignd "+name, name)
	}
}

package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/stretchr/testify/require"
)

// Every mutant still applies to the code as it is, gives Go that parses, and
// names a test that exists. Whether it is killed, the command finds out.
func TestMutantsApply(t *testing.T) {
	root := os.DirFS("../..")
	ms, err := load(os.DirFS("testdata"))
	require.NoError(t, err)
	require.GreaterOrEqual(t, len(ms), 20)
	tests := make(map[string]string)
	for _, m := range ms {
		t.Run(m.name, func(t *testing.T) {
			files, err := m.apply(root)
			require.NoError(t, err)
			for name, src := range files {
				was, err := os.ReadFile(filepath.Join("../..", filepath.FromSlash(name)))
				require.NoError(t, err)
				require.NotEqual(t, string(was), src)
			}
			if tests[m.pkg] == "" {
				tests[m.pkg] = sources(t, m.pkg)
			}
			name, _, _ := strings.Cut(m.test, "/")
			require.Regexp(t, `(?m)^func `+regexp.QuoteMeta(name)+`\(t \*testing\.T\)`, tests[m.pkg], "its test is gone")
		})
	}
}

// sources are the tests of a package.
func sources(t *testing.T, pkg string) string {
	files, err := filepath.Glob(filepath.Join("../..", filepath.FromSlash(pkg), "*_test.go"))
	require.NoError(t, err)
	var all strings.Builder
	for _, f := range files {
		raw, err := os.ReadFile(f)
		require.NoError(t, err)
		all.Write(raw)
	}
	return all.String()
}

// Each invariant has a mutant that breaks it.
func TestEveryInvariantIsBroken(t *testing.T) {
	ms, err := load(os.DirFS("testdata"))
	require.NoError(t, err)
	ids := rules(ms)
	for n := 1; n <= 17; n++ {
		require.Contains(t, ids, fmt.Sprintf("I%d", n))
	}
	require.Equal(t, "I2", ids[slices.Index(ids, "I1")+1], "in the order of the numbers")
}

const good = "It does\nwrong.\n\nbreaks: I1 S13\nkilled by: ./p TestX/y\n@ p/f.go\n a\n-b\n+c\n@ p/g.sql\n-d\n"

func TestParse(t *testing.T) {
	m, err := parse("name", good)
	require.NoError(t, err)
	require.Equal(t, mutant{name: "name", says: "It does wrong.", breaks: []string{"I1", "S13"}, pkg: "./p", test: "TestX/y",
		edits: []edit{{"p/f.go", "a\nb\n", "a\nc\n"}, {"p/g.sql", "d\n", ""}}}, m)

	for name, change := range map[string][2]string{
		"no sentence":           {"It does\nwrong.\n\n", ""},
		"nothing broken":        {"breaks: I1 S13\n", ""},
		"broken twice":          {"breaks: I1 S13\n", "breaks: I1\nbreaks: I2\n"},
		"no such invariant":     {"I1 S13", "I18"},
		"no killer":             {"killed by: ./p TestX/y\n", ""},
		"a killer of no place":  {"./p TestX", "p TestX"},
		"a killer that is none": {"TestX", "BenchmarkX"},
		"an unknown field":      {"breaks", "spoils"},
		"a field too late":      {"+c\n", "+c\nbreaks: I2\n"},
		"nothing edited":        {"@ p/f.go\n a\n-b\n+c\n@ p/g.sql\n-d\n", ""},
		"an empty line":         {" a\n", "\n"},
		"no place":              {" a\n-b\n", ""},
		"no change":             {"-b\n+c\n", "-b\n+b\n"},
		"outside":               {"p/f.go", "../f.go"},
		"no file":               {"p/f.go", "p"},
		"a test":                {"p/f.go", "p/f_test.go"},
	} {
		t.Run(name, func(t *testing.T) {
			text := strings.Replace(good, change[0], change[1], 1)
			require.NotEqual(t, good, text)
			_, err := parse("name", text)
			require.Error(t, err)
		})
	}
}

func TestLoadNamesTheFile(t *testing.T) {
	_, err := load(fstest.MapFS{"odd.mutant": {Data: []byte("odd")}, "else.txt": {Data: []byte("odd")}})
	require.ErrorContains(t, err, "odd.mutant: ")
}

func TestEdit(t *testing.T) {
	for _, c := range []struct {
		name, src, old, new, want string
		err                       error
	}{
		{"in the middle", "a\nb\nc\n", "b\n", "x\ny\n", "a\nx\ny\nc\n", nil},
		{"first", "a\nb\n", "a\n", "x\n", "x\nb\n", nil},
		{"last", "a\nb\n", "b\n", "", "a\n", nil},
		{"all", "a\n", "a\n", "", "", nil},
		{"whole lines only", "ab\nb\n", "b\n", "x\n", "ab\nx\n", nil},
		{"gone", "a\n", "b\n", "x\n", "", errGone},
		{"half a line", "ab\n", "a\n", "x\n", "", errGone},
		{"no line end", "a\nb", "b\n", "x\n", "", errGone},
		{"twice", "a\nb\na\n", "a\n", "x\n", "", errVague},
		{"twice in a row", "a\na\na\n", "a\na\n", "x\n", "", errVague},
	} {
		t.Run(c.name, func(t *testing.T) {
			e := edit{old: c.old, new: c.new}
			got, err := e.apply(c.src)
			require.ErrorIs(t, err, c.err)
			require.Equal(t, c.want, got)
		})
	}
}

func TestApply(t *testing.T) {
	root := fstest.MapFS{"p/f.go": {Data: []byte("package p\n\nvar a = 1\nvar b = 2\n")}, "p/g.sql": {Data: []byte("one\n")}}
	m := mutant{edits: []edit{{"p/f.go", "var a = 1\n", "var a = 3\n"}, {"p/f.go", "var b = 2\n", ""}, {"p/g.sql", "one\n", "two\n"}}}
	files, err := m.apply(root)
	require.NoError(t, err)
	require.Equal(t, map[string]string{"p/f.go": "package p\n\nvar a = 3\n", "p/g.sql": "two\n"}, files)

	m.edits[0].new = "var a = = 3\n"
	_, err = m.apply(root)
	require.ErrorContains(t, err, "p/f.go:3", "it must parse")
	m.edits[0].old = "var c = 1\n"
	_, err = m.apply(root)
	require.ErrorIs(t, err, errGone)
	require.ErrorContains(t, err, "var c = 1")
	m.edits[0].file = "p/none.go"
	_, err = m.apply(root)
	require.ErrorIs(t, err, os.ErrNotExist)
}

// A module of a few lines, and what the matrix says about each kind of mutant.
func TestMatrix(t *testing.T) {
	root := t.TempDir()
	for name, text := range map[string]string{
		"go.mod": "module tiny\n\ngo 1.26\n",
		"p/f.go": "package p\n\nfunc Limit(n int) int {\n\tif n > 9 {\n\t\tn = 9\n\t}\n\treturn n + 0\n}\n",
		"p/f_test.go": `package p

import "testing"

func TestLimit(t *testing.T) {
	t.Run("high up", func(t *testing.T) {
		if got := Limit(20); got != 9 {
			t.Fatal(got)
		}
	})
}

func TestPanics(t *testing.T) { _ = make([]int, Limit(3)) }

func TestSkipped(t *testing.T) { t.SkipNow() }

func TestFails(t *testing.T) { t.Fail() }
`,
	} {
		file := filepath.Join(root, filepath.FromSlash(name))
		require.NoError(t, os.MkdirAll(filepath.Dir(file), 0o700))
		require.NoError(t, os.WriteFile(file, []byte(text), 0o600))
	}
	one := func(name, test, old, now string) mutant {
		return mutant{name: name, says: "x", breaks: []string{"I1"}, pkg: "./p", test: test, edits: []edit{{"p/f.go", old, now}}}
	}
	const limit, result = "\tif n > 9 {\n", "\treturn n + 0\n"
	l := &lab{root: root, temp: t.TempDir()}
	var out bytes.Buffer
	at := time.Unix(0, 0)
	now := func() time.Time { at = at.Add(500 * time.Millisecond); return at }
	err := matrix(context.Background(), l, []mutant{
		one("kills", "TestLimit/high_up", limit, "\tif n > 99 {\n"),
		one("panics", "TestPanics", result, "\treturn -1\n"),
		one("survives", "TestLimit/high_up", result, "\treturn n - 0\n"),
		one("no-go", "TestLimit/high_up", limit, "\tif n > nine {\n"),
		one("gone", "TestLimit/high_up", "\tif n > 8 {\n", ""),
		one("no-test", "TestLimit/low", limit, "\tif n > 99 {\n"),
		one("skipped", "TestSkipped", limit, "\tif n > 99 {\n"),
		one("fails-anyway", "TestFails", limit, "\tif n > 99 {\n"),
	}, &out, now)
	require.EqualError(t, err, "6 of 8 mutants were not killed")
	for _, want := range []string{
		`kills +I1 +killed +0\.5  \./p TestLimit/high_up`, `panics +I1 +killed`,
		`survives +I1 +SURVIVED`, `TestLimit/high_up passes without the rule: x`,
		`no-go +I1 +BROKEN .*\n\tit does not compile`, `undefined: nine`,
		`gone +I1 +BROKEN .*\n\tp/f\.go: the lines to replace are not there`,
		`no-test +I1 +BROKEN .*\n\t\./p has no test TestLimit/low, or it was skipped`,
		`skipped +I1 +BROKEN .*\n\t\./p has no test TestSkipped`,
		`fails-anyway +I1 +BROKEN .*\n\t\./p TestFails fails without a mutant`,
		`8 mutants of I1: 2 killed, 1 survived, 5 broken, in 8 s`,
	} {
		require.Regexp(t, want, out.String())
	}
	src, err := os.ReadFile(filepath.Join(root, "p", "f.go"))
	require.NoError(t, err)
	require.Contains(t, string(src), limit, "the tree is as it was")

	out.Reset()
	l.tell = true
	require.NoError(t, matrix(context.Background(), l, []mutant{one("kills", "TestLimit/high_up", limit, "\tif n > 99 {\n")}, &out, now))
	require.Contains(t, out.String(), "1 killed, 0 survived, 0 broken")
	require.Contains(t, out.String(), "f_test.go:8: 20", "what the test says")

	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	require.ErrorIs(t, matrix(ctx, l, []mutant{one("kills", "TestLimit/high_up", limit, "\tif n > 99 {\n")}, &out, now), context.Canceled)
}

func TestRunLists(t *testing.T) {
	var out bytes.Buffer
	require.NoError(t, run(t.Context(), []string{"-list", "-run", "^pause"}, &out, time.Now))
	require.Contains(t, out.String(), "pause-without-wait")
	require.NotContains(t, out.String(), "http-retry")
	require.ErrorContains(t, run(t.Context(), []string{"-run", "^no such$"}, &out, time.Now), "no mutant has such a name")
	require.Error(t, run(t.Context(), []string{"-run", "("}, &out, time.Now))
	require.Error(t, run(t.Context(), []string{"-sideways"}, &out, time.Now))
}

func TestTail(t *testing.T) {
	require.Equal(t, "a", tail(" a\n"))
	long := tail(strings.Repeat("é", 3000))
	require.Less(t, len(long), 2010)
	require.True(t, strings.HasPrefix(long, "…é"))
}

func TestGist(t *testing.T) {
	for out, want := range map[string]string{
		"=== RUN TestX\n    x_test.go:7: it is 3\n--- FAIL: TestX\n": "x_test.go:7: it is 3\n--- FAIL: TestX",
		"=== RUN TestX\npanic: no\n    x_test.go:7: later\n":         "panic: no\n    x_test.go:7: later",
		"nothing of that": "nothing of that",
	} {
		require.Equal(t, want, gist(out))
	}
	require.Less(t, len(gist(strings.Repeat("é", 3000))), 610)
}

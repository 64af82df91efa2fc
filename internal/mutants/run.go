package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"time"
)

// verdict is what became of a mutant.
type verdict string

const (
	killed   verdict = "killed"
	survived verdict = "SURVIVED"
	broken   verdict = "BROKEN" // it could not be tried
)

// testLimit bounds one run of a test. A mutant that makes it hang is killed
// like one that makes it fail.
const testLimit = 2 * time.Minute

// lab tries mutants on the module at root.
type lab struct {
	root string // absolute
	temp string // for binaries and mutated files; the caller removes it
	race bool
	tell bool // print what killed mutants made a test say

	sound map[string]string // binaries of unmutated tests, by package
	tried map[string]error  // what the tests say about the real code
}

// try runs the test that has to kill m. The text says what the failing test
// printed, or what is the matter with a mutant that is not killed.
func (l *lab) try(ctx context.Context, m mutant) (verdict, string) {
	files, err := m.apply(os.DirFS(l.root))
	if err == nil {
		err = l.baseline(ctx, m)
	}
	var overlay string
	if err == nil {
		overlay, err = l.overlay(m, files)
	}
	if err != nil {
		return broken, err.Error()
	}
	bin := filepath.Join(l.temp, m.name+".test.exe")
	defer os.Remove(bin)
	if err := l.build(ctx, m.pkg, bin, "-overlay", overlay); err != nil {
		return broken, "it does not compile: " + err.Error()
	}
	out, err := l.run(ctx, m, bin)
	switch {
	case err == nil:
		return survived, m.test + " passes without the rule: " + m.says
	case !failed.MatchString(out):
		return broken, fmt.Sprintf("its test ended without a word of failure: %v\n%s", err, tail(out))
	}
	return killed, gist(out)
}

// failed finds a test that failed or panicked, or a run that was stopped.
var failed = regexp.MustCompile(`(?m)^(\s*--- FAIL: |panic: |fatal error: )`)

// baseline makes sure that the test of m runs, and passes on the real code.
func (l *lab) baseline(ctx context.Context, m mutant) error {
	key := m.pkg + " " + m.test
	if err, known := l.tried[key]; known {
		return err
	}
	bin, known := l.sound[m.pkg]
	if !known {
		bin = filepath.Join(l.temp, fmt.Sprintf("sound%d.test.exe", len(l.sound)))
		if err := l.build(ctx, m.pkg, bin); err != nil {
			return fmt.Errorf("%s does not compile: %w", m.pkg, err)
		}
		if l.sound == nil {
			l.sound, l.tried = make(map[string]string), make(map[string]error)
		}
		l.sound[m.pkg] = bin
	}
	out, err := l.run(ctx, m, bin)
	ran := regexp.MustCompile(`(?m)^\s*--- PASS: ` + regexp.QuoteMeta(m.test) + ` `)
	switch {
	case err != nil:
		err = fmt.Errorf("%s %s fails without a mutant: %w\n%s", m.pkg, m.test, err, tail(out))
	case !ran.MatchString(out):
		err = fmt.Errorf("%s has no test %s, or it was skipped", m.pkg, m.test)
	}
	l.tried[key] = err
	return err
}

// overlay writes the mutated files and the list that go reads.
func (l *lab) overlay(m mutant, files map[string]string) (string, error) {
	var list struct{ Replace map[string]string }
	list.Replace = make(map[string]string)
	for name, src := range files {
		to := filepath.Join(l.temp, fmt.Sprintf("%s.%d%s", m.name, len(list.Replace), filepath.Ext(name)))
		if err := os.WriteFile(to, []byte(src), 0o600); err != nil {
			return "", err
		}
		list.Replace[filepath.Join(l.root, filepath.FromSlash(name))] = to
	}
	raw, err := json.Marshal(list)
	if err != nil {
		return "", err
	}
	file := filepath.Join(l.temp, m.name+".json")
	return file, os.WriteFile(file, raw, 0o600)
}

// build compiles the tests of a package.
func (l *lab) build(ctx context.Context, pkg, bin string, args ...string) error {
	args = append([]string{"test", "-c", "-o", bin}, args...)
	if l.race {
		args = append(args, "-race")
	}
	cmd := exec.CommandContext(ctx, "go", append(args, pkg)...)
	cmd.Dir = l.root
	out, err := cmd.CombinedOutput()
	if err != nil {
		return fmt.Errorf("%w\n%s", err, tail(string(out)))
	}
	return nil
}

// run runs the test of m in a binary. The error is an *exec.ExitError where
// the test has failed.
func (l *lab) run(ctx context.Context, m mutant, bin string) (string, error) {
	// The test stops itself first, with the stacks of what hangs.
	ctx, cancel := context.WithTimeout(ctx, testLimit+30*time.Second)
	defer cancel()
	parts := strings.Split(m.test, "/")
	for i, p := range parts {
		parts[i] = "^" + regexp.QuoteMeta(p) + "$"
	}
	cmd := exec.CommandContext(ctx, bin, "-test.v", "-test.count=1", "-test.timeout="+testLimit.String(), "-test.run="+strings.Join(parts, "/"))
	cmd.Dir = filepath.Join(l.root, filepath.FromSlash(m.pkg))
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	cmd.WaitDelay = time.Second
	err := cmd.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		return "", fmt.Errorf("run the tests of %s: %w", m.pkg, err)
	}
	return out.String(), err
}

var word = regexp.MustCompile(`(?m)^(\s+\S+_test\.go:\d+: |panic: |fatal error: )`)

// gist is where a failing test begins to say why.
func gist(s string) string {
	const most = 600
	if at := word.FindStringIndex(s); at != nil {
		s = s[at[0]:]
	}
	if len(s) > most {
		s = strings.ToValidUTF8(s[:most], "") + "…"
	}
	return strings.TrimSpace(s)
}

// tail is the end of an output, for people.
func tail(s string) string {
	const most = 2000
	if s = strings.TrimSpace(s); len(s) > most {
		return "…" + strings.ToValidUTF8(s[len(s)-most:], "")
	}
	return s
}

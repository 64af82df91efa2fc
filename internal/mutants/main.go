package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	err := run(ctx, os.Args[1:], os.Stdout, time.Now)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "mutants:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string, out io.Writer, now func() time.Time) error {
	fl := flag.NewFlagSet("mutants", flag.ContinueOnError)
	fl.SetOutput(out)
	only := fl.String("run", "", "run those whose name matches the regular `expression`")
	list := fl.Bool("list", false, "print what there is, and run nothing")
	tell := fl.Bool("v", false, "print what the failing tests say, too")
	race := fl.Bool("race", false, "build the tests with the race detector")
	if err := fl.Parse(args); err != nil {
		return err
	}
	match, err := regexp.Compile(*only)
	if err != nil {
		return err
	}
	root, err := moduleRoot(ctx)
	if err != nil {
		return err
	}
	ms, err := load(os.DirFS(filepath.Join(root, "internal", "mutants", "testdata")))
	if err != nil {
		return err
	}
	ms = slices.DeleteFunc(ms, func(m mutant) bool { return !match.MatchString(m.name) })
	if len(ms) == 0 {
		return errors.New("no mutant has such a name")
	}
	if *list {
		for _, m := range ms {
			fmt.Fprintf(out, "%-34s %-8s %s\n", m.name, strings.Join(m.breaks, " "), m.says)
		}
		return nil
	}
	temp, err := os.MkdirTemp("", "mutants")
	if err != nil {
		return err
	}
	defer os.RemoveAll(temp)
	return matrix(ctx, &lab{root: root, temp: temp, race: *race, tell: *tell}, ms, out, now)
}

// moduleRoot is the folder of the go.mod that the working directory belongs to.
func moduleRoot(ctx context.Context) (string, error) {
	raw, err := exec.CommandContext(ctx, "go", "env", "GOMOD").Output()
	if err != nil {
		return "", fmt.Errorf("go env GOMOD: %w", err)
	}
	file := strings.TrimSpace(string(raw))
	if filepath.Base(file) != "go.mod" {
		return "", errors.New("run it inside the module")
	}
	return filepath.Dir(file), nil
}

// matrix tries all mutants, prints a row for each as it comes and the sum in
// the end. It returns an error unless all were killed.
func matrix(ctx context.Context, l *lab, ms []mutant, out io.Writer, now func() time.Time) error {
	const row = "%-34s %-8s %-9s %6s  %s\n"
	fmt.Fprintf(out, row, "mutant", "breaks", "verdict", "s", "killed by")
	begin := now()
	count := make(map[verdict]int)
	for _, m := range ms {
		from := now()
		v, said := l.try(ctx, m)
		if ctx.Err() != nil {
			return ctx.Err()
		}
		count[v]++
		fmt.Fprintf(out, row, m.name, strings.Join(m.breaks, " "), v, fmt.Sprintf("%.1f", now().Sub(from).Seconds()), m.pkg+" "+m.test)
		if v != killed || l.tell {
			fmt.Fprintf(out, "\t%s\n", strings.ReplaceAll(said, "\n", "\n\t"))
		}
	}
	fmt.Fprintf(out, "%d mutants of %s: %d killed, %d survived, %d broken, in %.0f s\n",
		len(ms), strings.Join(rules(ms), " "), count[killed], count[survived], count[broken], now().Sub(begin).Seconds())
	if count[killed] != len(ms) {
		return fmt.Errorf("%d of %d mutants were not killed", len(ms)-count[killed], len(ms))
	}
	return nil
}

// rules lists what the mutants break, each once, in the order of the numbers.
func rules(ms []mutant) []string {
	var ids []string
	for _, m := range ms {
		ids = append(ids, m.breaks...)
	}
	slices.SortFunc(ids, func(a, b string) int {
		if len(a) != len(b) && a[0] == b[0] {
			return len(a) - len(b)
		}
		return strings.Compare(a, b)
	})
	return slices.Compact(ids)
}

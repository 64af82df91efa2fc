package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/alecthomas/kong"
)

// Exit codes.
const (
	exitOK    = 0
	exitFail  = 1 // it could not be done, and the message says why
	exitUsage = 2 // it was not asked for in a way that is understood
)

// world is what a command has of the process around it.
type world struct {
	ctx    context.Context
	env    environment
	stdin  io.Reader
	stdout io.Writer
	stderr io.Writer
	// atEnd is what a command leaves to be ended, the last first.
	atEnd []func() error
}

// end ends what is left.
func (w *world) end() (err error) {
	for _, f := range slices.Backward(w.atEnd) {
		err = errors.Join(err, f())
	}
	return err
}

// run is the program: arguments and environment in, exit code out. It ends
// early when ctx does.
func run(ctx context.Context, args, environ []string, stdin io.Reader, stdout, stderr io.Writer) int {
	w := &world{ctx: ctx, env: parseEnvironment(environ), stdin: stdin, stdout: stdout, stderr: stderr}
	if len(args) == 0 {
		fmt.Fprint(stdout, firstSteps)
		return exitOK
	}
	var asked commands
	helped := false
	app, err := kong.New(&asked,
		kong.Name("campaignd"),
		kong.Description(description),
		kong.Writers(stdout, stderr),
		kong.Exit(func(int) { helped = true }),
		kong.ConfigureHelp(kong.HelpOptions{NoAppDescFormat: true, Compact: true, FlagsLast: true, NoExpandSubcommands: true, WrapUpperBound: 92}),
		kong.ValueFormatter(withVariable),
		kong.Bind(w),
		kong.BindTo(ctx, (*context.Context)(nil)),
		kong.Resolvers(kong.ResolverFunc(w.env.resolve)),
	)
	if err != nil {
		fmt.Fprintln(stderr, "campaignd:", err)
		return exitFail
	}
	parsed, err := app.Parse(args)
	switch {
	case helped:
		return exitOK
	case err != nil:
		fmt.Fprintln(stderr, "campaignd:", understood(err, args, app))
		return exitUsage
	}
	if err := errors.Join(parsed.Run(w), w.end()); err != nil {
		fmt.Fprintln(stderr, "campaignd:", err)
		return exitFail
	}
	return exitOK
}

// understood says what was not, and where help is.
func understood(err error, args []string, app *kong.Kong) string {
	text := err.Error()
	help := "campaignd --help"
	for _, c := range app.Model.Children {
		if c.Name == args[0] {
			help = "campaignd " + c.Name + " --help"
		}
	}
	if rest, ok := strings.CutPrefix(text, "unexpected argument "+args[0]); ok {
		text = fmt.Sprintf("there is no command %q%s", args[0], rest)
	}
	return fmt.Sprintf("%s (see %s)", text, help)
}

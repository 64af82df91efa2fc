package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/alecthomas/kong"

	"github.com/alreasense/campaigns/cmd/campaignd/internal/locale"
	"github.com/alreasense/campaigns/cmd/campaignd/internal/portuguese"
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

// locale is the person's language.
func (w *world) locale() locale.Locale { return locale.Of(w.env) }

// say chooses a text in the person's language.
func (w *world) say(pt, en string) string { return w.locale().Say(pt, en) }

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
		fmt.Fprint(stdout, w.say(primeirosPassos, firstSteps))
		return exitOK
	}
	helped := false
	app, err := newParser(w, kong.Writers(stdout, stderr), kong.Exit(func(int) { helped = true }),
		kong.BindTo(ctx, (*context.Context)(nil)))
	if err != nil {
		fmt.Fprintln(stderr, "campaignd:", err)
		return exitFail
	}
	if w.locale().Portuguese() {
		portuguese.Model(app.Model)
	}
	parsed, err := app.Parse(args)
	switch {
	case helped:
		return exitOK
	case err != nil:
		fmt.Fprintln(stderr, "campaignd:", w.understood(err, args, app))
		return exitUsage
	}
	if err := errors.Join(parsed.Run(w), w.end()); err != nil {
		fmt.Fprintln(stderr, "campaignd:", w.locale().Text(err))
		return exitFail
	}
	return exitOK
}

// newParser makes what reads the command line.
func newParser(w *world, options ...kong.Option) (*kong.Kong, error) {
	if w.locale().Portuguese() {
		options = append(options, kong.Help(portuguese.Help))
	}
	return kong.New(new(commands), append(options,
		kong.Name("campaignd"),
		kong.Description(description),
		kong.ConfigureHelp(kong.HelpOptions{NoAppDescFormat: true, Compact: true, FlagsLast: true, NoExpandSubcommands: true, WrapUpperBound: 92}),
		kong.ValueFormatter(withVariable),
		kong.Bind(w),
		kong.Resolvers(kong.ResolverFunc(w.env.resolve)),
	)...)
}

// understood says what was not, and where help is.
func (w *world) understood(err error, args []string, app *kong.Kong) string {
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
	if w.locale().Portuguese() {
		text = portuguese.Error(text)
	}
	return fmt.Sprintf(w.say("%s (veja %s)", "%s (see %s)"), text, help)
}

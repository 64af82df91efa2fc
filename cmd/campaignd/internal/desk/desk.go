package desk

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"
)

// Desk is what a command has: the API, and the person in front of it.
type Desk struct {
	API *Client
	In  io.Reader
	Out io.Writer
	// Err takes what is not the answer: questions, progress, notes.
	Err io.Writer
	// Alone tells that no daemon runs: the API lives in this process.
	Alone bool
	// JSON asks for the API's own words instead of a table.
	JSON bool
	// Portuguese and Zone are the person's.
	Portuguese bool
	Zone       *time.Location
	// Person tells that somebody sits there who can answer a question.
	Person bool
	// Width is the terminal's, 0 if there is none.
	Width int

	lines *bufio.Reader
}

// Flags are the flags of every command of this package.
type Flags struct {
	Tenant string `help:"Whose campaigns: needed where there are several tenants; - is the one without a name." placeholder:"NAME" from:"CAMPAIGND_TENANT"`
	JSON   bool   `help:"Print JSON for scripts instead of a table." name:"json"`
}

// say chooses the person's language.
func (d *Desk) say(pt, en string) string {
	if d.Portuguese {
		return pt
	}
	return en
}

// tell prints a line of the answer, in the person's language.
func (d *Desk) tell(pt, en string, args ...any) {
	fmt.Fprintf(d.Out, d.say(pt, en)+"\n", args...)
}

// note prints a line beside the answer.
func (d *Desk) note(pt, en string, args ...any) {
	fmt.Fprintf(d.Err, d.say(pt, en)+"\n", args...)
}

// count is a number with its noun: 1 person, 2 people.
func (d *Desk) count(n int64, pt1, pt, en1, en string) string {
	if n == 1 {
		return "1 " + d.say(pt1, en1)
	}
	return fmt.Sprintf("%d %s", n, d.say(pt, en))
}

// people counts them.
func (d *Desk) people(n int64) string { return d.count(n, "pessoa", "pessoas", "person", "people") }

// fail is an error in the person's language.
func (d *Desk) fail(pt, en string, args ...any) error {
	return fmt.Errorf(d.say(pt, en), args...)
}

// print writes v as JSON.
func (d *Desk) print(v any) error {
	e := json.NewEncoder(d.Out)
	e.SetIndent("", "  ")
	e.SetEscapeHTML(false)
	return e.Encode(v)
}

// errNobody: a question was to be asked and nobody is there.
var errNobody = errors.New("nobody is there to answer")

// ask asks the person a question; sure answers it beforehand. Where nobody can
// answer it is an error that names the flag.
func (d *Desk) ask(ctx context.Context, sure bool, pt, en string, args ...any) (bool, error) {
	if sure {
		return true, nil
	}
	question := fmt.Sprintf(d.say(pt, en), args...)
	if !d.Person {
		return false, fmt.Errorf("%s %s", question, d.say(
			"Ninguém pode responder aqui: repita com --yes.", "Nobody can answer here: say it again with --yes."))
	}
	fmt.Fprintf(d.Err, "%s %s ", question, d.say("[s/N]", "[y/N]"))
	answer, err := d.line(ctx)
	if err != nil {
		return false, err
	}
	switch strings.ToLower(strings.TrimSpace(answer)) {
	case "y", "yes", "s", "sim":
		return true, nil
	}
	d.note("Nada foi feito.", "Nothing was done.")
	return false, nil
}

// line reads one line, or ends with ctx.
func (d *Desk) line(ctx context.Context) (string, error) {
	if d.lines == nil {
		d.lines = bufio.NewReader(d.In)
	}
	type read struct {
		text string
		err  error
	}
	got := make(chan read, 1)
	go func() {
		text, err := d.lines.ReadString('\n')
		if errors.Is(err, io.EOF) && text != "" {
			err = nil
		}
		got <- read{text, err}
	}()
	select {
	case <-ctx.Done():
		return "", context.Cause(ctx)
	case r := <-got:
		if errors.Is(r.err, io.EOF) {
			return "", errNobody
		}
		return strings.TrimRight(r.text, "\r\n"), r.err
	}
}

// at writes an instant in the person's zone; empty for none.
func (d *Desk) at(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	layout := "2006-01-02 15:04:05"
	if d.Portuguese {
		layout = "02/01/2006 15:04:05"
	}
	return t.In(d.Zone).Format(layout)
}

package main

import (
	"time"

	"github.com/alreasense/campaigns/cmd/campaignd/internal/demo"
	"github.com/alreasense/campaigns/cmd/campaignd/internal/locale"
)

type demoCommand struct {
	Contacts    string         `help:"A CSV file of your own, as a spreadsheet saves it. \"-\" is the standard input. Default: a sample of 60 people." placeholder:"FILE"`
	Message     []string       `help:"A text with variables such as {{nome}} or {{quem_indicou|um amigo}}. Give it up to five times: the texts take turns." placeholder:"TEXT" sep:"none"`
	Schedule    string         `help:"When messages may go out: \"immediate\", \"business days\", \"mon-fri 09:00-18:00, skip holidays, zone America/Manaus\", …" placeholder:"TEXT"`
	GapMin      *time.Duration `help:"The shortest rest of a number between two messages, such as 300ms or 20s. Default: 300ms, or 20s with --fast-forward." placeholder:"TIME"`
	GapMax      *time.Duration `help:"The longest one. Default: 600ms, or 50s." placeholder:"TIME"`
	Numbers     int            `help:"How many numbers send: 1 to 50." default:"3"`
	Data        string         `help:"Keep everything in this directory, and go on with the campaign that it holds." placeholder:"DIR"`
	FastForward bool           `help:"Play days in seconds, on a clock that jumps, and print each day. Default schedule: business days, over Carnival."`
	From        string         `help:"The first day of --fast-forward, such as 2026-02-13 or \"2026-02-13 14:00\"." placeholder:"DATE"`
	Verbose     bool           `short:"v" help:"Show the engine's log."`
}

// Help is the long text of campaignd demo --help.
func (demoCommand) Help() string {
	return `A campaign from a CSV file to the last delivery report, through the same ledger, HTTP client and webhooks as in earnest. Only the gateway is an emulator on a loopback port, which keeps books of its own on the disk. At the end the two are compared: every person has exactly one message, or stands there by name. The exit code is 1 if somebody is lost or got two.

Examples:

  campaignd demo
  campaignd demo --data ./run        (kill -9 it half way: the same command goes on)
  campaignd demo --contacts people.csv \
      --message "Oi, {{primeiro_nome}}!" --message "{{saudacao}}, {{nome}}."
  campaignd demo --fast-forward --from 2026-04-01 \
      --schedule "mon-fri 09:00-12:00 13:30-18:00, skip holidays"`
}

// Run plays the demo.
func (c *demoCommand) Run(w *world) error {
	o := demo.Options{Contacts: c.Contacts, Messages: c.Message, Schedule: c.Schedule, MinGap: c.GapMin, MaxGap: c.GapMax,
		Numbers: c.Numbers, Dir: c.Data, From: c.From, In: w.stdin, Out: w.stdout, Width: columns(w.stdout), Now: time.Now, Locale: w.locale()}
	if c.Verbose {
		log, flush := newLogger(w.stderr)
		defer flush()
		o.Logger = log
	}
	switch {
	case c.FastForward:
		return demo.Forward(w.ctx, o)
	case c.From != "":
		return locale.Errorf("--from é para --fast-forward: sem ele, a campanha começa agora", "--from is for --fast-forward: a live run begins now")
	}
	return demo.Live(w.ctx, o)
}

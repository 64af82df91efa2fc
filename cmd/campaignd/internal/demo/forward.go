package demo

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/alreasense/campaigns/campaign"
	"github.com/alreasense/campaigns/cmd/campaignd/internal/locale"
	"github.com/alreasense/campaigns/evolution"
	"github.com/alreasense/campaigns/evolution/evolutiontest"
	"github.com/alreasense/campaigns/schedule"
	"github.com/alreasense/campaigns/store/memory"
)

// What Forward plays if nothing else is asked for: the Friday afternoon before
// a long weekend, and more people than three numbers can write to in a day.
const (
	forwardFrom     = "2026-02-13 14:00"
	forwardSchedule = "business days"
	forwardCrowd    = 3000
	forwardMinGap   = campaign.DefaultMinGap
	forwardMaxGap   = campaign.DefaultMaxGap
)

// Forward plays days in seconds. The ledger, the client and the emulated
// gateway all read one clock, which stands still while something is done and
// then jumps to the next instant with work. Everything is kept in memory, and
// nothing afterwards.
func Forward(ctx context.Context, o Options) error {
	if o.Dir != "" {
		return locale.Errorf("--fast-forward roda na memória e não guarda nada: tire --data", "--fast-forward plays in memory and keeps nothing: leave --data out")
	}
	from, err := o.from()
	if err != nil {
		return err
	}
	p, err := makePlan(ctx, &o, forwardMinGap, forwardMaxGap, forwardSchedule, forwardCrowd, from)
	if err != nil {
		return err
	}
	f := &forward{plan: p, clock: &clock{now: from}, page: newPage(&o), from: from}
	f.gateway, err = evolutiontest.New(&evolutiontest.Options{Now: f.clock.Now, Scale: -1, Acks: []evolutiontest.Ack{}, Logger: o.Logger})
	if err != nil {
		return err
	}
	defer f.gateway.Close()
	if err := f.gateway.Open(p.names...); err != nil {
		return err
	}
	client := evolution.New(evolution.Server{URL: "http://gateway.internal", Key: evolutiontest.DefaultKey, Profile: evolution.V236, Now: f.clock.Now,
		Pool: &evolution.Pool{Transport: inProcess{f.gateway}}})
	f.engine, err = campaign.New(memory.New(), client, &campaign.Options{Now: f.clock.Now, Logger: o.Logger})
	if err != nil {
		return err
	}
	f.service = f.engine.As(campaign.Caller{Author: "demo", Role: campaign.Host})
	return f.play(ctx)
}

// from is the first instant, by the clock of the schedule's zone.
func (o *Options) from() (time.Time, error) {
	text := o.From
	if text == "" {
		text = forwardFrom
	}
	timetable := o.Schedule
	if timetable == "" {
		timetable = forwardSchedule
	}
	spec, err := schedule.Parse(timetable)
	if err != nil {
		return time.Time{}, fmt.Errorf("--schedule %q: %w", timetable, err)
	}
	loc, err := spec.Location()
	if err != nil {
		return time.Time{}, err
	}
	for _, layout := range []string{"2006-01-02", "2006-01-02 15:04", "2006-01-02T15:04"} {
		if t, err := time.ParseInLocation(layout, text, loc); err == nil {
			return t, nil
		}
	}
	return time.Time{}, locale.Errorf("--from %q não é uma data: escreva 2026-02-13, ou \"2026-02-13 14:00\"", "--from %q is not a date: write 2026-02-13, or \"2026-02-13 14:00\"", text)
}

// forward is one run on the jumping clock.
type forward struct {
	plan
	clock   *clock
	gateway *evolutiontest.Gateway
	engine  *campaign.Engine
	service *campaign.Service
	page    *page
	from    time.Time
}

func (f *forward) play(ctx context.Context) error {
	began := time.Now()
	id, err := f.start(ctx, f.service)
	if err != nil {
		return inWords(err, f.page.Locale)
	}
	c, err := f.service.Campaign(ctx, id)
	if err != nil {
		return err
	}
	days, err := newDiary(c, f.from, f.service, f.page)
	if err != nil {
		return err
	}
	f.head(c, days)
	if err := f.steps(ctx, id, days); err != nil {
		return err
	}
	days.end(f.clock.Now())
	proof, err := prove(f.service.Audience(ctx, id), f.gateway.Sends())
	if err != nil {
		return err
	}
	g, err := f.service.Progress(ctx, id)
	if err != nil {
		return err
	}
	f.page.tell("\n%d de %d mensagens em %d dias, em %s s.", "\n%d of %d messages on %d days, played in %s s.",
		g.Sent, g.Total, days.busy, f.page.Number(time.Since(began).Seconds(), 1))
	for i, m := range c.Messages {
		f.page.tell("  mensagem %d: %d vezes", "  message %d: %d times", i+1, g.SentOf[m.ID])
	}
	f.page.refused(f.intake.Report)
	f.page.proof(c, proof)
	return proof.verdict()
}

// steps lets the engine work and moves the clock, until the campaign has ended
// or nothing is going to happen any more.
func (f *forward) steps(ctx context.Context, id campaign.ID, days *diary) error {
	for {
		if err := ctx.Err(); err != nil {
			return ErrStopped
		}
		next, err := f.engine.Step(ctx)
		if err != nil {
			return err
		}
		now := f.clock.Now()
		days.note(now, f.gateway.Count())
		c, err := f.service.Campaign(ctx, id)
		if err != nil {
			return err
		}
		switch {
		case c.Status.Terminal():
			return nil
		case c.Status != campaign.Active || next.IsZero():
			days.end(now)
			return locale.Errorf("a campanha parou: está %s %s", "the campaign stands still: it is %s %s", c.Status.Text(f.page.Language), c.Why.Text(f.page.Language))
		case next.After(now):
			days.pass(next)
			f.clock.set(next)
		}
	}
}

// head says what is going to be played.
func (f *forward) head(c campaign.Campaign, d *diary) {
	f.page.tell("Dias em segundos: o registro, o cliente e o gateway emulado de verdade, num relógio que salta.\n",
		"Days in seconds: the real ledger, client and gateway emulator on a clock that jumps.\n")
	f.page.tell("  começa     %s, %s", "  begins     %s, %s", f.page.Minute(f.from), f.from.Format("MST"))
	f.page.tell("  números    %s, cada um %s", "  numbers    %s, each %s", abbreviate(f.names), f.page.pace(f.plan.pace))
	f.page.audience(c, f.intake)
	f.page.tell("  feriados   os nacionais, e os pontos facultativos, como o Carnaval", "  holidays   Brazil's national ones, and the optional ones such as Carnival")
	f.page.say("")
}

// clock is a time that only its owner moves.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

// Now reads the clock.
func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

// set moves the clock forward.
func (c *clock) set(t time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if t.After(c.now) {
		c.now = t
	}
}

package desk

import (
	"context"
	"net/http"
	"time"
)

const operationsPath = "/api/operations/"

// needsDaemon refuses what means nothing without a daemon.
func (d *Desk) needsDaemon() error {
	if d.Alone {
		return d.fail("nenhum serviço no ar aqui: nada é enviado (campaignd serve)", "no daemon runs here, and nothing is sent (campaignd serve)")
	}
	return nil
}

// StopAll stops everything that is sent, by every daemon, whether one runs now
// or starts later.
type StopAll struct {
	JSON   bool   `help:"Print JSON for scripts." name:"json"`
	Reason string `help:"Why, for the log." placeholder:"TEXT"`
}

// Run stops, and tells what had begun.
func (c *StopAll) Run(ctx context.Context, d *Desk) error {
	var s struct {
		InFlight []struct {
			Campaign int64     `json:"campaign"`
			Position int64     `json:"position"`
			TakenAt  time.Time `json:"taken_at"`
		} `json:"in_flight"`
	}
	b := map[string]string{}
	if c.Reason != "" {
		b["reason"] = c.Reason
	}
	if err := d.API.Do(ctx, Request{Method: http.MethodPost, Path: operationsPath + "stop_all/", Body: b}, &s); err != nil {
		return err
	}
	if c.JSON {
		return d.print(s)
	}
	d.tell("Nada mais começa, em nenhum serviço, nem se ele reiniciar, até campaignd resume-all; %d envios já tinham começado.",
		"Nothing starts any more, in any daemon and though it restarts, until campaignd resume-all; %d sends had begun.", len(s.InFlight))
	for _, f := range s.InFlight {
		d.tell("  %d/%d, desde %s", "  %d/%d, since %s", f.Campaign, f.Position, d.at(f.TakenAt))
	}
	return nil
}

// ResumeAll lets every daemon send again.
type ResumeAll struct{}

// Run lets everything go on.
func (*ResumeAll) Run(ctx context.Context, d *Desk) error {
	if err := d.API.Do(ctx, Request{Method: http.MethodPost, Path: operationsPath + "resume_all/"}, nil); err != nil {
		return err
	}
	d.tell("Os envios continuam.", "Sends go on.")
	return nil
}

// halted tells since when, by whom and why everything is stopped.
func (d *Desk) halted(s state) (text string) {
	if !s.Since.IsZero() {
		text += d.say(" desde ", " since ") + d.at(s.Since)
	}
	if s.By != "" {
		text += d.say(" por ", " by ") + printable(s.By)
	}
	if s.Reason != "" {
		text += ": " + printable(s.Reason)
	}
	return text
}

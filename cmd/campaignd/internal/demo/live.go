package demo

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"time"

	"github.com/alreasense/campaigns/campaign"
	"github.com/alreasense/campaigns/cmd/campaignd/internal/locale"
)

// The rest of a number in a live run, if none is asked for: 60 people over
// three numbers in about ten seconds.
const (
	liveMinGap = 300 * time.Millisecond
	liveMaxGap = 600 * time.Millisecond
)

// Live runs a campaign in real time, or goes on with the one that the
// directory holds, and reports. A campaign in the directory that has ended is
// reported again.
//
// The error is nil when everybody is accounted for. It wraps ErrProof when the
// gateway's ledger disagrees, and ErrStopped when ctx ended first.
func Live(ctx context.Context, o Options) (err error) {
	// A directory that holds a campaign goes on with it; then nothing is read
	// of what the campaign is made of.
	resume := o.Dir != "" && exists(filepath.Join(o.Dir, databaseFile))
	var p plan
	if !resume {
		if p, err = makePlan(ctx, &o, liveMinGap, liveMaxGap, "immediate", 0, o.Now()); err != nil {
			return err
		}
	}
	dir, err := makeDir(o.Dir)
	if err != nil {
		return err
	}
	s, err := openStage(ctx, dir, &o)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.close()) }()

	d := &drama{stage: s, o: &o, page: newPage(&o), began: o.Now()}
	if err := d.cast(ctx, p, resume); err != nil {
		return err
	}
	if d.found.Terminal() {
		// Nobody is left to send to, but the gateway may be asked once more
		// after the sends whose outcome was lost.
		_, err = d.engine.Step(ctx)
	} else {
		err = d.play(ctx)
	}
	if err != nil {
		return err
	}
	return d.curtain(context.WithoutCancel(ctx))
}

// drama is one live run.
type drama struct {
	*stage
	o      *Options
	page   *page
	began  time.Time
	id     campaign.ID
	intake intake
	// found is the status of the campaign that the directory held; empty if it
	// held none.
	found campaign.Status
}

// cast finds the campaign of the directory or makes it, and connects the
// numbers. A draft is what a run left that was killed before its start: it is
// made anew, since nobody has got anything.
func (d *drama) cast(ctx context.Context, p plan, resume bool) error {
	found, err := d.service.Campaigns(ctx, campaign.CampaignQuery{Limit: 1})
	if err != nil {
		return err
	}
	if len(found) > 0 && found[0].Status == campaign.Drafted {
		if err := d.service.Delete(ctx, found[0].ID); err != nil {
			return err
		}
		found = nil
	}
	if len(found) > 0 {
		d.id, d.found = found[0].ID, found[0].Status
		d.intake, _ = readIntake(d.dir) // a report without it lacks the refused rows only
	} else {
		if resume { // nothing to go on with: begin after all
			if p, err = makePlan(ctx, d.o, liveMinGap, liveMaxGap, "immediate", 0, d.o.Now()); err != nil {
				return err
			}
		}
		if err := p.intake.write(d.dir); err != nil {
			return err
		}
		d.intake = p.intake
		if d.id, err = p.start(ctx, d.service); err != nil {
			return inWords(err, d.page.Locale)
		}
	}
	ns, err := d.connect(ctx)
	if err != nil {
		return err
	}
	c, err := d.service.Campaign(ctx, d.id)
	if err != nil {
		return err
	}
	d.page.head(d.stage, c, ns, d.intake, d.found)
	if d.found == campaign.Paused {
		if _, err := d.service.Resume(ctx, d.id); err != nil {
			return inWords(err, d.page.Locale)
		}
	}
	return nil
}

// play runs the engine until the campaign has ended and the reports of the
// phones have come in.
func (d *drama) play(ctx context.Context) error {
	running, stop := context.WithCancelCause(ctx)
	ended := make(chan error, 1)
	go func() {
		err := d.engine.Run(running)
		if err != nil {
			stop(err)
		}
		ended <- err
	}()
	err := d.watch(running)
	if err == nil {
		err = d.echo(running)
	}
	stop(nil)
	d.page.endLine()
	if failed := <-ended; failed != nil && ctx.Err() == nil {
		return failed
	}
	if errors.Is(err, context.Canceled) {
		p, perr := d.service.Progress(context.WithoutCancel(ctx), d.id)
		if perr != nil {
			return perr
		}
		return locale.Errorf("%w depois de %d de %d mensagens; está tudo guardado: continue com\n  campaignd demo --data %s", "%w after %d of %d messages; everything is kept: go on with\n  campaignd demo --data %s", ErrStopped, p.Sent, p.Total, d.dir)
	}
	return err
}

// watch shows the progress until the campaign has ended.
func (d *drama) watch(ctx context.Context) error {
	for p, err := range d.service.Watch(ctx, d.id) {
		if err != nil {
			return err
		}
		d.page.patience(p, d.o.Now())
		d.page.progress(p, d.o.Now())
		if p.Status == campaign.Paused {
			c, err := d.service.Campaign(ctx, d.id)
			if err != nil {
				return err
			}
			return locale.Errorf("a campanha foi pausada: %s", "the campaign was paused: %s", c.Why.Text(d.page.Language))
		}
	}
	return nil
}

// quietFor is how long nothing new must be reported until nothing more is
// expected: longer than the waits of the emulated phones and the engine's round
// through its inbox together.
const quietFor = 1800 * time.Millisecond

// echo waits for the reports of the last messages.
func (d *drama) echo(ctx context.Context) error {
	poll := time.NewTicker(50 * time.Millisecond)
	defer poll.Stop()
	since := d.o.Now()
	var heard int64 = -1
	for {
		p, err := d.service.Progress(ctx, d.id)
		if err != nil {
			return err
		}
		now := d.o.Now()
		if n := p.Delivered + p.Read; n != heard {
			heard, since = n, now
			d.page.progress(p, now)
		}
		if p.Read == p.Sent || now.Sub(since) >= quietFor {
			return nil
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-poll.C:
		}
	}
}

// curtain reports and proves.
func (d *drama) curtain(ctx context.Context) error {
	p, err := d.service.Progress(ctx, d.id)
	if err != nil {
		return err
	}
	c, err := d.service.Campaign(ctx, d.id)
	if err != nil {
		return err
	}
	sends, err := ledgerSends(d.dir)
	if err != nil {
		return err
	}
	proof, err := prove(d.service.Audience(ctx, d.id), sends)
	if err != nil {
		return err
	}
	took := d.o.Now().Sub(d.began)
	if d.found.Terminal() {
		took = 0
	}
	lost, err := d.service.Events(ctx, campaign.EventQuery{Campaign: d.id, Types: []campaign.EventType{campaign.EventUnknown}, Limit: 1000})
	if err != nil {
		return err
	}
	d.page.result(p, int64(len(lost)), took)
	d.page.samples(c, proof)
	d.page.refused(d.intake.Report)
	d.page.proof(c, proof)
	d.page.next(d.dir, d.o, d.found)
	return proof.verdict()
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

func (i intake) write(dir string) error {
	text, err := json.Marshal(i)
	if err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(dir, "intake.json"), text, 0o600); err != nil {
		return locale.Errorf("não é possível gravar no diretório de dados: %w", "the data directory cannot be written: %w", err)
	}
	return nil
}

func readIntake(dir string) (i intake, err error) {
	text, err := os.ReadFile(filepath.Join(dir, "intake.json"))
	if err != nil {
		return i, err
	}
	return i, json.Unmarshal(text, &i)
}

package imports

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"time"

	"github.com/alreasense/campaigns/campaign/document"
	"github.com/alreasense/campaigns/contact"
)

// Desk is where one person of one tenant hands in files and asks for jobs. It
// cannot name another tenant's.
type Desk struct {
	q              *Queue
	tenant, author string
}

// Desk opens the desk of a tenant; author is recorded with the jobs.
func (q *Queue) Desk(tenant, author string) *Desk { return &Desk{q, tenant, author} }

// Upload keeps a file and makes a job of it, which waits for Start. The name is
// that of the file on its owner's machine. An error leaves nothing behind:
// ErrTooLarge, ErrEmpty, or what r or the disk has said.
func (d *Desk) Upload(ctx context.Context, name string, r io.Reader) (Job, error) {
	now := d.q.now()
	j := Job{ID: d.q.newID(now), Status: Uploaded, Author: d.author, Plan: Plan{Existing: Update, Group: GroupName(name)},
		Place: d.q.spool.place, CreatedAt: now, ExpiresAt: now.Add(d.q.o.Keep), tenant: d.tenant}
	if _, err := document.Save(ctx, d.q.docs, d.q.spooled(d.tenant, j.ID, j.ExpiresAt)); err != nil {
		return Job{}, translate(err)
	}
	var err error
	if j.File, err = d.q.spool.receive(ctx, j.ID, r, d.q.o.MaxSize); err == nil {
		j.File.Name = plainName(name)
		err = d.q.save(ctx, &j)
	}
	if err != nil {
		return Job{}, errors.Join(err, d.q.forget(context.WithoutCancel(ctx), j.ID))
	}
	return j, nil
}

// plainName is a file's name as it is kept: text of at most 200 characters,
// without folders.
func plainName(name string) string {
	r := []rune(cleanName(name))
	return string(r[:min(len(r), 200)])
}

// Get returns a job.
func (d *Desk) Get(ctx context.Context, id string) (Job, error) { return d.q.load(ctx, d.tenant, id) }

// List returns a page of the jobs after an ID, oldest first. Limit defaults to
// 100 and is at most 1000.
func (d *Desk) List(ctx context.Context, after string, limit int) ([]Job, error) {
	ds, err := d.q.docs.List(ctx, document.Query{Tenant: d.tenant, Kind: kindJob, After: after, Limit: limit})
	if err != nil {
		return nil, translate(err)
	}
	list := make([]Job, 0, len(ds))
	for _, doc := range ds {
		j, err := readJob(doc)
		if err != nil {
			return nil, err
		}
		list = append(list, j)
	}
	return list, nil
}

// Map changes the plan of a job that has not been started. Rev is the revision
// that the change was made from, 0 whichever it is. ErrInvalid says what is
// wrong with the plan; whether it fits the file, Preview shows.
func (d *Desk) Map(ctx context.Context, id string, rev int64, edit func(*Plan) error) (Job, error) {
	return d.q.change(ctx, d.tenant, id, func(j *Job) error {
		switch {
		case rev != 0 && rev != j.Rev:
			return ErrStale
		case j.Status != Uploaded && j.Status != Mapped:
			return fmt.Errorf("%w: the job is %s", ErrState, j.Status)
		}
		p := j.Plan.clone()
		if err := edit(&p); err != nil {
			return err
		}
		if err := p.validate(); err != nil {
			return err
		}
		j.Plan, j.Status = p.clone(), Mapped
		return nil
	})
}

// Start queues a job. It fails with ErrGone if the file's time is over, and
// with ErrConsent if Options.AskConsent is set and the plan does not say where
// the people's consent comes from or what else the ground is.
func (d *Desk) Start(ctx context.Context, id string) (Job, error) {
	j, err := d.q.change(ctx, d.tenant, id, func(j *Job) error {
		switch {
		case j.Status != Uploaded && j.Status != Mapped:
			return fmt.Errorf("%w: the job is %s", ErrState, j.Status)
		case !d.q.now().Before(j.ExpiresAt):
			return ErrGone
		case d.q.o.AskConsent && j.Plan.Consent == "" && (j.Plan.Basis == "" || j.Plan.Basis == contact.BasisConsent):
			return ErrConsent
		}
		// People are recorded with this instant, in stores that keep
		// microseconds.
		j.Status, j.StartedAt = Queued, d.q.now().Truncate(time.Microsecond)
		return nil
	})
	if err == nil {
		d.q.kick()
	}
	return j, err
}

// ErrConsent: the plan does not say on which ground the people are written to.
var ErrConsent = errors.New("imports: say where the people's consent comes from, or the legal basis")

// Cancel ends a job that has not ended. People who are in the store by then
// stay there. Repeats change nothing.
func (d *Desk) Cancel(ctx context.Context, id string) (Job, error) {
	j, err := d.q.change(ctx, d.tenant, id, func(j *Job) error {
		switch {
		case j.Status == Cancelled:
			return errSame
		case j.Status.Ended() || j.Status == Undoing:
			return fmt.Errorf("%w: the job is %s", ErrState, j.Status)
		}
		d.q.end(j, Cancelled, nil)
		return nil
	})
	if errors.Is(err, errSame) {
		return j, nil
	}
	if err == nil && j.Place == d.q.spool.place {
		err = drop(d.q.spool.source(id))
	}
	return j, err
}

var errSame = errors.New("imports: nothing to do")

// Delete removes a job that is not at work, with its files if they are in this
// place. The people stay.
func (d *Desk) Delete(ctx context.Context, id string) error {
	j, err := d.q.load(ctx, d.tenant, id)
	switch {
	case err != nil:
		return err
	case j.Status.waiting():
		return fmt.Errorf("%w: the job is %s: cancel it", ErrState, j.Status)
	case j.Place == d.q.spool.place:
		if err := d.q.forget(ctx, id); err != nil {
			return err
		}
	}
	if _, err := d.q.docs.Apply(ctx, document.Delete(j.document(d.q.o.KeepJob))); err != nil {
		return translate(err)
	}
	return nil
}

// Refused opens the refused rows of a job that has ended, in the form of
// contact.Report.WriteRefused: a CSV file to mend and hand in again. It is nil
// if no row was refused; the caller closes it. ErrGone says that its time was
// over, ErrElsewhere that it lies on another machine.
func (d *Desk) Refused(ctx context.Context, id string) (io.ReadCloser, error) {
	j, err := d.q.load(ctx, d.tenant, id)
	switch {
	case err != nil:
		return nil, err
	case !j.Status.Ended():
		return nil, fmt.Errorf("%w: the job is %s", ErrState, j.Status)
	case j.Progress.Refused == 0:
		return nil, nil
	case j.Place != d.q.spool.place:
		return nil, ErrElsewhere
	}
	f, err := os.Open(d.q.spool.refused(id))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, ErrGone
	}
	if err != nil {
		return nil, fmt.Errorf("imports: %w", err)
	}
	return f, nil
}

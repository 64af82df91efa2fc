package imports

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/alreasense/campaigns/contact"
)

// work brings a claimed job to its end, or lets go of it.
func (q *Queue) work(ctx context.Context, j *Job) error {
	q.o.Log.InfoContext(ctx, "imports: job begins", "tenant", j.tenant, "job", j.ID, "stored", j.Progress.Stored())
	var (
		status = Undone
		f      *Failure
		err    error
	)
	if j.Status == Undoing {
		err = q.undo(ctx, j)
	} else {
		status, f, err = q.pass(ctx, j)
	}
	switch {
	case errors.Is(err, ErrStale), errors.Is(err, ErrNotFound):
		// Somebody has cancelled it, or thinks that we are dead.
		return q.abandoned(ctx, j)
	case err != nil:
		return errors.Join(err, q.release(ctx, j))
	}
	q.end(j, status, f)
	if err := q.save(ctx, j); errors.Is(err, ErrStale) || errors.Is(err, ErrNotFound) {
		return q.abandoned(ctx, j)
	} else if err != nil {
		return err
	}
	q.o.Log.InfoContext(ctx, "imports: job ended", "tenant", j.tenant, "job", j.ID, "status", j.Status,
		"rows", j.Progress.Rows, "stored", j.Progress.Stored(), "refused", j.Progress.Refused)
	return drop(q.spool.source(j.ID))
}

// release lets go of a job, so that it is taken up at once.
func (q *Queue) release(ctx context.Context, j *Job) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
	defer cancel()
	j.claim = claim{}
	if err := q.save(ctx, j); err != nil && !errors.Is(err, ErrStale) && !errors.Is(err, ErrNotFound) {
		return err
	}
	return nil
}

// abandoned removes the file of a job that was cancelled at work.
func (q *Queue) abandoned(ctx context.Context, j *Job) error {
	now, err := q.load(ctx, j.tenant, j.ID)
	if errors.Is(err, ErrNotFound) || err == nil && now.Status.Ended() {
		return drop(q.spool.source(j.ID))
	}
	return err
}

// pass reads the file from its beginning and stores the people that are not
// yet in the store. It returns the state that the job ends in. An error leaves
// the job to be tried again.
func (q *Queue) pass(ctx context.Context, j *Job) (Status, *Failure, error) {
	refused, err := q.spool.create(q.spool.refused(j.ID))
	if err != nil {
		return "", nil, fmt.Errorf("imports: the file of refused rows: %w", err)
	}
	out := newBounded(ctx, refused, min(q.o.MaxRefused, 1<<20+16*j.File.Size))
	status, f, err := q.read(ctx, j, out)
	j.Progress.Unwritten = out.left
	return status, f, errors.Join(err, out.Close())
}

func (q *Queue) read(ctx context.Context, j *Job, refused io.Writer) (Status, *Failure, error) {
	o := j.Plan.options()
	o.KeepRefused, o.Refused, o.Lang = -1, refused, q.o.Lang
	if q.o.Left != nil {
		o.Left = func(l contact.Left) error {
			if err := q.o.Left(ctx, j.tenant, l.Phone, q.evidence(j.File.Name, l)); err != nil {
				return fmt.Errorf("imports: who has left: %w", err)
			}
			return nil
		}
	}
	s, err := q.open(j, o)
	if err == nil {
		defer s.Close()
		err = q.carry(ctx, j, s)
	}
	var fe *contact.FileError
	switch {
	case errors.As(err, &fe):
		return Failed, failure(fe), nil
	case errors.Is(err, ErrGone):
		return Failed, &Failure{Reason: contact.ReasonFileGone}, nil
	case err != nil:
		return "", nil, err
	case j.Progress.Stored() == 0:
		return Failed, &Failure{Reason: contact.ReasonNobody}, nil
	}
	return Done, nil, nil
}

// carry takes batches from the reader and stores them.
func (q *Queue) carry(ctx context.Context, j *Job, s *source) error {
	ctx, stop := context.WithCancel(ctx)
	people := q.people(j.tenant)
	hold, beside := holdOf(people)
	p := newParser(s, j, q.o.Batch, hold)
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		p.run(ctx)
	}()
	defer func() {
		stop()
		<-ended
	}()
	b := bearer{q: q, j: j, people: people, beside: beside, refused: make(map[int]contact.TableRow)}
	defer func() {
		stop()
		b.wait()
	}()
	if j.resumed {
		b.doubt = j.carried() + int64(q.o.Batch)
		if beside {
			b.doubt += int64(q.o.Batch)
		}
	}
	alive := time.NewTicker(q.o.Lease / 3)
	defer alive.Stop()
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-alive.C:
			q.renew(j)
			if err := q.save(ctx, j); err != nil {
				return err
			}
		case batch, more := <-p.batches:
			if !more {
				return b.finish(ctx, s)
			}
			n, took, err := b.put(ctx, batch)
			if err != nil {
				return err
			}
			p.adapt(n, took)
		}
	}
}

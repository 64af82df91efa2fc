package imports

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/alreasense/campaigns/contact"
)

// bearer puts batches into the store.
type bearer struct {
	q      *Queue
	j      *Job
	people contact.Store
	// beside tells that the people of a batch join while those of the next are
	// stored.
	beside bool
	// ahead is the batch whose people are being stored, or are and have not
	// joined yet.
	ahead *stored
	// doubt is how many people of the file may be in the store although the
	// job's document does not know it: those of a batch whose process has died.
	doubt   int64
	refused map[int]contact.TableRow // by the store, by their lines
}

// stored is a batch whose people are in the store when ended is closed.
type stored struct {
	batch
	ended chan struct{}
	out   []contact.Upserted
	err   error
	took  time.Duration
}

// store begins to put the people of a batch into the store.
func (b *bearer) store(ctx context.Context, in batch) *stored {
	s := &stored{batch: in, ended: make(chan struct{}), err: in.err}
	if s.err != nil || len(in.people) == 0 {
		close(s.ended)
		return s
	}
	put, now := b.people.UpsertContacts, b.j.StartedAt
	if b.j.Plan.Existing == Skip {
		put = b.people.AddContacts
	}
	go func() {
		defer close(s.ended)
		start := b.q.now()
		if s.out, s.err = put(ctx, now, in.people); s.err != nil {
			s.err = fmt.Errorf("imports: %w", s.err)
		}
		s.took = b.q.now().Sub(start)
	}()
	return s
}

// wait waits for the people that are being stored.
func (b *bearer) wait() {
	if b.ahead != nil {
		<-b.ahead.ended
	}
}

// put stores a batch and then what is known of the job; where people join beside
// those who are stored, that of the batch before. It tells how many people the
// longest transaction had, and how long it took.
func (b *bearer) put(ctx context.Context, in batch) (n int, took time.Duration, err error) {
	for _, row := range in.again {
		b.refused[row.Line] = row
	}
	before := b.ahead
	b.ahead = b.store(ctx, in)
	if before != nil {
		if took, err = b.settle(ctx, before); err != nil {
			return 0, 0, err
		}
		n = len(before.people)
	}
	b.wait()
	if b.ahead.err != nil {
		return 0, 0, b.ahead.err
	}
	if b.ahead.took > took {
		n, took = len(in.people), b.ahead.took
	}
	if b.beside {
		return n, took, nil
	}
	joined, err := b.flush(ctx)
	return len(in.people), max(took, joined), err
}

// flush settles what has been stored.
func (b *bearer) flush(ctx context.Context) (took time.Duration, err error) {
	s := b.ahead
	if b.ahead = nil; s == nil {
		return 0, nil
	}
	return b.settle(ctx, s)
}

// settle lets the people of a batch that was stored join the job's group, and
// stores what is known of the job. It tells how long the joining took.
func (b *bearer) settle(ctx context.Context, in *stored) (took time.Duration, err error) {
	j := *b.j // so that a batch that fails leaves nothing behind
	j.late, j.lateBy = slices.Clone(j.late), maps.Clone(j.lateBy)
	if len(in.people) > 0 {
		if took, err = b.count(ctx, &j, in); err != nil {
			return 0, err
		}
	}
	p := &j.Progress
	p.Part, p.Rows, p.Refused, p.Hidden = in.part, int64(in.read.Rows), int64(in.read.Refused), int64(in.read.Hidden)
	p.ByReason = make(map[contact.Reason]int64, len(in.read.ByReason))
	for r, n := range in.read.ByReason {
		p.ByReason[r] = int64(n)
	}
	for r, n := range j.lateBy {
		p.ByReason[r] += n
		p.Refused += n
	}
	b.q.renew(&j)
	if err := b.q.save(ctx, &j); err != nil {
		return 0, err
	}
	*b.j = j
	return took, nil
}

// count counts what became of the people of a batch, who join the group.
func (b *bearer) count(ctx context.Context, j *Job, in *stored) (took time.Duration, err error) {
	var (
		ids    = make([]int64, 0, len(in.out))
		phones = make([]contact.Phone, 0, len(in.out))
	)
	p, before := &j.Progress, j.carried()
	for i, u := range in.out {
		if u.Outcome == contact.Unchanged && before+int64(i) < b.doubt {
			if u.Outcome, err = b.recall(ctx, u.ID); err != nil {
				return 0, err
			}
		}
		switch u.Outcome {
		case contact.Created:
			p.Added++
		case contact.Updated:
			p.Updated++
		case contact.Unchanged:
			p.Same++
		default:
			b.refuse(j, in.rows[i], u.Err)
			continue
		}
		ids, phones = append(ids, u.ID), append(phones, in.people[i].Phone)
	}
	if b.q.o.OptedOut != nil {
		opted, err := b.q.o.OptedOut(ctx, j.tenant, phones)
		if err != nil {
			return 0, fmt.Errorf("imports: who has opted out: %w", err)
		}
		for _, yes := range opted {
			if yes {
				p.OptedOut++
			}
		}
	}
	joins := b.q.now()
	if err := b.join(ctx, j, ids); err != nil {
		return 0, fmt.Errorf("imports: %w", err)
	}
	return b.q.now().Sub(joins), nil
}

// recall tells what this job has done to somebody of a batch that was perhaps
// stored before: whom it has created or changed bears its instant.
func (b *bearer) recall(ctx context.Context, id int64) (contact.Outcome, error) {
	c, err := b.people.Contact(ctx, id)
	switch {
	case errors.Is(err, contact.ErrNotFound):
		return contact.Unchanged, nil
	case err != nil:
		return "", fmt.Errorf("imports: %w", err)
	case c.CreatedAt.Equal(b.j.StartedAt):
		return contact.Created, nil
	case c.UpdatedAt.Equal(b.j.StartedAt):
		return contact.Updated, nil
	}
	return contact.Unchanged, nil
}

// refuse remembers a row that the store has refused, to write it when the
// reader has ended.
func (b *bearer) refuse(j *Job, row contact.TableRow, err error) {
	why := contact.ReasonText
	var fe *contact.FieldError
	if errors.As(err, &fe) {
		why = fe.Reason
	}
	if j.lateBy == nil {
		j.lateBy = make(map[contact.Reason]int64)
	}
	j.lateBy[why]++
	if len(j.late) < maxLate {
		j.late = append(j.late, late{row.Line, why})
		b.refused[row.Line] = row
	}
}

// join puts people into the job's group, which is made when the first come.
func (b *bearer) join(ctx context.Context, j *Job, ids []int64) error {
	if j.Plan.Group == "" || len(ids) == 0 {
		return nil
	}
	for try := 1; ; try++ {
		if j.GroupID == 0 {
			g, err := b.people.CreateGroup(ctx, j.StartedAt, contact.Group{Name: j.Plan.Group})
			var known *contact.DuplicateError
			if errors.As(err, &known) {
				g.ID, err = known.ID, nil
			}
			if err != nil {
				return err
			}
			j.GroupID = g.ID
		}
		_, err := b.people.AddMembers(ctx, j.StartedAt, j.GroupID, ids)
		if !errors.Is(err, contact.ErrNotFound) || try == 3 {
			return err
		}
		// Somebody has removed the group, or people of this batch.
		if _, err := b.people.Group(ctx, j.GroupID); errors.Is(err, contact.ErrNotFound) {
			j.GroupID = 0
		} else if err != nil {
			return err
		}
		if ids, err = b.present(ctx, ids); err != nil || len(ids) == 0 {
			return err
		}
	}
}

func (b *bearer) present(ctx context.Context, ids []int64) (there []int64, err error) {
	for _, id := range ids {
		_, err := b.people.Contact(ctx, id)
		switch {
		case err == nil:
			there = append(there, id)
		case !errors.Is(err, contact.ErrNotFound):
			return nil, err
		}
	}
	return there, nil
}

// finish settles the last batch, and writes what the store has refused behind
// what the reader has.
func (b *bearer) finish(ctx context.Context, s *source) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if _, err := b.flush(ctx); err != nil {
		return err
	}
	slices.SortFunc(b.j.late, func(x, y late) int { return x.Line - y.Line })
	for _, l := range b.j.late {
		row, ok := b.refused[l.Line]
		if !ok {
			continue
		}
		if err := s.Refuse(row, l.Reason); err != nil {
			return err
		}
	}
	return nil
}

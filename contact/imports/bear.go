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
	// doubt is how many people of the file may be in the store although the
	// job's document does not know it: those of a batch whose process has died.
	doubt   int64
	refused map[int]contact.TableRow // by the store, by their lines
}

// put stores a batch and then what is known of the job. It tells how long its
// longest transaction took.
func (b *bearer) put(ctx context.Context, in batch) (took time.Duration, err error) {
	if in.err != nil {
		return 0, in.err
	}
	for _, row := range in.again {
		b.refused[row.Line] = row
	}
	j := *b.j // so that a batch that fails leaves nothing behind
	j.late, j.lateBy = slices.Clone(j.late), maps.Clone(j.lateBy)
	if len(in.people) > 0 {
		if took, err = b.store(ctx, &j, in); err != nil {
			return 0, err
		}
	}
	p := &j.Progress
	p.Part, p.Rows, p.Refused = in.part, int64(in.read.Rows), int64(in.read.Refused)
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

func (b *bearer) store(ctx context.Context, j *Job, in batch) (took time.Duration, err error) {
	put := b.people.UpsertContacts
	if j.Plan.Existing == Skip {
		put = b.people.AddContacts
	}
	start := b.q.now()
	out, err := put(ctx, j.StartedAt, in.people)
	if err != nil {
		return 0, fmt.Errorf("imports: %w", err)
	}
	stored := b.q.now()
	var (
		ids    = make([]int64, 0, len(out))
		phones = make([]contact.Phone, 0, len(out))
	)
	p, before := &j.Progress, j.carried()
	for i, u := range out {
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
	return max(stored.Sub(start), b.q.now().Sub(joins)), nil
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

// finish writes what the store has refused behind what the reader has.
func (b *bearer) finish(ctx context.Context, s *source) error {
	if err := ctx.Err(); err != nil {
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

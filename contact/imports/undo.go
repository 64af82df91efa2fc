package imports

import (
	"context"
	"errors"
	"fmt"

	"github.com/alreasense/campaigns/contact"
)

// Reversal is what became of the people whom a job had added.
type Reversal struct {
	Removed int64 `json:"removed"` // that the job had added, and are gone
	Kept    int64 `json:"kept"`    // that somebody or another file has changed since
}

// Undo removes the people whom a job has added and nobody has changed since,
// and the job's group, if the job made it and nobody is left in it. Whom the
// file brought up to date stays as they are: what they were before is not kept.
// Opt-outs stay, and so do campaigns, which have their own copy of a person.
//
// It is worked on as an import is, by a process that may die: the job is
// Undoing, and then Undone. Repeats change nothing.
func (d *Desk) Undo(ctx context.Context, id string) (Job, error) {
	j, err := d.q.change(ctx, d.tenant, id, func(j *Job) error {
		switch {
		case j.Status == Undoing || j.Status == Undone:
			return errSame
		case !j.Status.Ended() || j.StartedAt.IsZero():
			return fmt.Errorf("%w: the job is %s", ErrState, j.Status)
		}
		j.Status = Undoing
		return nil
	})
	if errors.Is(err, errSame) {
		return j, nil
	}
	if err == nil {
		d.q.kick()
	}
	return j, err
}

// undoEvery is after how many removals the claim on a job is renewed.
const undoEvery = 200

// undo removes whom a job has added: they bear its instant.
func (q *Queue) undo(ctx context.Context, j *Job) error {
	people := q.people(j.tenant)
	var kept, removed int64
	for c, err := range contact.All(ctx, people, contact.Filter{}) {
		switch {
		case err != nil:
			return fmt.Errorf("imports: %w", err)
		case !c.CreatedAt.Equal(j.StartedAt):
			continue
		case !c.UpdatedAt.Equal(j.StartedAt):
			kept++
			continue
		}
		if err := people.DeleteContact(ctx, c.ID); err != nil && !errors.Is(err, contact.ErrNotFound) {
			return fmt.Errorf("imports: %w", err)
		}
		if removed++; removed%undoEvery == 0 {
			q.renew(j)
			if err := q.save(ctx, j); err != nil {
				return err
			}
		}
	}
	if err := q.undoGroup(ctx, people, j); err != nil {
		return fmt.Errorf("imports: %w", err)
	}
	// Of those whom a process that died has removed nothing else is known.
	j.Undone = &Reversal{Removed: max(j.Progress.Added-kept, removed), Kept: kept}
	return nil
}

// undoGroup removes the group that the job has made, if it is empty.
func (q *Queue) undoGroup(ctx context.Context, people contact.Store, j *Job) error {
	if j.GroupID == 0 {
		return nil
	}
	g, err := people.Group(ctx, j.GroupID)
	if errors.Is(err, contact.ErrNotFound) {
		return nil
	}
	if err != nil || g.Size > 0 || !g.CreatedAt.Equal(j.StartedAt) {
		return err
	}
	if err := people.DeleteGroup(ctx, g.ID); err != nil && !errors.Is(err, contact.ErrNotFound) {
		return err
	}
	return nil
}

package imports

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/alreasense/campaigns/campaign/document"
	"github.com/alreasense/campaigns/contact"
)

// Kinds of documents: the jobs of a tenant, and, of no tenant, which of them
// wait or run, by the place of their file.
const (
	kindJob  = "contact.import"
	kindTodo = "contact.import.todo"
)

// kept is a job as its document holds it.
type kept struct {
	Job
	Claim  claim                    `json:"claim"`
	Late   []late                   `json:"late,omitempty"`
	LateBy map[contact.Reason]int64 `json:"late_by,omitempty"`
}

func (j *Job) document(keep time.Duration) document.Document {
	data, err := json.Marshal(kept{Job: *j, Claim: j.claim, Late: j.late, LateBy: j.lateBy})
	if err != nil {
		panic(fmt.Sprintf("imports: a job has no JSON: %v", err))
	}
	return document.Document{Tenant: j.tenant, Kind: kindJob, Key: j.ID, Rev: j.Rev, Data: data, ExpiresAt: j.CreatedAt.Add(keep)}
}

func readJob(d document.Document) (Job, error) {
	var k kept
	if err := json.Unmarshal(d.Data, &k); err != nil {
		return Job{}, fmt.Errorf("imports: the stored job is not readable, it was written by something else: %w", err)
	}
	j := k.Job
	j.Rev, j.tenant, j.claim, j.late, j.lateBy = d.Rev, d.Tenant, k.Claim, k.Late, k.LateBy
	return j, nil
}

// todo names a job that waits or runs.
type todo struct {
	Tenant string `json:"tenant"`
}

func (j *Job) todo() document.Document {
	data, _ := json.Marshal(todo{j.tenant})
	return document.Document{Kind: kindTodo, Key: j.ID, Ref: j.Place, Rev: document.AnyRev, Data: data}
}

func (q *Queue) load(ctx context.Context, tenant, id string) (Job, error) {
	d, err := q.docs.Get(ctx, tenant, kindJob, id)
	if err != nil {
		return Job{}, translate(err)
	}
	return readJob(d)
}

// save stores the job, if it has not been changed since it was read, and lists
// it among those that are to be worked on, or not.
func (q *Queue) save(ctx context.Context, j *Job) error {
	changes := []document.Change{document.Put(j.document(q.o.KeepJob))}
	switch {
	case j.Status == Queued || j.Status == Undoing:
		changes = append(changes, document.Put(j.todo()))
	case j.Status.Ended():
		changes = append(changes, document.Delete(j.todo()))
	}
	ds, err := q.docs.Apply(ctx, changes...)
	if err != nil {
		return translate(err)
	}
	j.Rev = ds[0].Rev
	return nil
}

// change reads a job, changes it and saves it, again while others win.
func (q *Queue) change(ctx context.Context, tenant, id string, f func(*Job) error) (Job, error) {
	for try := 1; ; try++ {
		j, err := q.load(ctx, tenant, id)
		if err != nil {
			return Job{}, err
		}
		if err := f(&j); err != nil {
			return j, err
		}
		if err = q.save(ctx, &j); err == nil || !errors.Is(err, ErrStale) || try == 16 {
			return j, err
		}
	}
}

func translate(err error) error {
	switch {
	case errors.Is(err, document.ErrNotFound):
		return ErrNotFound
	case errors.Is(err, document.ErrStale):
		return ErrStale
	}
	return fmt.Errorf("imports: %w", err)
}

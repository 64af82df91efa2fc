package imports

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"time"

	"github.com/alreasense/campaigns/campaign/document"
	"github.com/alreasense/campaigns/contact"
)

// Options of a Queue. Dir is required.
type Options struct {
	// Dir is the directory of the files, of this module alone. It is made if
	// it is not there. Processes that share it share the work.
	Dir string
	// OpenWorkbook opens files that are ZIP archives: xlsx.Open, wrapped. If it
	// is nil they are refused, with the advice to save them as CSV.
	OpenWorkbook func(path string) (Workbook, error)
	// OptedOut tells for each phone whether its owner wants no messages. If it
	// is nil nobody is counted.
	OptedOut func(ctx context.Context, tenant string, phones []contact.Phone) ([]bool, error)
	// Left is told of everybody of whom a file says that they want no messages,
	// with the evidence: the file, the row and the column. Such rows are refused
	// either way. A job that is taken up again tells it again.
	Left func(ctx context.Context, tenant string, p contact.Phone, evidence string) error
	// AskConsent refuses to start a job whose plan says neither where the
	// people's consent comes from nor another legal basis. Defaults to false:
	// what is said is recorded.
	AskConsent bool
	// MaxSize is the largest file in bytes. Defaults to DefaultMaxSize.
	MaxSize int64
	// Keep is how long a file waits for the start of its job, and how long the
	// refused rows wait for their owner after its end. Defaults to 7 days.
	Keep time.Duration
	// KeepJob is after what time from its creation the host's Purge of
	// documents may remove a job's. Defaults to 90 days, and is at least twice
	// Keep.
	KeepJob time.Duration
	// Batch is the most people in one transaction of the store. The size is
	// found by the time that it takes: at most what the store says of itself
	// ([contact.Holder]), else 35 ms, so that an import does not keep others from
	// an embedded store. Three of them are in memory at a time. Defaults to 2000.
	Batch int
	// Lease is how long after its last sign of life a job of a process that has
	// died is left alone by others. Defaults to 15 s.
	Lease time.Duration
	// AtOnce is how many jobs are worked on at a time, each of another tenant.
	// Defaults to 4.
	AtOnce int
	// MaxRefused bounds the file of a job's refused rows, in bytes; it is 16 times
	// the size of the job's file, and 1 MiB more, if that is less. Rows that find
	// no room are counted: Progress.Unwritten. Defaults to 64 MiB.
	MaxRefused int64
	// Lang is the language of the reasons in refused rows, "pt" or "en".
	// Defaults to "pt".
	Lang string
	// Now is the clock. Defaults to time.Now.
	Now func() time.Time
	// Log is told about jobs that begin, end and are tried again; nothing in it
	// is about a person. Defaults to silence.
	Log *slog.Logger
}

// DefaultMaxSize is what a file may have: about four million rows of a name and
// a phone.
const DefaultMaxSize = 256 << 20

// Queue holds the jobs of all tenants and works them off, one of a tenant at a
// time, and the tenants in turn. It is safe for concurrent use.
type Queue struct {
	docs   document.Store
	people func(tenant string) contact.Store
	o      Options
	spool  *spool
	owner  string // of claims: this Queue
	wake   chan struct{}
	turns  *turns
}

// New makes a Queue on a store of documents and the stores of contacts, and
// starts nothing.
func New(docs document.Store, people func(tenant string) contact.Store, o *Options) (*Queue, error) {
	if docs == nil || people == nil || o == nil || o.Dir == "" {
		return nil, errors.New("imports: New needs a store of documents, the stores of contacts, and Options.Dir")
	}
	q := &Queue{docs: docs, people: people, o: *o, owner: rand.Text(), wake: make(chan struct{}, 1), turns: newTurns()}
	if q.o.MaxSize <= 0 {
		q.o.MaxSize = DefaultMaxSize
	}
	if q.o.Keep <= 0 {
		q.o.Keep = 7 * 24 * time.Hour
	}
	if q.o.KeepJob <= 0 {
		q.o.KeepJob = 90 * 24 * time.Hour
	}
	q.o.KeepJob = max(q.o.KeepJob, 2*q.o.Keep)
	if q.o.Batch <= 0 {
		q.o.Batch = 2000
	}
	if q.o.Lease <= 0 {
		q.o.Lease = 15 * time.Second
	}
	if q.o.AtOnce <= 0 {
		q.o.AtOnce = 4
	}
	if q.o.MaxRefused <= 0 {
		q.o.MaxRefused = 64 << 20
	}
	if q.o.Lang == "" {
		q.o.Lang = "pt"
	}
	if q.o.Now == nil {
		q.o.Now = time.Now
	}
	if q.o.Log == nil {
		q.o.Log = slog.New(slog.DiscardHandler)
	}
	var err error
	if q.spool, err = openSpool(q.o.Dir); err != nil {
		return nil, err
	}
	return q, nil
}

func (q *Queue) now() time.Time { return q.o.Now().UTC() }

// newID is an ID that sorts by time.
func (q *Queue) newID(now time.Time) string {
	return fmt.Sprintf("%013x%s", now.UnixMicro(), strings.ToLower(rand.Text()[:12]))
}

func (q *Queue) kick() {
	select {
	case q.wake <- struct{}{}:
	default:
	}
}

// Timing of Run.
const (
	poll      = time.Second // what other processes have queued, or left behind
	cleanTime = time.Hour
	maxPause  = 30 * time.Second
)

// Run works until the context ends, and has let go of its jobs when it returns:
// another process goes on with them at once. It returns the context's error.
func (q *Queue) Run(ctx context.Context) error {
	var (
		all     sync.WaitGroup
		places  = make(chan struct{}, q.o.AtOnce)
		cleaned time.Time
	)
	defer all.Wait()
	for {
		if now := q.now(); now.Sub(cleaned) >= cleanTime {
			cleaned = now
			if err := q.Clean(ctx); err != nil {
				q.o.Log.WarnContext(ctx, "imports: old files were not removed", "error", err)
			}
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case places <- struct{}{}:
		}
		j, err := q.next(ctx)
		if j != nil {
			all.Go(func() {
				err := q.work(ctx, j)
				<-places
				if err != nil && ctx.Err() == nil { // others go on meanwhile
					in := min(poll<<min(q.turns.fail(j.tenant), 5), maxPause)
					q.o.Log.WarnContext(ctx, "imports: the job is tried again", "tenant", j.tenant, "job", j.ID, "in", in, "error", err)
					pause(ctx, nil, in)
				}
				q.turns.end(j.tenant, err == nil)
				q.kick()
			})
			continue
		}
		<-places
		if err != nil && ctx.Err() == nil {
			q.o.Log.WarnContext(ctx, "imports: what waits is not known", "error", err)
		}
		pause(ctx, q.wake, poll)
	}
}

func pause(ctx context.Context, wake <-chan struct{}, d time.Duration) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
	case <-wake:
	case <-t.C:
	}
}

// Step works on one job of this place that waits, or that was left behind, to
// its end, and reports whether there was one. After an error the job stands
// where it stood, and is taken up again by another Step.
func (q *Queue) Step(ctx context.Context) (worked bool, err error) {
	j, err := q.next(ctx)
	if j == nil {
		return false, err
	}
	err = q.work(ctx, j)
	q.turns.end(j.tenant, err == nil)
	return true, err
}

func (q *Queue) renew(j *Job) { j.claim = claim{q.owner, q.now().Add(q.o.Lease)} }

// end puts a job into its last state.
func (q *Queue) end(j *Job, s Status, f *Failure) {
	j.Status, j.Failure, j.claim, j.late, j.lateBy = s, f, claim{}, nil, nil
	j.EndedAt = q.now()
	j.ExpiresAt = j.EndedAt.Add(q.o.Keep)
}

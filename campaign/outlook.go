package campaign

import (
	"cmp"
	"container/heap"
	"context"
	"slices"
	"time"

	"github.com/alreasense/campaigns/schedule"
)

// outlook is a forecast at work: the numbers of a campaign on a clock of their
// own, which take people from one queue in the order of the dispatcher.
type outlook struct {
	seed  uint64
	from  time.Time // the first instant at which it could send
	until time.Time // how far it looks
	lanes lanes
	days  days
	queue queue
	// window is the campaign's schedule; nil if it has no number.
	window schedule.Window
	crowd  *crowd // nil if nobody is looked at
	left   int64
	out    []*lane // the numbers that stop before everybody is reached
}

// queue is who is to be taken: first those who wait, when their time has come,
// then the audience in its order.
type queue struct {
	waiting        []Recipient // by Due and position
	position, last int64       // of the audience
}

// newOutlook begins the outlook of a campaign as it stands.
func newOutlook(c Campaign, now time.Time, b Books) *outlook {
	o := &outlook{seed: c.Seed, from: later(now, c.StartAt), queue: queue{position: b.Cursor.Position, last: c.Total}}
	if c.Status == Scheduled {
		o.from = later(o.from, c.DueAt)
	}
	o.until = o.from.AddDate(0, 0, ForecastDays)
	if !c.Status.Terminal() {
		o.left = c.Total - b.Cursor.Position + b.Waiting
	}
	return o
}

// readWaiting reads who waits for another try.
func (o *outlook) readWaiting(r Reader, c ID, b Books) error {
	q := RecipientQuery{Campaign: c, States: []State{Pending}, Limit: PageLimit(1 << 30)}
	for int64(len(o.queue.waiting)) < b.Waiting {
		page, err := r.Recipients(q)
		if err != nil {
			return err
		}
		for _, p := range page {
			if p.ID.Position > b.Cursor.Position {
				break
			}
			o.queue.waiting = append(o.queue.waiting, p)
			q.After = p.ID.Position
		}
		if len(page) == 0 || page[len(page)-1].ID.Position > b.Cursor.Position {
			break
		}
	}
	slices.SortFunc(o.queue.waiting, func(a, b Recipient) int {
		return cmp.Or(a.Due.Compare(b.Due), cmp.Compare(a.ID.Position, b.ID.Position))
	})
	return nil
}

func (q *queue) left() int64 { return int64(len(q.waiting)) + q.last - q.position }

// next is who is taken at t; otherwise when somebody is due, which is the zero
// Time when nobody is left.
func (q *queue) next(t time.Time) (p Recipient, due time.Time, ok bool) {
	switch {
	case len(q.waiting) > 0 && !q.waiting[0].Due.After(t):
		p, q.waiting = q.waiting[0], q.waiting[1:]
		return p, t, true
	case q.position < q.last:
		q.position++
		p.ID.Position, p.Generation = q.position, 1
		return p, t, true
	case len(q.waiting) > 0:
		return p, q.waiting[0].Due, false
	}
	return p, time.Time{}, false
}

// tell runs the outlook to its end and fills in f.
func (o *outlook) tell(ctx context.Context, f *Forecast) error {
	f.Left, f.Unread = o.left, o.crowd == nil && o.left > ForecastReads
	all := slices.Clone(o.lanes)
	heap.Init(&o.lanes)
	for n := int64(0); f.Sends+f.Skips < f.Left && len(o.lanes) > 0; n++ {
		if n%4096 == 0 && ctx.Err() != nil {
			return ctx.Err()
		}
		if o.step(f) {
			heap.Fix(&o.lanes, 0)
		} else {
			o.out = append(o.out, heap.Pop(&o.lanes).(*lane))
		}
	}
	f.Rest = f.Left - f.Sends - f.Skips
	if f.Rest > 0 {
		f.Why = Because(CodeNoInstance)
		if n := len(o.out); n > 0 {
			f.Why = o.out[n-1].sum.Why
		}
	}
	f.report(all, o.from)
	return nil
}

// step lets the first number look: it sends, or learns when to look again. It
// reports false when the number never sends again.
func (o *outlook) step(f *Forecast) bool {
	l := o.lanes[0]
	if !l.open {
		at, why := l.opening()
		switch {
		case at.IsZero():
			l.sum.Why = why
			return false
		case !at.Before(o.until):
			l.sum.Why = Because(CodeBeyondForecast, "until", stamp(o.until))
			return false
		}
		l.open = true
		if at.After(l.at) {
			l.move(at)
			return true
		}
	}
	for {
		p, due, ok := o.queue.next(l.at)
		if !ok {
			// Somebody is left, for f counts them: they wait.
			l.open = false
			l.wait(l.at, due, Because(CodeNobodyDue))
			l.move(due)
			return true
		}
		if o.crowd != nil && o.crowd.passesOver(p.ID, l.at) {
			if f.Skips++; f.Sends+f.Skips == f.Left {
				return true
			}
			continue
		}
		lo, hi := l.pace.gaps()
		l.send(l.at, between(keyed(o.seed, drawGap, uint64(p.ID.Position), uint64(p.Generation), uint64(p.Tries+1)), lo, hi))
		f.Sends++
		return true
	}
}

// report fills in what the lanes did: by number, and by day of their zone.
func (f *Forecast) report(all []*lane, from time.Time) {
	for _, l := range all {
		l.sum.Waits = longest(l.sum.Waits)
		f.Numbers = append(f.Numbers, l.sum)
		f.FirstAt, f.LastAt = earlier(f.FirstAt, l.sum.FirstAt), later(f.LastAt, l.sum.LastAt)
	}
	if f.Sends == 0 {
		return
	}
	days := all[0].days
	for d := days.of(from); !d.begin.After(f.LastAt); d = days.of(d.end) {
		f.Days = append(f.Days, d.tell())
	}
}

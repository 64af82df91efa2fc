package campaign

import (
	"cmp"
	"container/heap"
	"context"
	"maps"
	"slices"
	"time"

	"github.com/alreasense/campaigns/contact"
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
	// knows lists, for numbers whose cold lane is shut, the people who know each,
	// and gone tells by position who was taken then.
	knows map[InstanceID][]Recipient
	gone  map[int64]bool
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
	for len(q.waiting) > 0 && q.gone[q.waiting[0].ID.Position] {
		q.waiting = q.waiting[1:]
	}
	for q.position < q.last && q.gone[q.position+1] {
		q.position++
	}
	switch {
	case len(q.waiting) > 0 && !q.waiting[0].Due.After(t):
		p, q.waiting = q.waiting[0], q.waiting[1:]
		q.take(p)
		return p, t, true
	case q.position < q.last:
		q.position++
		p.ID.Position, p.Generation = q.position, 1
		q.take(p)
		return p, t, true
	case len(q.waiting) > 0:
		return p, q.waiting[0].Due, false
	}
	return p, time.Time{}, false
}

func (q *queue) take(p Recipient) {
	if q.gone != nil {
		q.gone[p.ID.Position] = true
	}
}

// nextFor is next for a number that may only take people who know it until an
// instant: there is nobody before it otherwise.
func (q *queue) nextFor(i InstanceID, t, until time.Time) (p Recipient, due time.Time, ok bool) {
	list := q.knows[i]
	for len(list) > 0 && q.gone[list[0].ID.Position] {
		list = list[1:]
	}
	q.knows[i] = list
	for _, p := range list {
		if !p.Due.After(t) && !q.gone[p.ID.Position] {
			q.take(p)
			return p, t, true
		}
	}
	return p, until, false
}

// readKnown reads who knows the numbers whose cold lane is shut.
func (o *outlook) readKnown(r Reader) error {
	for _, l := range o.lanes {
		if _, shut := l.meter.Cold.Shut(o.from); shut {
			o.queue.knows, o.queue.gone = make(map[InstanceID][]Recipient), make(map[int64]bool)
		}
	}
	if o.queue.knows == nil || o.crowd == nil {
		return nil
	}
	var people []Recipient
	phones := make(map[contact.Phone]int)
	flush := func() error {
		known, err := r.Warm(slices.Collect(maps.Keys(phones)))
		if err != nil {
			return err
		}
		of := make(map[InstanceID][]int)
		for w := range known {
			of[w.Instance] = append(of[w.Instance], phones[w.Phone])
		}
		for i, list := range of {
			slices.Sort(list)
			for _, k := range slices.Compact(list) {
				o.queue.knows[i] = append(o.queue.knows[i], people[k])
			}
		}
		people = nil
		clear(phones)
		return nil
	}
	add := func(p Recipient) error {
		for _, spelled := range p.Contact.Phone.Stored() {
			phones[spelled] = len(people)
		}
		if people = append(people, p); len(people) == 1000 {
			return flush()
		}
		return nil
	}
	for _, p := range o.queue.waiting {
		if err := add(p); err != nil {
			return err
		}
	}
	for at := o.queue.position + 1; at <= o.queue.last; at++ {
		p := o.crowd.people[at].Recipient
		p.Due = time.Time{}
		if err := add(p); err != nil {
			return err
		}
	}
	return flush()
}

// next is who a number takes, or when somebody is due for it, and what it waits
// for until then.
func (o *outlook) next(l *lane) (p Recipient, due time.Time, why Reason, ok bool) {
	if s, shut := l.meter.Cold.shut(l.at); shut {
		p, due, ok = o.queue.nextFor(l.instance.ID, l.at, s.Until)
		return p, due, s.Why, ok
	}
	p, due, ok = o.queue.next(l.at)
	return p, due, Because(CodeNobodyDue), ok
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
		p, due, why, ok := o.next(l)
		if !ok && due.IsZero() {
			l.sum.Why = why // somebody has to open it
			return false
		}
		if !ok {
			// Somebody is left, for f counts them: they wait.
			l.open = false
			l.wait(l.at, due, why)
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

package simulation

import "time"

// appointment is something that happens at an instant of the true time. Equal
// instants keep the order in which they were made.
type appointment struct {
	at  int64
	seq uint64
	f   func()
}

func (a *appointment) before(b *appointment) bool {
	return a.at < b.at || a.at == b.at && a.seq < b.seq
}

// agenda is a binary heap of appointments, earliest first.
type agenda []appointment

func (h *agenda) push(a appointment) {
	q := append(*h, a)
	i := len(q) - 1
	for i > 0 {
		up := (i - 1) / 2
		if !q[i].before(&q[up]) {
			break
		}
		q[i], q[up] = q[up], q[i]
		i = up
	}
	*h = q
}

func (h *agenda) pop() appointment {
	q := *h
	first, last := q[0], len(q)-1
	q[0], q[last] = q[last], appointment{}
	q = q[:last]
	for i := 0; ; {
		down := 2*i + 1
		if down >= last {
			break
		}
		if down+1 < last && q[down+1].before(&q[down]) {
			down++
		}
		if !q[down].before(&q[i]) {
			break
		}
		q[i], q[down] = q[down], q[i]
		i = down
	}
	*h = q
	return first
}

// at makes f happen at an instant, or now if that has passed.
func (s *sim) at(t time.Time, f func()) {
	s.seq++
	s.agenda.push(appointment{at: max(t.UnixNano(), s.now.UnixNano()), seq: s.seq, f: f})
}

func (s *sim) after(d time.Duration, f func()) { s.at(s.now.Add(d), f) }

// play lets happen what is due until end, and earlier if over says so.
func (s *sim) play(end time.Time, over func() bool) {
	for len(s.agenda) > 0 && s.agenda[0].at <= end.UnixNano() {
		a := s.agenda.pop()
		s.now = time.Unix(0, a.at).UTC()
		s.figures.Events++
		a.f()
		if len(s.violations) >= maxViolations || over() {
			return
		}
	}
	if len(s.violations) < maxViolations && s.now.Before(end) {
		s.now = end
	}
}

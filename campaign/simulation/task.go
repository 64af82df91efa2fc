package simulation

import (
	"iter"
	"time"
)

// death is the panic that ends whatever a process was doing when it died.
type death struct{}

// task is one flow of control inside a process: its loop of steps, or one
// command. Only one task runs at a time, and it runs until it sleeps, so the
// order of everything is the order of the agenda.
type task struct {
	s     *sim
	p     *process
	next  func() (struct{}, bool)
	stop  func()
	yield func(struct{}) bool
	// wait is set while a pause or a cancel of this task waits for the proof.
	wait *proofOfStop
}

// spawn makes a task that begins after d. f ends early, by a panic that spawn
// catches, when its process dies.
func (s *sim) spawn(p *process, d time.Duration, f func(t *task)) *task {
	t := &task{s: s, p: p}
	t.next, t.stop = iter.Pull(func(yield func(struct{}) bool) {
		t.yield = yield
		defer func() {
			switch e := recover(); e.(type) {
			case nil, death:
			default:
				panic(e)
			}
		}()
		if p.dead {
			return
		}
		f(t)
	})
	s.tasks[t] = struct{}{}
	s.after(d, t.resume)
	return t
}

// resume lets the task run until it sleeps again or ends.
func (t *task) resume() {
	s := t.s
	s.cur = t
	_, more := t.next()
	s.cur = nil
	if !more {
		delete(s.tasks, t)
	}
}

// sleep lets d of simulated time pass. The process may be dead afterwards, and
// then sleep does not return.
func (t *task) sleep(d time.Duration) {
	t.s.after(d, t.resume)
	t.park()
}

// park waits for somebody else to resume the task.
func (t *task) park() {
	if !t.yield(struct{}{}) || t.p.dead {
		panic(death{})
	}
}

package imports

import (
	"context"
	"maps"
	"slices"
	"sync/atomic"
	"time"

	"github.com/alreasense/campaigns/contact"
)

// batch is a run of people of the file, and what had been read when it was
// complete.
type batch struct {
	people []contact.Contact
	rows   []contact.TableRow // that they were made of
	// again are rows that the store has refused in an earlier pass.
	again []contact.TableRow
	read  contact.Report
	part  float64
	err   error // of the file; it is the last batch then
}

// parser reads ahead of the store, by one batch.
type parser struct {
	s       *source
	batches chan batch
	size    atomic.Int64
	most    int64
	hold    time.Duration // that a transaction may last
	skip    int64         // people that are in the store already
	late    map[int]bool
}

// Sizes of batches begin with the first, and fall no lower than the second.
const (
	firstBatch = 500
	leastBatch = 100
)

// defaultHold is how long a transaction may last in a store that says nothing of
// it: an embedded one, of which everybody waits for the end.
const defaultHold = 35 * time.Millisecond

// holdOf is how long a transaction of people may last, and whether members are
// added beside it.
func holdOf(people contact.Store) (hold time.Duration, beside bool) {
	if h, ok := people.(contact.Holder); ok && h.Hold() > 0 {
		return h.Hold(), true
	}
	return defaultHold, false
}

func newParser(s *source, j *Job, most int, hold time.Duration) *parser {
	p := &parser{s: s, batches: make(chan batch), most: int64(most), hold: hold, skip: j.carried(), late: make(map[int]bool)}
	p.size.Store(min(firstBatch, p.most))
	for _, l := range j.late {
		p.late[l.Line] = true
	}
	return p
}

// run sends the batches and closes the channel.
func (p *parser) run(ctx context.Context) {
	defer close(p.batches)
	var (
		b    batch
		seen int64
	)
	for c, err := range p.s.All() {
		if seen++; err != nil || seen%1024 == 0 && ctx.Err() != nil {
			b.err = err
			break
		}
		row := p.s.Row()
		if seen <= p.skip {
			if p.late[row.Line] {
				row.Cells = slices.Clone(row.Cells)
				b.again = append(b.again, row)
			}
			continue
		}
		row.Cells = slices.Clone(row.Cells)
		b.people, b.rows = append(b.people, c), append(b.rows, row)
		if int64(len(b.people)) >= p.size.Load() {
			if !p.send(ctx, b) {
				return
			}
			b = batch{}
		}
	}
	p.send(ctx, b)
}

func (p *parser) send(ctx context.Context, b batch) bool {
	b.read, b.part = p.s.Report(), p.s.part()
	b.read.ByReason = maps.Clone(b.read.ByReason)
	select {
	case p.batches <- b:
		return true
	case <-ctx.Done():
		return false
	}
}

// adapt changes the size of the batches to come by the time that a transaction
// of n people took.
func (p *parser) adapt(n int, took time.Duration) {
	size := p.size.Load()
	switch {
	case took > p.hold:
		p.size.Store(max(size/2, min(leastBatch, p.most)))
	case took < p.hold/3 && int64(n) >= size:
		p.size.Store(min(size*2, p.most))
	}
}

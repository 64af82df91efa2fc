package protocol

import (
	"errors"
	"fmt"
	"hash/maphash"
	"strings"
)

// Result is what Check has found.
type Result struct {
	Config Config
	// States counts the different worlds that were reached, Steps the
	// happenings that were tried from them, and Depth is the length of the
	// longest shortest way from the beginning.
	States, Steps, Depth int
	// Closed tells that every reachable world was visited. It is false after a
	// violation, and when MaxStates ended the search.
	Closed bool
	// Broken names the invariants that the last step of Trace breaks; empty
	// when none was broken.
	Broken []Invariant
	// Trace is a shortest way to the violation, in words, one step a line.
	Trace []string
}

// String is a report of a few lines.
func (r Result) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s (%s): %d states, %d steps, depth %d", r.Config.Name, r.Config.Weak, r.States, r.Steps, r.Depth)
	switch {
	case len(r.Broken) > 0:
		fmt.Fprintf(&b, "; %v broken after %d steps:", r.Broken, len(r.Trace))
		for i, line := range r.Trace {
			fmt.Fprintf(&b, "\n%3d. %s", i+1, line)
		}
	case r.Closed:
		b.WriteString("; closed without a violation")
	default:
		b.WriteString("; not closed")
	}
	return b.String()
}

// Check visits every world that can be reached from the beginning, nearest
// first, and stops at the first step after which an invariant does not hold.
// Worlds are compared exactly, not by fingerprint. The answer is the same at
// every call. It is an error if cfg makes no sense, or describes a world in
// which more attempts of one recipient matter at a time than the model has
// room for.
func Check(cfg Config) (Result, error) {
	m, err := build(cfg)
	if err != nil {
		return Result{}, err
	}
	return m.search()
}

func (m *model) search() (Result, error) {
	cfg := m.cfg
	res := Result{Config: cfg}
	v := visited{seed: maphash.MakeSeed()}
	first := m.start()
	v.add(&first, 0)
	if bad := m.broken(&first, step{}); len(bad) > 0 {
		res.States, res.Broken = 1, bad
		return res, nil
	}
	for at, end := 0, 1; at < v.len(); at++ {
		if at == end {
			res.Depth++
			end = v.len()
		}
		if cfg.MaxStates > 0 && v.len() >= cfg.MaxStates {
			break
		}
		from := *v.at(at)
		m.steps(&from, func(st step, next *state) {
			if len(res.Broken) > 0 {
				return
			}
			res.Steps++
			// Broken steps are looked for before broken worlds are known: a
			// send that begins too late leads to a world that is fine.
			if bad := m.broken(next, st); len(bad) > 0 {
				res.Broken = bad
				res.Trace = append(m.way(&v, at), m.words(st))
				return
			}
			m.tidy(next, &from)
			v.add(next, at)
		})
		if m.overflow {
			return res, errors.New("protocol: more attempts of one recipient matter than the model has room for")
		}
		if len(res.Broken) > 0 {
			break
		}
	}
	res.States = v.len()
	if len(res.Broken) > 0 {
		res.Depth = len(res.Trace)
	} else {
		res.Closed = cfg.MaxStates == 0 || v.len() < cfg.MaxStates
	}
	return res, nil
}

// way tells how a world was reached, by walking back to the beginning and
// looking for the step that leads from each world to the next.
func (m *model) way(v *visited, at int) []string {
	var path []int
	for ; at != 0; at = int(v.from[at]) {
		path = append(path, at)
	}
	words := make([]string, 0, len(path)+1)
	prev := 0
	for i := len(path) - 1; i >= 0; i-- {
		from, to, line := *v.at(prev), *v.at(path[i]), ""
		m.steps(&from, func(st step, next *state) {
			if m.tidy(next, &from); line == "" && *next == to {
				line = m.words(st)
			}
		})
		words = append(words, line)
		prev = path[i]
	}
	return words
}

// visited is the set of worlds, in the order in which they were found, each
// with the one that it was found from. It is a hash table of places in a list
// that grows by blocks, so that no world is stored or copied twice.
type visited struct {
	seed   maphash.Seed
	blocks [][]state
	from   []uint32
	slots  []slot
}

// slot is a place plus one, 0 if it is free, and a part of the hash, so that
// most worlds that differ need not be compared.
type slot struct{ tag, place uint32 }

const blockSize = 1 << 10

func (v *visited) len() int { return len(v.from) }

func (v *visited) at(i int) *state { return &v.blocks[i/blockSize][i%blockSize] }

// add puts a world into the set, unless it is there.
func (v *visited) add(s *state, from int) {
	if 2*(len(v.from)+1) > len(v.slots) {
		v.grow()
	}
	hash := maphash.Comparable(v.seed, *s)
	tag, mask := uint32(hash>>32), uint64(len(v.slots)-1)
	for h := hash & mask; ; h = (h + 1) & mask {
		switch k := v.slots[h]; {
		case k.place == 0:
			i := len(v.from)
			if i%blockSize == 0 {
				v.blocks = append(v.blocks, make([]state, 0, blockSize))
			}
			b := len(v.blocks) - 1
			v.blocks[b] = append(v.blocks[b], *s)
			v.from = append(v.from, uint32(from))
			v.slots[h] = slot{tag, uint32(i + 1)}
			return
		case k.tag == tag && *v.at(int(k.place - 1)) == *s:
			return
		}
	}
}

func (v *visited) grow() {
	v.slots = make([]slot, max(1<<12, 2*len(v.slots)))
	mask := uint64(len(v.slots) - 1)
	for i := range v.from {
		hash := maphash.Comparable(v.seed, *v.at(i))
		h := hash & mask
		for v.slots[h].place != 0 {
			h = (h + 1) & mask
		}
		v.slots[h] = slot{uint32(hash >> 32), uint32(i + 1)}
	}
}

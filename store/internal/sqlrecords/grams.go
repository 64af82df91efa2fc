package sqlrecords

import (
	"encoding/binary"
	"math/bits"
	"slices"
)

// A gram is three letters that follow each other in a text, 16 bits of each.
// Grams sort by their letters, so those that begin alike stand together.
type gram int64

// two ends behind a text, so that each letter of it begins a gram.
const ends = "\n\n"

func gramOf(a, b, c rune) gram { return gram(letter(a)<<32 | letter(b)<<16 | letter(c)) }

// letter is 16 bits of a letter. Two that share them are told apart when the
// texts are read.
func letter(r rune) int64 { return int64((r ^ r>>16) & 0xffff) }

// gramsOf calls f for each gram of a text with its ends, some of them perhaps
// several times.
func gramsOf(text string, f func(gram)) {
	var a, b rune
	n := 0
	for _, part := range [...]string{text, ends} {
		for _, c := range part {
			if n++; n > 2 {
				f(gramOf(a, b, c))
			}
			a, b = b, c
		}
	}
}

// mostGrams bounds the grams that are looked up for a term.
const mostGrams = 5

// termGrams are the grams that every text has which contains term: at most
// mostGrams of them, spread over it. For a term of one or two letters there are
// none; its grams are those from low up to, but not including, high.
func termGrams(term string) (all []gram, low, high gram) {
	letters := []rune(term)
	switch len(letters) {
	case 0:
		return nil, 0, 0
	case 1:
		low = gramOf(letters[0], 0, 0)
		return nil, low, low + 1<<32
	case 2:
		low = gramOf(letters[0], letters[1], 0)
		return nil, low, low + 1<<16
	}
	for i := range len(letters) - 2 {
		all = append(all, gramOf(letters[i], letters[i+1], letters[i+2]))
	}
	if n := len(all); n > mostGrams {
		for i := range mostGrams {
			all[i] = all[i*(n-1)/(mostGrams-1)]
		}
		all = all[:mostGrams]
	}
	slices.Sort(all)
	return slices.Compact(all), 0, 0
}

// places is a set of places in a segment, from 0.
type places []uint64

func newPlaces(size int) places { return make(places, (size+63)/64) }

func (p places) add(i int)      { p[i/64] |= 1 << (i % 64) }
func (p places) remove(i int)   { p[i/64] &^= 1 << (i % 64) }
func (p places) has(i int) bool { return p[i/64]&(1<<(i%64)) != 0 }

// fill adds all places of a segment.
func (p places) fill(size int) {
	for i := range p {
		p[i] = ^uint64(0)
	}
	if n := size % 64; n > 0 {
		p[len(p)-1] = 1<<n - 1
	}
}

func (p places) count() (n int) {
	for _, w := range p {
		n += bits.OnesCount64(w)
	}
	return n
}

// each calls f for each place, by rising place.
func (p places) each(f func(int)) {
	for k, w := range p {
		for ; w != 0; w &= w - 1 {
			f(k*64 + bits.TrailingZeros64(w))
		}
	}
}

// How places are written: all of the segment, the distances from each to the
// next, or a bit for each.
const (
	writtenAll   = 'a'
	writtenSteps = 's'
	writtenBits  = 'b'
)

// appendPlaces writes places of a segment of size contacts, which rise.
func appendPlaces(b []byte, list []uint16, size int) []byte {
	switch {
	case len(list) == size:
		return append(b, writtenAll)
	case len(list) > size/8:
		p := newPlaces(size)
		for _, i := range list {
			p.add(int(i))
		}
		return p.append(append(b, writtenBits))
	}
	b = append(b, writtenSteps)
	last := -1
	for _, i := range list {
		b = binary.AppendUvarint(b, uint64(int(i)-last-1))
		last = int(i)
	}
	return b
}

func (p places) append(b []byte) []byte {
	for _, w := range p {
		b = binary.LittleEndian.AppendUint64(b, w)
	}
	return b
}

// union adds the places that were written to p. What cannot be read is all:
// the texts decide.
func (p places) union(b []byte, size int) {
	if !p.read(b, size) {
		p.fill(size)
	}
}

func (p places) read(b []byte, size int) bool {
	if len(b) == 0 || b[0] == writtenAll {
		return false
	}
	kind, b := b[0], b[1:]
	switch {
	case kind == writtenBits && len(b) == 8*len(p):
		for i := range p {
			p[i] |= binary.LittleEndian.Uint64(b[8*i:])
		}
		return true
	case kind != writtenSteps:
		return false
	}
	for i := -1; len(b) > 0; {
		step, n := binary.Uvarint(b)
		if n <= 0 || step >= uint64(size) || i+1+int(step) >= size {
			return false
		}
		i, b = i+1+int(step), b[n:]
		p.add(i)
	}
	return true
}

// intersect keeps of p what was written.
func (p places) intersect(b []byte, size int) {
	q := newPlaces(size)
	if !q.read(b, size) {
		return
	}
	for i := range p {
		p[i] &= q[i]
	}
}

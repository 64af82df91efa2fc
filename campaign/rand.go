package campaign

import (
	"hash/maphash"
	"time"
)

// keyed is a hash of parts under a seed: the engine's only source of random
// choices that a forecast must be able to repeat. It is a chain of splitmix64
// finalizers, so equal arguments give equal results on every machine and in
// every version; it is not a cipher.
func keyed(seed uint64, parts ...uint64) uint64 {
	h := mix(seed + 0x9e3779b97f4a7c15)
	for _, p := range parts {
		h = mix(h ^ (p + 0x9e3779b97f4a7c15))
	}
	return h
}

func mix(z uint64) uint64 {
	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9
	z = (z ^ (z >> 27)) * 0x94d049bb133111eb
	return z ^ (z >> 31)
}

// between draws a duration from lo to hi, both included, in milliseconds.
func between(h uint64, lo, hi time.Duration) time.Duration {
	if hi <= lo {
		return lo
	}
	n := uint64((hi-lo)/time.Millisecond) + 1
	return lo + time.Duration(h%n)*time.Millisecond
}

// The streams of draws that one recipient needs.
const (
	drawGap uint64 = iota + 1
	drawBackoff
)

// newSeed makes a campaign's seed.
func newSeed() uint64 { return maphash.Bytes(maphash.MakeSeed(), nil) }

package campaign

import (
	"math/bits"

	"github.com/alreasense/campaigns/contact"
)

// Rotation chooses a message for a recipient. It is called inside the take, so
// the counts are exact; it must be pure: the same arguments, the same choice.
type Rotation interface {
	// Pick returns the index in ms of the message to send. ms holds the
	// messages that are on, in the order of the draft, at least one.
	Pick(ms []Message, c Choice) int
}

// Choice is what a Rotation may base its choice on.
type Choice struct {
	// Used tells, for each message of ms, how often it was chosen so far, less
	// the choices that were taken back because nothing was sent. It includes
	// what is in flight. A count that is missing is zero.
	Used []int64
	// Recipient is who gets the message.
	Recipient Recipient
	// Seed is the campaign's.
	Seed uint64
}

// Names of the rotations that every engine has.
const (
	RotationBalanced = "balanced"
	RotationWeighted = "weighted"
	RotationSticky   = "sticky"
)

// BuiltinRotations returns the rotations that every engine has, by name, in a
// map of the caller's own.
func BuiltinRotations() map[string]Rotation {
	return map[string]Rotation{
		RotationBalanced: Balanced{},
		RotationWeighted: Weighted{},
		RotationSticky:   Sticky{},
	}
}

// Balanced sends each message equally often: it picks the one that was used
// least. After n sends without a choice taken back, any two messages differ by
// one at most. Choices that are taken back are the first to be made up for,
// and so is a message that is switched on late: it goes out until it has
// caught up.
//
// Between messages that were used equally often the campaign's seed and the
// recipient's position decide, so that neighbours in a list do not get the
// messages in a fixed round.
type Balanced struct{}

var _ Rotation = Balanced{}

// Pick implements Rotation.
func (Balanced) Pick(ms []Message, c Choice) int {
	best := 0
	for i := 1; i < len(ms); i++ {
		switch a, b := c.used(i), c.used(best); {
		case a < b, a == b && c.lot(ms[i]) > c.lot(ms[best]):
			best = i
		}
	}
	return best
}

// Weighted sends each message as often as its Weight asks for. After n sends
// without a choice taken back, each message was used its exact share
// (n · weight / sum of the weights) rounded up or down: the counts are never a
// whole send off, neither at the end nor on the way there.
//
// It is the quota method of apportionment (Balinski and Young, 1975): among
// the messages whose share after this send is above their count, the one with
// the smallest (used+1)/weight. Ties are settled as Balanced does. A weight of
// zero or less counts as 1, and one above 1,000,000 as 1,000,000.
type Weighted struct{}

var _ Rotation = Weighted{}

const maxWeight = 1_000_000

func (m Message) weight() uint64 {
	switch {
	case m.Weight <= 0:
		return 1
	case m.Weight > maxWeight:
		return maxWeight
	}
	return uint64(m.Weight)
}

// Pick implements Rotation.
func (Weighted) Pick(ms []Message, c Choice) int {
	var sum, n uint64
	for i, m := range ms {
		sum += m.weight()
		n += c.used(i)
	}
	best := -1
	for i, m := range ms {
		w, u := m.weight(), c.used(i)
		if compareProducts(u, sum, n+1, w) >= 0 {
			continue // it has its share already
		}
		if best < 0 {
			best = i
			continue
		}
		switch compareProducts(u+1, ms[best].weight(), c.used(best)+1, w) {
		case -1:
			best = i
		case 0:
			if c.lot(m) > c.lot(ms[best]) {
				best = i
			}
		}
	}
	return max(best, 0)
}

// compareProducts compares a·b with c·d, in 128 bits.
func compareProducts(a, b, c, d uint64) int {
	hi, lo := bits.Mul64(a, b)
	hi2, lo2 := bits.Mul64(c, d)
	switch {
	case hi < hi2, hi == hi2 && lo < lo2:
		return -1
	case hi == hi2 && lo == lo2:
		return 0
	}
	return 1
}

// Sticky gives a person the same message every time, whatever was sent to
// others. The messages share the audience equally on average only, and their
// weights have no say.
//
// The choice is a rendezvous: each message draws a lot for the person, from
// the campaign's seed, the canonical phone and the message's ID, and the
// highest lot wins. When a message is removed or switched off, the people who
// had it spread over the others and nobody else moves; when one is added, it
// takes its share from all and nobody moves between the others. Editing the
// text or the order of the messages moves nobody.
type Sticky struct{}

var _ Rotation = Sticky{}

// Pick implements Rotation.
func (Sticky) Pick(ms []Message, c Choice) int {
	person := phoneHash(c.Recipient.Contact.Phone)
	best, high := 0, uint64(0)
	for i, m := range ms {
		if lot := keyed(c.Seed, drawSticky, person, uint64(m.ID)); i == 0 || lot > high {
			best, high = i, lot
		}
	}
	return best
}

// The streams of draws that rotations need: apart from those of rand.go.
const (
	drawTie    uint64 = 0x746965 // "tie"
	drawSticky uint64 = 0x737479 // "sty"
)

// used is the count of message i, never below zero.
func (c Choice) used(i int) uint64 {
	if i >= len(c.Used) || c.Used[i] < 0 {
		return 0
	}
	return uint64(c.Used[i])
}

// lot settles a tie between messages for one recipient.
func (c Choice) lot(m Message) uint64 {
	return keyed(c.Seed, drawTie, uint64(c.Recipient.ID.Position), uint64(m.ID))
}

// phoneHash is a hash of the phone (FNV-1a, 64 bits), equal on every machine.
func phoneHash(p contact.Phone) uint64 {
	h := uint64(0xcbf29ce484222325)
	for i := 0; i < len(p); i++ {
		h = (h ^ uint64(p[i])) * 0x100000001b3
	}
	return h
}

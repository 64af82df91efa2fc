// Package disk tells how much room a directory has.
package disk

import "fmt"

// Room is what is left for an ordinary user, and what there is in all, in bytes.
type Room struct{ Free, Total uint64 }

// Least is what a daemon needs to go on: the journal of SQLite grows to about
// 32 MiB before it is emptied, and a backup or an import wants to end.
const Least = 64 << 20

// Full reports whether the room is about to end.
func (r Room) Full() bool { return r.Free < Least }

// Short reports whether somebody should look after it: less than a twentieth is
// left, and less than 2 GiB.
func (r Room) Short() bool { return r.Free < 2<<30 && r.Free < r.Total/20 || r.Full() }

// String is what is left, for people.
func (r Room) String() string {
	const mib, gib = 1 << 20, 1 << 30
	if r.Free >= 10*gib {
		return fmt.Sprintf("%d GB", r.Free/gib)
	}
	return fmt.Sprintf("%d MB", r.Free/mib)
}

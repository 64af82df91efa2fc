package campaign

import (
	"maps"
	"time"
)

// Counts holds a number for each message.
type Counts map[MessageID]int64

// Add adds n to the count of m.
func (c *Counts) Add(m MessageID, n int64) {
	if *c == nil {
		*c = make(Counts, MaxMessages)
	}
	(*c)[m] += n
}

// Cursor is the half of a campaign's progress that only takes write.
type Cursor struct {
	// Position is the last position that was taken from the audience; those
	// behind it come back through the waiting rows alone.
	Position int64
	// Skipped counts the recipients that takes left out.
	Skipped int64
	// Picked counts how often each message was chosen.
	Picked Counts
}

// Clone returns a copy that shares nothing.
func (c Cursor) Clone() Cursor { c.Picked = maps.Clone(c.Picked); return c }

// Tally is the half of a campaign's progress that only settlements write.
type Tally struct {
	// Sent counts accepted or beyond, Delivered delivered or beyond.
	Sent, Delivered, Read, Responded int64
	Failed                           int64
	// Unknown counts the recipients whose outcome is lost now.
	Unknown int64
	// Retries counts the tries that were proven unsent.
	Retries int64
	// Released counts the choices of each message that did not stand, since
	// nothing was sent; SentOf how often each message was sent, and RespondedOf
	// how often it was answered.
	Released, SentOf, RespondedOf Counts
	LastSentAt                    time.Time
}

// Clone returns a copy that shares nothing.
func (t Tally) Clone() Tally {
	t.Released, t.SentOf, t.RespondedOf = maps.Clone(t.Released), maps.Clone(t.SentOf), maps.Clone(t.RespondedOf)
	return t
}

// Books is all that a store knows of a campaign's progress at one instant.
type Books struct {
	Cursor Cursor
	Tally  Tally
	// Flying counts the attempts in flight, Waiting the recipients behind the
	// cursor that are to be taken again.
	Flying, Waiting int64
	// NextDue is when the first waiting recipient is due, and NextWhy what that
	// one waits for; zero if none waits.
	NextDue time.Time
	NextWhy Reason
	// Lanes are those in which somebody waits, see Waiting.Lane.
	Lanes map[InstanceID]LaneBook
}

// LaneBook counts who waits in a lane, and tells when the first one is due.
type LaneBook struct {
	Waiting int64
	NextDue time.Time
}

// SetLane enters a lane.
func (b *Books) SetLane(lane InstanceID, waiting int64, next time.Time) {
	if b.Lanes == nil {
		b.Lanes = make(map[InstanceID]LaneBook)
	}
	b.Lanes[lane] = LaneBook{waiting, next}
}

// Progress is how far a campaign has come. The states always sum to Total.
type Progress struct {
	Campaign ID
	Status   Status
	Total    int64

	Pending, Sending, Unknown int64
	// Sent counts accepted or beyond; Delivered and Read are part of it.
	Sent, Delivered, Read, Responded int64
	Failed, Skipped, Cancelled       int64
	// Waiting is the part of Pending that was taken before.
	Waiting int64
	Retries int64
	// SentOf tells how often each message was sent, RespondedOf how many people
	// answered it.
	SentOf, RespondedOf Counts
	LastSentAt          time.Time
	// NextAt is the earliest instant at which one of the campaign's numbers
	// sends again; zero when none is going to. Why is what that number waits
	// for.
	NextAt time.Time
	Why    Reason
}

// Progress derives what people read from the campaign's row and its books.
func (b Books) Progress(c Campaign) Progress {
	p := Progress{
		Campaign: c.ID, Status: c.Status, Total: c.Total,
		Sending: b.Flying, Unknown: b.Tally.Unknown,
		Sent: b.Tally.Sent, Delivered: b.Tally.Delivered, Read: b.Tally.Read, Responded: b.Tally.Responded,
		Failed: b.Tally.Failed, Skipped: b.Cursor.Skipped, Waiting: b.Waiting, Retries: b.Tally.Retries,
		SentOf: maps.Clone(b.Tally.SentOf), RespondedOf: maps.Clone(b.Tally.RespondedOf), LastSentAt: b.Tally.LastSentAt,
	}
	open := p.Total - p.Sending - p.Unknown - p.Sent - p.Failed - p.Skipped
	if c.Status == Cancelled {
		p.Cancelled = open
	} else {
		p.Pending = open
	}
	return p
}

// Done is the share of the audience that needs nothing more, from 0 to 1; 1
// for an empty audience.
func (p Progress) Done() float64 {
	if p.Total == 0 {
		return 1
	}
	return float64(p.Total-p.Pending-p.Sending) / float64(p.Total)
}

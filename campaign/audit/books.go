package audit

import (
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/alreasense/campaigns/campaign"
)

// recount is what the rows of a campaign add up to.
type recount struct {
	people                           int64
	sent, delivered, read, responded int64
	failed, skipped, flying, unknown int64
	pending, dropped, waiting        int64
	retries                          int64
	// lone counts the sending and unknown by what their recipients say.
	sending, lost              int64
	sentOf, stand, respondedOf campaign.Counts
	nextDue                    time.Time
}

// balance compares the books with the recount.
func (s *survey) balance() error {
	n, b, t := &s.count, s.books, s.books.Tally
	for _, line := range []struct {
		what       string
		book, rows int64
	}{
		{"recipients", s.x.Total, n.people},
		{"sent", t.Sent, n.sent},
		{"delivered", t.Delivered, n.delivered},
		{"read", t.Read, n.read},
		{"responded", t.Responded, n.responded},
		{"failed", t.Failed, n.failed},
		{"skipped", b.Cursor.Skipped, n.skipped},
		{"unknown", t.Unknown, n.unknown},
		{"recipients that show as unknown", t.Unknown, n.lost},
		{"in flight", b.Flying, n.flying},
		{"recipients that show as sending", b.Flying, n.sending},
		{"waiting", b.Waiting, n.waiting},
		{"retries", t.Retries, n.retries},
		{"left over", s.x.Total - b.Flying - t.Unknown - t.Sent - t.Failed - b.Cursor.Skipped, n.pending + n.dropped},
	} {
		if line.book != line.rows {
			if err := s.c.fail(s.at("I3"), "the books count %d %s and the rows %d", line.book, line.what, line.rows); err != nil {
				return err
			}
		}
	}
	if t.Sent < t.Delivered || t.Delivered < t.Read {
		if err := s.c.fail(s.at("I3"), "the books count %d sent, %d delivered, %d read: each is part of the one before", t.Sent, t.Delivered, t.Read); err != nil {
			return err
		}
	}
	stood := make(campaign.Counts)
	for m, k := range b.Cursor.Picked {
		stood[m] += k
	}
	for m, k := range t.Released {
		stood[m] -= k
	}
	for _, line := range []struct {
		what       string
		book, rows campaign.Counts
	}{
		{"sent", t.SentOf, n.sentOf},
		{"answered", t.RespondedOf, n.respondedOf},
		{"picked and not released", stood, n.stand},
	} {
		if diff := differ(line.book, line.rows); diff != "" {
			if err := s.c.fail(s.at("I3"), "%s by the books, of those %s", diff, line.what); err != nil {
				return err
			}
		}
	}
	if !b.NextDue.Equal(n.nextDue) && b.NextDue.Sub(n.nextDue).Abs() > tolerance {
		if err := s.c.fail(s.at("I3"), "the books say that the first one waits until %v and the rows %v", b.NextDue, n.nextDue); err != nil {
			return err
		}
	}
	if b.Cursor.Position < 0 || b.Cursor.Position > s.x.Total {
		if err := s.c.fail(s.at("I3"), "the cursor stands at %d of %d", b.Cursor.Position, s.x.Total); err != nil {
			return err
		}
	}
	if s.x.Status == campaign.Completed && n.pending+n.flying > 0 {
		return s.c.fail(s.at("I12"), "the campaign is completed with %d pending and %d in flight", n.pending, n.flying)
	}
	return nil
}

// differ names the first message whose counts differ; zero counts as none.
func differ(book, rows campaign.Counts) string {
	all := make(campaign.Counts)
	maps.Copy(all, book)
	maps.Copy(all, rows)
	for _, m := range slices.Sorted(maps.Keys(all)) {
		if book[m] != rows[m] {
			return fmt.Sprintf("message %d counts %d and not %d", m, book[m], rows[m])
		}
	}
	return ""
}

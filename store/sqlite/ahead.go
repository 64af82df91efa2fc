package sqlite

import (
	"slices"

	"github.com/alreasense/campaigns/campaign"
	"github.com/alreasense/campaigns/contact"
)

// ahead keeps decoded recipients around their campaign's cursor. An audience
// changes only when a person is erased, who is forgotten here first, so what is
// kept stays true. A take looks at more of them
// than it sends to, and a settlement at those that were just taken: both would
// read the same rows again and again. Its user holds the writer.
type ahead struct {
	// runs are those ahead of the cursor, without gaps.
	runs map[campaign.ID][]campaign.Recipient
	held int
	// passed are those that the cursor has passed.
	passed map[campaign.RecipientID]contact.Contact
}

// aheadMax bounds the recipients that are kept ahead over all campaigns,
// aheadRead is how many of a campaign are read at a time.
const (
	aheadMax  = 30_000
	aheadRead = 64
)

func newAhead() *ahead {
	return &ahead{runs: map[campaign.ID][]campaign.Recipient{}, passed: map[campaign.RecipientID]contact.Contact{}}
}

// next returns up to n recipients after the cursor. read appends to a list up
// to so many recipients that follow a position.
func (a *ahead) next(id campaign.ID, cursor, total int64, n int,
	read func(list []campaign.Recipient, after int64, n int) ([]campaign.Recipient, error)) ([]campaign.Recipient, error) {
	run := a.trim(id, cursor)
	last := cursor + int64(len(run))
	if len(run) < n && last < total {
		more, err := read(slices.Clone(run), last, max(n, aheadRead)-len(run))
		if err != nil {
			return nil, err
		}
		run = more
	}
	if a.held+len(run) > aheadMax {
		clear(a.runs)
		a.held = 0
	}
	if len(run) > 0 {
		a.runs[id] = run
		a.held += len(run)
	}
	return run[:min(n, len(run))], nil
}

// trim takes the run of a campaign out, without those that the cursor has
// passed.
func (a *ahead) trim(id campaign.ID, cursor int64) []campaign.Recipient {
	run := a.runs[id]
	delete(a.runs, id)
	a.held -= len(run)
	for len(run) > 0 && run[0].ID.Position <= cursor {
		remember(a.passed, run[0].ID, run[0].Contact)
		run = run[1:]
	}
	if len(run) > 0 && run[0].ID.Position != cursor+1 {
		return nil
	}
	return run
}

// contact returns the snapshot of a recipient, if it is kept.
func (a *ahead) contact(id campaign.RecipientID) (contact.Contact, bool) {
	if run := a.runs[id.Campaign]; len(run) > 0 {
		if i := id.Position - run[0].ID.Position; i >= 0 && i < int64(len(run)) {
			return run[i].Contact, true
		}
	}
	c, ok := a.passed[id]
	return c, ok
}

// forget keeps nothing of a recipient, nor of those around it.
func (a *ahead) forget(id campaign.RecipientID) {
	a.held -= len(a.runs[id.Campaign])
	delete(a.runs, id.Campaign)
	delete(a.passed, id)
}

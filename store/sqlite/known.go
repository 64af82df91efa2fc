package sqlite

import (
	"maps"
	"slices"

	"github.com/alreasense/campaigns/campaign"
)

// known keeps what the ledger reads again and again and commands seldom
// change: decoded campaigns, instances and calendars, each good for one
// revision, which is read anew every time. Only committed rows get in, since
// no transaction of the ledger writes them. Its user holds the writer.
type known struct {
	campaigns map[campaign.ID]campaign.Campaign
	instances map[campaign.InstanceID]campaign.Instance
	calendars map[campaign.Tenant]campaign.Calendar
}

// knownMax bounds each of the maps. A store that works on more forgets all and
// begins again.
const knownMax = 20_000

func newKnown() *known {
	return &known{map[campaign.ID]campaign.Campaign{}, map[campaign.InstanceID]campaign.Instance{}, map[campaign.Tenant]campaign.Calendar{}}
}

func remember[K comparable, V any](m map[K]V, k K, v V) {
	if len(m) >= knownMax {
		clear(m)
	}
	m[k] = v
}

func cloneCampaign(c campaign.Campaign) campaign.Campaign {
	c.Messages = slices.Clone(c.Messages)
	c.Instances = slices.Clone(c.Instances)
	c.Pace.Ramp = slices.Clone(c.Pace.Ramp)
	c.Schedule = c.Schedule.Clone()
	if c.Retries != nil {
		n := *c.Retries
		c.Retries = &n
	}
	c.Why.Args, c.Fields = maps.Clone(c.Why.Args), maps.Clone(c.Fields)
	return c
}

func cloneInstance(i campaign.Instance) campaign.Instance {
	i.Pace.Ramp = slices.Clone(i.Pace.Ramp)
	return i
}

// ahead keeps decoded recipients that stand ahead of their campaign's cursor.
// Nothing changes them there, so a copy stays true until the cursor has passed
// it; a take looks at more of them than it sends to, and would otherwise read
// the same rows many times. Its user holds the writer.
type ahead struct {
	runs map[campaign.ID][]campaign.Recipient
	held int
}

// aheadMax bounds the recipients that are kept over all campaigns, aheadRead
// is how many of a campaign are read at a time.
const (
	aheadMax  = 30_000
	aheadRead = 64
)

func newAhead() *ahead { return &ahead{runs: map[campaign.ID][]campaign.Recipient{}} }

// forget drops what is kept.
func (a *ahead) forget() {
	clear(a.runs)
	a.held = 0
}

// next returns up to n recipients after the cursor. read appends to a list up
// to so many recipients that follow a position.
func (a *ahead) next(id campaign.ID, cursor, total int64, n int,
	read func(list []campaign.Recipient, after int64, n int) ([]campaign.Recipient, error)) ([]campaign.Recipient, error) {
	run := a.runs[id]
	a.held -= len(run)
	passed := 0
	for passed < len(run) && run[passed].ID.Position <= cursor {
		passed++
	}
	run = run[passed:]
	if len(run) > 0 && run[0].ID.Position != cursor+1 {
		run = nil
	}
	last := cursor + int64(len(run))
	if len(run) < n && last < total {
		more, err := read(slices.Clone(run), last, max(n, aheadRead)-len(run))
		if err != nil {
			delete(a.runs, id)
			return nil, err
		}
		run = more
	}
	if a.held+len(run) > aheadMax {
		a.forget()
	}
	if len(run) == 0 {
		delete(a.runs, id)
		return nil, nil
	}
	a.runs[id] = run
	a.held += len(run)
	return run[:min(n, len(run))], nil
}

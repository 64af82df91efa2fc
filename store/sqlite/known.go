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

// knownMax bounds each map of what is remembered. A store that works on more
// forgets all and begins again.
const knownMax = 10_000

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
	i.Suspended.Args = maps.Clone(i.Suspended.Args)
	return i
}

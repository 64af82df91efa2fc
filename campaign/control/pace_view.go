package control

import (
	"time"

	"github.com/alreasense/campaigns/campaign"
)

// Pace limits how fast numbers send.
type Pace struct {
	DelayMin   int   `json:"delay_min_seconds,omitempty" minimum:"0" maximum:"86400" doc:"The shortest rest between the starts of two sends."`
	DelayMax   int   `json:"delay_max_seconds,omitempty" minimum:"0" maximum:"86400" doc:"The longest rest. Both 0: on a number 20 and 50, on a campaign no limit."`
	NoDelay    bool  `json:"no_delay,omitempty" doc:"No rest at all, for tests and gateways that pace themselves."`
	PerHour    int   `json:"per_hour,omitempty" minimum:"0" maximum:"1000000" doc:"Sends in a clock hour at most; 0 is no cap."`
	PerDay     int   `json:"per_day,omitempty" minimum:"0" maximum:"10000000" doc:"Sends in a day at most; 0 is no cap."`
	PauseEvery int   `json:"pause_every,omitempty" minimum:"0" maximum:"1000000" doc:"After so many sends a long pause; 0 is never."`
	PauseFor   int   `json:"pause_seconds,omitempty" minimum:"0" maximum:"604800" doc:"How long that pause is."`
	Ramp       []int `json:"ramp,omitempty" maxItems:"366" doc:"Caps of the first days of a young number. A number's alone: a campaign has none."`
}

func paceView(p campaign.Pace) Pace {
	return Pace{DelayMin: seconds(p.MinGap), DelayMax: seconds(p.MaxGap), NoDelay: p.NoGap, PerHour: p.PerHour, PerDay: p.PerDay,
		PauseEvery: p.PauseEvery, PauseFor: seconds(p.PauseFor), Ramp: p.Ramp}
}

func (p Pace) pace() campaign.Pace {
	return campaign.Pace{MinGap: duration(p.DelayMin), MaxGap: duration(p.DelayMax), NoGap: p.NoDelay, PerHour: p.PerHour, PerDay: p.PerDay,
		PauseEvery: p.PauseEvery, PauseFor: duration(p.PauseFor), Ramp: p.Ramp}
}

// seconds rounds up: what is shown is never shorter than what holds.
func seconds(d time.Duration) int { return int((d + time.Second - 1) / time.Second) }

func duration(s int) time.Duration { return time.Duration(s) * time.Second }

package control

import (
	"context"
	"net/http"
	"time"

	"github.com/alreasense/campaigns/campaign"
)

// Forecast tells what a campaign will do if nothing goes wrong.
type Forecast struct {
	At       time.Time        `json:"at" doc:"When the forecast was made. A campaign that does not run is taken as started then, or at its start_at, with its numbers free. A run without faults agrees with the forecast to the second; it looks a year ahead."`
	Timezone string           `json:"timezone" doc:"Whose days days holds."`
	Left     int64            `json:"left" doc:"People who are still to be sent to: sends + skips + rest."`
	Sends    int64            `json:"sends"`
	Skips    int64            `json:"skips" doc:"People who will be left out when their turn comes: opted out, erased, no text for them."`
	Unread   bool             `json:"unread" doc:"The audience is too large to look at each person: who will be left out counts among sends."`
	Rest     int64            `json:"rest" doc:"People who are not reached."`
	Why      *Reason          `json:"reason" doc:"Why the rest is not reached; null if everybody is."`
	FirstAt  *time.Time       `json:"first_at" doc:"When the first send starts."`
	LastAt   *time.Time       `json:"last_at" doc:"When the last send starts: the campaign ends then, unless there is a rest."`
	Numbers  []ForecastNumber `json:"instances"`
	Days     []ForecastDay    `json:"days" doc:"Every day from the first on which a number could send to the last send."`
	Rests    []ForecastRest   `json:"rests" doc:"The holidays in this time on which the campaign rests and would not otherwise: see the calendar."`
	Faults   []Fault          `json:"obstacles" doc:"What a start would be refused for now."`
	Warnings []Warning        `json:"warnings" doc:"What the messages give to look at, though they may be sent."`
}

// ForecastDay is a day of a forecast.
type ForecastDay struct {
	Date    string          `json:"date" format:"date"`
	Sends   int64           `json:"sends"`
	Numbers []ForecastShare `json:"instances" doc:"The numbers that send that day."`
	Waits   []ForecastWait  `json:"waits" doc:"What the numbers wait for before their sends, a number on average, longest first: what limits the day."`
}

// ForecastRest is a holiday on which nothing is sent.
type ForecastRest struct {
	Date  string  `json:"date" format:"date"`
	Name  string  `json:"name"`
	Kind  string  `json:"kind" enum:"national,state,municipal,optional,own"`
	Until *string `json:"until" doc:"The hour from which it is an ordinary day: HH:MM; null for the whole day."`
}

// ForecastShare is what a number sends on one day.
type ForecastShare struct {
	Instance int64     `json:"instance"`
	Sends    int64     `json:"sends"`
	FirstAt  time.Time `json:"first_at"`
	LastAt   time.Time `json:"last_at"`
}

// ForecastNumber is what a number does altogether.
type ForecastNumber struct {
	Instance int64          `json:"instance"`
	Name     string         `json:"friendly_name"`
	Sends    int64          `json:"sends"`
	FirstAt  *time.Time     `json:"first_at"`
	LastAt   *time.Time     `json:"last_at"`
	Waits    []ForecastWait `json:"waits" doc:"What it waits for before its sends, longest first: what limits it."`
	Why      *Reason        `json:"reason" doc:"Why it stops before everybody is reached; null if it does not."`
}

// ForecastWait is how long a number waits for one thing.
type ForecastWait struct {
	Reason
	Seconds int64 `json:"seconds"`
}

func (a *api) forecast() {
	route(a, op{method: http.MethodGet, path: campaignsPath + "{id}/forecast/", id: "forecastCampaign", tag: "campaigns",
		summary: "What the campaign will do if nothing goes wrong: how many on which day, from which number, and when it ends"},
		func(ctx context.Context, s *campaign.Service, in *OneCampaign) (*struct{ Body Forecast }, error) {
			c, err := s.Campaign(ctx, campaign.ID(in.ID))
			if err != nil {
				return nil, err
			}
			f, err := s.Forecast(ctx, c.ID)
			if err != nil {
				return nil, err
			}
			return &struct{ Body Forecast }{visitOf(ctx).forecast(f, zoneOf(c.Schedule))}, nil
		})
}

func (v *visit) forecast(f campaign.Forecast, loc *time.Location) Forecast {
	out := Forecast{At: f.At, Timezone: loc.String(), Left: f.Left, Sends: f.Sends, Skips: f.Skips, Unread: f.Unread, Rest: f.Rest,
		Why: v.reason(f.Why, loc), FirstAt: moment(f.FirstAt), LastAt: moment(f.LastAt),
		Numbers: []ForecastNumber{}, Days: []ForecastDay{}, Rests: []ForecastRest{}, Faults: v.faults(f.Obstacles), Warnings: v.warnings(f.Warnings)}
	for _, n := range f.Numbers {
		out.Numbers = append(out.Numbers, ForecastNumber{Instance: int64(n.Instance), Name: n.Name, Sends: n.Sends,
			FirstAt: moment(n.FirstAt), LastAt: moment(n.LastAt), Waits: v.waits(n.Waits, loc), Why: v.reason(n.Why, loc)})
	}
	for _, d := range f.Rests {
		h := holidayView(d, false)
		out.Rests = append(out.Rests, ForecastRest{h.Date, h.Name, h.Kind, h.Until})
	}
	for _, d := range f.Days {
		day := ForecastDay{Date: d.Day.Format(time.DateOnly), Sends: d.Sends, Numbers: []ForecastShare{}, Waits: v.waits(d.Waits, loc)}
		for _, n := range d.Numbers {
			day.Numbers = append(day.Numbers, ForecastShare{Instance: int64(n.Instance), Sends: n.Sends, FirstAt: n.FirstAt.UTC(), LastAt: n.LastAt.UTC()})
		}
		out.Days = append(out.Days, day)
	}
	return out
}

func (v *visit) waits(all []campaign.ForecastWait, loc *time.Location) []ForecastWait {
	out := make([]ForecastWait, len(all))
	for i, w := range all {
		out[i] = ForecastWait{*v.reason(w.Why, loc), int64(w.For / time.Second)}
	}
	return out
}

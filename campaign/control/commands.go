package control

import (
	"context"
	"net/http"
	"time"
	"unicode/utf8"

	"github.com/alreasense/campaigns/campaign"
)

// Halted is the answer of a pause or a cancel: nothing starts any more, and
// these sends had begun.
type Halted struct {
	Campaign
	InFlight []Flight `json:"in_flight" doc:"Sends that had begun before; their outcome is still to come."`
}

// Flight is a send under way.
type Flight struct {
	Position int64     `json:"position" doc:"The recipient's position in the audience."`
	Instance int64     `json:"instance"`
	TakenAt  time.Time `json:"taken_at"`
}

type haltInput struct {
	OneCampaign
	Body *struct {
		Reason string `json:"reason,omitempty" maxLength:"500" doc:"Why, for the log."`
	}
}

func (in *haltInput) reason() string {
	if in.Body == nil {
		return ""
	}
	return in.Body.Reason
}

type reopenInput struct {
	OneCampaign
	Body *struct {
		KeepOpen bool `json:"keep_open,omitempty" doc:"Keep it open for people who come later, until it is completed or cancelled."`
	}
}

// plain is a command without arguments.
type plain struct{ OneCampaign }

func (a *api) commands() {
	at := func(name, summary string) op {
		return op{method: http.MethodPost, path: campaignsPath + "{id}/" + name + "/", id: name + "Campaign", tag: "commands", summary: summary}
	}
	simple := func(name, summary string, f func(*campaign.Service, context.Context, campaign.ID) (campaign.Campaign, error)) {
		route(a, at(name, summary), func(ctx context.Context, s *campaign.Service, in *plain) (*tagged[Campaign], error) {
			if _, err := f(s, ctx, campaign.ID(in.ID)); err != nil {
				return nil, err
			}
			return a.shown(ctx, s, campaign.ID(in.ID))
		})
	}
	simple("start", "Start, or plan the start at start_at; every obstacle is named at once", (*campaign.Service).Start)
	simple("resume", "Go on after a pause", (*campaign.Service).Resume)
	simple("complete", "End an active campaign that has nobody left, which is how one that is kept open ends", (*campaign.Service).Complete)
	route(a, at("reopen", "Make a completed campaign active again; without keep_open it completes once more when nobody is left, which may be at once"),
		func(ctx context.Context, s *campaign.Service, in *reopenInput) (*tagged[Campaign], error) {
			f := s.Reopen
			if in.Body != nil && in.Body.KeepOpen {
				f = s.ReopenKept
			}
			if _, err := f(ctx, campaign.ID(in.ID)); err != nil {
				return nil, err
			}
			return a.shown(ctx, s, campaign.ID(in.ID))
		})
	simple("unschedule", "Make a scheduled campaign a draft again", (*campaign.Service).Unschedule)

	halt := func(name, summary string, f func(*campaign.Service, context.Context, campaign.ID, string) (campaign.Stopped, error)) {
		route(a, at(name, summary), func(ctx context.Context, s *campaign.Service, in *haltInput) (*tagged[Halted], error) {
			stopped, err := f(s, ctx, campaign.ID(in.ID), in.reason())
			if err != nil {
				return nil, err
			}
			c, err := a.shown(ctx, s, campaign.ID(in.ID))
			if err != nil {
				return nil, err
			}
			out := Halted{Campaign: c.Body, InFlight: []Flight{}}
			for _, f := range stopped.InFlight {
				out.InFlight = append(out.InFlight, Flight{Position: f.Recipient.Position, Instance: int64(f.Instance), TakenAt: f.TakenAt})
			}
			return &tagged[Halted]{ETag: c.ETag, Body: out}, nil
		})
	}
	halt("pause", "Stop: when the answer is there, nothing starts any more", (*campaign.Service).Pause)
	halt("cancel", "End for good", (*campaign.Service).Cancel)

	o := at("duplicate", "Make a new draft with the same content")
	o.status = http.StatusCreated
	route(a, o, a.duplicate)
}

type duplicateInput struct {
	OneCampaign
	Body *struct {
		Name     string `json:"name,omitempty" maxLength:"200" doc:"Defaults to the old name with a mark."`
		Contacts bool   `json:"contacts,omitempty" doc:"Take the audience along."`
	}
}

func (a *api) duplicate(ctx context.Context, s *campaign.Service, in *duplicateInput) (*created[Campaign], error) {
	var name string
	var people bool
	if in.Body != nil {
		name, people = in.Body.Name, in.Body.Contacts
	}
	if name == "" {
		c, err := s.Campaign(ctx, campaign.ID(in.ID))
		if err != nil {
			return nil, err
		}
		name = copyName(visitOf(ctx).language, c.Name)
	}
	c, err := s.Duplicate(ctx, campaign.ID(in.ID), name, people)
	if err != nil {
		return nil, err
	}
	return a.createdCampaign(ctx, s, c.ID)
}

// copyName marks a name, cut to what a name may have.
func copyName(l campaign.Language, name string) string {
	mark := " (cópia)"
	if l == campaign.English {
		mark = " (copy)"
	}
	r := []rune(name)
	return string(r[:min(len(r), 200-utf8.RuneCountInString(mark))]) + mark
}

package control

import (
	"context"
	"net/http"

	"github.com/alreasense/campaigns/campaign"
	"github.com/danielgtaylor/huma/v2"
)

// Calendar is which holidays a tenant keeps, besides the national ones and its
// own days.
type Calendar struct {
	States   []string `json:"states" doc:"States of Brazil whose holidays count: SP."`
	Optional bool     `json:"optional" doc:"Whether Carnival, Ash Wednesday until 14:00, Corpus Christi and 28 October count. True until somebody chooses."`
	Rev      int64    `json:"rev" doc:"Zero until somebody has changed the calendar or an own day."`
}

// CalendarEdit is what a person may choose.
type CalendarEdit struct {
	States   Maybe[[]string] `json:"states,omitzero"`
	Optional Maybe[bool]     `json:"optional,omitzero"`
}

// TransformSchema lets what was read be sent back.
func (CalendarEdit) TransformSchema(r huma.Registry, s *huma.Schema) *huma.Schema {
	return readOnly[Calendar](r, s)
}

func calendarView(c campaign.Calendar) *tagged[Calendar] {
	v := Calendar{States: c.States, Optional: c.Optional, Rev: c.Rev}
	if v.States == nil {
		v.States = []string{}
	}
	return &tagged[Calendar]{ETag: tag(c.Rev), Body: v}
}

type editCalendarInput struct {
	IfMatch
	Body CalendarEdit
}

func (a *api) calendar() {
	const path = "/api/campaigns/calendar/"
	route(a, op{method: http.MethodGet, path: path, id: "getCalendar", tag: "holidays", summary: "Which states and optional days count"},
		func(ctx context.Context, s *campaign.Service, _ *struct{}) (*tagged[Calendar], error) {
			c, err := s.Calendar(ctx)
			if err != nil {
				return nil, err
			}
			return calendarView(c), nil
		})
	route(a, op{method: http.MethodPatch, path: path, id: "editCalendar", tag: "holidays", summary: "Choose states and optional days"},
		func(ctx context.Context, s *campaign.Service, in *editCalendarInput) (*tagged[Calendar], error) {
			c, err := a.amend(ctx, s, in.IfMatch, func(c *campaign.Calendar) error {
				in.Body.States.put(&c.States)
				in.Body.Optional.put(&c.Optional)
				return nil
			})
			if err != nil {
				return nil, renamed(err, map[string]string{"calendar": "states"})
			}
			return calendarView(c), nil
		})
}

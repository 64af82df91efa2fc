package control

import (
	"context"
	"net/http"
	"slices"
	"time"

	"github.com/alreasense/campaigns/campaign"
)

// Log is one event, as people read it.
type Log struct {
	ID        int64       `json:"id" doc:"Rises with time."`
	Level     string      `json:"level" enum:"debug,info,success,warning,error"`
	EventType string      `json:"event_type"`
	Message   string      `json:"message" doc:"What happened, in words."`
	Metadata  LogMetadata `json:"metadata"`
	CreatedAt time.Time   `json:"created_at"`
}

// LogMetadata are the ids that an event holds.
type LogMetadata struct {
	Campaign int64             `json:"campaign,omitempty"`
	Contact  int64             `json:"contact,omitempty" doc:"The position in the campaign's audience."`
	Instance int64             `json:"instance,omitempty"`
	Message  int               `json:"message,omitempty"`
	Attempt  string            `json:"attempt,omitempty"`
	Author   string            `json:"author,omitempty" doc:"Who commanded it; empty for the engine itself."`
	Code     string            `json:"code,omitempty"`
	Args     map[string]string `json:"args,omitempty"`
}

// levels sorts events by how much they need a person. What is missing is info.
var levels = map[campaign.EventType]string{
	campaign.EventTaken: "debug", campaign.EventInquired: "debug", campaign.EventReleased: "debug", campaign.EventPostponed: "debug",
	campaign.EventInstanceSlowed: "debug",
	campaign.EventSent:           "success", campaign.EventDelivered: "success", campaign.EventRead: "success",
	campaign.EventResponded: "success", campaign.EventCampaignCompleted: "success",
	campaign.EventRetry: "warning", campaign.EventSkipped: "warning", campaign.EventUnknown: "warning", campaign.EventBeganLate: "warning",
	campaign.EventContradicted: "warning", campaign.EventInstanceHeld: "warning", campaign.EventInstanceColdHeld: "warning",
	campaign.EventFailed: "error",
}

func levelOf(t campaign.EventType) string {
	if l, ok := levels[t]; ok {
		return l
	}
	return "info"
}

type listLogsInput struct {
	OneCampaign
	ByCursor
	Level    []string `query:"level" enum:"debug,info,success,warning,error" doc:"One or several, with commas."`
	Type     []string `query:"event_type" maxItems:"50" doc:"One or several, with commas: recipient.sent."`
	Contact  int64    `query:"contact" minimum:"1" doc:"The position of one person in the audience."`
	Ordering string   `query:"ordering" enum:"-created_at,created_at" default:"-created_at"`
}

func (a *api) logs() {
	route(a, op{method: http.MethodGet, path: campaignsPath + "{id}/logs/", id: "listCampaignLogs", tag: "campaigns",
		summary: "What happened, the newest first"}, a.listLogs)
}

func (a *api) listLogs(ctx context.Context, s *campaign.Service, in *listLogsInput) (*pageOf[Log], error) {
	c, err := s.Campaign(ctx, campaign.ID(in.ID))
	if err != nil {
		return nil, err
	}
	q := campaign.EventQuery{Campaign: c.ID, Position: in.Contact, Types: typesOf(in.Level, in.Type), Limit: a.size(in.PageSize) + 1,
		Newest: in.Ordering != "created_at"}
	if q.Newest {
		q.Before = in.Cursor
	} else {
		q.After = in.Cursor
	}
	es, err := s.Events(ctx, q)
	if err != nil {
		return nil, err
	}
	out := visitOf(ctx).logOf(es, zoneOf(c.Schedule))
	return continued(a, ctx, in.ByCursor, nil, out, func(l Log) int64 { return l.ID }), nil
}

func (v *visit) logOf(es []campaign.Event, loc *time.Location) []Log {
	out := make([]Log, len(es))
	for i, e := range es {
		out[i] = v.log(e, loc)
	}
	return out
}

func (v *visit) log(e campaign.Event, loc *time.Location) Log {
	words := e.Type.Text(v.language)
	if why := v.sayIn(e.Why, loc); why != "" {
		words += ": " + why
	}
	m := LogMetadata{Campaign: int64(e.Campaign), Contact: e.Position, Instance: int64(e.Instance), Message: int(e.Message),
		Author: e.Author, Code: string(e.Why.Code), Args: e.Why.Args}
	if !e.Attempt.IsZero() {
		m.Attempt = e.Attempt.String()
	}
	return Log{ID: e.Seq, Level: levelOf(e.Type), EventType: string(e.Type), Message: words, Metadata: m, CreatedAt: e.At}
}

// typesOf are the types of events that both filters let through. A filter that
// lets nothing through is a type that does not exist.
func typesOf(level, named []string) (types []campaign.EventType) {
	if len(level) == 0 && len(named) == 0 {
		return nil
	}
	for _, t := range campaign.EventTypes() {
		if (len(level) == 0 || slices.Contains(level, levelOf(t))) && (len(named) == 0 || slices.Contains(named, string(t))) {
			types = append(types, t)
		}
	}
	if len(types) == 0 {
		return []campaign.EventType{"none"}
	}
	return types
}

package evolution

import (
	"context"
	"net/http"
	"slices"
	"strings"

	"github.com/alreasense/campaigns/campaign"
)

// Subscription says where an instance's gateway reports to.
type Subscription struct {
	// URL receives the events. The gateway does not check it.
	URL string
	// Headers go with every event: the place for a shared secret, because
	// the gateway signs nothing. v1.8 cannot send any. The gateway replaces
	// a header called "jwt_key".
	Headers map[string]Secret
	// Events are the gateway's upper-case names. Empty subscribes to all.
	// Defaults to all; Events of this package is what the engine needs.
	Events []string
	// ByEvents makes the gateway append each event's name to the URL, Base64
	// send media along. A campaign needs neither.
	ByEvents, Base64 bool
	// Off ends the reports.
	Off bool
}

// Events returns the names of the events that a campaign needs: own sends,
// incoming messages, delivery states, connection and QR codes. EventEdited is
// wanted beside them, where the gateway knows it.
func Events() []string {
	return []string{"SEND_MESSAGE", "MESSAGES_UPSERT", "MESSAGES_UPDATE", "CONNECTION_UPDATE", "QRCODE_UPDATED"}
}

// EventEdited is the name of the event of edited messages, which versions from
// 2.2 on know. Another version refuses a whole subscription that names it.
const EventEdited = "MESSAGES_EDITED"

// Subscribe sets the webhook of the route's instance; what stood there before
// is replaced. EventEdited is left out where the gateway does not know it.
func (c *Client) Subscribe(ctx context.Context, r campaign.Route, s Subscription) error {
	fail := &Error{Op: "subscribe", Route: r}
	t, err := c.find(ctx, r)
	if err != nil {
		return misconfigured(fail, err)
	}
	if t.Profile == V18 {
		s.Events = without(s.Events, EventEdited)
	}
	err = t.subscribe(ctx, fail, s)
	if fail.Status == http.StatusBadRequest && slices.Contains(s.Events, EventEdited) {
		fail = &Error{Op: "subscribe", Route: r}
		s.Events = without(s.Events, EventEdited)
		err = t.subscribe(ctx, fail, s)
	}
	return err
}

func without(list []string, name string) []string {
	return slices.DeleteFunc(slices.Clone(list), func(s string) bool { return s == name })
}

func (t *target) subscribe(ctx context.Context, fail *Error, s Subscription) error {
	events := s.Events
	if events == nil {
		events = []string{} // without a list the gateway fails with a 500
	}
	var in any
	if t.Profile == V18 {
		if len(s.Headers) > 0 {
			fail.Code, fail.Message = CodeMisconfigured, "version 1.8 sends no headers; put the secret into the URL's path"
			return fail
		}
		in = map[string]any{
			"enabled": !s.Off, "url": s.URL, "webhook_by_events": s.ByEvents, "webhook_base64": s.Base64, "events": events,
		}
	} else {
		headers := make(map[string]string, len(s.Headers))
		for k, v := range s.Headers {
			headers[k] = string(v)
		}
		in = map[string]any{"webhook": map[string]any{
			"enabled": !s.Off, "url": s.URL, "byEvents": s.ByEvents, "base64": s.Base64, "headers": headers, "events": events,
		}}
	}
	err := t.call(ctx, fail, ask{method: http.MethodPost, route: "/webhook/set", in: in}, nil)
	for _, v := range s.Headers {
		if v != "" {
			fail.Message = strings.ReplaceAll(fail.Message, string(v), redacted)
		}
	}
	return err
}

// Subscribed is the webhook that the instance has, false if it never had one.
func (c *Client) Subscribed(ctx context.Context, r campaign.Route) (Subscription, bool, error) {
	var a *struct {
		URL     string            `json:"url"`
		Enabled bool              `json:"enabled"`
		Headers map[string]Secret `json:"headers"`
		Events  []string          `json:"events"`

		ByEvents   bool `json:"webhookByEvents"`
		Base64     bool `json:"webhookBase64"`
		ByEventsV1 bool `json:"webhook_by_events"`
		Base64V1   bool `json:"webhook_base64"`
	}
	err := c.call(ctx, r, ask{op: "subscribed", method: http.MethodGet, route: "/webhook/find", read: true}, &a)
	if err != nil || a == nil {
		return Subscription{}, false, err
	}
	return Subscription{URL: a.URL, Headers: a.Headers, Events: a.Events, Off: !a.Enabled,
		ByEvents: a.ByEvents || a.ByEventsV1, Base64: a.Base64 || a.Base64V1}, true, nil
}

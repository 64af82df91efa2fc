package control

import (
	"context"
	"net/http"
	"time"

	"github.com/alreasense/campaigns/campaign"
	"github.com/alreasense/campaigns/campaign/hook"
	"github.com/danielgtaylor/huma/v2"
)

const webhooksPath = "/api/webhooks/"

// Webhook is an address of the tenant's own systems that is told what happens.
type Webhook struct {
	ID         string     `json:"id"`
	URL        string     `json:"url"`
	Title      string     `json:"title"`
	EventTypes []string   `json:"event_types" doc:"Types of events, such as campaign.completed, or recipient.* for all of a kind. None means every event."`
	IsActive   bool       `json:"is_active" doc:"One that is switched off goes on where it stood when it is switched on again."`
	Detail     string     `json:"detail" doc:"Why it was switched off by itself, in the caller's language; empty if it was not."`
	Code       string     `json:"code"`
	DisabledAt *time.Time `json:"disabled_at"`
	SecretAt   time.Time  `json:"secret_set_at"`
	OldSecret  *time.Time `json:"old_secret_until" doc:"Until then deliveries are signed with the secret before, too."`
	CreatedAt  time.Time  `json:"created_at"`
	UpdatedAt  time.Time  `json:"updated_at"`
}

// WebhookSecret is a webhook with its secret.
type WebhookSecret struct {
	Webhook
	Secret string `json:"secret" told:"once" doc:"Told this one time: whsec_ and base64, for the check of signatures by standardwebhooks.com."`
}

func (v *visit) webhook(e hook.Endpoint) Webhook {
	w := Webhook{ID: e.ID, URL: e.URL, Title: e.Title, EventTypes: e.Types, IsActive: !e.Disabled, Detail: v.say(e.Why), Code: string(e.Why.Code),
		DisabledAt: moment(e.DisabledAt), SecretAt: e.SecretAt, OldSecret: moment(e.PreviousUntil), CreatedAt: e.CreatedAt, UpdatedAt: e.UpdatedAt}
	if w.EventTypes == nil {
		w.EventTypes = []string{}
	}
	return w
}

// WebhookEdit is what a person may write of a webhook.
type WebhookEdit struct {
	URL        Maybe[string]   `json:"url,omitzero" doc:"A public address, https or http."`
	Title      Maybe[string]   `json:"title,omitzero"`
	EventTypes Maybe[[]string] `json:"event_types,omitzero"`
	IsActive   Maybe[bool]     `json:"is_active,omitzero"`
}

// TransformSchema lets what was read be sent back.
func (WebhookEdit) TransformSchema(r huma.Registry, s *huma.Schema) *huma.Schema {
	return readOnly[Webhook](r, s)
}

func (in WebhookEdit) edit(s *hook.Settings) {
	in.URL.put(&s.URL)
	in.Title.put(&s.Title)
	in.EventTypes.put(&s.Types)
	if in.IsActive.Given {
		s.Disabled = !in.IsActive.Value
	}
}

// WebhookTry is one try to deliver an event.
type WebhookTry struct {
	Event     int64     `json:"event" doc:"The event's id in the log; 0 for a test."`
	EventType string    `json:"event_type"`
	At        time.Time `json:"at"`
	Millis    int64     `json:"duration_ms"`
	Try       int       `json:"try"`
	OK        bool      `json:"ok"`
	Status    int       `json:"status" doc:"Of the answer; 0 if there was none."`
	Detail    string    `json:"detail" doc:"Why it failed, in the caller's language."`
	Code      string    `json:"code"`
}

func (v *visit) webhookTry(d hook.Delivery) WebhookTry {
	return WebhookTry{Event: d.Event, EventType: string(d.Type), At: d.At, Millis: d.Took.Milliseconds(), Try: d.Try, OK: d.Why.IsZero(),
		Status: d.Status, Detail: v.say(d.Why), Code: string(d.Why.Code)}
}

// WebhookStanding is how far a webhook has been told.
type WebhookStanding struct {
	Waiting      int          `json:"waiting" doc:"Events that are still to be told; counted up to 1000."`
	Retrying     int          `json:"retrying" doc:"How many of them have failed before."`
	OldestAt     *time.Time   `json:"oldest_at" doc:"When the first of them happened."`
	Accepted     int64        `json:"accepted"`
	GivenUp      int64        `json:"given_up" doc:"Events that were refused for days."`
	Failures     int          `json:"failures" doc:"Since an event was accepted."`
	FailingSince *time.Time   `json:"failing_since"`
	NextAt       *time.Time   `json:"next_at" doc:"Before then nothing is tried."`
	Recent       []WebhookTry `json:"recent" doc:"The last tries, the newest first."`
}

// OneWebhook names a webhook in the path.
type OneWebhook struct {
	ID string `path:"id" maxLength:"64"`
}

// webhookFields are the names that a webhook's settings have here.
var webhookFields = map[string]string{"types": "event_types"}

// webhook registers a route about webhooks.
func webhook[I, O any](a *api, o op, h func(context.Context, *hook.Desk, *I) (*O, error)) {
	o.tag = "webhooks"
	route(a, o, func(ctx context.Context, s *campaign.Service, in *I) (*O, error) {
		if err := s.Caller().May(campaign.Admin); err != nil {
			return nil, err
		}
		if a.Webhooks == nil {
			return nil, a.lacks(ctx, "webhooks", "webhooks")
		}
		out, err := h(ctx, a.Webhooks.As(s.Caller()), in)
		return out, renamed(err, webhookFields)
	})
}

func (a *api) webhooks() {
	one := webhooksPath + "{id}/"
	webhook(a, op{method: http.MethodGet, path: webhooksPath, id: "listWebhooks", summary: "The addresses that are told what happens"},
		func(ctx context.Context, d *hook.Desk, in *struct{ ByNumber }) (*pageOf[Webhook], error) {
			all, err := d.Endpoints(ctx)
			if err != nil {
				return nil, err
			}
			out := make([]Webhook, len(all))
			for i, e := range all {
				out[i] = visitOf(ctx).webhook(e)
			}
			return sliced(a, ctx, in.ByNumber, out), nil
		})
	webhook(a, op{method: http.MethodPost, path: webhooksPath, id: "createWebhook", status: http.StatusCreated,
		summary: "Have an address told what happens from now on; its secret is told once"},
		func(ctx context.Context, d *hook.Desk, in *struct{ Body WebhookEdit }) (*created[WebhookSecret], error) {
			var s hook.Settings
			in.Body.edit(&s)
			e, secret, err := d.Add(ctx, s)
			if err != nil {
				return nil, err
			}
			return &created[WebhookSecret]{ETag: tag(e.Rev), Location: a.PublicURL + webhooksPath + e.ID + "/",
				Body: WebhookSecret{visitOf(ctx).webhook(e), string(secret)}}, nil
		})
	webhook(a, op{method: http.MethodGet, path: one, id: "getWebhook", summary: "Read a webhook"},
		func(ctx context.Context, d *hook.Desk, in *OneWebhook) (*tagged[Webhook], error) {
			e, err := d.Endpoint(ctx, in.ID)
			return &tagged[Webhook]{ETag: tag(e.Rev), Body: visitOf(ctx).webhook(e)}, err
		})
	webhook(a, op{method: http.MethodPatch, path: one, id: "editWebhook", summary: "Change a webhook; one that fails is tried again at once"}, a.editWebhook)
	webhook(a, op{method: http.MethodDelete, path: one, id: "deleteWebhook", status: http.StatusNoContent, summary: "Forget a webhook, and what it was not told yet"},
		func(ctx context.Context, d *hook.Desk, in *OneWebhook) (*struct{}, error) {
			return nil, d.Remove(ctx, in.ID)
		})
	webhook(a, op{method: http.MethodPost, path: one + "test/", id: "testWebhook", summary: "Send a signed test message now"},
		func(ctx context.Context, d *hook.Desk, in *OneWebhook) (*struct{ Body WebhookTry }, error) {
			got, err := d.Test(ctx, in.ID)
			return &struct{ Body WebhookTry }{visitOf(ctx).webhookTry(got)}, err
		})
	webhook(a, op{method: http.MethodPost, path: one + "rotate_secret/", id: "rotateWebhookSecret",
		summary: "Draw another secret; for a day deliveries are signed with both"},
		func(ctx context.Context, d *hook.Desk, in *OneWebhook) (*tagged[WebhookSecret], error) {
			e, secret, err := d.Rotate(ctx, in.ID)
			return &tagged[WebhookSecret]{ETag: tag(e.Rev), Body: WebhookSecret{visitOf(ctx).webhook(e), string(secret)}}, err
		})
	webhook(a, op{method: http.MethodGet, path: one + "deliveries/", id: "listWebhookDeliveries", summary: "The last tries, and how much is still to be told"},
		func(ctx context.Context, d *hook.Desk, in *OneWebhook) (*struct{ Body WebhookStanding }, error) {
			s, err := d.Standing(ctx, in.ID)
			if err != nil {
				return nil, err
			}
			v := visitOf(ctx)
			out := WebhookStanding{Waiting: s.Waiting, Retrying: s.Late, OldestAt: moment(s.Oldest), Accepted: s.Accepted, GivenUp: s.GivenUp,
				Failures: s.Fails, FailingSince: moment(s.Since), NextAt: moment(s.NextAt), Recent: []WebhookTry{}}
			for _, try := range s.Recent {
				out.Recent = append(out.Recent, v.webhookTry(try))
			}
			return &struct{ Body WebhookStanding }{out}, nil
		})
}

type editWebhookInput struct {
	OneWebhook
	IfMatch
	Body WebhookEdit
}

func (a *api) editWebhook(ctx context.Context, d *hook.Desk, in *editWebhookInput) (*tagged[Webhook], error) {
	rev := hook.AnyRev
	if in.IfMatch.IfMatch != "" {
		e, err := d.Endpoint(ctx, in.ID)
		if err != nil {
			return nil, err
		}
		if !in.allows(e.Rev) {
			return nil, a.stale(visitOf(ctx))
		}
		rev = e.Rev
	}
	e, err := d.Edit(ctx, in.ID, rev, func(s *hook.Settings) error { in.Body.edit(s); return nil })
	return &tagged[Webhook]{ETag: tag(e.Rev), Body: visitOf(ctx).webhook(e)}, err
}

package control

import (
	"context"
	"net/http"
	"time"

	"github.com/alreasense/campaigns/campaign"
	"github.com/alreasense/campaigns/schedule"
	"github.com/danielgtaylor/huma/v2"
)

const instancesPath = "/api/notifications/whatsapp-instances/"

// Instance is one WhatsApp number.
type Instance struct {
	ID           int64      `json:"id"`
	FriendlyName string     `json:"friendly_name"`
	InstanceName string     `json:"instance_name" doc:"The gateway's own name of it."`
	Gateway      string     `json:"gateway" doc:"Which gateway; empty is the tenant's default."`
	PhoneNumber  string     `json:"phone_number"`
	State        string     `json:"connection_state" enum:"open,connecting,close,unknown"`
	StateText    string     `json:"connection_state_text"`
	StateAt      *time.Time `json:"connection_state_at"`
	Pace
	IsDefault   bool       `json:"is_default" doc:"The number of a new campaign that names none; a tenant has at most one."`
	Timezone    string     `json:"timezone" doc:"Whose midnight begins a day for per_day."`
	ActiveSince *time.Time `json:"active_since" doc:"The first day of the number, for ramp; null means long ago. A new ramp without one begins today."`
	RampDay     int        `json:"ramp_day" doc:"Which day of ramp today is: 1 is the day of active_since; 0 while ramp caps nothing."`
	RampOff     *Reason    `json:"ramp_off" doc:"Why ramp caps nothing today; null if it does, or if there is none."`
	Campaign    int64      `json:"campaign" doc:"The active campaign that it sends for; 0 if none."`
	NextSendAt  *time.Time `json:"next_send_at" doc:"The earliest start of its next send."`
	HeldFor     *Reason    `json:"held_for" doc:"Why it is held back; null if it is not."`
	HeldUntil   *time.Time `json:"held_until"`
	ColdFor     *Reason    `json:"cold_held_for" doc:"Why it sends only to people who know it: who wrote to it, or got a message of it, before; null if it sends to everybody."`
	ColdUntil   *time.Time `json:"cold_held_until" doc:"When one message to somebody else tries it; null lasts until somebody releases it."`
	Suspended   *Reason    `json:"suspended" doc:"Why it sends nothing until somebody releases it: another record has the number, or another phone joined; null if it may send."`
	SentHour    int        `json:"sent_this_hour"`
	SentDay     int        `json:"sent_today"`
	Reports     *Reports   `json:"reports" doc:"Whether the gateway reports of it; null where this installation speaks to no gateway."`
	CreatedAt   time.Time  `json:"created_at"`
	UpdatedAt   time.Time  `json:"updated_at"`
	Rev         int64      `json:"rev"`
}

func (a *api) instance(ctx context.Context, n campaign.Number) Instance {
	v, i, m := visitOf(ctx), n.Instance, n.Meter
	loc := zoneOf(schedule.Spec{Zone: i.Zone})
	out := Instance{ID: int64(i.ID), FriendlyName: i.Name, InstanceName: i.Remote, Gateway: i.Gateway, PhoneNumber: i.Phone,
		State: string(i.Connection), StateText: i.Connection.Text(v.language), StateAt: moment(i.ConnectionAt), Pace: paceView(i.Pace),
		IsDefault: i.Default, Timezone: loc.String(), ActiveSince: moment(i.Since), Campaign: int64(n.Serves), NextSendAt: moment(m.PaceUntil),
		HeldFor: v.reason(m.Held, loc), HeldUntil: moment(m.HeldUntil),
		ColdFor: v.reason(m.Cold.Held, loc), ColdUntil: moment(m.Cold.Until), Suspended: v.reason(i.Suspended, loc), Reports: a.reports(v, i.ID), CreatedAt: i.CreatedAt, UpdatedAt: i.UpdatedAt, Rev: i.Rev}
	now := a.Now()
	day, off := i.RampDay(now)
	out.RampDay, out.RampOff = day, v.reason(off, loc)
	if now.Sub(m.Hour) < time.Hour {
		out.SentHour = m.InHour
	}
	if y, mon, d := m.Day.In(loc).Date(); now.Before(time.Date(y, mon, d+1, 0, 0, 0, 0, loc)) {
		out.SentDay = m.InDay
	}
	return out
}

// InstanceEdit is what a person may write of a number.
type InstanceEdit struct {
	FriendlyName Maybe[string]  `json:"friendly_name,omitzero"`
	PhoneNumber  Maybe[string]  `json:"phone_number,omitzero"`
	DelayMin     Maybe[int]     `json:"delay_min_seconds,omitzero"`
	DelayMax     Maybe[int]     `json:"delay_max_seconds,omitzero"`
	NoDelay      Maybe[bool]    `json:"no_delay,omitzero"`
	PerHour      Maybe[int]     `json:"per_hour,omitzero"`
	PerDay       Maybe[int]     `json:"per_day,omitzero"`
	PauseEvery   Maybe[int]     `json:"pause_every,omitzero"`
	PauseFor     Maybe[int]     `json:"pause_seconds,omitzero"`
	Ramp         Maybe[[]int]   `json:"ramp,omitzero"`
	IsDefault    Maybe[bool]    `json:"is_default,omitzero"`
	Timezone     Maybe[string]  `json:"timezone,omitzero"`
	ActiveSince  Maybe[Instant] `json:"active_since,omitzero"`
}

// TransformSchema lets what was read be sent back.
func (InstanceEdit) TransformSchema(r huma.Registry, s *huma.Schema) *huma.Schema {
	return readOnly[Instance](r, s)
}

// InstanceNew is a number to record. Its names at the gateway do not change
// afterwards.
type InstanceNew struct {
	InstanceEdit
	InstanceName string `json:"instance_name,omitempty" doc:"The gateway's own name of it. Required."`
	Gateway      string `json:"gateway,omitempty" maxLength:"200"`
	TakeOver     bool   `json:"take_over,omitempty" doc:"Take the number over from another record that has it, which sends nothing from then on; without it such a number is refused. From another customer's record only whoever runs the installation may."`
	TakeWebhook  bool   `json:"take_webhook,omitempty" doc:"Take the gateway's webhook where another system has set it: it is kept, and put back when the number is removed; without it such a number is refused."`
	AtGateway    bool   `json:"create_at_gateway,omitempty" doc:"Make it at the gateway too. Left out, it is only recorded; one that the gateway does not know is made there when it is paired."`
}

// TransformSchema lets what was read be sent back.
func (InstanceNew) TransformSchema(r huma.Registry, s *huma.Schema) *huma.Schema {
	return readOnly[Instance](r, s)
}

// maxSeconds bounds a number of seconds, so that it stays a duration.
const maxSeconds = 10_000_000

func (in InstanceEdit) edit(i *campaign.Instance) error {
	var bad campaign.Invalid
	seconds := func(field string, m Maybe[int], to *time.Duration) {
		if !m.Given {
			return
		}
		if m.Value > maxSeconds || m.Value < -maxSeconds {
			bad = append(bad, &campaign.FieldError{Field: field, Why: campaign.Because(campaign.CodeTooLarge, "max", itoa(maxSeconds))})
			return
		}
		*to = duration(m.Value)
	}
	in.FriendlyName.put(&i.Name)
	in.PhoneNumber.put(&i.Phone)
	seconds("delay_min_seconds", in.DelayMin, &i.Pace.MinGap)
	seconds("delay_max_seconds", in.DelayMax, &i.Pace.MaxGap)
	seconds("pause_seconds", in.PauseFor, &i.Pace.PauseFor)
	in.NoDelay.put(&i.Pace.NoGap)
	in.PerHour.put(&i.Pace.PerHour)
	in.PerDay.put(&i.Pace.PerDay)
	in.PauseEvery.put(&i.Pace.PauseEvery)
	in.Ramp.put(&i.Pace.Ramp)
	in.IsDefault.put(&i.Default)
	in.Timezone.put(&i.Zone)
	if in.ActiveSince.Given {
		i.Since = in.ActiveSince.Value.UTC()
	}
	if len(bad) > 0 {
		return bad
	}
	return nil
}

// instanceFields are the names that the domain has for the fields.
var instanceFields = map[string]string{
	"name": "friendly_name", "phone": "phone_number", "remote": "instance_name", "zone": "timezone", "pace.delay_min_seconds": "delay_min_seconds",
	"pace.delay_max_seconds": "delay_max_seconds", "pace.pause_seconds": "pause_seconds", "pace.per_hour": "per_hour",
	"pace.per_day": "per_day", "pace.pause_every": "pause_every",
}

// OneInstance names a number in the path.
type OneInstance struct {
	ID int64 `path:"id" doc:"The number's id."`
}

type releaseInput struct {
	OneInstance
	TakeOver bool `query:"take_over" doc:"Take a suspended number over from the record that has it now."`
}

func (a *api) instances() {
	tag := "instances"
	route(a, op{method: http.MethodGet, path: instancesPath, id: "listInstances", tag: tag, summary: "List numbers"}, a.listInstances)
	route(a, op{method: http.MethodPost, path: instancesPath, id: "createInstance", tag: tag, status: http.StatusCreated, summary: "Record a number"}, a.createInstance)
	route(a, op{method: http.MethodGet, path: instancesPath + "{id}/", id: "getInstance", tag: tag, summary: "Read a number"},
		func(ctx context.Context, s *campaign.Service, in *OneInstance) (*tagged[Instance], error) {
			return a.shownInstance(ctx, s, campaign.InstanceID(in.ID))
		})
	route(a, op{method: http.MethodPatch, path: instancesPath + "{id}/", id: "editInstance", tag: tag,
		summary: "Change a number's name, pace, zone or age"}, a.editInstance)
	route(a, op{method: http.MethodDelete, path: instancesPath + "{id}/", id: "deleteInstance", tag: tag, status: http.StatusNoContent,
		summary: "Forget a number; refused while it serves a campaign"}, a.removeInstance)
	route(a, op{method: http.MethodPost, path: instancesPath + "{id}/release/", id: "releaseInstance", tag: tag,
		summary: "End the hold of a number at once, and its suspension"},
		func(ctx context.Context, s *campaign.Service, in *releaseInput) (*tagged[Instance], error) {
			if in.TakeOver {
				s = s.TakeOver()
			}
			if err := s.Release(ctx, campaign.InstanceID(in.ID)); err != nil {
				return nil, err
			}
			return a.shownInstance(ctx, s, campaign.InstanceID(in.ID))
		})
}

func (a *api) shownInstance(ctx context.Context, s *campaign.Service, id campaign.InstanceID) (*tagged[Instance], error) {
	n, err := s.Number(ctx, id)
	if err != nil {
		return nil, err
	}
	return &tagged[Instance]{ETag: tag(n.Instance.Rev), Body: a.instance(ctx, n)}, nil
}

type listInstancesInput struct {
	ByNumber
	State []string `query:"connection_state" enum:"open,connecting,close,unknown" doc:"One or several, with commas."`
}

func (a *api) listInstances(ctx context.Context, s *campaign.Service, in *listInstancesInput) (*pageOf[Instance], error) {
	ns, err := s.Numbers(ctx)
	if err != nil {
		return nil, err
	}
	want := map[string]bool{}
	for _, st := range in.State {
		want[st] = true
	}
	var all []Instance
	for _, n := range ns {
		if len(want) == 0 || want[string(n.Instance.Connection)] {
			all = append(all, a.instance(ctx, n))
		}
	}
	return sliced(a, ctx, in.ByNumber, all), nil
}

func (a *api) createInstance(ctx context.Context, s *campaign.Service, in *struct{ Body InstanceNew }) (*created[Instance], error) {
	i := campaign.Instance{Remote: in.Body.InstanceName, Gateway: in.Body.Gateway}
	if err := in.Body.edit(&i); err != nil {
		return nil, err
	}
	if in.Body.TakeOver {
		s = s.TakeOver()
	}
	i, err := a.add(ctx, s, i, Recording{AtGateway: in.Body.AtGateway, TakeWebhook: in.Body.TakeWebhook})
	if err != nil {
		return nil, renamed(err, instanceFields)
	}
	n, err := s.Number(ctx, i.ID)
	if err != nil {
		return nil, err
	}
	return &created[Instance]{ETag: tag(i.Rev), Location: a.address(visitOf(ctx), instancesPath, int64(i.ID)), Body: a.instance(ctx, n)}, nil
}

func (a *api) add(ctx context.Context, s *campaign.Service, in campaign.Instance, how Recording) (campaign.Instance, error) {
	if a.Connections != nil {
		return a.Connections.Add(ctx, s, in, how)
	}
	if err := a.speaks(ctx, s, how != Recording{}); err != nil {
		return in, err
	}
	return s.AddInstance(ctx, in)
}

// speaks refuses what this installation lacks, to whom it would be allowed.
func (a *api) speaks(ctx context.Context, s *campaign.Service, wanted bool) error {
	if !wanted || a.Connections != nil {
		return nil
	}
	if err := s.Caller().May(campaign.Admin); err != nil {
		return err
	}
	return a.lacks(ctx, "connection to a gateway", "conexão com um gateway de WhatsApp")
}

type removeInstanceInput struct {
	OneInstance
	AtGateway bool `query:"at_gateway" doc:"Remove it at the gateway too, with its pairing and the messages that are stored there."`
}

func (a *api) removeInstance(ctx context.Context, s *campaign.Service, in *removeInstanceInput) (*struct{}, error) {
	if a.Connections != nil {
		return nil, a.Connections.Remove(ctx, s, campaign.InstanceID(in.ID), in.AtGateway)
	}
	if err := a.speaks(ctx, s, in.AtGateway); err != nil {
		return nil, err
	}
	return nil, s.RemoveInstance(ctx, campaign.InstanceID(in.ID))
}

type editInstanceInput struct {
	OneInstance
	IfMatch
	Body InstanceEdit
}

func (a *api) editInstance(ctx context.Context, s *campaign.Service, in *editInstanceInput) (*tagged[Instance], error) {
	id := campaign.InstanceID(in.ID)
	_, err := s.EditInstance(ctx, id, func(i *campaign.Instance) error {
		if !in.allows(i.Rev) {
			return a.stale(visitOf(ctx))
		}
		return in.Body.edit(i)
	})
	if err != nil {
		return nil, renamed(err, instanceFields)
	}
	return a.shownInstance(ctx, s, id)
}

package campaign

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/alreasense/campaigns/holiday"
	"github.com/alreasense/campaigns/schedule"
)

// busyWait is how long a scheduled campaign waits for a busy number before it
// tries to start again.
const busyWait = 30 * time.Second

// Start begins a draft or a scheduled campaign. Everything that stands in the
// way is named at once, in an *Obstacles. A campaign whose StartAt lies ahead
// becomes scheduled and starts by itself; starting it again before StartAt
// changes nothing. Where it waits for a number, a start tries again at once.
func (s *Service) Start(ctx context.Context, id ID) (Campaign, error) {
	if err := s.caller.may(Operator); err != nil {
		return Campaign{}, err
	}
	c, err := s.Campaign(ctx, id)
	if err != nil {
		return c, err
	}
	if c.Status == Scheduled && c.StartAt.After(s.now()) {
		return c, nil
	}
	if c.Status == Drafted && c.StartAt.After(s.now()) {
		return s.command(ctx, id, CommandSchedule, EventCampaignScheduled, Because(CodeBeforeStart, "until", stamp(c.StartAt)),
			func(w Writer, c *Campaign) error {
				c.DueAt = c.StartAt
				return s.obstacles(w, c, false)
			})
	}
	return s.command(ctx, id, CommandStart, EventCampaignStarted, Reason{}, s.begin)
}

// Unschedule makes a scheduled campaign a draft again.
func (s *Service) Unschedule(ctx context.Context, id ID) (Campaign, error) {
	return s.command(ctx, id, CommandUnplan, EventCampaignUnplanned, Reason{}, nil)
}

// Resume continues a paused campaign, under the same conditions as a start.
func (s *Service) Resume(ctx context.Context, id ID) (Campaign, error) {
	return s.command(ctx, id, CommandResume, EventCampaignResumed, Reason{}, func(w Writer, c *Campaign) error {
		started := c.StartedAt
		if err := s.begin(w, c); err != nil {
			return err
		}
		c.StartedAt, c.ResumedAt = started, s.now()
		return nil
	})
}

// begin checks every obstacle, occupies the numbers and wakes them.
func (s *Service) begin(w Writer, c *Campaign) error {
	if err := s.obstacles(w, c, true); err != nil {
		return err
	}
	if err := w.Occupy(c.ID, c.Instances); err != nil {
		return err
	}
	c.Cause, c.Why = "", Reason{}
	c.StartedAt = s.now()
	return w.Wake(c.ID, s.now())
}

// pastStart is how long ago the start of a draft may lie. Whoever names an
// instant of earlier has mistyped it, such as the day for the month: the campaign
// would begin at once.
const pastStart = 24 * time.Hour

func (d Draft) startsInThePast(now time.Time) bool {
	return !d.StartAt.IsZero() && now.Sub(d.StartAt) > pastStart
}

// obstacles lists what keeps a campaign from starting. Busy numbers count only
// if it is to start now.
func (s *Service) obstacles(r Reader, c *Campaign, now bool) error {
	o := &Obstacles{Campaign: c.ID}
	add := func(field string, why Reason) { o.All = append(o.All, Obstacle{field, why}) }
	if c.Total == 0 && !c.KeepOpen {
		add("contacts", Because(CodeNoAudience))
	}
	s.messageObstacles(c, add)
	if !c.EndAt.IsZero() && !c.EndAt.After(s.now()) {
		add("end_at", Because(CodeEndPast, "end", stamp(c.EndAt)))
	}
	if c.Status == Drafted && c.startsInThePast(s.now()) {
		add("start_at", Because(CodeStartPast, "planned", stamp(c.StartAt)))
	}
	cal, err := r.Calendar()
	if err != nil {
		return err
	}
	days, err := cal.Compile()
	if err != nil {
		add("schedule", Because(CodeBadSchedule, "problem", err.Error()))
	} else {
		from := s.now()
		if c.StartAt.After(from) {
			from = c.StartAt
		}
		for _, f := range scheduleErrors(c.Schedule.Check(from, days, s.e.Windows)) {
			add(f.Field, f.Why)
		}
	}
	if err := s.numberObstacles(r, c, now, o); err != nil {
		return err
	}
	if len(o.All) > 0 {
		return o
	}
	return nil
}

func (s *Service) messageObstacles(c *Campaign, add func(string, Reason)) {
	live := 0
	known := s.names(c)
	for i, m := range c.Messages {
		if m.Off {
			continue
		}
		live++
		field := fmt.Sprintf("messages[%d].text", i)
		for _, p := range Lint(m.Text, known) {
			if !p.Warning { // those are Service.Warnings
				add(field, p.Why)
			}
		}
		t, problems := Compile(m.Text)
		if len(problems) > 0 {
			continue // Lint has named them
		}
		for _, name := range t.Required() {
			if n := c.missing(name, s.e.Variables); n > 0 {
				add(field, Because(CodeVariableMissing, "name", name, "count", strconv.FormatInt(n, 10)))
			}
		}
	}
	if live == 0 {
		add("messages", Because(CodeNoMessages))
	}
}

func (s *Service) numberObstacles(r Reader, c *Campaign, now bool, o *Obstacles) error {
	add := func(field string, why Reason) { o.All = append(o.All, Obstacle{field, why}) }
	if len(c.Instances) == 0 {
		add("instances", Because(CodeNoInstance))
	}
	for i, id := range c.Instances {
		field := fmt.Sprintf("instances[%d]", i)
		n, err := r.Number(id)
		switch {
		case errors.Is(err, ErrNotFound):
			add(field, Because(CodeInstanceGone, "instance", strconv.FormatInt(int64(id), 10)))
		case err != nil:
			return err
		case !n.Instance.Suspended.IsZero():
			add(field, n.Instance.Suspended)
		case n.Instance.Connection == ConnectionClosed:
			add(field, Because(CodeDisconnected, "instance", n.Instance.Name))
		case now && n.Serves != 0 && n.Serves != c.ID:
			if o.busy == nil {
				o.busy = &BusyError{Instance: id, Campaign: n.Serves}
			}
			add(field, Because(CodeInstanceBusy, "instance", n.Instance.Name, "campaign", n.Serves.String()))
		}
	}
	return nil
}

// plannedStart starts a scheduled campaign whose time has come, or follows its
// policy for missed starts.
func (e *Engine) plannedStart(ctx context.Context, ref Ref, now time.Time) {
	s := e.As(Caller{Tenant: ref.Tenant, Role: Host})
	c, err := s.Campaign(ctx, ref.ID)
	if err != nil || c.Status != Scheduled {
		return
	}
	if c.DueAt.Equal(c.StartAt) || c.StartAt.IsZero() { // not a start that waits for a number
		missed := Because(CodeMissedStart, "planned", stamp(c.StartAt))
		switch c.Schedule.Missed.Decide(c.StartAt, now) {
		case schedule.Wait:
			return
		case schedule.Hold:
			_, err = s.command(ctx, ref.ID, CommandUnplan, EventCampaignUnplanned, missed, func(_ Writer, c *Campaign) error {
				c.Cause, c.Why = BySchedule, missed
				return nil
			})
			e.reportStart(ref, err)
			return
		case schedule.Skip:
			_, err = s.command(ctx, ref.ID, CommandCancel, EventCampaignCancelled, missed, func(_ Writer, c *Campaign) error {
				c.Cause, c.Why, c.EndedAt = BySchedule, missed, s.now()
				return nil
			})
			e.reportStart(ref, err)
			return
		}
	}
	_, err = s.command(ctx, ref.ID, CommandStart, EventCampaignStarted, Reason{}, s.begin)
	var o *Obstacles
	if !errors.As(err, &o) {
		e.reportStart(ref, err)
		return
	}
	busy := func(o Obstacle) bool { return o.Why.Code == CodeInstanceBusy || o.Why.Code == CodeDisconnected }
	if !slices.ContainsFunc(o.All, func(o Obstacle) bool { return !busy(o) }) {
		// Only numbers stand in the way: wait for them, and say so.
		_, err = s.command(ctx, ref.ID, CommandEdit, EventCampaignScheduled, o.All[0].Why, func(_ Writer, c *Campaign) error {
			c.DueAt, c.Cause, c.Why = s.now().Add(busyWait), BySystem, o.All[0].Why
			return nil
		})
		e.reportStart(ref, err)
		return
	}
	why := o.All[0].Why
	_, err = s.command(ctx, ref.ID, CommandUnplan, EventCampaignUnplanned, why, func(_ Writer, c *Campaign) error {
		c.Cause, c.Why = BySystem, why
		return nil
	})
	e.reportStart(ref, err)
}

func (e *Engine) reportStart(ref Ref, err error) {
	if err != nil {
		e.fault("start", fmt.Errorf("campaign %s: %w", ref.ID, err))
	}
}

// checkSchedule refuses a schedule that can never be right.
func (k *kitchen) checkSchedule(s schedule.Spec, now time.Time) Invalid {
	return scheduleErrors(s.Check(now, holiday.Brazil, k.windows))
}

// scheduleErrors turns the errors of package schedule into ours.
func scheduleErrors(err error) (bad Invalid) {
	if err == nil {
		return nil
	}
	var fs schedule.FieldErrors
	if !errors.As(err, &fs) {
		return Invalid{{"schedule", Because(CodeBadSchedule, "problem", err.Error())}}
	}
	for _, f := range fs {
		field := "schedule"
		if f.Field != "" {
			field += "." + f.Field
		}
		bad = append(bad, &FieldError{field, Because(CodeBadSchedule, "problem", f.Problem, "code", string(f.Code))})
	}
	return bad
}

package campaign

import (
	"context"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/alreasense/campaigns/contact"
)

// Caller is who gives commands: it is bound once, by Engine.As.
type Caller struct {
	// Tenant is whose rows are meant. An empty tenant is a tenant like any
	// other, for programs that have only one.
	Tenant Tenant
	// Author is written into the events of what the caller does.
	Author string
	// Role limits what the caller may do. Programs that act for themselves set
	// Host, which may do everything. Empty, and every word that is no role, may do
	// nothing.
	Role Role
}

// Role is what a caller may do.
type Role string

const (
	Viewer   Role = "viewer"   // reads
	Operator Role = "operator" // reads and runs campaigns
	Admin    Role = "admin"    // also changes numbers and settings
	Host     Role = "host"     // the program itself, or the operator of the installation: everything, in every tenant
)

// Valid reports whether r is a role.
func (r Role) Valid() bool { return r == Viewer || r == Operator || r == Admin || r == Host }

// ErrForbidden refuses a command that the caller's role does not allow.
var ErrForbidden = fmt.Errorf("campaign: the caller's role does not allow this")

// May returns an error that wraps ErrForbidden unless the caller has at least
// the role: for packages that keep rules of their own for the same callers.
func (c Caller) May(r Role) error { return c.may(r) }

// may returns an error unless the caller has at least the role.
func (c Caller) may(r Role) error {
	rank := map[Role]int{Viewer: 1, Operator: 2, Admin: 3, Host: 4}
	if need := rank[r]; need > 0 && rank[c.Role] >= need {
		return nil
	}
	if !c.Role.Valid() {
		return fmt.Errorf("%w: it takes the role %s, and Caller.Role is %q: set it (campaign.Host is for a program that acts for itself)", ErrForbidden, r, c.Role)
	}
	return fmt.Errorf("%w: it takes the role %s", ErrForbidden, r)
}

// Service gives commands and answers questions for one caller. What it returns
// belongs to the caller's tenant; the rows of others are ErrNotFound.
type Service struct {
	e      *Engine
	caller Caller
	rows   Records
	// takesOver: see TakeOver.
	takesOver bool
	// reopens: see Reopening.
	reopens bool
}

// As binds a caller.
func (e *Engine) As(c Caller) *Service {
	return &Service{e: e, caller: c, rows: e.store.Tenant(c.Tenant)}
}

// Caller returns who the service acts for.
func (s *Service) Caller() Caller { return s.caller }

func (s *Service) now() time.Time { return s.e.Now().UTC() }

// event begins an event of the caller about a campaign.
func (s *Service) event(t EventType, id ID, why Reason) Event {
	return Event{Tenant: s.caller.Tenant, At: s.now(), Type: t, Campaign: id, Author: s.caller.Author, Why: why}
}

// Create saves a new draft. Drafts are free: only what could never be right is
// refused (Invalid), the rest is checked at the start. One that names no
// number gets the tenant's default one, if there is one.
func (s *Service) Create(ctx context.Context, in Draft) (Campaign, error) {
	if err := s.caller.may(Operator); err != nil {
		return Campaign{}, err
	}
	c := Campaign{Draft: in.clone(), Tenant: s.caller.Tenant, Status: Drafted, Rev: 1, Seed: newSeed(),
		NextMessage: 1, CreatedAt: s.now(), UpdatedAt: s.now()}
	c.LeftOut = nil
	c.number()
	c.tidy()
	if err := c.validate(s.e, time.Time{}); err != nil {
		return Campaign{}, err
	}
	err := s.rows.Update(ctx, func(w Writer) (err error) {
		if len(in.Instances) == 0 {
			if c.Instances, err = usual(w); err != nil {
				return err
			}
		}
		if err := w.SaveCampaign(&c); err != nil {
			return err
		}
		return w.Record(s.event(EventCampaignCreated, c.ID, Reason{}))
	})
	if err != nil {
		return Campaign{}, err
	}
	return c, nil
}

// Edit changes a draft, or a campaign that is scheduled or paused. rev is the
// revision that the change was made from; ErrStale if there is a newer one. f
// may be called more than once.
func (s *Service) Edit(ctx context.Context, id ID, rev int64, f func(*Draft) error) (Campaign, error) {
	return s.command(ctx, id, CommandEdit, EventCampaignEdited, Reason{}, func(w Writer, c *Campaign) error {
		if c.Rev != rev {
			return fmt.Errorf("campaign: %s is at revision %d, not %d: %w", id, c.Rev, rev, ErrStale)
		}
		d := c.Draft.clone()
		if err := f(&d); err != nil {
			return err
		}
		d.LeftOut = c.LeftOut
		started := c.StartAt
		c.Draft = d
		c.number()
		c.tidy()
		if c.Status == Scheduled {
			c.DueAt = c.StartAt
			if c.DueAt.IsZero() {
				c.DueAt = s.now()
			}
		}
		return c.validate(s.e, started)
	})
}

// Campaign returns one campaign.
func (s *Service) Campaign(ctx context.Context, id ID) (c Campaign, err error) {
	if err := s.caller.may(Viewer); err != nil {
		return c, err
	}
	err = s.rows.View(ctx, func(r Reader) error {
		c, err = r.Campaign(id)
		return err
	})
	return c, err
}

// Campaigns lists campaigns, newest first.
func (s *Service) Campaigns(ctx context.Context, q CampaignQuery) (cs []Campaign, err error) {
	if err := s.caller.may(Viewer); err != nil {
		return nil, err
	}
	err = s.rows.View(ctx, func(r Reader) error {
		cs, err = r.Campaigns(q)
		return err
	})
	return cs, err
}

// Delete removes a campaign that is a draft or has ended, with its audience.
// Its events stay. It is refused while a send is in flight or unknown.
func (s *Service) Delete(ctx context.Context, id ID) error {
	if err := s.caller.may(Operator); err != nil {
		return err
	}
	return s.rows.Update(ctx, func(w Writer) error {
		c, err := w.Campaign(id)
		if err != nil {
			return err
		}
		if _, err := c.Status.After(CommandDelete); err != nil {
			return err
		}
		if err := w.Vacate(id); err != nil {
			return err
		}
		if err := w.DeleteCampaign(id); err != nil {
			return err
		}
		return w.Record(s.event(EventCampaignDeleted, id, Reason{}))
	})
}

// command applies one row of the transition table: it loads the campaign,
// checks that the command is possible, lets f change it, and saves it with its
// event, all in one transaction. A command that changes nothing (a repeated
// pause) writes nothing.
func (s *Service) command(ctx context.Context, id ID, cmd Command, event EventType, why Reason, f func(Writer, *Campaign) error) (c Campaign, err error) {
	if err := s.caller.may(Operator); err != nil {
		return c, err
	}
	err = s.rows.Update(ctx, func(w Writer) error {
		c, err = w.Campaign(id)
		if err != nil {
			return err
		}
		to, err := c.Status.After(cmd)
		if err != nil {
			return err
		}
		if to == c.Status && (cmd == CommandPause || cmd == CommandCancel) {
			return nil
		}
		if f != nil {
			if err := f(w, &c); err != nil {
				return err
			}
		}
		c.Status = to
		if to != Scheduled {
			c.DueAt = time.Time{}
		}
		c.Rev++
		c.UpdatedAt = s.now()
		if err := w.SaveCampaign(&c); err != nil {
			return err
		}
		return w.Record(s.event(event, id, why))
	})
	if err != nil {
		return Campaign{}, err
	}
	s.e.pulse.beat()
	return c, nil
}

// number gives ids to new messages. An id that the campaign never gave is
// treated as new.
func (c *Campaign) number() {
	seen := make(map[MessageID]bool)
	for i := range c.Messages {
		m := &c.Messages[i]
		if m.ID <= 0 || m.ID >= c.NextMessage || seen[m.ID] {
			m.ID = c.NextMessage
			c.NextMessage++
		}
		seen[m.ID] = true
	}
}

// tidy leaves in texts what their readers are to see: lines end in LF, and no byte
// order mark stands before them.
func (c *Campaign) tidy() {
	c.Description = contact.Lines(c.Description)
	for i := range c.Messages {
		m := &c.Messages[i]
		m.Text = contact.Lines(strings.TrimPrefix(m.Text, "\ufeff"))
	}
}

// The longest name and description, in characters.
const (
	maxName        = 200
	maxDescription = 4000
)

// validate refuses what can never be right, whatever happens before the start. A
// start in the past is refused where it is not the one that was there already.
func (c *Campaign) validate(e *Engine, started time.Time) error {
	var bad Invalid
	add := func(field string, code Code, args ...string) {
		bad = append(bad, &FieldError{field, Because(code, args...)})
	}
	if strings.TrimSpace(c.Name) == "" {
		add("name", CodeMissing)
	}
	for _, f := range []struct {
		field, text string
		max         int
	}{{"name", c.Name, maxName}, {"description", c.Description, maxDescription}} {
		if utf8.RuneCountInString(f.text) > f.max {
			add(f.field, CodeTooLong, "max", fmt.Sprint(f.max))
		}
		if !utf8.ValidString(f.text) {
			add(f.field, CodeNotUTF8)
		}
	}
	if n := len(c.Messages); n > MaxMessages {
		add("messages", CodeTooMany, "max", fmt.Sprint(MaxMessages), "have", fmt.Sprint(n))
	}
	for i, m := range c.Messages {
		field := fmt.Sprintf("messages[%d].", i)
		switch {
		case !utf8.ValidString(m.Text):
			add(field+"text", CodeNotUTF8)
		case overlong(m.Text):
			add(field+"text", CodeTextTooLong, "max", fmt.Sprint(MaxText), "length", fmt.Sprint(utf8.RuneCountInString(m.Text)))
		}
		if m.Weight < 0 {
			add(field+"weight", CodeNegative)
		}
	}
	bad = append(bad, c.Pace.validate("pace")...)
	if len(c.Pace.Ramp) > 0 {
		bad = append(bad, &FieldError{"pace.ramp", Because(CodeRampOfNumber)})
	}
	if r := c.Draft.retries(); r < 0 || r > 10 {
		add("retries", CodeTooLarge, "max", "10")
	}
	if !c.EndAt.IsZero() && !c.StartAt.IsZero() && !c.EndAt.After(c.StartAt) {
		add("end_at", CodeEndBeforeStart)
	}
	if !c.StartAt.Equal(started) && c.startsInThePast(e.Now()) {
		bad = append(bad, &FieldError{"start_at", Because(CodeStartPast, "planned", stamp(c.StartAt))})
	}
	if c.Rotation != "" {
		if _, err := e.kitchen.rotation(c.Rotation); err != nil {
			add("rotation", CodeRotation, "rotation", c.Rotation)
		}
	}
	if !c.AfterRestriction.valid() {
		add("after_restriction", CodeUnknownChoice, "choices", "retry, other_number, never")
	}
	seen := make(map[InstanceID]bool)
	for i, id := range c.Instances {
		if seen[id] {
			add(fmt.Sprintf("instances[%d]", i), CodeDuplicate)
		}
		seen[id] = true
	}
	bad = append(bad, e.kitchen.checkSchedule(c.Schedule, c.UpdatedAt)...)
	if len(bad) > 0 {
		return bad
	}
	return nil
}

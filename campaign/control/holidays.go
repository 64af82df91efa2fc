package control

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/alreasense/campaigns/campaign"
	"github.com/alreasense/campaigns/holiday"
	"github.com/danielgtaylor/huma/v2"
	"github.com/rickb777/date"
)

const holidaysPath = "/api/campaigns/holidays/"

// Holiday is a day on which schedules that skip holidays are closed.
type Holiday struct {
	ID         int64   `json:"id" doc:"Stays the same for the same day."`
	Date       string  `json:"date" format:"date"`
	Name       string  `json:"name"`
	Kind       string  `json:"kind" enum:"national,state,municipal,optional,own"`
	IsNational bool    `json:"is_national"`
	IsActive   bool    `json:"is_active" doc:"Always true: delete an own day, or switch states and optional days in the calendar."`
	IsOwn      bool    `json:"is_own" doc:"Entered by the tenant; the others are computed and cannot be changed."`
	IsYearly   bool    `json:"is_yearly" doc:"An own day that comes back on this date of every later year."`
	Until      *string `json:"until" doc:"The hour from which it is an ordinary day: HH:MM; null for the whole day."`
	Source     string  `json:"source" doc:"The law or custom it rests on."`
}

// HolidayEdit is what a person may write of an own day.
type HolidayEdit struct {
	Date   Maybe[string] `json:"date,omitzero" doc:"2026-12-31; of a yearly day the first."`
	Name   Maybe[string] `json:"name,omitzero"`
	Kind   Maybe[string] `json:"kind,omitzero" doc:"own or municipal. Defaults to own."`
	Yearly Maybe[bool]   `json:"is_yearly,omitzero" doc:"Whether it comes back on the same date of every later year."`
	Until  Maybe[clock]  `json:"until,omitzero"`
}

// TransformSchema lets what was read be sent back.
func (HolidayEdit) TransformSchema(r huma.Registry, s *huma.Schema) *huma.Schema {
	return readOnly[Holiday](r, s)
}

// ownMark sets the ids of own days apart from those of computed ones, which
// may fall on the same date: 20261120, and 120261120.
const ownMark = 100_000_000

func holidayView(d holiday.Day, own bool) Holiday {
	y, m, dom := d.Date.Date()
	v := Holiday{ID: int64(y)*10_000 + int64(m)*100 + int64(dom), Date: d.Date.String(), Name: d.Name, Kind: string(d.Kind),
		IsNational: d.Kind == holiday.National, IsActive: true, IsOwn: own, Source: d.Source}
	if own {
		v.ID += ownMark
		if v.Kind == "" {
			v.Kind = string(holiday.Own)
		}
	}
	if !d.WholeDay() {
		until := d.Until.String()
		v.Until = &until
	}
	return v
}

// OneHoliday names a holiday in the path.
type OneHoliday struct {
	ID int64 `path:"id" doc:"The holiday's id."`
}

func (a *api) holidays() {
	tag := "holidays"
	route(a, op{method: http.MethodGet, path: holidaysPath, id: "listHolidays", tag: tag, summary: "The holidays of a year: computed and own"}, a.listHolidays)
	route(a, op{method: http.MethodPost, path: holidaysPath, id: "createHoliday", tag: tag, status: http.StatusCreated, summary: "Add an own day"}, a.createHoliday)
	route(a, op{method: http.MethodGet, path: holidaysPath + "{id}/", id: "getHoliday", tag: tag, summary: "Read a holiday"}, a.getHoliday)
	route(a, op{method: http.MethodPatch, path: holidaysPath + "{id}/", id: "editHoliday", tag: tag, summary: "Change an own day"}, a.editHoliday)
	route(a, op{method: http.MethodDelete, path: holidaysPath + "{id}/", id: "deleteHoliday", tag: tag, status: http.StatusNoContent, summary: "Delete an own day"}, a.deleteHoliday)
}

type listHolidaysInput struct {
	ByNumber
	Year int      `query:"year" minimum:"1900" maximum:"2300" doc:"Defaults to this year."`
	Kind []string `query:"kind" enum:"national,state,municipal,optional,own" doc:"One or several, with commas."`
}

func (a *api) listHolidays(ctx context.Context, s *campaign.Service, in *listHolidaysInput) (*pageOf[Holiday], error) {
	c, err := s.Calendar(ctx)
	if err != nil {
		return nil, err
	}
	year := in.Year
	if year == 0 {
		year = a.Now().In(defaultZone).Year()
	}
	all, err := holidaysOf(c, date.New(year, time.January, 1), date.New(year, time.December, 31))
	if err != nil {
		return nil, err
	}
	if len(in.Kind) > 0 {
		all = slices.DeleteFunc(all, func(h Holiday) bool { return !slices.Contains(in.Kind, h.Kind) })
	}
	return sliced(a, ctx, in.ByNumber, all), nil
}

// holidaysOf lists computed and own days by date.
func holidaysOf(c campaign.Calendar, first, last date.Date) ([]Holiday, error) {
	own, yearly := c.Days, c.Yearly
	c.Days, c.Yearly = nil, nil
	computed, err := c.Compile()
	if err != nil {
		return nil, err
	}
	var all []Holiday
	for _, d := range holiday.Between(computed, first, last) {
		all = append(all, holidayView(d, false))
	}
	for _, d := range own {
		if !d.Date.Before(first) && !d.Date.After(last) {
			all = append(all, holidayView(d, true))
		}
	}
	back, err := holiday.NewYearly(yearly...)
	if err != nil {
		return nil, err
	}
	for _, d := range holiday.Between(back, first, last) {
		h := holidayView(d, true)
		h.IsYearly = true
		all = append(all, h)
	}
	slices.SortFunc(all, func(x, y Holiday) int { return strings.Compare(x.Date, y.Date) })
	return all, nil
}

func (a *api) getHoliday(ctx context.Context, s *campaign.Service, in *OneHoliday) (*tagged[Holiday], error) {
	c, err := s.Calendar(ctx)
	if err != nil {
		return nil, err
	}
	h, err := findHoliday(c, in.ID)
	if err != nil {
		return nil, err
	}
	return &tagged[Holiday]{ETag: tag(c.Rev), Body: h}, nil
}

func findHoliday(c campaign.Calendar, id int64) (Holiday, error) {
	on := id % ownMark
	y, m, d := int(on/10_000), time.Month(on/100%100), int(on%100)
	if id < 0 || id >= 2*ownMark || y < 1900 || y > 2300 {
		return Holiday{}, campaign.ErrNotFound
	}
	day := date.New(y, m, d)
	all, err := holidaysOf(c, day, day)
	if err != nil {
		return Holiday{}, err
	}
	for _, h := range all {
		if h.ID == id {
			return h, nil
		}
	}
	return Holiday{}, campaign.ErrNotFound
}

// amend changes the tenant's calendar at the revision that the caller names,
// or at whatever there is.
func (a *api) amend(ctx context.Context, s *campaign.Service, m IfMatch, f func(*campaign.Calendar) error) (c campaign.Calendar, err error) {
	for range editTries {
		c, err = s.Calendar(ctx)
		if err != nil {
			return c, err
		}
		if !m.allows(c.Rev) {
			return c, a.stale(visitOf(ctx))
		}
		c = c.Clone()
		if err = f(&c); err != nil {
			return c, err
		}
		c, err = s.SetCalendar(ctx, c)
		if !errors.Is(err, campaign.ErrStale) || m.IfMatch != "" {
			return c, err
		}
	}
	return c, err
}

func (in HolidayEdit) edit(d *holiday.Day) error {
	if in.Date.Given {
		on, err := time.Parse(time.DateOnly, in.Date.Value)
		if err != nil || on.Year() < 1900 || on.Year() > 2300 {
			return campaign.Invalid{{Field: "date", Why: campaign.Because(codeNotADate)}}
		}
		d.Date = date.NewAt(on)
	}
	in.Name.put(&d.Name)
	if d.Name = strings.TrimSpace(d.Name); d.Name == "" {
		return campaign.Invalid{{Field: "name", Why: campaign.Because(campaign.CodeMissing)}}
	}
	if len(d.Name) > 200 {
		return campaign.Invalid{{Field: "name", Why: campaign.Because(campaign.CodeTooLong, "max", "200")}}
	}
	if in.Kind.Given {
		d.Kind = holiday.Kind(in.Kind.Value)
	}
	if d.Kind == "" {
		d.Kind = holiday.Own
	}
	if d.Kind != holiday.Own && d.Kind != holiday.Municipal {
		return campaign.Invalid{{Field: "kind", Why: campaign.Because(codeNotOneOf, "allowed", "own, municipal")}}
	}
	if in.Until.Given {
		d.Until = in.Until.Value.Clock
	}
	return nil
}

// ownDay finds the own day that falls on a date: its list, and where it stands
// there; -1 if there is none.
func ownDay(c *campaign.Calendar, on date.Date) (*[]holiday.Day, int) {
	if i := slices.IndexFunc(c.Days, func(d holiday.Day) bool { return d.Date == on }); i >= 0 {
		return &c.Days, i
	}
	return &c.Yearly, slices.IndexFunc(c.Yearly, func(d holiday.Day) bool {
		return d.Date.Month() == on.Month() && d.Date.Day() == on.Day() && !on.Before(d.Date)
	})
}

// put adds a day, unless another stands on its date.
func (a *api) put(ctx context.Context, c *campaign.Calendar, d holiday.Day, yearly bool) error {
	list := &c.Days
	_, i := ownDay(c, d.Date)
	if yearly {
		list = &c.Yearly
		if i < 0 { // a later occurrence falls on an own day
			i = slices.IndexFunc(slices.Concat(c.Days, c.Yearly), func(x holiday.Day) bool {
				return x.Date.Month() == d.Date.Month() && x.Date.Day() == d.Date.Day() && !x.Date.Before(d.Date)
			})
		}
	}
	if i >= 0 {
		return a.problem(visitOf(ctx), http.StatusConflict, codeDuplicate, "field", "date", "id", itoa(holidayView(d, true).ID))
	}
	*list = append(*list, d)
	return nil
}

func (a *api) createHoliday(ctx context.Context, s *campaign.Service, in *struct{ Body HolidayEdit }) (*created[Holiday], error) {
	var day holiday.Day
	if !in.Body.Date.Given {
		in.Body.Date = Maybe[string]{Given: true} // so that it is missed
	}
	if err := in.Body.edit(&day); err != nil {
		return nil, err
	}
	view := holidayView(day, true)
	view.IsYearly = in.Body.Yearly.Value
	c, err := a.amend(ctx, s, IfMatch{}, func(c *campaign.Calendar) error { return a.put(ctx, c, day, view.IsYearly) })
	if err != nil {
		return nil, err
	}
	return &created[Holiday]{ETag: tag(c.Rev), Location: a.address(visitOf(ctx), holidaysPath, view.ID), Body: view}, nil
}

// own takes an own day out of a calendar. A computed one cannot be changed.
func (a *api) own(ctx context.Context, c *campaign.Calendar, id int64) (d holiday.Day, yearly bool, err error) {
	h, err := findHoliday(*c, id)
	if err != nil {
		return d, false, err
	}
	if !h.IsOwn {
		return d, false, a.problem(visitOf(ctx), http.StatusConflict, codeComputed)
	}
	on, _ := time.Parse(time.DateOnly, h.Date)
	list, i := ownDay(c, date.NewAt(on))
	d = (*list)[i]
	*list = slices.Delete(*list, i, i+1)
	return d, list == &c.Yearly, nil
}

type editHolidayInput struct {
	OneHoliday
	IfMatch
	Body HolidayEdit
}

func (a *api) editHoliday(ctx context.Context, s *campaign.Service, in *editHolidayInput) (*tagged[Holiday], error) {
	var (
		day    holiday.Day
		yearly bool
	)
	c, err := a.amend(ctx, s, in.IfMatch, func(c *campaign.Calendar) (err error) {
		if day, yearly, err = a.own(ctx, c, in.ID); err != nil {
			return err
		}
		edit := in.Body
		edit.Yearly.put(&yearly)
		if on := in.ID % ownMark; edit.Date.Value == fmt.Sprintf("%04d-%02d-%02d", on/10_000, on/100%100, on%100) {
			edit.Date = Maybe[string]{} // an occurrence of a yearly day, sent back as it was read
		}
		if err := edit.edit(&day); err != nil {
			return err
		}
		return a.put(ctx, c, day, yearly)
	})
	if err != nil {
		return nil, err
	}
	view := holidayView(day, true)
	view.IsYearly = yearly
	return &tagged[Holiday]{ETag: tag(c.Rev), Body: view}, nil
}

type deleteHolidayInput struct {
	OneHoliday
	IfMatch
}

func (a *api) deleteHoliday(ctx context.Context, s *campaign.Service, in *deleteHolidayInput) (*struct{}, error) {
	_, err := a.amend(ctx, s, in.IfMatch, func(c *campaign.Calendar) error {
		_, _, err := a.own(ctx, c, in.ID)
		return err
	})
	return nil, err
}

package campaign

import (
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/alreasense/campaigns/schedule"
)

// recipe is a campaign compiled: what a turn needs besides rows. It never
// changes.
type recipe struct {
	loc      *time.Location
	window   schedule.Window
	rotation Rotation
	// rotationName is its name.
	rotationName string
	live         []Message
	templates    []*Template // of live, by index
	// broken tells why the campaign cannot send; it is held, not failed, since
	// a process that knows the missing name can go on.
	broken Reason

	mu    sync.Mutex
	zones map[string]*time.Location
}

// zone returns the location whose days count for the caps of an instance.
func (r *recipe) zone(i Instance) *time.Location {
	name := i.Zone
	if name == "" {
		name = schedule.DefaultZone
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if l, ok := r.zones[name]; ok {
		return l
	}
	l, err := time.LoadLocation(name)
	if err != nil {
		l = r.loc
	}
	if r.zones == nil {
		r.zones = make(map[string]*time.Location)
	}
	r.zones[name] = l
	return l
}

type recipeKey struct {
	id       ID
	rev      int64
	tenant   Tenant
	calendar int64
}

// kitchen compiles recipes once for each revision of a campaign and of its
// tenant's calendar.
type kitchen struct {
	windows   schedule.Kinds
	rotations map[string]Rotation

	mu    sync.Mutex
	known map[recipeKey]*recipe
}

// maxRecipes bounds the memory of compiled campaigns.
const maxRecipes = 4096

func (k *kitchen) recipe(c Campaign, cal Calendar) *recipe {
	key := recipeKey{c.ID, c.Rev, c.Tenant, cal.Rev}
	k.mu.Lock()
	r, ok := k.known[key]
	k.mu.Unlock()
	if ok {
		return r
	}
	r = k.compile(c.Draft, cal)
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.known == nil || len(k.known) >= maxRecipes {
		k.known = make(map[recipeKey]*recipe)
	}
	k.known[key] = r
	return r
}

func (k *kitchen) compile(d Draft, cal Calendar) *recipe {
	r := &recipe{loc: time.UTC}
	if loc, err := d.Schedule.Location(); err == nil {
		r.loc = loc
	}
	days, err := cal.Compile()
	if err != nil {
		r.broken = Because(CodeBadSchedule, "problem", err.Error())
		return r
	}
	r.window, err = d.Schedule.WindowOf(days, k.windows)
	switch {
	case errors.Is(err, schedule.ErrUnknownKind):
		r.broken = Because(CodeKindUnknown, "kind", d.Schedule.Kind)
		return r
	case err != nil && isPanic(err):
		r.broken = Because(CodeWindowFailed, "kind", d.Schedule.Kind)
		return r
	case err != nil:
		r.broken = Because(CodeBadSchedule, "problem", err.Error())
		return r
	}
	name := d.Rotation
	if name == "" {
		name = RotationBalanced
	}
	if r.rotation, err = k.rotation(name); err != nil {
		r.broken = Because(CodeRotation, "rotation", name)
		return r
	}
	r.rotationName = name
	for _, m := range d.Messages {
		if m.Off {
			continue
		}
		t, problems := Compile(m.Text)
		if len(problems) > 0 {
			r.broken = Because(CodeBadTemplate, "message", fmt.Sprint(m.ID))
			return r
		}
		r.live, r.templates = append(r.live, m), append(r.templates, t)
	}
	if len(r.live) == 0 {
		r.broken = Because(CodeNoMessages)
	}
	return r
}

func (k *kitchen) rotation(name string) (Rotation, error) {
	if r, ok := k.rotations[name]; ok {
		return r, nil
	}
	return nil, fmt.Errorf("campaign: no rotation is named %q", name)
}

package memory

import (
	"context"
	"maps"
	"slices"
	"time"

	"github.com/alreasense/campaigns/contact"
)

func (g *group) copy() contact.Group {
	c := g.Group
	c.Size = int64(len(g.members))
	return c
}

// CreateGroup implements contact.Groups.
func (p *people) CreateGroup(ctx context.Context, now time.Time, g contact.Group) (contact.Group, error) {
	if err := g.Validate(); err != nil {
		return contact.Group{}, err
	}
	unlock, err := p.lock(ctx)
	if err != nil {
		return contact.Group{}, err
	}
	defer unlock()
	if id, known := p.byName[contact.Fold(g.Name)]; known {
		return contact.Group{}, &contact.DuplicateError{Field: "name", ID: id}
	}
	p.lastGroup++
	g.ID, g.CreatedAt, g.UpdatedAt = p.lastGroup, now.UTC(), now.UTC()
	row := &group{Group: g, members: make(map[int64]struct{})}
	p.groups[g.ID] = row
	p.byName[contact.Fold(g.Name)] = g.ID
	return row.copy(), nil
}

// Group implements contact.Groups.
func (p *people) Group(ctx context.Context, id int64) (contact.Group, error) {
	unlock, err := p.rlock(ctx)
	if err != nil {
		return contact.Group{}, err
	}
	defer unlock()
	g := p.groups[id]
	if g == nil {
		return contact.Group{}, noGroup(id)
	}
	return g.copy(), nil
}

// UpdateGroup implements contact.Groups.
func (p *people) UpdateGroup(ctx context.Context, now time.Time, id int64, edit func(*contact.Group) error) (contact.Group, error) {
	unlock, err := p.lock(ctx)
	if err != nil {
		return contact.Group{}, err
	}
	defer unlock()
	row := p.groups[id]
	if row == nil {
		return contact.Group{}, noGroup(id)
	}
	g := row.copy()
	if err := edit(&g); err != nil {
		return contact.Group{}, err
	}
	if err := g.Validate(); err != nil {
		return contact.Group{}, err
	}
	if other, known := p.byName[contact.Fold(g.Name)]; known && other != id {
		return contact.Group{}, &contact.DuplicateError{Field: "name", ID: other}
	}
	delete(p.byName, contact.Fold(row.Name))
	p.byName[contact.Fold(g.Name)] = id
	g.ID, g.CreatedAt, g.UpdatedAt = id, row.CreatedAt, now.UTC()
	row.Group = g
	return row.copy(), nil
}

// DeleteGroup implements contact.Groups.
func (p *people) DeleteGroup(ctx context.Context, id int64) error {
	unlock, err := p.lock(ctx)
	if err != nil {
		return err
	}
	defer unlock()
	row := p.groups[id]
	if row == nil {
		return noGroup(id)
	}
	for c := range row.members {
		delete(p.rows[c].groups, id)
	}
	delete(p.byName, contact.Fold(row.Name))
	delete(p.groups, id)
	return nil
}

// Groups implements contact.Groups.
func (p *people) Groups(ctx context.Context, page contact.Page) ([]contact.Group, error) {
	unlock, err := p.rlock(ctx)
	if err != nil {
		return nil, err
	}
	defer unlock()
	var out []contact.Group
	for _, id := range slices.Sorted(maps.Keys(p.groups)) {
		if id <= page.After {
			continue
		}
		if len(out) == page.Size() {
			break
		}
		out = append(out, p.groups[id].copy())
	}
	return out, nil
}

// AddMembers implements contact.Members.
func (p *people) AddMembers(ctx context.Context, now time.Time, id int64, contacts []int64) (int64, error) {
	unlock, err := p.lock(ctx)
	if err != nil {
		return 0, err
	}
	defer unlock()
	g := p.groups[id]
	if g == nil {
		return 0, noGroup(id)
	}
	for _, c := range contacts {
		if p.rows[c] == nil {
			return 0, noContact(c)
		}
	}
	before := len(g.members)
	for _, c := range contacts {
		row := p.rows[c]
		if row.groups == nil {
			row.groups = make(map[int64]struct{})
		}
		row.groups[id] = struct{}{}
		g.members[c] = struct{}{}
	}
	return int64(len(g.members) - before), nil
}

// RemoveMembers implements contact.Members.
func (p *people) RemoveMembers(ctx context.Context, now time.Time, id int64, contacts []int64) (int64, error) {
	unlock, err := p.lock(ctx)
	if err != nil {
		return 0, err
	}
	defer unlock()
	g := p.groups[id]
	if g == nil {
		return 0, noGroup(id)
	}
	before := len(g.members)
	for _, c := range contacts {
		delete(g.members, c)
		if row := p.rows[c]; row != nil {
			delete(row.groups, id)
		}
	}
	return int64(before - len(g.members)), nil
}

// GroupsOf implements contact.Members.
func (p *people) GroupsOf(ctx context.Context, id int64) ([]contact.Group, error) {
	unlock, err := p.rlock(ctx)
	if err != nil {
		return nil, err
	}
	defer unlock()
	row := p.rows[id]
	if row == nil {
		return nil, noContact(id)
	}
	var out []contact.Group
	for _, g := range slices.Sorted(maps.Keys(row.groups)) {
		out = append(out, p.groups[g].copy())
	}
	return out, nil
}

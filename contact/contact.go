package contact

import (
	"log/slog"
	"maps"
	"slices"
	"time"
)

// Contact is a person who may get messages.
type Contact struct {
	ID    int64
	Name  string
	Phone Phone
	Email string
	// ReferredBy is who recommended this person: {{quem_indicou}}.
	ReferredBy string
	// Tags are normal in the sense of [NormalizeTags]: a set.
	Tags []string
	// Vars are the user's own fields, by a name in the sense of [VarName].
	Vars   map[string]string
	Notes  string
	Active bool
	// Consent says where and when the person agreed to be written to; empty
	// when it was not recorded.
	Consent string
	// Basis is the ground in law for writing to them; empty when it was not
	// recorded.
	Basis     Basis
	CreatedAt time.Time
	UpdatedAt time.Time
}

// Clone returns a copy that shares neither tags nor variables with c. Stores
// hand out and take in clones only.
func (c Contact) Clone() Contact {
	c.Tags = slices.Clone(c.Tags)
	c.Vars = maps.Clone(c.Vars)
	return c
}

// Merge returns c with what a newer record of the same person brings: fields
// that are not empty replace, tags are added, variables are added or replaced.
//
// Nothing is taken away, and ID, Phone, CreatedAt and Active stay: a second
// import of the same file changes nothing, and a person who was switched off
// is not switched on by a list in which they still stand. UpdatedAt is the
// store's to set.
func (c Contact) Merge(in Contact) Contact {
	c = c.Clone()
	for _, f := range []struct{ old, new *string }{
		{&c.Name, &in.Name},
		{&c.Email, &in.Email},
		{&c.ReferredBy, &in.ReferredBy},
		{&c.Notes, &in.Notes},
		{&c.Consent, &in.Consent},
	} {
		if *f.new != "" {
			*f.old = *f.new
		}
	}
	if in.Basis != "" {
		c.Basis = in.Basis
	}
	if len(in.Tags) > 0 {
		c.Tags = NormalizeTags(append(c.Tags, in.Tags...))
	}
	for name, value := range in.Vars {
		if value == "" {
			continue
		}
		if c.Vars == nil {
			c.Vars = make(map[string]string, len(in.Vars))
		}
		c.Vars[name] = value
	}
	return c
}

// Same reports whether two records say the same about a person, whatever their
// times and ids: an upsert of the same says "unchanged" and writes nothing.
func (c Contact) Same(d Contact) bool {
	return c.Name == d.Name && c.Phone == d.Phone && c.Email == d.Email &&
		c.ReferredBy == d.ReferredBy && c.Notes == d.Notes && c.Active == d.Active &&
		c.Consent == d.Consent && c.Basis == d.Basis && slices.Equal(c.Tags, d.Tags) && maps.Equal(c.Vars, d.Vars)
}

// LogValue logs the id and the redacted phone: nothing else about a person
// belongs into a log.
func (c Contact) LogValue() slog.Value {
	return slog.GroupValue(slog.Int64("id", c.ID), slog.String("phone", c.Phone.Redacted()))
}

// Group is a named set of contacts of one tenant.
type Group struct {
	ID          int64
	Name        string // unique in its tenant, without regard to case
	Description string
	Size        int64 // members; filled by the store, never written
	CreatedAt   time.Time
	UpdatedAt   time.Time
}

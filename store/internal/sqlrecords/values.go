package sqlrecords

import (
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strconv"
	"time"

	"github.com/alreasense/campaigns/campaign"
	"github.com/alreasense/campaigns/contact"
)

// Micros is an instant as it is stored.
func Micros(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMicro()
}

// Instant is what Micros was made from, in UTC, to the microsecond.
func Instant(us int64) time.Time {
	if us == 0 {
		return time.Time{}
	}
	return time.UnixMicro(us).UTC()
}

// Bool is a truth value as it is stored: 1 or 0.
func Bool(b bool) int64 {
	if b {
		return 1
	}
	return 0
}

// Reason is a reason as it is stored: JSON, or nothing for the zero value.
func Reason(r campaign.Reason) string {
	if r.IsZero() && len(r.Args) == 0 {
		return ""
	}
	if len(r.Args) == 0 && plain(string(r.Code)) {
		return `{"code":"` + string(r.Code) + `"}`
	}
	return mustJSON(r)
}

// ParseReason reads what Reason wrote.
func ParseReason(s string) (campaign.Reason, error) {
	const head, tail = `{"code":"`, `"}`
	if s == "" {
		return campaign.Reason{}, nil
	}
	if n := len(s) - len(tail); n >= len(head) && s[:len(head)] == head && s[n:] == tail && plain(s[len(head):n]) {
		return campaign.Reason{Code: campaign.Code(s[len(head):n])}, nil
	}
	var r campaign.Reason
	if err := json.Unmarshal([]byte(s), &r); err != nil {
		return r, unreadable("reason", err)
	}
	return r, nil
}

// plain reports whether a code needs no escapes in JSON.
func plain(s string) bool {
	for i := 0; i < len(s); i++ {
		if c := s[i]; (c < 'a' || c > 'z') && c != '_' && (c < '0' || c > '9') {
			return false
		}
	}
	return true
}

// Counts are counts as they are stored: JSON, or nothing where there is none.
func Counts(c campaign.Counts) string {
	if len(c) == 0 {
		return ""
	}
	return mustJSON(c)
}

// ParseCounts reads what Counts wrote.
func ParseCounts(s string) (campaign.Counts, error) {
	if s == "" {
		return nil, nil
	}
	var c campaign.Counts
	if err := json.Unmarshal([]byte(s), &c); err != nil {
		return nil, unreadable("counts", err)
	}
	return c, nil
}

// person is a contact.Contact as it is stored in an audience, but for the
// phone, which has a column of its own.
type person struct {
	ID         int64             `json:"id,omitempty"`
	Name       string            `json:"name,omitempty"`
	Email      string            `json:"email,omitempty"`
	ReferredBy string            `json:"referred_by,omitempty"`
	Tags       []string          `json:"tags,omitempty"`
	Vars       map[string]string `json:"vars,omitempty"`
	Notes      string            `json:"notes,omitempty"`
	Active     bool              `json:"active,omitempty"`
	Consent    string            `json:"consent,omitempty"`
	Basis      string            `json:"legal_basis,omitempty"`
	CreatedAt  int64             `json:"created_at,omitempty"`
	UpdatedAt  int64             `json:"updated_at,omitempty"`
}

// Person is the snapshot of a contact, without its phone, as it is stored.
func Person(c contact.Contact) string {
	return mustJSON(person{ID: c.ID, Name: c.Name, Email: c.Email, ReferredBy: c.ReferredBy, Tags: c.Tags, Vars: c.Vars,
		Notes: c.Notes, Active: c.Active, Consent: c.Consent, Basis: string(c.Basis), CreatedAt: Micros(c.CreatedAt), UpdatedAt: Micros(c.UpdatedAt)})
}

// ParsePerson reads what Person wrote, and puts the phone back.
func ParsePerson(s, phone string) (contact.Contact, error) {
	var p person
	if err := json.Unmarshal([]byte(s), &p); err != nil {
		return contact.Contact{}, unreadable("contact", err)
	}
	return contact.Contact{ID: p.ID, Name: p.Name, Phone: contact.Phone(phone), Email: p.Email, ReferredBy: p.ReferredBy,
		Tags: p.Tags, Vars: p.Vars, Notes: p.Notes, Active: p.Active, Consent: p.Consent, Basis: contact.Basis(p.Basis),
		CreatedAt: Instant(p.CreatedAt), UpdatedAt: Instant(p.UpdatedAt)}, nil
}

// IDs is a JSON array of integers, for INTS.
func IDs[T ~int64](ids []T) string {
	b := make([]byte, 0, 2+8*len(ids))
	b = append(b, '[')
	for i, id := range ids {
		if i > 0 {
			b = append(b, ',')
		}
		b = strconv.AppendInt(b, int64(id), 10)
	}
	return string(append(b, ']'))
}

// hexes is a JSON array of keys, for BLOBS.
func hexes(keys []campaign.SuppressionKey) string {
	b := make([]byte, 0, 2+(2*len(campaign.SuppressionKey{})+3)*len(keys))
	b = append(b, '[')
	for i := range keys {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(b, '"')
		b = hex.AppendEncode(b, keys[i][:])
		b = append(b, '"')
	}
	return string(append(b, ']'))
}

// Texts is a JSON array of strings, for TEXTS.
func Texts[T ~string](ss []T) string {
	if ss == nil {
		return "[]"
	}
	return mustJSON(ss)
}

// mustJSON encodes values whose types cannot fail to be encoded.
func mustJSON(v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		panic(fmt.Sprintf("sqlrecords: %T has no JSON: %v", v, err))
	}
	return string(b)
}

func unreadable(what string, err error) error {
	return fmt.Errorf("sqlrecords: the stored %s is not readable, the row was written by something else: %w", what, err)
}

// ParseCalendar reads a calendar's JSON.
func ParseCalendar(s string, rev int64) (campaign.Calendar, error) {
	var c campaign.Calendar
	if err := json.Unmarshal([]byte(s), &c); err != nil {
		return c, unreadable("calendar", err)
	}
	c.Rev = rev
	return c, nil
}

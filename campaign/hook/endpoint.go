package hook

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/alreasense/campaigns/campaign"
	"github.com/alreasense/campaigns/campaign/document"
)

// Limits of what people write.
const (
	// MaxEndpoints is how many endpoints a tenant has at most.
	MaxEndpoints = 20
	// MaxURL is the longest address, in bytes.
	MaxURL = 2000
	// MaxTitle is the longest title, in characters.
	MaxTitle = 200
	// MaxTypes is how many patterns of types an endpoint has at most.
	MaxTypes = 50
)

// Endpoint is an address that is told of a tenant's events.
type Endpoint struct {
	// ID is letters and digits, and unique in the installation.
	ID     string
	Tenant campaign.Tenant
	// Rev is the revision of the settings.
	Rev int64
	Settings
	// Why it was disabled, if that was not done by a person, and when.
	Why        campaign.Reason
	DisabledAt time.Time
	// SecretAt is when its secret was drawn. The one before signs as well until
	// PreviousUntil.
	SecretAt, PreviousUntil time.Time

	CreatedAt, UpdatedAt time.Time
}

// Settings are what a person sets.
type Settings struct {
	URL   string
	Title string
	// Types of the events that it wants: "recipient.sent", or "recipient.*" for
	// all of that subject. None means every event.
	Types []string
	// Disabled endpoints are told nothing, and go on where they stood.
	Disabled bool
}

// wants reports whether an endpoint with these settings is told of an event.
func (s Settings) wants(t campaign.EventType) bool {
	return len(s.Types) == 0 || slices.ContainsFunc(s.Types, func(p string) bool { return matches(p, t) })
}

func matches(pattern string, t campaign.EventType) bool {
	if subject, all := strings.CutSuffix(pattern, "*"); all {
		return strings.HasPrefix(string(t), subject)
	}
	return pattern == string(t)
}

// The kinds of documents.
const (
	kindEndpoint = "hook.endpoint" // of a tenant, by ID
	kindState    = "hook.state"    // in the tenant "", by ID, with "=" and the tenant as Ref
	kindLease    = "hook.lease"    // in the tenant "", one
)

// record is what is kept of an endpoint.
type record struct {
	URL           string          `json:"url"`
	Title         string          `json:"title,omitempty"`
	Types         []string        `json:"types,omitempty"`
	Disabled      bool            `json:"disabled,omitempty"`
	Why           campaign.Reason `json:"why,omitzero"`
	DisabledAt    time.Time       `json:"disabled_at,omitzero"`
	Secret        []byte          `json:"secret"` // sealed
	SecretAt      time.Time       `json:"secret_at"`
	Previous      []byte          `json:"previous,omitempty"` // sealed
	PreviousUntil time.Time       `json:"previous_until,omitzero"`
	CreatedAt     time.Time       `json:"created_at"`
	UpdatedAt     time.Time       `json:"updated_at"`
}

func (r *record) settings() Settings {
	return Settings{URL: r.URL, Title: r.Title, Types: slices.Clone(r.Types), Disabled: r.Disabled}
}

func endpointOf(d document.Document, r record) Endpoint {
	return Endpoint{ID: d.Key, Tenant: campaign.Tenant(d.Tenant), Rev: d.Rev, Settings: r.settings(), Why: r.Why, DisabledAt: r.DisabledAt,
		SecretAt: r.SecretAt, PreviousUntil: r.PreviousUntil, CreatedAt: r.CreatedAt, UpdatedAt: r.UpdatedAt}
}

// sealOf is what a secret belongs to.
func sealOf(d document.Document) []string { return []string{"secret", d.Tenant, d.Key} }

// secrets opens the secrets that sign now, the newest first.
func (h *Hooks) secrets(d document.Document, r record, now time.Time) (all []Secret, err error) {
	sealed := [][]byte{r.Secret}
	if now.Before(r.PreviousUntil) {
		sealed = append(sealed, r.Previous)
	}
	for _, b := range sealed {
		s, err := h.box.Open(b, sealOf(d)...)
		if err != nil {
			return nil, err
		}
		all = append(all, Secret(s))
	}
	return all, nil
}

// state is how far an endpoint has been told. Only the process that delivers
// writes it.
type state struct {
	// After is the Seq up to which every event was dealt with: it is not
	// wanted, was accepted, or is among Late.
	After int64  `json:"after"`
	Late  []late `json:"late,omitempty"`
	// Settings is the revision of the settings that the failures were counted
	// under.
	Settings int64 `json:"settings,omitempty"`
	// Fails counts failures since the last event that was accepted, Since is
	// the first one's instant. Before NextAt nothing is tried.
	Fails  int       `json:"fails,omitempty"`
	Since  time.Time `json:"since,omitzero"`
	NextAt time.Time `json:"next_at,omitzero"`

	Accepted int64      `json:"accepted,omitempty"`
	GivenUp  int64      `json:"given_up,omitempty"`
	Recent   []Delivery `json:"recent,omitempty"`
}

// late is an event that will be tried again.
type late struct {
	Seq   int64     `json:"seq"`
	Tries int       `json:"tries"`
	First time.Time `json:"first"`
	At    time.Time `json:"at"`
}

// Delivery is one try.
type Delivery struct {
	// Event is the Seq of the event.
	Event int64              `json:"event"`
	Type  campaign.EventType `json:"type"`
	At    time.Time          `json:"at"`
	Took  time.Duration      `json:"took"`
	// Try counts from 1.
	Try int `json:"try"`
	// Status is that of the answer, 0 if there was none.
	Status int `json:"status,omitempty"`
	// Why it failed; zero if it was accepted.
	Why campaign.Reason `json:"why,omitzero"`
}

func decode(d document.Document, v any) error {
	if json.Unmarshal(d.Data, v) != nil {
		return fmt.Errorf("hook: a stored %s is not readable, it was written by something else", d.Kind)
	}
	return nil
}

func encode(v any) []byte {
	b, err := json.Marshal(v)
	if err != nil {
		panic(fmt.Sprintf("hook: %T has no JSON: %v", v, err))
	}
	return b
}

// missing turns the store's word for "there is none" into the engine's.
func missing(err error) error {
	if errors.Is(err, document.ErrNotFound) {
		return fmt.Errorf("hook: no webhook of that id: %w", campaign.ErrNotFound)
	}
	return err
}

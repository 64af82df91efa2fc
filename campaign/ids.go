package campaign

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/google/uuid"
)

// ID is a campaign's short number, as people say it: #12. It is unique in its
// store, over all tenants, and never used again.
type ID int64

// String prints the number as people write it: "#12".
func (id ID) String() string { return "#" + strconv.FormatInt(int64(id), 10) }

// InstanceID identifies an instance (one WhatsApp number) in its store.
type InstanceID int64

// MessageID identifies a message inside its campaign. It is never used again
// in that campaign, so a message may be edited, reordered or removed without
// touching the history of the others.
type MessageID int

// RecipientID is a campaign's recipient: its position in the audience, from 1,
// without gaps.
type RecipientID struct {
	Campaign ID
	Position int64
}

// String prints "#12/345".
func (r RecipientID) String() string { return fmt.Sprintf("%s/%d", r.Campaign, r.Position) }

// AttemptID identifies one try to send one message. It is random and never
// used again.
type AttemptID uuid.UUID

// String prints the id in the usual form of a UUID.
func (a AttemptID) String() string { return uuid.UUID(a).String() }

// IsZero reports whether the id is missing.
func (a AttemptID) IsZero() bool { return a == AttemptID{} }

// ParseAttemptID reads what AttemptID.String prints.
func ParseAttemptID(s string) (AttemptID, error) {
	u, err := uuid.Parse(strings.TrimSpace(s))
	if err != nil {
		return AttemptID{}, fmt.Errorf("campaign: %q is not an attempt id: %w", s, err)
	}
	return AttemptID(u), nil
}

// Tenant names one customer of an installation. Rows of different tenants
// never meet.
type Tenant string

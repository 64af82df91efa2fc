package contact

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// ErrNotFound is wrapped when an id or a phone is not this tenant's, or not
// anybody's: the two cannot be told apart.
var ErrNotFound = errors.New("contact: not found")

// ErrDuplicate is what every *DuplicateError wraps.
var ErrDuplicate = errors.New("contact: exists already")

// DuplicateError says that another contact has this phone, or another group
// this name. The API answers 409.
type DuplicateError struct {
	Field string // "phone" or "name"
	ID    int64  // the record that has it
}

// Error names the field and the other record, not the value.
func (e *DuplicateError) Error() string {
	return fmt.Sprintf("contact: %s is taken by record %d: edit that one", e.Field, e.ID)
}

// Unwrap makes errors.Is(err, ErrDuplicate) true.
func (e *DuplicateError) Unwrap() error { return ErrDuplicate }

// Store keeps the contacts and groups of one tenant: who holds a Store cannot
// name another tenant's rows. It is made for a million contacts, so nothing in
// it returns them all at once, and nothing counts them unless asked to.
//
// Every method takes the instant from its caller where a time is recorded,
// validates what it writes (errors wrap [ErrInvalid]), hands out and takes in
// copies, and is safe for concurrent use. A contact is found by its canonical
// phone, which is unique in the tenant. A context that has ended gives its
// error, and nothing is written. Package contacttest has the suite that checks
// all this.
//
// Opt-outs are not kept here: suppression stands above contacts and survives
// their deletion and re-import.
type Store interface {
	Book
	Finder
	Groups
	Members
}

// Holder is what a Store may be besides: it says how long one of its changes of
// many contacts may last. Who sends batches makes them as large as that allows,
// since each costs something however small it is, and adds members of one batch
// while the next is stored.
type Holder interface {
	// Hold is that time; 0 is none in particular. Whatever has to wait for the
	// end of a change waits so long. A Store that has a time lets AddMembers and
	// an upsert go on at once.
	Hold() time.Duration
}

// Book writes contacts.
type Book interface {
	// CreateContact stores c as a new contact and returns it with its ID, which
	// is greater than every ID given before, and its times. c.ID and its times
	// are ignored. A phone that is known gives a *DuplicateError.
	CreateContact(ctx context.Context, now time.Time, c Contact) (Contact, error)

	// UpdateContact reads a contact, lets edit change it, and stores it, all in
	// one transaction; edit may be called more than once and must have no other
	// effect. ID and CreatedAt cannot be changed. An error of edit is returned
	// as it is and nothing is stored. A phone that *another* contact has gives a
	// *DuplicateError: a contact is never its own duplicate.
	UpdateContact(ctx context.Context, now time.Time, id int64, edit func(*Contact) error) (Contact, error)

	// DeleteContact removes a contact and its memberships.
	DeleteContact(ctx context.Context, id int64) error

	// UpsertContacts creates the contacts whose phone is unknown and merges the
	// others into what is stored ([Contact.Merge]). It answers for each of cs,
	// in order; one that cannot be stored has its own Err and does not hold the
	// others. Of several with the same phone the later are merged into the
	// first. The error is for the whole call, and then nothing is stored.
	//
	// Callers send batches of about a thousand.
	UpsertContacts(ctx context.Context, now time.Time, cs []Contact) ([]Upserted, error)

	// AddContacts is UpsertContacts that leaves a contact whose phone is known
	// as it is: it is Unchanged. Of several of cs with the same phone the first
	// counts.
	AddContacts(ctx context.Context, now time.Time, cs []Contact) ([]Upserted, error)
}

// Upserted is what became of one contact of an upsert.
type Upserted struct {
	ID      int64
	Outcome Outcome
	Err     error // wraps ErrInvalid when Outcome is Rejected, else nil
}

// Outcome of one contact of an upsert.
type Outcome string

// Outcomes.
const (
	Created   Outcome = "created"
	Updated   Outcome = "updated"
	Unchanged Outcome = "unchanged" // it was there and said the same, or was to be left alone
	Rejected  Outcome = "rejected"  // invalid: see Err
)

// Finder reads contacts.
type Finder interface {
	// Contact returns one contact.
	Contact(ctx context.Context, id int64) (Contact, error)

	// ContactByPhone returns the contact with this canonical phone.
	ContactByPhone(ctx context.Context, p Phone) (Contact, error)

	// Contacts returns a page of the contacts that f selects, by rising ID. It
	// has fewer than p.Limit only when nothing is left. Use [All] to see
	// everything.
	Contacts(ctx context.Context, f Filter, p Page) ([]Contact, error)

	// CountContacts counts the contacts that f selects, each once. It stops
	// after most of them, unless most is 0 or the number is known without going
	// through them: of all, of a group, of a tag.
	CountContacts(ctx context.Context, f Filter, most int64) (Count, error)

	// Tags lists the tags in use in alphabetical order with the number of
	// contacts that have each.
	Tags(ctx context.Context) ([]TagCount, error)
}

// Count is how many there are: N, or more than that.
type Count struct {
	N    int64
	More bool
}

// TagCount is a tag and how many contacts have it.
type TagCount struct {
	Tag   string
	Count int64
}

// Groups writes and reads groups.
type Groups interface {
	// CreateGroup stores a new, empty group. A name that is known, without
	// regard to case and accents ([Fold]), gives a *DuplicateError.
	CreateGroup(ctx context.Context, now time.Time, g Group) (Group, error)

	// Group returns one group with its size.
	Group(ctx context.Context, id int64) (Group, error)

	// UpdateGroup works as UpdateContact does.
	UpdateGroup(ctx context.Context, now time.Time, id int64, edit func(*Group) error) (Group, error)

	// DeleteGroup removes a group; its members stay contacts.
	DeleteGroup(ctx context.Context, id int64) error

	// Groups returns a page of the groups by rising ID, with their sizes.
	Groups(ctx context.Context, p Page) ([]Group, error)
}

// Members puts contacts into groups. A membership is there or not: adding
// twice or removing what is not there changes nothing.
type Members interface {
	// AddMembers adds contacts to a group and returns how many were not in it
	// before. A group or an id that is not this tenant's gives ErrNotFound, and
	// then none is added.
	AddMembers(ctx context.Context, now time.Time, group int64, contacts []int64) (int64, error)

	// RemoveMembers takes contacts out of a group and returns how many were in
	// it. Ids that are not in it, known or not, are passed over; a group that is
	// not this tenant's gives ErrNotFound.
	RemoveMembers(ctx context.Context, now time.Time, group int64, contacts []int64) (int64, error)

	// GroupsOf lists the groups that a contact is in, by rising ID, with their
	// sizes. A contact that is not this tenant's gives ErrNotFound.
	GroupsOf(ctx context.Context, contact int64) ([]Group, error)
}

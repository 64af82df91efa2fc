package document

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"
)

// Errors that stores return, wrapped; test them with errors.Is.
var (
	// ErrNotFound: no such document in this tenant.
	ErrNotFound = errors.New("document: not found")
	// ErrExists: there is a document of this name, and the change wanted none.
	ErrExists = errors.New("document: exists already")
	// ErrStale: the document was changed since it was read.
	ErrStale = errors.New("document: changed meanwhile, read it again")
	// ErrInvalid: a name or a value that no store takes.
	ErrInvalid = errors.New("document: not valid")
)

// Limits of a document.
const (
	// MaxName is the longest tenant, key and Ref, in bytes: room for a name of a
	// hundred characters of any script.
	MaxName = 500
	// MaxKind is the longest kind, in bytes.
	MaxKind = 40
	// MaxData is the longest value, in bytes.
	MaxData = 1 << 20
	// MaxChanges is how many changes one Apply takes.
	MaxChanges = 100
)

// Document is a small record.
type Document struct {
	// Tenant, Kind and Key are its name, which is unique and never changes. A
	// kind is lower case letters, digits and "._-". A tenant may be empty.
	Tenant, Kind, Key string
	// Rev is the revision, given by the store. It changes with each change, and
	// no document ever gets one that it or another had before: one that was
	// removed and made again does not pass for the old one. 0 is a document that
	// is not stored yet.
	Rev int64
	// Ref is a second name to list it by: whose it is, or what it is about. It
	// need not be unique, may change, and may be empty.
	Ref string
	// Data is the value. None and an empty one are the same.
	Data []byte
	// ExpiresAt is when Purge may remove the document; zero is never. It is
	// kept to the microsecond and returned in UTC. Reading does not look at
	// it: see Expired.
	ExpiresAt time.Time
}

// Expired reports whether the document has expired: from ExpiresAt on.
func (d Document) Expired(now time.Time) bool {
	return !d.ExpiresAt.IsZero() && !now.Before(d.ExpiresAt)
}

// Clone returns a copy that shares nothing.
func (d Document) Clone() Document {
	d.Data = bytes.Clone(d.Data)
	return d
}

// Validate returns an error that wraps ErrInvalid if no store takes the
// document. It names the field, not its content.
func (d Document) Validate() error {
	if d.Kind == "" || len(d.Kind) > MaxKind || strings.Trim(d.Kind, "abcdefghijklmnopqrstuvwxyz0123456789._-") != "" {
		return fmt.Errorf("%w: a kind is up to %d lower case letters, digits and ._-", ErrInvalid, MaxKind)
	}
	for _, f := range []struct{ name, text string }{{"tenant", d.Tenant}, {"key", d.Key}, {"ref", d.Ref}} {
		switch {
		case len(f.text) > MaxName:
			return fmt.Errorf("%w: the %s of a %s has more than %d bytes", ErrInvalid, f.name, d.Kind, MaxName)
		case !utf8.ValidString(f.text), strings.IndexByte(f.text, 0) >= 0:
			return fmt.Errorf("%w: the %s of a %s is no text", ErrInvalid, f.name, d.Kind)
		}
	}
	switch {
	case d.Key == "":
		return fmt.Errorf("%w: a %s has no key", ErrInvalid, d.Kind)
	case len(d.Data) > MaxData:
		return fmt.Errorf("%w: a %s has more than %d bytes", ErrInvalid, d.Kind, MaxData)
	case d.Rev < 0 && d.Rev != AnyRev:
		return fmt.Errorf("%w: a %s has a negative revision", ErrInvalid, d.Kind)
	}
	return nil
}

// String is the kind and the revision: keys can be secrets.
func (d Document) String() string { return fmt.Sprintf("%s@%d", d.Kind, d.Rev) }

// GoString is what %#v prints: the same.
func (d Document) GoString() string { return d.String() }

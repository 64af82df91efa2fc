package account

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/alreasense/campaigns/campaign"
	"github.com/alreasense/campaigns/campaign/document"
)

// The kinds of documents. All of them stand in the tenant "", since whoever
// signs in has not said yet whose customer he is.
const (
	kindTenant  = "account.tenant"  // by refOf(tenant)
	kindUser    = "account.user"    // by ID, Ref: the tenant
	kindEmail   = "account.email"   // by address, says whose it is
	kindSession = "account.session" // by name, Ref: the user
	kindToken   = "account.token"   // by name, Ref: the tenant
	kindLink    = "account.link"    // by name, Ref: the tenant
	kindTries   = "account.tries"   // by account or address
)

// refOf is a tenant as a key or a Ref, neither of which may be empty.
func refOf(t campaign.Tenant) string { return "=" + string(t) }

// row is a document with its value decoded.
type row[T any] struct {
	document.Document
	V T
}

// newRow is a document that does not exist yet.
func newRow[T any](kind, key, ref string, v T) row[T] {
	return row[T]{document.Document{Kind: kind, Key: key, Ref: ref}, v}
}

func (r row[T]) put() document.Change {
	b, err := json.Marshal(r.V)
	if err != nil {
		panic(fmt.Sprintf("account: %T has no JSON: %v", r.V, err))
	}
	r.Data = b
	return document.Put(r.Document)
}

func decodeRow[T any](d document.Document) (r row[T], err error) {
	r.Document = d
	if err := json.Unmarshal(d.Data, &r.V); err != nil {
		// The error of the decoder can quote the record.
		return r, fmt.Errorf("account: a stored %s is not readable, it was written by something else", d.Kind)
	}
	return r, nil
}

// load reads one row. What does not exist wraps campaign.ErrNotFound.
func load[T any](ctx context.Context, a *Accounts, kind, key string) (row[T], error) {
	if key == "" {
		return row[T]{}, missing(kind)
	}
	d, err := a.store.Get(ctx, "", kind, key)
	if err != nil {
		if errors.Is(err, document.ErrNotFound) {
			err = missing(kind)
		}
		return row[T]{}, err
	}
	return decodeRow[T](d)
}

func missing(kind string) error {
	return fmt.Errorf("account: no such %s: %w", strings.TrimPrefix(kind, "account."), campaign.ErrNotFound)
}

// list reads all rows of a kind that have a ref.
func list[T any](ctx context.Context, a *Accounts, kind, ref string) (rows []row[T], err error) {
	for d, err := range document.All(ctx, a.store, document.Query{Kind: kind, Ref: ref, Limit: 1000}) {
		if err != nil {
			return nil, err
		}
		r, err := decodeRow[T](d)
		if err != nil {
			return nil, err
		}
		rows = append(rows, r)
	}
	return rows, nil
}

// retries is how often a change is made from fresh rows while others win.
const retries = 8

// change runs f, which reads rows and applies a change of them, again while
// others change them meanwhile.
func change(f func() error) error {
	for try := 1; ; try++ {
		err := f()
		if !errors.Is(err, document.ErrStale) {
			return err
		}
		if try == retries {
			return fmt.Errorf("account: %w: %w", campaign.ErrStale, err)
		}
	}
}

// tenantRecord is what is kept of a tenant.
type tenantRecord struct {
	Title     string    `json:"title,omitempty"`
	Disabled  bool      `json:"disabled,omitempty"`
	CreatedAt time.Time `json:"created_at"`
}

// userRecord is what is kept of a user.
type userRecord struct {
	Tenant     campaign.Tenant `json:"tenant"`
	Email      string          `json:"email"`
	Name       string          `json:"name,omitempty"`
	Role       campaign.Role   `json:"role"`
	Disabled   bool            `json:"disabled,omitempty"`
	Password   string          `json:"password"`
	Epoch      int64           `json:"epoch"` // sessions of an earlier one have ended
	CreatedAt  time.Time       `json:"created_at"`
	PasswordAt time.Time       `json:"password_at"`
	SignedInAt time.Time       `json:"signed_in_at,omitzero"`
	Known      []string        `json:"known,omitempty"` // addresses of sign-ins, the last one first
}

// sessionRecord is what is kept of a session.
type sessionRecord struct {
	User      UserID    `json:"user"`
	Epoch     int64     `json:"epoch"`
	Hash      []byte    `json:"hash"`
	CreatedAt time.Time `json:"created_at"`
	UsedAt    time.Time `json:"used_at"`
	Address   string    `json:"address,omitempty"`
	Agent     string    `json:"agent,omitempty"`
}

// tokenRecord is what is kept of an API token.
type tokenRecord struct {
	Tenant    campaign.Tenant `json:"tenant"`
	Title     string          `json:"title"`
	Role      campaign.Role   `json:"role"`
	Hash      []byte          `json:"hash"`
	By        string          `json:"by"`
	CreatedAt time.Time       `json:"created_at"`
	UsedAt    time.Time       `json:"used_at,omitzero"`
}

// linkRecord is what is kept of a link.
type linkRecord struct {
	Purpose   Purpose         `json:"purpose"`
	Tenant    campaign.Tenant `json:"tenant"`
	Hash      []byte          `json:"hash"`
	By        string          `json:"by"`
	Email     string          `json:"email,omitempty"`
	Name      string          `json:"name,omitempty"`
	Role      campaign.Role   `json:"role,omitempty"`
	User      UserID          `json:"user,omitempty"`
	First     bool            `json:"first,omitempty"`
	CreatedAt time.Time       `json:"created_at"`
	// Foreign: By is none of the users and tokens here, but somebody of whom the
	// host of the library knows.
	Foreign bool `json:"foreign,omitempty"`
	// PasswordAt is when the password that it replaces was set.
	PasswordAt time.Time `json:"password_at,omitzero"`
}

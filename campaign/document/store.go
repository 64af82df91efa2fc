package document

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"
	"strings"
	"time"
)

// Store keeps documents. Its methods are synchronous, safe for concurrent use,
// and take and return copies. What Apply has returned without an error is
// durable. No method asks a clock.
//
// Errors wrap the sentinels of this package. A store that cannot work (closed,
// unreachable, full) has errors of its own, and a context that has ended gives
// its error; then nothing was changed, unless the store's own word is that the
// answer to a commit was lost.
type Store interface {
	// Get returns one document, expired or not.
	Get(ctx context.Context, tenant, kind, key string) (Document, error)

	// List returns a page of the documents that q selects, by rising key in
	// the order of its bytes. It has fewer than the limit only when nothing is
	// left. See All.
	List(ctx context.Context, q Query) ([]Document, error)

	// Apply makes all the changes in one transaction, or none of them, and
	// returns the documents as they now stand, in the order of the changes:
	// those that were put with their new revisions, those that were deleted as
	// they were given. No two changes may have the same name, and there are at
	// most MaxChanges. See Put and Delete for what each of them asks for.
	Apply(ctx context.Context, changes ...Change) ([]Document, error)

	// Purge removes up to max documents, of any tenant, that have expired at
	// now, and returns how many it removed.
	Purge(ctx context.Context, now time.Time, max int) (int, error)
}

// AnyRev as the revision of a change stands for whatever there is.
const AnyRev int64 = -1

// Change is one change of an Apply. Make it with Put or Delete.
type Change struct {
	// Document is what is put, or names what is deleted.
	Document Document
	// Remove tells a deletion.
	Remove bool
}

// Put stores a document. Its revision says what it replaces: 0 nothing
// (ErrExists if there is one), AnyRev whatever there is or is not, another one
// that revision of it (ErrStale if there is another, ErrNotFound if there is
// none).
func Put(d Document) Change { return Change{Document: d} }

// Delete removes a document; only its name and its revision count. If there is
// none it fails with ErrNotFound, and with AnyRev it does nothing. If there is
// another revision it fails with ErrStale.
func Delete(d Document) Change { return Change{Document: d, Remove: true} }

// Name refers to a document without its value: Delete(Name(…)).
func Name(tenant, kind, key string) Document {
	return Document{Tenant: tenant, Kind: kind, Key: key, Rev: AnyRev}
}

// Query selects documents of one kind in one tenant.
type Query struct {
	Tenant, Kind string
	// Ref, if it is not empty, restricts to documents that have it.
	Ref string
	// After continues a list: only larger keys.
	After string
	// Limit defaults to 100 and is at most 1000.
	Limit int
}

// PageLimit is the number of documents that the query returns at most.
func (q Query) PageLimit() int {
	switch {
	case q.Limit <= 0:
		return 100
	case q.Limit > 1000:
		return 1000
	}
	return q.Limit
}

// Order checks the changes of one Apply and returns their indexes in the order
// of their names, in which stores apply them: two transactions that touch the
// same rows then wait for each other and not across. It is for stores.
func Order(changes []Change) ([]int, error) {
	if len(changes) > MaxChanges {
		return nil, fmt.Errorf("%w: %d changes at once, more than %d", ErrInvalid, len(changes), MaxChanges)
	}
	order := make([]int, len(changes))
	for i := range changes {
		if err := changes[i].Document.Validate(); err != nil {
			return nil, err
		}
		if changes[i].Remove && changes[i].Document.Rev == 0 {
			return nil, fmt.Errorf("%w: a %s without a revision cannot be deleted", ErrInvalid, changes[i].Document.Kind)
		}
		order[i] = i
	}
	by := func(i, j int) int { return compare(changes[i].Document, changes[j].Document) }
	slices.SortFunc(order, by)
	for i := 1; i < len(order); i++ {
		if by(order[i-1], order[i]) == 0 {
			return nil, fmt.Errorf("%w: a %s is changed twice at once", ErrInvalid, changes[order[i]].Document.Kind)
		}
	}
	return order, nil
}

func compare(a, b Document) int {
	return cmp.Or(strings.Compare(a.Tenant, b.Tenant), strings.Compare(a.Kind, b.Kind), strings.Compare(a.Key, b.Key))
}

// Save puts one document and returns it with its new revision.
func Save(ctx context.Context, s Store, d Document) (Document, error) {
	ds, err := s.Apply(ctx, Put(d))
	if err != nil {
		return Document{}, err
	}
	return ds[0], nil
}

// tries is how often Update begins again.
const tries = 16

// Update reads a document, lets edit change it, and puts it, again from the
// beginning while others change it meanwhile, at most 16 times. edit may be
// called more than once and must have no other effect; its error is returned as
// it is and nothing is stored.
func Update(ctx context.Context, s Store, tenant, kind, key string, edit func(*Document) error) (Document, error) {
	for try := 1; ; try++ {
		d, err := s.Get(ctx, tenant, kind, key)
		if err != nil {
			return Document{}, err
		}
		rev := d.Rev
		if err := edit(&d); err != nil {
			return Document{}, err
		}
		d.Tenant, d.Kind, d.Key, d.Rev = tenant, kind, key, rev
		d, err = Save(ctx, s, d)
		if err == nil || !errors.Is(err, ErrStale) || try == tries {
			return d, err
		}
	}
}

// All yields every document that q selects, page by page: not one snapshot,
// but what stood there all along is in it. It ends at the first error.
func All(ctx context.Context, s Store, q Query) iter.Seq2[Document, error] {
	return func(yield func(Document, error) bool) {
		for {
			page, err := s.List(ctx, q)
			if err != nil {
				yield(Document{}, err)
				return
			}
			for _, d := range page {
				if !yield(d, nil) {
					return
				}
			}
			if len(page) < q.PageLimit() {
				return
			}
			q.After = page[len(page)-1].Key
		}
	}
}

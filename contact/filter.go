package contact

import (
	"context"
	"iter"
	"slices"
	"strings"
)

// Filter selects contacts. Its zero value selects all; what is set must all
// hold. A selection is a set: a contact that several tags select is in it once.
type Filter struct {
	TagsAny []string // has at least one of them
	TagsAll []string // has every one of them
	Group   int64    // is a member of this group; 0 asks for none
	// Search is looked for in the name and the e-mail, without regard to case
	// and accents, and, if it looks like a number, among the phone's digits.
	Search string
	Active Activity
}

// Activity selects by Contact.Active.
type Activity string

// Activities.
const (
	AnyActivity  Activity = ""
	OnlyActive   Activity = "active"
	OnlyInactive Activity = "inactive"
)

// Page asks for the records after an ID, which is the ID of the last record of
// the page before, or 0.
type Page struct {
	After int64
	Limit int // below 1: DefaultLimit; above MaxLimit: MaxLimit
}

// Sizes of pages.
const (
	DefaultLimit = 50
	MaxLimit     = 5_000
)

// Size is the limit that holds.
func (p Page) Size() int {
	switch {
	case p.Limit < 1:
		return DefaultLimit
	case p.Limit > MaxLimit:
		return MaxLimit
	}
	return p.Limit
}

// All walks through every contact that f selects, by rising ID, page after page
// in short reads, so that it neither holds a transaction open nor memory for
// more than a page. A contact that is there from the beginning to the end is
// seen once; one that is created meanwhile may be seen. An error ends the walk
// and comes with a zero Contact.
func All(ctx context.Context, from Finder, f Filter) iter.Seq2[Contact, error] {
	return func(yield func(Contact, error) bool) {
		p := Page{Limit: 1_000}
		for {
			cs, err := from.Contacts(ctx, f, p)
			if err != nil {
				yield(Contact{}, err)
				return
			}
			for _, c := range cs {
				if !yield(c, nil) {
					return
				}
			}
			if len(cs) < p.Limit {
				return
			}
			p.After = cs[len(cs)-1].ID
		}
	}
}

// Normal returns the filter as stores compare it: tags normalised, the search
// folded ([Filter.SearchKey]).
func (f Filter) Normal() Filter {
	f.TagsAny = NormalizeTags(f.TagsAny)
	f.TagsAll = NormalizeTags(f.TagsAll)
	f.Search = f.SearchKey()
	return f
}

// SearchKey is what must be found, as it stands, within [Contact.SearchKey]; a
// store escapes it where its language has wildcards. A search of at least three
// digits and nothing but digits and formatting is reduced to its digits, so
// that "(11) 90000" finds +5511900001234.
func (f Filter) SearchKey() string {
	s := Fold(f.Search)
	digits := make([]byte, 0, len(s))
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case isDigit(c):
			digits = append(digits, c)
		case strings.IndexByte("+-(). ", c) < 0:
			return s
		}
	}
	if len(digits) < 3 {
		return s
	}
	return string(digits)
}

// SearchKey is the text in which searches are made, to be stored beside the
// contact: folded name, folded e-mail and the phone's digits, one on a line.
func (c Contact) SearchKey() string {
	return Fold(c.Name) + "\n" + Fold(c.Email) + "\n" + c.Phone.Digits()
}

// Matches reports whether the filter selects c. Membership in f.Group is the
// store's to know. This is the rule; a store that selects in SQL gives the same
// answer.
func (f Filter) Matches(c Contact, member bool) bool {
	if f.Group != 0 && !member {
		return false
	}
	if f.Active == OnlyActive && !c.Active || f.Active == OnlyInactive && c.Active {
		return false
	}
	has := func(tag string) bool { return slices.Contains(c.Tags, tag) }
	if any := NormalizeTags(f.TagsAny); len(any) > 0 && !slices.ContainsFunc(any, has) {
		return false
	}
	for _, tag := range NormalizeTags(f.TagsAll) {
		if !has(tag) {
			return false
		}
	}
	key := f.SearchKey()
	return key == "" || strings.Contains(c.SearchKey(), key)
}

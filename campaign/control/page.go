package control

import (
	"context"
	"net/url"
	"strconv"
)

// Page is one page of a list.
type Page[T any] struct {
	Count    *int64  `json:"count" doc:"How many there are on all pages; null where that is not known without counting them."`
	Next     *string `json:"next" doc:"The address of the next page; null on the last."`
	Previous *string `json:"previous" doc:"The address of the page before; null on the first, and in lists that go by cursor."`
	Results  []T     `json:"results"`
}

// ByNumber asks for a page of a short list.
type ByNumber struct {
	Page     int `query:"page" minimum:"1" maximum:"1000000" default:"1" doc:"The page, from 1."`
	PageSize int `query:"page_size" minimum:"1" doc:"Rows on a page. What is above the server's limit means the limit."`
}

// ByCursor asks for a page of a long list.
type ByCursor struct {
	Cursor   int64 `query:"cursor" minimum:"0" doc:"Where to go on, from the next of the page before."`
	PageSize int   `query:"page_size" minimum:"1" doc:"Rows on a page. What is above the server's limit means the limit."`
}

func (a *api) size(asked int) int {
	switch {
	case asked <= 0:
		return a.Limits.PageSize
	case asked > a.Limits.MaxPageSize:
		return a.Limits.MaxPageSize
	}
	return asked
}

// skip is how many rows lie before the page.
func (a *api) skip(p ByNumber) int { return (max(p.Page, 1) - 1) * a.size(p.PageSize) }

// numbered makes a page of a list whose length is known.
func numbered[T any](a *api, ctx context.Context, p ByNumber, count int64, results []T) *pageOf[T] {
	out := Page[T]{Count: &count, Results: results}
	if int64(a.skip(p)+a.size(p.PageSize)) < count {
		out.Next = a.link(ctx, "page", strconv.Itoa(max(p.Page, 1)+1))
	}
	if p.Page > 1 {
		out.Previous = a.link(ctx, "page", strconv.Itoa(p.Page-1))
	}
	return page(out)
}

// sliced makes a page of a list that is there as a whole.
func sliced[T any](a *api, ctx context.Context, p ByNumber, all []T) *pageOf[T] {
	from := min(a.skip(p), len(all))
	to := min(from+a.size(p.PageSize), len(all))
	return numbered(a, ctx, p, int64(len(all)), all[from:to])
}

// continued makes a page of a list that goes by cursor: rows were asked for one
// more than fit, and after is where the page ends.
func continued[T any](a *api, ctx context.Context, p ByCursor, count *int64, rows []T, after func(T) int64) *pageOf[T] {
	size := a.size(p.PageSize)
	out := Page[T]{Count: count, Results: rows}
	if len(rows) > size {
		out.Results = rows[:size]
		out.Next = a.link(ctx, "cursor", strconv.FormatInt(after(rows[size-1]), 10))
	} else if count == nil && p.Cursor == 0 {
		n := int64(len(rows))
		out.Count = &n
	}
	return page(out)
}

// pageOf is the answer that holds a page.
type pageOf[T any] struct{ Body Page[T] }

func page[T any](p Page[T]) *pageOf[T] {
	if p.Results == nil {
		p.Results = []T{}
	}
	return &pageOf[T]{Body: p}
}

// link is the address of this request with one parameter changed.
func (a *api) link(ctx context.Context, name, value string) *string {
	v := visitOf(ctx)
	q := v.r.URL.Query()
	q.Set(name, value)
	if name == "cursor" {
		q.Del("page")
	}
	u := url.URL{Path: v.base, RawQuery: q.Encode()}
	if a.PublicURL != "" {
		u.Path = v.r.URL.Path
	}
	s := a.PublicURL + u.String()
	return &s
}

package documenttest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/alreasense/campaigns/campaign/document"
)

// Store checks that the stores that open returns keep the contract of
// document.Store. Open is called once for each rule and returns an empty store;
// it registers what must be closed with t.Cleanup. A broken rule prints the
// reason why the rule exists.
func Store(t *testing.T, open func(t *testing.T) document.Store) {
	for _, r := range slices.Concat(rules, together) {
		t.Run(r.name, func(t *testing.T) {
			k := &kit{T: t, Store: open(t), ctx: t.Context()}
			r.check(k)
			if t.Failed() {
				t.Logf("the rule: %s", r.why)
			}
		})
	}
}

type rule struct {
	name, why string
	check     func(k *kit)
}

// now is an instant in a zone that is not UTC.
var now = time.Date(2026, 3, 2, 9, 0, 0, 123456789, time.FixedZone("BRT", -3*3600))

var rules = []rule{
	{"put and get", "what is written is what is read", func(k *kit) {
		all := make([]byte, 256)
		for i := range all {
			all[i] = byte(i)
		}
		in := document.Document{Tenant: "acme", Kind: "t.kind-1_a", Key: "São Paulo 日本 'x' % _", Ref: "réf", Data: all, ExpiresAt: now}
		d := k.save(in)
		k.is(d.Rev > 0, "the store gives a revision, got %d", d.Rev)
		for what, got := range map[string]document.Document{"put": d, "get": k.get("acme", "t.kind-1_a", in.Key)} {
			k.is(got.Tenant == in.Tenant && got.Kind == in.Kind && got.Key == in.Key && got.Ref == in.Ref && got.Rev == d.Rev &&
				bytes.Equal(got.Data, all), "%s gives %+v of %d bytes", what, got.Key, len(got.Data))
			k.is(got.ExpiresAt.Equal(now.Truncate(time.Microsecond)) && got.ExpiresAt.Location() == time.UTC,
				"%s gives the expiry %v; want it in UTC, to the microsecond", what, got.ExpiresAt)
		}
		d = k.save(document.Document{Kind: "a", Key: "k"})
		got := k.get("", "a", "k")
		k.is(got.Rev == d.Rev && len(got.Data) == 0 && got.ExpiresAt.IsZero() && got.Ref == "", "an empty one: %+v", got)
		big := k.save(document.Document{Kind: "a", Key: "big", Data: bytes.Repeat([]byte{7}, document.MaxData)})
		k.is(len(k.get("", "a", "big").Data) == document.MaxData && big.Rev > d.Rev, "the largest one")
	}},
	{"names", "a name belongs to its tenant and its kind: another's looks like none", func(k *kit) {
		k.save(document.Document{Tenant: "acme", Kind: "a", Key: "k"})
		for _, n := range []document.Document{
			document.Name("", "a", "k"), document.Name("beta", "a", "k"), document.Name("Acme", "a", "k"),
			document.Name("acme", "b", "k"), document.Name("acme", "a", "K"), document.Name("acme", "a", ""),
		} {
			_, err := k.Get(k.ctx, n.Tenant, n.Kind, n.Key)
			k.wraps(err, document.ErrNotFound)
		}
		k.save(document.Document{Tenant: "beta", Kind: "a", Key: "k", Data: []byte("theirs")})
		k.save(document.Document{Tenant: "acme", Kind: "b", Key: "k", Data: []byte("other")})
		k.is(len(k.get("acme", "a", "k").Data) == 0, "the same key elsewhere is another document")
	}},
	{"compare and set", "two writers cannot overwrite each other without noticing", func(k *kit) {
		a := k.save(document.Document{Kind: "a", Key: "k", Data: []byte("1"), Ref: "x", ExpiresAt: now})
		_, err := document.Save(k.ctx, k, document.Document{Kind: "a", Key: "k"})
		k.wraps(err, document.ErrExists)
		b := a
		b.Data, b.Ref, b.ExpiresAt = []byte("2"), "", time.Time{}
		b = k.save(b)
		k.is(b.Rev != a.Rev && b.Rev > 0, "a change gives a new revision")
		got := k.get("", "a", "k")
		k.is(string(got.Data) == "2" && got.Ref == "" && got.ExpiresAt.IsZero() && got.Rev == b.Rev, "everything is replaced: %+v", got)
		_, err = document.Save(k.ctx, k, a)
		k.wraps(err, document.ErrStale)
		_, err = k.Apply(k.ctx, document.Delete(a))
		k.wraps(err, document.ErrStale)
		missing := document.Document{Kind: "a", Key: "none", Rev: b.Rev}
		_, err = document.Save(k.ctx, k, missing)
		k.wraps(err, document.ErrNotFound)
		_, err = k.Apply(k.ctx, document.Delete(missing))
		k.wraps(err, document.ErrNotFound)
		k.is(string(k.get("", "a", "k").Data) == "2", "nothing of that was stored")
	}},
	{"delete", "a document that was made again does not pass for the old one", func(k *kit) {
		a := k.save(document.Document{Kind: "a", Key: "k"})
		k.apply(document.Delete(a))
		_, err := k.Get(k.ctx, "", "a", "k")
		k.wraps(err, document.ErrNotFound)
		k.is(len(k.list(document.Query{Kind: "a"})) == 0, "a deleted document is listed")
		b := k.save(document.Document{Kind: "a", Key: "k", Data: []byte("new")})
		k.is(b.Rev != a.Rev, "a revision is given twice")
		_, err = document.Save(k.ctx, k, a)
		k.wraps(err, document.ErrStale)
		_, err = k.Apply(k.ctx, document.Delete(a))
		k.wraps(err, document.ErrStale)
		k.is(string(k.get("", "a", "k").Data) == "new", "the new one stays")
	}},
	{"any revision", "whoever does not care what is there need not read it", func(k *kit) {
		d := document.Document{Kind: "a", Key: "k", Rev: document.AnyRev, Data: []byte("1")}
		first := k.save(d)
		k.is(first.Rev > 0, "the first: revision %d", first.Rev)
		d.Data = []byte("2")
		second := k.save(d)
		k.is(second.Rev != first.Rev && second.Rev > 0, "the second: revision %d", second.Rev)
		k.is(string(k.get("", "a", "k").Data) == "2", "the second is there")
		k.apply(document.Delete(document.Name("", "a", "k")))
		k.apply(document.Delete(document.Name("", "a", "k")))
		_, err := k.Get(k.ctx, "", "a", "k")
		k.wraps(err, document.ErrNotFound)
	}},
	{"all or none", "an invitation is used up in the transaction that makes the account, or not at all", func(k *kit) {
		a := k.save(document.Document{Tenant: "acme", Kind: "a", Key: "a", Data: []byte("1")})
		b := k.save(document.Document{Tenant: "acme", Kind: "a", Key: "b"})
		c := a
		c.Data = []byte("2")
		stale := b
		k.apply(document.Put(b))
		for _, bad := range []document.Change{
			document.Put(stale), document.Delete(stale), document.Put(document.Document{Tenant: "acme", Kind: "a", Key: "b"}),
			document.Put(document.Document{Tenant: "acme", Kind: "a", Key: "zz", Rev: 1}), document.Put(document.Document{Kind: "a", Key: "aa", Rev: 1}),
		} {
			_, err := k.Apply(k.ctx, document.Put(c), bad, document.Put(document.Document{Tenant: "new", Kind: "a", Key: "n"}))
			k.is(err != nil, "a change that must fail did not")
			k.is(string(k.get("acme", "a", "a").Data) == "1", "a part of a failed call was stored")
			_, err = k.Get(k.ctx, "new", "a", "n")
			k.wraps(err, document.ErrNotFound)
		}
		after := k.apply(document.Delete(k.get("acme", "a", "b")), document.Put(c), document.Put(document.Document{Kind: "z", Key: "z"}))
		k.is(len(after) == 3 && after[0].Key == "b" && after[1].Key == "a" && after[2].Key == "z", "the results are in the order of the changes: %v", after)
		k.is(after[1].Rev == k.get("acme", "a", "a").Rev && after[1].Rev != a.Rev && after[2].Rev > 0, "with the new revisions")
		k.apply()
	}},
	{"invalid", "a store is the last who can refuse what another store could not keep", func(k *kit) {
		long := string(bytes.Repeat([]byte{'x'}, document.MaxName+1))
		for what, d := range map[string]document.Document{
			"no kind": {Key: "k"}, "no key": {Kind: "a"}, "a kind in capitals": {Kind: "A", Key: "k"}, "a long kind": {Kind: long[:document.MaxKind+1], Key: "k"},
			"a long key": {Kind: "a", Key: long}, "a long tenant": {Tenant: long, Kind: "a", Key: "k"}, "a long ref": {Kind: "a", Key: "k", Ref: long},
			"a NUL": {Kind: "a", Key: "k\x00"}, "no text": {Kind: "a", Key: "k", Ref: "\xff"}, "a negative revision": {Kind: "a", Key: "k", Rev: -2},
			"large data": {Kind: "a", Key: "k", Data: make([]byte, document.MaxData+1)},
		} {
			_, err := document.Save(k.ctx, k, d)
			k.is(errors.Is(err, document.ErrInvalid), "%s: %v", what, err)
		}
		d := document.Document{Kind: "a", Key: "k"}
		_, err := k.Apply(k.ctx, document.Put(d), document.Put(d))
		k.wraps(err, document.ErrInvalid)
		_, err = k.Apply(k.ctx, document.Delete(d))
		k.wraps(err, document.ErrInvalid)
		_, err = k.Apply(k.ctx, make([]document.Change, document.MaxChanges+1)...)
		k.wraps(err, document.ErrInvalid)
		k.is(len(k.list(document.Query{Kind: "a"})) == 0, "nothing was stored")
	}},
	{"copies", "a caller that changes what it holds does not change what is stored", func(k *kit) {
		in := document.Document{Kind: "a", Key: "k", Data: []byte("stored")}
		d := k.save(in)
		in.Data[0], d.Data[1] = 'X', 'X'
		got := k.get("", "a", "k")
		k.is(string(got.Data) == "stored", "read %q", got.Data)
		got.Data[0] = 'X'
		k.list(document.Query{Kind: "a"})[0].Data[1] = 'X'
		k.is(string(k.get("", "a", "k").Data) == "stored", "read %q", k.get("", "a", "k").Data)
	}},
	{"list", "a list is paged by key, and sees one kind of one tenant", func(k *kit) {
		keys := []string{"a", "B", "b", "á", "aa", "a-", "10", "9"}
		for i, key := range keys {
			k.save(document.Document{Tenant: "acme", Kind: "a", Key: key, Ref: []string{"odd", "", "Odd"}[i%3]})
		}
		k.save(document.Document{Tenant: "beta", Kind: "a", Key: "theirs", Ref: "odd"})
		k.save(document.Document{Tenant: "acme", Kind: "ab", Key: "other", Ref: "odd"})
		want := slices.Sorted(slices.Values(keys))
		q := document.Query{Tenant: "acme", Kind: "a"}
		k.is(slices.Equal(keysOf(k.list(q)), want), "listed %q, want %q", keysOf(k.list(q)), want)
		var walked []string
		for q.Limit = 3; ; {
			page := k.list(q)
			walked = append(walked, keysOf(page)...)
			if len(page) < 3 {
				break
			}
			q.After = page[2].Key
		}
		k.is(slices.Equal(walked, want), "walked %q", walked)
		got := keysOf(k.list(document.Query{Tenant: "acme", Kind: "a", Ref: "odd"}))
		k.is(slices.Equal(got, []string{"10", "a", "á"}), "with the ref: %q", got)
		got = keysOf(k.list(document.Query{Tenant: "acme", Kind: "a", Ref: "odd", After: "10", Limit: 1}))
		k.is(slices.Equal(got, []string{"a"}), "the second with the ref: %q", got)
		k.is(len(k.list(document.Query{Tenant: "acme", Kind: "none"})) == 0 && len(k.list(document.Query{Kind: "a"})) == 0, "another kind or tenant has none")
	}},
	{"limits of a list", "nobody is given a million documents at once", func(k *kit) {
		for i := range 11 {
			var some []document.Change
			for j := range 100 {
				some = append(some, document.Put(document.Document{Kind: "a", Key: fmt.Sprintf("%02d%02d", i, j)}))
			}
			k.apply(some...)
		}
		for limit, want := range map[int]int{0: 100, -1: 100, 1: 1, 1000: 1000, 5000: 1000} {
			k.is(len(k.list(document.Query{Kind: "a", Limit: limit})) == want, "a limit of %d gives %d", limit, len(k.list(document.Query{Kind: "a", Limit: limit})))
		}
		n, last := 0, ""
		for d, err := range document.All(k.ctx, k, document.Query{Kind: "a"}) {
			k.is(err == nil && d.Key > last, "All: %q after %q, %v", d.Key, last, err)
			n, last = n+1, d.Key
		}
		k.is(n == 1100, "All yields %d", n)
	}},
	{"purge", "what has expired goes, what has been renewed meanwhile stays", func(k *kit) {
		for i := range 5 {
			k.save(document.Document{Tenant: fmt.Sprint(i % 2), Kind: "a", Key: fmt.Sprint(i), ExpiresAt: now.Add(time.Duration(i-2) * time.Hour)})
		}
		kept := k.save(document.Document{Kind: "a", Key: "never"})
		k.is(k.get("0", "a", "0").Expired(now), "an expired document is still read, and says so")
		k.is(k.purge(now, 2) == 2 && k.purge(now, 9) == 1 && k.purge(now, 9) == 0, "purged what had expired, at most max at once")
		_, err := k.Get(k.ctx, "0", "a", "2")
		k.wraps(err, document.ErrNotFound)
		k.is(k.get("1", "a", "3").Rev > 0 && k.get("", "a", "never").Rev == kept.Rev, "the others stay")
		late := k.get("1", "a", "3")
		late.ExpiresAt = time.Time{}
		k.save(late)
		k.is(k.purge(now.Add(100*time.Hour), 9) == 1, "a document that never expires any more stays")
	}},
	{"cancelled", "a caller that has gone is not waited for", func(k *kit) {
		ctx, cancel := context.WithCancel(k.ctx)
		cancel()
		_, err := document.Save(ctx, k, document.Document{Kind: "a", Key: "k"})
		k.wraps(err, context.Canceled)
		_, err = k.Get(ctx, "", "a", "k")
		k.wraps(err, context.Canceled)
		_, err = k.List(ctx, document.Query{Kind: "a"})
		k.wraps(err, context.Canceled)
		_, err = k.Purge(ctx, now, 1)
		k.wraps(err, context.Canceled)
		_, err = k.Get(k.ctx, "", "a", "k")
		k.wraps(err, document.ErrNotFound)
	}},
}

func keysOf(ds []document.Document) (keys []string) {
	for _, d := range ds {
		keys = append(keys, d.Key)
	}
	return keys
}

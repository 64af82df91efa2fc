package documenttest

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/alreasense/campaigns/campaign/document"
)

// together are the rules of many callers at once.
var together = []rule{
	{"one invents a name", "an address belongs to one account, whoever asks at the same time", func(k *kit) {
		made := k.race(8, func(i int) error {
			_, err := document.Save(k.ctx, k, document.Document{Kind: "a", Key: "k", Data: []byte{byte(i)}})
			return err
		}, document.ErrExists)
		k.is(len(made) == 1 && k.get("", "a", "k").Data[0] == byte(made[0]), "made by %v", made)
	}},
	{"one uses it up", "a link that works once works once", func(k *kit) {
		link := k.save(document.Document{Kind: "link", Key: "l"})
		used := k.race(8, func(i int) error {
			_, err := k.Apply(k.ctx, document.Put(document.Document{Kind: "a", Key: fmt.Sprint(i)}), document.Delete(link))
			return err
		}, document.ErrNotFound)
		k.is(len(used) == 1 && len(k.list(document.Query{Kind: "a"})) == 1, "used by %v", used)
	}},
	{"updates add up", "no update is lost", func(k *kit) {
		k.save(document.Document{Kind: "a", Key: "n", Data: []byte("0")})
		const each = 5
		k.race(4, func(int) error {
			for range each {
				_, err := document.Update(k.ctx, k, "", "a", "n", func(d *document.Document) error {
					n, err := strconv.Atoi(string(d.Data))
					d.Data = []byte(strconv.Itoa(n + 1))
					return err
				})
				if err != nil {
					return err
				}
			}
			return nil
		})
		k.is(string(k.get("", "a", "n").Data) == "20", "counted %s", k.get("", "a", "n").Data)
	}},
	{"a deletion wins", "a session that is ended while it is extended has ended", func(k *kit) {
		for range 20 {
			d := k.save(document.Document{Kind: "a", Key: "k"})
			k.race(2, func(i int) error {
				if i == 0 {
					_, err := k.Apply(k.ctx, document.Delete(document.Name("", "a", "k")))
					return err
				}
				_, err := document.Save(k.ctx, k, d)
				return err
			}, document.ErrNotFound)
			_, err := k.Get(k.ctx, "", "a", "k")
			k.wraps(err, document.ErrNotFound)
		}
	}},
	{"across", "changes of the same documents in another order wait for each other and not across", func(k *kit) {
		names := []string{"a", "b", "c", "d"}
		k.race(4, func(i int) error {
			for range 10 {
				var cs []document.Change
				for j := range names {
					cs = append(cs, document.Put(document.Document{Tenant: names[(i+j)%4], Kind: "a", Key: names[(2*i+j)%4],
						Rev: document.AnyRev, ExpiresAt: now.Add(-time.Hour)}))
				}
				if _, err := k.Apply(k.ctx, cs...); err != nil {
					return err
				}
				if _, err := k.Purge(k.ctx, now, 2); err != nil {
					return err
				}
			}
			return nil
		})
	}},
}

// kit is a store with the words in which rules are written.
type kit struct {
	*testing.T
	document.Store
	ctx context.Context
}

// race calls f n times at once and returns for which it succeeded. Another
// error than those of the losers fails the rule.
func (k *kit) race(n int, f func(i int) error, losers ...error) (won []int) {
	k.Helper()
	errs := make([]error, n)
	var all sync.WaitGroup
	start := make(chan struct{})
	for i := range n {
		all.Go(func() {
			<-start
			errs[i] = f(i)
		})
	}
	close(start)
	all.Wait()
	for i, err := range errs {
		lost := false
		for _, l := range losers {
			lost = lost || errors.Is(err, l)
		}
		switch {
		case err == nil:
			won = append(won, i)
		case !lost:
			k.Errorf("caller %d: %v", i, err)
		}
	}
	return won
}

func (k *kit) is(ok bool, format string, args ...any) {
	k.Helper()
	if !ok {
		k.Errorf(format, args...)
	}
}

func (k *kit) wraps(err, want error) {
	k.Helper()
	if !errors.Is(err, want) {
		k.Errorf("error is %v, which does not wrap %q", err, want)
	}
}

func (k *kit) save(d document.Document) document.Document {
	k.Helper()
	return k.apply(document.Put(d))[0]
}

func (k *kit) apply(cs ...document.Change) []document.Document {
	k.Helper()
	ds, err := k.Apply(k.ctx, cs...)
	if err != nil {
		k.Fatalf("apply: %v", err)
	}
	return ds
}

func (k *kit) get(tenant, kind, key string) document.Document {
	k.Helper()
	d, err := k.Get(k.ctx, tenant, kind, key)
	if err != nil {
		k.Fatalf("get: %v", err)
	}
	return d
}

func (k *kit) list(q document.Query) []document.Document {
	k.Helper()
	ds, err := k.List(k.ctx, q)
	if err != nil {
		k.Fatalf("list: %v", err)
	}
	return ds
}

func (k *kit) purge(at time.Time, max int) int {
	k.Helper()
	n, err := k.Purge(k.ctx, at, max)
	if err != nil {
		k.Fatalf("purge: %v", err)
	}
	return n
}

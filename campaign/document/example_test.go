package document_test

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/alreasense/campaigns/campaign/document"
	"github.com/alreasense/campaigns/store/memory"
)

// A link that works once: the account and the end of the link are one change.
func Example() {
	ctx, store := context.Background(), memory.New().Documents()
	invitation, err := document.Save(ctx, store, document.Document{
		Kind: "example.link", Key: "f3a1", Ref: "acme",
		ExpiresAt: time.Date(2026, 3, 4, 12, 0, 0, 0, time.UTC),
	})
	if err != nil {
		panic(err)
	}
	for _, name := range []string{"ana", "bia"} {
		user := document.Document{Kind: "example.user", Key: name, Ref: "acme", Data: []byte(`{"role":"admin"}`)}
		_, err := store.Apply(ctx, document.Put(user), document.Delete(invitation))
		fmt.Println(name, err, errors.Is(err, document.ErrNotFound))
	}
	users, err := store.List(ctx, document.Query{Kind: "example.user", Ref: "acme"})
	fmt.Println(len(users), err)
	// Output:
	// ana <nil> false
	// bia memory: example.link: document: not found true
	// 1 <nil>
}

// A counter that many processes share.
func ExampleUpdate() {
	ctx, store := context.Background(), memory.New().Documents()
	_, err := document.Save(ctx, store, document.Document{Tenant: "acme", Kind: "example.counter", Key: "visits"})
	for range 3 {
		_, err = document.Update(ctx, store, "acme", "example.counter", "visits", func(d *document.Document) error {
			d.Data = append(d.Data, '|')
			return nil
		})
	}
	d, _ := store.Get(ctx, "acme", "example.counter", "visits")
	fmt.Println(string(d.Data), err)
	// Output: ||| <nil>
}

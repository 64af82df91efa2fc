package sqlite_test

import (
	"context"
	"errors"
	"fmt"
	"log"
	"os"
	"path/filepath"

	"github.com/alreasense/campaigns/campaign"
	"github.com/alreasense/campaigns/contact"
	"github.com/alreasense/campaigns/store/sqlite"
)

// Everything stands in one file, and is there again when it is opened again.
func ExampleOpen() {
	ctx := context.Background()
	dir, err := os.MkdirTemp("", "campaigns")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)
	path := filepath.Join(dir, "campaigns.db")

	store, err := sqlite.Open(ctx, path, nil)
	if err != nil {
		log.Fatal(err)
	}
	draft := campaign.Campaign{Draft: campaign.Draft{Name: "Natal"}, Status: campaign.Drafted, Rev: 1}
	err = store.Tenant("acme").Update(ctx, func(w campaign.Writer) error {
		if err := w.SaveCampaign(&draft); err != nil {
			return err
		}
		added, err := w.Enlist(draft.ID, 0, []contact.Contact{{Name: "Ana", Phone: "+5511900001234"}, {Name: "Ana", Phone: "+5511900001234"}})
		fmt.Println("added:", added)
		return err
	})
	if err != nil {
		log.Fatal(err)
	}
	if err := store.Close(); err != nil {
		log.Fatal(err)
	}

	store, err = sqlite.Open(ctx, path, nil)
	if err != nil {
		log.Fatal(err)
	}
	defer store.Close()
	err = store.Tenant("acme").View(ctx, func(r campaign.Reader) error {
		c, err := r.Campaign(draft.ID)
		fmt.Println(c.ID, c.Name)
		return err
	})
	if err != nil {
		log.Fatal(err)
	}
	// Output:
	// added: [true false]
	// #1 Natal
}

// A database belongs to one process at a time.
func ExampleOpen_locked() {
	ctx := context.Background()
	dir, err := os.MkdirTemp("", "campaigns")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)

	store, err := sqlite.Open(ctx, filepath.Join(dir, "campaigns.db"), nil)
	if err != nil {
		log.Fatal(err)
	}
	defer store.Close()
	_, err = sqlite.Open(ctx, filepath.Join(dir, "campaigns.db"), nil)
	fmt.Println(errors.Is(err, sqlite.ErrLocked))
	// Output: true
}

// A backup is a database of its own.
func ExampleStore_Backup() {
	ctx := context.Background()
	dir, err := os.MkdirTemp("", "campaigns")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)
	store, err := sqlite.Open(ctx, filepath.Join(dir, "campaigns.db"), nil)
	if err != nil {
		log.Fatal(err)
	}
	defer store.Close()

	if err := store.Backup(ctx, filepath.Join(dir, "monday.db")); err != nil {
		log.Fatal(err)
	}
	fmt.Println(errors.Is(store.Backup(ctx, filepath.Join(dir, "monday.db")), os.ErrExist))
	// Output: true
}

package postgres_test

import (
	"context"
	"log"
	"os"

	"github.com/alreasense/campaigns/campaign"
	"github.com/alreasense/campaigns/store/postgres"
	"github.com/jackc/pgx/v5/pgxpool"
)

// The host makes the pool, and may use it for its own tables, too.
func Example() {
	ctx := context.Background()
	pool, err := pgxpool.New(ctx, os.Getenv("DATABASE_URL"))
	if err != nil {
		log.Fatal(err)
	}
	defer pool.Close()
	store, err := postgres.New(pool, &postgres.Options{Schema: "campaigns"})
	if err != nil {
		log.Fatal(err)
	}
	defer store.Close()
	if err := store.Migrate(ctx); err != nil {
		log.Fatal(err)
	}
	err = store.Tenant("acme").View(ctx, func(r campaign.Reader) error {
		list, err := r.Campaigns(campaign.CampaignQuery{})
		log.Print(len(list), " campaigns")
		return err
	})
	if err != nil {
		log.Fatal(err)
	}
}

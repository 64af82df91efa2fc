package postgres

import (
	"context"
	"database/sql"

	"github.com/alreasense/campaigns/campaign/document"
	"github.com/alreasense/campaigns/store/internal/sqlrecords"
)

// Documents are the small records of all tenants. Changes take no lock but
// those of the rows that they touch.
func (s *Store) Documents() document.Store { return s.shared.Documents(documents{s}) }

// documents is a sqlrecords.Runner.
type documents struct{ s *Store }

func (d documents) Read(ctx context.Context, f func(sqlrecords.DB) error) error {
	return d.s.view(ctx, "", func(t *sql.Tx) error { return f(t) })
}

func (d documents) Write(ctx context.Context, f func(sqlrecords.DB) error) error {
	return d.s.change(ctx, "", func(t *sql.Tx) error { return f(t) })
}

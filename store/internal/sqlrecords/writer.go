package sqlrecords

import (
	"context"
	"fmt"

	"github.com/alreasense/campaigns/campaign"
)

// Writer writes the rows of one tenant in one transaction.
type Writer struct{ Reader }

var _ campaign.Writer = (*Writer)(nil)

// Writer writes t's rows through db until End is called.
func (d *Dialect) Writer(ctx context.Context, db DB, t campaign.Tenant) *Writer {
	return &Writer{Reader{d, ctx, db, t}}
}

func (w *Writer) exec(query string, args ...any) error {
	_, err := w.affect(query, args...)
	return err
}

// affect executes a statement and tells how many rows it changed.
func (w *Writer) affect(query string, args ...any) (int64, error) {
	if w.db == nil {
		return 0, errEnded
	}
	res, err := w.db.ExecContext(w.ctx, w.d.Bind(query), args...)
	if err != nil {
		return 0, w.d.wrap(err)
	}
	n, err := res.RowsAffected()
	if err != nil {
		return 0, fmt.Errorf("sqlrecords: rows affected: %w", err)
	}
	return n, nil
}

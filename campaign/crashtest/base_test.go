package crashtest

import (
	"context"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/stretchr/testify/require"

	"github.com/alreasense/campaigns/campaign"
	"github.com/alreasense/campaigns/internal/servers"
	"github.com/alreasense/campaigns/store/postgres"
)

// base is a database on a server. A process that dies takes its connections
// with it, and the server what they had begun.
type base struct {
	t   *testing.T
	url string
	// name tells the connections of one process from those of others that live
	// on. Empty stands for all that there are.
	name string
	s    pooled
	// kept tells that the connections of the process that dies have ended.
	kept chan struct{}
}

func openBase(t *testing.T) *base {
	b := &base{t: t, kept: make(chan struct{}, 1), url: servers.PostgresFrom(t, "crashtest", func(url string) error {
		pool, err := pgxpool.New(context.Background(), url)
		if err != nil {
			return err
		}
		defer pool.Close()
		s, err := postgres.New(pool, nil)
		if err != nil {
			return err
		}
		return s.Migrate(context.Background())
	})}
	b.connect(t)
	return b
}

// beside is the same database for another process.
func (b *base) beside(t *testing.T, name string) *base {
	o := &base{t: t, url: b.url, name: name, kept: make(chan struct{}, 1)}
	o.connect(t)
	return o
}

func (b *base) connect(t *testing.T) {
	config, err := pgxpool.ParseConfig(b.url)
	require.NoError(t, err)
	config.MaxConns = 4
	if b.name != "" {
		config.ConnConfig.RuntimeParams["application_name"] = b.name
	}
	pool, err := pgxpool.NewWithConfig(context.Background(), config)
	require.NoError(t, err)
	s, err := postgres.New(pool, nil)
	require.NoError(t, err)
	b.s = pooled{s, pool}
}

func (b *base) store() campaign.Store { return b.s }

// keep ends the connections of the process that dies, and returns when the
// server has undone what they had open.
func (b *base) keep() {
	defer func() { b.kept <- struct{}{} }()
	ctx := context.Background()
	c, err := pgx.Connect(ctx, b.url)
	if err != nil {
		b.t.Errorf("the server cannot be reached: %v", err)
		return
	}
	defer c.Close(ctx)
	// With a time-out it waits for the end of each.
	if _, err := c.Exec(ctx, `SELECT pg_terminate_backend(pid, 30000) FROM pg_stat_activity
		WHERE datname = current_database() AND pid <> pg_backend_pid() AND application_name = coalesce(nullif($1, ''), application_name)`, b.name); err != nil {
		b.t.Errorf("the connections cannot be ended: %v", err)
	}
}

// revive waits for keep: a process counts as dead as soon as it begins to die.
func (b *base) revive(t *testing.T) {
	<-b.kept
	b.close()
	b.connect(t)
}

func (b *base) close() { _ = b.s.Close() }

package postgres

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/alreasense/campaigns/campaign"
	"github.com/alreasense/campaigns/contact"
	"github.com/alreasense/campaigns/store/internal/sqlrecords"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

var _ campaign.Waker = (*Store)(nil)

// How a listener keeps its connection.
const (
	// listenAsk is how long a silent connection is believed in.
	listenAsk = 30 * time.Second
	// listenAnswer is how long the server may take to answer.
	listenAnswer = 10 * time.Second
	// The pauses before a connection is made again.
	listenFirst, listenMost = 100 * time.Millisecond, 15 * time.Second
)

// notify tells the listeners of other stores at the commit. It says who has
// told, and nothing else: what there is to do stands in the tables.
const notify = `SELECT pg_notify($1::text, $2::text)`

func (s *Store) channel() string { return s.options.Schema + "_wake" }

// Wakes calls wake whenever another store on this schema, of whatever process,
// has committed something that may be due before what was known to be: a command
// that wakes instances, or a result that lets one go earlier. It is speed and
// nothing else: a daemon that hears nothing looks at its own times. It calls
// wake once after each connection, as it may have missed something, and never
// from two goroutines at once; wake must not block.
//
// Wakes listens on a connection of its own, outside the pool, with the pool's
// settings or those of Options.Direct, and makes it anew, after growing pauses,
// as often as it breaks. It ends with ctx, whose error it returns, or when it
// finds the store closed.
//
// A pooler in transaction mode does not pass notifications on: without
// Options.Direct the error is ErrPooler.
func (s *Store) Wakes(ctx context.Context, wake func()) error {
	pause := listenFirst
	for {
		if s.closed.Load() {
			return fmt.Errorf("postgres: %w", campaign.ErrClosed)
		}
		heard, err := s.listen(ctx, wake)
		switch {
		case ctx.Err() != nil:
			return ctx.Err()
		case errors.Is(err, ErrPooler):
			return err
		}
		if heard {
			pause = listenFirst
		}
		t := time.NewTimer(pause/2 + rand.N(pause))
		select {
		case <-ctx.Done():
			t.Stop()
			return ctx.Err()
		case <-t.C:
		}
		if err != nil {
			pause = min(2*pause, listenMost)
		}
	}
}

// listen listens on one connection until it breaks, and tells whether it ever
// worked.
func (s *Store) listen(ctx context.Context, wake func()) (worked bool, err error) {
	config, err := s.direct(ctx)
	if err != nil {
		return false, err
	}
	c, err := func() (*pgx.Conn, error) {
		ctx, cancel := context.WithTimeout(ctx, listenAnswer)
		defer cancel()
		c, err := pgx.ConnectConfig(ctx, config)
		if err != nil {
			return nil, err
		}
		err = unpooled(ctx, config, c)
		if err == nil {
			_, err = c.Exec(ctx, `LISTEN "`+s.channel()+`"`)
		}
		if err != nil {
			closeConn(c)
			return nil, err
		}
		return c, nil
	}()
	if err != nil {
		return false, err
	}
	defer closeConn(c)
	wake()
	for !s.closed.Load() {
		n, err := hear(ctx, c)
		switch {
		case err != nil:
			return true, err
		case n != nil && n.Payload != s.name:
			wake()
		}
	}
	return true, nil
}

// hear waits for a notification, for a while, and then asks the server whether
// it is still there. Nil is that it is.
func hear(ctx context.Context, c *pgx.Conn) (*pgconn.Notification, error) {
	quiet, cancel := context.WithTimeout(ctx, listenAsk)
	defer cancel()
	n, err := c.WaitForNotification(quiet)
	if err == nil || quiet.Err() == nil || ctx.Err() != nil {
		return n, err
	}
	ask, cancel := context.WithTimeout(ctx, listenAnswer)
	defer cancel()
	return nil, c.Ping(ask)
}

func closeConn(c *pgx.Conn) {
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	_ = c.Close(ctx)
}

// direct is how to reach the server itself.
func (s *Store) direct(ctx context.Context) (*pgx.ConnConfig, error) {
	if s.options.Direct != "" {
		config, err := pgx.ParseConfig(s.options.Direct)
		if err != nil {
			return nil, fmt.Errorf("postgres: Options.Direct: %w", err)
		}
		return config, nil
	}
	config := s.pool.Config()
	c := config.ConnConfig.Copy()
	if config.BeforeConnect != nil {
		if err := config.BeforeConnect(ctx, c); err != nil {
			return nil, err
		}
	}
	return c, nil
}

// commander is the Writer of a command, which remembers whether others should
// look again.
type commander struct {
	*sqlrecords.Writer
	woke bool
	// people keeps the writers of the tenant's contacts out.
	people func() error
}

func (c *commander) Wake(id campaign.ID, at time.Time) error {
	c.woke = true
	return c.Writer.Wake(id, at)
}

func (c *commander) Occupy(id campaign.ID, instances []campaign.InstanceID) error {
	c.woke = true
	return c.Writer.Occupy(id, instances)
}

func (c *commander) Erase(now time.Time, p contact.Phone) (campaign.Erasure, error) {
	if err := c.people(); err != nil {
		return campaign.Erasure{}, err
	}
	return c.Writer.Erase(now, p)
}

func (c *commander) SaveCampaign(k *campaign.Campaign) error {
	c.woke = true
	return c.Writer.SaveCampaign(k)
}

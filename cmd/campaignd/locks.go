package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/alreasense/campaigns/campaign"
	"github.com/alreasense/campaigns/cmd/campaignd/internal/locale"
	"github.com/alreasense/campaigns/store/postgres"
	"github.com/alreasense/campaigns/store/redislock"
)

// houseFlags are those of commands that work on the data.
type houseFlags struct {
	dataFlag
	Allow  string `help:"Gateways that tenants may name although their addresses are not public: hosts with or without a port, addresses, blocks of addresses. Default: the one of EVOLUTION_API_URL." name:"gateway-allow" placeholder:"HOST:PORT,…" from:"CAMPAIGND_GATEWAY_ALLOW"`
	Hooks  string `help:"Receivers of webhooks that tenants may name although their addresses are not public, written like the gateways'. Default: none." name:"webhook-allow" placeholder:"HOST:PORT,…" from:"CAMPAIGND_WEBHOOK_ALLOW"`
	Inside string `help:"Public addresses and blocks of addresses that belong to the operator's own network, so that no gateway or webhook of a tenant is looked for there. The host's own are always closed." name:"inside" placeholder:"BLOCK,…" from:"CAMPAIGND_INSIDE"`
	Locks  string `help:"Who keeps two sends from one phone, besides the ledger: redis, postgres, process or db-only. Default: redis where REDIS_URL is set, else postgres on PostgreSQL, else process." placeholder:"KIND" from:"CAMPAIGND_LOCKS"`
}

// Kinds of locks.
const (
	locksRedis    = "redis"
	locksPostgres = "postgres"
	locksProcess  = "process"
	locksNone     = "db-only"
)

// locks is who locks phones.
type locks struct {
	kind   string
	redis  redis.UniversalClient // nil unless REDIS_URL is set
	server string                // of Redis, for people
	watch  *watchedLocker        // nil where no service can be away alone
}

// locks chooses the locks of a daemon. It asks no server.
func (e environment) locks(kind string, d database) (*locks, error) {
	address, err := e.secret("REDIS_URL")
	if err != nil {
		return nil, err
	}
	l := &locks{kind: kind}
	switch {
	case kind == "" && address != "":
		l.kind = locksRedis
	case kind == "" && d.shared():
		l.kind = locksPostgres
	case kind == "":
		l.kind = locksProcess
	case kind == locksRedis && address == "":
		return nil, locale.Errorf("as travas devem ficar no Redis, e REDIS_URL não está definida: escreva redis://host:6379", "the locks are to be kept in Redis, and REDIS_URL is not set: write redis://host:6379")
	case kind == locksPostgres && !d.shared():
		return nil, locale.Errorf("as travas devem ficar no PostgreSQL, e os dados não ficam: escolha process, ou indique um PostgreSQL em DATABASE_URL", "the locks are to be kept in PostgreSQL, and the data is not: choose process, or name a PostgreSQL in DATABASE_URL")
	case kind != locksRedis && kind != locksPostgres && kind != locksProcess && kind != locksNone:
		return nil, locale.Errorf("CAMPAIGND_LOCKS ou --locks é %q: escolha redis, postgres, process ou db-only", "CAMPAIGND_LOCKS or --locks is %q: choose redis, postgres, process or db-only", kind)
	}
	if address != "" {
		l.redis, l.server, err = openRedis(address)
	}
	return l, err
}

// locker is that of an engine on a store, on a clock, in the daemon of that
// name.
func (l *locks) locker(s *opened, now func() time.Time, daemon string) (campaign.Locker, error) {
	switch l.kind {
	case locksRedis:
		l.watch = watchLocker(redislock.New(l.redis, nil), daemon)
		return l.watch, nil
	case locksPostgres:
		return postgres.NewLocker(s.pool, &postgres.LockerOptions{Schema: s.schema, Now: now})
	case locksNone:
		return campaign.NoLocker{}, nil
	}
	return campaign.NewLocker(now), nil
}

// problem is why nothing may be taken with these locks; zero if it may.
func (l *locks) problem() campaign.Reason {
	if l.watch == nil {
		return campaign.Reason{}
	}
	return l.watch.problem()
}

// run watches the locks until ctx ends.
func (l *locks) run(ctx context.Context, log *slog.Logger) {
	if l.watch != nil {
		l.watch.run(ctx, log)
	}
}

func (l *locks) close() error {
	if l.redis == nil {
		return nil
	}
	return l.redis.Close()
}

// String names the locks for the log.
func (l *locks) String() string { return l.words(func(_, en string) string { return en }) }

// words names the locks for people, in the language that say picks.
func (l *locks) words(say func(pt, en string) string) string {
	switch l.kind {
	case locksRedis:
		return say("Redis em ", "Redis at ") + l.server
	case locksPostgres:
		return say("no banco de dados", "in the database")
	case locksNone:
		return say("nenhuma: só as linhas do registro", "none: the ledger's rows alone")
	}
	return say("neste processo", "in this process")
}

// lockTimeout bounds each step of a question to Redis: a send has two seconds
// to begin.
const lockTimeout = 300 * time.Millisecond

// openRedis opens a client for an address: of one server; of a cluster, where
// addr names further nodes or cluster=true is said; of Sentinels, where
// master_name is. It does not connect, and says nothing that may hold a
// password.
func openRedis(address string) (client redis.UniversalClient, server string, err error) {
	redis.SetLogger(mute{})
	bad := errors.New("REDIS_URL has a form that is not known: write redis://user:password@host:6379/0, rediss:// for TLS, unix:///path; more nodes of a cluster follow as ?addr=host:6379&addr=…, and Sentinels are told by ?master_name=…")
	u, err := url.Parse(address)
	if err != nil {
		return nil, "", bad
	}
	q := u.Query()
	switch {
	case u.Scheme == "unix":
		o, err := redis.ParseURL(address)
		if err != nil {
			return nil, "", bad
		}
		inTime(&o.DialTimeout, &o.ReadTimeout, &o.WriteTimeout, &o.MaxRetries, &o.DialerRetries, &o.ContextTimeoutEnabled)
		return redis.NewClient(o), o.Addr, nil
	case u.Host == "":
		return nil, "", bad
	case q.Has("master_name"):
		o, err := redis.ParseFailoverURL(address)
		if err != nil {
			return nil, "", bad
		}
		inTime(&o.DialTimeout, &o.ReadTimeout, &o.WriteTimeout, &o.MaxRetries, &o.DialerRetries, &o.ContextTimeoutEnabled)
		return redis.NewFailoverClient(o), fmt.Sprintf("%s of the Sentinels at %s", o.MasterName, strings.Join(o.SentinelAddrs, ", ")), nil
	case q.Has("addr"), q.Get("cluster") == "true":
		q.Del("cluster")
		u.RawQuery = q.Encode()
		o, err := redis.ParseClusterURL(u.String())
		if err != nil {
			return nil, "", bad
		}
		inTime(&o.DialTimeout, &o.ReadTimeout, &o.WriteTimeout, &o.MaxRetries, &o.DialerRetries, &o.ContextTimeoutEnabled)
		return redis.NewClusterClient(o), "the cluster of " + strings.Join(o.Addrs, ", "), nil
	}
	o, err := redis.ParseURL(address)
	if err != nil {
		return nil, "", bad
	}
	inTime(&o.DialTimeout, &o.ReadTimeout, &o.WriteTimeout, &o.MaxRetries, &o.DialerRetries, &o.ContextTimeoutEnabled)
	return redis.NewClient(o), o.Addr, nil
}

// inTime fills in what the address leaves open, so that an answer comes while a
// send may still begin.
func inTime(dial, read, write *time.Duration, retries, dials *int, bounded *bool) {
	for _, d := range []*time.Duration{dial, read, write} {
		if *d == 0 {
			*d = lockTimeout
		}
	}
	for _, n := range []*int{retries, dials} {
		if *n == 0 {
			*n = 1
		}
	}
	*bounded = true
}

// mute is the logger of the Redis client, which would write to standard error:
// what matters comes back as an error.
type mute struct{}

func (mute) Printf(context.Context, string, ...any) {}

package main

import (
	"context"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"github.com/alreasense/campaigns/internal/servers"
)

func TestTheDatabaseIsWhereItsAddressSays(t *testing.T) {
	file := filepath.Join(t.TempDir(), "url")
	require.NoError(t, os.WriteFile(file, []byte("sqlite:///srv/b.db\n"), 0o600))
	for _, c := range []struct {
		env  environment
		want string
		ok   bool
	}{
		{environment{}, "/data/campaigns.db", true},
		{environment{"DATABASE_URL": "sqlite:/srv/a.db"}, "/srv/a.db", true},
		{environment{"DATABASE_URL": "sqlite:///srv/a.db"}, "/srv/a.db", true},
		{environment{"DATABASE_URL_FILE": file}, "/srv/b.db", true},
		{environment{"DATABASE_URL_FILE": file, "DATABASE_URL": "sqlite:/x"}, "DATABASE_URL and DATABASE_URL_FILE are both set", false},
		{environment{"DATABASE_URL": "sqlite:a.db"}, "names a relative path", false},
		{environment{"DATABASE_URL": "postgresql://u:secret@h/d"}, "PostgreSQL d at h:5432", true},
		{environment{"DATABASE_URL": "postgres://u:secret@h:6/d?schema=loja"}, "PostgreSQL d at h:6, schema loja", true},
		{environment{"DATABASE_URL": "postgres://u@/d?host=/run/pg&password=secret"}, "PostgreSQL d at /run/pg", true},
		{environment{"DATABASE_URL": "postgres://u:secret@h"}, "names no database", false},
		{environment{"DATABASE_URL": "postgres://u:secret@h/d?sslmode=secret"}, "is not an address like postgres://", false},
		{environment{"DATABASE_URL": "postgres://u:sec ret/x@h/d"}, "special characters in its password", false},
		{environment{"DATABASE_URL": "mysql://u:secret@h/d"}, "names a mysql database", false},
		{environment{"DATABASE_URL": "/srv/a.db"}, "has a form that is not known", false},
	} {
		got, err := c.env.database("/data")
		if c.ok {
			require.NoError(t, err)
			require.Equal(t, filepath.FromSlash(c.want), got.String())
			continue
		}
		require.ErrorContains(t, err, c.want)
		require.NotContains(t, err.Error(), "secret")
	}
}

func TestThePoolIsAsLargeAsItsAddressSays(t *testing.T) {
	for address, want := range map[string]int32{
		"postgres://u@h/d":                   poolSize,
		"postgres://u@h/d?pool_max_conns=33": 33,
	} {
		d, err := parseDatabase(address, "x")
		require.NoError(t, err)
		require.Equal(t, want, d.pool.MaxConns)
	}
}

// with is an address with one part of it changed.
func with(t *testing.T, address string, f func(u *url.URL, q url.Values)) string {
	t.Helper()
	u, err := url.Parse(address)
	require.NoError(t, err)
	q := u.Query()
	f(u, q)
	u.RawQuery = q.Encode()
	return u.String()
}

// execute runs SQL in a database.
func execute(t *testing.T, address, sql string) {
	t.Helper()
	ctx := context.Background() // also while the test ends
	c, err := pgx.Connect(ctx, address)
	require.NoError(t, err)
	defer c.Close(ctx)
	_, err = c.Exec(ctx, sql)
	require.NoError(t, err)
}

func TestWhatStandsInPostgreSQLsWayIsSaid(t *testing.T) {
	address := servers.Postgres(t)
	serve := func(address string) outcome {
		return call(t, []string{"CAMPAIGND_DATA=" + filepath.Join(t.TempDir(), "data"), "DATABASE_URL=" + address}, "serve", "--addr", "127.0.0.1:0")
	}
	execute(t, address, "DROP ROLE IF EXISTS campaigns_poor; CREATE ROLE campaigns_poor LOGIN")
	t.Cleanup(func() { execute(t, address, "DROP ROLE campaigns_poor") })
	execute(t, address, "DROP ROLE IF EXISTS campaigns_owner; CREATE ROLE campaigns_owner LOGIN; CREATE SCHEMA poor_owner AUTHORIZATION campaigns_owner")
	t.Cleanup(func() { execute(t, address, "DROP OWNED BY campaigns_owner CASCADE; DROP ROLE campaigns_owner") })
	nowhere := t.TempDir()
	for name, c := range map[string]struct {
		address string
		want    string
	}{
		"no server":   {"postgres://u:geheim@/d?host=" + nowhere, "PostgreSQL at " + nowhere + " cannot be used: check that it runs, and DATABASE_URL"},
		"no role":     {with(t, address, func(u *url.URL, _ url.Values) { u.User = url.UserPassword("nobody_here", "geheim") }), `refuses the role "nobody_here"`},
		"no database": {with(t, address, func(u *url.URL, _ url.Values) { u.Path = "/none_such" }), `has no database "none_such": make it first (createdb none_such)`},
		"no right":    {with(t, address, func(u *url.URL, _ url.Values) { u.User = url.User("campaigns_poor") }), `grant it CREATE on the database`},
		"no right to roles": {with(t, address, func(u *url.URL, q url.Values) {
			u.User = url.User("campaigns_owner")
			q.Set("schema", "poor_owner")
		}), `ALTER ROLE "campaigns_owner" CREATEROLE`},
		"no good schema": {with(t, address, func(_ *url.URL, q url.Values) { q.Set("schema", "Loja 1") }), "is no name for the store's schema"},
	} {
		o := serve(c.address)
		require.Equal(t, exitFail, o.code, name)
		require.Contains(t, o.errout, c.want, name)
		require.NotContains(t, o.errout, "geheim", name)
	}
	// Nothing to check yet.
	o := call(t, []string{"DATABASE_URL=" + address, "CAMPAIGND_DATA=" + t.TempDir()}, "check")
	require.Equal(t, exitFail, o.code)
	require.Contains(t, o.errout, "holds no campaigns of this version: campaignd serve makes its tables")

	s := serveHere(t, []string{"CAMPAIGND_DATA=" + t.TempDir(), "DATABASE_URL=" + address}, "serve", "--addr", "127.0.0.1:0")
	require.Equal(t, exitOK, s.stop().code)
	execute(t, address, "INSERT INTO campaigns.goose_db_version (version_id, is_applied) VALUES (99999, true)")
	o = serve(address)
	require.Equal(t, exitFail, o.code)
	require.Contains(t, o.errout, "has been brought up to date by a newer campaignd: run that one here too")
}

func TestDaemonsOnOnePostgreSQLNeedOneKey(t *testing.T) {
	address := servers.Postgres(t)
	first, second := t.TempDir(), t.TempDir()
	at := func(dir string, more ...string) []string {
		return append(more, "CAMPAIGND_DATA="+dir, "DATABASE_URL="+address, "CAMPAIGND_ADDR=127.0.0.1:0")
	}
	a := serveHere(t, at(first), "serve")
	require.Contains(t, a.out, "locks      in the database\n")
	require.Contains(t, a.out, "database   PostgreSQL test")

	o := call(t, at(second), "serve")
	require.Equal(t, exitFail, o.code)
	require.Contains(t, o.errout, "or give the key of the other daemons in CAMPAIGND_SECRET_FILE")
	require.NoFileExists(t, filepath.Join(second, "suppression.key"), "a key was drawn that cannot be right")

	o = call(t, at(second, "CAMPAIGND_SECRET="+strings.Repeat("ab", 32)), "serve")
	require.Equal(t, exitFail, o.code)
	require.Contains(t, o.errout, "CAMPAIGND_SECRET is not the key that this database was begun with")

	// The right one: two daemons at once, on one database.
	b := serveHere(t, at(second, "CAMPAIGND_SECRET_FILE="+filepath.Join(first, "suppression.key")), "serve")
	o = call(t, at(second), "check")
	require.Equal(t, exitOK, o.code, o.errout)
	require.Contains(t, o.out, "Everything that was checked holds.")
	require.Equal(t, exitOK, b.stop().code)
	require.Equal(t, exitOK, a.stop().code)
}

func TestRedisIsWhereItsAddressSays(t *testing.T) {
	for address, want := range map[string]string{
		"redis://:secret@h":                                     "Redis at h:6379",
		"rediss://u:secret@h:7/2":                               "Redis at h:7",
		"unix:///run/redis.sock?db=3":                           "Redis at /run/redis.sock",
		"redis://a:1?addr=b:2&addr=c:3":                         "Redis at the cluster of a:1, b:2, c:3",
		"redis://a:1?cluster=true":                              "Redis at the cluster of a:1",
		"redis://:secret@s:26379?master_name=m&addr=r:26379":    "Redis at m of the Sentinels at s:26379, r:26379",
		"http://:secret@h":                                      "",
		"redis://":                                              "",
		"redis://:secret@h/zero":                                "",
		"redis://:secret@h?addr=nowhere":                        "",
		"redis://:secret@h?master_name=m&colour=red":            "",
		"redis:secret":                                          "",
		"redis://u:sec%ret@h":                                   "",
		"unix://:secret@/run/redis.sock?password=secret&colour": "",
	} {
		l, err := environment{"REDIS_URL": address}.locks("", database{})
		if want == "" {
			require.ErrorContains(t, err, "REDIS_URL has a form that is not known", address)
			require.NotContains(t, err.Error(), "secret")
			continue
		}
		require.NoError(t, err, address)
		require.Equal(t, want, l.String())
		require.NoError(t, l.close())
	}
}

// Two daemons on one PostgreSQL and one Redis. A Redis that is away shows at
// /readyz and nothing is sent; the ledger's rows alone are another choice.
func TestARedisThatIsAwayIsSaid(t *testing.T) {
	r := servers.NewRedis(t)
	env := []string{"DATABASE_URL=" + servers.Postgres(t), "REDIS_URL=" + r.URL(), "CAMPAIGND_SECRET=" + strings.Repeat("5e", 32), "CAMPAIGND_ADDR=127.0.0.1:0"}
	a := serveHere(t, append(env, "CAMPAIGND_DATA="+t.TempDir()), "serve")
	b := serveHere(t, append(env, "CAMPAIGND_DATA="+t.TempDir(), "CAMPAIGND_LOCKS=db-only"), "serve")
	require.Contains(t, a.out, "locks      Redis at "+r.Socket()+"\n")
	require.Contains(t, b.out, "locks      none: the ledger's rows alone\n")
	says := func(url string, want bool) {
		becomes(t, url, func(_ int, r ready) bool {
			for _, why := range r.Reasons {
				if strings.Contains(why, "lock") {
					return want
				}
			}
			return !want
		})
	}
	says(a.url, false)
	require.NoError(t, r.Kill())
	says(a.url, true)
	says(b.url, false)
	require.NoError(t, r.Start())
	says(a.url, false)
	require.Equal(t, exitOK, a.stop().code)
	require.Equal(t, exitOK, b.stop().code)
}

// A newer version that starts beside this one adds to the schema, and this one
// goes on. It is not started again on what it does not know.
func TestADaemonGoesOnWhileTheSchemaMovesAhead(t *testing.T) {
	pg := servers.NewPostgres(t, &servers.PGOptions{NoSync: true})
	env := []string{"DATABASE_URL=" + pg.URL(), "CAMPAIGND_SECRET=" + strings.Repeat("5e", 32), "CAMPAIGND_ADDR=127.0.0.1:0"}
	a := serveHere(t, append(env, "CAMPAIGND_DATA="+t.TempDir()), "serve")
	says := func(want bool) {
		becomes(t, a.url, func(_ int, r ready) bool {
			for _, why := range r.Reasons {
				if strings.Contains(why, "database") {
					return want
				}
			}
			return !want
		})
	}
	says(false)
	execute(t, pg.URL(), `ALTER TABLE campaigns.campaigns ADD COLUMN later text NOT NULL DEFAULT '';
		ALTER TABLE campaigns.attempts ADD COLUMN later bigint; ALTER TABLE campaigns.meters ADD COLUMN later bigint;
		INSERT INTO campaigns.goose_db_version (version_id, is_applied) VALUES (99999, true)`)
	says(false)
	o := call(t, append(env, "CAMPAIGND_DATA="+t.TempDir()), "serve")
	require.Equal(t, exitFail, o.code)
	require.Contains(t, o.errout, "has been brought up to date by a newer campaignd: run that one here too")

	// A server that is away is said, and come back to.
	require.NoError(t, pg.StopNow())
	says(true)
	require.NoError(t, pg.Start())
	says(false)
	require.Equal(t, exitOK, a.stop().code)
}

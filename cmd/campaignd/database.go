package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/alreasense/campaigns/campaign"
	"github.com/alreasense/campaigns/cmd/campaignd/internal/datadir"
	"github.com/alreasense/campaigns/cmd/campaignd/internal/locale"
	"github.com/alreasense/campaigns/store/postgres"
	"github.com/alreasense/campaigns/store/sqlite"
)

// database is where the data is kept: a SQLite file, or a schema of a
// PostgreSQL database that several daemons may share.
type database struct {
	file   string // of SQLite; empty for PostgreSQL
	pool   *pgxpool.Config
	schema string
}

// poolSize is how many connections a daemon opens at most, unless the address
// says pool_max_conns. The engine uses three at a time, requests the others.
const poolSize = 10

// databaseForms is what people can write.
var databaseForms = locale.Errorf("escreva sqlite:/caminho/absoluto ou postgres://usuario:senha@host:5432/banco, ou omita para ter o banco no diretório de dados",
	"write sqlite:/absolute/path or postgres://user:password@host:5432/database, or leave it out for a database in the data directory")

// parseDatabase reads an address. setting is the name under which a person
// knows it; what it says about an address never repeats it, since it may hold
// a password.
func parseDatabase(address, setting string) (d database, err error) {
	scheme, rest, ok := strings.Cut(address, ":")
	switch {
	case !ok, scheme == "file":
		return d, locale.Errorf("%s tem uma forma desconhecida: %s", "%s has a form that is not known: %s", setting, databaseForms)
	case scheme == "sqlite":
		path := strings.TrimPrefix(rest, "//")
		if !filepath.IsAbs(path) {
			return d, locale.Errorf("%s indica um caminho relativo: escreva sqlite:/caminho/absoluto, para não depender de onde você está", "%s names a relative path: write sqlite:/absolute/path, so that it does not depend on where you stand", setting)
		}
		return database{file: filepath.Clean(path)}, nil
	case scheme == "postgres", scheme == "postgresql":
		return parsePostgres(address, setting)
	}
	return d, locale.Errorf("%s indica um banco %s, que é desconhecido: %s", "%s names a %s database, which is not known: %s", setting, scheme, databaseForms)
}

func parsePostgres(address, setting string) (d database, err error) {
	bad := locale.Errorf("%s não é um endereço como postgres://usuario:senha@host:5432/banco: caracteres especiais na senha se escrevem %%40 para @, %%2F para /, e assim por diante", "%s is not an address like postgres://user:password@host:5432/database: special characters in its password are written %%40 for @, %%2F for /, and so on", setting)
	u, err := url.Parse(address)
	if err != nil {
		return d, bad
	}
	q := u.Query()
	d.schema = q.Get("schema")
	if d.schema == "" {
		d.schema = defaultSchema
	}
	sized := q.Has("pool_max_conns")
	q.Del("schema")
	u.RawQuery = q.Encode()
	if d.pool, err = pgxpool.ParseConfig(u.String()); err != nil {
		return d, bad
	}
	if !sized {
		d.pool.MaxConns = poolSize
	}
	c := d.pool.ConnConfig
	if c.ConnectTimeout == 0 {
		c.ConnectTimeout = 5 * time.Second
	}
	if c.Database == "" {
		return d, locale.Errorf("%s não indica o banco: escreva o nome dele depois do host, como em postgres://usuario:senha@host:5432/banco", "%s names no database: write its name after the host, as in postgres://user:password@host:5432/database", setting)
	}
	return d, nil
}

// defaultSchema is that of postgres.Options.
const defaultSchema = "campaigns"

// String names the database for people, without user and password.
func (d database) String() string {
	if d.file != "" {
		return d.file
	}
	s := fmt.Sprintf("PostgreSQL %s at %s", d.pool.ConnConfig.Database, d.server())
	if d.schema != defaultSchema {
		s += ", schema " + d.schema
	}
	return s
}

// server is the host and port of PostgreSQL, or the directory of its socket.
func (d database) server() string {
	c := d.pool.ConnConfig
	if strings.HasPrefix(c.Host, "/") {
		return c.Host
	}
	return net.JoinHostPort(c.Host, strconv.Itoa(int(c.Port)))
}

// shared tells that daemons on several machines may work on it.
func (d database) shared() bool { return d.pool != nil }

// opened is an open store, with what the daemon needs of it besides.
type opened struct {
	campaign.Store
	// pool and schema are PostgreSQL's; nil and empty for SQLite.
	pool   *pgxpool.Pool
	schema string
	// clock measures how far the database's clock is ahead of this machine's,
	// and how sure that is. Nil where the daemon is alone with its clock.
	clock func(ctx context.Context, now func() time.Time) (offset, uncertainty time.Duration, err error)
	close func() error
}

// open opens the database for the program of that name, and brings its schema
// up to date. A SQLite file is made if there is none, with its directory.
func (d database) open(ctx context.Context, program string) (*opened, error) {
	if !d.shared() {
		if err := datadir.Make(filepath.Dir(d.file)); err != nil {
			return nil, err
		}
		s, err := sqlite.Open(ctx, d.file, nil)
		if errors.Is(err, sqlite.ErrLocked) {
			return nil, datadir.InUse(filepath.Dir(d.file), d.file, "CAMPAIGND_DATA or --data", err)
		}
		if err != nil {
			return nil, err
		}
		return &opened{Store: s, close: s.Close}, nil
	}
	o, s, err := d.connect(program)
	if err != nil {
		return nil, err
	}
	if err := s.Migrate(ctx); err != nil {
		return nil, errors.Join(d.words(err), o.close())
	}
	return o, nil
}

// openReading opens a database that exists for reading, beside whoever works
// on it. Nothing is made or brought up to date.
func (d database) openReading(ctx context.Context, program string) (*opened, error) {
	if !d.shared() {
		s, err := sqlite.Open(ctx, d.file, &sqlite.Options{ReadOnly: true})
		if errors.Is(err, os.ErrNotExist) {
			return nil, locale.Errorf("não há banco em %s: indique o diretório com CAMPAIGND_DATA ou --data", "there is no database at %s: name its directory with CAMPAIGND_DATA or --data", d.file)
		}
		if err != nil {
			return nil, err
		}
		return &opened{Store: s, close: s.Close}, nil
	}
	o, s, err := d.connect(program)
	if err != nil {
		return nil, err
	}
	if _, err := s.Tenants(ctx); err != nil {
		return nil, errors.Join(d.words(err), o.close())
	}
	return o, nil
}

func (d database) connect(program string) (*opened, *postgres.Store, error) {
	config := d.pool.Copy()
	if config.ConnConfig.RuntimeParams["application_name"] == "" {
		config.ConnConfig.RuntimeParams["application_name"] = program
	}
	pool, err := pgxpool.NewWithConfig(context.Background(), config) // connects when it is used
	if err != nil {
		return nil, nil, d.words(err)
	}
	s, err := postgres.New(pool, &postgres.Options{Schema: d.schema})
	if err != nil {
		pool.Close()
		return nil, nil, err
	}
	return &opened{Store: s, pool: pool, schema: d.schema, clock: s.Clock, close: func() error {
		err := s.Close()
		pool.Close()
		return err
	}}, s, nil
}

// words says what to do about an error of PostgreSQL at the start.
func (d database) words(err error) error {
	var p *pgconn.PgError
	errors.As(err, &p)
	c := d.pool.ConnConfig
	switch {
	case p != nil && (p.Code == "28P01" || p.Code == "28000"):
		return locale.Errorf("o PostgreSQL em %s recusa o usuário %q: %s: confira usuário e senha em DATABASE_URL", "PostgreSQL at %s refuses the role %q: %s: check the user and the password in DATABASE_URL", d.server(), c.User, p.Message)
	case p != nil && p.Code == "3D000":
		return locale.Errorf("o PostgreSQL em %s não tem o banco %q: crie-o antes (createdb %s), ou corrija DATABASE_URL", "PostgreSQL at %s has no database %q: make it first (createdb %s), or correct DATABASE_URL", d.server(), c.Database, c.Database)
	case p != nil && p.Code == "42501" && strings.Contains(err.Error(), "CREATEROLE"):
		return locale.Errorf("o usuário %q não pode criar a role que separa os clientes de %s: ALTER ROLE %q CREATEROLE, ou peça a um administrador que o crie antes: %w", "the role %q may not make the role that keeps the tenants of %s apart: ALTER ROLE %q CREATEROLE, or have an administrator make it beforehand: %w", c.User, d, c.User, err)
	case p != nil && p.Code == "42501":
		return locale.Errorf("o usuário %q não pode fazer isto em %s: %s: dê a ele CREATE no banco, ou crie o esquema %q para ele", "the role %q may not do this in %s: %s: grant it CREATE on the database, or make the schema %q for it", c.User, d, p.Message, d.schema)
	case errors.Is(err, postgres.ErrNewer):
		return locale.Errorf("%s foi atualizado por um campaignd mais novo: use aquela versão aqui também: %w", "%s has been brought up to date by a newer campaignd: run that one here too: %w", d, err)
	case errors.Is(err, postgres.ErrSchema):
		return locale.Errorf("%s não tem campanhas desta versão: campaignd serve cria as tabelas: %w", "%s holds no campaigns of this version: campaignd serve makes its tables: %w", d, err)
	case errors.Is(err, postgres.ErrUnavailable):
		return locale.Errorf("não é possível usar o PostgreSQL em %s: confira se ele está no ar, e DATABASE_URL: %w", "PostgreSQL at %s cannot be used: check that it runs, and DATABASE_URL: %w", d.server(), err)
	}
	return fmt.Errorf("%s: %w", d, err)
}

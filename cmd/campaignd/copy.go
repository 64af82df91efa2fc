package main

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"time"

	"github.com/alreasense/campaigns/campaign"
	"github.com/alreasense/campaigns/cmd/campaignd/internal/locale"
	"github.com/alreasense/campaigns/store/dump"
	"github.com/alreasense/campaigns/store/postgres"
)

type copyCommand struct {
	dataFlag
	From   string `help:"The database to move out of: sqlite:/path or postgres://user@host/database. Default: the one that DATABASE_URL names, or that of the data directory." placeholder:"URL"`
	To     string `help:"The database to move into. Default: the one that DATABASE_URL names." placeholder:"URL"`
	Reopen bool   `help:"Open the database of --from again, after a move that was given up."`
}

// Help is the long text of campaignd copy --help.
func (copyCommand) Help() string {
	return `Moves an installation from one database to another, SQLite or PostgreSQL: every row, with its number, as it is. End the daemon first. The new database must be empty; campaigns go on in it where they stood, and what was on its way when the daemon ended is unknown there, looked up, and never sent again blindly.

The old database is shut before the first row is read, and stays shut: a daemon that is started on it refuses with a sentence that says where the installation has moved, since two that send would send twice. When the copy does not succeed, or is interrupted, it is opened again and nothing has changed; when it is killed, run it again. The new database opens when every row in it has been compared with what was read, and campaignd check has found nothing.

Passwords do not belong on the command line: leave them out and set PGPASSWORD, or write the database with its password into DATABASE_URL and leave out that flag. The key of the opt-outs is no part of a database: the daemons of the new one need the same key, in their data directory or in CAMPAIGND_SECRET_FILE.

Examples:

  export DATABASE_URL=postgres://campaigns:secret@db.example/campaigns
  campaignd copy --from sqlite:/var/lib/campaignd/campaigns.db
  campaignd serve

  campaignd copy --from sqlite:/var/lib/campaignd/campaigns.db --reopen`
}

// Run moves.
func (c *copyCommand) Run(w *world) error {
	from, err := c.place(w, c.From, "--from")
	if err != nil {
		return err
	}
	if c.Reopen {
		return reopen(w, from)
	}
	if c.From == "" && c.To == "" {
		return locale.Errorf("indique o banco de destino com --to, ou o de origem com --from; o outro é o de DATABASE_URL", "name the database to move into with --to, or the one to move out of with --from; the other one is that of DATABASE_URL")
	}
	to, err := c.place(w, c.To, "--to")
	if err != nil {
		return err
	}
	if from.String() == to.String() {
		return locale.Errorf("--from e --to são o mesmo banco, %s", "--from and --to are the same database, %s", from)
	}
	m := move{w: w, from: from, to: to, moving: "campaignd copy is moving it to " + to.String() + " since "}
	return m.run(w.ctx)
}

// place is the database that a flag names, or that of the house.
func (c *copyCommand) place(w *world, address, flag string) (database, error) {
	if address == "" {
		dir, err := c.dir(w.env)
		if err != nil {
			return database{}, err
		}
		return w.env.database(dir)
	}
	if u, err := url.Parse(address); err == nil {
		if _, secret := u.User.Password(); secret || u.Query().Has("password") {
			return database{}, locale.Errorf("%s contém uma senha, e todos nesta máquina podem ler a linha de comando: tire-a e defina PGPASSWORD, ou ponha o endereço em DATABASE_URL e omita %s", "%s has a password in it, and everybody on this machine can read the command line: leave it out and set PGPASSWORD, or put the address into DATABASE_URL and leave out %s", flag, flag)
		}
	}
	return parseDatabase(address, flag)
}

// reopen takes a move back that was given up.
func reopen(w *world, from database) error {
	s, end, err := from.openMoving(w.ctx)
	if err != nil {
		return err
	}
	why, err := s.ShutWhy(w.ctx)
	switch {
	case err != nil:
	case why == "":
		err = locale.Errorf("%s não está fechado: não há o que reabrir", "%s is not shut: there is nothing to reopen", from)
	default:
		err = s.Reopen(w.ctx)
	}
	if err = errors.Join(err, end()); err != nil {
		return err
	}
	fmt.Fprintf(w.stdout, w.say("%s está aberto de novo. Foi fechado porque: %s\nConfira que nenhum serviço usa o outro: dois que enviam enviariam duas vezes.\n", "%s is open again. It was shut because: %s\nMake sure that no daemon works on the other one: two that send would send twice.\n"), from, why)
	return nil
}

// move is one campaignd copy.
type move struct {
	w        *world
	from, to database
	moving   string // how the sentence of an unfinished move to the same place begins
}

func (m *move) run(ctx context.Context) error {
	old, end, err := m.from.openMoving(ctx)
	if err != nil {
		return err
	}
	return errors.Join(m.out(ctx, old), end())
}

func (m *move) out(ctx context.Context, old movable) error {
	why, err := old.ShutWhy(ctx)
	if err != nil {
		return err
	}
	again := strings.HasPrefix(why, m.moving)
	if why != "" && !again {
		return fmt.Errorf("%w: %s", dump.ErrShut, why)
	}
	began := time.Now()
	if !again {
		if err := old.Shut(ctx, m.moving+began.UTC().Format(time.RFC3339)+
			": if that was interrupted, run it again, or give it up with campaignd copy --reopen"); err != nil {
			return err
		}
	}
	fmt.Fprintf(m.w.stderr, m.w.say("campaignd copy: de %s para %s\n", "campaignd copy: from %s to %s\n"), m.from, m.to)
	all, err := m.to.load(ctx, telling(old.Dump(), m.w), func(ctx context.Context, s campaign.Store) error {
		return verify(ctx, s, m.w)
	})
	if err != nil {
		return m.stay(ctx, old, again, err)
	}
	moved := fmt.Sprintf("it has moved to %s at %s: start campaignd with DATABASE_URL naming that one", m.to, time.Now().UTC().Format(time.RFC3339))
	// The rows are there: an interruption does not matter any more.
	if err := old.Shut(context.WithoutCancel(ctx), moved); err != nil {
		fmt.Fprintf(m.w.stderr, m.w.say("campaignd copy: %s continua fechado, com outra frase: %v\n", "campaignd copy: %s stays shut with another sentence: %v\n"), m.from, err)
	}
	fmt.Fprintf(m.w.stdout, m.w.say("mudado     %s\nde         %s, que agora está fechado\npara       %s\n\nOs serviços do novo precisam da mesma chave dos descadastros: suppression.key no diretório de dados deles, ou CAMPAIGND_SECRET_FILE.\n",
		"moved      %s\nfrom       %s, which is shut now\nto         %s\n\nThe daemons of the new one need the same key of the opt-outs: suppression.key in their data directory, or CAMPAIGND_SECRET_FILE.\n"),
		summary(m.w.locale(), all, time.Since(began)), m.from, m.to)
	return nil
}

// stay opens the old database again after a copy that did not succeed, unless
// it cannot be known that it did not.
func (m *move) stay(ctx context.Context, old movable, again bool, err error) error {
	switch {
	case errors.Is(err, postgres.ErrCommit):
		return locale.Errorf("a resposta de %s se perdeu, e não se sabe se as linhas entraram: %s continua fechado; veja lá com campaignd check, depois rode de novo ou use --reopen: %w", "the answer of %s was lost, so nobody knows whether the rows are in: %s stays shut; look with campaignd check there, then run this again or use --reopen: %w", m.to, m.from, err)
	case again && errors.Is(err, dump.ErrNotEmpty):
		return locale.Errorf("%s não está vazio: se campaignd check acha tudo lá, a mudança terminou e só falta a última anotação: %w", "%s is not empty: if campaignd check finds everything there, the move was finished and only its last word is missing: %w", m.to, err)
	case again:
		return locale.Errorf("nada foi mudado, e %s continua fechado como estava: %w", "nothing was moved, and %s stays shut as it was: %w", m.from, err)
	}
	if e := old.Reopen(context.WithoutCancel(ctx)); e != nil {
		return errors.Join(locale.Errorf("nada foi mudado: %w", "nothing was moved: %w", err), locale.Errorf("%s continua fechado: use --reopen: %w", "%s stays shut: use --reopen: %w", m.from, e))
	}
	return locale.Errorf("nada foi mudado: %w", "nothing was moved: %w", err)
}

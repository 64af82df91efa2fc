package main

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"time"

	"github.com/alreasense/campaigns/campaign"
	"github.com/alreasense/campaigns/cmd/campaignd/internal/datadir"
	"github.com/alreasense/campaigns/cmd/campaignd/internal/locale"
	"github.com/alreasense/campaigns/store/dump"
)

type restoreCommand struct {
	dataFlag
	File string `arg:"" help:"The file that campaignd backup has written; - reads the standard input."`
}

// Help is the long text of campaignd restore --help.
func (restoreCommand) Help() string {
	return `Makes a new database of a backup: the one that DATABASE_URL names, or the one in the data directory. It must not exist yet, or be empty. Nothing is there before the whole file was read, found undamaged, compared with what was written, and checked as campaignd check does.

What was sent after the backup was made is not in it: those people are still to come, and would get their message twice. So every campaign that could send is paused, with the cause "restored", and waits for a person. Before you resume one, look at the gateway who has got it since the instant that is printed, and take these people out. What was on its way when the backup was made is looked up at the gateway by itself, and is not sent again blindly.

The key of the opt-outs must be the one that the database was begun with: in the data directory, in CAMPAIGND_SECRET, or in the backup (see campaignd backup --with-key).

Example:

  campaignd restore --data /var/lib/campaignd /backup/monday.dump`
}

// Run restores.
func (c *restoreCommand) Run(w *world) (err error) {
	dir, err := c.dir(w.env)
	if err != nil {
		return err
	}
	data, err := w.env.database(dir)
	if err != nil {
		return err
	}
	if !data.shared() && !missing(data.file) {
		return locale.Errorf("já existe um banco em %s: um backup é restaurado num banco novo; mova aquele, ou indique outro diretório", "there is a database at %s already: a backup is restored into a new one; move that one away, or name another directory", data.file)
	}
	from, header, end, err := c.open(w)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, end()) }()
	key, inFile, err := c.key(w, dir, header)
	if err != nil {
		return err
	}
	if inFile {
		if err := datadir.Make(dir); err != nil {
			return err
		}
		if err := datadir.PutKey(dir, key.bytes); err != nil {
			return err
		}
		defer func() {
			if err != nil { // the directory is to be as it was
				_ = os.Remove(filepath.Join(dir, datadir.KeyFile))
			}
		}()
	}
	began := time.Now()
	paused := 0
	m, err := data.load(w.ctx, telling(from, w), func(ctx context.Context, s campaign.Store) error {
		var err error
		if paused, err = settleIn(ctx, s, key); err != nil {
			return err
		}
		return verify(ctx, s, w)
	})
	if err != nil {
		return locale.Errorf("nada foi restaurado: %w", "nothing was restored: %w", err)
	}
	fmt.Fprintf(w.stdout, w.say("restaurado %s\nde         %s, feito em %s\nem         %s\n", "restored   %s\nof         %s, made at %s\ninto       %s\n"), summary(w.locale(), m, time.Since(began)), header.Store,
		w.locale().Second(header.MadeAt), data)
	if paused > 0 {
		fmt.Fprintf(w.stdout, w.say("pausadas   %s, com o motivo restored: o que foi enviado depois de %s não se sabe aqui.\n           Veja no gateway antes de retomar, ou haverá quem receba duas vezes.\n",
			"paused     %s, with the cause restored: what was sent after %s is not known here.\n           Look at the gateway before you resume, or people get a message twice.\n"),
			w.locale().Count(int64(paused), "campanha", "campanhas", "campaign", "campaigns"), w.locale().Second(header.MadeAt))
	}
	return nil
}

// open begins to read the backup.
func (c *restoreCommand) open(w *world) (from dump.Source, h dump.Header, end func() error, err error) {
	if c.File == "-" {
		r, err := dump.Read(w.stdin)
		if err != nil {
			return nil, h, nil, locale.Errorf("entrada padrão: %w", "the standard input: %w", err)
		}
		return r, r.Header, func() error { return nil }, nil
	}
	f, err := dump.OpenFile(c.File)
	if err != nil {
		return nil, h, nil, err
	}
	return f, f.Header, f.Close, nil
}

// key is the key of the opt-outs for the new database, nil where the backup is
// of one that was never begun. inFile tells that it is to be taken from there.
func (c *restoreCommand) key(w *world, dir string, h dump.Header) (key *suppressionKey, inFile bool, err error) {
	if key, err = w.env.knownKey(dir); err != nil {
		return nil, false, err
	}
	if text := h.Labels[labelKey]; key == nil && text != "" {
		bytes, err := hex.DecodeString(text)
		if err != nil || len(bytes) != 32 {
			return nil, false, locale.Errorf("%s: a chave nele está danificada", "%s: the key in it is damaged", c.File)
		}
		key, inFile = &suppressionKey{bytes, "the key in the backup"}, true
	}
	want := h.Labels[labelFingerprint]
	switch {
	case want == "" || key != nil && key.fingerprint() == want:
		return key, inFile, nil
	case key == nil:
		return nil, false, locale.Errorf("o backup não traz a chave dos descadastros, e %s não tem nenhuma: ponha lá antes o %s do antigo diretório de dados, ou defina CAMPAIGND_SECRET_FILE, pois sem ela quem se descadastrou receberia mensagens", "the backup has no key of the opt-outs in it, and %s has none: put the %s of the old data directory there first, or set CAMPAIGND_SECRET_FILE, since without it people who have opted out would get messages", dir, datadir.KeyFile)
	}
	return nil, false, locale.Errorf("%s não é a chave deste backup: ponha a certa no lugar, pois com outra quem se descadastrou receberia mensagens", "%s is not the key of this backup: put the right one there, since with another key people who have opted out would get messages", key.source)
}

// settleIn makes a loaded database safe to be started: with the right key, and
// with every campaign paused. It returns how many were.
func settleIn(ctx context.Context, s campaign.Store, key *suppressionKey) (paused int, err error) {
	secret := make([]byte, 32)
	if key != nil {
		secret = key.bytes
	}
	e, err := campaign.New(s, nobody{}, &campaign.Options{Now: time.Now, Logger: slog.New(slog.DiscardHandler), Secret: secret})
	if err != nil {
		return 0, err
	}
	_, begun, err := campaign.ReadSecret(ctx, s)
	if err != nil {
		return 0, err
	}
	switch {
	case begun && key == nil:
		return 0, locale.Errorf("falta a chave dos descadastros: ponha antes o %s do antigo diretório de dados no novo", "there is no key of the opt-outs: put the %s of the old data directory into the new one first", datadir.KeyFile)
	case begun:
		if err := key.check(ctx, e); err != nil {
			return 0, err
		}
	}
	if err := e.Restored(ctx); err != nil {
		return 0, err
	}
	tenants, err := s.Tenants(ctx)
	if err != nil {
		return 0, err
	}
	for _, t := range tenants {
		cs, err := e.As(campaign.Caller{Tenant: t, Role: campaign.Host}).Campaigns(ctx, campaign.CampaignQuery{Status: []campaign.Status{campaign.Paused, campaign.Drafted}, Limit: 1000})
		if err != nil {
			return 0, err
		}
		for _, c := range cs {
			if c.Cause == campaign.ByRestore {
				paused++
			}
		}
	}
	return paused, nil
}

// nobody sends nothing.
type nobody struct{}

// Send implements campaign.Sender.
func (nobody) Send(context.Context, campaign.Outgoing) (campaign.Accepted, error) {
	return campaign.Accepted{}, campaign.Hold(campaign.Because("restoring"), errors.New("nothing is sent while a backup is restored"))
}

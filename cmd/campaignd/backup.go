package main

import (
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/alreasense/campaigns/campaign"
	"github.com/alreasense/campaigns/cmd/campaignd/internal/datadir"
	"github.com/alreasense/campaigns/cmd/campaignd/internal/locale"
	"github.com/alreasense/campaigns/store/dump"
)

type backupCommand struct {
	dataFlag
	WithKey bool   `help:"Put the key of the opt-outs into the backup, which makes it a secret."`
	File    string `arg:"" help:"The file to write; - writes to the standard output."`
}

// Help is the long text of campaignd backup --help.
func (backupCommand) Help() string {
	return `Writes the whole database, as it is at one instant, into one compressed file that its owner alone can read. It fits SQLite and PostgreSQL alike, whichever it was made of. A daemon that runs goes on meanwhile. The file has its name when it is complete and on the disk.

It holds people's names, phones and texts: keep it as you keep the database. Without the key of the opt-outs (suppression.key in the data directory) a backup is of little use, since people who have opted out would not be known; with --with-key it is in the file, and whoever has the file has it. Keep the key apart, or use --with-key and keep the file well.

On PostgreSQL a long backup keeps old rows from being cleaned up, and a busy dispatcher becomes slower while it lasts: at a million people prefer a quiet hour, pg_dump on a replica, or PostgreSQL's own archiving.

Examples:

  campaignd backup /backup/monday.dump
  campaignd backup - | ssh safe.example 'cat > monday.dump'`
}

// Labels of a backup.
const (
	labelKey         = "suppression_key"
	labelFingerprint = "suppression_key_fingerprint"
)

// Run writes a backup.
func (c *backupCommand) Run(w *world) (err error) {
	dir, err := c.dir(w.env)
	if err != nil {
		return err
	}
	data, err := w.env.database(dir)
	if err != nil {
		return err
	}
	if _, err := os.Lstat(c.File); c.File != "-" && err == nil {
		return locale.Errorf("já existe um arquivo %s: escolha outro nome", "there is a file %s already: name another one", c.File)
	}
	store, err := data.openReading(w.ctx, "campaignd backup")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, store.close()) }()
	labels, err := c.labels(w, dir, store)
	if err != nil {
		return err
	}
	began := time.Now()
	h := dump.Header{MadeAt: began, Store: data.kind(), Labels: labels}
	from := telling(store.rows(), w)
	var m dump.Manifest
	if c.File == "-" {
		if m, err = dump.Write(w.ctx, w.stdout, from, h); err != nil {
			return locale.Errorf("não foi possível terminar o backup: %w", "the backup could not be finished: %w", err)
		}
		fmt.Fprintf(w.stderr, "campaignd backup: %s\n", summary(w.locale(), m, time.Since(began)))
		return nil
	}
	if m, err = dump.WriteFile(w.ctx, c.File, from, h); err != nil {
		return err
	}
	fmt.Fprintf(w.stdout, w.say("backup     %s, %s\nde         %s\ncontém     %s\n", "backup     %s, %s\nof         %s\nholds      %s\n"), c.File, size(c.File), data, summary(w.locale(), m, time.Since(began)))
	switch {
	case c.WithKey:
		fmt.Fprintln(w.stdout, w.say("chave      no arquivo: quem o tem conhece a chave dos descadastros", "key        in the file: whoever has it knows the key of the opt-outs"))
	case labels[labelFingerprint] != "":
		fmt.Fprintln(w.stdout, w.say("chave      fora do arquivo: guarde suppression.key à parte, a restauração precisa dela", "key        not in the file: keep suppression.key apart, a restore needs it"))
	}
	return nil
}

// labels name the key, and hold it if that was asked for.
func (c *backupCommand) labels(w *world, dir string, store *opened) (map[string]string, error) {
	labels := map[string]string{}
	key, err := w.env.knownKey(dir)
	if err != nil {
		return nil, err
	}
	begun, _, err := campaign.ReadSecret(w.ctx, store.Store)
	if err != nil {
		return nil, err
	}
	if begun.Fingerprint != "" {
		labels[labelFingerprint] = begun.Fingerprint
	}
	if labels[labelFingerprint] == "" && key != nil {
		labels[labelFingerprint] = key.fingerprint()
	}
	if !c.WithKey {
		return labels, nil
	}
	switch {
	case key == nil:
		return nil, locale.Errorf("não há chave para pôr no backup: %s não tem %s, e CAMPAIGND_SECRET não está definida", "there is no key to put into the backup: %s has no %s, and CAMPAIGND_SECRET is not set", dir, datadir.KeyFile)
	case key.fingerprint() != labels[labelFingerprint]:
		return nil, locale.Errorf("%s não é a chave com que este banco começou: ponha a certa de volta antes do backup", "%s is not the key that this database was begun with: put the right one back before it is backed up", key.source)
	}
	labels[labelKey] = hex.EncodeToString(key.bytes)
	return labels, nil
}

package main

import (
	"errors"

	"github.com/alecthomas/kong"

	"github.com/alreasense/campaigns/cmd/campaignd/internal/locale"
	"github.com/alreasense/campaigns/store/postgres"
)

// beginner is a command that makes an installation where there is none. Every
// other one only works on one that is there.
type beginner interface{ Begins() }

// begins reports whether the command that was chosen makes an installation.
func begins(k *kong.Context) bool {
	n := k.Selected()
	if n == nil || !n.Target.CanAddr() {
		return false
	}
	_, ok := n.Target.Addr().Interface().(beginner)
	return ok
}

// found refuses a data directory without an installation, and makes nothing: it
// is a setting that was forgotten or mistyped more often than a new beginning.
func (w *world) found(dir string) error {
	data, err := w.env.database(dir)
	if err != nil {
		return err
	}
	if !data.shared() {
		if !missing(data.file) {
			return nil
		}
		return locale.Errorf("não há instalação em %[1]s: não existe %[2]s. Indique o diretório de dados do serviço em CAMPAIGND_DATA ou --data, ou comece uma instalação aqui com campaignd serve",
			"there is no installation in %[1]s: %[2]s does not exist. Name the daemon's data directory in CAMPAIGND_DATA or --data, or begin an installation here with campaignd serve", dir, data.file)
	}
	o, err := data.openReading(w.ctx, "campaignd")
	if errors.Is(err, postgres.ErrSchema) {
		return locale.Errorf("não há instalação em %s: corrija DATABASE_URL, ou comece uma aqui com campaignd serve",
			"there is no installation in %s: correct DATABASE_URL, or begin one there with campaignd serve", data)
	}
	if err != nil {
		return err
	}
	return o.close()
}

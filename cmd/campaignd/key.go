package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"strings"

	"github.com/alreasense/campaigns/campaign"
	"github.com/alreasense/campaigns/cmd/campaignd/internal/datadir"
	"github.com/alreasense/campaigns/cmd/campaignd/internal/locale"
)

// givenKey is the suppression key in CAMPAIGND_SECRET or the file that
// CAMPAIGND_SECRET_FILE names, as the 64 hexadecimal digits that a data
// directory holds; nil if neither is set.
func (e environment) givenKey() ([]byte, error) {
	text, err := e.secret("CAMPAIGND_SECRET")
	if err != nil || text == "" {
		return nil, err
	}
	key, err := hex.DecodeString(strings.TrimSpace(text))
	if err != nil || len(key) != sha256.Size {
		return nil, locale.Errorf("CAMPAIGND_SECRET não é uma chave de descadastros: ela tem 64 dígitos hexadecimais, como no arquivo suppression.key do diretório de dados do primeiro serviço", "CAMPAIGND_SECRET is no suppression key: it has 64 hexadecimal digits, as in the file suppression.key of the first daemon's data directory")
	}
	return key, nil
}

// suppressionKey keys the hashes of people who have opted out.
type suppressionKey struct {
	bytes  []byte
	source string // where it comes from, in words
}

// knownKey is the suppression key that is there: given, or in the directory;
// nil if there is none. None is drawn.
func (e environment) knownKey(dir string) (*suppressionKey, error) {
	given, err := e.givenKey()
	if err != nil {
		return nil, err
	}
	if given != nil {
		return &suppressionKey{given, "CAMPAIGND_SECRET"}, nil
	}
	if !datadir.HasKey(dir) {
		return nil, nil
	}
	bytes, err := datadir.Key(dir)
	if err != nil {
		return nil, err
	}
	return &suppressionKey{bytes, datadir.KeyFile + " in " + dir}, nil
}

// check refuses a key that is not the one the database was begun with, and notes
// it in a new one. Of daemons that begin one at the same time the first one's key
// holds.
func (k suppressionKey) check(ctx context.Context, e *campaign.Engine) error {
	err := e.CheckSecret(ctx)
	if errors.Is(err, campaign.ErrSecret) {
		return locale.Errorf("%s não é a chave com que este banco começou: ponha a certa de volta, pois com outra quem se descadastrou receberia mensagens",
			"%s is not the key that this database was begun with: put the right one back, since with another key people who have opted out would get messages", k.source)
	}
	return err
}

// fingerprint tells keys apart and says nothing about them.
func (k suppressionKey) fingerprint() string { return campaign.Fingerprint(k.bytes) }

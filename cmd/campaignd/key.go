package main

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"

	"github.com/alreasense/campaigns/campaign"
	"github.com/alreasense/campaigns/cmd/campaignd/internal/datadir"
	"github.com/alreasense/campaigns/contact"
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
		return nil, errors.New("CAMPAIGND_SECRET is no suppression key: it has 64 hexadecimal digits, as in the file suppression.key of the first daemon's data directory")
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

// The check value of the key stands among the opt-outs of a tenant that no
// customer can have, and its fingerprint in the first event there.
const (
	checkTenant campaign.Tenant = "campaignd key check"
	checkPhone  contact.Phone   = "campaignd"
	checkCode   campaign.Code   = "key_check"
	checkArg                    = "fingerprint"
)

// firstCheck is the event with which the database was begun; nil if it was not.
func firstCheck(ctx context.Context, s campaign.Store) (first *campaign.Event, err error) {
	err = s.Tenant(checkTenant).View(ctx, func(r campaign.Reader) error {
		es, err := r.Events(campaign.EventQuery{Types: []campaign.EventType{campaign.EventOptedOut}, Limit: 1})
		if len(es) > 0 {
			first = &es[0]
		}
		return err
	})
	return first, err
}

// check refuses a key that is not the one the database was begun with. Of
// daemons that begin one at the same time the first one's key holds.
func (k suppressionKey) check(ctx context.Context, e *campaign.Engine) error {
	s := e.As(campaign.Caller{Tenant: checkTenant, Author: "campaignd"})
	for range 2 {
		begun, err := s.Events(ctx, campaign.EventQuery{Types: []campaign.EventType{campaign.EventOptedOut}, Limit: 1})
		if err != nil {
			return err
		}
		if len(begun) == 0 {
			if err := s.OptOut(ctx, campaign.Because(checkCode, checkArg, k.fingerprint()), checkPhone); err != nil {
				return err
			}
			continue
		}
		right := begun[0].Why.Args[checkArg] == k.fingerprint()
		if begun[0].Why.Args[checkArg] == "" { // begun by an older version
			known, err := s.OptedOut(ctx, checkPhone)
			if err != nil {
				return err
			}
			right = known[0]
		}
		if right {
			return nil
		}
		break
	}
	return fmt.Errorf("%s is not the key that this database was begun with: put the right one back, since with another key people who have opted out would get messages", k.source)
}

// fingerprint tells keys apart and says nothing about them.
func (k suppressionKey) fingerprint() string {
	m := hmac.New(sha256.New, k.bytes)
	m.Write([]byte("campaignd: fingerprint of the suppression key"))
	return hex.EncodeToString(m.Sum(nil)[:8])
}

// Package vault seals what an installation keeps for its tenants and shows to
// nobody: the keys of gateways, the secrets of webhooks.
//
//	box, err := vault.New(secret, "campaigns/gateway")
//	sealed := box.Seal(key, tenant, name, address)
//	key, err := box.Open(sealed, tenant, name, address)
//
// A Box encrypts with AES-256-GCM, under a key that is derived from the
// installation's own secret (HKDF, SHA-256) and the box's purpose. What a text
// belongs to is part of the seal, so a ciphertext that somebody moves to another
// row does not open there.
package vault

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
)

// MinSecret is the shortest secret of an installation, in bytes.
const MinSecret = 32

// ErrUnsealed: a stored text does not open. It was sealed with another secret,
// for another purpose, or for something else. It has to be set again.
var ErrUnsealed = errors.New("vault: a stored key cannot be read with this installation's secret: set the key again")

// Box seals texts of one purpose, and is safe for concurrent use.
type Box struct {
	aead  cipher.AEAD
	check [sha256.Size]byte
}

// New derives a box from a secret, which may serve other purposes too. Of two
// purposes neither opens what the other has sealed.
func New(secret []byte, purpose string) (*Box, error) {
	if len(secret) < MinSecret {
		return nil, fmt.Errorf("vault: the secret has %d bytes, it needs %d", len(secret), MinSecret)
	}
	key, err := hkdf.Key(sha256.New, secret, nil, purpose+": sealing", 32)
	if err != nil {
		return nil, fmt.Errorf("vault: derive a key: %w", err)
	}
	checking, err := hkdf.Key(sha256.New, secret, nil, purpose+": check value", 32)
	if err != nil {
		return nil, fmt.Errorf("vault: derive a key: %w", err)
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, fmt.Errorf("vault: %w", err)
	}
	b := new(Box)
	if b.aead, err = cipher.NewGCMWithRandomNonce(block); err != nil {
		return nil, fmt.Errorf("vault: %w", err)
	}
	mac := hmac.New(sha256.New, checking)
	mac.Write([]byte("check value"))
	mac.Sum(b.check[:0])
	return b, nil
}

// Check tells one secret from another: a store that keeps it notices that it is
// opened with the wrong one. It reveals nothing of the secret.
func (b *Box) Check() []byte { return b.check[:] }

const sealVersion = 1

// Seal encrypts a text that belongs to what the names say.
func (b *Box) Seal(text string, of ...string) []byte {
	return b.aead.Seal([]byte{sealVersion}, nil, []byte(text), belonging(of))
}

// Open decrypts what Seal has returned for the same names; ErrUnsealed if it
// does not open.
func (b *Box) Open(sealed []byte, of ...string) (string, error) {
	if len(sealed) == 0 || sealed[0] != sealVersion {
		return "", ErrUnsealed
	}
	text, err := b.aead.Open(nil, nil, sealed[1:], belonging(of))
	if err != nil {
		return "", ErrUnsealed
	}
	return string(text), nil
}

// belonging is a list of names that reads in one way only.
func belonging(names []string) []byte {
	var b []byte
	for _, n := range names {
		b = binary.BigEndian.AppendUint32(b, uint32(len(n)))
		b = append(b, n...)
	}
	return b
}

package gateway

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

// box seals secrets with AES-256-GCM. What a secret belongs to (tenant, name,
// address) is part of the seal, so a ciphertext that was moved to another row
// does not open there.
type box struct {
	aead  cipher.AEAD
	check [sha256.Size]byte
}

// minSecret is the shortest secret of a host, in bytes.
const minSecret = 32

// newBox derives its keys from a secret, which may serve the host for other
// things too.
func newBox(secret []byte) (*box, error) {
	if len(secret) < minSecret {
		return nil, fmt.Errorf("gateway: the secret has %d bytes, it needs %d", len(secret), minSecret)
	}
	key, err := hkdf.Key(sha256.New, secret, nil, "campaigns/gateway: sealing", 32)
	if err != nil {
		return nil, fmt.Errorf("gateway: derive a key: %w", err)
	}
	checking, err := hkdf.Key(sha256.New, secret, nil, "campaigns/gateway: check value", 32)
	if err != nil {
		return nil, fmt.Errorf("gateway: derive a key: %w", err)
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, fmt.Errorf("gateway: %w", err)
	}
	b := new(box)
	if b.aead, err = cipher.NewGCMWithRandomNonce(block); err != nil {
		return nil, fmt.Errorf("gateway: %w", err)
	}
	mac := hmac.New(sha256.New, checking)
	mac.Write([]byte("check value"))
	mac.Sum(b.check[:0])
	return b, nil
}

// ErrUnsealed: a stored secret does not open. It was sealed with another key,
// or for something else. It has to be set again.
var ErrUnsealed = errors.New("gateway: a stored key cannot be read with this installation's secret: set the key again")

const sealVersion = 1

// seal encrypts a secret of what the names say.
func (b *box) seal(secret string, of ...string) []byte {
	return b.aead.Seal([]byte{sealVersion}, nil, []byte(secret), belonging(of))
}

func (b *box) open(sealed []byte, of ...string) (string, error) {
	if len(sealed) == 0 || sealed[0] != sealVersion {
		return "", ErrUnsealed
	}
	secret, err := b.aead.Open(nil, nil, sealed[1:], belonging(of))
	if err != nil {
		return "", ErrUnsealed
	}
	return string(secret), nil
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

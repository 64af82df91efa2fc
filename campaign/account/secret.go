package account

import (
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"fmt"
	"log/slog"
	"strings"
)

// Secret is a string that opens something: a session, an API token, a link. It
// is handed out once, and kept as its SHA-256 alone. It does not print: fmt,
// slog and encoding/json write "[secret]" whatever the verb. string(s) reveals
// it.
//
// It reads "cms_" (session), "cmp_" (API token) or "cml_" (link), a name of 12
// characters, "_", and 26 characters that hold 130 random bits, so that a
// scanner of repositories can find one and a person can say which it is.
type Secret string

const redacted = "[secret]"

// String is "[secret]", or empty for an empty Secret.
func (s Secret) String() string {
	if s == "" {
		return ""
	}
	return redacted
}

// Format answers every verb of fmt, %x and %q among them.
func (s Secret) Format(f fmt.State, _ rune) { _, _ = f.Write([]byte(s.String())) }

// LogValue is what log/slog writes.
func (s Secret) LogValue() slog.Value { return slog.StringValue(s.String()) }

// MarshalText is for JSON and other encodings.
func (s Secret) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// The kinds of Secret.
const (
	sessionPrefix = "cms_"
	tokenPrefix   = "cmp_"
	linkPrefix    = "cml_"
)

const nameLength = 12

// mint draws a secret with its name and its hash. rand.Text never fails.
func mint(prefix string) (s Secret, name string, hash []byte) {
	name = rand.Text()[:nameLength]
	s = Secret(prefix + name + "_" + rand.Text())
	return s, name, digest(s)
}

func digest(s Secret) []byte {
	h := sha256.Sum256([]byte(s))
	return h[:]
}

// nameOf is the name in a secret of a kind, or false if it has not their form.
func nameOf(prefix string, s Secret) (name string, ok bool) {
	rest, ok := strings.CutPrefix(string(s), prefix)
	if !ok || len(rest) != nameLength+1+26 || rest[nameLength] != '_' {
		return "", false
	}
	name = rest[:nameLength]
	return name, strings.Trim(name, "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567") == ""
}

// opens compares a secret with the hash of the right one, in a time that does
// not depend on where they differ.
func (s Secret) opens(hash []byte) bool { return subtle.ConstantTimeCompare(digest(s), hash) == 1 }

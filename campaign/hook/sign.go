package hook

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"log/slog"
	"strconv"
	"strings"
	"time"
)

// Secret is what the receiver checks signatures with: "whsec_" and the base64 of
// random bytes. It is told once, and does not print.
type Secret string

// secretPrefix begins a secret.
const secretPrefix = "whsec_"

// secretBytes is how many random bytes a secret has; the specification asks for
// 24 to 64.
const secretBytes = 32

func newSecret() Secret {
	b := make([]byte, secretBytes)
	_, _ = rand.Read(b) // it never fails
	return Secret(secretPrefix + base64.StdEncoding.EncodeToString(b))
}

// String is what is shown instead of the secret.
func (s Secret) String() string {
	if s == "" {
		return ""
	}
	return secretPrefix + "…"
}

// GoString is what %#v prints: the same.
func (s Secret) GoString() string { return s.String() }

// LogValue is what a log gets: the same.
func (s Secret) LogValue() slog.Value { return slog.StringValue(s.String()) }

// errNoSecret: the text is not a secret of Standard Webhooks.
var errNoSecret = errors.New("hook: a secret is whsec_ and base64")

// Sign returns the signature of a message, as it stands in the header
// webhook-signature: "v1,…". The header may hold several, separated by spaces.
func Sign(s Secret, id string, at time.Time, body []byte) (string, error) {
	text, ok := strings.CutPrefix(string(s), secretPrefix)
	key, err := base64.StdEncoding.DecodeString(text)
	if !ok || err != nil || len(key) == 0 {
		return "", errNoSecret
	}
	mac := hmac.New(sha256.New, key)
	mac.Write([]byte(id + "." + strconv.FormatInt(at.Unix(), 10) + "."))
	mac.Write(body)
	return "v1," + base64.StdEncoding.EncodeToString(mac.Sum(nil)), nil
}

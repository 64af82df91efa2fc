package account

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"fmt"
	"runtime"
	"strings"

	"golang.org/x/crypto/argon2"
)

// Limits of a password.
const (
	// MinPassword is the shortest, in characters.
	MinPassword = 10
	// MaxPassword is the longest, in bytes.
	MaxPassword = 512
)

// Cost is what one password costs to check, with argon2id. A change counts for
// new passwords at once, and for old ones when their owner signs in.
type Cost struct {
	// Passes over the memory. Defaults to 3.
	Passes uint32
	// MemoryKiB for one check. Defaults to 32 MiB: about 60 ms of one core of
	// 2024, and out of reach for tables and for most of what makes graphics
	// cards fast.
	MemoryKiB uint32
}

func (c Cost) full() Cost {
	if c.Passes == 0 {
		c.Passes = 3
	}
	if c.MemoryKiB == 0 {
		c.MemoryKiB = 32 << 10
	}
	return c
}

// The largest cost that a stored hash may ask for: it comes from a database,
// and must not be able to take the machine's memory.
const (
	mostPasses = 16
	mostMemory = 1 << 20 // KiB
)

// hasher checks passwords, few at a time.
type hasher struct {
	cost Cost
	// turns holds one token for each check that may run, and seats one for
	// each caller that may run or wait.
	turns, seats chan struct{}
	dummy        string
}

// waiting is how many callers may wait for each one whose password is checked.
const waiting = 32

func newHasher(c Cost, atOnce int) *hasher {
	if atOnce <= 0 {
		atOnce = min(4, runtime.NumCPU())
	}
	h := &hasher{cost: c.full(), turns: make(chan struct{}, atOnce), seats: make(chan struct{}, atOnce*(1+waiting))}
	// What nobody's password is compared with: no password has this hash.
	h.dummy = h.encode(make([]byte, saltLength), make([]byte, keyLength), h.cost)
	return h
}

const (
	saltLength = 16
	keyLength  = 32
)

// take waits for a turn. Too many who wait are sent away.
func (h *hasher) take(ctx context.Context) (done func(), err error) {
	select {
	case h.seats <- struct{}{}:
	default:
		return nil, ErrBusy
	}
	select {
	case h.turns <- struct{}{}:
		return func() { <-h.turns; <-h.seats }, nil
	case <-ctx.Done():
		<-h.seats
		return nil, ctx.Err()
	}
}

// hash makes the stored form of a password, in the notation of PHC:
// $argon2id$v=19$m=32768,t=3,p=1$salt$key.
func (h *hasher) hash(ctx context.Context, password string) (string, error) {
	done, err := h.take(ctx)
	if err != nil {
		return "", err
	}
	defer done()
	salt := make([]byte, saltLength)
	rand.Read(salt) // never fails
	return h.encode(salt, key(password, salt, h.cost), h.cost), nil
}

func key(password string, salt []byte, c Cost) []byte {
	return argon2.IDKey([]byte(password), salt, c.Passes, c.MemoryKiB, 1, keyLength)
}

func (h *hasher) encode(salt, key []byte, c Cost) string {
	enc := base64.RawStdEncoding
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=1$%s$%s", argon2.Version, c.MemoryKiB, c.Passes,
		enc.EncodeToString(salt), enc.EncodeToString(key))
}

// check tells whether a password is the one of a stored hash, and whether that
// hash should be made anew because it was made at another cost. An empty hash
// is somebody who does not exist: that takes as long, and nothing is right. The
// caller has taken a turn.
func (h *hasher) check(stored, password string) (right, anew bool, err error) {
	nobody := stored == ""
	if nobody {
		stored = h.dummy
	}
	salt, want, cost, err := decode(stored)
	if err != nil {
		return false, false, err
	}
	long := len(password) > MaxPassword
	if long {
		password = password[:MaxPassword]
	}
	right = subtle.ConstantTimeCompare(key(password, salt, cost), want) == 1
	return right && !nobody && !long, cost != h.cost, nil
}

var errHash = errors.New("account: the stored form of a password is not readable, the record was written by something else")

func decode(stored string) (salt, key []byte, c Cost, err error) {
	parts := strings.Split(stored, "$")
	if len(parts) != 6 || parts[0] != "" || parts[1] != "argon2id" || parts[2] != fmt.Sprintf("v=%d", argon2.Version) {
		return nil, nil, c, errHash
	}
	if n, err := fmt.Sscanf(parts[3], "m=%d,t=%d,p=1", &c.MemoryKiB, &c.Passes); n != 2 || err != nil ||
		c.Passes == 0 || c.Passes > mostPasses || c.MemoryKiB == 0 || c.MemoryKiB > mostMemory {
		return nil, nil, c, errHash
	}
	enc := base64.RawStdEncoding.Strict()
	if salt, err = enc.DecodeString(parts[4]); err != nil || len(salt) != saltLength {
		return nil, nil, c, errHash
	}
	if key, err = enc.DecodeString(parts[5]); err != nil || len(key) != keyLength {
		return nil, nil, c, errHash
	}
	return salt, key, c, nil
}

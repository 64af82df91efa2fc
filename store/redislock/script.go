package redislock

import (
	"context"
	"fmt"
	"time"

	"github.com/redis/go-redis/v9"
)

// The scripts take the key, the owner's token and the milliseconds, and answer
// 1 if the lock is the owner's and 0 if it is not.
var (
	// obtain takes the lock, or keeps it where an earlier run of the same
	// attempt has taken it already.
	obtain = script{redis.NewScript(`
if redis.call('SET', KEYS[1], ARGV[1], 'NX', 'PX', ARGV[2]) then return 1 end
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
return redis.call('PEXPIRE', KEYS[1], ARGV[2])`)}

	extend = script{redis.NewScript(`
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
return redis.call('PEXPIRE', KEYS[1], ARGV[2])`)}

	release = script{redis.NewScript(`
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
return redis.call('DEL', KEYS[1])`)}
)

// script is one of them. It goes over the wire as its hash, and as its text to
// a server that does not know it.
type script struct{ *redis.Script }

// args are the arguments of a lock. A part of a millisecond counts as a whole
// one: a lock lasts no shorter than it was asked to.
func args(k *lock, ttl time.Duration) []any {
	ms := ttl.Milliseconds()
	if ttl > time.Duration(ms)*time.Millisecond {
		ms++
	}
	return []any{k.token, ms}
}

func (s script) run(ctx context.Context, c redis.Scripter, k *lock, ttl time.Duration) (bool, error) {
	return yes(s.Run(ctx, c, []string{k.key}, args(k, ttl)...))
}

// runAll runs the script for many locks in one pipeline, and in a second one
// for those whose server did not know it.
func (s script) runAll(ctx context.Context, c redis.UniversalClient, ks []*lock, ttl time.Duration) ([]bool, []error) {
	cmds := make([]*redis.Cmd, len(ks))
	// Exec's own error is the first of the commands', which are all looked at.
	_, _ = c.Pipelined(ctx, func(p redis.Pipeliner) error {
		for i, k := range ks {
			cmds[i] = s.EvalSha(ctx, p, []string{k.key}, args(k, ttl)...)
		}
		return nil
	})
	_, _ = c.Pipelined(ctx, func(p redis.Pipeliner) error {
		for i, k := range ks {
			if redis.HasErrorPrefix(cmds[i].Err(), "NOSCRIPT") {
				cmds[i] = s.Eval(ctx, p, []string{k.key}, args(k, ttl)...)
			}
		}
		return nil
	})
	mine, errs := make([]bool, len(ks)), make([]error, len(ks))
	for i, cmd := range cmds {
		mine[i], errs[i] = yes(cmd)
	}
	return mine, errs
}

// yes reads a script's answer.
func yes(cmd *redis.Cmd) (bool, error) {
	n, err := cmd.Int64()
	switch {
	case err != nil:
		return false, fmt.Errorf("redislock: %w", err)
	case n != 0 && n != 1:
		return false, errAnswer
	}
	return n == 1, nil
}

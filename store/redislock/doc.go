// Package redislock keeps several processes, ours and others', from writing to
// one phone at the same time: a [campaign.Locker] on Redis.
//
//	client := redis.NewUniversalClient(&redis.UniversalOptions{
//		Addrs:                 []string{"localhost:6379"},
//		DialTimeout:           300 * time.Millisecond,
//		ReadTimeout:           300 * time.Millisecond,
//		WriteTimeout:          300 * time.Millisecond,
//		MaxRetries:            1,
//		DialerRetries:         1,
//		ContextTimeoutEnabled: true,
//	})
//	engine, err := campaign.New(store, sender, &campaign.Options{Locker: redislock.New(client, nil)})
//
// # On the wire
//
// A lock is one string: its key is the key that the caller gives, byte for
// byte (the engine's is "phone_lock:" and the number as E.164), its value the
// owner's random token, its life the time that was asked for, in milliseconds.
// So a program that takes the same key by SET key token NX EX 60 and deletes it
// only while it holds its own token excludes us, and we exclude it.
//
// Taking, renewing and freeing are scripts of one key each, which compare the
// token on the server. They run on any Redis since 3.2 and need no hash tags on
// a cluster. A server that has lost its scripts is given them again.
//
// # When an answer is lost
//
// go-redis repeats a command whose connection broke. A plain SET NX would then
// find the lock that it has just taken and call it somebody else's; the script
// recognises its own token, so the repetition keeps the lock. If every
// repetition fails, TryLock returns an error that is not ErrTaken and sends
// nothing; a lock that the server has taken all the same frees itself when its
// time is over. An Unlock whose answer was lost frees the lock and, repeated,
// reports ErrLockLost, because the lock is no longer there.
//
// # When Redis is down
//
// Every error but [campaign.ErrTaken] means that nothing is known, and the
// engine then postpones the message: it fails closed. Who would rather send
// under the ledger's guards alone gives the engine no Locker of this package.
//
// How soon the error comes is up to the client that the host opens, and a send
// has two seconds to begin. go-redis' defaults wait five seconds for an answer
// and repeat three times, which is too long; the settings above end after about
// a second with everything against them. ContextTimeoutEnabled makes the
// context's deadline end a read too. go-redis writes to standard error by
// itself: redis.SetLogger sends that elsewhere.
//
// # What it does not promise
//
// Redis replicates without waiting, so a failover can forget a lock, and so can
// a restart or FLUSHALL. The owner learns it from Extend and Unlock as
// [campaign.ErrLockLost]. Nothing depends on it: the ledger's own rows keep a
// phone from being sent to twice by ours, whatever becomes of Redis, and the
// lock is a courtesy to everybody else.
package redislock

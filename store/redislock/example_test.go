package redislock_test

import (
	"context"
	"errors"
	"fmt"
	"log"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/alreasense/campaigns/campaign"
	"github.com/alreasense/campaigns/store/redislock"
)

// The settings of a client whose word comes in time for a send.
func ExampleNew() {
	client := redis.NewUniversalClient(&redis.UniversalOptions{
		Addrs:                 []string{"localhost:6379"}, // several: a cluster
		MasterName:            "",                         // set: Addrs are Sentinels
		DialTimeout:           300 * time.Millisecond,
		ReadTimeout:           300 * time.Millisecond,
		WriteTimeout:          300 * time.Millisecond,
		MaxRetries:            1,
		DialerRetries:         1,
		ContextTimeoutEnabled: true,
	})
	defer client.Close()

	options := campaign.Options{Locker: redislock.New(client, nil)}
	fmt.Printf("%T\n", options.Locker)
	// Output: *redislock.Locker
}

// What a caller does with the two kinds of error.
func ExampleLocker_TryLock() {
	nobody := redis.NewClient(&redis.Options{Addr: "127.0.0.1:1", MaxRetries: -1, DialerRetries: 1})
	defer nobody.Close()
	locker := redislock.New(nobody, nil)

	ctx := context.Background()
	lock, err := locker.TryLock(ctx, "phone_lock:+5511900001234", time.Minute)
	switch {
	case errors.Is(err, campaign.ErrTaken):
		fmt.Println("somebody else writes to this phone: try again later")
	case err != nil:
		fmt.Println("nothing is known: send nothing")
	default:
		if err := lock.Unlock(ctx); err != nil {
			log.Print(err)
		}
	}
	// Output: nothing is known: send nothing
}

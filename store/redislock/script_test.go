package redislock

import (
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/stretchr/testify/require"
)

func TestALockLastsNoShorterThanItWasAskedTo(t *testing.T) {
	for ttl, want := range map[time.Duration]int64{
		time.Millisecond:                      1,
		time.Millisecond + 1:                  2,
		time.Minute:                           60_000,
		time.Minute + 999*time.Microsecond:    60_001,
		24 * time.Hour:                        86_400_000,
		0:                                     0,
		-time.Second:                          -1000,
		-(time.Second + 500*time.Microsecond): -1000,
		-100 * time.Microsecond:               0,
		1<<63 - 1:                             9_223_372_036_855,
	} {
		require.Equal(t, []any{"token", want}, args(&lock{token: "token"}, ttl), ttl)
	}
}

func TestAnAnswerThatIsNoScriptsIsAnError(t *testing.T) {
	for answer, want := range map[any]string{
		int64(2): "neither 0 nor 1",
		"1":      "",
		"x":      "invalid syntax",
		nil:      "unexpected type",
	} {
		cmd := redis.NewCmd(t.Context())
		cmd.SetVal(answer)
		mine, err := yes(cmd)
		if want == "" {
			require.NoError(t, err)
			require.True(t, mine)
			continue
		}
		require.ErrorContains(t, err, want)
		require.False(t, mine)
	}
}

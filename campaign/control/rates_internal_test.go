package control

import (
	"fmt"
	"net/netip"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestALimitForgetsInsteadOfGrowing(t *testing.T) {
	l, now := newLimit(60), time.Unix(0, 0)
	for range 10 {
		require.Zero(t, l.take("mine", now))
	}
	for i := range 5 * remembered {
		require.Zero(t, l.take(fmt.Sprint(i), now))
		require.NotZero(t, l.take("mine", now), "who keeps asking is kept count of, whoever else asks")
	}
	require.LessOrEqual(t, l.size(), 2*remembered)
}

func TestALimitOverTime(t *testing.T) {
	l, now := newLimit(120), time.Unix(0, 0)
	for range 12 {
		require.Zero(t, l.take("a", now))
	}
	for range 100 {
		require.Equal(t, 500*time.Millisecond, l.take("a", now), "waiting does not grow by asking again")
	}
	require.Zero(t, l.take("a", now.Add(500*time.Millisecond)))
	require.NotZero(t, l.take("a", now.Add(500*time.Millisecond)))
	require.Zero(t, l.take("", now), "nobody is not counted")
	require.Nil(t, newLimit(0))
	require.Zero(t, (*limit)(nil).take("a", now))
}

func TestClientsOfOneNetwork(t *testing.T) {
	for a, want := range map[string]string{"203.0.113.9": "203.0.113.9", "::ffff:203.0.113.9": "203.0.113.9", "2001:db8::1": "2001:db8::/64",
		"2001:db8::2:1": "2001:db8::/64", "2001:db8:0:1::1": "2001:db8:0:1::/64", "fe80::1%eth0": "fe80::/64"} {
		require.Equal(t, want, networkOf(netip.MustParseAddr(a)), a)
	}
	require.Empty(t, networkOf(netip.Addr{}))
}

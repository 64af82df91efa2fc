package redislock_test

import (
	"errors"
	"fmt"
	"net"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/stretchr/testify/require"

	"github.com/alreasense/campaigns/campaign"
	"github.com/alreasense/campaigns/campaign/campaigntest"
	"github.com/alreasense/campaigns/internal/servers"
	"github.com/alreasense/campaigns/store/redislock"
)

// cluster starts a cluster of two nodes, each with half of the slots, and opens
// a client of it.
func cluster(t *testing.T) (*redis.ClusterClient, []*servers.RedisServer) {
	t.Helper()
	var nodes []*servers.RedisServer
	var ports, buses []string
	for range 2 {
		port, bus := freePort(t), freePort(t)
		ports, buses = append(ports, port), append(buses, bus)
		nodes = append(nodes, servers.NewRedis(t, "--cluster-enabled", "yes", "--databases", "1", "--port", port,
			"--cluster-port", bus, "--cluster-announce-ip", "127.0.0.1", "--bind", "127.0.0.1"))
	}
	ask(t, nodes[0], "CLUSTER", "ADDSLOTSRANGE", "0", "8191")
	ask(t, nodes[1], "CLUSTER", "ADDSLOTSRANGE", "8192", "16383")
	ask(t, nodes[1], "CLUSTER", "SET-CONFIG-EPOCH", "2")
	ask(t, nodes[0], "CLUSTER", "MEET", "127.0.0.1", ports[1], buses[1])
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	limit := time.NewTimer(30 * time.Second)
	defer limit.Stop()
	for _, n := range nodes {
		for info := ""; !strings.Contains(info, "cluster_state:ok") || !strings.Contains(info, "cluster_known_nodes:2"); {
			select {
			case <-tick.C:
				info = ask(t, n, "CLUSTER", "INFO")
			case <-limit.C:
				t.Fatalf("the cluster does not form: %s", info)
			}
		}
	}
	c := redis.NewUniversalClient(&redis.UniversalOptions{
		Addrs:       []string{"127.0.0.1:" + ports[0], "127.0.0.1:" + ports[1]},
		DialTimeout: 300 * time.Millisecond, ReadTimeout: 300 * time.Millisecond, WriteTimeout: 300 * time.Millisecond,
		MaxRetries: 1, DialerRetries: 1, ContextTimeoutEnabled: true,
	})
	t.Cleanup(func() { require.NoError(t, c.Close()) })
	require.IsType(t, &redis.ClusterClient{}, c)
	return c.(*redis.ClusterClient), nodes
}

func freePort(t *testing.T) string {
	t.Helper()
	in, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer func() { require.NoError(t, in.Close()) }()
	return strconv.Itoa(in.Addr().(*net.TCPAddr).Port)
}

// One key for each script: a cluster needs no hash tags, and a batch goes to
// every node.
func TestCluster(t *testing.T) {
	c, nodes := cluster(t)
	t.Run("suite", func(t *testing.T) {
		campaigntest.Locker(t, func(t *testing.T) campaign.Locker { return redislock.New(c, own()) })
	})
	l := redislock.New(c, nil)
	for _, n := range nodes {
		require.NoError(t, n.Flush())
		ask(t, n, "SCRIPT", "FLUSH")
	}
	var keys []string
	for n := range 100 {
		keys = append(keys, fmt.Sprintf("phone_lock:+551190000%04d", n))
	}
	locks, errs := l.TryLocks(t.Context(), keys, time.Minute)
	require.NoError(t, errors.Join(errs...))
	a, err := strconv.Atoi(ask(t, nodes[0], "DBSIZE"))
	require.NoError(t, err)
	b, err := strconv.Atoi(ask(t, nodes[1], "DBSIZE"))
	require.NoError(t, err)
	require.Equal(t, 100, a+b)
	require.Positive(t, a)
	require.Positive(t, b)

	// Of a batch, what a dead node holds is unknown, and the rest is locked.
	for _, k := range locks {
		require.NoError(t, k.Unlock(t.Context()))
	}
	ask(t, nodes[0], "CONFIG", "SET", "cluster-require-full-coverage", "no")
	require.NoError(t, nodes[1].Kill())
	locks, errs = l.TryLocks(t.Context(), keys, time.Minute)
	took := 0
	for i, err := range errs {
		if err == nil {
			require.NotNil(t, locks[i])
			took++
			continue
		}
		failsClosed(t, err)
		require.Nil(t, locks[i])
	}
	require.Equal(t, a, took)
}

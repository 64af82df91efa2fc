package gateway

import (
	"net/netip"
	"net/url"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

func TestAddressesThatAreRefused(t *testing.T) {
	for kind, addresses := range map[string][]string{
		kindLoopback:  {"127.0.0.1", "127.255.255.254", "::1", "::ffff:127.0.0.1", "64:ff9b::7f00:1", "2002:7f00:1::"},
		kindPrivate:   {"10.0.0.1", "172.16.0.1", "172.31.255.255", "192.168.1.1", "fc00::1", "fd12:3456::1", "fec0::1", "::ffff:10.0.0.1", "64:ff9b::a00:1", "2002:c0a8:101::1"},
		kindLinkLocal: {"169.254.0.1", "fe80::1", "fe80::1%eth0", "::ffff:169.254.1.1"},
		kindMetadata:  {"169.254.169.254", "::ffff:169.254.169.254", "64:ff9b::a9fe:a9fe", "fd00:ec2::254", "fd20:ce::254", "168.63.129.16", "100.100.100.200", "192.0.0.192"},
		kindShared:    {"100.64.0.1", "100.127.255.255"},
		kindMulticast: {"224.0.0.1", "239.255.255.255", "ff02::1"},
		kindNone:      {"0.0.0.0", "0.1.2.3", "::", "::ffff:0.0.0.0"},
		kindReserved: {"192.0.2.1", "198.51.100.1", "203.0.113.9", "198.18.0.1", "240.0.0.1", "255.255.255.255", "192.88.99.1", "192.0.0.8",
			"2001:db8::1", "2001::1", "2001:20::1", "3fff::1", "64:ff9b:1::1", "::7f00:1", "100::1", "5f00::1", "4000::1", "1::1"},
	} {
		for _, a := range addresses {
			require.Equal(t, kind, refuses(netip.MustParseAddr(a)), a)
		}
	}
	require.NotEmpty(t, refuses(netip.Addr{}))
	for _, a := range []string{"1.1.1.1", "8.8.8.8", "100.63.255.255", "100.128.0.1", "172.15.255.255", "172.32.0.1", "169.253.0.1", "193.0.0.1", "223.255.255.255",
		"2606:4700::1111", "2a00:1450::1", "2001:4860::8888", "::ffff:8.8.8.8", "64:ff9b::808:808", "2002:808:808::1"} {
		require.Empty(t, refuses(netip.MustParseAddr(a)), a)
	}
}

// Every IPv4 address is judged alike in each of its IPv6 forms.
func TestAnIPv4AddressIsTheSameInside(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var four [4]byte
		copy(four[:], rapid.SliceOfN(rapid.Byte(), 4, 4).Draw(t, "address"))
		plain := netip.AddrFrom4(four)
		mapped := netip.AddrFrom16(plain.As16())
		in64, in6 := nat64.Addr().As16(), sixTo4.Addr().As16()
		copy(in64[12:], four[:])
		copy(in6[2:], four[:])
		for _, a := range []netip.Addr{mapped, netip.AddrFrom16(in64), netip.AddrFrom16(in6)} {
			if refuses(a) != refuses(plain) {
				t.Fatalf("%v is %q and %v is %q", plain, refuses(plain), a, refuses(a))
			}
		}
		if refuses(plain) == "" && (plain.IsPrivate() || plain.IsLoopback() || plain.IsLinkLocalUnicast() || plain.IsMulticast() || plain.IsUnspecified()) {
			t.Fatalf("%v passes", plain)
		}
	})
}

func TestAddressesAsTheyAreWritten(t *testing.T) {
	g, err := NewGuard("ALLOW", "evolution", "Beside.Example:8080", "10.1.2.3", "10.2.0.0/16", "[fd00::5]:9000", "127.0.0.1:8081", " ")
	require.NoError(t, err)
	for address, kind := range map[string]string{
		"http://127.0.0.1":              kindLoopback,
		"http://127.0.0.1:8080":         kindLoopback,
		"http://[::1]:8080":             kindLoopback,
		"http://[::ffff:127.0.0.1]":     kindLoopback,
		"http://[::ffff:7f00:1]":        kindLoopback,
		"http://[64:ff9b::127.0.0.1]":   kindLoopback,
		"http://localhost:8080":         kindLoopback,
		"http://LocalHost.":             kindLoopback,
		"http://a.localhost":            kindLoopback,
		"http://169.254.169.254/latest": kindMetadata,
		"http://10.0.0.1":               kindPrivate,
		"http://10.1.2.4":               kindPrivate,
		"http://[fd00::5]":              kindPrivate,
		"http://0.0.0.0:8080":           kindNone,
		"http://[::]:8080":              kindNone,
		"http://2130706433":             kindMalformed,
		"http://0x7f000001":             kindMalformed,
		"http://0x7f.1":                 kindMalformed,
		"http://0177.0.0.1":             kindMalformed,
		"http://127.1":                  kindMalformed,
		"http://127.0.1":                kindMalformed,
		"http://8.8.2056":               kindMalformed,
		"http://017700000001":           kindMalformed,
		"http://1.2.3.4:99999":          kindMalformed,
		"http://1.2.3.4:0":              kindMalformed,
		"http://exa mple":               kindMalformed,
		"http://a..b":                   kindMalformed,
		"http://１２７.0.0.1":              kindMalformed,
		"http://gateway.example:25":     kindPort,
		"http://1.1.1.1:22":             kindPort,
		"https://gateway.example:80":    "",
		"http://gateway.example":        "",
		"https://gateway.example:8443":  "",
		"http://1.1.1.1":                "",
		"http://[2606:4700::1111]":      "",
		// Allowed by the operator.
		"http://evolution:22":                  "",
		"http://EVOLUTION.":                    "",
		"http://beside.example:8080":           "",
		"http://beside.example:25":             kindPort,
		"http://10.1.2.3:25":                   "",
		"http://[::ffff:10.1.2.3]":             "",
		"http://10.2.255.1":                    "",
		"http://[fd00::5]:9000":                "",
		"http://127.0.0.1:8081":                "",
		"http://evolution.attacker.example:22": kindPort,
	} {
		u, err := url.Parse(address)
		if err != nil {
			u = &url.URL{Scheme: "http", Host: address[len("http://"):]}
		}
		err = g.Check(u)
		if kind == "" {
			require.NoError(t, err, address)
			continue
		}
		var no *AddressError
		require.ErrorAs(t, err, &no, address)
		require.Equal(t, kind, no.Kind, address)
		require.ErrorContains(t, err, "ALLOW="+no.Host)
	}
}

func TestWhatCannotBeAllowed(t *testing.T) {
	for _, s := range []string{"http://evolution", "a b", "10.0.0.0/33", "host:0", "host:99999", "host:x", "fe80::1%eth0", "..", "a/b", "*", "[::1"} {
		_, err := NewGuard("ALLOW", s)
		require.ErrorContains(t, err, "could be allowed", s)
	}
}

func TestInetAton(t *testing.T) {
	for s, want := range map[string]string{
		"127.1": "127.0.0.1", "0x7f.1": "127.0.0.1", "0177.0.0.1": "127.0.0.1", "2130706433": "127.0.0.1", "1.2.3.4": "1.2.3.4", "1.2.772": "1.2.3.4",
		"0": "0.0.0.0", "0xffffffff": "255.255.255.255", "0.0.0.0": "0.0.0.0", "00.0x0.0.0": "0.0.0.0",
	} {
		a, ok := inetAton(s)
		require.True(t, ok, s)
		require.Equal(t, want, a.String(), s)
	}
	for _, s := range []string{"", ".", "1.", ".1", "1..2", "256.1.1.1", "1.2.3.256", "4294967296", "1.2.3.4.5", "08", "0x", "1.example", "a", "0xg", "99999999999999999999999"} {
		_, ok := inetAton(s)
		require.False(t, ok, s)
	}
}

package gateway

import (
	"encoding/binary"
	"net/netip"
)

// The kinds of addresses that are not dialled for a tenant, as they stand in
// the argument "kind" of CodeAddressRefused.
const (
	kindLoopback  = "loopback"
	kindPrivate   = "private"
	kindLinkLocal = "link-local"
	kindMetadata  = "metadata"
	kindShared    = "shared"
	kindMulticast = "multicast"
	kindNone      = "unspecified"
	kindReserved  = "reserved"
	kindInside    = "inside"
	kindPort      = "port"
	kindMalformed = "malformed"
)

type block struct {
	prefix netip.Prefix
	kind   string
}

func blocks(kind string, prefixes ...string) (bs []block) {
	for _, p := range prefixes {
		bs = append(bs, block{netip.MustParsePrefix(p), kind})
	}
	return bs
}

// closed are the blocks of the registries of special-purpose addresses (IANA,
// RFC 6890 and its updates) that do not lead into the public internet, and the
// places where clouds tell a machine its secrets. Of two that hold an address
// the first counts.
var closed = concat(
	blocks(kindMetadata, "169.254.169.254/32", "168.63.129.16/32", "100.100.100.200/32", "192.0.0.192/32", "fd00:ec2::254/128", "fd20:ce::254/128"),
	blocks(kindNone, "0.0.0.0/8", "::/128"),
	blocks(kindLoopback, "127.0.0.0/8", "::1/128"),
	blocks(kindPrivate, "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7", "fec0::/10"),
	blocks(kindLinkLocal, "169.254.0.0/16", "fe80::/10"),
	blocks(kindShared, "100.64.0.0/10"),
	blocks(kindMulticast, "224.0.0.0/4", "ff00::/8"),
	blocks(kindReserved, "192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "240.0.0.0/4",
		"2001::/23", "2001:db8::/32", "3fff::/20"),
)

func concat(all ...[]block) (bs []block) {
	for _, b := range all {
		bs = append(bs, b...)
	}
	return bs
}

var (
	global = netip.MustParsePrefix("2000::/3")     // what is given out of IPv6
	nat64  = netip.MustParsePrefix("64:ff9b::/96") // holds an IPv4 address at its end
	sixTo4 = netip.MustParsePrefix("2002::/16")    // holds one in bytes 2 to 5
)

// refuses says why an address is not public, or is empty. An IPv4 address
// inside of an IPv6 one counts as what it is.
func refuses(a netip.Addr) (kind string) {
	a = a.Unmap().WithZone("")
	for _, b := range closed {
		if b.prefix.Contains(a) {
			return b.kind
		}
	}
	switch {
	case !a.IsValid():
		return kindMalformed
	case a.Is4():
		return ""
	}
	if in, ok := embedded(a); ok {
		return refuses(in)
	}
	if !global.Contains(a) {
		return kindReserved
	}
	return ""
}

// embedded is the IPv4 address that an IPv6 one leads to.
func embedded(a netip.Addr) (in netip.Addr, ok bool) {
	if a.Is4() {
		return a, false
	}
	b := a.As16()
	switch {
	case nat64.Contains(a):
		return netip.AddrFrom4([4]byte(b[12:])), true
	case sixTo4.Contains(a):
		return netip.AddrFrom4([4]byte(b[2:6])), true
	}
	return a, false
}

// refusesPort: what listens below 1024 is some other service of a machine,
// which a tenant has no business to speak to in HTTP.
func refusesPort(port uint16) bool { return port != 80 && port != 443 && port < 1024 }

// inetAton reads an IPv4 address as the C library does, which some resolvers
// ask: "127.1", "0x7f.1", "0177.0.0.1", "2130706433". ok tells that the whole
// text is of that form.
func inetAton(s string) (a netip.Addr, ok bool) {
	var parts []uint64
	for i := 0; ; {
		n, used, fine := number(s[i:])
		if !fine || len(parts) == 4 {
			return a, false
		}
		parts = append(parts, n)
		if i += used; i == len(s) {
			break
		}
		if s[i] != '.' || i+1 == len(s) {
			return a, false
		}
		i++
	}
	last := len(parts) - 1
	if parts[last] >= 1<<(8*(4-last)) {
		return a, false
	}
	v := parts[last]
	for i, p := range parts[:last] {
		if p > 255 {
			return a, false
		}
		v |= p << (24 - 8*i)
	}
	var b [4]byte
	binary.BigEndian.PutUint32(b[:], uint32(v))
	return netip.AddrFrom4(b), true
}

// number reads a number as C writes it, and tells how many bytes it took.
func number(s string) (n uint64, used int, ok bool) {
	base := uint64(10)
	switch {
	case len(s) > 1 && s[0] == '0' && (s[1] == 'x' || s[1] == 'X'):
		base, used = 16, 2
	case len(s) > 1 && s[0] == '0' && s[1] != '.':
		base, used = 8, 1
	}
	digits := 0
	for ; used < len(s) && s[used] != '.'; used++ {
		c := s[used]
		var d uint64
		switch {
		case c >= '0' && c <= '9':
			d = uint64(c - '0')
		case c >= 'a' && c <= 'f':
			d = uint64(c-'a') + 10
		case c >= 'A' && c <= 'F':
			d = uint64(c-'A') + 10
		default:
			return 0, 0, false
		}
		if d >= base || n > 1<<32 {
			return 0, 0, false
		}
		n = n*base + d
		digits++
	}
	return n, used, digits > 0
}

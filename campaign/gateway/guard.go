package gateway

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/alreasense/campaigns/campaign"
)

// CodeAddressRefused: the gateway's address, or what its name resolves to, is
// none that is dialled for a tenant.
const CodeAddressRefused campaign.Code = "gateway_address_refused"

// AddressError refuses to dial. It does not tell what a name resolves to, which
// can be the operator's own business.
type AddressError struct {
	// Host is what was asked for, with its port.
	Host string
	// Kind says why: "loopback", "private", "link-local", "metadata", "shared"
	// (of providers, RFC 6598), "multicast", "unspecified", "reserved", "inside"
	// (the host's own, or of a network that is closed), "port" (below 1024, and
	// neither 80 nor 443), "malformed".
	Kind string
	// Setting is how the operator can allow it.
	Setting string
}

// Error says what to do.
func (e *AddressError) Error() string {
	return fmt.Sprintf("gateway: %s is not dialled for a customer, because its address is %s: if this gateway is the operator's own, allow it with %s",
		e.Host, e.Kind, e.example())
}

func (e *AddressError) example() string { return e.Setting + "=" + e.Host }

// Reason is the same as a code, with words in the catalogues.
func (e *AddressError) Reason() campaign.Reason {
	return campaign.Because(CodeAddressRefused, "name", e.Host, "kind", e.Kind, "note", e.example())
}

// Guard dials on behalf of tenants, who may name any address: it connects to
// public ones that are not this host's own, and to what the operator has allowed.
// It looks at the address
// that a connection is about to be made to, after the name was resolved, so
// neither a name that changes its address nor one with several gets around it.
// Redirects do not either, since evolution.Pool follows none.
type Guard struct {
	setting  string
	allowed  []allowance
	closed   []netip.Prefix
	resolver *net.Resolver              // nil is the system's
	own      func() ([]net.Addr, error) // the host's addresses
}

// allowance is one thing that the operator has allowed.
type allowance struct {
	host   string       // a name, or
	prefix netip.Prefix // addresses
	port   uint16       // 0 is any
}

// NewGuard returns a guard. Each of allow is a host ("evolution", with or
// without ":8080"), an address, or a block of addresses ("10.1.0.0/16").
// setting is how errors tell the operator to extend it, such as the name of an
// environment variable.
func NewGuard(setting string, allow ...string) (*Guard, error) {
	g := &Guard{setting: setting, own: net.InterfaceAddrs}
	for _, s := range allow {
		if s = strings.TrimSpace(s); s == "" {
			continue
		}
		a, err := parseAllowance(s)
		if err != nil {
			return nil, err
		}
		g.allowed = append(g.allowed, a)
	}
	return g, nil
}

// Close makes addresses and blocks of addresses ("2001:db8:77::/48") count as
// inside, although they are public: those of a network behind a firewall of its own.
// What NewGuard was told to allow goes before. Call it before the guard is used.
func (g *Guard) Close(blocks ...string) error {
	for _, s := range blocks {
		if s = strings.TrimSpace(s); s == "" {
			continue
		}
		p, err := netip.ParsePrefix(s)
		if a, single := netip.ParseAddr(s); err != nil && single == nil && a.Zone() == "" {
			p, err = netip.PrefixFrom(a, a.BitLen()), nil
		}
		if err != nil {
			return fmt.Errorf("gateway: %q is not an address or a block of addresses that could be closed", s)
		}
		if p.Addr().Is4In6() && p.Bits() >= 96 {
			p = netip.PrefixFrom(p.Addr().Unmap(), p.Bits()-96)
		}
		g.closed = append(g.closed, p.Masked())
	}
	return nil
}

// refuses says why an address is not dialled, or is empty.
func (g *Guard) refuses(a netip.Addr) (kind string) {
	if kind := refuses(a); kind != "" {
		return kind
	}
	a = a.Unmap().WithZone("")
	if g.inside(a) {
		return kindInside
	}
	if in, ok := embedded(a); ok && g.inside(in) {
		return kindInside
	}
	return ""
}

// inside reports that an address is the host's own, or was closed. It asks for the
// host's at each time: they change. One that cannot be asked for is none.
func (g *Guard) inside(a netip.Addr) bool {
	for _, p := range g.closed {
		if p.Contains(a) {
			return true
		}
	}
	own, _ := g.own()
	for _, o := range own {
		if n, ok := o.(*net.IPNet); ok {
			if ip, ok := netip.AddrFromSlice(n.IP); ok && ip.Unmap() == a {
				return true
			}
		}
	}
	return false
}

func parseAllowance(s string) (a allowance, err error) {
	if p, err := netip.ParsePrefix(s); err == nil {
		return allowance{prefix: p.Masked()}, nil
	}
	host := s
	if ip, err := netip.ParseAddr(s); err != nil || ip.Zone() != "" {
		if h, port, err := net.SplitHostPort(s); err == nil {
			n, err := strconv.ParseUint(port, 10, 16)
			if err != nil || n == 0 {
				return a, fmt.Errorf("gateway: %q has no port that could be allowed", s)
			}
			host, a.port = h, uint16(n)
		}
	}
	host = plainHost(host)
	if ip, err := netip.ParseAddr(host); err == nil && ip.Zone() == "" {
		ip = ip.Unmap()
		a.prefix = netip.PrefixFrom(ip, ip.BitLen())
		return a, nil
	}
	if !nameForm(host) {
		return a, fmt.Errorf("gateway: %q is not a host, an address or a block of addresses that could be allowed", s)
	}
	a.host = host
	return a, nil
}

func plainHost(h string) string { return strings.ToLower(strings.TrimSuffix(h, ".")) }

// nameForm accepts names of hosts; underscores too, which compose files like.
func nameForm(h string) bool {
	return h != "" && len(h) <= 253 && strings.Trim(h, "abcdefghijklmnopqrstuvwxyz0123456789-._") == "" && !strings.Contains(h, "..") && h[0] != '.'
}

func (g *Guard) allowsHost(host string, port uint16) bool {
	for _, a := range g.allowed {
		if a.host != "" && a.host == host && (a.port == 0 || a.port == port) {
			return true
		}
	}
	return false
}

func (g *Guard) allowsAddr(ip netip.Addr, port uint16) bool {
	ip = ip.Unmap().WithZone("")
	for _, a := range g.allowed {
		if a.host == "" && a.prefix.Contains(ip) && (a.port == 0 || a.port == port) {
			return true
		}
	}
	return false
}

func (g *Guard) refuse(host string, port uint16, kind string) *AddressError {
	return &AddressError{Host: net.JoinHostPort(host, strconv.Itoa(int(port))), Kind: kind, Setting: g.setting}
}

// Check looks at an address as it is written, before anything is resolved. It
// finds addresses in numbers of any notation, and localhost; what names resolve
// to shows when they are dialled. The error is an *AddressError.
func (g *Guard) Check(u *url.URL) error {
	host, port := plainHost(u.Hostname()), uint16(80)
	if u.Scheme == "https" {
		port = 443
	}
	if p := u.Port(); p != "" {
		n, err := strconv.ParseUint(p, 10, 16)
		if err != nil || n == 0 {
			return g.refuse(host, 0, kindMalformed)
		}
		port = uint16(n)
	}
	if g.allowsHost(host, port) {
		return nil
	}
	ip, err := netip.ParseAddr(host)
	if err != nil {
		var old bool
		if ip, old = inetAton(host); old {
			// What it is depends on who reads it, so it has to be written plainly.
			return g.refuse(host, port, kindMalformed)
		}
	}
	switch {
	case ip.IsValid():
		if g.allowsAddr(ip, port) {
			return nil
		}
		if kind := g.refuses(ip); kind != "" {
			return g.refuse(host, port, kind)
		}
	case host == "localhost" || strings.HasSuffix(host, ".localhost"):
		return g.refuse(host, port, kindLoopback)
	case !nameForm(host):
		return g.refuse(host, port, kindMalformed)
	}
	if refusesPort(port) {
		return g.refuse(host, port, kindPort)
	}
	return nil
}

const dialTimeout = 10 * time.Second

// Dial connects, for evolution.Pool. An address that is refused is a
// campaign.Hold around an *AddressError.
func (g *Guard) Dial(ctx context.Context, network, addr string) (net.Conn, error) {
	h, p, err := net.SplitHostPort(addr)
	if err != nil {
		return nil, err
	}
	n, err := strconv.ParseUint(p, 10, 16)
	if err != nil {
		return nil, err
	}
	host, port := plainHost(h), uint16(n)
	d := &net.Dialer{Timeout: dialTimeout, KeepAlive: 30 * time.Second, Resolver: g.resolver}
	if !g.allowsHost(host, port) {
		d.ControlContext = func(_ context.Context, network, address string, _ syscall.RawConn) error {
			return g.control(host, network, address)
		}
	}
	c, err := d.DialContext(ctx, network, addr)
	var no *AddressError
	if errors.As(err, &no) {
		return nil, campaign.Hold(no.Reason(), no)
	}
	return c, err
}

// control is asked with the address of each connection before it is made.
func (g *Guard) control(host, network, address string) error {
	to, err := netip.ParseAddrPort(address)
	if err != nil || !strings.HasPrefix(network, "tcp") {
		return g.refuse(host, 0, kindMalformed)
	}
	if g.allowsAddr(to.Addr(), to.Port()) {
		return nil
	}
	kind := g.refuses(to.Addr())
	if kind == "" && refusesPort(to.Port()) {
		kind = kindPort
	}
	if kind != "" {
		return g.refuse(host, to.Port(), kind)
	}
	return nil
}

package main

import (
	"log/slog"
	"net"
	"net/netip"
	"sync"
)

// capped is a TCP listener that closes the connections of an address which has
// too many open already, before anything is read from them. An IPv6 address
// counts by its first 64 bits, which is what one client is given.
type capped struct {
	net.Listener
	most   int
	exempt proxies
	log    *slog.Logger

	mu   sync.Mutex
	open map[netip.Addr]*crowd
}

// crowd are the open connections of an address.
type crowd struct {
	n    int
	said bool // that there are too many
}

// newCapped bounds the open connections of an address; zero is no bound. Proxies
// that are exempt stand for many clients, and have none.
func newCapped(l net.Listener, most int, exempt proxies, log *slog.Logger) net.Listener {
	if most == 0 {
		return l
	}
	return &capped{Listener: l, most: most, exempt: exempt, log: log, open: map[netip.Addr]*crowd{}}
}

// Accept waits for the next connection that is within the bound.
func (l *capped) Accept() (net.Conn, error) {
	for {
		c, err := l.Listener.Accept()
		if err != nil {
			return nil, err
		}
		tcp := c.(*net.TCPConn) // listen opens nothing else
		from := tcp.RemoteAddr().(*net.TCPAddr).AddrPort().Addr().Unmap()
		if l.exempt.trusted(from.WithZone("")) {
			return tcp, nil
		}
		home := network(from)
		if l.enter(home) {
			return &guest{TCPConn: tcp, leave: sync.OnceFunc(func() { l.leave(home) })}, nil
		}
		_ = tcp.Close()
	}
}

// network is what one client has of addresses.
func network(a netip.Addr) netip.Addr {
	if a.Is4() {
		return a
	}
	return netip.PrefixFrom(a.WithZone(""), 64).Masked().Addr()
}

func (l *capped) enter(home netip.Addr) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	c := l.open[home]
	if c == nil {
		c = &crowd{}
		l.open[home] = c
	}
	if c.n < l.most {
		c.n++
		return true
	}
	if !c.said {
		c.said = true
		l.log.Warn("an address has too many connections open, and gets no further one: if it is a proxy, name it in CAMPAIGND_TRUSTED_PROXIES; if it is right, raise CAMPAIGND_CONNECTIONS",
			"address", home.String(), "open", c.n)
	}
	return false
}

func (l *capped) leave(home netip.Addr) {
	l.mu.Lock()
	defer l.mu.Unlock()
	c := l.open[home]
	if c.n--; c.n == 0 {
		delete(l.open, home)
	}
}

// guest leaves the crowd when it is closed. All else that a TCP connection can
// do stays: the server closes one half, and copies files into it.
type guest struct {
	*net.TCPConn
	leave func()
}

// Close implements net.Conn.
func (c *guest) Close() error {
	err := c.TCPConn.Close()
	c.leave()
	return err
}

package gateway

import (
	"context"
	"encoding/binary"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/alreasense/campaigns/campaign"
	"github.com/alreasense/campaigns/evolution"
	"github.com/stretchr/testify/require"
)

// names is a name server that lives in the test. Each question about a name is
// answered with the next of its answers, and the last one again and again.
type names struct {
	mu      sync.Mutex
	answers map[string][][]string
	asked   int
}

func (n *names) resolver() *net.Resolver {
	return &net.Resolver{PreferGo: true, Dial: func(context.Context, string, string) (net.Conn, error) {
		here, there := net.Pipe()
		go n.serve(there)
		return here, nil
	}}
}

// serve answers questions as they come over TCP: a length, then the message.
func (n *names) serve(c net.Conn) {
	defer c.Close()
	for {
		var size [2]byte
		if _, err := io.ReadFull(c, size[:]); err != nil {
			return
		}
		q := make([]byte, binary.BigEndian.Uint16(size[:]))
		if _, err := io.ReadFull(c, q); err != nil {
			return
		}
		a := n.answer(q)
		if _, err := c.Write(append(binary.BigEndian.AppendUint16(nil, uint16(len(a))), a...)); err != nil {
			return
		}
	}
}

func (n *names) answer(q []byte) []byte {
	var labels []string
	i := 12
	for q[i] != 0 {
		l := int(q[i])
		labels = append(labels, string(q[i+1:i+1+l]))
		i += 1 + l
	}
	end := i + 5 // the root label, type and class
	kind := binary.BigEndian.Uint16(q[i+1:])
	var addrs []netip.Addr
	for _, s := range n.next(strings.ToLower(strings.Join(labels, ".")), kind) {
		if a := netip.MustParseAddr(s); a.Is4() == (kind == 1) {
			addrs = append(addrs, a)
		}
	}
	m := append([]byte{q[0], q[1], 0x84, 0, 0, 1, 0, byte(len(addrs)), 0, 0, 0, 0}, q[12:end]...)
	for _, a := range addrs {
		raw := a.AsSlice()
		m = append(m, 0xc0, 12, 0, byte(kind), 0, 1, 0, 0, 0, 0, 0, byte(len(raw)))
		m = append(m, raw...)
	}
	return m
}

func (n *names) next(name string, kind uint16) []string {
	n.mu.Lock()
	defer n.mu.Unlock()
	if kind != 1 && kind != 28 {
		return nil
	}
	all := n.answers[name]
	if len(all) == 0 {
		return nil
	}
	if kind == 1 {
		n.asked++
		if len(all) > 1 {
			n.answers[name] = all[1:]
		}
	}
	return all[0]
}

// secretServer is what must not be reached.
func secretServer(t *testing.T) (port string, reached func() int) {
	var mu sync.Mutex
	n := 0
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		n++
		_, _ = io.WriteString(w, `{"version":"2.3.6","key":{"id":"3EB0AAAA"},"status":"PENDING"}`)
	}))
	t.Cleanup(srv.Close)
	u, err := url.Parse(srv.URL)
	require.NoError(t, err)
	return u.Port(), func() int { mu.Lock(); defer mu.Unlock(); return n }
}

func TestNoNameLeadsInside(t *testing.T) {
	port, reached := secretServer(t)
	for name, answers := range map[string][][]string{
		"loopback.example":  {{"127.0.0.1"}},
		"v6.example":        {{"::1"}},
		"mapped.example":    {{"::ffff:127.0.0.1"}},
		"private.example":   {{"10.0.0.1"}},
		"metadata.example":  {{"169.254.169.254"}},
		"several.example":   {{"127.0.0.1", "::1", "10.0.0.1", "0.0.0.0"}},
		"nothing.example":   {{"0.0.0.0"}},
		"nat64.example":     {{"64:ff9b::7f00:1"}},
		"multicast.example": {{"224.0.0.1"}},
	} {
		g, err := NewGuard("ALLOW")
		require.NoError(t, err)
		g.resolver = (&names{answers: map[string][][]string{name: answers}}).resolver()
		_, err = g.Dial(t.Context(), "tcp", name+":"+port)
		var no *AddressError
		require.ErrorAs(t, err, &no, name)
		require.Equal(t, name+":"+port, no.Host)
		ruling := campaign.Judge(err)
		require.Equal(t, campaign.VerdictHold, ruling.Verdict, "trying again changes nothing")
		require.Equal(t, CodeAddressRefused, ruling.Why.Code)
		require.NotContains(t, err.Error(), answers[0][0], "it does not tell what is inside")
	}
	require.Zero(t, reached())
}

// Public addresses of the host itself lead to what listens there behind its
// firewall, and those of a network of the operator's to the rest of it.
func TestTheHostItselfIsInside(t *testing.T) {
	g, err := NewGuard("ALLOW", "8.8.9.9:8080")
	require.NoError(t, err)
	g.own = func() ([]net.Addr, error) {
		return []net.Addr{&net.IPNet{IP: net.IPv4(8, 8, 8, 8), Mask: net.CIDRMask(24, 32)}, &net.IPNet{IP: net.ParseIP("2600::7"), Mask: net.CIDRMask(64, 128)}}, nil
	}
	require.NoError(t, g.Close("8.8.9.0/24", " ", "::ffff:9.9.9.0/120", "2600:1::/32", "1.1.1.1"))
	for address, kind := range map[string]string{
		"8.8.8.8": kindInside, "::ffff:8.8.8.8": kindInside, "64:ff9b::808:808": kindInside, "2002:808:808::1": kindInside, "2600::7": kindInside,
		"8.8.9.1": kindInside, "8.8.9.9": kindInside, "9.9.9.9": kindInside, "64:ff9b::909:909": kindInside, "2600:1::5": kindInside, "1.1.1.1": kindInside,
		"8.8.8.9": "", "2600::8": "", "1.1.1.2": "", "127.0.0.1": kindLoopback,
	} {
		at := net.JoinHostPort(address, "443")
		u := &url.URL{Scheme: "https", Host: at}
		for _, err := range []error{g.Check(u), g.control("name.example", "tcp", at)} {
			if kind == "" {
				require.NoError(t, err, address)
				continue
			}
			var no *AddressError
			require.ErrorAs(t, err, &no, address)
			require.Equal(t, kind, no.Kind, address)
		}
	}
	require.NoError(t, g.control("name.example", "tcp", "8.8.9.9:8080"), "what is allowed goes before")
	for _, bad := range []string{"x", "10.0.0.0/33", "fe80::1%eth0", "1.1.1.1:80"} {
		require.Error(t, g.Close(bad))
	}
	g, err = NewGuard("ALLOW")
	require.NoError(t, err)
	own, err := g.own()
	require.NoError(t, err)
	require.NotEmpty(t, own)
}

// A name that was public when the settings were saved is looked at again when
// it is dialled.
func TestRebinding(t *testing.T) {
	port, reached := secretServer(t)
	n := &names{answers: map[string][][]string{"rebind.example": {{"127.0.0.1"}, {"127.0.0.2"}}}}
	g, err := NewGuard("ALLOW", "127.0.0.1") // stands for a public address
	require.NoError(t, err)
	g.resolver = n.resolver()
	conn, err := g.Dial(t.Context(), "tcp", "rebind.example:"+port)
	require.NoError(t, err)
	require.NoError(t, conn.Close())
	_, err = g.Dial(t.Context(), "tcp", "rebind.example:"+port)
	var no *AddressError
	require.ErrorAs(t, err, &no)
	require.Equal(t, kindLoopback, no.Kind)
	require.Equal(t, 2, n.asked)
	require.Zero(t, reached())
}

func TestWhatTheOperatorAllowsIsDialled(t *testing.T) {
	port, reached := secretServer(t)
	n := &names{answers: map[string][][]string{"evolution": {{"127.0.0.1"}}, "other": {{"127.0.0.1"}}}}
	for _, c := range []struct {
		allow, host string
		passes      bool
	}{
		{"", "evolution", false}, {"evolution", "evolution", true}, {"evolution:" + port, "evolution", true}, {"evolution:9", "evolution", false},
		{"evolution", "other", false}, {"127.0.0.0/8", "other", true}, {"127.0.0.1", "127.0.0.1", true}, {"127.0.0.1:" + port, "other", true},
		{"127.0.0.1:9", "other", false}, {"127.0.0.2", "127.0.0.1", false}, {"EVOLUTION", "Evolution", true},
	} {
		g, err := NewGuard("ALLOW", c.allow)
		require.NoError(t, err)
		g.resolver = n.resolver()
		conn, err := g.Dial(t.Context(), "tcp", c.host+":"+port)
		if !c.passes {
			var no *AddressError
			require.ErrorAs(t, err, &no, "%+v", c)
			continue
		}
		require.NoError(t, err, "%+v", c)
		require.NoError(t, conn.Close())
	}
	require.Zero(t, reached(), "a connection alone is no request")
}

// The whole way: a client whose server was set by a tenant.
func TestAClientDoesNotReachInside(t *testing.T) {
	port, reached := secretServer(t)
	g, err := NewGuard("ALLOW")
	require.NoError(t, err)
	g.resolver = (&names{answers: map[string][][]string{"inside.example": {{"127.0.0.1"}}}}).resolver()
	client := evolution.New(evolution.Server{URL: "http://inside.example:" + port, Key: "k", Pool: &evolution.Pool{Dial: g.Dial}})
	_, err = client.Version(t.Context(), campaign.Route{})
	var no *AddressError
	require.ErrorAs(t, err, &no)
	_, err = client.Send(t.Context(), campaign.Outgoing{Route: campaign.Route{Instance: "loja"}, To: "+5511900001234", Text: "Oi", StartBy: time.Now().Add(time.Minute)})
	ruling := campaign.Judge(err)
	require.Equal(t, campaign.VerdictHold, ruling.Verdict, "%v", err)
	require.Equal(t, CodeAddressRefused, ruling.Why.Code)
	require.Zero(t, reached())
}

// A public gateway that redirects inside is not followed, whatever the kind of
// redirect, and neither is one to another public address: the key would go
// along.
func TestRedirectsLeadNowhere(t *testing.T) {
	port, reached := secretServer(t)
	for _, to := range []string{"http://127.0.0.1:" + port + "/", "http://[::ffff:127.0.0.1]:" + port + "/", "http://2130706433:" + port + "/", "//localhost:" + port + "/"} {
		for _, status := range []int{301, 302, 303, 307, 308} {
			srv := httptest.NewServer(http.RedirectHandler(to, status))
			outside, err := url.Parse(srv.URL)
			require.NoError(t, err)
			g, err := NewGuard("ALLOW", outside.Host, "127.0.0.1:"+port)
			require.NoError(t, err)
			client := evolution.New(evolution.Server{URL: srv.URL, Key: "k", Pool: &evolution.Pool{Dial: g.Dial}})
			_, err = client.Version(t.Context(), campaign.Route{})
			require.Error(t, err, to)
			_, err = client.Send(t.Context(), campaign.Outgoing{Route: campaign.Route{Instance: "loja"}, To: "+5511900001234", Text: "Oi", StartBy: time.Now().Add(time.Minute)})
			require.Error(t, err, to)
			srv.Close()
		}
	}
	require.Zero(t, reached())
}

func TestOnlyTCP(t *testing.T) {
	g, err := NewGuard("ALLOW")
	require.NoError(t, err)
	_, err = g.Dial(t.Context(), "udp", "8.8.8.8:8080")
	var no *AddressError
	require.ErrorAs(t, err, &no)
	_, err = g.Dial(t.Context(), "unix", "/run/x.sock")
	require.Error(t, err)
}

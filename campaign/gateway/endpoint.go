package gateway

import (
	"context"
	"errors"
	"net/netip"
	"net/url"
	"strings"

	"github.com/alreasense/campaigns/campaign"
)

// Endpoint tells where a number is, the same for every spelling of its
// gateway's address, for campaign.Options. It is empty while no gateway is set.
// It opens no key and asks no gateway.
func (g *Gateways) Endpoint(ctx context.Context, r campaign.Route) (string, error) {
	_, kept, err := g.read(ctx, r.Tenant, r.Gateway)
	switch {
	case err == nil:
		return Endpoint(kept.URL, r.Instance), nil
	case errors.Is(err, campaign.ErrNotFound) && r.Gateway == "":
		return Endpoint(g.o.Default.URL, r.Instance), nil
	case errors.Is(err, campaign.ErrNotFound):
		return "", nil
	}
	return "", err
}

// Endpoint is where a number is: host, port and path of its gateway's address,
// and its name there, which the gateway tells apart by case. What differs
// between two spellings of one address is left out: the scheme, with its usual
// port, user and password, the case of the host, a dot at its end, slashes at
// the end of the path, and the names of this machine. It is empty if the address
// is none.
func Endpoint(address, instance string) string {
	u, err := url.Parse(strings.TrimSpace(address))
	if err != nil || u.Host == "" || instance == "" {
		return ""
	}
	host := strings.TrimSuffix(strings.ToLower(u.Hostname()), ".")
	if ip, err := netip.ParseAddr(host); err == nil {
		ip = ip.Unmap().WithZone("")
		host = ip.String()
		if ip.IsLoopback() {
			host = "localhost"
		}
		if ip.Is6() && !ip.IsLoopback() {
			host = "[" + host + "]"
		}
	}
	if p := u.Port(); p != "" && p != "80" && p != "443" {
		host += ":" + p
	}
	return host + strings.TrimRight(u.EscapedPath(), "/") + " " + instance
}

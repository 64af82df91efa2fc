package main

import (
	"net/http"
	"net/netip"
	"slices"
	"strings"

	"github.com/alreasense/campaigns/cmd/campaignd/internal/locale"
)

// proxies are the machines whose word about their clients counts.
type proxies []netip.Prefix

// parseProxies reads addresses and networks, with commas between them.
func parseProxies(list string) (all proxies, err error) {
	for word := range strings.SplitSeq(list, ",") {
		word = strings.TrimSpace(word)
		if word == "" {
			continue
		}
		if p, err := netip.ParsePrefix(word); err == nil {
			all = append(all, p.Masked())
			continue
		}
		a, err := netip.ParseAddr(word)
		if err != nil {
			return nil, locale.Errorf("CAMPAIGND_TRUSTED_PROXIES contém %q: escreva endereços e redes, como 10.0.0.5,172.16.0.0/12", "CAMPAIGND_TRUSTED_PROXIES holds %q: write addresses and networks, such as 10.0.0.5,172.16.0.0/12", word)
		}
		a = a.Unmap()
		all = append(all, netip.PrefixFrom(a, a.BitLen()))
	}
	return all, nil
}

func (ps proxies) trusted(a netip.Addr) bool {
	return slices.ContainsFunc(ps, func(p netip.Prefix) bool { return p.Contains(a) })
}

// client is the address that a request comes from: the connection's, or, where
// that is a trusted proxy, the last one in X-Forwarded-For that is none. What
// stands before it may be made up. The zero Addr is unknown. A word of a trusted
// proxy that is no address is an error: its clients must not count as one.
func (ps proxies) client(r *http.Request) (netip.Addr, error) {
	at, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil {
		return netip.Addr{}, nil
	}
	from := at.Addr().Unmap()
	if !ps.trusted(from) {
		return from, nil
	}
	hops := strings.Split(strings.Join(r.Header.Values("X-Forwarded-For"), ","), ",")
	for _, hop := range slices.Backward(hops) {
		if hop = strings.TrimSpace(hop); hop == "" {
			continue
		}
		a, err := hopAddr(hop)
		if err != nil {
			return from, err
		}
		if from = a.Unmap(); !ps.trusted(from) {
			break
		}
	}
	return from, nil
}

// hopAddr reads an address as proxies write it: with a port, in brackets, or bare.
func hopAddr(s string) (netip.Addr, error) {
	if at, err := netip.ParseAddrPort(s); err == nil {
		return at.Addr(), nil
	}
	if bare, ok := strings.CutPrefix(s, "["); ok {
		s = strings.TrimSuffix(bare, "]")
	}
	return netip.ParseAddr(s)
}

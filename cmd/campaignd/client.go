package main

import (
	"fmt"
	"net/http"
	"net/netip"
	"slices"
	"strings"
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
			return nil, fmt.Errorf("CAMPAIGND_TRUSTED_PROXIES holds %q: write addresses and networks, such as 10.0.0.5,172.16.0.0/12", word)
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
// stands before it may be made up. The zero Addr is unknown.
func (ps proxies) client(r *http.Request) netip.Addr {
	at, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil {
		return netip.Addr{}
	}
	from := at.Addr().Unmap()
	if !ps.trusted(from) {
		return from
	}
	hops := strings.Split(strings.Join(r.Header.Values("X-Forwarded-For"), ","), ",")
	for _, hop := range slices.Backward(hops) {
		a, err := netip.ParseAddr(strings.TrimSpace(hop))
		if err != nil {
			break
		}
		if from = a.Unmap(); !ps.trusted(from) {
			break
		}
	}
	return from
}

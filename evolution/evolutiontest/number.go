package evolutiontest

import (
	"regexp"
	"strings"
	"time"
)

const (
	userServer  = "@s.whatsapp.net"
	groupServer = "@g.us"
	lidServer   = "@lid"
	broadcast   = "@broadcast"
)

var device = regexp.MustCompile(`:\d+`)

// normalise turns what a caller wrote as a number into the address that is
// looked up. It never fails: letters alone become the bare server.
func normalise(number string) string {
	number = device.ReplaceAllString(number, "")
	for _, server := range []string{userServer, groupServer, lidServer, broadcast} {
		if strings.Contains(number, server) {
			return number
		}
	}
	number, _, _ = strings.Cut(number, "@")
	hyphened := keep(number, "-")
	if strings.Contains(hyphened, "-") && len(hyphened) >= 24 {
		return hyphened + groupServer
	}
	digits := keep(number, "")
	if len(digits) >= 18 {
		return digits + groupServer
	}
	return shorten(digits) + userServer
}

// shorten drops what WhatsApp addresses of Brazil, Mexico and Argentina leave
// out of 13 digits.
func shorten(digits string) string {
	if len(digits) != 13 {
		return digits
	}
	switch digits[:2] {
	case "52", "54":
		return digits[:2] + digits[3:]
	case "55":
		if digits[2:4] >= "31" && digits[5] >= '7' {
			return digits[:4] + digits[5:]
		}
	}
	return digits
}

// person is a key that both spellings of a number share: digits without the
// ninth digit or the mobile prefix.
func person(jid string) string {
	digits, _, _ := strings.Cut(jid, "@")
	if len(digits) == 13 {
		switch digits[:2] {
		case "52", "54":
			return digits[:2] + digits[3:]
		case "55":
			return digits[:4] + digits[5:]
		}
	}
	return digits
}

// keep is s with its ASCII digits and the characters of also only.
func keep(s, also string) string {
	return strings.Map(func(r rune) rune {
		if r >= '0' && r <= '9' || strings.ContainsRune(also, r) {
			return r
		}
		return -1
	}, s)
}

// optionalPrefix reports whether numbers of this raw input's country have
// two spellings that the look-up's answer is matched against. A leading plus
// hides the country from the original, and so it does here.
func optionalPrefix(raw string) bool {
	return strings.HasPrefix(raw, "55") || strings.HasPrefix(raw, "52") || strings.HasPrefix(raw, "54")
}

// defaultExists is Options.Exists when none is given.
func defaultExists(digits string) (string, bool) {
	return digits, digits != "" && !strings.HasSuffix(digits, "0404")
}

// A number that was looked up, as the chat route and the failed send show it.
type lookedUp struct {
	JID    string `json:"jid"`
	Exists bool   `json:"exists"`
	Number string `json:"number"`
	Name   string `json:"name,omitempty"`
	LID    string `json:"lid,omitempty"`
}

type cached struct {
	jid   string
	until time.Time
}

type savedCache struct {
	Key   string    `json:"key"`
	JID   string    `json:"jid"`
	Until time.Time `json:"until"`
}

// cacheFor is how long a number that existed is believed to exist.
const cacheFor = 7 * 24 * time.Hour

// ask is the look-up itself, as WhatsApp would answer it.
func (g *Gateway) ask(raw string) lookedUp {
	jid := normalise(raw)
	found := lookedUp{JID: jid, Number: raw}
	user, server, _ := strings.Cut(jid, "@")
	switch "@" + server {
	case broadcast, lidServer:
		found.Exists = true
	case groupServer:
		_, found.Exists = g.o.Exists(user)
	default:
		as, exists := g.o.Exists(user)
		if !exists {
			return found
		}
		if as != user && (!optionalPrefix(raw) || person(as) != person(user)) {
			return found
		}
		found.JID, found.Exists = as+userServer, true
		found.Name = "Contato " + as[max(0, len(as)-4):]
	}
	return found
}

// inCache finds a number's address without a look-up. The key is of use only
// for the countries whose numbers have two spellings.
func (g *Gateway) inCache(raw string) (lookedUp, bool) {
	if g.o.NumberCache != nil && !*g.o.NumberCache {
		return lookedUp{}, false
	}
	key, cacheable := cacheKey(raw)
	if !cacheable {
		return lookedUp{}, false
	}
	g.mu.Lock()
	c, there := g.cache[key]
	g.mu.Unlock()
	if !there || !g.now().Before(c.until) {
		return lookedUp{}, false
	}
	return lookedUp{JID: c.jid, Exists: true, Number: raw}, true
}

// remember caches a number that exists.
func (g *Gateway) remember(found lookedUp) {
	key, cacheable := cacheKey(found.Number)
	if !cacheable || !found.Exists || g.o.NumberCache != nil && !*g.o.NumberCache {
		return
	}
	until := g.now().Add(cacheFor)
	g.mu.Lock()
	g.cache[key] = cached{jid: found.JID, until: until}
	g.mu.Unlock()
	g.ledger.note(record{Cache: &savedCache{Key: key, JID: found.JID, Until: until.UTC()}})
}

func cacheKey(raw string) (string, bool) {
	jid := normalise(raw)
	if !strings.HasSuffix(jid, userServer) || !optionalPrefix(jid) {
		return "", false
	}
	return person(jid), true
}

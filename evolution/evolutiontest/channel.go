package evolutiontest

import (
	"net/http"
	"time"
)

const notOnEvolution = "Method not available on Evolution Channel"

// sendEvolution sends through the channel that needs nothing but the server.
func (g *Gateway) sendEvolution(c *call, in *instance, m content, number string) answer {
	if m.whatsapp {
		return refused(http.StatusBadRequest, notOnEvolution)
	}
	if m.media != "" {
		m.body["mediaUrl"] = m.media
	}
	if delay := time.Duration(c.num("delay")) * time.Millisecond; delay > 0 && !g.wait(g.scaled(delay)) {
		return answer{}
	}
	if a, hit := g.strikeRelay(c); hit {
		return a
	}
	return g.carryOut(c, in, m, Key{RemoteJID: number, FromMe: true, ID: newUUID()}, "")
}

// sendBusiness sends through the Graph API: no look-up, no typing.
func (g *Gateway) sendBusiness(c *call, in *instance, m content, number string) answer {
	if a, hit := g.strikeRelay(c); hit {
		return a
	}
	key := Key{RemoteJID: normalise(number), FromMe: true, ID: "wamid." + newUUIDHex()}
	return g.carryOut(c, in, m, key, "PENDING")
}

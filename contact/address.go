package contact

import "strings"

// userServers are the domains of addresses that hold a person's number.
var userServers = map[string]bool{"s.whatsapp.net": true, "c.us": true}

// otherServers are the domains of addresses that do not, and what to say.
var otherServers = map[string]Reason{
	"lid":        ReasonLID,
	"hosted.lid": ReasonLID,
	"g.us":       ReasonGroup,
	"broadcast":  ReasonBroadcast,
	"newsletter": ReasonBroadcast,
}

// FromAddress reads a WhatsApp address (a JID), such as
// "5511900001234@s.whatsapp.net", "553187654321@s.whatsapp.net" (the gateway
// drops the ninth digit of Brazilian numbers of area codes from 31 on: it is
// restored, as [Phone.Canonical] tells) or "5511900001234:12@s.whatsapp.net" (a linked device).
//
// An address that holds no number gives a [*PhoneError]: [ReasonLID] for the
// anonymous addresses (look at remoteJidAlt instead), [ReasonGroup],
// [ReasonBroadcast], or [ReasonAddress] when it is no address at all. Bare digits
// are none: see [FromDigits].
func FromAddress(jid string) (Phone, error) {
	user, r := userOf(jid)
	if r != "" {
		return "", phoneError(r, jid)
	}
	p, r := parseNumber(user, DefaultRegion)
	if r != "" {
		return "", phoneError(r, jid)
	}
	return p, nil
}

// FromDigits reads a number as Meta's Cloud API and others spell it (wa_id): the
// digits of the international number, without + and without a server,
// "5511900001234". A spelling that the gateway has folded is led back to the
// canonical one, as [FromAddress] does.
//
// Anonymous addresses are digits too, and only their server tells: do not give
// it the part of a JID before "@". The error is a [*PhoneError].
func FromDigits(id string) (Phone, error) {
	if strings.Contains(id, "@") {
		return "", phoneError(ReasonAddress, id)
	}
	return FromAddress(id + "@s.whatsapp.net")
}

// userOf is the number that an address holds, with + before it.
func userOf(jid string) (string, Reason) {
	user, server, found := strings.Cut(jid, "@")
	if !found {
		return "", ReasonAddress
	}
	server = strings.ToLower(server)
	if !userServers[server] {
		if r := otherServers[server]; r != "" {
			return "", r
		}
		return "", ReasonAddress
	}
	user, _, _ = strings.Cut(user, ":") // the device
	user, _, _ = strings.Cut(user, "_") // the agent, in older addresses
	if user == "" || len(user) > 15 || strings.Trim(user, "0123456789") != "" {
		return "", ReasonAddress
	}
	return "+" + user, ""
}

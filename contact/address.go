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
// restored) or "5511900001234:12@s.whatsapp.net" (a linked device).
//
// An address that holds no number gives a [*PhoneError]: [ReasonLID] for the
// anonymous addresses (look at remoteJidAlt instead), [ReasonGroup],
// [ReasonBroadcast], or [ReasonAddress] when it is no address at all.
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

// Variants lists the spellings, in bare digits, under which a gateway may know
// this number; the canonical one is first. Compare them with the part of an
// address before "@", or append "@s.whatsapp.net" to ask for each.
//
//	Brazil      with and without the ninth digit, if the number existed without
//	            it: eight-digit mobiles began with 6–9, and 9 3000-1234 without
//	            its ninth digit would be somebody's landline
//	Argentina   with and without the 9 before the area code
//	Mexico      without and with the 1 before the area code
//
// Other numbers have one spelling. FromAddress leads each Brazilian and Mexican
// spelling back to p.
func (p Phone) Variants() []string {
	d := p.Digits()
	switch {
	case p.brazilian() && len(d) == 13 && d[4] == '9' && d[5] >= '6':
		return []string{d, d[:4] + d[5:]}
	case len(d) == 13 && strings.HasPrefix(d, "549"):
		return []string{d, "54" + d[3:]}
	case len(d) == 12 && strings.HasPrefix(d, "54"):
		return []string{d, "549" + d[2:]}
	case len(d) == 12 && strings.HasPrefix(d, "52"):
		return []string{d, "521" + d[2:]}
	}
	return []string{d}
}

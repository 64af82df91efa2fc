package evolution

import "strings"

const (
	personal = "@s.whatsapp.net"
	lid      = "@lid"
)

// bareJID removes the device part: "5511900001234:12@s.whatsapp.net".
func bareJID(jid string) string {
	user, host, ok := strings.Cut(jid, "@")
	if !ok {
		return jid
	}
	user, _, _ = strings.Cut(user, ":")
	return user + "@" + host
}

package line

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"net/url"
	"strconv"
	"strings"

	"github.com/alreasense/campaigns/campaign"
)

// Prefix is the path that the addresses of gateways begin with.
const Prefix = "/webhooks/evolution/"

// Header carries the secret of a number with every report.
const Header = "X-Campaigns-Secret"

// ReceiverHeader is in every answer of a Receiver, to strangers too: whoever
// looks whether an address leads to one, and not to some other server, asks for
// Prefix and looks for it.
const ReceiverHeader = "X-Campaigns-Receiver"

// addresses makes and reads what gateways report to.
type addresses struct{ key []byte }

// The secrets of one number. bare is that of an address which needs no header.
const (
	purposePath   = "path"
	purposeBare   = "path without header"
	purposeHeader = "header"
)

func (a addresses) secret(purpose string, id campaign.InstanceID) string {
	h := hmac.New(sha256.New, a.key)
	h.Write([]byte("campaigns gateway report " + purpose + "\x00" + strconv.FormatInt(int64(id), 10)))
	return base64.RawURLEncoding.EncodeToString(h.Sum(nil)[:24])
}

// path is the last part of a number's address.
func (a addresses) path(id campaign.InstanceID, bare bool) string {
	purpose := purposePath
	if bare {
		purpose = purposeBare
	}
	return strconv.FormatInt(int64(id), 10) + "." + a.secret(purpose, id)
}

// read finds out whose a path is. headed tells that a report to it must carry
// the number's header. Gateways that are set to one address for each event add
// the event's name as another part, which is left out here. The secrets are
// compared in constant time.
func (a addresses) read(path string) (id campaign.InstanceID, headed, ok bool) {
	name, _, _ := strings.Cut(strings.TrimPrefix(path, Prefix), "/")
	number, secret, found := strings.Cut(name, ".")
	n, err := strconv.ParseInt(number, 10, 64)
	if !found || err != nil || n <= 0 || strconv.FormatInt(n, 10) != number {
		return 0, false, false
	}
	id = campaign.InstanceID(n)
	full := hmac.Equal([]byte(secret), []byte(a.secret(purposePath, id)))
	bare := hmac.Equal([]byte(secret), []byte(a.secret(purposeBare, id)))
	return id, full, full || bare
}

// readURL is read for an address as a gateway has it, whatever stands before
// Prefix.
func (a addresses) readURL(s string) (id campaign.InstanceID, headed, ok bool) {
	u, err := url.Parse(s)
	if err != nil {
		return 0, false, false
	}
	_, rest, found := strings.Cut(u.Path, Prefix)
	if !found {
		return 0, false, false
	}
	return a.read(Prefix + rest)
}

// header is the number's secret of Header.
func (a addresses) header(id campaign.InstanceID) string { return a.secret(purposeHeader, id) }

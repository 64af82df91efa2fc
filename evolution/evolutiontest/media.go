package evolutiontest

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"image"
	_ "image/gif" // what an image may be
	_ "image/jpeg"
	_ "image/png"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// kinds are the send routes besides sendText: their schemas and what they
// make of a body. Media is neither fetched nor uploaded; of this machine's own
// addresses it is asked whether anybody listens.
var kinds = []struct {
	path   string
	schema []rule
	do     func(g *Gateway, c *call) answer
}{
	{"sendMedia", []rule{
		numberRule,
		{name: "mediatype", kind: "string", required: true, enum: []string{"image", "document", "video", "audio"}},
		{name: "media", kind: "string"}, {name: "mimetype", kind: "string"},
		{name: "fileName", kind: "string"}, {name: "caption", kind: "string"},
		delayRule, quotedRule, everyOneRule, mentionedRule,
	}, (*Gateway).sendMedia},
	{"sendWhatsAppAudio", []rule{numberRule, {name: "audio", kind: "string"}, {name: "encoding", kind: "boolean"}, delayRule, quotedRule},
		sendMediaField("audio", "audioMessage", "audio/ogg; codecs=opus")},
	{"sendPtv", []rule{numberRule, {name: "video", kind: "string"}, delayRule, quotedRule},
		sendMediaField("video", "ptvMessage", "video/mp4")},
	{"sendSticker", []rule{numberRule, {name: "sticker", kind: "string"}, delayRule, quotedRule},
		sendMediaField("sticker", "stickerMessage", "image/webp")},
	{"sendLocation", []rule{
		numberRule,
		{name: "latitude", kind: "number", required: true, minimum: -90},
		{name: "longitude", kind: "number", required: true, minimum: -180},
		{name: "name", kind: "string"}, {name: "address", kind: "string"}, delayRule, quotedRule,
	}, (*Gateway).sendLocation},
	{"sendContact", []rule{
		numberRule,
		{name: "contact", kind: "array", required: true, minLen: 1, items: []rule{
			{name: "fullName", kind: "string", required: true},
			{name: "phoneNumber", kind: "string", required: true, minLen: 10},
		}},
	}, (*Gateway).sendContact},
	{"sendReaction", []rule{
		{name: "key", kind: "object", required: true, fields: []rule{
			{name: "id", kind: "string", required: true},
			{name: "remoteJid", kind: "string", required: true},
			{name: "fromMe", kind: "boolean", required: true},
		}},
		{name: "reaction", kind: "string", required: true},
	}, (*Gateway).sendReaction},
	{"sendPoll", []rule{
		numberRule,
		{name: "name", kind: "string", required: true},
		{name: "selectableCount", kind: "integer", required: true},
		{name: "values", kind: "array", required: true, strings: true, minLen: 2, maxItems: 10, unique: true},
		delayRule, quotedRule,
	}, (*Gateway).sendPoll},
	{"sendButtons", []rule{
		numberRule,
		{name: "title", kind: "string"}, {name: "description", kind: "string"}, {name: "footer", kind: "string"},
		{name: "buttons", kind: "array", items: []rule{
			{name: "type", kind: "string", required: true, enum: []string{"reply", "copy", "url", "call", "pix"}},
		}},
		delayRule, quotedRule,
	}, (*Gateway).sendButtons},
	{"sendList", []rule{
		numberRule,
		{name: "title", kind: "string", required: true},
		{name: "footerText", kind: "string", required: true},
		{name: "buttonText", kind: "string", required: true},
		{name: "sections", kind: "array", required: true, minLen: 1},
		delayRule, quotedRule,
	}, sendAs("listMessage", "listMessage", "title", "title", "description", "footerText", "buttonText", "sections")},
	{"sendTemplate", []rule{
		numberRule,
		{name: "name", kind: "string", required: true},
		{name: "language", kind: "string", required: true},
	}, (*Gateway).sendTemplate},
	{"sendStatus", []rule{
		{name: "type", kind: "string", required: true, enum: []string{"text", "image", "audio", "video"}},
	}, (*Gateway).sendStatus},
}

// sendAs is a route whose message is a selection of its body's fields. text
// names the field that goes to the ledger as the text.
func sendAs(method, typ, text string, fields ...string) func(g *Gateway, c *call) answer {
	return func(g *Gateway, c *call) answer {
		return g.perform(c, content{method: method, typ: typ, text: c.str(text), body: map[string]any{typ: pick(c.body, fields...)}})
	}
}

// pick selects fields of a body.
func pick(body map[string]any, fields ...string) map[string]any {
	inner := map[string]any{}
	for _, f := range fields {
		if v, there := body[f]; there {
			inner[f] = v
		}
	}
	return inner
}

func (g *Gateway) sendLocation(c *call) answer {
	inner := pick(c.body, "name", "address")
	inner["degreesLatitude"], inner["degreesLongitude"] = c.num("latitude"), c.num("longitude")
	return g.perform(c, content{method: "locationMessage", typ: "locationMessage", text: c.str("name"), whatsapp: true,
		body: map[string]any{"locationMessage": inner}})
}

func (g *Gateway) sendContact(c *call) answer {
	list, _ := c.body["contact"].([]any)
	cards := []any{}
	for _, v := range list {
		m, _ := v.(map[string]any)
		name, _ := m["fullName"].(string)
		phone, _ := m["phoneNumber"].(string)
		id, _, _ := strings.Cut(normalise(phone), "@")
		cards = append(cards, map[string]any{"displayName": name, "vcard": "BEGIN:VCARD\nVERSION:3.0\nN:" + name + "\nFN:" + name +
			"\nitem1.TEL;waid=" + id + ":" + phone + "\nitem1.X-ABLabel:Celular\nEND:VCARD"})
	}
	typ, inner := "contactMessage", any(nil)
	if len(cards) == 1 {
		inner = cards[0]
	} else {
		typ, inner = "contactsArrayMessage", map[string]any{"contacts": cards}
	}
	return g.perform(c, content{method: "contactMessage", typ: typ, whatsapp: true, body: map[string]any{typ: inner}})
}

func (g *Gateway) sendPoll(c *call) answer {
	options := []any{}
	values, _ := c.body["values"].([]any)
	for _, v := range values {
		options = append(options, map[string]any{"optionName": v})
	}
	const typ = "pollCreationMessageV3"
	return g.perform(c, content{method: "pollMessage", typ: typ, text: c.str("name"), body: map[string]any{typ: map[string]any{
		"name": c.str("name"), "options": options, "selectableOptionsCount": c.body["selectableCount"],
	}}})
}

func (g *Gateway) sendMedia(c *call) answer {
	kind, media := c.str("mediatype"), c.str("media")
	inner := uploaded(kind, media, orText(c.str("mimetype"), mimeOf[kind]))
	for _, f := range []string{"fileName", "caption"} {
		if v := c.str(f); v != "" {
			inner[f] = v
		}
	}
	return g.perform(c, content{
		method: "mediaMessage", typ: kind + "Message", text: c.str("caption"), media: media,
		body: map[string]any{kind + "Message": inner},
		check: func() (answer, bool) {
			if kind == "document" && c.str("fileName") == "" && !isURL(media) && isBase64(media) {
				return refused(http.StatusBadRequest, "For base64 the file name must be informed."), true
			}
			if a, stop := checkMedia(media); stop {
				return a, true
			}
			if text := unprepared(kind, media); text != "" {
				return enveloped(http.StatusInternalServerError, "Internal Server Error", []string{text}), true
			}
			return answer{}, false
		},
	})
}

var mimeOf = map[string]string{"image": "image/jpeg", "video": "video/mp4", "audio": "audio/mp4", "document": "application/pdf"}

// sendMediaField is a route whose media stands in one field.
func sendMediaField(field, typ, mime string) func(g *Gateway, c *call) answer {
	return func(g *Gateway, c *call) answer {
		media := c.str(field)
		if media == "" {
			media = c.str("media") // the file of a form
		}
		return g.perform(c, content{
			method: typ, typ: typ, media: media, body: map[string]any{typ: uploaded(field, media, mime)},
			check: func() (answer, bool) {
				if a, stop := checkMedia(media); stop {
					return a, true
				}
				if field == "sticker" && unprepared("image", media) != "" {
					return thrown("Input buffer contains unsupported image format"), true
				}
				return answer{}, false
			},
		})
	}
}

// checkMedia accepts a URL whose host is not localhost, raw base64, or an
// uploaded file. A data: URI is neither.
func checkMedia(media string) (answer, bool) {
	if media == uploadedFile || isURL(media) || isBase64(media) {
		return answer{}, false
	}
	return refused(http.StatusBadRequest, "Owned media must be a url or base64"), true
}

// unprepared is why media cannot be made ready for WhatsApp: an image whose bytes
// are none, or an address of this machine at which nobody listens. No other
// address is dialled.
func unprepared(kind, media string) string {
	if media == uploadedFile {
		return ""
	}
	if isURL(media) {
		return unfetched(media)
	}
	b, err := base64.StdEncoding.DecodeString(media)
	if err != nil || kind != "image" || bytes.HasPrefix(b, []byte("RIFF")) { // WebP, which the library cannot read
		return ""
	}
	if _, _, err := image.DecodeConfig(bytes.NewReader(b)); err != nil {
		return "Error: pngload_buffer: libspng read error"
	}
	return ""
}

func unfetched(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return ""
	}
	ip, err := netip.ParseAddr(u.Hostname())
	if err != nil || !ip.IsLoopback() {
		return ""
	}
	port := u.Port()
	if port == "" {
		port = map[string]string{"http": "80", "https": "443"}[u.Scheme]
	}
	at := net.JoinHostPort(u.Hostname(), port)
	conn, err := net.DialTimeout("tcp", at, time.Second)
	if err != nil {
		return "Error: connect ECONNREFUSED " + at
	}
	_ = conn.Close()
	return ""
}

// uploaded is what WhatsApp's servers make of media. The hash is that of the
// bytes, as for video, documents and voice; images are other bytes after they
// were encoded again.
func uploaded(kind, media, mime string) map[string]any {
	b, err := base64.StdEncoding.DecodeString(media)
	if err != nil || isURL(media) || kind == "image" || kind == "sticker" {
		b = []byte(kind + media)
	}
	sum, key := sha256.Sum256(b), sha256.Sum256(append([]byte("key "), b...))
	hash := base64.StdEncoding.EncodeToString(sum[:])
	return map[string]any{
		"url": "https://mmg.whatsapp.net/evolutiontest", "mimetype": mime, "fileSha256": hash, "fileLength": strconv.Itoa(len(b)),
		"mediaKey": base64.StdEncoding.EncodeToString(key[:]), "directPath": "/v/evolutiontest/" + hex.EncodeToString(sum[:8]),
	}
}

func isURL(s string) bool {
	u, err := url.Parse(s)
	return err == nil && (u.Scheme == "http" || u.Scheme == "https") && u.Hostname() != "" && u.Hostname() != "localhost"
}

func isBase64(s string) bool {
	_, err := base64.StdEncoding.DecodeString(s)
	return err == nil && s != ""
}

func (g *Gateway) sendReaction(c *call) answer {
	key, _ := c.body["key"].(map[string]any)
	c.body["number"], _ = key["remoteJid"].(string)
	if n := len([]rune(c.str("reaction"))); n > 8 || strings.ContainsAny(c.str("reaction"), "abcdefghijklmnopqrstuvwxyz0123456789") {
		return refused(http.StatusBadRequest, "Reaction must be a single emoji or empty string")
	}
	return sendAs("reactionMessage", "reactionMessage", "reaction", "key", "reaction")(g, c)
}

func (g *Gateway) sendButtons(c *call) answer {
	list, _ := c.body["buttons"].([]any)
	replies, pix := 0, 0
	for _, b := range list {
		m, _ := b.(map[string]any)
		switch m["type"] {
		case "reply":
			replies++
		case "pix":
			pix++
		}
	}
	switch {
	case len(list) == 0:
		return refused(http.StatusBadRequest, "At least one button is required")
	case replies > 3:
		return refused(http.StatusBadRequest, "Maximum of 3 reply buttons allowed")
	case replies > 0 && replies < len(list):
		return refused(http.StatusBadRequest, "Reply buttons cannot be mixed with other button types")
	case pix > 1 || pix == 1 && len(list) > 1:
		return refused(http.StatusBadRequest, "Only one PIX button is allowed")
	}
	inner := pick(c.body, "title", "description", "footer", "buttons")
	return g.perform(c, content{method: "buttonMessage", typ: "viewOnceMessage", text: c.str("title"), body: map[string]any{
		"viewOnceMessage": map[string]any{"message": map[string]any{"interactiveMessage": inner}},
	}})
}

func (g *Gateway) sendTemplate(c *call) answer {
	g.mu.Lock()
	in, a := g.live(c, "templateMessage")
	g.mu.Unlock()
	switch {
	case in == nil:
		return a
	case in.Integration == Business:
		return sendAs("templateMessage", "templateMessage", "name", "name", "language", "components")(g, c)
	case in.Integration == Evolution:
		return refused(http.StatusBadRequest, "Method not available on Evolution Channel")
	}
	return thrown("Method not available in the Baileys service")
}

func (g *Gateway) sendStatus(c *call) answer {
	c.body["number"] = "status" + broadcast
	return sendAs("statusMessage", "extendedTextMessage", "content", "content", "caption")(g, c)
}

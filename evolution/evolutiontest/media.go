package evolutiontest

import (
	"encoding/base64"
	"net/http"
	"net/url"
	"strings"
)

// kinds are the send routes besides sendText: their schemas and what they
// make of a body. Media is neither fetched nor uploaded.
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
		sendMediaField("audio", "audioMessage")},
	{"sendPtv", []rule{numberRule, {name: "video", kind: "string"}, delayRule, quotedRule},
		sendMediaField("video", "ptvMessage")},
	{"sendSticker", []rule{numberRule, {name: "sticker", kind: "string"}, delayRule, quotedRule},
		sendMediaField("sticker", "stickerMessage")},
	{"sendLocation", []rule{
		numberRule,
		{name: "latitude", kind: "number", required: true, minimum: -90},
		{name: "longitude", kind: "number", required: true, minimum: -180},
		{name: "name", kind: "string"}, {name: "address", kind: "string"}, delayRule, quotedRule,
	}, sendAs("locationMessage", "locationMessage", "name", "latitude", "longitude", "name", "address")},
	{"sendContact", []rule{
		numberRule,
		{name: "contact", kind: "array", required: true, minLen: 1, items: []rule{
			{name: "fullName", kind: "string", required: true},
			{name: "phoneNumber", kind: "string", required: true, minLen: 10},
		}},
	}, sendAs("contactMessage", "contactMessage", "", "contact")},
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
	}, sendAs("pollMessage", "pollCreationMessageV3", "name", "name", "values", "selectableCount")},
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
		inner := map[string]any{}
		for _, f := range fields {
			if v, there := c.body[f]; there {
				inner[f] = v
			}
		}
		return g.perform(c, content{method: method, typ: typ, text: c.str(text), body: map[string]any{typ: inner}})
	}
}

func (g *Gateway) sendMedia(c *call) answer {
	typ := c.str("mediatype") + "Message"
	media := c.str("media")
	return g.perform(c, content{
		method: "mediaMessage", typ: typ, text: c.str("caption"),
		body: map[string]any{typ: map[string]any{
			"mimetype": c.str("mimetype"), "fileName": c.str("fileName"), "caption": c.str("caption"),
		}},
		check: func() (answer, bool) {
			if c.str("mediatype") == "document" && c.str("fileName") == "" && !isURL(media) && isBase64(media) {
				return refused(http.StatusBadRequest, "For base64 the file name must be informed."), true
			}
			return checkMedia(media)
		},
	})
}

// sendMediaField is a route whose media stands in one field.
func sendMediaField(field, typ string) func(g *Gateway, c *call) answer {
	return func(g *Gateway, c *call) answer {
		media := c.str(field)
		if media == "" {
			media = c.str("media") // the file of a form
		}
		return g.perform(c, content{
			method: typ, typ: typ, body: map[string]any{typ: map[string]any{"url": "https://mmg.whatsapp.net/evolutiontest"}},
			check: func() (answer, bool) { return checkMedia(media) },
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
		return refused(http.StatusBadRequest, `"reaction" must be an emoji`)
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
		return refused(http.StatusBadRequest, "Reply buttons cannot be mixed with other types")
	case pix > 1 || pix == 1 && len(list) > 1:
		return refused(http.StatusBadRequest, "Only one PIX button is allowed")
	}
	return sendAs("buttonMessage", "interactiveMessage", "title", "title", "description", "footer", "buttons")(g, c)
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

package evolution

import (
	"errors"
	"strings"

	"github.com/alreasense/campaigns/contact"
)

// messageKey is the address of a message. Besides the names of v2 it reads
// those of its neighbours for the number behind an anonymous address.
type messageKey struct {
	ID        string `json:"id"`
	RemoteJID string `json:"remoteJid"`
	Alt       string `json:"remoteJidAlt"`
	SenderPN  string `json:"senderPn"`
	FromMe    truth  `json:"fromMe"`
}

// truth is a boolean that a program may have written as something else. What is
// not plainly false is true: a message of our own must not be taken for an answer.
type truth bool

// UnmarshalJSON implements json.Unmarshaler.
func (t *truth) UnmarshalJSON(b []byte) error {
	switch strings.ToLower(string(b)) {
	case "false", "null", "0", `""`, `"false"`, `"0"`:
		*t = false
	default:
		*t = true
	}
	return nil
}

// phone is the number of the person that the chat is with. The chat's address
// decides: the alternatives tell who is behind an anonymous one. In a group, a
// status or a channel they would name whoever wrote there, which is not to us.
func (k messageKey) phone() contact.Phone {
	p, err := contact.FromAddress(k.RemoteJID)
	if !isReason(err, contact.ReasonLID) {
		return p
	}
	if p, err := contact.FromAddress(k.Alt); err == nil {
		return p
	}
	if k.FromMe {
		return "" // the sender is the owner, not who the chat is with
	}
	p, _ = contact.FromAddress(k.SenderPN)
	return p
}

// anonymous is the anonymous address of the chat, if it has one.
func (k messageKey) anonymous() string {
	_, err := contact.FromAddress(k.RemoteJID)
	if isReason(err, contact.ReasonGroup) || isReason(err, contact.ReasonBroadcast) {
		return ""
	}
	for _, jid := range [...]string{k.RemoteJID, k.Alt} {
		if j := bareJID(jid); len(j) > len(lid) && j[len(j)-len(lid):] == lid {
			return j
		}
	}
	return ""
}

func isReason(err error, r contact.Reason) bool {
	var e *contact.PhoneError
	return errors.As(err, &e) && e.Reason == r
}

// content is the part of a message that holds words.
type content struct {
	Conversation string `json:"conversation"`
	Extended     struct {
		Text string `json:"text"`
	} `json:"extendedTextMessage"`
	Image     captioned `json:"imageMessage"`
	Video     captioned `json:"videoMessage"`
	Document  captioned `json:"documentMessage"`
	Ephemeral wrapped   `json:"ephemeralMessage"`
	ViewOnce  wrapped   `json:"viewOnceMessage"`
	Captioned wrapped   `json:"documentWithCaptionMessage"`
	Buttons   struct {
		Text string `json:"selectedDisplayText"`
	} `json:"buttonsResponseMessage"`
	Template struct {
		Text string `json:"selectedDisplayText"`
	} `json:"templateButtonReplyMessage"`
	List struct {
		Title string `json:"title"`
	} `json:"listResponseMessage"`
	Reaction *struct {
		Text string `json:"text"`
	} `json:"reactionMessage"`
}

type captioned struct {
	Caption string `json:"caption"`
}

type wrapped struct {
	Message *content `json:"message"`
}

// text is what a person reads or wrote: the text, a caption, or the label of
// the button that was pressed.
func (c *content) text(depth int) string {
	for _, s := range [...]string{
		c.Conversation, c.Extended.Text, c.Image.Caption, c.Video.Caption, c.Document.Caption,
		c.Buttons.Text, c.Template.Text, c.List.Title,
	} {
		if s != "" {
			return s
		}
	}
	if depth < deepest {
		for _, w := range [...]wrapped{c.Ephemeral, c.ViewOnce, c.Captioned} {
			if w.Message != nil {
				return w.Message.text(depth + 1)
			}
		}
	}
	return ""
}

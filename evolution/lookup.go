package evolution

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/alreasense/campaigns/campaign"
)

const (
	pageSize = 50
	maxPages = 20
)

// Find searches what the gateway has stored of its own sends: under every
// spelling of the number, and under the anonymous addresses that Server.LIDs
// names. The text is compared here, byte for byte. A gateway that takes ids of
// messages is asked for that of q.Attempt first: what it has under it is the
// message and nothing else is, whatever other messages with this text there are.
//
// The gateway dates messages in whole seconds, so a record counts if any
// instant of its second lies between q.From and q.Until. Records come oldest
// first, each message once. A gateway that does not store messages always
// answers with none. At most 1,000 messages of one address are looked
// through; more are an error unless a match was found, because an answer that
// was not read to its end is not a "none".
func (c *Client) Find(ctx context.Context, q campaign.Inquiry) ([]campaign.Record, error) {
	fail := &Error{Op: "find", Route: q.Route}
	t, err := c.find(ctx, q.Route)
	if err != nil {
		return nil, misconfigured(fail, err)
	}
	if q.To == "" {
		fail.Code, fail.Message = CodeInvalidMessage, "the inquiry names no number"
		return nil, fail
	}
	if id := t.messageID(q.Attempt); id != "" {
		m, known, err := t.written(ctx, fail, id)
		if err != nil {
			return nil, err
		}
		if known && bool(m.Key.FromMe) && !m.Timestamp.IsZero() {
			return []campaign.Record{{ProviderID: id, Address: m.Key.RemoteJID, At: m.Timestamp.Time}}, nil
		}
	}
	var at []string
	for _, s := range q.To.Variants() {
		at = append(at, s+personal)
	}
	if t.LIDs != nil {
		more, err := t.LIDs(ctx, q.To)
		if err != nil {
			fail.Code, fail.Message, fail.Err = CodeUnclear, "the known anonymous addresses could not be read", err
			return nil, fail
		}
		for _, l := range more {
			if l = bareJID(l); strings.HasSuffix(l, lid) && !slices.Contains(at, l) {
				at = append(at, l)
			}
		}
	}
	var found []campaign.Record
	var short error
	for _, jid := range at {
		recs, err := t.search(ctx, q, jid)
		if errors.Is(err, errTooMany) {
			short = err
		} else if err != nil {
			return nil, err
		}
		for _, r := range recs {
			if !slices.ContainsFunc(found, func(f campaign.Record) bool { return f.ProviderID == r.ProviderID }) {
				found = append(found, r)
			}
		}
	}
	if len(found) == 0 && short != nil {
		return nil, short
	}
	slices.SortStableFunc(found, func(a, b campaign.Record) int { return a.At.Compare(b.At) })
	return found, nil
}

var errTooMany = errors.New("too many messages in that time to look through; ask for a shorter one")

// search walks the pages of one address.
func (t *target) search(ctx context.Context, q campaign.Inquiry, jid string) ([]campaign.Record, error) {
	type bounds struct {
		From  string `json:"gte"`
		Until string `json:"lte"`
	}
	type key struct {
		RemoteJID string `json:"remoteJid"`
		FromMe    bool   `json:"fromMe"`
	}
	type where struct {
		Key  key    `json:"key"`
		Time bounds `json:"messageTimestamp"`
	}
	in := struct {
		Where where `json:"where"`
		Page  int   `json:"page"`
		Size  int   `json:"offset"`
	}{
		Where: where{key{jid, true}, bounds{
			// One bound alone is ignored by the gateway.
			q.From.Add(-time.Second).UTC().Format(isoMillis),
			q.Until.Add(time.Second).UTC().Format(isoMillis),
		}},
		Size: pageSize,
	}
	fail := &Error{Op: "find", Route: q.Route}
	var found []campaign.Record
	for in.Page = 1; ; in.Page++ {
		if in.Page > maxPages {
			fail.Code, fail.Err = CodeUnclear, errTooMany
			return found, fail
		}
		var a page
		err := t.call(ctx, fail, ask{method: http.MethodPost, route: "/chat/findMessages", in: in, read: true, limit: maxList}, &a)
		if err != nil {
			return nil, err
		}
		for i := range a.records {
			if r, ok := a.records[i].match(q, jid); ok {
				found = append(found, r)
			}
		}
		if in.Page >= a.pages {
			return found, nil
		}
	}
}

const isoMillis = "2006-01-02T15:04:05.000Z"

// page is an answer of findMessages: paged by v2, a plain list by v1.8.
type page struct {
	pages   int
	records []storedMessage
}

func (p *page) UnmarshalJSON(b []byte) error {
	var paged struct {
		Messages *struct {
			Pages   int             `json:"pages"`
			Records []storedMessage `json:"records"`
		} `json:"messages"`
	}
	if len(b) > 0 && b[0] == '[' {
		p.pages = 1
		return json.Unmarshal(b, &p.records)
	}
	if err := json.Unmarshal(b, &paged); err != nil {
		return err
	}
	if paged.Messages == nil {
		return errShape
	}
	p.pages, p.records = paged.Messages.Pages, paged.Messages.Records
	return nil
}

type storedMessage struct {
	Key       messageKey `json:"key"`
	Message   content    `json:"message"`
	Context   quotation  `json:"contextInfo"`
	Timestamp stamp      `json:"messageTimestamp"`
}

func (m *storedMessage) match(q campaign.Inquiry, jid string) (campaign.Record, bool) {
	from := q.From.Truncate(time.Second)
	switch {
	case m.Key.ID == "", !bool(m.Key.FromMe), m.Timestamp.IsZero():
	case bareJID(m.Key.RemoteJID) != jid && bareJID(m.Key.Alt) != jid:
	case m.Timestamp.Before(from), m.Timestamp.After(q.Until):
	case m.Message.text(0) != q.Text:
	default:
		return campaign.Record{ProviderID: m.Key.ID, Address: m.Key.RemoteJID, At: m.Timestamp.Time}, true
	}
	return campaign.Record{}, false
}

// Written finds a message of any chat in what the gateway has stored, by its id;
// false if it knows none. An edit that is reported does not tell whose it is:
// this does.
func (c *Client) Written(ctx context.Context, r campaign.Route, id string) (MessageIn, bool, error) {
	fail := &Error{Op: "written", Route: r}
	if id == "" {
		fail.Code, fail.Message = CodeInvalidMessage, "the message id is empty"
		return MessageIn{}, false, fail
	}
	t, err := c.find(ctx, r)
	if err != nil {
		return MessageIn{}, false, misconfigured(fail, err)
	}
	m, known, err := t.written(ctx, fail, id)
	if err != nil || !known {
		return MessageIn{}, false, err
	}
	return MessageIn{ID: id, Phone: m.Key.phone(), Address: m.Key.RemoteJID, LID: m.Key.anonymous(), FromMe: bool(m.Key.FromMe),
		Answers: m.Context.ID, Text: m.Message.text(0), At: m.Timestamp.Time}, true, nil
}

// written asks for one message of any chat by its id.
func (t *target) written(ctx context.Context, fail *Error, id string) (storedMessage, bool, error) {
	type key struct {
		ID string `json:"id"`
	}
	type where struct {
		Key key `json:"key"`
	}
	in := struct {
		Where where `json:"where"`
		Page  int   `json:"page"`
		Size  int   `json:"offset"`
	}{where{key{id}}, 1, pageSize}
	var a page
	if err := t.call(ctx, fail, ask{method: http.MethodPost, route: "/chat/findMessages", in: in, read: true, limit: maxList}, &a); err != nil {
		return storedMessage{}, false, err
	}
	for i := range a.records {
		if a.records[i].Key.ID == id {
			return a.records[i], true, nil
		}
	}
	return storedMessage{}, false, nil
}

// FindStatus is the furthest status that the gateway has stored for a message
// of ours, by its provider id; StatusNone if it knows none, which proves
// nothing. It is a fallback for webhooks that were lost.
func (c *Client) FindStatus(ctx context.Context, r campaign.Route, id string) (Status, error) {
	type where struct {
		ID string `json:"id"`
	}
	if id == "" {
		return StatusNone, &Error{Op: "find status", Route: r, Code: CodeInvalidMessage, Message: "the message id is empty"}
	}
	in := struct {
		Where where `json:"where"`
		Page  int   `json:"page"`
		Size  int   `json:"offset"`
	}{where{id}, 1, pageSize}
	var rows []struct {
		KeyID  string `json:"keyId"`
		ID     string `json:"id"`
		Status Status `json:"status"`
	}
	err := c.call(ctx, r, ask{op: "find status", method: http.MethodPost, route: "/chat/findStatusMessage", in: in, read: true}, &rows)
	if err != nil {
		return StatusNone, err
	}
	best := StatusNone
	for _, w := range rows {
		if w.KeyID != id && (w.KeyID != "" || w.ID != id) {
			continue // id is a row's own id in v2, and the message's in v1.8
		}
		best = max(best, w.Status)
	}
	return best, nil
}

package control

import (
	"context"
	"net/http"
	"slices"
	"time"

	"github.com/alreasense/campaigns/campaign"
	"github.com/alreasense/campaigns/contact"
	"github.com/danielgtaylor/huma/v2"
)

// Message is one of the texts that a campaign rotates.
type Message struct {
	ID            int    `json:"id" doc:"The message's number in its campaign."`
	MessageText   string `json:"message_text"`
	Order         int    `json:"order" doc:"Its place, from 1."`
	IsActive      bool   `json:"is_active" doc:"Whether it takes part in the rotation."`
	Weight        int    `json:"weight" doc:"Its share under the weighted rotation."`
	TimesSent     int64  `json:"times_sent"`
	ResponseCount int64  `json:"response_count" doc:"People who answered it."`
}

func messageView(i int, m campaign.Message, p campaign.Progress) Message {
	out := Message{ID: int(m.ID), MessageText: m.Text, Order: i + 1, IsActive: !m.Off, Weight: m.Weight, TimesSent: p.SentOf[m.ID],
		ResponseCount: p.RespondedOf[m.ID]}
	if out.Weight == 0 {
		out.Weight = 1
	}
	return out
}

// MessageEdit is what a person may write of a message.
type MessageEdit struct {
	ID          Maybe[campaign.MessageID] `json:"id,omitzero" doc:"In a list of all messages: the one that is meant. Read-only elsewhere."`
	MessageText Maybe[string]             `json:"message_text,omitzero"`
	Order       Maybe[int]                `json:"order,omitzero" doc:"Its place, from 1. In a list the order of the list counts."`
	IsActive    Maybe[bool]               `json:"is_active,omitzero"`
	Weight      Maybe[int]                `json:"weight,omitzero"`
}

// TransformSchema lets what was read be sent back.
func (MessageEdit) TransformSchema(r huma.Registry, s *huma.Schema) *huma.Schema {
	return readOnly[Message](r, s)
}

func (in MessageEdit) edit(m *campaign.Message) {
	in.MessageText.put(&m.Text)
	in.Weight.put(&m.Weight)
	if in.IsActive.Given {
		m.Off = !in.IsActive.Value
	}
}

const messagesPath = campaignsPath + "{id}/messages/"

// OneMessage names a message of a campaign in the path.
type OneMessage struct {
	OneCampaign
	Message int `path:"mid" doc:"The message's number in its campaign."`
}

func (a *api) messages() {
	tag := "messages"
	route(a, op{method: http.MethodGet, path: messagesPath, id: "listMessages", tag: tag, summary: "List the messages of a campaign"}, a.listMessages)
	route(a, op{method: http.MethodPost, path: messagesPath, id: "createMessage", tag: tag, status: http.StatusCreated, summary: "Add a message"}, a.createMessage)
	route(a, op{method: http.MethodGet, path: messagesPath + "{mid}/", id: "getMessage", tag: tag, summary: "Read a message"}, a.getMessage)
	route(a, op{method: http.MethodPatch, path: messagesPath + "{mid}/", id: "editMessage", tag: tag, summary: "Change a message"}, a.editMessage)
	route(a, op{method: http.MethodDelete, path: messagesPath + "{mid}/", id: "deleteMessage", tag: tag, status: http.StatusNoContent, summary: "Remove a message"}, a.deleteMessage)
	route(a, op{method: http.MethodGet, path: messagesPath + "{mid}/preview/", id: "previewMessage", tag: tag,
		summary: "A message as real people would get it"}, a.previewMessage)
	route(a, op{method: http.MethodPost, path: messagesPath + "{mid}/preview/", id: "previewMessageFor", tag: tag,
		summary: "A message as the people of these phones would get it"}, a.previewMessageFor)
}

type listMessagesInput struct {
	OneCampaign
	ByNumber
}

func (a *api) listMessages(ctx context.Context, s *campaign.Service, in *listMessagesInput) (*pageOf[Message], error) {
	st, err := s.Standing(ctx, campaign.ID(in.ID))
	if err != nil {
		return nil, err
	}
	return sliced(a, ctx, in.ByNumber, visitOf(ctx).campaign(st).Messages), nil
}

// shownMessage is one message with the ETag of its campaign.
func (a *api) shownMessage(ctx context.Context, s *campaign.Service, id campaign.ID, m campaign.MessageID) (*tagged[Message], error) {
	st, err := s.Standing(ctx, id)
	if err != nil {
		return nil, err
	}
	i := placeOf(st.Campaign.Messages, m)
	if i < 0 {
		return nil, campaign.ErrNotFound
	}
	return &tagged[Message]{ETag: tag(st.Campaign.Rev), Body: messageView(i, st.Campaign.Messages[i], st.Progress)}, nil
}

func placeOf(ms []campaign.Message, id campaign.MessageID) int {
	return slices.IndexFunc(ms, func(m campaign.Message) bool { return m.ID == id })
}

func (a *api) getMessage(ctx context.Context, s *campaign.Service, in *OneMessage) (*tagged[Message], error) {
	return a.shownMessage(ctx, s, campaign.ID(in.ID), campaign.MessageID(in.Message))
}

type createMessageInput struct {
	OneCampaign
	IfMatch
	Body MessageEdit
}

func (a *api) createMessage(ctx context.Context, s *campaign.Service, in *createMessageInput) (*created[Message], error) {
	var at int
	c, err := a.edit(ctx, s, campaign.ID(in.ID), in.IfMatch, func(d *campaign.Draft) error {
		var m campaign.Message
		in.Body.edit(&m)
		at = len(d.Messages)
		if in.Body.Order.Given {
			at = clamp(in.Body.Order.Value-1, 0, len(d.Messages))
		}
		d.Messages = slices.Insert(d.Messages, at, m)
		return nil
	})
	if err != nil {
		return nil, err
	}
	m, err := a.shownMessage(ctx, s, c.ID, c.Messages[at].ID)
	if err != nil {
		return nil, err
	}
	where := a.address(visitOf(ctx), campaignsPath+itoa(in.ID)+"/messages/", int64(m.Body.ID))
	return &created[Message]{ETag: m.ETag, Location: where, Body: m.Body}, nil
}

type editMessageInput struct {
	OneMessage
	IfMatch
	Body MessageEdit
}

func (a *api) editMessage(ctx context.Context, s *campaign.Service, in *editMessageInput) (*tagged[Message], error) {
	id := campaign.MessageID(in.Message)
	_, err := a.edit(ctx, s, campaign.ID(in.ID), in.IfMatch, func(d *campaign.Draft) error {
		i := placeOf(d.Messages, id)
		if i < 0 {
			return campaign.ErrNotFound
		}
		m := d.Messages[i]
		in.Body.edit(&m)
		d.Messages[i] = m
		if in.Body.Order.Given {
			d.Messages = slices.Delete(d.Messages, i, i+1)
			d.Messages = slices.Insert(d.Messages, clamp(in.Body.Order.Value-1, 0, len(d.Messages)), m)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return a.shownMessage(ctx, s, campaign.ID(in.ID), id)
}

type deleteMessageInput struct {
	OneMessage
	IfMatch
}

func (a *api) deleteMessage(ctx context.Context, s *campaign.Service, in *deleteMessageInput) (*struct{}, error) {
	_, err := a.edit(ctx, s, campaign.ID(in.ID), in.IfMatch, func(d *campaign.Draft) error {
		i := placeOf(d.Messages, campaign.MessageID(in.Message))
		if i < 0 {
			return campaign.ErrNotFound
		}
		d.Messages = slices.Delete(d.Messages, i, i+1)
		return nil
	})
	return nil, err
}

// Preview is a message as one person would get it.
type Preview struct {
	ContactID int64     `json:"contact_id" doc:"0 where the audience was not made from contacts."`
	Name      string    `json:"name"`
	Phone     string    `json:"phone"`
	Text      string    `json:"text" doc:"Empty where problem tells why this person would not get it."`
	Problem   *Reason   `json:"problem"`
	At        time.Time `json:"at" doc:"The instant that the greeting and the day are for."`
	Defaults  []string  `json:"defaults" doc:"Variables for which this person gets the text's default."`
	Warnings  []Warning `json:"warnings" doc:"What the message gives to look at; the same for everybody."`
}

type previewInput struct {
	OneMessage
	Contacts []int64 `query:"contacts" maxItems:"50" doc:"Ids of contacts, with commas; else the first of the audience, or of all contacts."`
	Limit    int     `query:"limit" minimum:"1" maximum:"50" default:"5"`
}

func (a *api) previewMessage(ctx context.Context, s *campaign.Service, in *previewInput) (*pageOf[Preview], error) {
	return previews(ctx, s, campaign.ID(in.ID), campaign.PreviewQuery{Message: campaign.MessageID(in.Message), Contacts: in.Contacts, Limit: in.Limit})
}

// A phone stands in the body, since paths and queries get into logs.
type previewForInput struct {
	OneMessage
	Body struct {
		Phones []string `json:"phones" minItems:"1" maxItems:"50" doc:"In any usual spelling: people of the audience, as the campaign knows them, or else contacts."`
	}
}

func (a *api) previewMessageFor(ctx context.Context, s *campaign.Service, in *previewForInput) (*pageOf[Preview], error) {
	q := campaign.PreviewQuery{Message: campaign.MessageID(in.Message), Limit: len(in.Body.Phones)}
	for _, text := range in.Body.Phones {
		p, err := contact.ParsePhone(text, contact.DefaultRegion)
		if err != nil {
			return nil, err
		}
		q.Phones = append(q.Phones, p)
	}
	return previews(ctx, s, campaign.ID(in.ID), q)
}

func previews(ctx context.Context, s *campaign.Service, id campaign.ID, q campaign.PreviewQuery) (*pageOf[Preview], error) {
	ps, err := s.Preview(ctx, id, q)
	if err != nil {
		return nil, err
	}
	v := visitOf(ctx)
	n := int64(len(ps))
	out := Page[Preview]{Count: &n}
	for _, p := range ps {
		out.Results = append(out.Results, Preview{ContactID: p.Contact.ID, Name: p.Contact.Name, Phone: string(p.Contact.Phone),
			Text: p.Text, Problem: v.reason(p.Why, p.At.Location()), At: p.At,
			Defaults: append([]string{}, p.Defaults...), Warnings: v.warnings(p.Warnings)})
	}
	return page(out), nil
}

func clamp(n, lo, hi int) int { return max(lo, min(n, hi)) }

package control

import (
	"context"
	"net/http"
	"slices"
	"strconv"
	"time"

	"github.com/alreasense/campaigns/campaign"
	"github.com/alreasense/campaigns/contact"
)

type exportInput struct {
	OneCampaign
	Format string   `query:"format" enum:"csv,ndjson" default:"csv"`
	Status []string `query:"status" enum:"pending,sending,unknown,sent,delivered,read,failed,skipped,cancelled" doc:"One or several, with commas; all without."`
}

func (a *api) export() {
	route(a, op{method: http.MethodGet, path: campaignsPath + "{id}/export/", id: "exportCampaign", tag: "campaigns", marks: []string{stream},
		answers: []string{"text/csv", "application/x-ndjson"},
		summary: "The people of a campaign with what became of them, as a file. CSV is for spreadsheets: headings, states and times in the reader's language (Accept-Language), the own fields that a message asks for as columns, ; between cells, and no cell is a formula. Programs read ndjson"},
		a.exportPeople)
}

func (a *api) exportPeople(ctx context.Context, s *campaign.Service, in *exportInput) (*streamed, error) {
	c, err := s.Campaign(ctx, campaign.ID(in.ID))
	if err != nil {
		return nil, err
	}
	numbers, err := s.Numbers(ctx)
	if err != nil {
		return nil, err
	}
	var states []campaign.State
	for _, st := range in.Status {
		states = append(states, campaign.State(st))
	}
	return file[campaign.Recipient]{
		name: "campaign-" + itoa(in.ID), format: in.Format, rows: s.Audience(ctx, c.ID, states...),
		plain: func(v *visit, r campaign.Recipient) any { return v.recipient(r, zoneOf(c.Schedule)) },
		cells: func(v *visit) ([]string, func(campaign.Recipient) []string) {
			t := sheetOf(c, numbers, v.language, zoneOf(c.Schedule))
			return t.head(), func(r campaign.Recipient) []string { return t.row(v.recipient(r, t.loc), r) }
		},
	}.serve(ctx, a), nil
}

// sheet is what the cells of one campaign's file need.
type sheet struct {
	language campaign.Language
	loc      *time.Location
	numbers  map[campaign.InstanceID]string
	messages []campaign.Message
	// own are the people's own fields that a message asks for.
	own []string
}

func sheetOf(c campaign.Campaign, ns []campaign.Number, l campaign.Language, loc *time.Location) *sheet {
	t := &sheet{language: l, loc: loc, numbers: make(map[campaign.InstanceID]string), messages: c.Messages}
	for _, n := range ns {
		t.numbers[n.Instance.ID] = n.Instance.Name
	}
	for _, m := range c.Messages {
		x, bad := campaign.Compile(m.Text)
		if bad != nil {
			continue
		}
		for _, name := range x.Names() {
			if !slices.Contains(t.own, name) && !slices.Contains(campaign.BuiltinVariables.Names(), name) {
				t.own = append(t.own, name)
			}
		}
	}
	return t
}

// columns are the headings of the file, in both languages.
var columns = [][2]string{
	{"posição", "position"}, {"contato", "contact_id"}, {"nome", "name"}, {"telefone", "phone"}, {"situação", "status"}, {"respondeu", "responded"},
	{"enviada em", "sent_at"}, {"entregue em", "delivered_at"}, {"lida em", "read_at"}, {"respondida em", "responded_at"},
	{"código do motivo", "error_code"}, {"motivo", "error_message"}, {"novas tentativas", "retry_count"}, {"mensagem", "message"}, {"número", "instance"},
	{"id no WhatsApp", "provider_id"},
}

func (t *sheet) say(pt, en string) string {
	if t.language == campaign.Portuguese {
		return pt
	}
	return en
}

func (t *sheet) head() (cells []string) {
	for _, c := range columns {
		cells = append(cells, t.say(c[0], c[1]))
	}
	return append(cells, t.own...)
}

// row is one person's: times by the campaign's clock, the message by its place
// in the campaign, 0 for one that is not in it any more, the number by its name.
func (t *sheet) row(r Recipient, of campaign.Recipient) []string {
	when := func(at *time.Time) string {
		if at == nil {
			return ""
		}
		return at.In(t.loc).Format(t.say("02/01/2006 15:04:05", "2006-01-02 15:04:05"))
	}
	answered, place, number := t.say("não", "no"), "", ""
	if r.Responded {
		answered = t.say("sim", "yes")
	}
	if r.Message != 0 {
		place = strconv.Itoa(placeOf(t.messages, of.Message) + 1)
	}
	if r.Instance != 0 {
		if number = t.numbers[of.Instance]; number == "" {
			number = itoa(r.Instance) // it was removed
		}
	}
	cells := []string{itoa(r.ID), itoa(r.ContactID), r.Name, contact.Phone(r.Phone).Spelled(), r.StatusText, answered, when(r.SentAt),
		when(r.DeliveredAt), when(r.ReadAt), when(r.RespondedAt), r.ErrorCode, r.ErrorMessage, strconv.Itoa(r.RetryCount), place, number, r.ProviderID}
	for _, name := range t.own {
		cells = append(cells, of.Contact.Vars[name])
	}
	return cells
}

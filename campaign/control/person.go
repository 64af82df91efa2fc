package control

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"time"

	"github.com/alreasense/campaigns/campaign"
	"github.com/alreasense/campaigns/campaign/document"
	"github.com/alreasense/campaigns/contact"
)

// PersonFile is everything that is held about a person.
type PersonFile struct {
	Phone     string           `json:"phone" doc:"Canonical."`
	MadeAt    time.Time        `json:"made_at"`
	Contact   *Contact         `json:"contact,omitempty" doc:"Missing where the person is no contact."`
	Groups    []Group          `json:"groups"`
	OptedOut  bool             `json:"opted_out"`
	OutBy     string           `json:"opt_out_level,omitempty" enum:"keyword,operator,law" doc:"On whose word the person gets nothing: their own, an operator's record, or erasure."`
	Consents  []Log            `json:"consents" doc:"When the person opted out and in, or was erased, oldest first."`
	Reviews   []OptOutReview   `json:"opt_out_reviews" doc:"What the person wrote that looks like a wish to leave and waits for somebody to read it."`
	Campaigns []PersonCampaign `json:"campaigns" doc:"In whose audience the person is, oldest first."`
}

// PersonCampaign is a person's part in a campaign.
type PersonCampaign struct {
	ID        int64        `json:"id"`
	Name      string       `json:"name"`
	Status    string       `json:"status" enum:"draft,scheduled,active,paused,completed,cancelled"`
	Person    Recipient    `json:"person"`
	Copy      Contact      `json:"copy" doc:"The person as copied when added to the audience."`
	Text      string       `json:"text" doc:"What was sent. The text of a send that has ended is not kept: it is made again from the message as it stands now; empty where that was removed."`
	TextExact bool         `json:"text_exact" doc:"The text is the one that was chosen, letter by letter: that of a send that is under way or unknown."`
	Sends     []PersonSend `json:"sends" doc:"Those that have ended, oldest first."`
	Log       []Log        `json:"log"`
}

// PersonSend is a send to a person that has ended.
type PersonSend struct {
	Attempt    string    `json:"attempt"`
	Message    int       `json:"message"`
	Instance   int64     `json:"instance"`
	TakenAt    time.Time `json:"taken_at"`
	EndedAt    time.Time `json:"ended_at"`
	Outcome    string    `json:"outcome"`
	Evidence   string    `json:"evidence" doc:"What an accepted send rests on; else empty."`
	ProviderID string    `json:"provider_id"`
}

// PersonErased counts what a person was taken out of.
type PersonErased struct {
	Contact    bool  `json:"contact" doc:"There was a contact."`
	Recipients int64 `json:"recipients" doc:"Places in audiences. They stay, without the person."`
	Sends      int64 `json:"sends"`
	Reports    int64 `json:"reports" doc:"Reports of gateways that were removed."`
}

type onePersonInput struct {
	Body struct {
		Phone string `json:"phone" minLength:"1" maxLength:"60" doc:"In any usual spelling. It need not be a contact."`
	}
}

type erasePersonInput struct {
	Body struct {
		Phone    string `json:"phone" minLength:"1" maxLength:"60" doc:"In any usual spelling. It need not be a contact."`
		Evidence string `json:"evidence,omitempty" maxLength:"500" doc:"What it rests on, for the log, which is never erased: name nobody here."`
	}
}

// The phone stands in the body, since paths and queries get into logs.
func (a *api) person() {
	route(a, op{method: http.MethodPost, path: contactsPath + "export_person/", id: "exportPerson", tag: "contacts",
		summary: "Everything that is held about one person"},
		func(ctx context.Context, s *campaign.Service, in *onePersonInput) (*struct{ Body PersonFile }, error) {
			p, err := contact.ParsePhone(in.Body.Phone, contact.DefaultRegion)
			if err != nil {
				return nil, err
			}
			d, err := s.Dossier(ctx, p)
			if err != nil {
				return nil, err
			}
			f := visitOf(ctx).file(d)
			if a.OptOuts != nil {
				waiting, err := a.OptOuts.As(s.Caller()).ReviewsOf(ctx, p)
				if err != nil {
					return nil, err
				}
				for _, r := range waiting {
					f.Reviews = append(f.Reviews, reviewView(r))
				}
			}
			return &struct{ Body PersonFile }{f}, nil
		})
	route(a, op{method: http.MethodPost, path: contactsPath + "erase_person/", id: "erasePerson", tag: "contacts",
		summary: "Take one person out of everything. Counts stay, and the phone gets nothing any more; refused while a message to it may still go out"},
		func(ctx context.Context, s *campaign.Service, in *erasePersonInput) (*struct{ Body PersonErased }, error) {
			p, err := contact.ParsePhone(in.Body.Phone, contact.DefaultRegion)
			if err != nil {
				return nil, err
			}
			e, err := s.Erase(ctx, p, in.Body.Evidence)
			if err != nil {
				return nil, err
			}
			if err := a.forget(ctx, s.Caller().Tenant, p); err != nil {
				return nil, err
			}
			return &struct{ Body PersonErased }{PersonErased{Contact: e.Contact, Recipients: e.Recipients, Sends: e.Attempts, Reports: e.Notices}}, nil
		})
}

func (v *visit) file(d campaign.Dossier) PersonFile {
	f := PersonFile{Phone: string(d.Phone), MadeAt: d.At, OptedOut: d.OptedOut, OutBy: d.OptOutLevel.String(), Groups: []Group{}, Reviews: []OptOutReview{}, Campaigns: []PersonCampaign{}}
	if d.Contact != nil {
		c := contactView(*d.Contact, d.OptedOut)
		f.Contact = &c
	}
	for _, g := range d.Groups {
		f.Groups = append(f.Groups, groupView(g))
	}
	f.Consents = v.logOf(d.Consents, defaultZone)
	for _, part := range d.Campaigns {
		loc := zoneOf(part.Campaign.Schedule)
		c := PersonCampaign{ID: int64(part.Campaign.ID), Name: part.Campaign.Name, Status: string(part.Campaign.Status),
			Person: v.recipient(part.Recipient, loc), Copy: contactView(part.Recipient.Contact, d.OptedOut),
			Text: part.Text, TextExact: part.Exact, Sends: []PersonSend{}, Log: v.logOf(part.Events, loc)}
		for _, x := range part.Attempts {
			c.Sends = append(c.Sends, PersonSend{Attempt: x.Attempt.String(), Message: int(x.Message), Instance: int64(x.Instance),
				TakenAt: x.TakenAt, EndedAt: x.EndedAt, Outcome: string(x.Outcome), Evidence: string(x.Evidence), ProviderID: x.ProviderID})
		}
		f.Campaigns = append(f.Campaigns, c)
	}
	return f
}

// forget empties the answers that are kept for repeats and name a person. Such
// a request is not carried out again: its repeat is told that nobody knows any
// more what became of it.
func (a *api) forget(ctx context.Context, t campaign.Tenant, p contact.Phone) error {
	if a.Documents == nil {
		return nil
	}
	q := document.Query{Tenant: string(t), Kind: keyKind}
	for {
		docs, err := a.Documents.List(ctx, q)
		if err != nil {
			return err
		}
		for _, d := range docs {
			q.After = d.Key
			var was answer
			if json.Unmarshal(d.Data, &was) != nil {
				continue
			}
			// What does not open here may name anybody.
			if body, whole := a.opened(d, was); whole && !bytes.Contains(body, []byte(p)) {
				continue
			}
			if d.Data, err = json.Marshal(answer{Digest: was.Digest}); err != nil {
				return err
			}
			_, err := a.Documents.Apply(ctx, document.Put(d))
			if err != nil && !errors.Is(err, document.ErrStale) && !errors.Is(err, document.ErrNotFound) { // else it has just expired
				return err
			}
		}
		if len(docs) < q.PageLimit() {
			return nil
		}
	}
}

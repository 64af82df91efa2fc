package control

import (
	"context"
	"fmt"
	"net/http"

	"github.com/alreasense/campaigns/campaign"
	"github.com/alreasense/campaigns/contact"
)

type consentInput struct {
	Body struct {
		Phones   []string `json:"phones" minItems:"1" maxItems:"1000" doc:"In any usual spelling. They need not be contacts."`
		Evidence string   `json:"evidence,omitempty" maxLength:"500" doc:"What it rests on, for the log: \"asked by phone on 3 May\"."`
	}
}

// Consent tells, phone by phone, whether it gets messages.
type Consent struct {
	Phone    string `json:"phone" doc:"Canonical."`
	OptedOut bool   `json:"opted_out"`
	Level    string `json:"level,omitempty" enum:"keyword,operator,law" doc:"On whose word: the person's own, an operator's record, or erasure. A weaker word never undoes a stronger one."`
}

func (a *api) optOuts() {
	type change func(*campaign.Service, context.Context, campaign.Reason, ...contact.Phone) error
	for _, r := range []struct {
		name, id, summary string
		do                change
	}{
		{"opt_out", "optOut", "Phones that get nothing from now on, in any campaign; it outlives the contact and every import", (*campaign.Service).OptOut},
		{"opt_in", "optIn", "End an opt-out: of one that an operator recorded, with evidence; of a person who was erased, never", (*campaign.Service).OptIn},
		{"opt_out_status", "getOptOuts", "Whether phones have opted out", nil},
	} {
		route(a, op{method: http.MethodPost, path: contactsPath + r.name + "/", id: r.id, tag: "contacts", summary: r.summary},
			func(ctx context.Context, s *campaign.Service, in *consentInput) (*pageOf[Consent], error) {
				phones, err := a.phones(ctx, in.Body.Phones)
				if err != nil {
					return nil, err
				}
				if r.do != nil {
					if err := r.do(s, ctx, campaign.Because(campaign.CodeByPerson, "reason", in.Body.Evidence), phones...); err != nil {
						return nil, err
					}
				}
				if r.id == "optOut" && a.OptOuts != nil {
					for _, p := range phones {
						if err := a.OptOuts.Settle(ctx, s.Caller().Tenant, p); err != nil {
							return nil, err
						}
					}
				}
				out, err := s.OptOutLevels(ctx, phones...)
				if err != nil {
					return nil, err
				}
				n := int64(len(phones))
				p := Page[Consent]{Count: &n}
				for i, phone := range phones {
					p.Results = append(p.Results, Consent{string(phone), out[i] != campaign.NotOut, out[i].String()})
				}
				return page(p), nil
			})
	}
}

// phones reads phones as people write them; every wrong one is named.
func (a *api) phones(ctx context.Context, texts []string) ([]contact.Phone, error) {
	v := visitOf(ctx)
	var faults []Fault
	phones := make([]contact.Phone, 0, len(texts))
	for i, text := range texts {
		p, err := contact.ParsePhone(text, contact.DefaultRegion)
		if err != nil {
			for _, f := range faultsOf(v, err) {
				f.Field = fmt.Sprintf("phones[%d]", i)
				faults = append(faults, f)
			}
			continue
		}
		phones = append(phones, p)
	}
	if len(faults) > 0 {
		return nil, a.invalid(v, faults...)
	}
	return phones, nil
}

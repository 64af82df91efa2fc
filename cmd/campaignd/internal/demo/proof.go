package demo

import (
	"cmp"
	"iter"
	"slices"

	"github.com/alreasense/campaigns/campaign"
	"github.com/alreasense/campaigns/cmd/campaignd/internal/locale"
	"github.com/alreasense/campaigns/contact"
	"github.com/alreasense/campaigns/evolution/evolutiontest"
)

// proof is the audience held against the gateway's ledger.
type proof struct {
	audience, messages int
	once               int // recipients that are sent, with exactly one message
	// listed are the recipients without a sure message, each with the reason:
	// unknown, failed, skipped.
	listed []finding
	// wrong are the ones that are lost or got two.
	wrong []finding
	// strangers counts messages to phones that are not in the audience.
	strangers int
	// of counts the sent recipients of each message, first shows one of them.
	of    campaign.Counts
	first map[campaign.MessageID]example
}

// finding is one recipient that needs a word.
type finding struct {
	who campaign.Recipient
	// sends is how many messages the gateway has performed to the phone.
	sends int
}

// example is a message as the gateway got it.
type example struct {
	who  campaign.Recipient
	send evolutiontest.Send
}

// ledgerSends reads the gateway's own books from the disk.
func ledgerSends(dir string) ([]evolutiontest.Send, error) {
	sends, err := evolutiontest.ReadLedger(ledgerDir(dir))
	if err != nil {
		return nil, locale.Errorf("não é possível ler as anotações do gateway: %w", "the gateway's ledger cannot be read: %w", err)
	}
	return sends, nil
}

// prove holds every recipient against the ledger. A phone has one message if
// it was sent to (also if an error was reported later), none if it failed or
// was left out, and at most one if nobody knows.
func prove(audience iter.Seq2[campaign.Recipient, error], sends []evolutiontest.Send) (*proof, error) {
	to := make(map[contact.Phone][]evolutiontest.Send)
	p := &proof{messages: len(sends), of: make(campaign.Counts), first: make(map[campaign.MessageID]example)}
	for _, s := range sends {
		phone, err := contact.FromAddress(s.JID)
		if err != nil {
			p.strangers++
			continue
		}
		to[phone] = append(to[phone], s)
	}
	for r, err := range audience {
		if err != nil {
			return nil, err
		}
		p.audience++
		got := to[r.Contact.Phone]
		delete(to, r.Contact.Phone)
		f := finding{r, len(got)}
		switch r.State {
		case campaign.Sent, campaign.Delivered, campaign.Read:
			if len(got) != 1 {
				p.wrong = append(p.wrong, f)
				continue
			}
			p.once++
			p.of.Add(r.Message, 1)
			if _, ok := p.first[r.Message]; !ok {
				p.first[r.Message] = example{r, got[0]}
			}
		case campaign.Unknown:
			p.note(f, len(got) <= 1)
		case campaign.Failed:
			late := r.Why.Code == campaign.CodeProviderError
			p.note(f, len(got) == 0 || late && len(got) == 1)
		case campaign.Skipped, campaign.Dropped:
			p.note(f, len(got) == 0)
		default: // pending or sending in a campaign that has ended
			p.wrong = append(p.wrong, f)
		}
	}
	slices.SortStableFunc(p.listed, func(a, b finding) int {
		return cmp.Or(cmp.Compare(a.who.State, b.who.State), cmp.Compare(a.who.Why.Code, b.who.Why.Code))
	})
	for _, rest := range to {
		p.strangers += len(rest)
	}
	return p, nil
}

func (p *proof) note(f finding, ok bool) {
	if ok {
		p.listed = append(p.listed, f)
	} else {
		p.wrong = append(p.wrong, f)
	}
}

// verdict is nil when nobody is lost, nobody has two, and nobody else has any.
func (p *proof) verdict() error {
	switch {
	case len(p.wrong) > 0:
		return locale.Errorf("%w: %d pessoas se perderam ou têm mais de uma mensagem", "%w: %d recipients are lost or have more than one message", ErrProof, len(p.wrong))
	case p.strangers > 0:
		return locale.Errorf("%w: %d mensagens foram para telefones fora do público", "%w: %d messages went to phones that are not in the audience", ErrProof, p.strangers)
	}
	return nil
}

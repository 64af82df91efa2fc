package line

import (
	"context"
	"strconv"

	"github.com/alreasense/campaigns/campaign"
	"github.com/alreasense/campaigns/contact"
	"github.com/alreasense/campaigns/evolution"
)

// twin reports whether a record's number is another record's: nothing is asked
// of the gateway and nothing is changed there in its name.
func twin(in campaign.Instance) bool {
	return !in.Suspended.IsZero() && in.Suspended.Code != campaign.CodeOtherPhone
}

// twinsOf are the suspended records of the numbers that others have: what they
// have sent is still reported, to the others.
func (b *board) twinsOf(ctx context.Context, all map[campaign.InstanceID]campaign.Instance) (map[campaign.InstanceID][]campaign.Instance, error) {
	var twins map[campaign.InstanceID][]campaign.Instance
	for _, t := range all {
		if !twin(t) {
			continue
		}
		for id, in := range all {
			if id == t.ID || twin(in) {
				continue
			}
			same, err := b.Engine.SameNumber(ctx, in, t)
			if err != nil {
				return nil, err
			}
			if same {
				if twins == nil {
					twins = make(map[campaign.InstanceID][]campaign.Instance)
				}
				twins[id] = append(twins[id], t)
			}
		}
	}
	return twins, nil
}

func (b *board) twins(id campaign.InstanceID) []campaign.Instance {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.twinned[id]
}

// leftTwins lets a wish for no more messages count for those too who have
// written from the number before: the person cannot tell them apart. A wish for
// messages does not.
func (r *Receiver) leftTwins(ctx context.Context, in campaign.Instance, from contact.Phone, m evolution.MessageIn) error {
	if from == "" && m.LID == "" {
		return nil
	}
	for _, t := range r.twins(in.ID) {
		if t.Tenant == in.Tenant {
			continue // has been done
		}
		words, err := r.Keywords(ctx, t.Tenant)
		if err != nil {
			return err
		}
		wish, word := words.Read(m.Text)
		if wish != contact.WishOut {
			continue
		}
		whose := from
		if whose == "" { // who quotes what that number has sent
			if whose, _, err = r.Engine.Addressee(ctx, t, m.Answers, r.Now()); err != nil {
				return err
			}
		}
		if whose == "" {
			continue
		}
		why := campaign.Because(campaign.CodeKeyword, "word", word, "message", m.ID, "instance", strconv.FormatInt(int64(t.ID), 10))
		if err := r.Engine.As(campaign.Caller{Tenant: t.Tenant, Author: "contact", Role: campaign.Host}).OptOut(ctx, why, whose); err != nil {
			return err
		}
	}
	return nil
}

package line

import (
	"context"
	"time"

	"github.com/alreasense/campaigns/campaign"
)

// Reports get lost: the gateway drops one that it made too early, and all that
// it could not deliver for twenty minutes. What it has stored can be asked for.
const (
	repairEvery = time.Minute      // between two rounds
	repairAfter = 5 * time.Minute  // from a send until its state is asked for
	repairUntil = 48 * time.Hour   // and from when on it is not any more
	repairRest  = 30 * time.Minute // between two passes over one campaign
	repairMost  = 30               // questions about messages of one number in one round
	repairPage  = 100              // recipients that one round looks at in a campaign
	// repairCampaigns is how many of a tenant's newest campaigns are looked at.
	repairCampaigns = 200
	// dryAfter is how many answers in a row that knew nothing make a gateway
	// look like one that stores nothing; it is left alone for dryFor then.
	dryAfter = 50
	dryFor   = time.Hour
)

// round is how far the repairs of a campaign have come.
type round struct {
	after int64     // the last position that was asked about
	at    time.Time // when it goes on
}

// drought counts the answers of a number's gateway that knew nothing.
type drought struct {
	in    int
	until time.Time
	asked int // in this round
}

// repair asks what became of messages that were accepted some time ago and
// that nothing was heard of since. What it learns goes the way of every
// report: forward only.
func (k *Keeper) repair(ctx context.Context, lines map[campaign.InstanceID]campaign.Instance, now time.Time) error {
	tenants := make(map[campaign.Tenant]bool)
	for _, in := range lines {
		tenants[in.Tenant] = true
	}
	for _, d := range k.dry {
		d.asked = 0
	}
	seen := make(map[campaign.Ref]bool)
	for t := range tenants {
		cs, err := k.service(t).Campaigns(ctx, campaign.CampaignQuery{Limit: repairCampaigns,
			Status: []campaign.Status{campaign.Active, campaign.Paused, campaign.Completed, campaign.Cancelled}})
		if err != nil {
			return err
		}
		for _, c := range cs {
			if c.StartedAt.IsZero() || (!c.EndedAt.IsZero() && now.Sub(c.EndedAt) > repairUntil) {
				continue
			}
			ref := campaign.Ref{Tenant: t, ID: c.ID}
			seen[ref] = true
			if err := k.pass(ctx, ref, lines, now); err != nil {
				return err
			}
		}
	}
	for ref := range k.rounds {
		if !seen[ref] {
			delete(k.rounds, ref)
		}
	}
	return nil
}

// pass goes on with one campaign.
func (k *Keeper) pass(ctx context.Context, ref campaign.Ref, lines map[campaign.InstanceID]campaign.Instance, now time.Time) error {
	r := k.rounds[ref]
	if r == nil {
		r = &round{}
		k.rounds[ref] = r
	}
	if r.at.After(now) {
		return nil
	}
	page, err := k.service(ref.Tenant).Recipients(ctx, campaign.RecipientQuery{Campaign: ref.ID,
		States: []campaign.State{campaign.Sent}, After: r.after, Limit: repairPage})
	if err != nil {
		return err
	}
	for _, p := range page {
		age := now.Sub(p.SentAt)
		in, there := lines[p.Instance]
		if p.ProviderID == "" || age < repairAfter || age > repairUntil || !there {
			r.after = p.ID.Position
			continue
		}
		asked, err := k.ask(ctx, in, p.ProviderID, now)
		if err != nil {
			return err
		}
		if !asked {
			return nil // enough for now, or for an hour: it goes on here
		}
		r.after = p.ID.Position
	}
	if len(page) < repairPage {
		r.after, r.at = 0, now.Add(repairRest)
	}
	return nil
}

// ask asks for the state of one message. asked is false where the gateway is
// to be left alone; the error is the store's.
func (k *Keeper) ask(ctx context.Context, in campaign.Instance, id string, now time.Time) (asked bool, err error) {
	d := k.dry[in.ID]
	if d == nil {
		d = &drought{}
		k.dry[in.ID] = d
	}
	if d.until.After(now) || d.asked >= repairMost {
		return false, nil
	}
	d.asked++
	short, cancel := context.WithTimeout(ctx, askTime)
	defer cancel()
	status, err := k.Client.FindStatus(short, in.Route(), id)
	if ctx.Err() != nil {
		return false, ctx.Err()
	}
	if err != nil {
		d.until = now.Add(registerAgain)
		return false, nil
	}
	kind, known := kinds[status]
	if !known {
		if d.in++; d.in >= dryAfter {
			d.in, d.until = 0, now.Add(dryFor)
		}
		return true, nil
	}
	d.in = 0
	return true, k.receive(ctx, in, campaign.Notice{ProviderID: id, Kind: kind, At: now})
}

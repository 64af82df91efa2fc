package sqlrecords

import (
	"database/sql"
	"fmt"
	"time"

	"github.com/alreasense/campaigns/campaign"
	"github.com/alreasense/campaigns/contact"
)

// Places implements campaign.AudienceReader. CROSS JOIN keeps the order: a
// tenant has few campaigns.
func (r *Reader) Places(p contact.Phone) (list []campaign.RecipientID, err error) {
	err = r.rows(`SELECT r.campaign, r.position FROM campaigns c CROSS JOIN recipients r
		WHERE c.tenant = $1 AND r.campaign = c.id AND r.phone = $2 ORDER BY c.id`,
		func(row *sql.Rows) error {
			var id campaign.RecipientID
			err := row.Scan((*int64)(&id.Campaign), &id.Position)
			list = append(list, id)
			return err
		}, string(r.tenant), string(p))
	return list, err
}

// The log has no index by phone, which every send would pay for: to empty a
// phone goes through it.
const (
	eraseBusy      = `SELECT 1 FROM attempts a WHERE a.tenant = $1 AND a.phone = $2 AND (a.phase = 'flying' OR a.quarantine > $3) LIMIT 1`
	eraseRecipient = `UPDATE recipients SET phone = $3, contact = $4 WHERE campaign = $1 AND position = $2`
	eraseAttempt   = `UPDATE attempts SET phone = $3, text = '', held = 0, look_at = 0 WHERE campaign = $1 AND position = $2`
	eraseEnded     = `UPDATE ended SET phone = '' WHERE tenant = $1 AND phone = $2`
	eraseNotices   = `DELETE FROM notices WHERE tenant = $1 AND phone = $2`
	eraseWarm      = `DELETE FROM warm WHERE tenant = $1 AND phone = $2`
)

// Erase implements campaign.PersonWriter. The caller keeps other writers of the
// tenant's contacts out.
func (w *Writer) Erase(now time.Time, p contact.Phone) (out campaign.Erasure, err error) {
	if p == "" {
		return out, nil
	}
	busy, err := w.exists(eraseBusy, string(w.tenant), string(p), Micros(now))
	switch {
	case err != nil:
		return out, err
	case busy:
		return out, fmt.Errorf("a message to the person may still go out: %w", campaign.ErrConflict)
	}
	places, err := w.Places(p)
	if err != nil {
		return out, err
	}
	for _, id := range places {
		mark := string(campaign.ErasedPhone(id))
		lost, err := w.affect(eraseAttempt, int64(id.Campaign), id.Position, mark)
		if err != nil {
			return out, err
		}
		if err := w.exec(eraseRecipient, int64(id.Campaign), id.Position, mark, Person(contact.Contact{})); err != nil {
			return out, err
		}
		out.Recipients++
		out.Attempts += lost
	}
	ended, err := w.affect(eraseEnded, string(w.tenant), string(p))
	if err != nil {
		return out, err
	}
	out.Attempts += ended
	if out.Notices, err = w.affect(eraseNotices, string(w.tenant), string(p)); err != nil {
		return out, err
	}
	if err := w.exec(eraseWarm, string(w.tenant), string(p)); err != nil {
		return out, err
	}
	c, err := w.contactBy(`c.phone = $2`, string(p))
	if err != nil || c.ID == 0 {
		return out, err
	}
	out.Contact = true
	return out, w.dropContact(c.ID)
}

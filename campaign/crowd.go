package campaign

import (
	"time"

	"github.com/alreasense/campaigns/contact"
)

// silencedOf tells for each phone whether it has opted out.
type silencedOf func(Reader, []contact.Phone) ([]bool, error)

// crowd knows the people of an outlook, and so who will be left out.
type crowd struct {
	cook   cook
	people map[int64]person
}

// read reads who waits and the audience after a position.
func (c *crowd) read(r Reader, waiting []Recipient, after int64, silenced silencedOf) error {
	c.people = make(map[int64]person)
	if err := c.add(r, waiting, silenced); err != nil {
		return err
	}
	q := RecipientQuery{Campaign: c.cook.job.Campaign.ID, After: after, Limit: PageLimit(1 << 30)}
	for {
		page, err := r.Recipients(q)
		if err != nil || len(page) == 0 {
			return err
		}
		if err := c.add(r, page, silenced); err != nil {
			return err
		}
		q.After = page[len(page)-1].ID.Position
	}
}

func (c *crowd) add(r Reader, people []Recipient, silenced silencedOf) error {
	if len(people) == 0 {
		return nil
	}
	phones := make([]contact.Phone, len(people))
	for i, p := range people {
		phones[i] = p.Contact.Phone
	}
	out, err := silenced(r, phones)
	if err != nil {
		return err
	}
	for i, p := range people {
		c.people[p.ID.Position] = person{Recipient: p, suppressed: out[i]}
	}
	return nil
}

// passesOver reports whether a take at t leaves a person out, and counts the
// message that is chosen otherwise.
func (c *crowd) passesOver(id RecipientID, t time.Time) bool {
	w := c.people[id.Position]
	w.cook = &c.cook
	if _, shut := w.shut(t); shut {
		return true
	}
	c.cook.job.Cursor.Picked.Add(c.cook.recipe.live[w.chosen].ID, 1)
	return false
}

package campaign

import "time"

// crowd knows the people of an outlook, and so who will be left out.
type crowd struct {
	recipe    *recipe
	variables Variables
	job       Job // counts the messages chosen
	people    map[int64]known
	text      []byte
}

type known struct {
	Recipient
	suppressed bool
}

// read reads who waits and the audience after a position.
func (c *crowd) read(r Reader, waiting []Recipient, after int64, key func(Recipient) SuppressionKey) error {
	c.people = make(map[int64]known)
	if err := c.add(r, waiting, key); err != nil {
		return err
	}
	q := RecipientQuery{Campaign: c.job.Campaign.ID, After: after, Limit: PageLimit(1 << 30)}
	for {
		page, err := r.Recipients(q)
		if err != nil || len(page) == 0 {
			return err
		}
		if err := c.add(r, page, key); err != nil {
			return err
		}
		q.After = page[len(page)-1].ID.Position
	}
}

func (c *crowd) add(r Reader, people []Recipient, key func(Recipient) SuppressionKey) error {
	if len(people) == 0 {
		return nil
	}
	keys := make([]SuppressionKey, len(people))
	for i, p := range people {
		keys[i] = key(p)
	}
	out, err := r.Suppressed(keys)
	if err != nil {
		return err
	}
	for i, p := range people {
		c.people[p.ID.Position] = known{p, out[i]}
	}
	return nil
}

// passesOver reports whether a take at t leaves a person out, and counts the
// message that is chosen otherwise.
func (c *crowd) passesOver(id RecipientID, t time.Time) bool {
	p := c.people[id.Position]
	if p.suppressed || Erased(p.Contact.Phone) {
		return true
	}
	i := c.recipe.pick(&c.job, p.Recipient)
	text, err := c.recipe.templates[i].Render(c.text[:0], c.variables, p.Contact, t.In(c.recipe.loc))
	if err != nil {
		return true
	}
	c.text = text
	c.job.Cursor.Picked.Add(c.recipe.live[i].ID, 1)
	return false
}

package campaign

// setAside adds the numbers of which a person waits for another one.
func (w *RecipientWhy) setAside(all []prospect) {
	c := Candidate{Recipient: w.Recipient}
	for i := range w.Numbers {
		n := &w.Numbers[i]
		until, shuns := c.shuns(n.Instance, w.At)
		if !shuns {
			continue
		}
		n.Shut = append(n.Shut, Shut{Why: w.Recipient.Why, Until: until})
		if !n.OpensAt.IsZero() {
			n.OpensAt, _ = all[i].opens(later(n.OpensAt, until))
		}
	}
}

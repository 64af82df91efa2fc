package desk

import "fmt"

// warning is what the author of a message should look at.
type warning struct {
	Message int    `json:"message"`
	Code    string `json:"code"`
	Text    string `json:"text"`
	// Variable is the one in question, Suggest the one that was probably meant.
	Variable string `json:"variable,omitempty"`
	Suggest  string `json:"suggest,omitempty"`
	Line     int    `json:"line"`
	Column   int    `json:"column"`
	Blocks   bool   `json:"blocks"`
}

// warn prints what a campaign's messages give to look at; all tells those things
// too that keep it from starting.
func (d *Desk) warn(c campaign, all bool) {
	if d.JSON {
		return // they stand in the document
	}
	for _, w := range c.Warnings {
		if w.Blocks && !all {
			continue
		}
		head := d.say("aviso", "warning")
		if w.Blocks {
			head = d.say("impede o início", "keeps it from starting")
		}
		for _, m := range c.Messages {
			if m.ID == w.Message {
				head += fmt.Sprintf(d.say(", mensagem %d", ", message %d"), m.Order)
			}
		}
		fmt.Fprintf(d.Err, "%s: %s\n", head, printable(w.Text))
	}
}

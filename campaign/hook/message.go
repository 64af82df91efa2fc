package hook

import (
	"fmt"
	"time"

	"github.com/alreasense/campaigns/campaign"
)

// message is the body of a delivery.
type message struct {
	Type      string    `json:"type"`
	Timestamp time.Time `json:"timestamp"`
	Data      any       `json:"data"`
}

// data is what an event holds, under the names that the API has for it.
type data struct {
	ID       int64             `json:"id"`
	Campaign int64             `json:"campaign,omitempty"`
	Contact  int64             `json:"contact,omitempty"` // the position in the audience
	Instance int64             `json:"instance,omitempty"`
	Message  int               `json:"message,omitempty"`
	Attempt  string            `json:"attempt,omitempty"`
	Author   string            `json:"author,omitempty"`
	Code     string            `json:"code,omitempty"`
	Args     map[string]string `json:"args,omitempty"`
}

func bodyOf(e campaign.Event) []byte {
	d := data{ID: e.Seq, Campaign: int64(e.Campaign), Contact: e.Position, Instance: int64(e.Instance), Message: int(e.Message),
		Author: e.Author, Code: string(e.Why.Code), Args: e.Why.Args}
	if !e.Attempt.IsZero() {
		d.Attempt = e.Attempt.String()
	}
	return encode(message{string(e.Type), e.At.UTC(), d})
}

// messageID is the same at every try, and no other event of any installation
// has it.
func messageID(endpoint string, seq int64) string { return fmt.Sprintf("evt_%s_%d", endpoint, seq) }

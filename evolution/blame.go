package evolution

import (
	"bytes"

	"github.com/alreasense/campaigns/campaign"
)

type errorCode struct {
	Code word `json:"code"`
}

// word is a string, or a number as it is written. What is neither is empty.
type word string

// UnmarshalJSON reads it; it never fails.
func (w *word) UnmarshalJSON(b []byte) error {
	*w = word(bytes.Trim(b, `"`))
	return nil
}

// code is the word if it is a code: digits alone, and few of them, since these
// stand in events for ever.
func (w word) code() string {
	if len(w) == 0 || len(w) > 6 {
		return ""
	}
	for _, c := range w {
		if c < '0' || c > '9' {
			return ""
		}
	}
	return string(w)
}

// blames are whom the codes are about that are known to be about one of them.
// WhatsApp's 463 refuses new chats to a number. Meta's are those of its page on
// error codes.
var blames = map[string]campaign.Blame{
	"463":    campaign.BlameNumber,
	"131026": campaign.BlameRecipient, // cannot receive it
	"131047": campaign.BlameRecipient, // has not written for 24 hours
	"131049": campaign.BlameRecipient, // gets enough marketing already
	"131050": campaign.BlameRecipient, // wants no marketing
	"131048": campaign.BlameNumber,    // many have blocked it, or called it spam
	"131056": campaign.BlameRecipient, // too many to this person at a time
	"130472": campaign.BlameRecipient, // takes part in an experiment of Meta's
	"368":    campaign.BlameNumber,    // blocked for breaking rules
	"131031": campaign.BlameNumber,    // the account is locked
}

// Failure is why a message failed after it had been accepted, and whom it is
// about, as far as the gateway tells; zero for what is no failure.
func (d MessageUpdate) Failure() (why campaign.Reason, blame campaign.Blame) {
	if d.Status != StatusFailed || d.Code == "" {
		return why, blame
	}
	return campaign.Because(campaign.CodeProviderError, "code", d.Code), blames[d.Code]
}

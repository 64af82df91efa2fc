// Package receipts is a host with a gateway of its own, in the manner of Meta's
// Cloud API: a sender of templates, and the webhook that brings receipts, replies
// and opt-outs back. The suite of campaigntest proves the sender.
package receipts

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"time"

	"github.com/alreasense/campaigns/campaign"
	"github.com/alreasense/campaigns/evolution"
)

// Sender sends over an HTTP API that takes templates.
type Sender struct {
	URL, Token string
	// Template is the provider's template of a message, by the host's own books;
	// its parameters are the variables of Text.
	Template func(c campaign.ID, m campaign.MessageID) string
	Now      func() time.Time // nil is time.Now

	Pool evolution.Pool
}

type request struct {
	To         string            `json:"to"`
	Template   string            `json:"template,omitempty"`
	Parameters map[string]string `json:"parameters,omitempty"`
	Text       string            `json:"text"`
	Tag        string            `json:"biz_opaque_callback_data"` // comes back with each receipt
}

type answer struct {
	ID    string `json:"id"`
	Error struct {
		Code int `json:"code"`
	} `json:"error"`
}

// Send implements campaign.Sender. The request is made once; every error that is
// returned without a mark means that nobody knows what became of it.
func (s *Sender) Send(ctx context.Context, m campaign.Outgoing) (campaign.Accepted, error) {
	q := request{To: m.To.Digits(), Parameters: m.Values, Text: m.Text, Tag: m.Attempt.String()}
	if s.Template != nil {
		q.Template = s.Template(m.Recipient.Campaign, m.Message)
	}
	body, err := json.Marshal(q)
	if err != nil {
		return campaign.Accepted{}, campaign.NotSent(err)
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, s.URL+"/"+m.Route.Instance+"/messages", bytes.NewReader(body))
	if err != nil {
		return campaign.Accepted{}, campaign.NotSent(err)
	}
	r.Header.Set("Authorization", "Bearer "+s.Token)
	r.Header.Set("Content-Type", "application/json")
	resp, err := s.Pool.Once(r, m.StartBy, s.Now) // checks StartBy before the first byte
	if err != nil {
		return campaign.Accepted{}, err // marked with what it proves
	}
	defer resp.Body.Close()
	var a answer
	if err := json.NewDecoder(io.LimitReader(resp.Body, 1<<20)).Decode(&a); err != nil {
		return campaign.Accepted{}, fmt.Errorf("an answer %d that cannot be read: %w", resp.StatusCode, err)
	}
	if resp.StatusCode == http.StatusOK && a.ID != "" {
		return campaign.Accepted{ProviderID: a.ID}, nil
	}
	return campaign.Accepted{}, judge(resp.StatusCode, a.Error.Code)
}

// judge says what a refusal proves, by the provider's list of codes.
func judge(status, code int) error {
	err := fmt.Errorf("answer %d, code %d", status, code)
	why := campaign.Because(campaign.CodeProviderError, "code", fmt.Sprint(code))
	if status < 400 || status >= 500 {
		return err // a proxy, or a gateway that failed half way
	}
	switch code {
	case 130429:
		return campaign.SlowDown(5*time.Second, err)
	case 131056: // too many messages to this person
		return campaign.Later(6*time.Minute, err)
	case 131026, 131047: // not on WhatsApp; silent for more than a day
		return campaign.Refused(why, err)
	case 132001, 132015: // the template is missing, or paused
		return campaign.Stop(why, err)
	case 190, 131031: // the token, the account
		return campaign.Hold(why, err)
	}
	return err
}

package line

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"strings"
	"time"

	"github.com/alreasense/campaigns/campaign"
	"github.com/alreasense/campaigns/campaign/document"
	"github.com/alreasense/campaigns/campaign/optout"
	"github.com/alreasense/campaigns/campaign/vault"
	"github.com/alreasense/campaigns/contact"
	"github.com/alreasense/campaigns/evolution"
)

// Config configures an Office. Engine, Client and Secret are required.
type Config struct {
	Engine *campaign.Engine
	// Client speaks to the gateways of the engine's numbers.
	Client *evolution.Client
	// Secret is the key that the addresses and headers are derived from, at
	// least 16 bytes. With another one the addresses that were registered before are
	// somebody else's: each takes TakeWebhook.
	Secret []byte
	// PublicURL is where gateways reach this process, up to Prefix:
	// "https://app.example" or "https://app.example/campaigns". Defaults to none:
	// then nothing is registered, and no delivery, reply or opt-out arrives.
	PublicURL string
	// OptOuts keep a tenant's own words, and the messages that look like a wish to
	// leave and were not taken as one. Give its Forget to campaign.Options. Defaults
	// to none: then nobody is shown such messages.
	OptOuts *optout.Book
	// Keywords are a tenant's words for opting out and in. Defaults to those of
	// OptOuts, else to contact.DefaultKeywords for everybody.
	Keywords func(context.Context, campaign.Tenant) (contact.Keywords, error)
	// LIDs remembers whose an anonymous address is: KeepLIDs, over restarts. Give
	// its Forget to campaign.Options. Defaults to NewLIDs, for one process.
	LIDs LIDs
	// Documents keeps the webhooks that were there before ours, sealed with
	// Secret, until they are put back: a store's Documents(). Defaults to none:
	// then a webhook that somebody else set is never displaced.
	Documents document.Store
	// Logger gets structured logs without phones, texts and keys. Defaults to
	// none.
	Logger *slog.Logger
	// Now reads the clock. Defaults to time.Now.
	Now func() time.Time
}

// Office is the receiver, the keeper and the desk of one installation. Make it
// with New.
type Office struct {
	Receiver *Receiver
	Keeper   *Keeper
	Desk     *Desk
}

// New returns an office. It starts nothing and asks nobody: the receiver works
// when it is mounted, the keeper when it runs.
func New(c Config) (*Office, error) {
	if c.Engine == nil || c.Client == nil {
		return nil, errors.New("line: New needs an engine and a client")
	}
	if len(c.Secret) < 16 {
		return nil, errors.New("line: Config.Secret is shorter than 16 bytes")
	}
	if c.PublicURL != "" {
		u, err := url.Parse(c.PublicURL)
		if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" || u.RawQuery != "" || u.Fragment != "" || u.User != nil {
			return nil, fmt.Errorf("line: the public address must look like https://app.example, without user, query and fragment")
		}
		c.PublicURL = strings.TrimRight(c.PublicURL, "/")
	}
	if c.Keywords == nil && c.OptOuts != nil {
		c.Keywords = c.OptOuts.Keywords
	}
	if c.Keywords == nil {
		words := contact.DefaultKeywords()
		c.Keywords = func(context.Context, campaign.Tenant) (contact.Keywords, error) { return words, nil }
	}
	if c.LIDs == nil {
		c.LIDs = NewLIDs()
	}
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	sum := sha256.Sum256(c.Secret)
	box, err := vault.New(sum[:], "campaigns/line: webhooks that were there before")
	if err != nil {
		return nil, err
	}
	b := &board{Config: c, addresses: addresses{key: sum[:]}, box: box, calls: make(map[campaign.InstanceID]*call)}
	keeper := &Keeper{board: b, watches: make(map[campaign.InstanceID]*watch), rounds: make(map[campaign.Ref]*round),
		dry: make(map[campaign.InstanceID]*drought), hint: make(chan struct{}, 1)}
	return &Office{
		Receiver: &Receiver{board: b, wishes: make(map[person]wished), lately: make(map[heardID]evolution.MessageIn), look: keeper.Look},
		Keeper:   keeper,
		Desk:     &Desk{board: b, keeper: keeper},
	}, nil
}

// author is written into the events of what gateways reported.
const author = "gateway"

func (b *board) service(t campaign.Tenant) *campaign.Service {
	return b.Engine.As(campaign.Caller{Tenant: t, Author: author, Role: campaign.Host})
}

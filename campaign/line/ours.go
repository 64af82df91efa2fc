package line

import (
	"crypto/sha256"
	"slices"

	"github.com/alreasense/campaigns/campaign"
	"github.com/alreasense/campaigns/evolution"
)

// Reporting is what a gateway's webhook is to a number.
type Reporting string

const (
	// ReportsHere: what a campaign needs to hear of this number arrives at this
	// installation, if the gateway can reach it.
	ReportsHere Reporting = "here"
	// ReportsNowhere: there is no webhook, or it is switched off.
	ReportsNowhere Reporting = "nowhere"
	// ReportsElsewhere: the webhook leads to somebody else, to another
	// installation for instance.
	ReportsElsewhere Reporting = "elsewhere"
	// ReportsForAnother: it is the address of another number of this
	// installation.
	ReportsForAnother Reporting = "another_number"
	// ReportsPartly: the address is this number's, and its header or some of the
	// events are missing.
	ReportsPartly Reporting = "partly"
)

// ReportsOf judges the webhook that a gateway has for a number, whole: its
// address with the secret in it, its header, its events. secret is that of
// Config. there tells that the gateway has one. Under which public address the
// installation is reached is not compared: it may have several.
func ReportsOf(secret []byte, id campaign.InstanceID, s evolution.Subscription, there bool) Reporting {
	if !there || s.Off || s.URL == "" {
		return ReportsNowhere
	}
	sum := sha256.Sum256(secret)
	a := addresses{key: sum[:]}
	whose, headed, ok := a.readURL(s.URL)
	switch {
	case !ok:
		return ReportsElsewhere
	case whose != id:
		return ReportsForAnother
	case headed && s.Headers[Header] != evolution.Secret(a.header(id)):
		return ReportsPartly
	}
	for _, e := range evolution.Events() {
		if len(s.Events) > 0 && !slices.Contains(s.Events, e) {
			return ReportsPartly
		}
	}
	return ReportsHere
}

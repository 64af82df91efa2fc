package ownstore_test

import (
	"bytes"
	"context"
	"io"
	"strings"
	"testing"

	"github.com/alreasense/campaigns/campaign"
	"github.com/alreasense/campaigns/campaign/campaigntest"
	"github.com/alreasense/campaigns/contact"
	"github.com/alreasense/campaigns/examples/ownstore"
)

func TestOwnStoreIsAStore(t *testing.T) {
	campaigntest.Store(t, func(*testing.T) campaign.Store { return ownstore.New(io.Discard) })
}

func TestEventsAreMirrored(t *testing.T) {
	ctx := context.Background()
	var log bytes.Buffer
	engine, err := campaign.New(ownstore.New(&log), &campaigntest.Recorder{}, nil)
	if err != nil {
		t.Fatal(err)
	}
	me := engine.As(campaign.Caller{Role: campaign.Host})
	number, err := me.AddInstance(ctx, campaign.Instance{Remote: "n"})
	if err != nil {
		t.Fatal(err)
	}
	c, err := me.Create(ctx, campaign.Draft{Name: "x", Messages: []campaign.Message{{Text: "oi"}}, Instances: []campaign.InstanceID{number.ID}})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := me.Add(ctx, c.ID, campaign.Everyone(contact.Contact{Name: "Ana", Phone: "+5511900000001"})); err != nil {
		t.Fatal(err)
	}
	if _, err := me.Start(ctx, c.ID); err != nil {
		t.Fatal(err)
	}
	if _, err := engine.Step(ctx); err != nil {
		t.Fatal(err)
	}
	for _, want := range []campaign.EventType{campaign.EventTaken, campaign.EventSent} {
		if !strings.Contains(log.String(), string(want)) {
			t.Errorf("no %s in the mirror: %s", want, log.String())
		}
	}
}

package memory_test

import (
	"testing"

	"github.com/alreasense/campaigns/campaign"
	"github.com/alreasense/campaigns/campaign/campaigntest"
	"github.com/alreasense/campaigns/campaign/document"
	"github.com/alreasense/campaigns/campaign/document/documenttest"
	"github.com/alreasense/campaigns/contact"
	"github.com/alreasense/campaigns/store/memory"
)

func TestStore(t *testing.T) {
	campaigntest.Store(t, func(t *testing.T) campaign.Store {
		s := memory.New()
		t.Cleanup(func() { _ = s.Close() })
		return s
	})
}

func TestContacts(t *testing.T) {
	campaigntest.Contacts(t, func(t *testing.T) (mine, theirs contact.Store) {
		s := memory.New()
		t.Cleanup(func() { _ = s.Close() })
		return s.Tenant("acme").Contacts(), s.Tenant("beta").Contacts()
	})
}

func TestDocuments(t *testing.T) {
	documenttest.Store(t, func(t *testing.T) document.Store {
		s := memory.New()
		t.Cleanup(func() { _ = s.Close() })
		return s.Documents()
	})
}

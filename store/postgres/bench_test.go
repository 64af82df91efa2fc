package postgres

import (
	"testing"

	"github.com/alreasense/campaigns/campaign/campaigntest"
	"github.com/alreasense/campaigns/contact"
)

// BenchmarkContacts is the benchmark that every store has.
func BenchmarkContacts(b *testing.B) {
	campaigntest.BenchmarkContacts(b, func(b *testing.B) contact.Store { return connect(b, fresh(b)).Tenant("acme").Contacts() })
}

package contact_test

import (
	"reflect"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/alreasense/campaigns/contact"
)

// A field that is added to Contact and forgotten in Same, Merge or Clone fails
// here.
func TestEveryFieldOfAContactCounts(t *testing.T) {
	at := time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)
	full := contact.Contact{ID: 7, Name: "Zoë", Phone: "+5511900000001", Email: "zoe@example.com", ReferredBy: "João", Tags: []string{"vip"},
		Vars: map[string]string{"cidade": "Recife"}, Notes: "nota", Active: true, Consent: "formulário", Basis: contact.BasisContract, CreatedAt: at, UpdatedAt: at}
	require.Equal(t, full, full.Clone())
	own := map[string]bool{"ID": true, "CreatedAt": true, "UpdatedAt": true} // the store's
	stays := map[string]bool{"Phone": true, "Active": true}                  // whatever an import says
	v := reflect.ValueOf(full)
	for i := range v.NumField() {
		name := v.Type().Field(i).Name
		require.False(t, v.Field(i).IsZero(), "say something in the field %s here", name)
		var one contact.Contact
		reflect.ValueOf(&one).Elem().Field(i).Set(v.Field(i))
		require.Equal(t, own[name], one.Same(contact.Contact{}), "Same, of %s", name)
		merged := reflect.ValueOf(contact.Contact{}.Merge(one)).Field(i)
		require.Equal(t, own[name] || stays[name], merged.IsZero(), "Merge, of %s", name)
	}
}

func TestParseBasis(t *testing.T) {
	for _, b := range contact.Bases() {
		for _, s := range []string{string(b), b.Text("en"), b.Text("pt"), " " + b.Text("pt") + " "} {
			require.Equal(t, b, contact.ParseBasis(s), s)
		}
	}
	require.Equal(t, contact.BasisLegitimateInterest, contact.ParseBasis("Legítimo interesse"))
	require.Equal(t, contact.BasisLegalObligation, contact.ParseBasis("legal-obligation"))
	require.Empty(t, contact.ParseBasis(" "))
	require.False(t, contact.ParseBasis("porque sim").Valid())
}

package memory

import (
	"reflect"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/alreasense/campaigns/contact"
)

// A copy that is kept short because only its name and phone are said must not
// lose any other field.
func TestMemberKeepsEveryField(t *testing.T) {
	at := time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)
	full := reflect.ValueOf(contact.Contact{ID: 7, Name: "Zoë", Phone: "+5511900000001", Email: "zoe@example.com", ReferredBy: "João", Tags: []string{"vip"},
		Vars: map[string]string{"cidade": "Recife"}, Notes: "nota", Active: true, Consent: "formulário", Basis: contact.BasisContract, CreatedAt: at, UpdatedAt: at})
	for i := range full.NumField() {
		require.False(t, full.Field(i).IsZero(), "say something in the field %s here", full.Type().Field(i).Name)
		var one contact.Contact
		reflect.ValueOf(&one).Elem().Field(i).Set(full.Field(i))
		m := newMember(one)
		require.Equal(t, one, m.contact())
	}
}

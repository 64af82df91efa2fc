package control

import (
	"encoding/json"
	"reflect"
	"testing"
	"time"

	"github.com/alreasense/campaigns/contact"
	"github.com/stretchr/testify/require"
)

// whole is a contact that says something in every field.
func whole(t *testing.T) contact.Contact {
	at := time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)
	c := contact.Contact{ID: 7, Name: "Zoë", Phone: "+5511900000001", Email: "zoe@example.com", ReferredBy: "João", Tags: []string{"vip"},
		Vars: map[string]string{"cidade": "Recife"}, Notes: "nota", Active: true, Consent: "formulário", Basis: contact.BasisContract, CreatedAt: at, UpdatedAt: at}
	everyField(t, c)
	return c
}

func everyField(t *testing.T, of any) {
	t.Helper()
	v := reflect.ValueOf(of)
	for i := range v.NumField() {
		require.False(t, v.Field(i).IsZero(), "%T.%s is forgotten", of, v.Type().Field(i).Name)
	}
}

// Every field of a contact is read, and what was read can be written back: a
// field that is forgotten in the view, in the edit or here fails.
func TestEveryFieldOfAContactIsReadAndWritten(t *testing.T) {
	c := whole(t)
	view := contactView(c, true)
	everyField(t, view)

	text, err := json.Marshal(view)
	require.NoError(t, err)
	var in ContactEdit
	require.NoError(t, json.Unmarshal(text, &in))
	v := reflect.ValueOf(in)
	for i := range v.NumField() {
		require.True(t, v.Field(i).FieldByName("Given").Bool(), "the view does not show %s, which can be written", v.Type().Field(i).Name)
	}
	got := contact.Contact{ID: c.ID, CreatedAt: c.CreatedAt, UpdatedAt: c.UpdatedAt}
	require.NoError(t, in.edit(&got))
	require.Equal(t, c, got)
}

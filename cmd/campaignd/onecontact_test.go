package main

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/alreasense/campaigns/campaign/control"
)

// Contacts one by one, by the command line alone: every field that the API
// writes is written and shown here, so that one that is forgotten fails.
func TestOneContactByTheCommandLine(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	o.open()
	require.Equal(t, "1  +5511900000001  Ana\n", o.says("contacts", "add", "11 90000-0001", "--name", "Ana"))
	require.Contains(t, o.refuses("contacts", "add", "11 90000-0001"), "another")

	flags := map[string][]string{"name": {"--name", "Zoë"}, "phone": {"--phone", "(11) 90000-0002"}, "email": {"--email", "zoe@example.com"},
		"quem_indicou": {"--referred-by", "João"}, "tags": {"--tag", "vip"}, "custom_vars": {"--var", "cidade=Recife"}, "notes": {"--notes", "nota"},
		"is_active": {"--no-active"}, "consent": {"--consent", "formulário"}, "legal_basis": {"--basis", "Legítimo interesse"}}
	args := []string{"contacts", "edit", "11 90000-0001"}
	fields := reflect.TypeFor[control.ContactEdit]()
	for i := range fields.NumField() {
		name, _, _ := strings.Cut(fields.Field(i).Tag.Get("json"), ",")
		require.Contains(t, flags, name, "campaignd contacts edit has no flag for this field")
		args = append(args, flags[name]...)
	}
	o.says(args...)
	var shown map[string]any
	require.NoError(t, json.Unmarshal([]byte(o.says("contacts", "show", "1", "--json")), &shown))
	delete(shown, "created_at")
	delete(shown, "updated_at")
	require.Equal(t, map[string]any{"id": 1.0, "name": "Zoë", "phone": "+5511900000002", "email": "zoe@example.com", "quem_indicou": "João",
		"tags": []any{"vip"}, "custom_vars": map[string]any{"cidade": "Recife"}, "notes": "nota", "is_active": false, "consent": "formulário",
		"legal_basis": "legitimate_interest", "opted_out": false}, shown)
	text := o.says("contacts", "show", "11 90000-0002")
	for _, want := range []string{"Zoë", "João", "vip", "Recife", "nota", "formulário", "legitimate_interest", "inactive"} {
		require.Contains(t, text, want)
	}
	require.Contains(t, o.says("contacts", "export-person", "11 90000-0002"), `"legal_basis": "legitimate_interest"`)

	o.says("contacts", "edit", "1", "--var", "bairro=Boa Vista", "--var", "cidade=", "--active")
	require.Contains(t, o.says("contacts", "show", "1"), "bairro: Boa Vista")
	require.NotContains(t, o.says("contacts", "show", "1"), "cidade")
	o.says("contacts", "add", "11 90000-0003")
	require.Equal(t, "1  Zoë  natal, vip\n2    natal\n", o.says("contacts", "tag", "Natal", "1", "11 90000-0003"))
	require.Equal(t, "1  Zoë  natal\n", o.says("contacts", "untag", "VIP", "1"))

	why := o.refuses("contacts", "edit", "1", "--basis", "porque sim")
	require.Contains(t, why, "legal_basis: ")
	require.Contains(t, why, "legitimate_interest")
	require.Contains(t, o.refuses("contacts", "edit", "1"), "nothing to change")
	require.Contains(t, o.refuses("contacts", "show", "11 90000-0077"), "no contact with this phone")
	require.Contains(t, o.refuses("contacts", "delete", "1"), "Nobody can answer here")
	require.Equal(t, "1 deleted from the contacts\n", o.says("contacts", "delete", "1", "--yes"))
	o.refuses("contacts", "show", "1")
}

package main

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"
)

// A person who asks for it is told what is held about them, and is gone when
// they ask for that: in the middle of a campaign, which goes on.
func TestExportAndErasureOfOnePerson(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	o.draft(t)
	require.Contains(t, o.refuses("contacts", "erase", "11 90000-0002"), "Nobody can answer here")
	var file struct {
		Phone   string
		Contact struct{ Name string }
		Groups  []struct{ Name string }
	}
	require.NoError(t, json.Unmarshal([]byte(o.says("contacts", "export-person", "(11) 90000-0002")), &file))
	require.Equal(t, "+5511900000002", file.Phone)
	require.Equal(t, "Ana 1", file.Contact.Name)
	require.Equal(t, "clientes", file.Groups[0].Name)
	require.Contains(t, o.refuses("contacts", "export-person", "12"), "phone: ")

	require.Equal(t, "Erased: the contact is gone, and name and phone are gone from 1 campaigns and 0 sends.\n",
		o.says("contacts", "erase", "11 90000-0002", "--evidence", "letter of 3 May", "--yes"))
	o.says("campaign", "start", "1", "--yes")
	o.until("completed", "campaign", "show", "1")
	require.Len(t, o.gateway.Sends(), 2)
	require.Contains(t, o.says("campaign", "logs", "1"), "this person was erased")
	require.NotContains(t, o.says("campaign", "export", "1"), "0000002")

	o.people("11 90000-0002") // somebody brings the person back
	require.Contains(t, o.says("contacts", "list"), "wants no messages")
	var counts map[string]any
	require.NoError(t, json.Unmarshal([]byte(o.says("contacts", "erase", "11 90000-0001", "--yes", "--json")), &counts))
	require.EqualValues(t, map[string]any{"contact": true, "recipients": 1.0, "sends": 1.0, "reports": 0.0}, counts)
	require.Contains(t, o.says("check"), "Everything that was checked holds.")

	o.environ = append(o.environ, "LC_ALL=pt_BR.UTF-8")
	require.Equal(t, "Pessoa apagada: não havia contato, e o nome e o telefone saíram de 0 campanhas e 0 envios.\n",
		o.says("contacts", "erase", "11 90000-0077", "--yes"))
}

// draft opens the office and makes a campaign for three people.
func (o *office) draft(t *testing.T) {
	t.Helper()
	require.NoError(t, o.gateway.Open("vendas"))
	o.open()
	o.says("instance", "create", "vendas", "--record")
	o.says("instance", "pace", "vendas", "--min", "1", "--max", "1")
	o.people("11 90000-0001", "11 90000-0002", "11 90000-0003")
	o.says("group", "create", "clientes")
	o.says("group", "add", "clientes", "1", "2", "3")
	o.says("campaign", "new", "Páscoa", "--group", "clientes", "--message", "Oi", "--instance", "vendas", "--schedule", "immediate")
}

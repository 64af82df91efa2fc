package main

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// A command for a tenant that there is not is refused, whatever it does, and
// where there are several one has to be named.
func TestATenantIsNotTakenOnTrust(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	o.open()
	require.Contains(t, o.says("group", "create", "vip"), "vip", "the only tenant needs no name")
	require.Contains(t, o.says("group", "list", "--tenant", "-"), "vip")
	o.says("tenant", "create", "padaria")
	o.says("tenant", "create", "otica")

	for _, command := range [][]string{
		{"group", "create", "clientes"}, {"group", "list"}, {"contacts", "list"}, {"campaign", "list"}, {"campaign", "new", "A"},
		{"instance", "list"}, {"user", "list"}, {"user", "first"}, {"token", "list"}, {"unknown", "list"}, {"webhook", "list"},
		{"gateway", "show"}, {"status"}, {"optout", "11 90000-0001", "--evidence", "by phone"},
	} {
		why := o.refuses(append(command, "--tenant", "padarai")...)
		require.Contains(t, why, "there is no such tenant: padarai; did you mean padaria? There are: -, otica, padaria", "%v", command)
		why = o.refuses(command...)
		require.Contains(t, why, "there are several tenants: say which one is meant: -, otica, padaria (--tenant NAME or CAMPAIGND_TENANT; - is the one without a name)", "%v", command)
	}
	require.Contains(t, o.refuses("tenant", "disable", "padarai"), "did you mean padaria?")

	require.NotContains(t, o.says("group", "list", "--tenant", "padaria"), "vip")
	require.Contains(t, o.says("group", "create", "vip", "--tenant", "padaria"), "vip")
	require.Contains(t, o.says("stop-all"), "Nothing starts", "what concerns the installation needs no tenant")
	o.says("resume-all")
	require.Contains(t, o.says("tenant", "list"), "- (no name)")

	o.environ = append(o.environ, "LANG=pt_BR.UTF-8")
	require.Contains(t, o.refuses("group", "list"), "há vários clientes: diga qual deles: -, otica, padaria (--tenant NOME ou CAMPAIGND_TENANT; - é o sem nome)")
	require.Contains(t, o.refuses("group", "list", "--tenant", "padarai"), "não há este cliente: padarai; você quis dizer padaria? Há: -, otica, padaria")
}

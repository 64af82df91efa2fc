package main

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"
)

// A tenant has one default number at most, and a campaign that names none gets
// it.
func TestTheDefaultNumber(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	require.NoError(t, o.gateway.Open("vendas"))
	require.NoError(t, o.gateway.Open("suporte"))
	standard := func() (names []string) {
		var all []struct {
			Name    string `json:"friendly_name"`
			Default bool   `json:"is_default"`
		}
		require.NoError(t, json.Unmarshal([]byte(o.says("instance", "list", "--json")), &all))
		for _, i := range all {
			if i.Default {
				names = append(names, i.Name)
			}
		}
		return names
	}
	o.open()
	o.says("instance", "create", "vendas", "--record", "--default")
	o.says("instance", "create", "suporte", "--record")
	require.Equal(t, []string{"vendas"}, standard())
	require.Equal(t, "suporte is the default number: new campaigns without --instance use it.\n", o.says("instance", "default", "suporte"))
	require.Equal(t, []string{"suporte"}, standard())
	require.Regexp(t, `suporte .* yes\b`, o.says("instance", "list"))
	o.says("campaign", "new", "Páscoa", "--message", "Oi")
	var c struct{ Instances []int64 }
	require.NoError(t, json.Unmarshal([]byte(o.says("campaign", "show", "1", "--json")), &c))
	require.Equal(t, []int64{2}, c.Instances)

	require.Equal(t, "suporte is not the default number.\n", o.says("instance", "default", "suporte", "--undo"))
	require.Empty(t, standard())
	require.Contains(t, o.refuses("instance", "default", "nobody"), "there is no number")
	require.Contains(t, call(t, o.environ, "instance", "default", "--help").out, "campaignd instance default vendas --undo")
	o.environ = append(o.environ, "LC_ALL=pt_BR.UTF-8")
	require.Equal(t, "vendas é o número padrão: campanhas novas sem --instance o usam.\n", o.says("instance", "default", "vendas"))
}

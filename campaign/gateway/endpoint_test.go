package gateway_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/alreasense/campaigns/campaign/gateway"
)

// One place has one endpoint, however its address is written.
func TestEndpoint(t *testing.T) {
	for _, same := range [][]string{
		{"https://gateway.example", "https://gateway.example/", "HTTPS://Gateway.Example:443//", "http://gateway.example", "http://gateway.example:80",
			"https://user:secret@gateway.example", " https://gateway.example. "},
		{"https://gateway.example/evo", "https://gateway.example/evo/", "https://gateway.example:443/evo"},
		{"http://gateway.example:8080", "https://GATEWAY.example:8080/"},
		{"http://127.0.0.1:8080", "http://localhost:8080", "http://[::1]:8080", "http://[::ffff:127.0.0.1]:8080"},
		{"http://[2001:DB8::1]:8080", "http://[2001:db8:0::1]:8080/"},
	} {
		for _, s := range same {
			require.Equal(t, gateway.Endpoint(same[0], "vendas"), gateway.Endpoint(s, "vendas"), s)
			require.NotContains(t, gateway.Endpoint(s, "vendas"), "secret")
		}
	}
	seen := map[string]bool{}
	for _, other := range [][2]string{{"https://gateway.example", "vendas"}, {"https://gateway.example", "Vendas"}, {"https://gateway.example/evo", "vendas"},
		{"https://gateway.example:8080", "vendas"}, {"https://other.example", "vendas"}, {"https://gateway.example/Evo", "vendas"}, {"http://127.0.0.1:8080", "vendas"}} {
		e := gateway.Endpoint(other[0], other[1])
		require.False(t, seen[e], "%v", other)
		seen[e] = true
	}
	for _, none := range [][2]string{{"", "vendas"}, {"gateway.example", "vendas"}, {"https://gateway.example", ""}, {"http://%zz", "vendas"}} {
		require.Empty(t, gateway.Endpoint(none[0], none[1]), "%v", none)
	}
}

package evolution

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// docs/gateways.md says of each version what the client takes for known, and the
// deployment that comes along runs the recommended one.
func TestTheDocumentOfVersions(t *testing.T) {
	page, err := os.ReadFile("../docs/gateways.md")
	require.NoError(t, err)
	yes := map[bool]string{true: "yes", false: "no"}
	var want []string
	for _, p := range Profiles() {
		b := behaviours[p]
		want = append(want, fmt.Sprintf("| `%s` | %s | %s | %s | %s |", p, yes[b.raises], yes[b.empties], yes[b.names], yes[b.nests]))
	}
	require.Contains(t, string(page), strings.Join(want, "\n")+"\n\n")
	require.Len(t, behaviours, len(Profiles()))
	require.Contains(t, string(page), "**Run "+Recommended+".**")
	require.True(t, ProfileOf(Recommended).Proven())

	compose, err := os.ReadFile("../deploy/compose.yaml")
	require.NoError(t, err)
	require.Contains(t, string(compose), "evoapicloud/evolution-api:v"+Recommended+"\n")
}

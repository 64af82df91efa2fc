// Package campaigns_test holds the module to its picture: who may import whom.
package campaigns_test

import (
	"encoding/json"
	"errors"
	"io"
	"os/exec"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

const module = "github.com/alreasense/campaigns/"

// may lists, for each package of the module, the packages of the module that
// it may import in shipped code. ARCHITECTURE.md draws the same picture.
var may = map[string]string{
	"holiday":                   "",
	"contact":                   "",
	"evolution/evolutiontest":   "",
	"schedule":                  "holiday",
	"schedule/scheduletest":     "holiday schedule",
	"campaign":                  "holiday contact schedule",
	"campaign/control":          "holiday contact schedule campaign campaign/document campaign/account campaign/hook campaign/optout campaign/vault contact/imports",
	"campaign/campaigntest":     "holiday contact contact/contacttest schedule campaign",
	"campaign/metrics":          "campaign",
	"campaign/protocol":         "",
	"campaign/audit":            "holiday contact schedule campaign",
	"campaign/simulation":       "holiday contact schedule campaign campaign/audit campaign/campaigntest store/memory store/sqlite",
	"campaign/crashtest":        "campaign",
	"campaign/throughput":       "",
	"contact/contacttest":       "contact",
	"contact/xlsx":              "contact",
	"contact/imports":           "contact campaign/document",
	"store/dump":                "",
	"store/memory":              "holiday contact schedule campaign campaign/document",
	"store/internal/modeltest":  "contact campaign campaign/audit campaign/campaigntest",
	"store/internal/sqlrecords": "holiday contact schedule campaign campaign/document store/dump",
	"store/sqlite":              "holiday contact schedule campaign campaign/document store/internal/sqlrecords store/dump",
	"evolution":                 "contact campaign",
	"store/postgres":            "holiday contact schedule campaign campaign/document store/internal/sqlrecords store/dump",
	"campaign/line":             "contact campaign campaign/document campaign/optout campaign/vault evolution",
	"store/redislock":           "campaign",
	"internal/servers":          "",
	"internal/mutants":          "",

	"campaign/control/client/internal/param": "",

	"campaign/document":              "",
	"campaign/vault":                 "",
	"campaign/optout":                "contact campaign campaign/document campaign/vault",
	"campaign/hook":                  "campaign campaign/document campaign/vault",
	"campaign/document/documenttest": "campaign/document",
	"campaign/account":               "campaign campaign/document",
	"campaign/control/client":        "campaign/control/client/internal/param",
	"campaign/gateway":               "campaign campaign/document campaign/vault evolution",
}

// only lists who may import a library in shipped code, by the library's path.
var only = map[string]string{
	"github.com/hashicorp/go-retryablehttp": "evolution",
	"modernc.org/sqlite":                    "store/sqlite",
	"github.com/jackc/pgx/v5":               "store/postgres cmd/campaignd",
	"github.com/redis/go-redis/v9":          "store/redislock cmd/campaignd",
	"github.com/danielgtaylor/huma/v2":      "campaign/control",
	"github.com/pressly/goose/v3":           "store/sqlite store/postgres",
	"github.com/xuri/excelize/v2":           "contact/xlsx",
	"go.uber.org/zap":                       "cmd/campaignd",
	"github.com/prometheus/client_golang":   "campaign/metrics cmd/campaignd",
	"github.com/alecthomas/kong":            "cmd/campaignd cmd/campaignd/internal/portuguese",
	"github.com/nyaruka/phonenumbers":       "contact",
	"golang.org/x/crypto":                   "campaign/account",
	"github.com/stretchr/testify":           "",
	"pgregory.net/rapid":                    "schedule/scheduletest store/internal/modeltest",
	"github.com/rickar/cal/v2":              "",
}

type listed struct {
	ImportPath string
	Imports    []string
	Standard   bool
}

func list(t *testing.T, args ...string) (all []listed) {
	t.Helper()
	cmd := exec.Command("go", append([]string{"list", "-json=ImportPath,Imports,Standard"}, args...)...)
	out, err := cmd.Output()
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		t.Fatalf("go list: %s", exit.Stderr)
	}
	require.NoError(t, err)
	for d := json.NewDecoder(strings.NewReader(string(out))); ; {
		var p listed
		if err := d.Decode(&p); errors.Is(err, io.EOF) {
			return all
		} else if err != nil {
			t.Fatal(err)
		}
		all = append(all, p)
	}
}

func TestArrowsPointDown(t *testing.T) {
	for _, p := range list(t, "./...") {
		name, ours := strings.CutPrefix(p.ImportPath, module)
		if !ours || strings.HasPrefix(name, "cmd/") || strings.HasPrefix(name, "examples/") {
			continue // wiring may import everything
		}
		allowed, known := may[name]
		if !known {
			t.Errorf("package %s has no place in the picture: add it to this test and to ARCHITECTURE.md", name)
			continue
		}
		for _, i := range p.Imports {
			if dep, ours := strings.CutPrefix(i, module); ours && !contains(allowed, dep) {
				t.Errorf("%s imports %s, which does not lie below it", name, dep)
			}
		}
	}
}

func TestEachLibraryHasOneDoor(t *testing.T) {
	for _, p := range list(t, "./...") {
		name := strings.TrimPrefix(p.ImportPath, module)
		for _, i := range p.Imports {
			for lib, doors := range only {
				if (i == lib || strings.HasPrefix(i, lib+"/")) && !contains(doors, name) {
					t.Errorf("%s imports %s, which belongs to %q", name, i, doors)
				}
			}
		}
	}
}

// An embedder who imports campaign and store/memory pays for the standard
// library, date, uuid, phonenumbers and what these need.
func TestEmbeddersPayForLittle(t *testing.T) {
	pays := []string{"github.com/alreasense/campaigns", "github.com/rickb777/date", "github.com/rickb777/plural",
		"github.com/google/uuid", "github.com/nyaruka/phonenumbers", "google.golang.org/protobuf", "golang.org/x/text", "golang.org/x/sync"}
	for _, p := range list(t, "-deps", "./campaign", "./store/memory") {
		if p.Standard {
			continue
		}
		ok := false
		for _, lib := range pays {
			ok = ok || p.ImportPath == lib || strings.HasPrefix(p.ImportPath, lib+"/")
		}
		if !ok {
			t.Errorf("importing campaign drags in %s", p.ImportPath)
		}
	}
}

func contains(list, word string) bool {
	for _, w := range strings.Fields(list) {
		if w == word {
			return true
		}
	}
	return false
}

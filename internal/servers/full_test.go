package servers

import (
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

func TestPGThatIsFullRefusesRowsAndLosesNone(t *testing.T) {
	p := NewPostgres(t, nil)
	try := func(sql string) (string, error) {
		out, err := exec.Command(filepath.Join(p.bin, "psql"), "-XAtq", "-v", "ON_ERROR_STOP=1", "-d", p.URL(), "-c", sql).CombinedOutput()
		return strings.TrimSpace(string(out)), err
	}
	const more = "INSERT INTO log SELECT repeat('x', 1000) FROM generate_series(1, 3000)"
	_, err := try("CREATE TABLE log (line text); " + more)
	must(t, err)
	p.Fill(t)
	if out, err := try(more); err == nil || !strings.Contains(out, "could not extend") {
		t.Fatalf("a full server takes rows: %v %s", err, out)
	}
	if out, err := try("SELECT count(*) FROM log"); err != nil || out != "3000" {
		t.Fatalf("%v %s", err, out)
	}
	must(t, p.Drain())
	_, err = try(more)
	must(t, err)
}

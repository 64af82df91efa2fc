package simulation

import (
	"bytes"
	"testing"

	"github.com/stretchr/testify/require"
)

func report(t *testing.T, seed uint64, cfg Config) Result {
	t.Helper()
	r := Run(seed, cfg)
	if len(r.Violations) > 0 {
		var b bytes.Buffer
		cfg.Log = &b
		Run(seed, cfg)
		lines := bytes.Split(b.Bytes(), []byte("\n"))
		t.Errorf("seed %d: %v\n%s\nlast decisions:\n%s", seed, r.Violations, r.Figures.String(),
			bytes.Join(lines[max(0, len(lines)-120):], []byte("\n")))
	}
	return r
}

func TestSeeds(t *testing.T) {
	var sum Figures
	for seed := range uint64(20) {
		r := report(t, seed, Config{})
		sum.Add(r.Figures)
	}
	t.Logf("\n%s", sum.String())
	require.Empty(t, sum.Missed())
}

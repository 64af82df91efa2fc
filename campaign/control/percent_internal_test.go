package control

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// Rates are rounded, and 100 is all.
func TestPercent(t *testing.T) {
	for in, want := range map[[2]int64]float64{{6, 39}: 15.4, {1, 3}: 33.3, {2, 3}: 66.7, {0, 5}: 0, {5, 5}: 100, {9999, 10000}: 99.9, {3, 0}: 0} {
		require.Equal(t, want, percent(in[0], in[1]), "%v", in)
	}
}

package desk

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// One person is no plural.
func TestCount(t *testing.T) {
	pt, en := &Desk{Portuguese: true}, &Desk{}
	for n, want := range map[int64][2]string{0: {"0 pessoas", "0 people"}, 1: {"1 pessoa", "1 person"}, 2: {"2 pessoas", "2 people"}} {
		require.Equal(t, want, [2]string{pt.people(n), en.people(n)})
	}
}

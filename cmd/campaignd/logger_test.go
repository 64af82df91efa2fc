package main

import (
	"bytes"
	"errors"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// The same trouble again and again does not fill the disk; what is no trouble,
// and another trouble, are logged all the same.
func TestTheLogSlowsDownWhereATroubleRepeatsItself(t *testing.T) {
	var b bytes.Buffer
	log, flush := newLogger(&b)
	for range 1000 {
		log.Error("the step failed", "error", errors.New("no room left on the disk"))
		log.Info("a campaign ended")
	}
	log.Warn("something else")
	flush()
	require.Equal(t, troublesAtFirst+(1000-troublesAtFirst)/troublesThen, strings.Count(b.String(), "the step failed"))
	require.Equal(t, 1000, strings.Count(b.String(), "a campaign ended"))
	require.Contains(t, b.String(), "something else")
}

package demo

import (
	"testing"

	"go.uber.org/goleak"
)

// A run leaves no goroutine behind.
func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

package main

import (
	"io"
	"os"
)

// columns is the width of the terminal that w is, or 0 when it is none.
func columns(w io.Writer) int {
	f, ok := w.(*os.File)
	if !ok {
		return 0
	}
	return terminalWidth(f.Fd())
}

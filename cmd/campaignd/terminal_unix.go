//go:build unix

package main

import "golang.org/x/sys/unix"

func terminalWidth(fd uintptr) int {
	size, err := unix.IoctlGetWinsize(int(fd), unix.TIOCGWINSZ)
	switch {
	case err != nil:
		return 0
	case size.Col == 0:
		return 80 // a terminal that does not know its size
	}
	return int(size.Col)
}

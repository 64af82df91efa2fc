//go:build unix

package main

import "golang.org/x/sys/unix"

// privately keeps other users of the machine from the files that this process
// makes: they hold phones, texts and keys.
func privately() { unix.Umask(0o077) }

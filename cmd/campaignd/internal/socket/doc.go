// Package socket is the door of a running daemon for the commands of its own
// machine: a Unix socket in the data directory. Who may open the directory may
// give every command, so the directory and the socket belong to their owner
// alone, and a caller's user is read from the kernel and written into the
// events of what it does.
package socket

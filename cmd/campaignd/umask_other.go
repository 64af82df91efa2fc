//go:build !unix

package main

// privately has nothing to do: a directory of a user's own is private here.
func privately() {}

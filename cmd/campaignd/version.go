package main

import (
	"fmt"
	"runtime"
	"runtime/debug"
)

type versionCommand struct{}

// Run prints what is known about this binary.
func (versionCommand) Run(w *world) error {
	version, commit := "(unknown)", ""
	if b, ok := debug.ReadBuildInfo(); ok {
		version = b.Main.Version
		if version == "" {
			version = "(devel)"
		}
		for _, s := range b.Settings {
			switch {
			case s.Key == "vcs.revision":
				commit = s.Value
			case s.Key == "vcs.modified" && s.Value == "true" && commit != "":
				commit += " (with changes)"
			}
		}
	}
	fmt.Fprintf(w.stdout, "campaignd %s\n%s %s/%s\n", version, runtime.Version(), runtime.GOOS, runtime.GOARCH)
	if commit != "" {
		fmt.Fprintf(w.stdout, "commit %s\n", commit)
	}
	return nil
}

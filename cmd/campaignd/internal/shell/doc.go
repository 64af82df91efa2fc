// Package shell has the scripts by which shells complete a command line. They
// ask the program itself, so they fit whatever version is installed: the program
// gets the words up to the cursor, and answers with a line for each way to go
// on, a tab, and what it means; ":files" and ":dirs" stand for those of the disk.
package shell

import (
	_ "embed"
	"strings"
)

var (
	//go:embed bash.sh
	bash string
	//go:embed zsh.zsh
	zsh string
	//go:embed fish.fish
	fish string
)

// Lines that stand for files and directories.
const (
	Files = ":files"
	Dirs  = ":dirs"
)

// Script is the script of a shell: bash, zsh or fish.
func Script(name string) (text string, ok bool) {
	text, ok = map[string]string{"bash": bash, "zsh": zsh, "fish": fish}[name]
	return text, ok
}

// Whole puts words together that bash has cut at "=": --role = admin. What is
// to be completed is the last one, and stays as it was cut.
func Whole(words []string) (before []string, last string) {
	if len(words) == 0 {
		return nil, ""
	}
	before, last = words[:len(words)-1:len(words)-1], words[len(words)-1]
	if last == "=" {
		last = ""
	}
	var out []string
	for i := 0; i < len(before); i++ {
		if before[i] == "=" && len(out) > 0 && strings.HasPrefix(out[len(out)-1], "--") {
			continue // the value follows, as it does after a space
		}
		out = append(out, before[i])
	}
	return out, last
}

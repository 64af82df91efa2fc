package main

import (
	"fmt"
	"slices"
	"strings"

	"github.com/alecthomas/kong"

	"github.com/alreasense/campaigns/cmd/campaignd/internal/shell"
)

type completionCommand struct {
	Shell string `arg:"" help:"bash, zsh or fish." enum:"bash,zsh,fish"`
}

// Help is the long text of campaignd completion --help.
func (completionCommand) Help() string {
	return `The script asks campaignd itself what fits, so it stays right when campaignd is updated.

Examples:

  source <(campaignd completion bash)       in ~/.bashrc
  source <(campaignd completion zsh)        in ~/.zshrc, after compinit
  campaignd completion fish | source        in ~/.config/fish/config.fish`
}

// Run prints the script.
func (c *completionCommand) Run(w *world) error {
	text, _ := shell.Script(c.Shell)
	_, err := fmt.Fprint(w.stdout, text)
	return err
}

// completeCommand is what the scripts ask.
type completeCommand struct {
	Words []string `arg:"" optional:"" passthrough:"" help:"The words after the program's name, up to the cursor."`
}

// Run prints what the last word can become.
func (c *completeCommand) Run(w *world, k *kong.Context) error {
	words := c.Words
	if len(words) > 0 && words[0] == "--" {
		words = words[1:]
	}
	for _, line := range complete(k.Model.Node, words) {
		if _, err := fmt.Fprintln(w.stdout, line); err != nil {
			return err
		}
	}
	return nil
}

// typed is what a line says up to the word that is completed.
type typed struct {
	node *kong.Node
	// places is how many positional arguments are there.
	places int
	// open is a flag that waits for its value.
	open *kong.Flag
	used map[string]bool
	// bare tells that only arguments follow.
	bare bool
}

func read(node *kong.Node, before []string) typed {
	t := typed{node: node, used: map[string]bool{}}
	for _, word := range before {
		switch {
		case t.open != nil:
			t.open = nil
		case t.bare || !strings.HasPrefix(word, "-") || word == "-":
			if next := child(t.node, word); next != nil && !t.bare {
				t.node, t.places = next, 0
			} else {
				t.places++
			}
		case word == "--":
			t.bare = true
		default:
			name, _, given := strings.Cut(word, "=")
			f := flag(t.node, name)
			if f == nil {
				continue
			}
			t.used[f.Name] = true
			if !given && takesValue(f) {
				t.open = f
			}
		}
	}
	return t
}

// complete lists what the last word of a line can become, as package shell has
// it.
func complete(node *kong.Node, words []string) (lines []string) {
	before, last := shell.Whole(words)
	t := read(node, before)
	offer := func(word, help string) {
		if strings.HasPrefix(word, last) {
			lines = append(lines, word+"\t"+strings.Join(strings.Fields(help), " "))
		}
	}
	values := func(v *kong.Value, prefix string) {
		for _, e := range v.EnumSlice() {
			if e != "" {
				offer(prefix+e, "")
			}
		}
		if place := onDisk(v); place != "" && prefix == "" {
			lines = append(lines, place)
		}
	}
	if t.open != nil {
		values(t.open.Value, "")
		return lines
	}
	if name, _, given := strings.Cut(last, "="); given && strings.HasPrefix(last, "--") && !t.bare {
		if f := flag(t.node, name); f != nil && takesValue(f) {
			values(f.Value, name+"=")
		}
		return lines
	}
	argument := false
	if !strings.HasPrefix(last, "-") || t.bare {
		for _, c := range t.node.Children {
			if !c.Hidden && !t.bare {
				offer(c.Name, c.Help)
			}
		}
		if n := len(t.node.Positional); n > 0 {
			p := t.node.Positional[min(t.places, n-1)]
			if argument = t.places < n || p.IsSlice(); argument {
				values(p, "")
			}
		}
	}
	if !t.bare && (strings.HasPrefix(last, "-") || last == "" && len(lines) == 0 && !argument) {
		for _, f := range flags(t.node) {
			if !f.Hidden && (!t.used[f.Name] || f.IsSlice()) {
				offer("--"+f.Name, f.Help)
			}
		}
	}
	return lines
}

func child(n *kong.Node, name string) *kong.Node {
	for _, c := range n.Children {
		if c.Name == name || slices.Contains(c.Aliases, name) {
			return c
		}
	}
	return nil
}

func flags(n *kong.Node) []*kong.Flag { return slices.Concat(n.AllFlags(true)...) }

// flag finds a flag by what was typed, --name or -n.
func flag(n *kong.Node, typed string) *kong.Flag {
	for _, f := range flags(n) {
		if typed == "--"+f.Name || f.Short != 0 && typed == "-"+string(f.Short) {
			return f
		}
	}
	return nil
}

func takesValue(f *kong.Flag) bool { return !f.IsBool() && !f.IsCounter() }

// onDisk tells which files a value names, if any.
func onDisk(v *kong.Value) string {
	holder := v.Name
	if v.Flag != nil {
		holder = v.Tag.PlaceHolder // Flag.PlaceHolder may be in Portuguese
	}
	switch {
	case v.Tag.Type == "existingdir", strings.EqualFold(holder, "DIR"):
		return shell.Dirs
	case v.Tag.Type == "existingfile", v.Tag.Type == "path", strings.EqualFold(holder, "FILE"):
		return shell.Files
	}
	return ""
}

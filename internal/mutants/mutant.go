package main

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
	"regexp"
	"slices"
	"strings"
)

// mutant is one rule taken out of the code.
type mutant struct {
	// name is the file's, without its ending.
	name string
	// says tells in a sentence what the mutant does wrong.
	says string
	// breaks are the invariants and lessons that no longer hold.
	breaks []string
	// pkg and test are who notices: "./campaign" and "TestX/with_a_part".
	pkg, test string
	edits     []edit
}

// edit replaces lines of one file.
type edit struct {
	file     string
	old, new string // whole lines, each with its line end
}

var (
	ruleID   = regexp.MustCompile(`^(I([1-9]|1[0-7])|[A-HJ-Z][1-9][0-9]?)$`)
	testName = regexp.MustCompile(`^Test[^\s]*$`)
)

// ending is that of a mutant's file.
const ending = ".mutant"

// load reads all mutants of a folder, by name.
func load(dir fs.FS) ([]mutant, error) {
	files, err := fs.Glob(dir, "*"+ending)
	if err != nil {
		return nil, err
	}
	slices.Sort(files)
	var ms []mutant
	for _, f := range files {
		text, err := fs.ReadFile(dir, f)
		if err != nil {
			return nil, err
		}
		m, err := parse(strings.TrimSuffix(f, ending), string(text))
		if err != nil {
			return nil, fmt.Errorf("%s: %w", f, err)
		}
		ms = append(ms, m)
	}
	return ms, nil
}

// parse reads the file of a mutant; doc.go describes it.
func parse(name, text string) (mutant, error) {
	m := mutant{name: name}
	head, rest, ok := strings.Cut(text, "\n\n")
	if m.says = strings.Join(strings.Fields(head), " "); !ok || m.says == "" {
		return m, errors.New("begin with a sentence and an empty line")
	}
	var now *edit
	for line := range strings.Lines(rest) {
		switch body := strings.TrimSuffix(line, "\n"); {
		case strings.HasPrefix(body, "@ "):
			m.edits = append(m.edits, edit{file: strings.TrimPrefix(body, "@ ")})
			now = &m.edits[len(m.edits)-1]
		case now != nil:
			if err := now.add(body); err != nil {
				return m, err
			}
		default:
			if err := m.field(body); err != nil {
				return m, err
			}
		}
	}
	return m, m.check()
}

// field reads a line of the head.
func (m *mutant) field(line string) error {
	key, value, _ := strings.Cut(line, ":")
	words := strings.Fields(value)
	switch {
	case key == "breaks" && m.breaks == nil:
		m.breaks = words
	case key == "killed by" && m.pkg == "" && len(words) == 2:
		m.pkg, m.test = words[0], words[1]
	default:
		return fmt.Errorf("%q: want \"breaks: ID …\" or \"killed by: ./package TestName\", each once", line)
	}
	return nil
}

// add reads a line of an edit.
func (e *edit) add(line string) error {
	if line == "" {
		return fmt.Errorf("an empty line in the edit of %s: begin it with a blank, a minus or a plus", e.file)
	}
	body := line[1:] + "\n"
	switch line[0] {
	case ' ':
		e.old, e.new = e.old+body, e.new+body
	case '-':
		e.old += body
	case '+':
		e.new += body
	default:
		return fmt.Errorf("%q in the edit of %s: begin it with a blank, a minus or a plus", line, e.file)
	}
	return nil
}

func (m *mutant) check() error {
	switch {
	case len(m.breaks) == 0:
		return errors.New("say what it breaks")
	case !strings.HasPrefix(m.pkg, "./") || !testName.MatchString(m.test):
		return errors.New("name the test that kills it, as \"killed by: ./package TestName\"")
	case len(m.edits) == 0:
		return errors.New("it edits nothing")
	}
	for _, id := range m.breaks {
		if !ruleID.MatchString(id) {
			return fmt.Errorf("%q is neither an invariant nor a lesson", id)
		}
	}
	for _, e := range m.edits {
		switch {
		case !fs.ValidPath(e.file) || path.Ext(e.file) == "":
			return fmt.Errorf("%q is no file below the module's root", e.file)
		case strings.HasSuffix(e.file, "_test.go"):
			return fmt.Errorf("%s is a test: a mutant changes what is tested", e.file)
		case e.old == "" || e.old == e.new:
			return fmt.Errorf("the edit of %s takes no line away and so has no place, or changes nothing", e.file)
		}
	}
	return nil
}

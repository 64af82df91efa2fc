package main

import (
	"errors"
	"fmt"
	"go/parser"
	"go/token"
	"io/fs"
	"path"
	"strings"
)

var (
	// errGone refuses an edit whose old lines are not in the file.
	errGone = errors.New("the lines to replace are not there: the code has moved on, write the mutant anew")
	// errVague refuses an edit whose old lines are there more than once.
	errVague = errors.New("the lines to replace are there more than once: add lines that tell the place")
)

// apply returns the mutated files of m, by their paths below root. Go files
// are parsed, so that a slip shows here and not as a kill.
func (m *mutant) apply(root fs.FS) (map[string]string, error) {
	files := make(map[string]string)
	for _, e := range m.edits {
		src, ok := files[e.file]
		if !ok {
			raw, err := fs.ReadFile(root, e.file)
			if err != nil {
				return nil, err
			}
			src = string(raw)
		}
		out, err := e.apply(src)
		if err != nil {
			return nil, fmt.Errorf("%s: %w:\n%s", e.file, err, e.old)
		}
		files[e.file] = out
	}
	for name, src := range files {
		if path.Ext(name) != ".go" {
			continue
		}
		if _, err := parser.ParseFile(token.NewFileSet(), name, src, parser.SkipObjectResolution); err != nil {
			return nil, err
		}
	}
	return files, nil
}

// apply replaces the lines of e in a file.
func (e *edit) apply(src string) (string, error) {
	// A line end in front, so that a match begins where a line does.
	src, old := "\n"+src, "\n"+e.old
	at := strings.Index(src, old)
	switch {
	case at < 0:
		return "", errGone
	case strings.Contains(src[at+1:], old):
		return "", errVague
	}
	return src[1:at+1] + e.new + src[at+len(old):], nil
}

package sqlrecords

import (
	"fmt"
	"strings"

	"github.com/alreasense/campaigns/store/dump"
)

// Select reads the rows of a table in the order of their keys.
func Select(t dump.Table) string {
	return "SELECT " + Names(t) + " FROM " + Name(t.Name) + " ORDER BY " + quoted(t.Key)
}

// Highest reads the highest number that a row of the table has, 0 without rows.
func Highest(t dump.Table) string {
	return "SELECT coalesce(max(" + Name(t.Numbered) + "), 0) FROM " + Name(t.Name)
}

// Names are the columns of a table as a statement wants them.
func Names(t dump.Table) string { return quoted(t.Names()) }

func quoted(list []string) string {
	named := make([]string, len(list))
	for i, n := range list {
		named[i] = Name(n)
	}
	return strings.Join(named, ", ")
}

// Name is a name in a statement. The names of package dump are plain words, some
// of which mean something in SQL.
func Name(name string) string { return `"` + name + `"` }

// Literal is a text in a statement that takes no parameters.
func Literal(text string) string { return "'" + strings.ReplaceAll(text, "'", "''") + "'" }

// Loaded verifies that what a store holds after it was loaded is what was read.
func Loaded(read, holds dump.Manifest) error {
	if err := read.Same(holds); err != nil {
		return fmt.Errorf("the rows that were written are not those that were read: %w", err)
	}
	return nil
}

package main

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/alreasense/campaigns/cmd/campaignd/internal/locale"
	"github.com/alreasense/campaigns/contact/imports"
	"github.com/alreasense/campaigns/contact/xlsx"
)

// leftAfter is after what time a temporary file of an import belongs to a
// process that was killed.
const leftAfter = 24 * time.Hour

// workbooks opens workbooks of imports, with their temporary files in dir: the
// system's directory may lie in memory.
func workbooks(dir string) func(path string) (imports.Workbook, error) {
	return func(path string) (imports.Workbook, error) {
		if err := sweep(dir, time.Now().Add(-leftAfter)); err != nil {
			return nil, locale.Errorf("o diretório das planilhas: %w", "the directory for workbooks: %w", err)
		}
		b, err := xlsx.Open(path, &xlsx.Options{TempDir: dir})
		if err != nil {
			return nil, err // a nil *xlsx.Book is a Workbook
		}
		return b, nil
	}
}

// sweep makes a directory, and removes its files that are older than before.
func sweep(dir string, before time.Time) error {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	es, err := os.ReadDir(dir)
	if err != nil {
		return err
	}
	for _, e := range es {
		info, err := e.Info()
		if err == nil && info.ModTime().Before(before) {
			err = os.Remove(filepath.Join(dir, e.Name()))
		}
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	return nil
}

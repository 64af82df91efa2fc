package dump

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
)

// WriteFile writes a source to a new file that its owner alone can read. A file
// that is there already is not touched, and the error wraps os.ErrExist. The
// name appears when the file is complete and on the disk: what fails, is
// interrupted or killed leaves no file of that name.
func WriteFile(ctx context.Context, path string, s Source, h Header) (m Manifest, err error) {
	if _, err := os.Lstat(path); err == nil {
		return m, fmt.Errorf("%s: %w", path, os.ErrExist)
	}
	f, err := os.CreateTemp(filepath.Dir(path), ".backup-*") // 0600
	if err != nil {
		return m, fmt.Errorf("the backup cannot be made: %w", plain(err))
	}
	defer os.Remove(f.Name())
	m, err = Write(ctx, f, s, h)
	if err == nil {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close()); err != nil {
		return m, fmt.Errorf("the backup could not be finished: %w", plain(err))
	}
	// A link does not replace a file that somebody has made meanwhile.
	switch err = os.Link(f.Name(), path); {
	case err == nil:
	case errors.Is(err, fs.ErrExist):
		return m, fmt.Errorf("%s: %w", path, os.ErrExist)
	default: // a file system without links
		if err := os.Rename(f.Name(), path); err != nil {
			return m, fmt.Errorf("the backup could not be finished: %w", plain(err))
		}
	}
	return m, syncDir(filepath.Dir(path))
}

// plain takes the name of the temporary file out of an error.
func plain(err error) error {
	var p *fs.PathError
	if errors.As(err, &p) {
		return p.Err
	}
	return err
}

// syncDir makes a new name in a directory durable, where that can be asked for.
func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return nil // it can be written and not listed
	}
	defer d.Close()
	_ = d.Sync() // some file systems refuse
	return nil
}

// File is a dump in a file.
type File struct {
	*Reader
	f io.Closer
}

// OpenFile begins to read a file that WriteFile has written.
func OpenFile(path string) (*File, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("the backup cannot be read: %w", err)
	}
	r, err := Read(f)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("%s: %w", path, err), f.Close())
	}
	return &File{r, f}, nil
}

// Close ends the reading.
func (f *File) Close() error { return f.f.Close() }

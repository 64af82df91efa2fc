package imports

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"sync/atomic"

	"github.com/alreasense/campaigns/contact"
)

// Workbook is a file of sheets that is open. Package contact/xlsx has one.
type Workbook interface {
	// Sheets are the names of the sheets that a person sees and that have text.
	Sheets() []string
	// Rows reads a sheet from its beginning; an empty name is the only one. The
	// reader may have a method Part() float64, which tells how much of the
	// sheet has been read, from 0 to 1. Errors that are the file's are
	// *contact.FileError.
	Rows(sheet string) (contact.RowReader, error)
	Close() error
}

// source is a job's file, opened.
type source struct {
	*contact.CSV
	file   *os.File
	read   atomic.Int64
	size   int64
	book   Workbook
	sheets []string
	rows   contact.RowReader
}

// open opens the file of a job for its plan. The caller closes it.
func (q *Queue) open(j *Job, o *contact.CSVOptions) (*source, error) {
	if j.Place != q.spool.place {
		return nil, ErrElsewhere
	}
	path := q.spool.source(j.ID)
	f, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, ErrGone
	}
	if err != nil {
		return nil, fmt.Errorf("imports: %w", err)
	}
	s := &source{file: f, size: j.File.Size}
	head := make([]byte, 4)
	n, err := f.ReadAt(head, 0)
	if err != nil && err != io.EOF {
		return nil, errors.Join(fmt.Errorf("imports: %w", err), s.Close())
	}
	if !bytes.Equal(head[:n], []byte("PK\x03\x04")) || q.o.OpenWorkbook == nil {
		s.CSV = contact.ReadCSV(s, o)
		return s, nil
	}
	if s.book, err = q.o.OpenWorkbook(path); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	s.sheets = s.book.Sheets()
	if s.rows, err = s.book.Rows(j.Plan.Sheet); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	s.CSV = contact.ReadTable(s.rows, o)
	return s, nil
}

// Read counts the bytes of the file.
func (s *source) Read(p []byte) (int, error) {
	n, err := s.file.Read(p)
	s.read.Add(int64(n))
	return n, err
}

// part is how much has been read.
func (s *source) part() float64 {
	if p, ok := s.rows.(interface{ Part() float64 }); ok {
		return p.Part()
	}
	if s.rows != nil || s.size <= 0 {
		return 0
	}
	return min(1, float64(s.read.Load())/float64(s.size))
}

// Close closes the file.
func (s *source) Close() error {
	var err error
	if s.book != nil {
		err = s.book.Close()
	}
	return errors.Join(err, s.file.Close())
}

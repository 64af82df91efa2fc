package xlsx

import (
	"archive/zip"
	"encoding/xml"
	"errors"
	"os"
	"path"
	"strings"

	"github.com/alreasense/campaigns/contact"
)

// sheet is one that a person sees and that has text.
type sheet struct {
	name   string
	last   int // the number of its last row; 0 if rows are not numbered
	part   *zip.File
	merges []merge // that reach over several rows, as they are listed
}

// maxParts bounds the files in the archive.
const maxParts = 10_000

// Of MaxMemory, a sheet or the table of texts that has more than this part goes
// into a file, and of the other parts that are taken apart none may have more
// than that one, since what they become is many times as large.
const (
	inFile = 32
	taken  = 8
)

const sharedStrings = "xl/sharedstrings.xml"

// survey looks at the archive before the library does, which unpacks first and
// takes a sheet that is cut off for a short one.
func (b *Book) survey(file *os.File, o Options) error {
	info, err := file.Stat()
	if err != nil {
		return err
	}
	z, err := zip.NewReader(file, info.Size())
	if err != nil {
		return damaged(err)
	}
	parts, err := measure(z.File, o)
	if err != nil {
		return err
	}
	if parts["[content_types].xml"] == nil {
		return &contact.FileError{Reason: contact.ReasonFileSheet} // another office, or no workbook
	}
	var book struct {
		Properties struct {
			Date1904 string `xml:"date1904,attr"`
		} `xml:"workbookPr"`
		Sheets []struct {
			Name  string `xml:"name,attr"`
			State string `xml:"state,attr"`
			ID    string `xml:"id,attr"`
		} `xml:"sheets>sheet"`
	}
	var links struct {
		All []struct {
			ID     string `xml:"Id,attr"`
			Type   string `xml:"Type,attr"`
			Target string `xml:"Target,attr"`
		} `xml:"Relationship"`
	}
	if texts := parts[sharedStrings]; texts != nil {
		if err := scanTexts(texts); err != nil {
			return unfit(err)
		}
	}
	if err := errors.Join(decode(parts["xl/workbook.xml"], &book), decode(parts["xl/_rels/workbook.xml.rels"], &links)); err != nil {
		return damaged(err)
	}
	b.date1904 = book.Properties.Date1904 == "1" || book.Properties.Date1904 == "true"
	for _, s := range book.Sheets {
		if s.State != "" && s.State != "visible" {
			continue
		}
		for _, l := range links.All {
			if l.ID != s.ID || !strings.HasSuffix(l.Type, "/worksheet") {
				continue
			}
			target := path.Clean("/xl/" + l.Target)
			if strings.HasPrefix(l.Target, "/") {
				target = path.Clean(l.Target)
			}
			found, hasText, err := scanSheet(parts[strings.ToLower(target[1:])])
			if err != nil {
				return unfit(err)
			}
			if hasText {
				found.name = s.Name
				b.sheets = append(b.sheets, found)
			}
		}
	}
	return nil
}

// measure finds the parts of the archive by their names in small letters, and
// holds their sizes against the limits. The archive's reader holds each part to
// the size that it says.
func measure(files []*zip.File, o Options) (map[string]*zip.File, error) {
	parts := make(map[string]*zip.File, min(len(files), maxParts))
	var all, held uint64
	for _, f := range files {
		size := f.UncompressedSize64
		if size > uint64(o.MaxUnpacked) || len(files) > maxParts {
			return nil, errLarge
		}
		name := strings.ToLower(strings.ReplaceAll(f.Name, `\`, "/"))
		all += size
		sheet := strings.HasPrefix(name, "xl/worksheets/sheet")
		if !sheet && name != sharedStrings || size <= uint64(o.MaxMemory)/inFile {
			held += size
		}
		switch {
		case parts[name] != nil: // which one is meant nobody knows
			return nil, damaged(errMissing)
		case name == "xl/workbook.xml", name == "xl/styles.xml", strings.HasSuffix(name, ".rels"), strings.HasPrefix(name, "xl/theme/"),
			name == "[content_types].xml":
			if size > uint64(o.MaxMemory)/taken {
				return nil, errLarge
			}
		}
		parts[name] = f
	}
	if all > uint64(o.MaxUnpacked) || held > uint64(o.MaxMemory) {
		return nil, errLarge
	}
	return parts, nil
}

// errLarge says that a book is too large when it is unpacked.
var errLarge error = &contact.FileError{Reason: contact.ReasonUnpacked}

// unfit tells a part that is too large from one that is damaged.
func unfit(err error) error {
	if errors.Is(err, errLarge) {
		return errLarge
	}
	return damaged(err)
}

var errMissing = errors.New("xlsx: a part of the workbook is missing or cut off")

func decode(f *zip.File, v any) error {
	if f == nil {
		return errMissing
	}
	r, err := f.Open()
	if err != nil {
		return err
	}
	defer r.Close()
	return xml.NewDecoder(r).Decode(v)
}

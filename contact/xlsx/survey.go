package xlsx

import (
	"archive/zip"
	"bufio"
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"os"
	"path"
	"strconv"
	"strings"

	"github.com/alreasense/campaigns/contact"
)

// sheet is one that a person sees and that has text.
type sheet struct {
	name string
	last int // the number of its last row; 0 if rows are not numbered
}

// maxParts bounds the files in the archive.
const maxParts = 10_000

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
	parts := make(map[string]*zip.File, len(z.File))
	var all, other uint64
	for _, f := range z.File {
		if f.UncompressedSize64 > uint64(o.MaxUnpacked) || len(z.File) > maxParts {
			return &contact.FileError{Reason: contact.ReasonUnpacked}
		}
		name := strings.ToLower(strings.ReplaceAll(f.Name, `\`, "/"))
		all += f.UncompressedSize64
		if !strings.HasPrefix(name, "xl/worksheets/sheet") && name != "xl/sharedstrings.xml" {
			other += f.UncompressedSize64
		}
		parts[name] = f
	}
	if all > uint64(o.MaxUnpacked) || other > uint64(o.MaxMemory) {
		return &contact.FileError{Reason: contact.ReasonUnpacked}
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
			last, hasText, err := scan(parts[strings.ToLower(target[1:])])
			if err != nil {
				return damaged(err)
			}
			if hasText {
				b.sheets = append(b.sheets, sheet{s.Name, last})
			}
		}
	}
	return nil
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

// scan goes through the tags of a sheet for the number of its last row, and for
// whether any cell has a value.
func scan(f *zip.File) (last int, hasText bool, err error) {
	if f == nil {
		return 0, false, errMissing
	}
	part, err := f.Open()
	if err != nil {
		return 0, false, err
	}
	defer part.Close()
	ended := false
	for r := bufio.NewReaderSize(part, 64<<10); ; {
		switch _, err := r.ReadSlice('<'); {
		case err == bufio.ErrBufferFull:
			continue
		case err == io.EOF && ended:
			return last, hasText, nil
		case err == io.EOF:
			return 0, false, errMissing
		case err != nil:
			return 0, false, err
		}
		tag, _ := r.Peek(256)
		if i := bytes.IndexByte(tag, '>'); i >= 0 {
			tag = tag[:i+1]
		}
		switch local(tag) {
		case "row":
			if n := number(tag); n > last {
				last = n
			}
		case "v", "is":
			hasText = true
		case "sheetData":
			ended = ended || bytes.HasSuffix(tag, []byte("/>"))
		case "/sheetData":
			ended = true
		}
	}
}

// local is a tag's name without its namespace, with the slash of an end.
func local(tag []byte) string {
	end := bytes.IndexAny(tag, " \t\r\n>")
	if end < 0 {
		end = len(tag)
	}
	name := strings.TrimSuffix(string(tag[:end]), "/")
	slash := ""
	if strings.HasPrefix(name, "/") {
		slash, name = "/", name[1:]
	}
	if i := strings.IndexByte(name, ':'); i >= 0 {
		name = name[i+1:]
	}
	return slash + name
}

// number is the attribute r of a row, or 0.
func number(tag []byte) int {
	i := bytes.Index(tag, []byte(` r="`))
	if i < 0 {
		return 0
	}
	rest := tag[i+len(` r="`):]
	j := bytes.IndexByte(rest, '"')
	if j < 0 {
		return 0
	}
	n, err := strconv.Atoi(string(rest[:j]))
	if err != nil {
		return 0
	}
	return n
}

package imports

import (
	"errors"
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/alreasense/campaigns/contact"
)

// Status of a job.
type Status string

// Statuses.
const (
	Uploaded  Status = "uploaded"
	Mapped    Status = "mapped" // its plan was changed
	Queued    Status = "queued"
	Running   Status = "running"
	Done      Status = "done"
	Failed    Status = "failed"
	Cancelled Status = "cancelled"
	Undoing   Status = "undoing" // see Desk.Undo
	Undone    Status = "undone"
)

// Ended reports whether nothing more will happen.
func (s Status) Ended() bool { return s == Done || s == Failed || s == Cancelled || s == Undone }

// waiting reports whether a process is to work on the job, or does.
func (s Status) waiting() bool { return s == Queued || s == Running || s == Undoing }

// Errors of commands; test them with errors.Is.
var (
	// ErrNotFound: the tenant has no such job.
	ErrNotFound = errors.New("imports: not found")
	// ErrStale: the job was changed since it was read.
	ErrStale = errors.New("imports: changed meanwhile, read it again")
	// ErrState: the job stands in a state that does not allow the command.
	ErrState = errors.New("imports: not possible now")
	// ErrElsewhere: the file lies on another machine.
	ErrElsewhere = errors.New("imports: the file lies on another machine: ask there")
	// ErrGone: the file has been removed, since its time was over.
	ErrGone = errors.New("imports: the file has been removed: hand it in again")
	// ErrTooLarge: the file is larger than Options.MaxSize.
	ErrTooLarge = errors.New("imports: the file is too large: split it")
	// ErrEmpty: the file has no bytes.
	ErrEmpty = errors.New("imports: the file is empty")
	// ErrInvalid: the plan has a value that nothing can be done with.
	ErrInvalid = errors.New("imports: not valid")
)

// Policy says what becomes of people of the file whom the store knows.
type Policy string

// Policies.
const (
	// Update merges what the file says: see contact.Contact.Merge.
	Update Policy = "update"
	// Skip leaves them as they are. They still become members of the group.
	Skip Policy = "skip"
)

// Plan is how a file is read and what is done with it.
type Plan struct {
	// Encoding, Delimiter, HeaderRow, NoHeader, HiddenRows, Columns, Mapping and
	// Region are those of contact.CSVOptions; the first two have no meaning for
	// workbooks, HiddenRows none for others.
	Encoding   contact.Encoding         `json:"encoding,omitempty"`
	Delimiter  string                   `json:"delimiter,omitempty"`
	HeaderRow  int                      `json:"header_row,omitempty"`
	NoHeader   bool                     `json:"no_header,omitempty"`
	HiddenRows bool                     `json:"hidden_rows,omitempty"`
	Columns    []string                 `json:"columns,omitempty"`
	Mapping    map[string]contact.Field `json:"mapping,omitempty"`
	Region     string                   `json:"region,omitempty"`
	// Sheet is the sheet of a workbook. It may be empty if only one has text.
	Sheet string `json:"sheet,omitempty"`
	// Existing is what becomes of people whom the store knows. Defaults to
	// Update.
	Existing Policy `json:"existing"`
	// Group is the name of the group that the people become members of; it is
	// made if there is none. At first it is the file's name; empty is none.
	Group string `json:"group"`
	// Tags are given to everybody.
	Tags []string `json:"tags,omitempty"`
	// Consent says where and when the people agreed to be written to, Basis on
	// which ground their data is used. A row's own consent goes before.
	Consent string        `json:"consent"`
	Basis   contact.Basis `json:"legal_basis"`
}

func (p Plan) clone() Plan {
	p.Columns, p.Tags, p.Mapping = slices.Clone(p.Columns), slices.Clone(p.Tags), maps.Clone(p.Mapping)
	return p
}

// validate checks what can be checked without the file.
func (p *Plan) validate() error {
	p.Tags = contact.NormalizeTags(p.Tags)
	p.Group = strings.Join(strings.Fields(p.Group), " ")
	if p.Existing == "" {
		p.Existing = Update
	}
	if p.Existing != Update && p.Existing != Skip {
		return fmt.Errorf("%w: existing is %q or %q", ErrInvalid, Update, Skip)
	}
	if p.Group != "" {
		if err := (contact.Group{Name: p.Group}).Validate(); err != nil {
			return fmt.Errorf("%w: group: %w", ErrInvalid, err)
		}
	}
	if utf8.RuneCountInString(p.Delimiter) > 1 {
		return fmt.Errorf("%w: the delimiter is one character", ErrInvalid)
	}
	if p.HeaderRow < 0 || p.HeaderRow > 0 && p.NoHeader {
		return fmt.Errorf("%w: header_row is the line of the header, from 1, and goes without no_header", ErrInvalid)
	}
	probe := contact.Contact{Phone: "+5511900000001", Tags: p.Tags, Consent: p.Consent, Basis: p.Basis}
	if err := probe.Validate(); err != nil {
		return fmt.Errorf("%w: %w", ErrInvalid, err)
	}
	return nil
}

func (p Plan) options() *contact.CSVOptions {
	o := &contact.CSVOptions{Region: p.Region, Encoding: p.Encoding, HeaderRow: p.HeaderRow, NoHeader: p.NoHeader, HiddenRows: p.HiddenRows, Columns: p.Columns, Mapping: p.Mapping,
		Tags: p.Tags, Consent: p.Consent, Basis: p.Basis}
	o.Delimiter, _ = utf8.DecodeRuneInString(p.Delimiter)
	if p.Delimiter == "" {
		o.Delimiter = 0
	}
	return o
}

// GroupName is the name that a group has after a file: the file's without
// folders and ending.
func GroupName(file string) string {
	file = cleanName(file)
	name := strings.TrimSuffix(file, path.Ext(file))
	name = strings.Join(strings.Fields(strings.ReplaceAll(name, "_", " ")), " ")
	if r := []rune(name); len(r) > contact.MaxName {
		name = strings.TrimSpace(string(r[:contact.MaxName]))
	}
	return name
}

// cleanName is the last part of a path, as text.
func cleanName(name string) string {
	name = path.Base(strings.ReplaceAll(strings.ToValidUTF8(name, ""), `\`, "/"))
	name = strings.TrimSpace(strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return -1
		}
		return r
	}, name))
	if name == "." || name == "/" || name == ".." {
		return ""
	}
	return name
}

// File is what was handed in.
type File struct {
	Name   string `json:"name"`
	Size   int64  `json:"size"` // bytes
	SHA256 string `json:"sha256"`
}

// Progress is how far a job is. Rows = Added + Updated + Same + Refused once it
// is done; while it runs, rows that have been read and are not in the store yet
// are in none of the four.
type Progress struct {
	// Part is how much of the file has been read, from 0 to 1.
	Part    float64 `json:"part"`
	Rows    int64   `json:"rows"` // with text in them, without the header
	Added   int64   `json:"added"`
	Updated int64   `json:"updated"`
	// Same were known and said the same, or were to be left alone.
	Same     int64                    `json:"same"`
	Refused  int64                    `json:"refused"`
	ByReason map[contact.Reason]int64 `json:"refused_by_reason,omitempty"`
	// Unwritten are those of Refused that are not in the file of refused rows, since
	// it was full. Known at the end.
	Unwritten int64 `json:"refused_unwritten,omitempty"`
	// Hidden rows of a workbook were passed over; they are in no other count.
	Hidden int64 `json:"hidden"`
	// OptedOut are those of Added, Updated and Same who get no messages.
	OptedOut int64 `json:"opted_out"`
}

// Stored is how many people of the file are in the store.
func (p Progress) Stored() int64 { return p.Added + p.Updated + p.Same }

// Failure says why a job failed.
type Failure struct {
	Reason contact.Reason `json:"reason"`
	// Columns are the names of columns that were seen, or of sheets, if the
	// reason is about them.
	Columns []string `json:"columns,omitempty"`
}

// Text gives the failure in a language, "pt" or "en".
func (f Failure) Text(lang string) string {
	return (&contact.FileError{Reason: f.Reason, Columns: f.Columns}).Text(lang)
}

// Job is an import.
type Job struct {
	ID     string `json:"id"`
	Rev    int64  `json:"-"` // changes with every change of the job
	Status Status `json:"status"`
	Author string `json:"author"`
	File   File   `json:"file"`
	Plan   Plan   `json:"plan"`
	// GroupID is the group, once the first people are in it.
	GroupID  int64    `json:"group_id,omitempty"`
	Progress Progress `json:"progress"`
	Failure  *Failure `json:"failure,omitempty"`
	// Undone says what Desk.Undo has done.
	Undone *Reversal `json:"undone,omitempty"`
	// Place names the directory that the file lies in: see ErrElsewhere.
	Place     string    `json:"place"`
	CreatedAt time.Time `json:"created_at"`
	StartedAt time.Time `json:"started_at,omitzero"`
	EndedAt   time.Time `json:"ended_at,omitzero"`
	// ExpiresAt is when what is left of the files is removed.
	ExpiresAt time.Time `json:"expires_at"`

	tenant string
	claim  claim
	late   []late
	lateBy map[contact.Reason]int64
	// resumed tells that somebody has worked on the job before.
	resumed bool
}

// carried is how many people of the file have been given to the store, by what
// the job's document knows.
func (j *Job) carried() int64 {
	n := j.Progress.Stored()
	for _, k := range j.lateBy {
		n += k
	}
	return n
}

// claim is the right to work on a job.
type claim struct {
	Owner string    `json:"owner"`
	Until time.Time `json:"until"`
}

// late is a row that was refused by the store.
type late struct {
	Line   int            `json:"line"`
	Reason contact.Reason `json:"reason"`
}

// maxLate bounds the rows refused by the store whose lines a job remembers;
// further ones are counted only.
const maxLate = 2_000

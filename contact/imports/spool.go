package imports

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/alreasense/campaigns/campaign/document"
)

// kindFile are documents of no tenant, one for each job whose files may be on
// a disk, by their place: written before the first byte, removed after the last.
const kindFile = "contact.import.file"

type spooled struct {
	Tenant string    `json:"tenant"`
	Until  time.Time `json:"until"` // if there is no job to say it
}

// spool is the directory of the files.
type spool struct {
	dir   string
	place string
	// create opens a new file to write, only for its owner.
	create func(path string) (io.WriteCloser, error)
}

func openSpool(dir string) (*spool, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("imports: the directory for files: %w", err)
	}
	s := &spool{dir: dir, create: func(path string) (io.WriteCloser, error) {
		return os.OpenFile(path, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	}}
	name := filepath.Join(dir, "place")
	f, err := os.OpenFile(name, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	switch {
	case err == nil:
		s.place = strings.ToLower(rand.Text())
		_, err = f.WriteString(s.place)
		err = errors.Join(err, f.Sync(), f.Close())
	case errors.Is(err, fs.ErrExist):
		var b []byte
		b, err = os.ReadFile(name)
		s.place = strings.TrimSpace(string(b))
	}
	if err == nil && s.place == "" {
		err = fmt.Errorf("%s is empty: remove it", name)
	}
	if err != nil {
		return nil, fmt.Errorf("imports: the name of the place: %w", err)
	}
	return s, nil
}

func (s *spool) source(id string) string  { return filepath.Join(s.dir, id+".source") }
func (s *spool) refused(id string) string { return filepath.Join(s.dir, id+".refused.csv") }

// receive writes what r gives into the job's file. Nothing is left of it after
// an error.
func (s *spool) receive(ctx context.Context, id string, r io.Reader, most int64) (File, error) {
	w, err := s.create(s.source(id))
	if err != nil {
		return File{}, fmt.Errorf("imports: the file cannot be kept: %w", err)
	}
	sum := sha256.New()
	n, err := io.Copy(io.MultiWriter(w, sum), &limited{ctx: ctx, r: r, left: most})
	if f, ok := w.(*os.File); ok && err == nil {
		err = f.Sync()
	}
	err = errors.Join(err, w.Close())
	if err == nil && n == 0 {
		err = ErrEmpty
	}
	if err != nil {
		err = errors.Join(err, s.remove(id))
		return File{}, fmt.Errorf("imports: the file was not kept: %w", err)
	}
	return File{Size: n, SHA256: hex.EncodeToString(sum.Sum(nil))}, nil
}

// limited is a reader that ends with an error after so many bytes, or when its
// context does.
type limited struct {
	ctx  context.Context
	r    io.Reader
	left int64
}

func (l *limited) Read(p []byte) (int, error) {
	if err := l.ctx.Err(); err != nil {
		return 0, err
	}
	if int64(len(p)) > l.left+1 {
		p = p[:l.left+1]
	}
	n, err := l.r.Read(p)
	if l.left -= int64(n); l.left < 0 {
		return 0, ErrTooLarge
	}
	return n, err
}

// remove removes what is there of a job's files.
func (s *spool) remove(id string) error {
	return errors.Join(drop(s.source(id)), drop(s.refused(id)))
}

func drop(path string) error {
	if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

func (q *Queue) spooled(tenant, id string, until time.Time) document.Document {
	data, _ := json.Marshal(spooled{tenant, until})
	return document.Document{Kind: kindFile, Key: id, Ref: q.spool.place, Rev: document.AnyRev, Data: data}
}

// Clean removes the files of this place whose time is over. Run does it every
// hour.
func (q *Queue) Clean(ctx context.Context) error {
	now := q.now()
	for d, err := range document.All(ctx, q.docs, document.Query{Kind: kindFile, Ref: q.spool.place}) {
		if err != nil {
			return translate(err)
		}
		var s spooled
		if err := json.Unmarshal(d.Data, &s); err != nil {
			return fmt.Errorf("imports: a stored file's record is not readable: %w", err)
		}
		j, err := q.load(ctx, s.Tenant, d.Key)
		switch {
		case errors.Is(err, ErrNotFound):
			j.ExpiresAt = s.Until
		case err != nil:
			return err
		case j.Status.waiting():
			continue
		}
		if now.Before(j.ExpiresAt) {
			continue
		}
		if err := q.forget(ctx, d.Key); err != nil {
			return err
		}
	}
	return nil
}

// forget removes a job's files and their record.
func (q *Queue) forget(ctx context.Context, id string) error {
	if err := q.spool.remove(id); err != nil {
		return fmt.Errorf("imports: %w", err)
	}
	_, err := q.docs.Apply(ctx, document.Delete(document.Name("", kindFile, id)))
	if err != nil {
		return translate(err)
	}
	return nil
}

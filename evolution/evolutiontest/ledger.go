package evolutiontest

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"os"
	"path/filepath"
	"sync"
	"time"
)

// LedgerFile is the name of the ledger in its directory.
const LedgerFile = "ledger.jsonl"

// ErrDamaged is wrapped when a ledger holds a bad record that sound ones
// follow, which no crash of the writing process explains. Keep the file for
// inspection and begin in an empty directory.
var ErrDamaged = errors.New("evolutiontest: the ledger is damaged before its end")

// ErrInUse is wrapped by New when another gateway, of this process or
// another, has the directory open. Close that one, or wait until it is dead.
var ErrInUse = errors.New("evolutiontest: another gateway uses this directory")

// A Send is one message that was performed: its frame went to the socket.
// It says nothing about the answer the caller got, nor about delivery.
type Send struct {
	Seq      uint64    `json:"seq"`             // of the request it belongs to; grows, with gaps
	At       time.Time `json:"at"`              // when it was performed, UTC
	Instance string    `json:"instance"`        // name
	Number   string    `json:"number"`          // as the caller wrote it
	JID      string    `json:"jid"`             // the address really used
	ID       string    `json:"id"`              // key.id
	Route    string    `json:"route"`           // message/sendText and its like
	Text     string    `json:"text,omitempty"`  // or the caption
	Fault    Kind      `json:"fault,omitempty"` // that struck this send, if any
	Row      bool      `json:"row,omitempty"`   // stored, so that findMessages finds it
	Dead     bool      `json:"dead,omitempty"`  // into a dead socket: no one received it
}

// A Request is the receipt of one send that was asked for, performed or not.
type Request struct {
	Seq      uint64    `json:"seq"`
	At       time.Time `json:"at"` // of arrival, UTC
	Instance string    `json:"instance"`
	Route    string    `json:"route"`
	Number   string    `json:"number"`
	Text     string    `json:"text,omitempty"`
	Fault    Kind      `json:"fault,omitempty"`
	// Status is the answer's, once there is one: 0 while the call blocks and
	// for a call that was never answered.
	Status int `json:"status,omitempty"`
}

// A record is one line of the file: exactly one field is set.
type record struct {
	Send     *Send          `json:"send,omitempty"`
	Request  *Request       `json:"request,omitempty"`
	Answer   *Request       `json:"answer,omitempty"` // Seq and Status only
	Instance *savedInstance `json:"instance,omitempty"`
	Gone     *goneInstance  `json:"gone,omitempty"`
	Row      *message       `json:"row,omitempty"`
	Status   *savedStatus   `json:"status,omitempty"`
	Cache    *savedCache    `json:"cache,omitempty"`
}

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// encode is a line: checksum of the rest, length of the JSON, JSON.
func encode(rec record) ([]byte, error) {
	b, err := json.Marshal(rec)
	if err != nil {
		return nil, err
	}
	rest := append(fmt.Appendf(nil, " %d ", len(b)), b...)
	line := make([]byte, 0, len(rest)+10)
	line = fmt.Appendf(line, "%08x", crc32.Checksum(rest, castagnoli))
	line = append(line, rest...)
	return append(line, '\n'), nil
}

// decode takes a line with its newline; false means that it is not sound.
func decode(line []byte) (record, bool) {
	var rec record
	if len(line) < 12 || line[len(line)-1] != '\n' || line[8] != ' ' {
		return rec, false
	}
	var sum uint32
	var n int
	if _, err := fmt.Sscanf(string(line[:8]), "%08x", &sum); err != nil {
		return rec, false
	}
	rest := line[8 : len(line)-1]
	if crc32.Checksum(rest, castagnoli) != sum {
		return rec, false
	}
	i := bytes.IndexByte(rest[1:], ' ')
	if i < 0 {
		return rec, false
	}
	if _, err := fmt.Sscanf(string(rest[1:1+i]), "%d", &n); err != nil || n != len(rest)-i-2 {
		return rec, false
	}
	return rec, json.Unmarshal(rest[i+2:], &rec) == nil
}

// scan reads records and returns the length of the sound part. A bad line at
// the very end is a torn tail and no error; a bad line before a sound one is
// ErrDamaged.
func scan(r io.Reader, f func(record)) (sound int64, err error) {
	br := bufio.NewReaderSize(r, 1<<16)
	torn := false
	for {
		line, err := br.ReadBytes('\n')
		if len(line) > 0 {
			rec, good := decode(line)
			switch {
			case good && torn:
				return sound, fmt.Errorf("%w: bad record at byte %d", ErrDamaged, sound)
			case good:
				f(rec)
				sound += int64(len(line))
			default:
				torn = true
			}
		}
		if errors.Is(err, io.EOF) {
			return sound, nil
		}
		if err != nil {
			return sound, err
		}
	}
}

// ReadLedger reads every message performed from a ledger directory, in the
// order of performing, without a Gateway: while one is writing to it, after
// it was killed, or from a copy. A torn record at the end was never
// performed and is left out; the file is not changed. A directory without a
// ledger has no sends.
func ReadLedger(dir string) ([]Send, error) {
	var out []Send
	err := readRecords(dir, func(rec record) {
		if rec.Send != nil {
			out = append(out, *rec.Send)
		}
	})
	return out, err
}

// ReadRequests reads every receipt from a ledger directory, in the order of
// arrival, with the statuses that were answered. Receipts reach the disk with
// the next synced record or within 20 ms, so the last may be missing after
// a kill; the receipt of a performed message is never missing.
func ReadRequests(dir string) ([]Request, error) {
	var out []Request
	at := map[uint64]int{}
	err := readRecords(dir, func(rec record) {
		switch {
		case rec.Request != nil:
			at[rec.Request.Seq] = len(out)
			out = append(out, *rec.Request)
		case rec.Answer != nil:
			if i, known := at[rec.Answer.Seq]; known {
				out[i].Status = rec.Answer.Status
			}
		}
	})
	return out, err
}

func readRecords(dir string, f func(record)) error {
	file, err := os.Open(filepath.Join(dir, LedgerFile))
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("evolutiontest: read ledger: %w", err)
	}
	defer file.Close()
	if _, err := scan(file, f); err != nil {
		return fmt.Errorf("evolutiontest: read ledger: %w", err)
	}
	return nil
}

// ledger is the append-only file. A nil ledger is a gateway in memory.
//
// Commits are grouped without a goroutine: the first caller who finds no sync
// under way writes and syncs everything buffered so far, the others wait for
// the sync that covers their record.
type ledger struct {
	mu      sync.Mutex
	turn    *sync.Cond
	file    *os.File
	buf     []byte
	spare   []byte
	written uint64 // records appended
	synced  uint64 // records on the disk
	busy    bool
	lazy    *time.Timer
	err     error // sticky: after a failed sync nothing is known about the file
}

// lazyFlush bounds how long a record that nobody waits for stays in memory.
const lazyFlush = 20 * time.Millisecond

func openLedger(dir string, replay func(record)) (*ledger, error) {
	path := filepath.Join(dir, LedgerFile)
	file, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o644)
	if err != nil {
		return nil, fmt.Errorf("evolutiontest: open ledger: %w", err)
	}
	if err := lockFile(file); err != nil {
		_ = file.Close()
		return nil, fmt.Errorf("evolutiontest: open ledger %s: %w", path, err)
	}
	sound, err := scan(file, replay)
	if err == nil {
		err = file.Truncate(sound)
	}
	if err == nil {
		_, err = file.Seek(sound, io.SeekStart)
	}
	if err == nil {
		err = file.Sync()
	}
	if err == nil {
		err = syncDir(dir)
	}
	if err != nil {
		_ = file.Close()
		return nil, fmt.Errorf("evolutiontest: open ledger %s: %w", path, err)
	}
	l := &ledger{file: file}
	l.turn = sync.NewCond(&l.mu)
	return l, nil
}

// syncDir makes the file's name durable, where the system can.
func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	defer d.Close()
	if err := d.Sync(); err != nil && !errors.Is(err, errors.ErrUnsupported) && !os.IsPermission(err) {
		return err
	}
	return nil
}

// note appends a record that nobody waits for.
func (l *ledger) note(rec record) {
	if l == nil {
		return
	}
	line, err := encode(rec)
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.err != nil {
		return
	}
	if err != nil {
		l.err = err
		return
	}
	l.buf = append(l.buf, line...)
	l.written++
	if l.lazy == nil && l.file != nil {
		l.lazy = time.AfterFunc(lazyFlush, func() { _ = l.flush() })
	}
}

// commit appends records and returns once they are on the disk.
func (l *ledger) commit(recs ...record) error {
	if l == nil {
		return nil
	}
	var lines []byte
	for _, rec := range recs {
		line, err := encode(rec)
		if err != nil {
			return err
		}
		lines = append(lines, line...)
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.err != nil {
		return l.err
	}
	l.buf = append(l.buf, lines...)
	l.written += uint64(len(recs))
	return l.syncTo(l.written)
}

func (l *ledger) flush() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.syncTo(l.written)
}

// syncTo returns when record n is on the disk. l.mu is held.
func (l *ledger) syncTo(n uint64) error {
	for l.synced < n && l.err == nil {
		if l.busy {
			l.turn.Wait()
			continue
		}
		if l.file == nil {
			l.err = ErrClosed
			break
		}
		l.busy = true
		if l.lazy != nil {
			l.lazy.Stop()
			l.lazy = nil
		}
		upTo, b := l.written, l.buf
		l.buf, l.spare = l.spare[:0], nil
		l.mu.Unlock()
		_, err := l.file.Write(b)
		if err == nil {
			err = l.file.Sync()
		}
		l.mu.Lock()
		l.spare = b[:0]
		l.busy = false
		if err != nil {
			l.err = err
		} else {
			l.synced = upTo
		}
		l.turn.Broadcast()
	}
	if l.synced >= n {
		return nil
	}
	return l.err
}

func (l *ledger) close() error {
	if l == nil {
		return nil
	}
	err := l.flush()
	l.mu.Lock()
	defer l.mu.Unlock()
	for l.busy {
		l.turn.Wait()
	}
	if l.lazy != nil {
		l.lazy.Stop()
	}
	if l.file == nil {
		return err
	}
	err = errors.Join(err, l.file.Close())
	l.file = nil
	if l.err == nil {
		l.err = ErrClosed
	}
	return err
}

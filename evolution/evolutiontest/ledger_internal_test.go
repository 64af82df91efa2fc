package evolutiontest

import (
	"bytes"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// A disk that fails: the message is not performed, the caller gets no answer,
// and it stays so.
func TestSendIsNotPerformedWithoutItsRecord(t *testing.T) {
	g, err := New(&Options{Dir: t.TempDir(), Scale: -1})
	require.NoError(t, err)
	require.NoError(t, g.Open("a1"))
	require.NoError(t, g.ledger.file.Close())
	for range 2 {
		r := httptest.NewRequest("POST", "/message/sendText/a1", strings.NewReader(`{"number":"5511900001234","text":"x"}`))
		r.Header.Set("Content-Type", "application/json")
		r.Header.Set("apikey", DefaultKey)
		require.PanicsWithValue(t, http.ErrAbortHandler, func() { g.ServeHTTP(httptest.NewRecorder(), r) })
	}
	require.Equal(t, 0, g.Count())
	require.Equal(t, 2, g.Asked())
	require.Error(t, g.Close())
}

func TestSecondGatewayOnADirectoryIsRefused(t *testing.T) {
	dir := t.TempDir()
	g, err := New(&Options{Dir: dir})
	require.NoError(t, err)
	_, err = New(&Options{Dir: dir})
	require.ErrorIs(t, err, ErrInUse)
	require.NoError(t, g.Close())
	g, err = New(&Options{Dir: dir})
	require.NoError(t, err)
	require.NoError(t, g.Close())
}

// Many commits at once share syncs, and none returns before its own record
// is in the file.
func TestCommitsShareSyncs(t *testing.T) {
	dir := t.TempDir()
	l, err := openLedger(dir, func(record) {})
	require.NoError(t, err)
	var wg sync.WaitGroup
	for i := range 32 {
		wg.Go(func() {
			for n := range 8 {
				seq := uint64(i*100 + n)
				if err := l.commit(record{Send: &Send{Seq: seq}}); err != nil {
					t.Error(err)
					return
				}
				there := false
				if err := readRecords(dir, func(rec record) { there = there || rec.Send.Seq == seq }); err != nil || !there {
					t.Errorf("record %d: there %v, %v", seq, there, err)
				}
			}
		})
	}
	wg.Wait()
	require.NoError(t, l.close())
	require.ErrorIs(t, l.commit(record{}), ErrClosed)
}

func TestEveryChangedByteOfARecordIsNoticed(t *testing.T) {
	line, err := encode(record{Send: &Send{Seq: 7, Text: "Olá\n", Number: "5511900001234"}})
	require.NoError(t, err)
	rec, good := decode(line)
	require.True(t, good)
	require.Equal(t, "Olá\n", rec.Send.Text)
	for i := range line {
		changed := bytes.Clone(line)
		changed[i] ^= 1
		_, good := decode(changed)
		require.False(t, good, "byte %d", i)
	}
}

func FuzzScan(f *testing.F) {
	line, err := encode(record{Send: &Send{Seq: 7}})
	require.NoError(f, err)
	f.Add(line)
	f.Add(line[:len(line)-1])
	f.Add([]byte("00000000 2 {}\n"))
	f.Fuzz(func(t *testing.T, b []byte) {
		sound, err := scan(bytes.NewReader(append(bytes.Clone(line), b...)), func(record) {})
		require.GreaterOrEqual(t, sound, int64(len(line)))
		require.LessOrEqual(t, sound, int64(len(line)+len(b)))
		if err != nil {
			require.ErrorIs(t, err, ErrDamaged)
		}
	})
}

func TestRetryWait(t *testing.T) {
	for attempt, want := range []time.Duration{5, 10, 20, 40, 80, 160, 300, 300, 300} {
		want *= time.Second
		require.Equal(t, max(want*8/10, 5*time.Second), retryWait(attempt+1, 0), "attempt %d", attempt+1)
		require.Equal(t, want, retryWait(attempt+1, 0.5))
		require.InDelta(t, want*12/10, retryWait(attempt+1, 0.9999999), 1e6)
	}
}

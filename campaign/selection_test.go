package campaign

import (
	"context"
	"errors"
	"iter"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/alreasense/campaigns/contact"
)

// numbered yields contacts from 1 on, an error instead of one, and tells how
// many it has been asked for when it ends.
func numbered(n, wrong int, ended chan<- int) func(context.Context) iter.Seq2[contact.Contact, error] {
	return func(ctx context.Context) iter.Seq2[contact.Contact, error] {
		return func(yield func(contact.Contact, error) bool) {
			i := 0
			defer func() { ended <- i }()
			for i = 1; i <= n && ctx.Err() == nil; i++ {
				c, err := contact.Contact{ID: int64(i)}, error(nil)
				if i == wrong {
					c, err = contact.Contact{}, errWrong
				}
				if !yield(c, err) || err != nil {
					return
				}
			}
		}
	}
}

var errWrong = errors.New("wrong")

func TestReadAhead(t *testing.T) {
	for name, c := range map[string]struct{ n, wrong, stop, want int }{
		"nobody":            {0, 0, 0, 0},
		"a part of a batch": {7, 0, 0, 7},
		"whole batches":     {3 * enlistBatch, 0, 0, 3 * enlistBatch},
		"many":              {20*enlistBatch + 1, 0, 0, 20*enlistBatch + 1},
		"an error":          {9 * enlistBatch, 2*enlistBatch + 3, 0, 2*enlistBatch + 2},
		"an error at once":  {9, 1, 0, 0},
		"who stops":         {90 * enlistBatch, 0, enlistBatch + 5, enlistBatch + 5},
	} {
		t.Run(name, func(t *testing.T) {
			ended := make(chan int, 1)
			got, failed := 0, error(nil)
			for p, err := range readAhead(t.Context(), numbered(c.n, c.wrong, ended)) {
				if err != nil {
					failed = err
					continue
				}
				got++
				require.EqualValues(t, got, p.ID)
				if got == c.stop {
					break
				}
			}
			require.Equal(t, c.want, got)
			if c.wrong > 0 {
				require.ErrorIs(t, failed, errWrong)
			} else {
				require.NoError(t, failed)
			}
			require.Len(t, ended, 1, "the reading has ended")
			if c.stop > 0 {
				require.LessOrEqual(t, <-ended, 6*enlistBatch, "and was not far ahead")
			}
		})
	}
}

// A context that ends is an error, and not the end of the people.
func TestReadAhead_aContextThatEnds(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	var got int
	var failed error
	for _, err := range readAhead(ctx, numbered(50*enlistBatch, 0, make(chan int, 1))) {
		if got++; got == 10 {
			cancel()
		}
		failed = err
	}
	require.ErrorIs(t, failed, context.Canceled)
	require.Less(t, got, 50*enlistBatch)
}

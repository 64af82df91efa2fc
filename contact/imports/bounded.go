package imports

import (
	"bufio"
	"context"
	"errors"
	"io"
)

// bounded is the file of a job's refused rows. It takes whole rows, each in one
// Write, until it is full; further ones are counted. It is written in large
// pieces, while ctx lasts.
type bounded struct {
	ctx  context.Context
	out  *bufio.Writer
	file io.Closer
	room int64
	left int64 // rows that found no room
}

func newBounded(ctx context.Context, file io.WriteCloser, room int64) *bounded {
	return &bounded{ctx: ctx, out: bufio.NewWriter(file), file: file, room: room}
}

// Write takes a row.
func (b *bounded) Write(row []byte) (int, error) {
	if err := b.ctx.Err(); err != nil {
		return 0, err
	}
	if b.room -= int64(len(row)); b.room < 0 {
		b.room = 0 // no shorter row behind it: the file is the first ones, without a gap
		b.left++
		return len(row), nil
	}
	return b.out.Write(row)
}

// Close writes what is left.
func (b *bounded) Close() error { return errors.Join(b.out.Flush(), b.file.Close()) }

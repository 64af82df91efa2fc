package memory

// list grows without copying what it holds, so that adding the millionth row
// costs what the first cost.
type list[T any] struct {
	chunks [][]T
	n      int
}

// chunkSize is the number of rows that are allocated together, except in the
// first chunk, which grows as a slice does: most lists are short.
const chunkSize = 1024

// Len is the number of rows.
func (l *list[T]) Len() int { return l.n }

// At returns row i, counted from 0. The pointer is good until the next Add.
func (l *list[T]) At(i int) *T { return &l.chunks[i/chunkSize][i%chunkSize] }

// Add appends a row.
func (l *list[T]) Add(v T) {
	if l.n == len(l.chunks)*chunkSize {
		var c []T
		if l.n > 0 {
			c = make([]T, 0, chunkSize)
		}
		l.chunks = append(l.chunks, c)
	}
	c := &l.chunks[l.n/chunkSize]
	*c = append(*c, v)
	l.n++
}

// Cut removes the rows from n on.
func (l *list[T]) Cut(n int) {
	var zero T
	for l.n > n {
		l.n--
		c := &l.chunks[l.n/chunkSize]
		last := len(*c) - 1
		(*c)[last] = zero
		*c = (*c)[:last]
		if last == 0 {
			l.chunks = l.chunks[:len(l.chunks)-1]
		}
	}
}

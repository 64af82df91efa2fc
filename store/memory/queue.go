package memory

import "time"

// queue orders keys by an instant and, among equal instants, by a number. It
// is a binary heap that knows where each key stands: Set and Drop cost
// O(log n), and First reads the k earliest keys in O(k log k) without changing
// anything.
type queue[K comparable] struct {
	heap []entry[K]
	at   map[K]int
}

type entry[K comparable] struct {
	when time.Time
	tie  int64
	key  K
}

func (e entry[K]) before(o entry[K]) bool {
	if c := e.when.Compare(o.when); c != 0 {
		return c < 0
	}
	return e.tie < o.tie
}

func newQueue[K comparable]() queue[K] { return queue[K]{at: make(map[K]int)} }

// Len is the number of keys.
func (q *queue[K]) Len() int { return len(q.heap) }

// Set puts a key in its place, whether it is in the queue or not.
func (q *queue[K]) Set(key K, when time.Time, tie int64) {
	i, ok := q.at[key]
	if !ok {
		i = len(q.heap)
		q.heap = append(q.heap, entry[K]{})
		q.at[key] = i
	}
	q.heap[i] = entry[K]{when: when, tie: tie, key: key}
	q.down(q.up(i))
}

// Drop removes a key, if it is there.
func (q *queue[K]) Drop(key K) {
	i, ok := q.at[key]
	if !ok {
		return
	}
	last := len(q.heap) - 1
	q.swap(i, last)
	q.heap = q.heap[:last]
	delete(q.at, key)
	if i < last {
		q.down(q.up(i))
	}
}

// Min is the earliest instant.
func (q *queue[K]) Min() (when time.Time, ok bool) {
	if len(q.heap) == 0 {
		return time.Time{}, false
	}
	return q.heap[0].when, true
}

// First yields keys by rising instant until yield returns false. The queue
// must not change meanwhile.
func (q *queue[K]) First(yield func(key K, when time.Time) bool) {
	if len(q.heap) == 0 {
		return
	}
	// edge holds the places whose parents were yielded, as a heap of its own.
	edge := make([]int, 1, 16)
	less := func(a, b int) bool { return q.heap[edge[a]].before(q.heap[edge[b]]) }
	for len(edge) > 0 {
		i := edge[0]
		last := len(edge) - 1
		edge[0] = edge[last]
		edge = edge[:last]
		for j := 0; ; {
			c := 2*j + 1
			if c >= len(edge) {
				break
			}
			if c+1 < len(edge) && less(c+1, c) {
				c++
			}
			if !less(c, j) {
				break
			}
			edge[j], edge[c] = edge[c], edge[j]
			j = c
		}
		if !yield(q.heap[i].key, q.heap[i].when) {
			return
		}
		for c := 2*i + 1; c <= 2*i+2 && c < len(q.heap); c++ {
			edge = append(edge, c)
			for j := len(edge) - 1; j > 0 && less(j, (j-1)/2); j = (j - 1) / 2 {
				edge[j], edge[(j-1)/2] = edge[(j-1)/2], edge[j]
			}
		}
	}
}

func (q *queue[K]) swap(i, j int) {
	q.heap[i], q.heap[j] = q.heap[j], q.heap[i]
	q.at[q.heap[i].key], q.at[q.heap[j].key] = i, j
}

func (q *queue[K]) up(i int) int {
	for i > 0 && q.heap[i].before(q.heap[(i-1)/2]) {
		q.swap(i, (i-1)/2)
		i = (i - 1) / 2
	}
	return i
}

func (q *queue[K]) down(i int) {
	for {
		c := 2*i + 1
		if c >= len(q.heap) {
			return
		}
		if c+1 < len(q.heap) && q.heap[c+1].before(q.heap[c]) {
			c++
		}
		if !q.heap[c].before(q.heap[i]) {
			return
		}
		q.swap(i, c)
		i = c
	}
}

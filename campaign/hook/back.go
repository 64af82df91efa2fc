package hook

import (
	"math/rand/v2"
	"time"
)

// How long is waited before the next try: minBack, and three times as long each
// time up to maxBack.
const (
	minBack = 5 * time.Second
	maxBack = 6 * time.Hour
)

// back is how long is waited after so many failures, 20 % more or less, so that
// those who failed together do not come back together.
func back(fails int) time.Duration {
	d := minBack
	for range fails - 1 {
		if d *= 3; d >= maxBack {
			d = maxBack
			break
		}
	}
	return d*4/5 + rand.N(d*2/5+1)
}

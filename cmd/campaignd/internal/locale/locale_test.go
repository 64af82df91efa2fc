package locale

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestOf(t *testing.T) {
	for _, x := range []struct {
		env        map[string]string
		portuguese bool
	}{
		{nil, false},
		{map[string]string{"LANG": "pt_BR.UTF-8"}, true},
		{map[string]string{"LANG": "en_US.UTF-8"}, false},
		{map[string]string{"LANG": "pt_BR.UTF-8", "LC_ALL": "C"}, false},
		{map[string]string{"LANG": "C", "LC_MESSAGES": "pt_PT"}, true},
	} {
		require.Equal(t, x.portuguese, Of(x.env).Portuguese(), "%v", x.env)
	}
}

func TestBothLanguages(t *testing.T) {
	pt, en := Of(map[string]string{"LANG": "pt_BR"}), Of(nil)
	at := time.Date(2026, 2, 17, 9, 5, 7, 0, time.FixedZone("-03", -3*3600))
	require.Equal(t, "ter 17/02/2026 09:05", pt.Minute(at))
	require.Equal(t, "Tue 2026-02-17 09:05", en.Minute(at))
	require.Equal(t, "17/02/2026 09:05:07 -03:00", pt.Second(at))
	require.Equal(t, "2026-02-17 09:05:07 -03:00", en.Second(at))
	require.Equal(t, "terça", pt.Weekday(at.Weekday()))
	require.Equal(t, "Tuesday", en.Weekday(at.Weekday()))
	require.Equal(t, "1 pessoa", pt.Count(1, "pessoa", "pessoas", "person", "people"))
	require.Equal(t, "0 people", en.Count(0, "pessoa", "pessoas", "person", "people"))
	require.Equal(t, "1,5", pt.Number(1.5, 1))
	require.Equal(t, "1.5", en.Number(1.5, 1))
}

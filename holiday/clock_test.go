package holiday_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/alreasense/campaigns/holiday"
)

func TestParseClock(t *testing.T) {
	for in, want := range map[string]string{
		"9:00": "09:00", "09:00": "09:00", "9:05": "09:05", " 14:30 ": "14:30",
		"9h": "09:00", "09h": "09:00", "9h30": "09:30", "14H00": "14:00",
		"0:00": "00:00", "00h": "00:00", "23:59": "23:59", "24:00": "24:00", "24h": "24:00",
	} {
		got, err := holiday.ParseClock(in)
		require.NoError(t, err, in)
		require.Equal(t, want, got.String(), in)
	}
}

func TestParseClock_refuses(t *testing.T) {
	for in, says := range map[string]string{
		"":         `"14:00" or "14h"`,
		"9":        `"14:00" or "14h"`,
		"0900":     `"14:00" or "14h"`,
		"noon":     `"14:00" or "14h"`,
		":30":      "hour takes one or two digits",
		"h30":      "hour takes one or two digits",
		"100:00":   "hour takes one or two digits",
		"-1:00":    "hour takes one or two digits",
		"+9:00":    "hour takes one or two digits",
		"9 :00":    "hour takes one or two digits",
		"٩:00":     "hour takes one or two digits",
		"9:":       "minutes take two digits",
		"9:5":      "minutes take two digits",
		"9h5":      "minutes take two digits",
		"9:000":    "minutes take two digits",
		"09:00:00": "minutes take two digits",
		"9:00 pm":  "minutes take two digits",
		"9:-5":     "minutes take two digits",
		"9:60":     "from 00 to 59",
		"24:01":    "from 00:00 to 24:00",
		"25h":      "from 00:00 to 24:00",
		"99:59":    "from 00:00 to 24:00",
	} {
		got, err := holiday.ParseClock(in)
		require.ErrorIs(t, err, holiday.ErrClock, in)
		require.ErrorContains(t, err, says, in)
		require.Zero(t, got, in)
	}
	_, err := holiday.ParseClock(strings.Repeat("x", 1000))
	require.Less(t, len(err.Error()), 150, "a long text is cut short in the message")
}

func TestClock_range(t *testing.T) {
	require.Equal(t, holiday.Midnight, holiday.ClockAt(0, 0))
	require.Equal(t, holiday.EndOfDay, holiday.ClockAt(24, 0))
	require.Equal(t, 14, holiday.ClockAt(14, 30).Hour())
	require.Equal(t, 30, holiday.ClockAt(14, 30).Minute())
	for c, valid := range map[holiday.Clock]bool{-1: false, 0: true, 1: true, 1440: true, 1441: false} {
		require.Equal(t, valid, c.Valid(), int(c))
		_, err := c.MarshalText()
		if valid {
			require.NoError(t, err)
			continue
		}
		require.ErrorIs(t, err, holiday.ErrClock)
		_, err = holiday.ParseClock(c.String())
		require.ErrorIs(t, err, holiday.ErrClock, "what is not valid does not read back as something that is")
	}
	require.Equal(t, "Clock(-5)", holiday.Clock(-5).String())
}

func TestClock_roundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := holiday.Clock(rapid.IntRange(0, 1440).Draw(t, "minutes"))
		got, err := holiday.ParseClock(c.String())
		require.NoError(t, err)
		require.Equal(t, c, got)

		data, err := json.Marshal(c)
		require.NoError(t, err)
		require.Equal(t, `"`+c.String()+`"`, string(data))
		var back holiday.Clock
		require.NoError(t, json.Unmarshal(data, &back))
		require.Equal(t, c, back)
	})
}

func TestClock_JSON(t *testing.T) {
	var c holiday.Clock
	require.NoError(t, json.Unmarshal([]byte(`"9h30"`), &c))
	require.Equal(t, holiday.ClockAt(9, 30), c)
	require.ErrorIs(t, json.Unmarshal([]byte(`"25:00"`), &c), holiday.ErrClock)
	require.Error(t, json.Unmarshal([]byte(`840`), &c))
	require.Equal(t, holiday.ClockAt(9, 30), c, "an error leaves the old time")
	_, err := json.Marshal(holiday.Clock(-1))
	require.ErrorIs(t, err, holiday.ErrClock)
}

func FuzzParseClock(f *testing.F) {
	for _, s := range []string{"9:00", "24:00", "9h", "9h30", "", ":", "h", "99:99", "٩:00", "9:00\x00"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		c, err := holiday.ParseClock(s)
		if err != nil {
			require.ErrorIs(t, err, holiday.ErrClock)
			require.Zero(t, c)
			return
		}
		require.True(t, c.Valid())
		again, err := holiday.ParseClock(c.String())
		require.NoError(t, err)
		require.Equal(t, c, again)
	})
}

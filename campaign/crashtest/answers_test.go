package crashtest

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/alreasense/campaigns/store/memory"
)

// A process that lives on when an answer is lost, at the same points, goes on
// by itself: it sends nothing twice, and loses nobody whom it need not lose.
func TestLostAnswers(t *testing.T) {
	t.Parallel()
	story := func(c census, rests, events string) census {
		c.Number, c.Story = "rests to "+rests+", 3 this hour, free", events
		return c
	}
	again := func(c census, times int) census {
		c.People = "sent·accepted by answer, sent"
		for range times {
			c.People += "·" + "postponed"
		}
		c.People += "·accepted by answer, sent·accepted by answer"
		return c
	}
	late := asIfNothing
	late.People = "sent·accepted by answer, sent·late·accepted by answer, sent·accepted by answer"
	asked := unsure
	asked.Number = "rests to 40s, 3 this hour, free"
	rows := []struct {
		at      point
		gateway fate
		ended   census
		why     string
	}{
		{k1, nothing, asIfNothing, "nothing was asked for"},
		{k2, nothing, asIfNothing, "the take was rolled back: it is taken anew"},
		{k3, nothing, story(late, "30s", "taken postponed taken sent"),
			"the process cannot know whether the take is in, and so settles it as not begun"},
		{k4, nothing, story(again(asIfNothing, 1), "30s", "taken postponed taken sent"),
			"without a lock service nothing is sent; 20 s later it is tried again"},
		{k5, nothing, story(again(asIfNothing, 3), "1m10s", "taken postponed taken postponed taken postponed taken sent"),
			"the lock that nobody knows of keeps the phone until it expires after a minute"},
		{k6, nothing, asked, "an error without a mark proves nothing"},
		{k11, performs, found, "the gateway has the record"},
		{k11, forgets, asked, "it has none, and that proves nothing"},
		{k12open, performs, asIfNothing, "the result is kept and settled again"},
		{k12, performs, asIfNothing, "settled again, and the second time says nothing new"},
		{k12, refuses, oneFailed, "a refusal is settled once as well"},
		{k13, performs, asIfNothing, "the lock expires by itself"},
	}
	fresh := empty(t)
	stores := map[string]func(*testing.T) disk{
		"memory": func(*testing.T) disk { return server{memory.New()} },
		"sqlite": func(t *testing.T) disk { return openFile(t, fresh) },
	}
	for name, open := range stores {
		for _, c := range rows {
			t.Run(name+"/"+string(c.at)+"/"+string(c.gateway), func(t *testing.T) {
				t.Parallel()
				s := newScene(t, open(t))
				s.prepare(c.at, c.gateway)
				l := s.life()
				l.lose = true
				l.at.Store(c.at)
				_, lived, _ := l.step(t.Context())
				require.True(t, lived)
				require.Equal(t, point(""), l.at.Load(), "it came by")
				s.play(l, s.zero.Add(theEnd))
				require.Equal(t, c.ended, s.census(), c.why)
				s.judge(c.gateway)
			})
		}
	}
}

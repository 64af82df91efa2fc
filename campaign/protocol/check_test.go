package protocol

import (
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// Every reachable world of every scene, without a bound on depth.
func TestSceneCloses(t *testing.T) {
	golden := map[string]struct{ states, depth int }{
		"one recipient":                {31226, 32},
		"one number for two campaigns": {114610, 22},
		"two numbers for one campaign": {91165, 21},
		"a standing order":             {145252, 36},
		"one phone in two campaigns":   {480011, 30},
	}
	require.Len(t, golden, len(Scenes()))
	for _, cfg := range Scenes() {
		t.Run(cfg.Name, func(t *testing.T) {
			res, err := Check(cfg)
			require.NoError(t, err)
			t.Log(res)
			require.Empty(t, res.Broken, "%s", res)
			require.True(t, res.Closed)
			// A change of these figures is a change of the model: look at it.
			require.Equal(t, golden[cfg.Name].states, res.States)
			require.Equal(t, golden[cfg.Name].depth, res.Depth)
		})
	}
}

// Larger worlds, for the long run: every bound one step further.
func TestTortureClosesLargerWorlds(t *testing.T) {
	if os.Getenv("CAMPAIGNS_TORTURE") == "" {
		t.Log("set CAMPAIGNS_TORTURE=1 for the larger worlds: two minutes and a gigabyte without the race detector")
		return
	}
	for _, cfg := range largerScenes() {
		t.Run(cfg.Name, func(t *testing.T) {
			res, err := Check(cfg)
			require.NoError(t, err)
			t.Log(res)
			require.Empty(t, res.Broken, "%s", res)
			require.True(t, res.Closed)
		})
	}
}

func largerScenes() []Config {
	return []Config{
		{
			Name:      "one number for two campaigns, with opt-outs",
			Campaigns: []Campaign{{Numbers: []int{0}, Phones: []int{0}}, {Numbers: []int{0}, Phones: []int{1}}},
		},
		{
			Name:      "two numbers for one campaign, with everything",
			Campaigns: []Campaign{{Numbers: []int{0, 1}, Phones: []int{0, 1}, Later: 1}},
		},
		{
			Name:      "one recipient, all resends",
			Campaigns: []Campaign{{Numbers: []int{0}, Phones: []int{0}, Retries: 2, Resends: 2, AtLeastOnce: true}},
		},
		{
			Name: "one phone in two campaigns, with opt-outs and refusals",
			Campaigns: []Campaign{
				{Numbers: []int{0}, Phones: []int{0}, Retries: 1, Resends: 1, AtLeastOnce: true},
				{Numbers: []int{1}, Phones: []int{0}},
			},
			Calm: NoDoubledIDs,
		},
		{
			Name: "one phone in two campaigns, both with resends",
			Campaigns: []Campaign{
				{Numbers: []int{0}, Phones: []int{0}, Resends: 1},
				{Numbers: []int{1}, Phones: []int{0}, Resends: 1},
			},
			Calm: NoOptOuts | NoDoubledIDs | NoRefusals,
		},
		{
			Name: "a shared phone and a shared number",
			Campaigns: []Campaign{
				{Numbers: []int{0, 1}, Phones: []int{0}, Resends: 1},
				{Numbers: []int{1}, Phones: []int{0}, Retries: 1},
			},
			Calm: NoOptOuts | NoDoubledIDs | NoRefusals,
		},
	}
}

// Each mistake is noticed, by the invariant and after the number of steps that
// stand here. The figures are measured; a longer way would mean that the model
// has lost something.
func TestWeaknessIsNoticed(t *testing.T) {
	seen := make(map[string]bool)
	for _, g := range goldenWeaknesses {
		t.Run(g.weak.String(), func(t *testing.T) {
			require.False(t, seen[g.weak.String()], "stands here twice")
			seen[g.weak.String()] = true
			res, err := Check(scene(t, g.scene, g.weak))
			require.NoError(t, err)
			require.NotEmpty(t, res.Broken, "%s: %s, and nobody noticed", g.weak, g.weak.Says())
			require.Equal(t, g.breaks, res.Broken[0], "%s", res)
			require.Len(t, res.Trace, g.steps, "%s", res)
			for _, line := range res.Trace {
				require.NotEmpty(t, line)
				require.NotContains(t, line, "{")
			}
		})
	}
	require.Len(t, seen, len(Weaknesses()), "each weakness has its line")
	require.GreaterOrEqual(t, len(seen), 25)
}

func scene(t *testing.T, name string, w Weakness) Config {
	t.Helper()
	for _, cfg := range Scenes() {
		if cfg.Name == name {
			cfg.Weak = w
			return cfg
		}
	}
	t.Fatalf("there is no scene %q", name)
	return Config{}
}

// What the model forgets makes no difference: with everything kept, the sound
// world closes without a violation as well, and each mistake is as near.
func TestForgettingHidesNothing(t *testing.T) {
	plain := func(cfg Config) Result {
		m, err := build(cfg)
		require.NoError(t, err)
		m.plain = true
		res, err := m.search()
		require.NoError(t, err)
		return res
	}
	sound := scene(t, "one recipient", Sound)
	sound.Campaigns[0].Retries, sound.Calm = 0, NoOptOuts
	res := plain(sound)
	require.Empty(t, res.Broken, "%s", res)
	require.True(t, res.Closed)
	tidy, err := Check(sound)
	require.NoError(t, err)
	require.Greater(t, res.States, 10*tidy.States, "plain keeps more")
	for _, g := range goldenWeaknesses {
		res := plain(scene(t, g.scene, g.weak))
		require.Contains(t, res.Broken, g.breaks, "%s", res)
		require.Len(t, res.Trace, g.steps, "%s", res)
	}
}

// Every action happens in some scene, or belongs to a weakness and happens
// there: a guard that is never open would make the model say nothing.
func TestEveryActionHappens(t *testing.T) {
	happened := make(map[string]bool)
	walk := func(cfg Config, states int) {
		m, err := build(cfg)
		require.NoError(t, err)
		todo := []state{m.start()}
		known := map[state]bool{todo[0]: true}
		for len(todo) > 0 && len(known) < states {
			from := todo[0]
			todo = todo[1:]
			m.steps(&from, func(st step, next *state) {
				m.tidy(next, &from)
				if *next != from {
					happened[st.act.name] = true
				}
				if !known[*next] {
					known[*next] = true
					todo = append(todo, *next)
				}
			})
		}
	}
	for _, cfg := range Scenes() {
		walk(cfg, 20000)
	}
	for _, w := range Weaknesses() {
		for i := range table {
			if table[i].only == w {
				walk(scene(t, "one recipient", w), 10000)
			}
		}
	}
	for _, a := range table {
		require.True(t, happened[a.name], "%q never happens", a.name)
	}
}

// The documentation lists the actions of the sound protocol, all of them.
func TestDocumentationListsTheActions(t *testing.T) {
	doc, err := os.ReadFile("doc.go")
	require.NoError(t, err)
	_, text, ok := strings.Cut(string(doc), "# The actions")
	require.True(t, ok)
	text, _, ok = strings.Cut(text, "# What is left out")
	require.True(t, ok)
	listed := make(map[string]bool)
	for line := range strings.Lines(text) {
		if name, ok := strings.CutPrefix(line, "//\t"); ok {
			listed[strings.TrimSpace(name[:19])] = true
		}
	}
	for _, a := range table {
		require.Equal(t, a.only == Sound, listed[a.name], "action %q", a.name)
		delete(listed, a.name)
	}
	require.Empty(t, listed, "listed, but not in the table")
}

func TestCheckRefusesNonsense(t *testing.T) {
	good := func() Config { return Scenes()[0] }
	for name, spoil := range map[string]func(*Config){
		"no campaign":      func(c *Config) { c.Campaigns = nil },
		"three campaigns":  func(c *Config) { c.Campaigns = append(c.Campaigns, c.Campaigns[0], c.Campaigns[0]) },
		"no number":        func(c *Config) { c.Campaigns[0].Numbers = nil },
		"a third number":   func(c *Config) { c.Campaigns[0].Numbers = []int{2} },
		"no recipient":     func(c *Config) { c.Campaigns[0].Phones = nil },
		"a negative phone": func(c *Config) { c.Campaigns[0].Phones = []int{-1} },
		"a phone twice":    func(c *Config) { c.Campaigns[0].Phones = []int{1, 1} },
		"all added later":  func(c *Config) { c.Campaigns[0].Later = 1 },
		"negative later":   func(c *Config) { c.Campaigns[0].Later = -1 },
		"negative retries": func(c *Config) { c.Campaigns[0].Retries = -1 },
		"too many retries": func(c *Config) { c.Campaigns[0].Retries = 3 },
		"negative resends": func(c *Config) { c.Campaigns[0].Resends = -1 },
		"too many resends": func(c *Config) { c.Campaigns[0].Resends = 3 },
		"unknown weakness": func(c *Config) { c.Weak = weaknessEnd },
		"four recipients": func(c *Config) {
			c.Campaigns = []Campaign{{Numbers: []int{0}, Phones: []int{0, 1}}, {Numbers: []int{1}, Phones: []int{0, 1}}}
		},
	} {
		t.Run(name, func(t *testing.T) {
			cfg := good()
			spoil(&cfg)
			_, err := Check(cfg)
			require.ErrorContains(t, err, "protocol: ")
		})
	}
}

func TestMaxStatesEndsTheSearch(t *testing.T) {
	cfg := Scenes()[0]
	cfg.MaxStates = 1000
	res, err := Check(cfg)
	require.NoError(t, err)
	require.False(t, res.Closed)
	require.Empty(t, res.Broken)
	require.Contains(t, res.String(), "not closed")
}

func TestWeaknessesHaveWords(t *testing.T) {
	names := make(map[string]bool)
	for _, w := range Weaknesses() {
		require.NotEmpty(t, w.String())
		require.NotEmpty(t, w.Says())
		require.False(t, names[w.String()], "%s twice", w)
		names[w.String()] = true
	}
	require.Equal(t, "no such weakness", weaknessEnd.String())
	require.Empty(t, weaknessEnd.Says())
}

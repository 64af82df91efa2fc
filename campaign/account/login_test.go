package account

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/alreasense/campaigns/campaign"
	"github.com/alreasense/campaigns/campaign/document"
	"github.com/stretchr/testify/require"
)

func TestLogin(t *testing.T) {
	w := newWorld(t)
	first := w.admin("acme", "Ana@Example.com")
	for _, email := range []string{"ana@example.com", " ANA@example.COM "} {
		g, err := w.Login(t.Context(), email, password, here)
		require.NoError(t, err)
		require.Equal(t, campaign.Caller{Tenant: "acme", Author: "user:" + string(first.User), Role: campaign.Admin}, g.Caller)
		require.Equal(t, "ana@example.com", g.Email)
		who, err := w.Authenticate(t.Context(), g.Secret)
		require.NoError(t, err)
		require.Equal(t, g.Identity, who)
		require.NotContains(t, who.Caller.Author, "ana", "events are never erased, so they do not name people")
	}
	for _, c := range []struct{ email, password string }{
		{"ana@example.com", wrong}, {"ana@example.com", ""}, {"ana@example.com", password + " "}, {"ana@example.com", strings.ToUpper(password)},
		{"bia@example.com", password}, {"nobody", password}, {"", password}, {"", ""},
		{"ana@example.com", password + strings.Repeat("x", MaxPassword)},
	} {
		require.Equal(t, ErrWrongPassword, w.login(c.email, c.password), "%v: the answers cannot be told apart", c)
		w.now = w.now.Add(2 * time.Hour)
	}
}

// A password that is longer than what is hashed is not its own beginning.
func TestALongPasswordIsNotItsBeginning(t *testing.T) {
	h := newHasher(cheap, 1)
	longest := strings.Repeat("ab", MaxPassword/2)
	stored, err := h.hash(t.Context(), longest)
	require.NoError(t, err)
	right, _, err := h.check(stored, longest)
	require.NoError(t, err)
	require.True(t, right)
	right, _, err = h.check(stored, longest+"c")
	require.NoError(t, err)
	require.False(t, right)
}

// Who does not exist costs as many questions and as much hashing as who does.
func TestNobodyCostsWhatSomebodyCosts(t *testing.T) {
	w := newWorld(t)
	w.admin("acme", "ana@example.com")
	count := func(email string) (gets, applies int) {
		c := &counting{Store: w.docs}
		a := w.open(c, Options{Cost: cheap})
		_, err := a.Login(t.Context(), email, wrong, here)
		require.Equal(t, ErrWrongPassword, err)
		return c.gets, c.applies
	}
	g1, a1 := count("ana@example.com")
	g2, a2 := count("bia@example.com")
	require.Equal(t, [2]int{g1, a1}, [2]int{g2, a2})
	_, _, cost, err := decode(w.hash.dummy)
	require.NoError(t, err)
	require.Equal(t, w.hash.cost, cost, "the hash of nobody costs what others cost")
}

type counting struct {
	document.Store
	gets, applies int
}

func (c *counting) Get(ctx context.Context, tenant, kind, key string) (document.Document, error) {
	c.gets++
	return c.Store.Get(ctx, tenant, kind, key)
}

func (c *counting) Apply(ctx context.Context, cs ...document.Change) ([]document.Document, error) {
	c.applies++
	return c.Store.Apply(ctx, cs...)
}

func TestWaitsGrow(t *testing.T) {
	for n, want := range map[int]time.Duration{0: 0, 4: 0, 5: 30 * time.Second, 6: time.Minute, 7: 2 * time.Minute, 9: 8 * time.Minute,
		10: 15 * time.Minute, 11: 15 * time.Minute, 1000: 15 * time.Minute} {
		require.Equal(t, want, wait(n, 5), n)
	}
}

func at(address string) Origin { return Origin{Address: netip.MustParseAddr(address)} }

// The account is locked for an address, whether it exists or not, and for the right
// password too.
func TestLockout(t *testing.T) {
	for _, email := range []string{"ana@example.com", "nobody@example.com"} {
		w := newWorld(t)
		id := w.admin("acme", "ana@example.com").User
		w.events = nil
		for range freePerPair {
			require.ErrorIs(t, w.login(email, wrong), ErrWrongPassword)
		}
		w.locked(w.login(email, password), 30*time.Second)
		_, err := w.Login(t.Context(), email, wrong, at("198.51.100.1"))
		require.ErrorIs(t, err, ErrWrongPassword, "another address has tries of its own")
		w.now = w.now.Add(29 * time.Second)
		w.locked(w.login(email, wrong), time.Second)
		w.now = w.now.Add(time.Second)
		require.ErrorIs(t, w.login(email, wrong), ErrWrongPassword)
		w.locked(w.login(email, wrong), time.Minute)
		if email != "ana@example.com" {
			require.Empty(t, w.events)
			continue
		}
		locked := fmt.Sprintf("acme user:%s user.sign_in_locked %s", id, id)
		require.Equal(t, []string{locked, locked}, w.events)
		w.now = w.now.Add(time.Minute)
		require.NoError(t, w.login(email, password), "a right password forgets")
		for range freePerPair - 1 {
			require.ErrorIs(t, w.login(email, wrong), ErrWrongPassword)
		}
		require.NoError(t, w.login(email, password))
	}
}

func TestTriesAreForgottenAfterAnHour(t *testing.T) {
	w := newWorld(t)
	w.admin("acme", "ana@example.com")
	for range freePerPair {
		require.ErrorIs(t, w.login("ana@example.com", wrong), ErrWrongPassword)
	}
	w.now = w.now.Add(triesForgotten)
	for range freePerPair {
		require.ErrorIs(t, w.login("ana@example.com", wrong), ErrWrongPassword, "they do not add up over the days")
	}
	n, err := w.docs.Purge(t.Context(), w.now.Add(triesForgotten), 100)
	require.NoError(t, err)
	require.Equal(t, 3, n, "of the account, of the address and of both")
	require.Empty(t, w.kind(kindTries))
}

// A stranger who knows an e-mail address, and has as many addresses as he likes,
// guesses no faster for it, and cannot keep its owner out.
func TestAStrangerCannotLockTheOwnerOut(t *testing.T) {
	for _, email := range []string{"ana@example.com", "nobody@example.com"} {
		w := newWorld(t)
		w.admin("acme", "ana@example.com")
		tried := 0
		for i := range 1000 {
			_, err := w.Login(t.Context(), email, wrong, at(fmt.Sprintf("198.51.%d.%d", i/250, i%250)))
			if errors.Is(err, ErrWrongPassword) {
				tried++
			}
			if email == "ana@example.com" && i%100 == 99 {
				require.NoError(t, w.login(email, password), "from where she has signed in before")
			}
		}
		require.Equal(t, freePerAccount*map[string]int{"ana@example.com": 10, "nobody@example.com": 1}[email], tried)
	}

	w := newWorld(t)
	w.admin("acme", "ana@example.com")
	for i := range freePerAccount {
		_, err := w.Login(t.Context(), "ana@example.com", wrong, at(fmt.Sprintf("198.51.100.%d", i)))
		require.ErrorIs(t, err, ErrWrongPassword)
	}
	_, err := w.Login(t.Context(), "ana@example.com", password, at("203.0.113.9"))
	w.locked(err, 30*time.Second)
	for range freePerPair {
		require.ErrorIs(t, w.login("ana@example.com", wrong), ErrWrongPassword)
	}
	w.locked(w.login("ana@example.com", password), 30*time.Second)
	_, err = w.Login(t.Context(), "ana@example.com", password, Origin{})
	require.NoError(t, err, "this machine is always known")
	_, err = w.Login(t.Context(), "ana@example.com", password, at("203.0.113.9"))
	require.NoError(t, err, "a right password forgets what was tried for the account")
	for i := range freePerAccount {
		_, err := w.Login(t.Context(), "ana@example.com", wrong, at(fmt.Sprintf("198.51.100.%d", i)))
		require.ErrorIs(t, err, ErrWrongPassword)
	}
	_, err = w.Login(t.Context(), "ana@example.com", password, at("203.0.113.9"))
	require.NoError(t, err, "now she has signed in from there")
}

// What an account remembers of its addresses is bounded.
func TestFewAddressesAreKnown(t *testing.T) {
	var u userRecord
	for i := range 3 * mostKnown {
		u.know(at(fmt.Sprintf("192.0.2.%d", i%(2*mostKnown))))
	}
	require.Len(t, u.Known, mostKnown)
	require.True(t, u.knows(at("192.0.2.9")))
	require.True(t, u.knows(at("::ffff:192.0.2.0")))
	require.False(t, u.knows(at("192.0.2.19")))
	u.know(at("2001:db8:1:2::3"))
	require.True(t, u.knows(at("2001:db8:1:2:ffff::4")))
	u.know(Origin{})
	require.Len(t, u.Known, mostKnown)
	require.True(t, u.knows(Origin{}))
}

// Many accounts from one address: a list of stolen passwords being tried.
func TestAnAddressIsLocked(t *testing.T) {
	for _, c := range []struct {
		name string
		at   func(i int) string
		lock bool
	}{
		{"one address", func(int) string { return "192.0.2.7" }, true},
		{"mapped", func(i int) string { return []string{"192.0.2.7", "::ffff:192.0.2.7"}[i%2] }, true},
		{"one network of IPv6", func(i int) string { return fmt.Sprintf("2001:db8:1:2::%x", i+1) }, true},
		{"many networks", func(i int) string { return fmt.Sprintf("2001:db8:1:%x::1", i+1) }, false},
		{"many addresses", func(i int) string { return fmt.Sprintf("192.0.2.%d", i+1) }, false},
	} {
		w := newWorld(t)
		w.admin("acme", "ana@example.com")
		w.now = w.now.Add(2 * time.Hour)
		try := func(i int, email, pw string) error {
			_, err := w.Login(t.Context(), email, pw, Origin{Address: netip.MustParseAddr(c.at(i))})
			return err
		}
		for i := range freePerAddress {
			if i == freePerAddress/2 {
				require.NoError(t, try(i, "ana@example.com", password))
			}
			require.ErrorIs(t, try(i, fmt.Sprintf("user%d@example.com", i), wrong), ErrWrongPassword, c.name)
		}
		err := try(freePerAddress, "ana@example.com", password)
		if c.lock {
			w.locked(err, 30*time.Second)
			_, err = w.Login(t.Context(), "ana@example.com", password, Origin{})
			require.NoError(t, err, "from another place it works")
		} else {
			require.NoError(t, err, c.name)
		}
	}
}

// Tries that arrive together are counted before they are looked at.
func TestManyTriesAtOnceAreCounted(t *testing.T) {
	w := newWorld(t)
	w.admin("acme", "ana@example.com")
	var (
		all   sync.WaitGroup
		mu    sync.Mutex
		tried int
	)
	for range 24 {
		all.Go(func() {
			_, err := w.Login(t.Context(), "ana@example.com", wrong, Origin{})
			mu.Lock()
			defer mu.Unlock()
			if errors.Is(err, ErrWrongPassword) {
				tried++
			}
		})
	}
	all.Wait()
	require.LessOrEqual(t, tried, freePerPair)
	require.NotZero(t, tried)
}

// A try whose caller goes away, or that finds no room, costs nothing.
func TestATryThatIsSentAwayIsNotCounted(t *testing.T) {
	w := newWorld(t)
	w.admin("acme", "ana@example.com")
	w.hash = newHasher(cheap, 1)
	done, err := w.hash.take(t.Context())
	require.NoError(t, err)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	for range 2 * freePerPair {
		_, err := w.Login(ctx, "ana@example.com", password, here)
		require.ErrorIs(t, err, context.Canceled)
	}
	for range cap(w.hash.seats) - 1 {
		w.hash.seats <- struct{}{}
	}
	require.ErrorIs(t, w.login("ana@example.com", password), ErrBusy)
	for range cap(w.hash.seats) - 1 {
		<-w.hash.seats
	}
	done()
	require.NoError(t, w.login("ana@example.com", password))
	require.Empty(t, w.hash.turns)
	require.Empty(t, w.hash.seats, "every turn was given back")
}

func TestAPasswordIsStoredAnewWhenItsCostChanges(t *testing.T) {
	w := newWorld(t)
	id := w.admin("acme", "ana@example.com").User
	stored := func() string {
		u, err := load[userRecord](t.Context(), w.Accounts, kindUser, string(id))
		require.NoError(t, err)
		return u.V.Password
	}
	was := stored()
	require.Contains(t, was, "$argon2id$v=19$m=8,t=1,p=1$")
	require.NoError(t, w.login("ana@example.com", password))
	require.Equal(t, was, stored(), "nothing to do")
	w.Accounts = w.open(w.docs, Options{Cost: Cost{Passes: 2, MemoryKiB: 16}})
	require.ErrorIs(t, w.login("ana@example.com", wrong), ErrWrongPassword)
	require.Equal(t, was, stored())
	require.NoError(t, w.login("ana@example.com", password))
	require.Contains(t, stored(), "$argon2id$v=19$m=16,t=2,p=1$")
	require.NoError(t, w.login("ana@example.com", password))
}

func TestStoredHashesThatAreNone(t *testing.T) {
	h := newHasher(cheap, 1)
	good, err := h.hash(t.Context(), password)
	require.NoError(t, err)
	again, err := h.hash(t.Context(), password)
	require.NoError(t, err)
	require.NotEqual(t, good, again, "equal passwords do not look equal")
	for _, bad := range []string{
		"x", "$argon2id$", good + "$", good[1:], strings.Replace(good, "argon2id", "argon2i", 1), strings.Replace(good, "v=19", "v=18", 1),
		strings.Replace(good, "m=8", "m=0", 1), strings.Replace(good, "m=8", "m=99999999", 1), strings.Replace(good, "t=1", "t=0", 1),
		strings.Replace(good, "t=1", "t=99", 1), strings.Replace(good, "p=1", "p=4", 1), good[:len(good)-2], strings.Replace(good, "m=8", "m=-8", 1),
	} {
		_, _, err := h.check(bad, password)
		require.ErrorIs(t, err, errHash, bad)
		require.NotContains(t, err.Error(), "argon2id")
	}
}

func TestDefaultCostHasAHash(t *testing.T) {
	h := newHasher(Cost{}, 0)
	require.Equal(t, Cost{Passes: 3, MemoryKiB: 32 << 10}, h.cost)
	stored, err := h.hash(t.Context(), password)
	require.NoError(t, err)
	right, anew, err := h.check(stored, password)
	require.NoError(t, err)
	require.True(t, right)
	require.False(t, anew)
	right, _, err = h.check("", password)
	require.NoError(t, err)
	require.False(t, right, "nobody has no password")
	right, _, err = h.check("", "")
	require.NoError(t, err)
	require.False(t, right)
}

func TestChangePassword(t *testing.T) {
	w := newWorld(t)
	ana := w.admin("acme", "ana@example.com")
	other, err := w.Login(t.Context(), "ana@example.com", password, here)
	require.NoError(t, err)
	ctx := t.Context()
	_, err = w.ChangePassword(ctx, ana.Identity, wrong, "another password", here)
	require.ErrorIs(t, err, ErrWrongPassword)
	_, err = w.ChangePassword(ctx, ana.Identity, password, "short", here)
	require.ErrorContains(t, err, "new_password")
	fresh, err := w.ChangePassword(ctx, ana.Identity, password, "another password", here)
	require.NoError(t, err)
	for _, old := range []Secret{ana.Secret, other.Secret} {
		_, err := w.Authenticate(ctx, old)
		require.ErrorIs(t, err, ErrInvalidSecret, "every session ends")
	}
	_, err = w.Authenticate(ctx, fresh.Secret)
	require.NoError(t, err)
	require.ErrorIs(t, w.login("ana@example.com", password), ErrWrongPassword)
	require.NoError(t, w.login("ana@example.com", "another password"))
	for range freePerPair {
		_, err = w.ChangePassword(ctx, fresh.Identity, wrong, "a third password", here)
		require.ErrorIs(t, err, ErrWrongPassword)
	}
	_, err = w.ChangePassword(ctx, fresh.Identity, "another password", "a third password", here)
	w.locked(err, 30*time.Second)
	_, err = w.ChangePassword(ctx, Identity{}, password, "another password", here)
	require.ErrorIs(t, err, campaign.ErrNotFound, "a token has no password")
	require.Contains(t, w.events, fmt.Sprintf("acme user:%s user.password_set %s", ana.User, ana.User))
}

func TestPasswordsThatAreRefused(t *testing.T) {
	for pw, code := range map[string]campaign.Code{
		"":                                 campaign.CodeTooShort,
		"123456789":                        campaign.CodeTooShort,
		"ééééééééé":                        campaign.CodeTooShort,
		strings.Repeat("x", MaxPassword+1): campaign.CodeTooLong,
		"aaaaaaaaaaaa":                     campaign.CodeGuessable,
		"Anabanana@Example.com":            campaign.CodeGuessable,
		"anaBanana.1x":                     "",
		"éééééééééé":                       campaign.CodeGuessable,
		"çççççççççç":                       campaign.CodeGuessable,
		"0123456789":                       campaign.CodeGuessable,
		"1234567890":                       campaign.CodeGuessable,
		"09876543210":                      campaign.CodeGuessable,
		"123412341234":                     campaign.CodeGuessable,
		"qwertyuiop":                       campaign.CodeGuessable,
		"1q2w3e4r5t":                       campaign.CodeGuessable,
		"abcdefghijkl":                     campaign.CodeGuessable,
		"password12":                       campaign.CodeGuessable,
		"P@ssw0rd2026!":                    campaign.CodeGuessable,
		"senha12345":                       campaign.CodeGuessable,
		"Mudar@1234":                       campaign.CodeGuessable,
		"Flamengo1981":                     campaign.CodeGuessable,
		"example2026":                      campaign.CodeGuessable,
		"Anabanana 1":                      campaign.CodeGuessable,
		"flamengo é o melhor":              "",
		"senha da padaria":                 "",
		"qwerty e mais":                    "",
		"correct horse":                    "",
		"uma senha bem comprida":           "",
		"8fa0c1d2e3":                       "",
		"abcdefghij\xff":                   campaign.CodeNotUTF8,
	} {
		err := checkPassword("password", pw, "anabanana@example.com")
		if code == "" {
			require.NoError(t, err, pw)
			continue
		}
		var bad campaign.Invalid
		require.ErrorAs(t, err, &bad, pw)
		require.Equal(t, code, bad[0].Why.Code, pw)
	}
	require.Error(t, checkPassword("password", "anabanana.b", "anabanana.b@example.com"))
}

func TestAddresses(t *testing.T) {
	for in, want := range map[string]string{"a@b": "a@b", " Ana.B+x@Ex-ample.COM.br ": "ana.b+x@ex-ample.com.br", "o'hara@x.y": "o'hara@x.y"} {
		got, err := Email(in)
		require.NoError(t, err)
		require.Equal(t, want, got)
	}
	for _, bad := range []string{"", " ", "a", "@", "a@", "@b", "a@b@c", "a b@c", "a@b c", "a@-b", "a@b-", "a@b..c", "a@.b", "a@b.", "é@b", "a@é", "a@b\x00", "<a@b>", "a,b@c",
		strings.Repeat("a", 65) + "@b", "a@" + strings.Repeat("b", MaxEmail)} {
		_, err := Email(bad)
		var invalid campaign.Invalid
		require.ErrorAs(t, err, &invalid, "%q", bad)
		require.Equal(t, "email", invalid[0].Field)
	}
}

package evolution

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/alreasense/campaigns/campaign"
	"github.com/alreasense/campaigns/contact"
)

// Server is one gateway: where it is, what opens it, how it is spoken to.
// Only URL and Key are needed. A Server is a value; to change one, hand out
// another.
type Server struct {
	// URL is the base address, "https://gateway.example" or with a path in
	// front of the gateway's own. It holds no user, no query and no fragment.
	URL string

	// Key is sent as the header "apikey": the gateway's global key, or the
	// token of one instance, which opens the routes of that instance only.
	Key Secret

	// Profile names the server's dialect, which decides the body of a send
	// and which answers count as proof. Defaults to V2, which fits every version
	// from 2 on and proves least: with another version, an answer that proves
	// something of 2.3.6 could make a message go out twice.
	Profile Profile

	// Timeout is how long a send may last from its latest start, without the
	// typing delay, which is added. The gateway may take 60 s for its number
	// lookup alone, so a shorter one turns slow sends into unknown ones.
	// Defaults to 90 s.
	Timeout time.Duration

	// NoLinkPreview asks the gateway not to fetch the first link of a text
	// for a preview, which can hold a send up for 3 s. Defaults to false: the
	// gateway does as it likes, which is to fetch.
	NoLinkPreview bool

	// LIDs names the anonymous addresses ("1234@lid") under which a person's
	// chat is known to be stored, as learnt from webhooks (see Message) and
	// from Numbers. Find searches them too. Defaults to none.
	LIDs func(ctx context.Context, to contact.Phone) ([]string, error)

	// Now reads the clock that StartBy was made with. Defaults to time.Now.
	Now func() time.Time

	// Pool holds the connections. Servers of one Pool that have the same
	// scheme and host share them. Defaults to a pool of the Client's own.
	Pool *Pool
}

// Profile names a dialect of Evolution API.
type Profile string

const (
	// V236 is evolution-api 2.3.6, whose source says which of its 500
	// answers are raised before a message reaches the socket.
	V236 Profile = "v2.3.6"
	// V237 is evolution-api 2.3.7. Its look-up, texts and media were compared
	// with those of 2.3.6: its answers prove the same. New is a 201 with an empty
	// body, which comes after the message has left.
	V237 Profile = "v2.3.7"
	// V240 is evolution-api 2.4.0. Each send takes the caller's own id of the
	// message, under which a lost one is looked up. Of its exceptions none counts
	// as a proof: what comes before the socket was not compared.
	V240 Profile = "v2.4.0"
	// V2 is any other evolution-api 2: the same bodies, but none of its 500
	// answers proves anything.
	V2 Profile = "v2"
	// V18 is evolution-api 1.8: nested bodies, raw answers.
	V18 Profile = "v1.8"
)

// behaviour is what is known of how a profile answers.
type behaviour struct {
	// raises: a 500 with the text of an exception of the look-up proves that
	// nothing has touched the socket.
	raises bool
	// empties: a 201 without a body says that the message went out and not
	// under which id.
	empties bool
	// names: a send takes the caller's own id of the message.
	names bool
	// nests: the bodies of a send are nested, and bare lists come back.
	nests bool
}

// Recommended is the version to run: the newest one that proves most and needs
// no licence.
const Recommended = "2.3.7"

// Profiles are all that there are, the newest version first.
func Profiles() []Profile { return []Profile{V240, V237, V236, V2, V18} }

// behaviours names the profiles, and what is known of each. A version stands
// here when its source has been read.
var behaviours = map[Profile]behaviour{
	V236: {raises: true},
	V237: {raises: true, empties: true},
	V240: {names: true},
	V2:   {},
	V18:  {nests: true},
}

// Proven reports whether it is known, of the source of the profile's version,
// which of its exceptions come before a message has left. With other versions
// more sends become unknown.
func (p Profile) Proven() bool { return behaviours[p].raises }

// ProfileOf picks the profile for a version as Client.Version reports it:
// "2.3.6" is V236, "2.3.7" is V237, "2.4.0" is V240, other versions from 2 on are V2, versions
// below 2 are V18.
func ProfileOf(version string) Profile {
	switch version = strings.TrimPrefix(version, "v"); {
	case version == "2.3.6":
		return V236
	case version == "2.3.7":
		return V237
	case version == "2.4.0":
		return V240
	case strings.HasPrefix(version, "1.") || strings.HasPrefix(version, "0."):
		return V18
	default:
		return V2
	}
}

// Secret is a string that does not print: fmt, slog, encoding/json and
// encoding/xml write "[secret]" whatever the verb. string(s) reveals it.
type Secret string

const redacted = "[secret]"

// String is "[secret]", or empty for an empty Secret.
func (s Secret) String() string {
	if s == "" {
		return ""
	}
	return redacted
}

// GoString is what %#v prints.
func (s Secret) GoString() string { return `evolution.Secret("` + s.String() + `")` }

// Format answers every verb of fmt, %x and %q among them.
func (s Secret) Format(f fmt.State, verb rune) {
	if verb == 'v' && f.Flag('#') {
		_, _ = f.Write([]byte(s.GoString()))
		return
	}
	_, _ = f.Write([]byte(s.String()))
}

// LogValue is what log/slog writes.
func (s Secret) LogValue() slog.Value { return slog.StringValue(s.String()) }

// MarshalJSON writes the redacted word, so that a configuration that is
// printed as JSON leaks nothing. Reading JSON into a Secret works as for any
// string.
func (s Secret) MarshalJSON() ([]byte, error) { return []byte(`"` + s.String() + `"`), nil }

// MarshalText is for text encodings.
func (s Secret) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// target is a Server made ready for requests.
type target struct {
	Server
	base   *url.URL
	header http.Header
}

const defaultTimeout = 90 * time.Second

// aim checks a Server and fills in its defaults. own is the pool of a client
// whose server has none.
func aim(s Server, own *Pool) (*target, error) {
	base, err := url.Parse(strings.TrimRight(strings.TrimSpace(s.URL), "/"))
	switch {
	case err != nil:
		// The error of url.Parse quotes what it was given.
		return nil, errors.New("the gateway's address is not a URL; write it like https://gateway.example")
	case base.Scheme != "http" && base.Scheme != "https", base.Host == "", base.Opaque != "":
		return nil, errors.New("the gateway's address must begin with http:// or https:// and name a host")
	case base.User != nil, base.RawQuery != "", base.ForceQuery, base.Fragment != "":
		return nil, errors.New("the gateway's address must not hold a user, a password, a query or a fragment")
	}
	if s.Key == "" {
		return nil, errors.New("the gateway's key is missing; set it to the global key or the instance's token")
	}
	for _, b := range []byte(s.Key) {
		if b < 0x20 || b == 0x7f {
			return nil, errors.New("the gateway's key holds a line break or another control character; copy it again")
		}
	}
	if s.Profile == "" {
		s.Profile = V2
	}
	if _, known := behaviours[s.Profile]; !known {
		return nil, fmt.Errorf("the profile %q is not one of %q", string(s.Profile), Profiles())
	}
	if s.Timeout <= 0 {
		s.Timeout = defaultTimeout
	}
	if s.Now == nil {
		s.Now = time.Now
	}
	if s.Pool == nil {
		s.Pool = own
	}
	return &target{Server: s, base: base, header: http.Header{
		"Apikey":          {string(s.Key)},
		"Accept":          {"application/json"},
		"Accept-Encoding": {"identity"},
		"Content-Type":    {"application/json"},
		"User-Agent":      {"campaigns"},
	}}, nil
}

// Validate says what is wrong with a Server, without asking anybody; a Client
// reports the same at its first call. The error holds neither the address nor
// the key.
func (s Server) Validate() error {
	_, err := aim(s, nil)
	return err
}

// path is the address of an instance's route. The name is one segment,
// whatever it holds.
func (t *target) path(route, instance string) (*url.URL, error) {
	u := *t.base
	if instance == "" {
		u.Path += route
		u.RawPath = ""
		return &u, nil
	}
	if instance == "." || instance == ".." {
		return nil, fmt.Errorf("an instance cannot be called %q; rename it at the gateway", instance)
	}
	escaped := url.PathEscape(instance)
	raw := ""
	if escaped != instance || t.base.RawPath != "" {
		raw = t.base.EscapedPath() + route + "/" + escaped
	}
	u.Path += route + "/" + instance
	u.RawPath = raw
	return &u, nil
}

// Client speaks to one gateway, or to the gateway that each route names. It
// implements campaign.Sender, campaign.Connector and campaign.Lookup, starts
// no goroutine at birth, and is safe for concurrent use.
type Client struct {
	// The servers live in this closure only, so that printing a Client
	// prints no key.
	find func(ctx context.Context, r campaign.Route) (*target, error)
}

var (
	_ campaign.Sender    = (*Client)(nil)
	_ campaign.Connector = (*Client)(nil)
	_ campaign.Lookup    = (*Client)(nil)
)

// New returns a client of one gateway, which it uses for every route. A
// Server that cannot be used is reported by the first call, as a hold with
// CodeMisconfigured.
func New(s Server) *Client {
	t, err := aim(s, new(Pool))
	return &Client{find: func(context.Context, campaign.Route) (*target, error) { return t, err }}
}

// NewRouter returns a client that asks find, at every call, which gateway
// serves a route. find must be fast (a cache in front of the database) and
// safe for concurrent use. Its error holds the instance, with CodeNoGateway,
// unless it bears a mark of its own (campaign.NotSent and the like).
//
// Servers without a Pool share one that belongs to the client.
func NewRouter(find func(ctx context.Context, r campaign.Route) (Server, error)) *Client {
	own := new(Pool)
	return &Client{find: func(ctx context.Context, r campaign.Route) (*target, error) {
		s, err := find(ctx, r)
		if err != nil {
			return nil, &unrouted{err}
		}
		return aim(s, own)
	}}
}

// unrouted is the error of a router's find.
type unrouted struct{ err error }

func (u *unrouted) Error() string { return u.err.Error() }
func (u *unrouted) Unwrap() error { return u.err }

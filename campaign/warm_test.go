package campaign

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/alreasense/campaigns/contact"
)

func TestNotice_Warms(t *testing.T) {
	at := time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)
	for name, c := range map[string]struct {
		n    Notice
		want contact.Phone
	}{
		"who wrote":                 {Notice{Kind: NoticeReply, Phone: "+5511900000001"}, "+5511900000001"},
		"who left":                  {Notice{Kind: NoticeReply, Phone: "+5511900000001", Digest: LeavingDigest}, "+5511900000001"},
		"under another spelling":    {Notice{Kind: NoticeReply, Phone: "+5491123456789"}, contact.Phone("+5491123456789").Canonical()},
		"nobody who can be told":    {Notice{Kind: NoticeReply}, ""},
		"somebody who was erased":   {Notice{Kind: NoticeReply, Phone: ErasedPhone(RecipientID{1, 1})}, ""},
		"whom the gateway wrote to": {Notice{Kind: NoticeSent, Phone: "+5511900000001"}, ""},
		"a delivery":                {Notice{Kind: NoticeDelivered, ProviderID: "p"}, ""},
	} {
		c.n.Tenant, c.n.Instance, c.n.ArrivedAt = "acme", 7, at
		w, since, ok := c.n.Warms()
		require.Equal(t, c.want != "", ok, name)
		if ok {
			require.Equal(t, Warm{"acme", 7, c.want}, w, name)
			require.Equal(t, at, since, name)
		}
	}
}

func TestRows_WhomANumberKnows(t *testing.T) {
	at := time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)
	c := Closed{Tenant: "acme", Instance: 7, Phone: "+5511900000001", TakenAt: at}
	r := &Rows{Now: at.Add(time.Minute)}
	require.True(t, r.cold(c))
	r.warm(c)
	require.Equal(t, map[Warm]time.Time{{"acme", 7, c.Phone}: r.Now}, r.Warmed)
	require.True(t, r.cold(c), "the number did not know the person yet")
	c.TakenAt = r.Now.Add(time.Second)
	require.False(t, r.cold(c))
	other := c
	other.Instance = 8
	require.True(t, r.cold(other), "another number does not know the person")

	r = &Rows{Now: r.Now.Add(time.Hour), Warm: r.Warm}
	r.warm(c)
	require.Empty(t, r.Warmed, "who is known stays known since the first time")
	r.warm(Closed{Tenant: "acme", Instance: 7})
	r.warm(Closed{Tenant: "acme", Instance: 7, Phone: ErasedPhone(RecipientID{1, 1})})
	require.Empty(t, r.Warmed, "nobody is known who was erased")

	m := map[Warm]time.Time{}
	MarkWarm(m, Warm{"acme", 7, c.Phone}, at)
	MarkWarm(m, Warm{"acme", 7, c.Phone}, at.Add(time.Hour))
	MarkWarm(m, Warm{"acme", 7, c.Phone}, at.Add(-time.Hour))
	require.Equal(t, map[Warm]time.Time{{"acme", 7, c.Phone}: at.Add(-time.Hour)}, m)
}

// A delivery makes the number know the person, once, and an error does not.
func TestAbsorb_WhoIsReachedIsKnown(t *testing.T) {
	for kind, want := range map[NoticeKind]int{NoticeServer: 0, NoticeDelivered: 1, NoticeRead: 1, NoticeError: 0} {
		w := newReported(Timing{})
		w.cold = true
		w.hear(w.r.Now.Add(-time.Minute), Notice{Kind: kind})
		require.Len(t, w.r.Warmed, want, kind)
	}
}

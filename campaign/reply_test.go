package campaign_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/alreasense/campaigns/campaign"
)

// wrote tells the engine that a person wrote to a number.
func (w *world) wrote(i campaign.InstanceID, person int, id string, at time.Time) {
	w.t.Helper()
	require.NoError(w.t, w.e.Receive(context.Background(), campaign.Notice{Tenant: tenant, Instance: i, ProviderID: id,
		Kind: campaign.NoticeReply, Phone: people(person, 1)[0].Phone, At: at}))
	_, err := w.e.Step(context.Background())
	require.NoError(w.t, err)
}

// Lesson G6: replies find the person and the message, once, whatever is
// repeated, late or out of order.
func TestLesson_G6_RepliesFindTheirMessage(t *testing.T) {
	w := newWorld(t, "2026-02-13 09:00")
	is := w.numbers(2, fast())
	first := w.start(3, campaign.Draft{Instances: is[:1]})
	w.play("2026-02-13 09:01")
	noon := at(t, "2026-02-13 12:00")
	w.clock.Set(noon)

	w.wrote(is[0], 2, "in-1", at(t, "2026-02-13 11:59"))
	r := w.recipient(first.ID, 2)
	require.Equal(t, at(t, "2026-02-13 11:59").UTC(), r.RespondedAt)
	require.Equal(t, campaign.Sent, r.State, "an answer is no report of a delivery")
	w.wrote(is[0], 2, "in-1", at(t, "2026-02-13 11:59"))
	w.wrote(is[0], 2, "in-2", noon)
	p := w.progress(first.ID)
	require.EqualValues(t, 1, p.Responded, "a person answers once")
	require.Equal(t, campaign.Counts{1: 1}, p.RespondedOf)
	es := w.events(first.ID, campaign.EventResponded)
	require.Len(t, es, 1)
	require.Equal(t, int64(2), es[0].Position)
	require.Equal(t, campaign.MessageID(1), es[0].Message)

	w.wrote(is[0], 9, "in-3", noon) // nobody of ours
	w.wrote(is[0], 1, "in-4", at(t, "2026-02-13 08:00"))
	require.EqualValues(t, 1, w.progress(first.ID).Responded, "what came before the message answers nothing")

	// A second campaign, by the other number: a report that is repeated late
	// counts for the message that was answered, not for the newest.
	second := w.start(3, campaign.Draft{Instances: is[1:]})
	w.play("2026-02-13 12:01")
	w.clock.Set(at(t, "2026-02-13 13:00"))
	w.wrote(is[0], 3, "in-5", noon.Add(-time.Minute))
	require.EqualValues(t, 2, w.progress(first.ID).Responded)
	require.Zero(t, w.progress(second.ID).Responded)
	w.wrote(is[1], 3, "in-6", at(t, "2026-02-13 12:59"))
	require.EqualValues(t, 1, w.progress(second.ID).Responded, "to the number that sent it")
	w.wrote(is[0], 1, "in-7", at(t, "2026-02-13 12:59"))
	require.EqualValues(t, 3, w.progress(first.ID).Responded, "the number that was written to comes first, though the other wrote later")

	// Another tenant's report about the same phone is nobody's.
	require.NoError(t, w.e.Receive(context.Background(), campaign.Notice{Tenant: "outra", Instance: is[1], ProviderID: "in-8",
		Kind: campaign.NoticeReply, Phone: people(2, 1)[0].Phone, At: noon}))
	_, err := w.e.Step(context.Background())
	require.NoError(t, err)
	require.EqualValues(t, 1, w.progress(second.ID).Responded)
}

func TestAnswersFromTheFuture(t *testing.T) {
	w := newWorld(t, "2026-02-13 09:00")
	is := w.numbers(1, fast())
	c := w.start(1, campaign.Draft{Instances: is})
	w.play("2026-02-13 09:01")
	now := at(t, "2026-02-13 10:00")
	w.clock.Set(now)
	w.wrote(is[0], 1, "in-1", now.Add(time.Hour))
	require.Equal(t, now.UTC(), w.recipient(c.ID, 1).RespondedAt, "no answer is later than its report")
}

// A late failure does not undo what a person has answered.
func TestWhatWasAnsweredHasArrived(t *testing.T) {
	w := newWorld(t, "2026-02-13 09:00")
	is := w.numbers(1, fast())
	c := w.start(1, campaign.Draft{Instances: is})
	w.play("2026-02-13 09:01")
	w.clock.Set(at(t, "2026-02-13 10:00"))
	w.wrote(is[0], 1, "in-1", at(t, "2026-02-13 09:59"))
	require.NoError(t, w.e.Receive(context.Background(), campaign.Notice{Tenant: tenant, Instance: is[0],
		ProviderID: w.recipient(c.ID, 1).ProviderID, Kind: campaign.NoticeError}))
	_, err := w.e.Step(context.Background())
	require.NoError(t, err)
	require.Equal(t, campaign.Sent, w.recipient(c.ID, 1).State)

	// And what failed is not answered.
	c = w.start(1, campaign.Draft{Instances: is})
	w.play("2026-02-13 10:01")
	require.NoError(t, w.e.Receive(context.Background(), campaign.Notice{Tenant: tenant, Instance: is[0],
		ProviderID: w.recipient(c.ID, 1).ProviderID, Kind: campaign.NoticeError}))
	w.clock.Set(at(t, "2026-02-13 11:00"))
	w.wrote(is[0], 1, "in-2", at(t, "2026-02-13 10:59"))
	require.Equal(t, campaign.Failed, w.recipient(c.ID, 1).State)
	require.Zero(t, w.progress(c.ID).Responded)
}

// Who answers by opting out is counted for the campaign and the message that
// drove them away, whether they had answered before or not.
func TestOptOutsByAnswerAreCounted(t *testing.T) {
	w := newWorld(t, "2026-02-13 09:00")
	is := w.numbers(1, fast())
	c := w.start(3, campaign.Draft{Instances: is})
	w.play("2026-02-13 09:01")
	noon := at(t, "2026-02-13 12:00")
	w.clock.Set(noon)
	w.wrote(is[0], 1, "in-1", noon.Add(-time.Minute))
	for person, id := range map[int]string{1: "in-2", 2: "in-3", 9: "in-4"} { // 9 is nobody of ours
		require.NoError(t, w.e.Receive(context.Background(), campaign.Notice{Tenant: tenant, Instance: is[0], ProviderID: id,
			Kind: campaign.NoticeReply, Digest: campaign.LeavingDigest, Phone: people(person, 1)[0].Phone, At: noon}))
	}
	_, err := w.e.Step(context.Background())
	require.NoError(t, err)
	m, err := w.s.Metrics(context.Background(), c.ID)
	require.NoError(t, err)
	require.EqualValues(t, 2, m.OptedOut())
	require.EqualValues(t, 2, m.Progress.Responded)
	require.EqualValues(t, 2, m.ByMessage()[0].OptedOut)
	es := w.events(c.ID, campaign.EventLeft)
	require.Len(t, es, 2)
	require.Equal(t, is[0], es[0].Instance)
}

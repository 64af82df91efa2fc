package imports

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/alreasense/campaigns/contact"
)

func TestUndo(t *testing.T) {
	s := open(t, Options{})
	_, err := s.contacts().CreateContact(s.ctx, s.now(), contact.Contact{Phone: "+5511900000003", Name: "Antiga", Active: true})
	require.NoError(t, err)
	s.pass(time.Second)
	j := s.upload("lista.csv", people(10))
	_, err = s.desk().Undo(s.ctx, j.ID)
	require.ErrorIs(t, err, ErrState, "nothing has been done yet")
	j = s.run(j)
	require.Equal(t, int64(9), j.Progress.Added)
	changed, err := s.contacts().ContactByPhone(s.ctx, "+5511900000005")
	require.NoError(t, err)
	s.pass(time.Second)
	_, err = s.contacts().UpdateContact(s.ctx, s.now(), changed.ID, func(c *contact.Contact) error {
		c.Notes = "ligou"
		return nil
	})
	require.NoError(t, err)

	j, err = s.desk().Undo(s.ctx, j.ID)
	require.NoError(t, err)
	require.Equal(t, Undoing, j.Status)
	require.ErrorIs(t, s.desk().Delete(s.ctx, j.ID), ErrState)
	_, err = s.desk().Cancel(s.ctx, j.ID)
	require.ErrorIs(t, err, ErrState)
	s.drain()
	j = s.get(j.ID)
	require.Equal(t, Undone, j.Status)
	require.Equal(t, &Reversal{Removed: 8, Kept: 1}, j.Undone)
	var left []contact.Phone
	for _, c := range s.everybody(contact.Filter{}) {
		left = append(left, c.Phone)
	}
	require.Equal(t, []contact.Phone{"+5511900000003", "+5511900000005"}, left, "who was there before stays, and so does who was changed")
	_, err = s.contacts().Group(s.ctx, j.GroupID)
	require.NoError(t, err, "somebody is left in it")

	again, err := s.desk().Undo(s.ctx, j.ID)
	require.NoError(t, err)
	require.Equal(t, j, again)
	require.NoError(t, s.desk().Delete(s.ctx, j.ID))
}

// TestUndoAfterADeath holds that a process that dies while it undoes leaves the
// rest to the next, which removes the group too.
func TestUndoAfterADeath(t *testing.T) {
	s := open(t, Options{})
	j := s.run(s.upload("lista.csv", people(10)))
	_, err := s.desk().Undo(s.ctx, j.ID)
	require.NoError(t, err)
	died := errors.New("died")
	s.wrap = func(c contact.Store) contact.Store { return &mortal{Store: c, left: 4, err: died} }
	s.restart()
	_, err = s.Step(s.ctx)
	require.ErrorIs(t, err, died)
	require.Equal(t, Undoing, s.get(j.ID).Status)
	require.Len(t, s.everybody(contact.Filter{}), 6)
	s.wrap = nil
	s.restart()
	s.pass(time.Minute)
	s.drain()
	j = s.get(j.ID)
	require.Equal(t, Undone, j.Status)
	require.Equal(t, &Reversal{Removed: 10}, j.Undone)
	require.Empty(t, s.everybody(contact.Filter{}))
	_, err = s.contacts().Group(s.ctx, j.GroupID)
	require.ErrorIs(t, err, contact.ErrNotFound)
}

// mortal is a store that fails after so many removals.
type mortal struct {
	contact.Store
	left int
	err  error
}

func (m *mortal) DeleteContact(ctx context.Context, id int64) error {
	if m.left--; m.left < 0 {
		return m.err
	}
	return m.Store.DeleteContact(ctx, id)
}

func TestPlanOfHeader(t *testing.T) {
	s := open(t, Options{})
	j := s.upload("lista.csv", "Telefone;Nome\nx;y\nFone;Quem\n11 90000-0001;Maria\n")
	j, err := s.desk().Map(s.ctx, j.ID, 0, func(p *Plan) error {
		p.HeaderRow = 3
		return nil
	})
	require.NoError(t, err)
	p, err := s.desk().Preview(s.ctx, j.ID, nil)
	require.NoError(t, err)
	require.Equal(t, 3, p.Layout.HeaderLine)
	require.Equal(t, 1, p.Accepted)
	require.Zero(t, p.Hidden)
	_, err = s.desk().Map(s.ctx, j.ID, 0, func(p *Plan) error {
		p.HeaderRow = -1
		return nil
	})
	require.ErrorIs(t, err, ErrInvalid)
}

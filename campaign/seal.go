package campaign

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"hash"
	"sort"
	"time"
)

// Seal closes a batch of a tenant's event log. Each seal covers the events
// after the seal before it, up to Through, and holds the hash of both, so that
// whoever keeps the last Hash notices any change of the past.
type Seal struct {
	// Through is the Seq of the last event covered, Events their number.
	Through, Events int64
	// Prev is the Hash of the seal before, zero for the first.
	Prev, Hash [32]byte
	At         time.Time
}

// SealOver makes the seal that follows prev over its tenant's next events, by
// rising Seq, at least one.
func SealOver(prev Seal, t Tenant, es []Event, at time.Time) Seal {
	h := sha256.New()
	h.Write(prev.Hash[:])
	digest(h, string(t))
	for i := range es {
		es[i].digest(h)
	}
	s := Seal{Through: es[len(es)-1].Seq, Events: int64(len(es)), Prev: prev.Hash, At: at}
	h.Sum(s.Hash[:0])
	return s
}

// digest writes a text with its length, so that no two lists of texts are
// written alike.
func digest(h hash.Hash, s string) {
	var n [8]byte
	binary.BigEndian.PutUint64(n[:], uint64(len(s)))
	h.Write(n[:])
	h.Write([]byte(s))
}

// digest writes all that an event says. Instants count in microseconds, the
// precision that every store keeps.
func (e *Event) digest(h hash.Hash) {
	for _, n := range []int64{e.Seq, e.At.UnixMicro(), int64(e.Campaign), e.Position, int64(e.Instance), int64(e.Message)} {
		var b [8]byte
		binary.BigEndian.PutUint64(b[:], uint64(n))
		h.Write(b[:])
	}
	h.Write(e.Attempt[:])
	digest(h, string(e.Type))
	digest(h, e.Author)
	digest(h, string(e.Why.Code))
	names := make([]string, 0, len(e.Why.Args))
	for n := range e.Why.Args {
		names = append(names, n)
	}
	sort.Strings(names)
	for _, n := range names {
		digest(h, n)
		digest(h, e.Why.Args[n])
	}
}

// sealBatch bounds the events of one seal.
const sealBatch = 1000

// seal closes the open end of every tenant's event log, at most once every
// Timing.Seal.
func (e *Engine) seal(ctx context.Context, now time.Time) error {
	if !e.sealAt.IsZero() && now.Before(e.sealAt) {
		return nil
	}
	tenants, err := e.store.Tenants(ctx)
	if err != nil {
		e.fault("seal", err)
		return err
	}
	for _, t := range tenants {
		for more := true; more && ctx.Err() == nil; {
			if more, err = e.sealTenant(ctx, t, now); err != nil {
				e.fault("seal", err)
				return err
			}
		}
	}
	e.sealAt = now.Add(e.Timing.Seal)
	return nil
}

func (e *Engine) sealTenant(ctx context.Context, t Tenant, now time.Time) (more bool, err error) {
	rows := e.store.Tenant(t)
	open := false
	err = rows.View(ctx, func(r Reader) error {
		es, err := unsealed(r, 1)
		open = len(es) > 0
		return err
	})
	if err != nil || !open {
		return false, err
	}
	err = rows.Update(ctx, func(w Writer) error {
		last, err := w.LastSeal()
		if err != nil {
			return err
		}
		es, err := unsealed(w, sealBatch)
		if err != nil || len(es) == 0 {
			return err
		}
		more = len(es) == sealBatch
		return w.Seal(SealOver(last, t, es, now))
	})
	return more, err
}

// unsealed lists the events that no seal covers yet.
func unsealed(r Reader, limit int) ([]Event, error) {
	last, err := r.LastSeal()
	if err != nil {
		return nil, err
	}
	return r.Events(EventQuery{After: last.Through, Limit: limit})
}

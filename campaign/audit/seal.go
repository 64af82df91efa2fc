package audit

import (
	"github.com/alreasense/campaigns/campaign"
)

// sealer computes the seals of a tenant's log again, from its events.
type sealer struct {
	c      *checker
	tenant campaign.Tenant
	reader campaign.Reader
	// ahead are seals that were read and not reached, prev the last one that
	// was, and batch the events since.
	ahead []campaign.Seal
	prev  campaign.Seal
	batch []campaign.Event
	end   bool
}

// maxSealed bounds the events that one seal may cover. An engine seals fewer.
const maxSealed = 100_000

// next is the seal that the present batch belongs to.
func (s *sealer) next() (*campaign.Seal, error) {
	if len(s.ahead) == 0 && !s.end {
		var err error
		if s.ahead, err = s.reader.Seals(s.prev.Through, page); err != nil {
			return nil, err
		}
		s.end = len(s.ahead) == 0
	}
	if len(s.ahead) == 0 {
		return nil, nil
	}
	return &s.ahead[0], nil
}

// add takes the next event of the log.
func (s *sealer) add(e *campaign.Event) error {
	for {
		seal, err := s.next()
		if err != nil {
			return err
		}
		if seal == nil {
			s.c.report.Figures.Unsealed++
			return nil
		}
		if e.Seq <= seal.Through {
			if len(s.batch) < maxSealed {
				s.batch = append(s.batch, *e)
			}
			if e.Seq < seal.Through {
				return nil
			}
			return s.judge(*seal)
		}
		// The event at the seal's end is missing.
		if err := s.judge(*seal); err != nil {
			return err
		}
	}
}

// judge compares a seal with what its events give.
func (s *sealer) judge(seal campaign.Seal) error {
	s.ahead = s.ahead[1:]
	s.c.report.Figures.Seals++
	prev, batch := s.prev, s.batch
	s.prev, s.batch = seal, s.batch[:0]
	at := Violation{Invariant: "I9", Tenant: s.tenant}
	switch {
	case seal.Through <= prev.Through:
		return s.c.fail(at, "the seal through event %d follows the one through event %d", seal.Through, prev.Through)
	case seal.Prev != prev.Hash:
		return s.c.fail(at, "the chain of seals is broken at the one through event %d: it does not follow the seal before it", seal.Through)
	case int64(len(batch)) != seal.Events:
		return s.c.fail(at, "the seal through event %d covers %d events and the log has %d", seal.Through, seal.Events, len(batch))
	case len(batch) == 0:
		return s.c.fail(at, "the seal through event %d covers nothing", seal.Through)
	}
	if again := campaign.SealOver(prev, s.tenant, batch, seal.At); again.Hash != seal.Hash || again.Through != seal.Through {
		return s.c.fail(at, "the events %d to %d are not those that were sealed: the log was changed afterwards", batch[0].Seq, seal.Through)
	}
	return nil
}

// close judges the seals that lie beyond the last event.
func (s *sealer) close() error {
	for {
		seal, err := s.next()
		if seal == nil || err != nil {
			return err
		}
		if err := s.judge(*seal); err != nil {
			return err
		}
	}
}

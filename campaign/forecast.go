package campaign

import (
	"context"
	"errors"
	"time"

	"github.com/alreasense/campaigns/contact"
	"github.com/alreasense/campaigns/holiday"
)

// Forecast tells what a campaign will do from now on if nothing goes wrong:
// every send is accepted at once, nobody joins or leaves, a restriction of what a
// number sends to strangers ends when it is tried, and nobody changes anything. It asks the gates and draws the gaps of the dispatcher, so a run
// without faults agrees with it to the second.
//
// A draft, and a campaign that is scheduled or paused, is taken as if it were
// started now, or at its StartAt if that lies ahead, with its numbers free.
type Forecast struct {
	Campaign ID
	// At is the instant it was made for.
	At time.Time
	// Left is how many people are still to be sent to: Sends of them get a
	// message, Skips are left out when their turn comes (opted out, erased, no
	// text for them), and the Rest is not reached, for the reason Why.
	Left, Sends, Skips, Rest int64
	Why                      Reason
	// Unread tells that more than ForecastReads people are left, so that the
	// forecast did not look at each: who will be left out counts as a send, and
	// for a number that may not write to strangers everybody counts as one.
	Unread bool
	// FirstAt and LastAt are when the first and the last send start; zero if
	// there is none.
	FirstAt, LastAt time.Time
	// Numbers are the campaign's, by id, and Days the days of the campaign's
	// zone from the first on which a number could send to the last on which one
	// does, those without a send too.
	Numbers []ForecastNumber
	Days    []ForecastDay
	// Rests are the holidays, from the first instant on which it could send to the
	// last send, on which its schedule rests and would not otherwise.
	Rests []holiday.Day
	// Obstacles are what a start would be refused for now.
	Obstacles []Obstacle
	// Warnings are what the texts give to look at: see Service.Warnings.
	Warnings []Warning
}

// ForecastDay is one day of a Forecast.
type ForecastDay struct {
	// Day is its beginning, in the campaign's zone.
	Day   time.Time
	Sends int64
	// Numbers are those that send that day, by id.
	Numbers []ForecastShare
	// Waits are what the numbers wait for before their sends, a number on
	// average, longest first: what limits the day. A day on which all of them
	// are at work is the sum of its waits.
	Waits []ForecastWait
}

// ForecastShare is what one number sends on one day.
type ForecastShare struct {
	Instance InstanceID
	Sends    int64
	// FirstAt and LastAt are when its first and last send start.
	FirstAt, LastAt time.Time
}

// ForecastNumber is what one number does altogether.
type ForecastNumber struct {
	Instance InstanceID
	Name     string
	Sends    int64
	// FirstAt and LastAt are when its first and last send start.
	FirstAt, LastAt time.Time
	// Waits are what it waits for before its sends, longest first: what limits
	// it. A gap and a long pause of its pace are both CodeGap.
	Waits []ForecastWait
	// Why is why it stops before everybody is reached; zero if it does not.
	Why Reason
}

// ForecastWait is how long a number waits for one thing.
type ForecastWait struct {
	Why Reason
	For time.Duration
}

// The bounds of a forecast.
const (
	// ForecastReads is the largest number of people left of whom a forecast
	// reads each, to tell who will be left out.
	ForecastReads = 20_000
	// ForecastDays is how far it looks ahead.
	ForecastDays = 366
)

// Forecast tells what a campaign will do if nothing goes wrong. What it takes
// grows with the people left, about a second for a million.
func (s *Service) Forecast(ctx context.Context, id ID) (f Forecast, err error) {
	if err := s.caller.may(Viewer); err != nil {
		return f, err
	}
	if err := s.e.keyed(ctx, false); err != nil {
		return f, err
	}
	f = Forecast{Campaign: id, At: s.now()}
	select {
	case s.e.forecasts <- struct{}{}: // each takes a processor for a while
		defer func() { <-s.e.forecasts }()
	case <-ctx.Done():
		return f, ctx.Err()
	}
	var o *outlook
	err = s.rows.View(ctx, func(r Reader) error {
		c, err := r.Campaign(id)
		if err != nil {
			return err
		}
		if f.Obstacles, err = s.preflight(r, c); err != nil {
			return err
		}
		f.Warnings = s.Warnings(c)
		o, err = s.outlook(r, c, f.At)
		return err
	})
	if err != nil {
		return f, err
	}
	err = o.tell(ctx, &f)
	f.Rests = o.rests(f.LastAt)
	return f, err
}

// outlook reads what a forecast starts from.
func (s *Service) outlook(r Reader, c Campaign, now time.Time) (*outlook, error) {
	books, err := r.Books(c.ID)
	if err != nil {
		return nil, err
	}
	o := newOutlook(c, now, books)
	if o.left == 0 {
		return o, nil
	}
	c.Status = Active
	numbers, err := s.prospects(r, c, books)
	if err != nil {
		return nil, err
	}
	for _, p := range numbers {
		if o.days.loc == nil {
			o.window = p.recipe.window
			o.days = days{loc: p.recipe.loc, at: make(map[int64]*day)}
		}
		p.free, p.queue = true, nil // the outlook has a queue of its own
		o.lanes = append(o.lanes, newLane(p, o.from, &o.days))
	}
	err = o.readWaiting(r, c.ID, books)
	o.left = o.queue.left() // what it plays out is what was read
	if err != nil || len(numbers) == 0 {
		return o, err
	}
	if o.left > ForecastReads {
		return o, o.readKnown(r)
	}
	o.crowd = &crowd{cook: cook{recipe: numbers[0].recipe, variables: s.e.Variables, job: &Job{Campaign: c, Cursor: books.Cursor.Clone(), Tally: books.Tally}}}
	err = o.crowd.read(r, o.queue.waiting, books.Cursor.Position, func(r Reader, phones []contact.Phone) ([]bool, error) {
		return s.e.silenced(r, c.Tenant, phones...)
	})
	if err != nil {
		return o, err
	}
	return o, o.readKnown(r)
}

// Preflight lists what a start, a resumption or a reopening of the campaign
// would be refused for at this moment. It is empty if nothing is in the way,
// and for a campaign that runs or can never start again.
func (s *Service) Preflight(ctx context.Context, id ID) (all []Obstacle, err error) {
	if err := s.caller.may(Viewer); err != nil {
		return nil, err
	}
	err = s.rows.View(ctx, func(r Reader) error {
		c, err := r.Campaign(id)
		if err != nil {
			return err
		}
		all, err = s.preflight(r, c)
		return err
	})
	return all, err
}

func (s *Service) preflight(r Reader, c Campaign) ([]Obstacle, error) {
	if c.Status == Active || c.Status == Cancelled {
		return nil, nil
	}
	later := c.Status == Scheduled || c.Status == Drafted && c.StartAt.After(s.now())
	err := s.obstacles(r, &c, !later)
	var o *Obstacles
	if errors.As(err, &o) {
		return o.All, nil
	}
	return nil, err
}

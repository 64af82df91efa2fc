package campaign

import (
	"fmt"
	"slices"
)

// Status is where a campaign stands.
type Status string

const (
	Drafted   Status = "draft"     // being written; nothing is sent
	Scheduled Status = "scheduled" // waits for StartAt, or for a busy number
	Active    Status = "active"    // sends whenever its gates are open
	Paused    Status = "paused"    // sends nothing until somebody resumes it
	Completed Status = "completed" // nobody is left; reopen to add people
	Cancelled Status = "cancelled" // ended for good
)

// Statuses lists every status, in the order of a campaign's life.
func Statuses() []Status {
	return []Status{Drafted, Scheduled, Active, Paused, Completed, Cancelled}
}

// Command is what moves a campaign from one status to another.
type Command string

const (
	CommandSchedule Command = "schedule"
	CommandUnplan   Command = "unschedule"
	CommandStart    Command = "start"
	CommandPause    Command = "pause"
	CommandResume   Command = "resume"
	CommandCancel   Command = "cancel"
	CommandComplete Command = "complete"
	CommandReopen   Command = "reopen"
	CommandEdit     Command = "edit"
	CommandAdd      Command = "add"
	CommandLeaveOut Command = "leave_out"
	CommandDelete   Command = "delete"
)

// Commands lists every command.
func Commands() []Command {
	return []Command{CommandSchedule, CommandUnplan, CommandStart, CommandPause, CommandResume,
		CommandCancel, CommandComplete, CommandReopen, CommandEdit, CommandAdd, CommandLeaveOut, CommandDelete}
}

// The one table of transitions. What does not stand here is refused.
var transitions = map[Command]map[Status]Status{
	CommandSchedule: {Drafted: Scheduled},
	CommandUnplan:   {Scheduled: Drafted},
	CommandStart:    {Drafted: Active, Scheduled: Active},
	CommandPause:    {Active: Paused, Paused: Paused},
	CommandResume:   {Paused: Active},
	CommandCancel:   {Drafted: Cancelled, Scheduled: Cancelled, Active: Cancelled, Paused: Cancelled, Cancelled: Cancelled},
	CommandComplete: {Active: Completed},
	CommandReopen:   {Completed: Active},
	CommandEdit:     {Drafted: Drafted, Scheduled: Scheduled, Paused: Paused},
	CommandAdd:      {Drafted: Drafted, Scheduled: Scheduled, Active: Active, Paused: Paused},
	CommandLeaveOut: {Drafted: Drafted, Scheduled: Scheduled, Active: Active, Paused: Paused},
	CommandDelete:   {Drafted: Drafted, Completed: Completed, Cancelled: Cancelled},
}

// After returns the status that c leads to from s. Where the command is not
// allowed the error is a *TransitionError. Pause and cancel may be repeated
// and change nothing then.
func (s Status) After(c Command) (Status, error) {
	if to, ok := transitions[c][s]; ok {
		return to, nil
	}
	return s, &TransitionError{Command: c, From: s}
}

// TransitionError refuses a command in the campaign's present status.
type TransitionError struct {
	Command Command
	From    Status
}

// Error names the statuses in which the command works.
func (e *TransitionError) Error() string {
	var in []Status
	for _, s := range Statuses() {
		if _, ok := transitions[e.Command][s]; ok {
			in = append(in, s)
		}
	}
	return fmt.Sprintf("campaign: %s is not possible while the campaign is %s (possible when it is %v)", e.Command, e.From, in)
}

// Is makes errors.Is(err, ErrConflict) true.
func (e *TransitionError) Is(target error) bool { return target == ErrConflict }

// Terminal reports whether the campaign sends nothing more unless it is
// reopened.
func (s Status) Terminal() bool { return s == Completed || s == Cancelled }

// Valid reports whether s is one of Statuses.
func (s Status) Valid() bool { return slices.Contains(Statuses(), s) }

// Cause says who paused a campaign. Only a pause by the system may resume by
// itself.
type Cause string

const (
	ByUser     Cause = "user"     // a person
	BySystem   Cause = "system"   // a fault that can pass
	BySchedule Cause = "schedule" // the end date, or a window that never opens again
	ByRestore  Cause = "restored" // the database was taken back to an earlier state
)

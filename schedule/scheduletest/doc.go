// Package scheduletest checks windows: whatever implements [schedule.Window]
// can be held against the contract in one line.
//
//	func TestTides(t *testing.T) {
//		from := time.Date(2026, time.January, 1, 0, 0, 0, 0, santos)
//		scheduletest.Window(t, Tides{Port: "Santos"}, from, from.AddDate(1, 0, 0))
//	}
//
// Every rule that breaks is printed with the instants that break it and with
// its reason. Run such tests with the race detector: the suite also asks from
// several goroutines at once.
package scheduletest

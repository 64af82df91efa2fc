package simulation

import "testing"

// A world as the long run has them: how many sends a second can be simulated.
func BenchmarkDense(b *testing.B) {
	var sum Figures
	for seed := uint64(0); b.Loop(); seed++ {
		r := Run(1_000_000+seed, Config{Days: 3, Dense: true, Campaigns: 16, Audience: 1100})
		if len(r.Violations) > 0 {
			b.Fatal(seed, r.Violations)
		}
		sum.Add(r.Figures)
	}
	b.ReportMetric(float64(sum.Sends)/b.Elapsed().Seconds(), "sends/s")
	b.ReportMetric(float64(sum.Crashes)/b.Elapsed().Seconds(), "crashes/s")
	b.ReportMetric(float64(sum.Sends)/float64(b.N), "sends/world")
	b.ReportMetric(sum.Simulated.Seconds()/b.Elapsed().Seconds(), "speed-up")
	b.Logf("\n%s", sum.String())
}

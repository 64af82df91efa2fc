// Package metrics tells Prometheus what an engine does.
//
//	registry := prometheus.NewRegistry()
//	observer := metrics.New()
//	engine, err := campaign.New(store, sender, &campaign.Options{Observer: observer})
//	if err != nil {
//		return err
//	}
//	registry.MustRegister(observer.Collectors(engine)...)
//
// Every name begins with campaigns_. Labels hold codes of closed lists only:
// no tenant, no campaign, no phone, so the number of series is fixed and a
// scrape tells nobody whom a message went to.
//
//	campaigns_taken_attempts_total            attempts that turns have begun
//	campaigns_take_seconds                    time of one take, a histogram
//	campaigns_sends_total{verdict}            sends by what their answer proves
//	campaigns_send_seconds{verdict}           from the request to the answer
//	campaigns_settlements_total               results that were committed
//	campaigns_settle_seconds                  time of one commit of results
//	campaigns_swept_attempts_total            attempts given up as lost
//	campaigns_unmatched_reports_total         reports that no message was found for
//	campaigns_faults_total{part}              errors that the engine outlived
//	campaigns_stopped                         1 while everything is stopped
package metrics

// Package imports brings files of contacts into a store of contacts, as jobs: a
// file is handed in, looked at, mapped, and worked off in batches, with
// progress, by a process that may die at any moment.
//
//	queue, err := imports.New(documents, people, &imports.Options{Dir: dir})
//	go queue.Run(ctx)
//
//	desk := queue.Desk("shop", "ana")
//	job, err := desk.Upload(ctx, "Clientes 2026.csv", file)
//	preview, err := desk.Preview(ctx, job.ID, nil) // columns, first people, first refusals
//	job, err = desk.Map(ctx, job.ID, job.Rev, func(p *imports.Plan) error {
//		p.Consent, p.Basis = "formulário da loja, 2026", contact.BasisConsent
//		return nil
//	})
//	job, err = desk.Start(ctx, job.ID)
//
// # States
//
// A job is uploaded, then mapped (if somebody changes its plan), then queued,
// running, and at last done, failed or cancelled; one that has ended can be
// undone. Failed is a file that cannot
// be read or has nobody in it; a store that is away for a while does not make a
// job fail, it is tried again.
//
// # A process that dies
//
// After each batch the job's document says how many people have been put into
// the store. Whoever takes the job over reads the file from its beginning, which
// finds the same duplicates and writes the same refused rows, and passes over
// as many people. What was stored without the document's knowledge, two batches
// at most, is stored again, which changes nothing, and is counted as what it was:
// every person that a job creates or changes has the job's StartedAt as their
// instant.
//
// A job is worked on by one process, which renews its claim with every batch;
// the claim of one that has died ends by itself, see Options.Lease. The file
// lies in a directory of one machine, so only processes that share the directory
// work on it; the others show the job and can cancel it.
//
// # People who do not want messages
//
// An opt-out stands above contacts and an import does not touch it. How many of
// the file's people have opted out is counted, if Options.OptedOut tells.
//
// # Personal data
//
// The file is written with mode 0600, is removed when its job ends, and the
// refused rows, which are for the person who handed the file in, some time
// later: see Options.Keep. Documents hold the file's name, the names of its
// columns and counts, and nothing about a person.
package imports

// Mutants proves that the tests of the ledger can fail.
//
// A test that has never failed may be one that cannot. Each mutant in testdata
// takes one rule out of the shipped code, names the invariant that is broken
// then, and the test that has to notice. The command builds the test with the
// mutated file laid over the real one (go test -overlay), so no mutant ever
// stands in the tree, and prints a row for each:
//
//	go run ./internal/mutants              all of them
//	go run ./internal/mutants -run pause   those whose name matches
//	go run ./internal/mutants -list        what there is, and nothing is run
//	go run ./internal/mutants -v           and what the failing tests say
//
// It exits with 1 unless every mutant that was run is killed. A mutant counts
// as killed when the named test passes on the real code and fails on the
// mutated one; a mutant that does not compile, or whose test does not run, is
// an error and no kill.
//
// # The file of a mutant
//
// A sentence, what it breaks, who kills it, and one or more edits:
//
//	A take looks at nobody's opt-out.
//
//	breaks: I13
//	killed by: ./campaign TestLesson_S12_OptOutIsCheckedInTheTake
//	@ campaign/plan.go
//	 		switch {
//	-		case c.Suppressed:
//	+		case false:
//
// The sentence ends at the empty line. What is broken is an invariant (I1 to
// I17) or a lesson (a capital letter and a number), several with blanks
// between. The killer is a package and the full name of a test or subtest, as
// go test prints it. An edit names a file below the module's root with forward
// slashes; its lines begin with a minus (old), a plus (new) or a blank (both,
// to tell the place). The lines of old and both must stand in the file exactly
// once, in a row. Where they do not, the code has moved on and the mutant is to
// be written anew: that is an error here, and fails this package's tests, which
// apply and parse every mutant but run none.
package main

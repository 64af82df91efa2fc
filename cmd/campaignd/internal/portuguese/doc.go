// Package portuguese has the command line in Portuguese: its help, and the
// sentences of its parser.
//
// Texts are found by the English that they stand for, so that whoever changes
// the English is told by a test to look at the Portuguese too.
package portuguese

// Package sqlrecords is the SQL that the SQL stores share: the records of one
// tenant (campaigns, audiences, instances, calendar, suppression, contacts),
// and how the values of the domain stand in columns.
//
// Statements are written once, with the placeholders $1, $2, … and with what
// SQLite and PostgreSQL both understand; a [Dialect] holds the few points in
// which they differ. Instants are integers, microseconds since 1970 in UTC,
// and 0 is the zero Time; durations are nanoseconds; ids are integers; drafts,
// snapshots of contacts, reasons and counts are JSON in text columns.
//
// What a store does many times a second (take, settle) is not here: that is
// what its engine does best in its own way. Its rows are read and written with
// the columns and scanners of this package all the same, so that both write
// the same row.
package sqlrecords

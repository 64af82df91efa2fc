// Package xlsx reads the sheets of .xlsx workbooks as rows of text, for
// contact.ReadTable, which finds the columns and the people in them by the rules
// that hold for CSV files.
//
// A cell is what its owner sees, in Brazilian spelling: dates as 02/03/2026,
// amounts as R$ 1.234,50. Whole numbers have all their digits, however narrow
// their column is; what a spreadsheet has made of a number that it read in
// scientific notation, 5,51E+12, stays so, since its last digits are lost, and
// is refused as a phone. Formulas are their last results.
//
// Sheets that are hidden, or have no text, are not seen. A file that is cut off,
// broken, protected by a password, or too large when unpacked is a
// *contact.FileError. What the library would take into memory at once is bounded
// before it does: a row has 1 MiB and 1,000 values at most, a text 128 KiB, the
// table of texts 4 million, a sheet 1,048,576 rows.
package xlsx

// Package contact holds people and their phone numbers: how a number is read,
// how a list of people comes in, and what a store of them promises.
//
// # One person, one Phone
//
// People write Brazilian numbers in many ways: with and without the country
// code, the area code in brackets, a trunk zero, a carrier, the ninth digit or
// not. [ParsePhone] leads all of them to one canonical [Phone] in E.164, and
// refuses, with a reason in Portuguese and English, what does not say one
// number for certain. It never guesses. [FromAddress] does the same for the
// addresses that a WhatsApp gateway answers with, and [Phone.Variants] lists
// the spellings under which a gateway may know a number.
//
// A phone is personal data. A [Phone] logs itself redacted, errors carry reason
// codes instead of numbers, and what was typed stays in fields that are for the
// owner of the file or form.
//
// # Lists
//
// [ReadCSV] reads the files that spreadsheets write in Brazil, as a stream:
// semicolons or commas, Windows-1252 or UTF-8 or UTF-16, a sep= line, an area
// code in a column of its own. Valid contacts come out of [CSV.All] one by one;
// every other row is in the [Report] with line, column and reason, and
// [Report.WriteRefused] makes a file of them that can be mended and read again.
// [ReadTable] does the same for rows that come from elsewhere.
//
// # Stores
//
// [Store] is what the rest of the system asks of contacts and groups, for one
// tenant. The rules are functions here ([Contact.Merge], [Filter.Matches],
// [NormalizeTags], [Contact.Validate]), so that stores cannot disagree about
// them, and package contacttest has the suite that every store passes.
package contact

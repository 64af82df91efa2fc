// Package documenttest has the suite that every document.Store passes.
//
//	func TestDocuments(t *testing.T) {
//		documenttest.Store(t, func(t *testing.T) document.Store { return open(t).Documents() })
//	}
package documenttest

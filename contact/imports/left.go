package imports

import (
	"fmt"

	"github.com/alreasense/campaigns/contact"
)

// evidence says where a file says that a person wants no messages.
func (q *Queue) evidence(file string, l contact.Left) string {
	if q.o.Lang == "en" {
		return fmt.Sprintf("file %s, row %d, column %s", file, l.Line, l.Column)
	}
	return fmt.Sprintf("arquivo %s, linha %d, coluna %s", file, l.Line, l.Column)
}

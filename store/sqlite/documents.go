package sqlite

import "github.com/alreasense/campaigns/campaign/document"

// Documents are the small records of all tenants.
func (s *Store) Documents() document.Store { return s.shared.Documents(&records{s: s}) }

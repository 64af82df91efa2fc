package optout

// SetMost bounds the messages of a tenant for a test.
func SetMost(b *Book, n int) { b.most = n }

package line

// Bound sets how many addresses a tenant has at most.
func Bound(k *KeptLIDs, n int) { k.most = n }

package servers

import "crypto/rand"

// randomName is a name that nobody else uses, of letters and digits.
func randomName() string { return rand.Text()[:10] }

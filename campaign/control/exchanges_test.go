package control_test

import (
	"encoding/json"
	"net/http"
	"os"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
)

// exchangesFile is where the environment wants what the tests have asked and got,
// an object a line. tools/openapi holds that against the document.
var exchangesFile = os.Getenv("CONTROL_EXCHANGES")

var exchangesLock sync.Mutex

// exchanged writes down a request and its answer.
func exchanged(t *testing.T, r *http.Request, body []byte, status int, header http.Header, answer []byte) {
	if exchangesFile == "" {
		return
	}
	t.Helper()
	line, err := json.Marshal(map[string]any{"test": t.Name(), "method": r.Method, "url": r.URL.String(), "header": r.Header, "body": body,
		"status": status, "answer_header": header, "answer": answer})
	require.NoError(t, err)
	exchangesLock.Lock()
	defer exchangesLock.Unlock()
	f, err := os.OpenFile(exchangesFile, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	require.NoError(t, err)
	_, err = f.Write(append(line, '\n'))
	require.NoError(t, err)
	require.NoError(t, f.Close())
}

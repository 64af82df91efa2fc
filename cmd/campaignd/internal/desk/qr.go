package desk

import (
	"bytes"
	"encoding/base64"
	"errors"
	"io"
	"os"
	"strings"

	"github.com/mdp/qrterminal/v3"
)

// drawQR draws a QR code with its own quiet zone. In colours it is dark on light
// whatever the terminal's own are; without them it is so on a dark ground alone.
func drawQR(w io.Writer, text string, colours bool) {
	var b bytes.Buffer
	qrterminal.GenerateWithConfig(text, qrterminal.Config{Level: qrterminal.L, Writer: &b, HalfBlocks: true, QuietZone: 2,
		BlackChar: qrterminal.BLACK_BLACK, WhiteChar: qrterminal.WHITE_WHITE, BlackWhiteChar: qrterminal.BLACK_WHITE, WhiteBlackChar: qrterminal.WHITE_BLACK})
	for line := range strings.Lines(b.String()) {
		if line = strings.TrimSuffix(line, "\n"); colours && line != "" {
			line = whiteOnBlack + line + plain
		}
		_, _ = io.WriteString(w, line+"\n")
	}
}

// Of the 256 colours, those that no theme of a terminal changes. The blocks of
// the drawing are the light parts.
const (
	whiteOnBlack = "\x1b[38;5;231;48;5;16m"
	plain        = "\x1b[0m"
)

// saveQR writes the picture of a code, as the API gives it, into a file that its
// owner alone may read: who scans it has the number.
func saveQR(file, dataURL string) error {
	_, text, ok := strings.Cut(dataURL, "base64,")
	png, err := base64.StdEncoding.DecodeString(text)
	if !ok || err != nil {
		return errors.New("the gateway gave no picture of the code")
	}
	f, err := os.OpenFile(file, os.O_CREATE|os.O_WRONLY|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(png)
	return errors.Join(err, f.Close())
}

package desk

import (
	"io"

	"github.com/mdp/qrterminal/v3"
)

// drawQR draws a QR code that a phone reads from a dark terminal and from a
// light one: it brings its own quiet zone.
func drawQR(w io.Writer, text string) {
	qrterminal.GenerateWithConfig(text, qrterminal.Config{Level: qrterminal.L, Writer: w, HalfBlocks: true, QuietZone: 2,
		BlackChar: qrterminal.BLACK_BLACK, WhiteChar: qrterminal.WHITE_WHITE, BlackWhiteChar: qrterminal.BLACK_WHITE, WhiteBlackChar: qrterminal.WHITE_BLACK})
}

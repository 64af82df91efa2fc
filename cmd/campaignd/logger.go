package main

import (
	"io"
	"log/slog"
	"time"

	"go.uber.org/zap"
	"go.uber.org/zap/exp/zapslog"
	"go.uber.org/zap/zapcore"
)

// Of the same trouble, warning or error, the first of a minute are logged and
// then one of so many: a disk that is full or a database that is away repeats
// itself without end, on that disk perhaps.
const (
	troublesAtFirst = 20
	troublesThen    = 100
)

// newLogger logs to w: lines for people on a terminal, JSON elsewhere. flush
// writes out what is buffered.
func newLogger(w io.Writer) (log *slog.Logger, flush func()) {
	config := zap.NewProductionEncoderConfig()
	config.EncodeTime = zapcore.ISO8601TimeEncoder
	encoder := zapcore.NewJSONEncoder(config)
	if columns(w) > 0 {
		config.EncodeLevel = zapcore.CapitalLevelEncoder
		encoder = zapcore.NewConsoleEncoder(config)
	}
	out := zapcore.Lock(zapcore.AddSync(w))
	core := zapcore.NewTee(
		zapcore.NewCore(encoder, out, zap.LevelEnablerFunc(func(l zapcore.Level) bool { return l == zapcore.InfoLevel })),
		zapcore.NewSamplerWithOptions(zapcore.NewCore(encoder, out, zapcore.WarnLevel), time.Minute, troublesAtFirst, troublesThen),
	)
	return slog.New(zapslog.NewHandler(core, zapslog.AddStacktraceAt(slog.LevelError+100))), func() { _ = core.Sync() }
}

package main

import (
	"io"
	"log/slog"

	"go.uber.org/zap"
	"go.uber.org/zap/exp/zapslog"
	"go.uber.org/zap/zapcore"
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
	core := zapcore.NewCore(encoder, zapcore.Lock(zapcore.AddSync(w)), zapcore.InfoLevel)
	return slog.New(zapslog.NewHandler(core, zapslog.AddStacktraceAt(slog.LevelError+100))), func() { _ = core.Sync() }
}

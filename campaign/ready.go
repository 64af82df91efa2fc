package campaign

// Unready tells why this engine takes nothing now, whatever is due: it was
// told to stop, or Options.Ready has a reason. Other engines on the store may
// go on. It is the zero Reason while the engine may take.
func (e *Engine) Unready() Reason {
	if h, on := e.stop.get(); on {
		return h.why()
	}
	if e.Ready == nil {
		return Reason{}
	}
	var why Reason
	if err := guard("the readiness check", func() error { why = e.Ready(); return nil }); err != nil {
		e.readyFailed.Do(func() { e.fault("ready", err) })
		return Because(CodeReadyFailed)
	}
	return why
}

// mayTake asks Unready, and logs what changes.
func (e *Engine) mayTake() bool {
	why := e.Unready()
	was := e.unready.Swap(&why)
	switch {
	case was == nil && why.IsZero(), was != nil && was.Code == why.Code:
	case why.IsZero():
		e.log.Info("ready again: turns are taken")
	default:
		e.log.Warn("not ready: no turns are taken", "why", why.String())
	}
	return why.IsZero()
}

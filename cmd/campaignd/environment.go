package main

import (
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/alecthomas/kong"

	"github.com/alreasense/campaigns/cmd/campaignd/internal/locale"
)

// environment holds the variables of the process. One that is empty counts as
// not set.
type environment map[string]string

func parseEnvironment(environ []string) environment {
	e := make(environment, len(environ))
	for _, pair := range environ {
		if name, value, ok := strings.Cut(pair, "="); ok && value != "" {
			e[name] = value
		}
	}
	return e
}

// fromTag names the variable that sets a flag: from:"CAMPAIGND_ADDR".
const fromTag = "from"

// resolve gives a flag the value of its variable, unless it was given as an
// argument.
func (e environment) resolve(_ *kong.Context, _ *kong.Path, flag *kong.Flag) (any, error) {
	if v, ok := e[flag.Tag.Get(fromTag)]; ok {
		return v, nil
	}
	return nil, nil
}

// withVariable names a flag's variable in its help.
func withVariable(v *kong.Value) string {
	if name := v.Tag.Get(fromTag); name != "" {
		return fmt.Sprintf("%s ($%s)", v.Help, name)
	}
	return v.Help
}

// secret reads a secret from its variable, or from the file that NAME_FILE
// names; empty if neither is set. No secret is a flag, since the arguments of
// a process are public on its machine.
func (e environment) secret(name string) (string, error) {
	value, path := e[name], e[name+"_FILE"]
	switch {
	case value != "" && path != "":
		return "", locale.Errorf("%s e %s_FILE estão ambas definidas: fique com uma", "%s and %s_FILE are both set: keep one of them", name, name)
	case path == "":
		return value, nil
	}
	text, err := os.ReadFile(path)
	if err != nil {
		var p *os.PathError
		if errors.As(err, &p) {
			err = p.Err
		}
		return "", locale.Errorf("%s_FILE indica %s, que não pode ser lido: %w", "%s_FILE names %s, which cannot be read: %w", name, path, err)
	}
	value = strings.TrimRight(string(text), "\r\n")
	if value == "" {
		return "", locale.Errorf("%s_FILE indica %s, que está vazio", "%s_FILE names %s, which is empty", name, path)
	}
	return value, nil
}

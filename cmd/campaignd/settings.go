package main

import (
	"cmp"
	"net/url"
	"path/filepath"
	"runtime"
	"strings"

	"github.com/alreasense/campaigns/cmd/campaignd/internal/locale"
	"github.com/alreasense/campaigns/evolution"
)

// dataFlag is the data directory of a command that has one.
type dataFlag struct {
	Data string `help:"The data directory: database, key, lock. An absolute path. Default: campaignd, where this user keeps data." placeholder:"DIR" from:"CAMPAIGND_DATA"`
}

// dir is the data directory. It never depends on where the process was
// started: an empty one means the user's own place for data.
func (f dataFlag) dir(env environment) (string, error) {
	if f.Data != "" {
		if !filepath.IsAbs(f.Data) {
			return "", locale.Errorf("o diretório de dados %q é relativo: indique o caminho absoluto em CAMPAIGND_DATA ou --data, para não depender de onde você está", "the data directory %q is relative: name its absolute path in CAMPAIGND_DATA or --data, so that it does not depend on where you stand", f.Data)
		}
		return filepath.Clean(f.Data), nil
	}
	home := env["HOME"]
	var base string
	switch {
	case runtime.GOOS == "windows":
		base = env["LOCALAPPDATA"]
	case filepath.IsAbs(env["XDG_DATA_HOME"]):
		base = env["XDG_DATA_HOME"]
	case home != "" && runtime.GOOS == "darwin":
		base = filepath.Join(home, "Library", "Application Support")
	case home != "":
		base = filepath.Join(home, ".local", "share")
	}
	if !filepath.IsAbs(base) {
		return "", locale.Errorf("este usuário não tem diretório para dados: indique um, pelo caminho absoluto, em CAMPAIGND_DATA", "this user has no directory for data: name one, by its absolute path, in CAMPAIGND_DATA")
	}
	return filepath.Join(base, "campaignd"), nil
}

// database is what DATABASE_URL names, or the SQLite file in the data
// directory.
func (e environment) database(dir string) (database, error) {
	address, err := e.secret("DATABASE_URL")
	if err != nil || address == "" {
		return database{file: filepath.Join(dir, "campaigns.db")}, err
	}
	return parseDatabase(address, "DATABASE_URL")
}

// gatewayFlag is the gateway of a command that has one. Its key is no flag.
type gatewayFlag struct {
	Gateway string `help:"The base address of Evolution API, such as https://gateway.example." placeholder:"URL" from:"EVOLUTION_API_URL"`
}

// gateway is the configured gateway. missing says in words what is not set;
// then the server can be handed on, and holds every send.
func (e environment) gateway(f gatewayFlag) (server evolution.Server, missing, err error) {
	key, err := e.secret("EVOLUTION_API_KEY")
	if err != nil {
		return server, nil, err
	}
	switch {
	case f.Gateway == "" && key == "":
		missing = locale.Errorf("nenhum gateway configurado: defina EVOLUTION_API_URL e EVOLUTION_API_KEY", "no gateway is configured: set EVOLUTION_API_URL and EVOLUTION_API_KEY")
	case f.Gateway == "":
		missing = locale.Errorf("o gateway tem chave e não tem endereço: defina EVOLUTION_API_URL", "the gateway has a key and no address: set EVOLUTION_API_URL")
	case key == "":
		missing = locale.Errorf("o gateway tem endereço e não tem chave: defina EVOLUTION_API_KEY ou EVOLUTION_API_KEY_FILE", "the gateway has an address and no key: set EVOLUTION_API_KEY or EVOLUTION_API_KEY_FILE")
	}
	server = evolution.Server{URL: f.Gateway, Key: evolution.Secret(key)}
	if missing == nil {
		if err := server.Validate(); err != nil {
			return server, nil, locale.Errorf("EVOLUTION_API_URL ou EVOLUTION_API_KEY não pode ser usada: %w", "EVOLUTION_API_URL or EVOLUTION_API_KEY cannot be used: %w", err)
		}
	}
	return server, missing, nil
}

// publicFlag is where a command's daemon is reached from outside.
type publicFlag struct {
	Public  string `help:"Where people reach the daemon, and gateways unless --reports says otherwise, such as https://app.example: links begin with it, and gateways report deliveries, replies and opt-outs there. Default: none, and no replies and opt-outs arrive." name:"public" placeholder:"URL" from:"CAMPAIGND_PUBLIC_URL"`
	Reports string `help:"Where gateways reach the daemon, if that is elsewhere, such as http://campaignd:8000 in a network of containers. Default: the public address." name:"reports" placeholder:"URL" from:"CAMPAIGND_REPORTS_URL"`
}

// addresses are for people and for gateways, without a slash at the end; empty
// where none is set.
func (f publicFlag) addresses() (public, reports string, err error) {
	if public, err = outside(f.Public, "CAMPAIGND_PUBLIC_URL or --public"); err != nil {
		return "", "", err
	}
	if reports, err = outside(f.Reports, "CAMPAIGND_REPORTS_URL or --reports"); err != nil {
		return "", "", err
	}
	return public, cmp.Or(reports, public), nil
}

// outside reads an address. The error does not repeat it: it may hold a
// password.
func outside(address, setting string) (string, error) {
	u, err := url.Parse(strings.TrimSpace(address))
	switch {
	case address == "":
		return "", nil
	case err != nil, u.Scheme != "http" && u.Scheme != "https", u.Hostname() == "", u.User != nil, u.RawQuery != "", u.ForceQuery, u.Fragment != "":
		return "", locale.Errorf("o endereço em %s não pode ser usado: escreva como https://app.example ou https://app.example/campaigns, sem usuário, consulta e fragmento", "the address in %s cannot be used: write it like https://app.example or https://app.example/campaigns, without user, query and fragment", setting)
	}
	return strings.TrimRight(u.String(), "/"), nil
}

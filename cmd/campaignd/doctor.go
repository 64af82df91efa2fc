package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"time"

	"github.com/alreasense/campaigns/cmd/campaignd/internal/datadir"
	"github.com/alreasense/campaigns/cmd/campaignd/internal/desk"
	"github.com/alreasense/campaigns/cmd/campaignd/internal/disk"
	"github.com/alreasense/campaigns/cmd/campaignd/internal/socket"
)

type doctorCommand struct {
	JSON bool `help:"Print JSON for scripts." name:"json"`
	houseFlags
	publicFlag
	gatewayFlag
}

// Help is the long text of campaignd doctor --help.
func (doctorCommand) Help() string {
	return `Looks at everything that a daemon needs, with the settings of this environment, and says for each thing whether it is right (ok), may be better (warn) or keeps something from working (fail), and what to do. It changes nothing, and works beside a daemon that runs as well as without one.

Looked at: the data directory and its key, the database, the clock, Redis, the daemon, each gateway's version and key, and for each number its state, whether its gateway reports, and whether the gateway remembers what it has sent.

The exit code is 0 unless something fails.

Examples:

  campaignd doctor
  campaignd doctor --json`
}

// Levels of findings.
const (
	levelOK   = "ok"
	levelWarn = "warn"
	levelFail = "fail"
)

// finding is one thing that was looked at.
type finding struct {
	What   string `json:"what"`
	Level  string `json:"level"`
	Detail string `json:"detail"`
	// Do is what to do about it; empty if all is well.
	Do string `json:"do,omitempty"`
}

// doctor looks at things.
type doctor struct {
	world    *world
	pt       bool
	findings []finding
	api      *desk.Client // of the daemon; nil if none runs
}

func (d *doctor) say(pt, en string) string {
	if d.pt {
		return pt
	}
	return en
}

func (d *doctor) add(level, what, detail, do string) {
	d.findings = append(d.findings, finding{what, level, detail, do})
}

// doctorTime bounds each question to a service.
const doctorTime = 10 * time.Second

// Run looks at everything.
func (c *doctorCommand) Run(w *world) error {
	d := &doctor{world: w, pt: w.locale().Portuguese()}
	dir, err := c.dir(w.env)
	if err != nil {
		return err
	}
	data, err := w.env.database(dir)
	if err != nil {
		return err
	}
	_, reports, err := c.addresses()
	if err != nil {
		return err
	}
	d.directory(dir, data)
	store := d.database(data)
	d.redis(c.Locks, data)
	d.daemon(dir)
	d.address(reports)
	if store != nil {
		d.clock(store)
		err := d.gateways(store, dir, c)
		if err := errors.Join(err, store.close()); err != nil {
			return err
		}
	}
	return d.tell(c.JSON)
}

// tell prints what was found. It is an error if something fails.
func (d *doctor) tell(asJSON bool) error {
	failed := 0
	for _, f := range d.findings {
		if f.Level == levelFail {
			failed++
		}
	}
	if asJSON {
		e := json.NewEncoder(d.world.stdout)
		e.SetIndent("", "  ")
		e.SetEscapeHTML(false)
		if err := e.Encode(struct {
			OK       bool      `json:"ok"`
			Findings []finding `json:"findings"`
		}{failed == 0, d.findings}); err != nil {
			return err
		}
	} else {
		for _, f := range d.findings {
			fmt.Fprintf(d.world.stdout, "%-4s  %s: %s\n", f.Level, f.What, f.Detail)
			if f.Do != "" {
				fmt.Fprintf(d.world.stdout, "      → %s\n", f.Do)
			}
		}
	}
	if failed > 0 {
		return fmt.Errorf(d.say("%d de %d pontos impedem o funcionamento", "%d of %d things keep something from working"), failed, len(d.findings))
	}
	return nil
}

// directory looks at the data directory and the key that lies there.
func (d *doctor) directory(dir string, data database) {
	what := d.say("diretório de dados", "data directory")
	info, err := os.Stat(dir)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		d.add(levelWarn, what, dir+d.say(" ainda não existe", " does not exist yet"),
			d.say("campaignd serve o cria; se já há dados, informe o diretório em CAMPAIGND_DATA", "campaignd serve makes it; if there are data already, name their directory in CAMPAIGND_DATA"))
		return
	case err != nil:
		d.add(levelFail, what, d.world.locale().Text(err), d.say("rode como o usuário do serviço", "run this as the daemon's user"))
		return
	case info.Mode().Perm()&0o077 != 0:
		d.add(levelWarn, what, dir+d.say(" pode ser lido por outros usuários", " can be read by other users"), "chmod 700 "+dir)
	default:
		d.add(levelOK, what, dir, "")
	}
	d.disk(dir)
	what = d.say("chave", "key")
	given, err := d.world.env.givenKey()
	switch {
	case err != nil:
		d.add(levelFail, what, d.world.locale().Text(err), d.say("corrija CAMPAIGND_SECRET", "correct CAMPAIGND_SECRET"))
	case given != nil:
		d.add(levelOK, what, "CAMPAIGND_SECRET", "")
	case data.shared():
		d.add(levelWarn, what, d.say("vem só deste diretório", "comes from this directory alone"),
			d.say("dê a mesma chave a todos os serviços em CAMPAIGND_SECRET_FILE", "give all daemons the same one in CAMPAIGND_SECRET_FILE"))
	case !datadir.HasKey(dir):
		d.add(levelWarn, what, d.say("ainda não há", "there is none yet"), d.say("campaignd serve a cria; se já há um banco, reponha a chave", "campaignd serve draws it; if there is a database already, put its key back"))
	default:
		path := filepath.Join(dir, datadir.KeyFile)
		if _, err := datadir.Key(dir); err != nil {
			d.add(levelFail, what, d.world.locale().Text(err), d.say("reponha-a de um backup", "put it back from a backup"))
		} else if info, err := os.Stat(path); err == nil && info.Mode().Perm()&0o077 != 0 {
			d.add(levelWarn, what, path+d.say(" pode ser lida por outros usuários", " can be read by other users"), "chmod 600 "+path)
		} else {
			d.add(levelOK, what, path, "")
		}
	}
}

// disk looks at the room of the data directory.
func (d *doctor) disk(dir string) {
	what := d.say("disco", "disk")
	room, err := disk.Of(dir)
	free := room.String() + d.say(" livres", " free")
	do := d.say("libere espaço ou aumente o disco: sem ele nada é enviado nem registrado", "make room or enlarge the disk: without it nothing is sent or recorded")
	switch {
	case errors.Is(err, errors.ErrUnsupported):
	case err != nil:
		d.add(levelFail, what, d.world.locale().Text(err), d.say("rode como o usuário do serviço", "run this as the daemon's user"))
	case room.Full():
		d.add(levelFail, what, free, do)
	case room.Short():
		d.add(levelWarn, what, free, do)
	default:
		d.add(levelOK, what, free, "")
	}
}

// database opens it for reading; nil if it cannot be looked into.
func (d *doctor) database(data database) *opened {
	what := d.say("banco de dados", "database")
	if !data.shared() && missing(data.file) {
		d.add(levelWarn, what, data.file+d.say(" ainda não existe", " does not exist yet"), d.say("campaignd serve o cria", "campaignd serve makes it"))
		return nil
	}
	ctx, cancel := context.WithTimeout(d.world.ctx, doctorTime)
	defer cancel()
	s, err := data.openReading(ctx, "campaignd doctor")
	if err != nil {
		d.add(levelFail, what, d.world.locale().Text(err), d.say("corrija DATABASE_URL ou ligue o banco", "correct DATABASE_URL, or start the database"))
		return nil
	}
	d.add(levelOK, what, data.String(), "")
	return s
}

// clock compares this machine's clock with the database's.
func (d *doctor) clock(s *opened) {
	what := d.say("relógio", "clock")
	if s.clock == nil {
		d.add(levelOK, what, d.say("só o desta máquina conta", "this machine's alone counts"), "")
		return
	}
	ctx, cancel := context.WithTimeout(d.world.ctx, doctorTime)
	defer cancel()
	offset, unsure, err := s.clock(ctx, time.Now)
	switch {
	case err != nil:
		d.add(levelFail, what, d.world.locale().Text(err), d.say("verifique o banco de dados", "look after the database"))
	case unsure > clockLimit:
		d.add(levelFail, what, d.say("o do banco só se lê com incerteza de ", "the database's can be read only to within ")+unsure.Round(time.Millisecond).String(),
			d.say("a conexão com o banco é lenta demais", "the connection to the database is too slow"))
	case offset.Abs() > clockLimit:
		d.add(levelWarn, what, offset.Round(time.Millisecond).String()+d.say(" do relógio do banco; é corrigido", " from the database's; it is corrected"),
			d.say("acerte o relógio desta máquina (NTP)", "set this machine's clock (NTP)"))
	default:
		d.add(levelOK, what, offset.Round(time.Millisecond).String()+d.say(" do relógio do banco", " from the database's"), "")
	}
}

// redis asks Redis whether it is there.
func (d *doctor) redis(kind string, data database) {
	l, err := d.world.env.locks(kind, data)
	if err != nil {
		d.add(levelFail, d.say("travas", "locks"), d.world.locale().Text(err), "")
		return
	}
	defer func() { _ = l.close() }()
	if l.redis == nil {
		d.add(levelOK, d.say("travas", "locks"), l.words(d.say), "")
		return
	}
	ctx, cancel := context.WithTimeout(d.world.ctx, doctorTime)
	defer cancel()
	if err := l.redis.Ping(ctx).Err(); err != nil {
		d.add(levelFail, "Redis", l.server+": "+d.world.locale().Text(err), d.say("ligue o Redis, ou corrija REDIS_URL: sem ele nada é enviado", "start Redis, or correct REDIS_URL: without it nothing is sent"))
		return
	}
	d.add(levelOK, "Redis", l.server, "")
}

// daemon looks whether one runs on the directory.
func (d *doctor) daemon(dir string) {
	what := d.say("serviço", "daemon")
	c, err := socket.Dial(d.world.ctx, dir)
	switch {
	case err == nil:
		_ = c.Close()
		d.add(levelOK, what, d.say("no ar", "it runs"), "")
		d.api = &desk.Client{Language: d.say("pt-BR", "en"), Via: &http.Transport{DisableKeepAlives: true,
			DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) { return socket.Dial(ctx, dir) }}}
	case errors.Is(err, socket.ErrNobody):
		d.add(levelWarn, what, d.say("nenhum no ar aqui: nada é enviado", "none runs here: nothing is sent"), "campaignd serve")
	default:
		d.add(levelFail, what, d.world.locale().Text(err), d.say("rode como o usuário do serviço", "run this as the daemon's user"))
	}
}

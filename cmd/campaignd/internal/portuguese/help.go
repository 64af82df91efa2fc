package portuguese

import (
	"bytes"
	"fmt"
	"hash/crc32"
	"io"
	"reflect"
	"slices"
	"strings"

	"github.com/alecthomas/kong"
)

// all are the texts of all commands and flags, by their English.
var all = union(daemon, campaigns, people, numbers, accounts)

func union(maps ...map[string]string) map[string]string {
	all := make(map[string]string)
	for _, m := range maps {
		for en, pt := range m {
			all[en] = pt
		}
	}
	return all
}

// placeholders stand for the values of flags, and arguments for those that
// have no flag.
var (
	placeholders = map[string]string{
		"ADDRESS": "ENDEREÇO", "CHARACTER": "CARACTERE", "COLUMN=FIELD": "COLUNA=CAMPO", "DATE": "DATA", "DIR": "DIRETÓRIO",
		"FILE": "ARQUIVO", "GROUND": "BASE", "GROUP": "GRUPO", "KIND": "TIPO", "LEVEL": "NÍVEL", "LINE": "LINHA", "N=TEXT": "N=TEXTO",
		"NAME": "NOME", "NAME=VALUE": "NOME=VALOR", "NAMES": "NOMES", "NUMBER": "NÚMERO", "PHONE": "TELEFONE", "RULE": "REGRA",
		"SECONDS": "SEGUNDOS", "STATUS": "ESTADO", "TEXT": "TEXTO", "TIME": "HORA", "TYPE": "TIPO", "TYPE,…": "TIPO,…",
		"VERSION": "VERSÃO", "ZONE": "FUSO",
	}
	arguments = map[string]string{
		"contact": "contato", "contacts": "contatos", "evidence": "prova", "file": "arquivo", "group": "grupo", "name": "nome",
		"number": "número", "phone": "telefone", "phones": "telefones", "who": "quem", "words": "palavras", "year": "ano",
	}
)

// Model puts the help of a command line into Portuguese. A text without a
// translation stays as it is.
func Model(app *kong.Application) {
	app.Help = translated(app.Help, "")
	for _, n := range nodes(app.Node) {
		if n != app.Node {
			n.Help = text(n.Help)
			n.Detail = translated(n.Detail, path(n))
		}
		for _, f := range n.Flags {
			f.Help = text(f.Help)
			f.PlaceHolder = placeholder(f)
		}
		for _, p := range n.Positional {
			p.Help = text(p.Help)
		}
	}
}

// nodes are a node and everything below it.
func nodes(n *kong.Node) []*kong.Node {
	all := []*kong.Node{n}
	for _, c := range n.Children {
		all = append(all, nodes(c)...)
	}
	return all
}

// path is how a person types a command, without the program's name.
func path(n *kong.Node) string {
	if n.Parent == nil {
		return ""
	}
	return strings.TrimSpace(path(n.Parent) + " " + n.Name)
}

func text(en string) string {
	if pt, ok := all[en]; ok {
		return pt
	}
	return en
}

func translated(en, path string) string {
	if d, ok := details[path]; ok && en != "" {
		return d.text
	}
	return en
}

// Faults lists what a command line has in English alone, and what is here
// although no command has it any more. It is asked before Model.
func Faults(app *kong.Application) (faults []string) {
	used, paths := map[string]bool{}, map[string]bool{}
	short := func(where, en string) {
		told := used[en]
		used[en] = true
		if _, ok := all[en]; !ok && en != "" && !told {
			faults = append(faults, fmt.Sprintf("%s: %q has no Portuguese: add it to the texts of this package", where, en))
		}
	}
	long := func(where, en string) {
		paths[where] = true
		switch d, ok := details[where]; {
		case en == "" && !ok:
		case !ok:
			faults = append(faults, fmt.Sprintf("campaignd %s: its long text has no Portuguese: add it to details, with the sum %#x", where, sum(en)))
		case d.sum != sum(en):
			faults = append(faults, fmt.Sprintf("campaignd %s: its long text has changed: look at the Portuguese in details, then write the sum %#x", where, sum(en)))
		}
	}
	long("", app.Help)
	for _, n := range nodes(app.Node) {
		if n != app.Node {
			short(path(n), n.Help)
			long(path(n), n.Detail)
		}
		for _, f := range n.Flags {
			short(path(n)+" --"+f.Name, f.Help)
		}
		for _, p := range n.Positional {
			short(path(n)+" <"+p.Name+">", p.Help)
		}
	}
	for en := range all {
		if !used[en] {
			faults = append(faults, fmt.Sprintf("%q is said by no command any more: take it out of the texts", en))
		}
	}
	for where := range details {
		if !paths[where] {
			faults = append(faults, fmt.Sprintf("campaignd %s has no long text any more: take it out of details", where))
		}
	}
	slices.Sort(faults)
	return faults
}

// sum is what details keeps of an English text.
func sum(en string) uint32 { return crc32.ChecksumIEEE([]byte(en)) }

func placeholder(f *kong.Flag) string {
	if pt, ok := placeholders[f.PlaceHolder]; ok {
		return pt
	}
	if f.PlaceHolder != "" || f.HasDefault {
		return f.PlaceHolder
	}
	switch f.Target.Kind() {
	case reflect.String, reflect.Slice:
		return "TEXTO"
	case reflect.Int, reflect.Int64:
		return "N"
	}
	return ""
}

// frame has kong's own words around a help text.
var frame = []struct{ en, pt string }{
	{"Usage: ", "Uso: "},
	{"Arguments:", "Argumentos:"},
	{"Commands:", "Comandos:"},
	{"Flags:", "Opções:"},
}

// Help prints the help of a command, as kong does, in Portuguese.
func Help(options kong.HelpOptions, ctx *kong.Context) error {
	for n := ctx.Selected(); n != nil; n = n.Parent {
		for _, p := range n.Positional { // nothing is parsed after this
			if name, ok := arguments[p.Name]; ok {
				p.Name = name
			}
		}
	}
	out, page := ctx.Stdout, new(bytes.Buffer)
	ctx.Stdout = page
	err := kong.DefaultHelpPrinter(options, ctx)
	ctx.Stdout = out
	if err != nil {
		return err
	}
	_, err = io.WriteString(out, framed(page.String()))
	return err
}

func framed(page string) string {
	lines := strings.Split(page, "\n")
	for i, line := range lines {
		for _, f := range frame {
			if rest, ok := strings.CutPrefix(line, f.en); ok && (i == 0 || rest == "") {
				lines[i] = f.pt + rest
			}
		}
		if rest, ok := strings.CutPrefix(line, `Run "`); ok {
			rest, _ = strings.CutSuffix(rest, `" for more information on a command.`)
			rest = strings.ReplaceAll(rest, "<command>", "<comando>")
			lines[i] = `"` + rest + `" explica um comando.`
		}
	}
	lines[0] = strings.NewReplacer("<command>", "<comando>", "[flags]", "[opções]").Replace(lines[0])
	return strings.Join(lines, "\n")
}

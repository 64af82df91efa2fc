#!/bin/sh
# A whole campaign with the command line alone, beside a running daemon:
# gateway, number, QR code, contacts, group, campaign, start, pause, resume,
# logs, people by status, figures, completed, an answer and an opt-out.
#
# In three shells, against the emulated gateway, which sends nothing:
#
#   campaignd emulator
#   CAMPAIGND_DATA=./flow CAMPAIGND_PUBLIC_URL=http://127.0.0.1:8000 \
#     CAMPAIGND_GATEWAY_ALLOW=127.0.0.1:8080 campaignd serve
#   CAMPAIGND_DATA=./flow sh examples/cli/flow.sh
#
# The user of this machine who owns the data is the administrator; nobody logs
# in. curl plays the phones of this example, and nothing else.
set -eu

GATEWAY=${GATEWAY:-http://127.0.0.1:8080}
GATEWAY_KEY=${GATEWAY_KEY:-evolutiontest-global-key}
LANG=C
export LANG
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

phone() { curl -sS -f -o "$work/phone" -X POST "$GATEWAY/_emulator/$@"; }

# until_says TEXT COMMAND… repeats a command until it says so, a minute long.
until_says() {
	text=$1
	shift
	tries=0
	until "$@" >"$work/said" && grep -q -e "$text" "$work/said"; do
		tries=$((tries + 1))
		if [ "$tries" -gt 240 ]; then
			printf '%s does not say "%s":\n' "$*" "$text" >&2
			cat "$work/said" >&2
			return 1
		fi
		sleep 0.25
	done
}

step() { printf '\n== %s\n' "$1"; }

step 'the gateway: its key goes in and never comes out'
printf '%s\n' "$GATEWAY_KEY" | campaignd gateway set "$GATEWAY" --key-file -
campaignd gateway test

step 'a number, made at the gateway, ten seconds between two messages'
campaignd instance create vendas
campaignd instance pace vendas --min 10 --max 10

step 'its QR code, until the phone has scanned it'
campaignd instance connect vendas >"$work/qr" &
shows=$!
until_says 'Scan with WhatsApp' cat "$work/qr"
cat "$work/qr"
phone scan/vendas
wait "$shows"
tail -n 1 "$work/qr"
until_says 'the gateway reports deliveries' campaignd instance state vendas

step 'people and a group, from a file'
cat >"$work/clientes.csv" <<-'CSV'
	nome;telefone;cidade
	Ana Souza;(11) 90000-0001;Santos
	Bruno Lima;11 90000-0002;São Paulo
	Carla Dias;+55 11 90000-0003;Campinas
	Davi Reis;5511900000004;Osasco
CSV
campaignd contacts import "$work/clientes.csv" --group clientes --consent 'formulário da loja, 2026' --yes
campaignd contacts list --group clientes

step 'a campaign of two messages that take turns'
campaignd campaign new 'Páscoa' --group clientes --instance vendas --schedule immediate \
	--message '{{saudacao}}, {{primeiro_nome|amigo}}!' --message 'Oi, {{nome}}. Boa {{dia_semana}}!'
campaignd campaign preview 1 --limit 1

step 'start, pause, resume at a quicker pace'
campaignd campaign start 1 --yes
until_says '"sent_messages": [1-9]' campaignd campaign show 1 --json
campaignd campaign pause 1 --reason 'almoço'
campaignd status
campaignd instance pace vendas --min 1 --max 1
campaignd campaign resume 1

step 'until it has completed; delivered and read come in by webhook'
campaignd campaign watch 1
until_says '"read_messages": 4' campaignd campaign show 1 --json

step 'one person answers, another wants no more messages'
phone inbound -d '{"instance":"vendas","from":"5511900000001","text":"Quero saber mais"}'
phone inbound -d '{"instance":"vendas","from":"5511900000002","text":"SAIR"}'
until_says '"responded_count": 2' campaignd campaign show 1 --json
campaignd contacts list --search '90000-0002' --json | grep -q '"opted_out": true'

step 'logs, people by status, figures'
campaignd campaign logs 1 --limit 5
campaignd campaign export 1 --status read
campaignd campaign show 1
campaignd unknown list

printf '\ncompleted\n'

#!/bin/sh
# A whole campaign over the REST API, with curl alone: first login, gateway,
# number, QR code, contacts, group, campaign, start, pause, resume, logs, people
# by status, figures, completed, an answer and an opt-out.
#
# In three shells, against the emulated gateway, which sends nothing:
#
#   campaignd emulator
#   CAMPAIGND_DATA=./flow CAMPAIGND_PUBLIC_URL=http://127.0.0.1:8000 \
#     CAMPAIGND_GATEWAY_ALLOW=127.0.0.1:8080 campaignd serve
#   LINK='http://127.0.0.1:8000/join#…' sh examples/curl/flow.sh
#
# LINK is the link of the first login, which a fresh daemon prints.
set -eu

API=${API:-http://127.0.0.1:8000}
GATEWAY=${GATEWAY:-http://127.0.0.1:8080}
GATEWAY_KEY=${GATEWAY_KEY:-evolutiontest-global-key}
LINK=${LINK:?the link of the first login, as campaignd serve prints it}
EMAIL=ana@example.com
PASSWORD='uma senha bem comprida'
token=

# call METHOD PATH [BODY] prints the answer. What is refused ends the script,
# with the reason.
call() {
	answer=$(curl -sS -X "$1" "$API$2" -H 'Content-Type: application/json' -H "Authorization: Bearer $token" \
		-H 'Accept-Language: en' ${3+--data-binary "$3"} -w '\n%{http_code}')
	status=${answer##*
}
	answer=$(printf '%s' "${answer%
*}")
	case $status in
	2??) printf '%s\n' "$answer" ;;
	*)
		printf '%s %s was answered %s: %s\n' "$1" "$2" "$status" "$answer" >&2
		return 1
		;;
	esac
}

# field NAME prints the first value of that name in the JSON of the input.
field() {
	grep -oE "\"$1\":(\"[^\"]*\"|[^,}]*)" | head -n 1 | sed 's/^"[^"]*"://; s/^"//; s/"$//'
}

# until_is WANT PATH NAME [METHOD [BODY]] asks until the field has that value, a
# minute long.
until_is() {
	tries=0
	while :; do
		got=$(call "${4:-GET}" "$2" ${5+"$5"} | field "$3")
		[ "$got" != "$1" ] || return 0
		tries=$((tries + 1))
		if [ "$tries" -gt 240 ]; then
			printf '%s of %s is %s and does not become %s\n' "$3" "$2" "$got" "$1" >&2
			return 1
		fi
		sleep 0.25
	done
}

step() { printf '\n== %s\n' "$1"; }

step 'first login: the link makes the administrator, once'
call POST /api/auth/accept/ "{\"secret\":\"${LINK#*#}\",\"email\":\"$EMAIL\",\"name\":\"Ana\",\"password\":\"$PASSWORD\"}" >/dev/null
token=$(call POST /api/auth/login/ "{\"email\":\"$EMAIL\",\"password\":\"$PASSWORD\"}" | field access)
call GET /api/auth/me/

step 'the gateway: its key goes in and never comes out'
call POST /api/connections/evolution/config/ "{\"base_url\":\"$GATEWAY\",\"api_key\":\"$GATEWAY_KEY\"}"
call POST /api/connections/evolution/test/

step 'a number, made at the gateway, ten seconds between two messages'
numbers=/api/notifications/whatsapp-instances/
number=$(call POST $numbers '{"instance_name":"vendas","friendly_name":"Vendas","delay_min_seconds":10,"delay_max_seconds":10,"create_at_gateway":true}' | field id)
call POST "$numbers$number/generate_qr/" | field qr_code

step 'the phone scans it: here the emulator does'
curl -sS -f -w '\n' -X POST "$GATEWAY/_emulator/scan/vendas"
until_is open "$numbers$number/check_status/" connection_state POST
until_is verified "$numbers$number/" state

step 'people and a group'
call POST /api/contacts/contacts/bulk_create/ '{"contacts":[
	{"name":"Ana Souza","phone":"(11) 90000-0001","quem_indicou":"Bia"},
	{"name":"Bruno Lima","phone":"11 90000-0002","tags":["vip"]},
	{"name":"Carla Dias","phone":"+55 11 90000-0003","custom_vars":{"cidade":"Santos"}},
	{"name":"Davi Reis","phone":"5511900000004"}]}'
ids=$(call GET /api/contacts/contacts/ | grep -o '"id":[0-9]*' | cut -d: -f2 | paste -s -d, -)
group=$(call POST /api/contacts/groups/ '{"name":"Clientes"}' | field id)
call POST "/api/contacts/groups/$group/add_contacts/" "{\"contacts\":[$ids]}"

step 'a campaign of two messages that take turns, to the group'
campaigns=/api/campaigns/campaigns/
campaign=$campaigns$(call POST $campaigns "{\"name\":\"Páscoa\",\"schedule_type\":\"immediate\",\"instances\":[$number],\"groups\":[$group],
	\"messages\":[{\"message_text\":\"{{saudacao}}, {{primeiro_nome|amigo}}!\"},{\"message_text\":\"Oi, {{nome}}. Boa {{dia_semana}}!\"}]}" | field id)/
call GET "${campaign}messages/1/preview/"

step 'start, pause, resume at a quicker pace'
call POST "${campaign}start/" | field status
until_is 1 "$campaign" sent_messages
call POST "${campaign}pause/" '{"reason":"almoço"}' | field status
paused=$(call GET "$campaign" | field sent_messages)
sleep 2
[ "$(call GET "$campaign" | field sent_messages)" = "$paused" ] # when a pause has returned, nothing starts
call PATCH "$numbers$number/" '{"delay_min_seconds":1,"delay_max_seconds":1}' | field delay_min_seconds
call POST "${campaign}resume/" | field status

step 'completed; delivered and read come in by webhook'
until_is completed "$campaign" status
until_is 4 "${campaign}metrics/" read

step 'one person answers, another wants no more messages'
curl -sS -f -w '\n' -X POST "$GATEWAY/_emulator/inbound" -d '{"instance":"vendas","from":"5511900000001","text":"Quero saber mais"}'
curl -sS -f -w '\n' -X POST "$GATEWAY/_emulator/inbound" -d '{"instance":"vendas","from":"5511900000002","text":"SAIR"}'
until_is true /api/contacts/contacts/opt_out_status/ opted_out POST '{"phones":["11 90000-0002"]}'
until_is 2 "${campaign}metrics/" responded

step 'logs, people by status, figures'
call GET "${campaign}logs/?page_size=5"
call GET "${campaign}contacts/?status=read"
call GET "${campaign}metrics/"

printf '\ncompleted: %s sent, %s read, %s answered\n' "$(call GET "$campaign" | field sent_messages)" \
	"$(call GET "${campaign}metrics/" | field read)" "$(call GET "$campaign" | field responded_count)"

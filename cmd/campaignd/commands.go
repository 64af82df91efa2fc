package main

import "github.com/alreasense/campaigns/cmd/campaignd/internal/desk"

const description = `Sends WhatsApp campaigns through Evolution API: nobody twice, nobody lost.

Settings come from flags or from the environment, which each flag names. Secrets
come from the environment alone, as themselves or in a file:

  EVOLUTION_API_KEY    or EVOLUTION_API_KEY_FILE    the gateway's key
  DATABASE_URL         or DATABASE_URL_FILE         sqlite:/absolute/path or
                                                    postgres://user:password@host:5432/database
  REDIS_URL            or REDIS_URL_FILE            redis://, rediss:// or unix://
  CAMPAIGND_SECRET     or CAMPAIGND_SECRET_FILE     the key of the opt-outs and of the gateways'
                                                    keys; by default it lies in the data
                                                    directory
`

// firstSteps is what a newcomer reads who has typed the name alone, and
// primeirosPassos the same in Portuguese.
const firstSteps = `campaignd sends WhatsApp campaigns through Evolution API: nobody twice, nobody lost.

Three steps from here:

  campaignd demo
      a whole campaign in ten seconds, against an emulated gateway: nothing leaves
      this machine

  campaignd serve
      the daemon; it keeps its data in one directory and says where

  campaignd test-send --to "+55 11 90000-0001" --dry-run
      one message through your own gateway (EVOLUTION_API_URL, EVOLUTION_API_KEY);
      without --dry-run it is sent

campaignd --help lists everything else.
`

const primeirosPassos = `campaignd envia campanhas de WhatsApp pela Evolution API: ninguém recebe duas
vezes, ninguém fica sem.

Três passos para começar:

  campaignd demo
      uma campanha inteira em dez segundos, com um gateway emulado: nada sai desta
      máquina

  campaignd serve
      o serviço; guarda os dados num diretório só, e diz qual

  campaignd test-send --to "+55 11 90000-0001" --dry-run
      uma mensagem pelo seu próprio gateway (EVOLUTION_API_URL, EVOLUTION_API_KEY);
      sem --dry-run ela é enviada

campaignd --help lista todo o resto.
`

// commands is the command line.
type commands struct {
	Demo     demoCommand     `cmd:"" help:"Play a whole campaign against an emulated gateway."`
	Serve    serveCommand    `cmd:"" help:"Run the daemon."`
	TestSend testSendCommand `cmd:"" help:"Send one message through your gateway, or show what would be sent."`
	Check    checkCommand    `cmd:"" help:"Check that the database keeps every rule of the ledger."`
	Backup   backupCommand   `cmd:"" help:"Write the database into a file."`
	Restore  restoreCommand  `cmd:"" help:"Make a new database of a backup."`
	Copy     copyCommand     `cmd:"" help:"Move the installation to another database, SQLite or PostgreSQL."`

	Campaign  campaignCommand  `cmd:"" help:"Campaigns: make, start, pause, watch."`
	Contacts  contactsCommand  `cmd:"" help:"People: list, search, import, export and erase one."`
	Group     groupCommand     `cmd:"" help:"Groups of people."`
	Optout    optOutCommand    `cmd:"" help:"People who want no messages: record, list, words, what may have been meant."`
	Unknown   unknownCommand   `cmd:"" help:"Sends of which nobody knows whether they went out."`
	Instance  instanceCommand  `cmd:"" help:"WhatsApp numbers: create, connect, pace."`
	Gateway   gatewayCommand   `cmd:"" help:"The tenant's own gateway."`
	Calendar  calendarCommand  `cmd:"" help:"Your holidays: states, optional days, days of your own."`
	Webhook   webhookCommand   `cmd:"" help:"The tenant's own systems, which are told what happens."`
	Tenant    tenantCommand    `cmd:"" help:"Customers of this installation."`
	User      userCommand      `cmd:"" help:"Who may log in."`
	Token     tokenCommand     `cmd:"" help:"API tokens, for programs."`
	Status    statusCommand    `cmd:"" help:"What goes on, and what needs somebody."`
	Doctor    doctorCommand    `cmd:"" help:"Look at everything that a daemon needs, and say what to do."`
	Health    healthCommand    `cmd:"" help:"Whether a daemon answers, for containers."`
	StopAll   stopAllCommand   `cmd:"" help:"Stop everything, in every daemon and over restarts: when this returns, nothing starts."`
	ResumeAll resumeAllCommand `cmd:"" help:"Go on after stop-all, in every daemon."`

	Emulator  emulatorCommand  `cmd:"" help:"Run a stand-in for Evolution API that sends nothing and remembers everything."`
	Simulate  simulateCommand  `cmd:"" help:"Play days of crashes in seconds, and look for a broken promise."`
	Holidays  holidaysCommand  `cmd:"" help:"List a year's holidays, one a line."`
	Variables variablesCommand `cmd:"" help:"List what a message can ask for: {{nome}}, {{saudacao}} …"`
	Version   versionCommand   `cmd:"" help:"Print the version, Go's version and the commit."`

	Completion completionCommand `cmd:"" help:"Print the script by which bash, zsh or fish complete a line."`
	Complete   completeCommand   `cmd:"" hidden:"" help:"What a line can go on with."`
}

// The commands of package desk, each with the flags that say which
// installation is meant.
type (
	campaignCommand struct {
		deskFlags
		desk.Campaigns
	}
	contactsCommand struct {
		deskFlags
		desk.Contacts
	}
	groupCommand struct {
		deskFlags
		desk.Groups
	}
	optOutCommand struct {
		deskFlags
		desk.OptOut
	}
	unknownCommand struct {
		deskFlags
		desk.Unknowns
	}
	instanceCommand struct {
		deskFlags
		desk.Instances
	}
	gatewayCommand struct {
		deskFlags
		desk.Gateways
	}
	calendarCommand struct {
		deskFlags
		desk.Calendar
	}
	webhookCommand struct {
		deskFlags
		desk.Webhooks
	}
	tenantCommand struct {
		deskFlags
		desk.Tenants
	}
	userCommand struct {
		deskFlags
		desk.Users
	}
	tokenCommand struct {
		deskFlags
		desk.Tokens
	}
	statusCommand struct {
		deskFlags
		desk.Status
	}
	stopAllCommand struct {
		deskFlags
		desk.StopAll
	}
	resumeAllCommand struct {
		deskFlags
		desk.ResumeAll
	}
)

/* SPDX-License-Identifier: ISC */
#include "src/cli/help.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

static const struct cli_command *const commands[] = {
	&cmd_login,
	&cmd_send,
	&cmd_listen,
	&cmd_ticks,
	&cmd_history,
	&cmd_chats,
	&cmd_unread,
	&cmd_mute,
	&cmd_archive,
	&cmd_pin,
	&cmd_star,
	&cmd_hide,
	&cmd_react,
	&cmd_edit,
	&cmd_delete,
	&cmd_forward,
	&cmd_poll,
	&cmd_vote,
	&cmd_location,
	&cmd_media,
	&cmd_card,
	&cmd_top,
	&cmd_disappear,
	&cmd_group,
	&cmd_channel,
	&cmd_device,
	&cmd_link,
	&cmd_presence,
	&cmd_typing,
	&cmd_signal,
	&cmd_xml,
};

enum { COMMANDS = sizeof(commands) / sizeof(commands[0]) };

static const char options[] =
    "Options:\n"
    "  -s, --server HOST[:PORT]  the server; the default is localhost:5290\n"
    "  -u, --user USER           who you are; the default is $USER\n"
    "  --password-file FILE      its first line is the password\n"
    "  --mechanism NAME          how it is shown to the server: plain,\n"
    "                            scram-sha-256 or scram-sha-256-plus; the\n"
    "                            default is automatic\n"
    "  --ca FILE                 trust these certificates (PEM), not the\n"
    "                            system's\n"
    "  --insecure                do not check whose server it is: tests only\n"
    "  --device NAME             name this device; the default is the machine\n"
    "  --state DIR               where token and state are kept\n"
    "  --json                    one JSON object a line\n"
    "  -h, --help                this text; COMMAND --help tells more\n"
    "  -V, --version             the version\n"
    "\n";

static const char examples[] =
    "Examples:\n"
    "  stonechat -s chat.example.org -u alice\n"
    "  stonechat -s chat.example.org -u alice login\n"
    "  stonechat -s chat.example.org -u alice send bob 'hello' --wait read\n"
    "  stonechat -s chat.example.org -u alice listen --count 1\n"
    "\n"
    "Exit status: 0 done, 1 refused or failed, 2 wrong usage.\n";

const struct cli_command *
help_find(const char *name)
{
	size_t i;

	for (i = 0; i < COMMANDS; i++)
		if (strcmp(commands[i]->name, name) == 0)
			return commands[i];
	return NULL;
}

void
help_print(void)
{
	size_t i;

	printf("usage: stonechat [OPTION...] [COMMAND [ARGUMENT...]]\n\n"
	    "Sends and receives messages through a Stonechat server.  Without "
	    "a command:\na conversation, a line a message; /help lists what "
	    "else can be typed.\n\n"
	    "Commands:\n");
	for (i = 0; i < COMMANDS; i++)
		printf("  %-9s %s\n", commands[i]->name, commands[i]->help);
	printf("\n%s%s", options, examples);
}

void
help_print_command(const struct cli_command *command)
{
	printf("usage: stonechat [OPTION...] %s%s%s\n\n%c%s.\n",
	    command->name, *command->usage == '\0' ? "" : " ",
	    command->usage, toupper((unsigned char)command->help[0]),
	    command->help + 1);
	if (command->more != NULL)
		printf("\n%s", command->more);
}

bool
help_wanted(int argc, char **argv)
{
	int i;

	for (i = 1; i < argc && strcmp(argv[i], "--") != 0; i++)
		if (strcmp(argv[i], "--help") == 0)
			return true;
	return false;
}

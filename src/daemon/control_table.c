/* SPDX-License-Identifier: ISC */
/* The commands of the control socket: one table in each control_NAME.c. */
#include <string.h>

#include "src/daemon/control.h"

static const struct control_command *const groups[] = {
	control_backup,
	control_chat,
	control_config,
	control_device,
	control_module,
	control_server,
	control_session,
	control_stats,
	control_trace,
	control_user,
};

const struct control_command *
control_find(const char *name)
{
	const struct control_command *cmd;

	for (size_t i = 0; i < sizeof(groups) / sizeof(groups[0]); i++)
		for (cmd = groups[i]; cmd->name != NULL; cmd++)
			if (strcmp(cmd->name, name) == 0)
				return cmd;
	return NULL;
}

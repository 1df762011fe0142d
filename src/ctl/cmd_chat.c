/* SPDX-License-Identifier: ISC */
/* Commands: chats. */
#include <stdlib.h>

#include "src/ctl/ctl.h"
#include "src/ctl/table.h"

static const struct ctl_column list_columns[] = {
	{"number", "NUMBER"},
	{"id", "ID"},
	{"kind", "KIND"},
	{"with", "WITH"},
	{"name", "NAME"},
	{"total", "MEMBERS"},
	{"head", "HEAD"},
	{"read", "READ"},
	{"unread", "UNREAD"},
	{"last", "LAST ENTRY"},
	{NULL, NULL},
};

static const struct ctl_column show_columns[] = {
	{"id", "id"},
	{"kind", "kind"},
	{"open", "takes messages"},
	{"created", "created"},
	{"head", "entries"},
	{"last", "last entry"},
	{NULL, NULL},
};

static const struct ctl_column member_columns[] = {
	{"user", "MEMBER"},
	{"user-id", "ID"},
	{"number", "NUMBER"},
	{"delivered", "DELIVERED"},
	{"delivered-time", "AT"},
	{"read", "READ"},
	{"read-time", "AT"},
	{NULL, NULL},
};

/* The same of groups and channels. */
static const struct ctl_column roster_columns[] = {
	{"id", "id"},
	{"kind", "kind"},
	{"name", "name"},
	{"topic", "topic"},
	{"owner", "owner"},
	{"total", "members"},
	{"created", "created"},
	{"head", "entries"},
	{"last", "last entry"},
	{NULL, NULL},
};

static const struct ctl_column role_columns[] = {
	{"user", "MEMBER"},
	{"role", "ROLE"},
	{"user-id", "ID"},
	{"number", "NUMBER"},
	{"delivered", "DELIVERED"},
	{"read", "READ"},
	{NULL, NULL},
};

/* A mark is an object; a table has cells. */
static json_t *
flat_member(const json_t *member)
{
	static const char *const marks[] = {"delivered", "read"};
	json_t *flat = json_copy((json_t *)(uintptr_t)member);
	const json_t *mark;
	char name[32];

	for (size_t i = 0; i < 2; i++) {
		mark = json_object_get(member, marks[i]);
		(void)snprintf(name, sizeof(name), "%s-time", marks[i]);
		json_object_set(flat, name, json_object_get(mark, "time"));
		json_object_set(flat, marks[i], json_object_get(mark, "seq"));
	}
	return flat;
}

/* The owners in one cell. */
static json_t *
flat_chat(const json_t *item)
{
	json_t *flat = json_copy((json_t *)(uintptr_t)item);
	const json_t *owners = json_object_get(item, "owners"), *name;
	char cell[200] = "";
	size_t i, n = 0;

	json_array_foreach(owners, i, name) {
		if (!json_is_string(name) || n >= sizeof(cell))
			continue;
		n += (size_t)snprintf(cell + n, sizeof(cell) - n, "%s%s",
		    n == 0 ? "" : ", ", json_string_value(name));
	}
	if (n > 0)
		json_object_set_new(flat, "owner", json_string(cell));
	return flat;
}

static void
print_chat(void *arg, const json_t *item)
{
	bool roster = json_object_get(item, "total") != NULL;
	struct table t;
	json_t *member, *flat = flat_chat(item);
	size_t i;

	(void)arg;
	table_init(&t, roster ? roster_columns : show_columns, false);
	table_add(&t, flat);
	table_fini(&t);
	json_decref(flat);
	putchar('\n');
	table_init(&t, roster ? role_columns : member_columns, true);
	json_array_foreach(json_object_get(item, "members"), i, member) {
		flat = flat_member(member);
		table_add(&t, flat);
		json_decref(flat);
	}
	table_fini(&t);
}

static int
show(struct ctl *c)
{
	json_t *last;
	int rc = ctl_send_take(c, ctl_request(c));

	if (rc == 0)
		rc = ctl_answer(c, print_chat, NULL, &last);
	if (rc == 0)
		json_decref(last);
	return rc;
}

static const struct ctl_column history_columns[] = {
	{"seq", "SEQ"},
	{"time", "TIME"},
	{"from", "FROM"},
	{"device", "DEVICE"},
	{"bytes", "BYTES"},
	{"encoding", "ENCODING"},
	{"skip", "SKIP"},
	{NULL, NULL},
};

static const struct ctl_column bodies_columns[] = {
	{"seq", "SEQ"},
	{"time", "TIME"},
	{"from", "FROM"},
	{"skip", "SKIP"},
	{"content", "CONTENT"},
	{NULL, NULL},
};

static int
history(struct ctl *c)
{
	return ctl_run_columns(c, ctl_option(c, "bodies", NULL) ?
	    bodies_columns : history_columns);
}

const struct ctl_command cmd_chat[] = {
	{.name = "chat list",
	    .what = "print the chats of a user",
	    .args = "USER", .columns = list_columns,
	    .list = true},
	{.name = "chat show",
	    .what = "print a chat and its members",
	    .args = "CHAT", .run = show},
	{.name = "chat history",
	    .what = "print the newest entries, or those before one",
	    .args = "CHAT", .options = {
	    {"limit", CTL_NUMBER, "N", 1, 1000},
	    {"before", CTL_NUMBER, "SEQ", 1, INT64_MAX},
	    {"bodies", CTL_FLAG, NULL, 0, 0}}, .list = true, .run = history},
	{.name = NULL},
};

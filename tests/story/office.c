/* SPDX-License-Identifier: ISC */
#include "tests/story/office.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

enum { PAGE = 1000 };	/* entries, as chat history gives at most */

static FILE *
open_line(const char *path)
{
	struct sockaddr_un a = {.sun_family = AF_UNIX};
	FILE *f = NULL;
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return NULL;
	snprintf(a.sun_path, sizeof(a.sun_path), "%s", path);
	if (connect(fd, (struct sockaddr *)&a, sizeof(a)) == 0)
		f = fdopen(fd, "r+");
	if (f == NULL)
		close(fd);
	return f;
}

/* Lines up to the one that ends the answer: whether it says ok. */
static bool
read_items(FILE *f, json_t *items)
{
	char *line = NULL;
	size_t size = 0;
	bool ok = false, ended = false;

	while (!ended && getline(&line, &size, f) > 0) {
		json_t *j = json_loads(line, 0, NULL);
		json_t *item = json_object_get(j, "item");

		if (item != NULL)
			json_array_append(items, item);
		ended = item == NULL;
		ok = ended && json_is_true(json_object_get(j, "ok"));
		if (ended && !ok)
			printf("# the operator was told: %s", line);
		json_decref(j);
	}
	free(line);
	return ok;
}

json_t *
office_ask_take(const char *socket, json_t *request)
{
	char *text = json_dumps(request, JSON_COMPACT);
	json_t *items = json_array();
	FILE *f = open_line(socket);
	bool ok = f != NULL && fprintf(f, "%s\n", text) > 0 &&
	    fflush(f) == 0 && read_items(f, items);

	if (f != NULL)
		fclose(f);
	free(text);
	json_decref(request);
	if (ok)
		return items;
	json_decref(items);
	return NULL;
}

int
office_add_user(const char *socket, const char *name)
{
	char password[128];
	json_t *j;

	snprintf(password, sizeof(password), "%s-secret", name);
	j = office_ask_take(socket, json_pack("{s:s, s:s, s:s}", "command",
	    "user add", "name", name, "password", password));
	json_decref(j);
	return j == NULL ? -1 : 0;
}

json_t *
office_show(const char *socket, const char *chat)
{
	json_t *items = office_ask_take(socket, json_pack("{s:s, s:s}",
	    "command", "chat show", "chat", chat));
	json_t *first = json_incref(json_array_get(items, 0));

	json_decref(items);
	return first;
}

json_t *
office_history(const char *socket, const char *chat, uint64_t head)
{
	json_t *all = json_array(), *page;

	for (uint64_t first = 1, n; first <= head; first += n) {
		n = head - first + 1 < PAGE ? head - first + 1 : PAGE;
		page = office_ask_take(socket, json_pack(
		    "{s:s, s:s, s:I, s:I, s:b}", "command", "chat history",
		    "chat", chat, "limit", (json_int_t)n, "before",
		    (json_int_t)(first + n), "bodies", 1));
		json_array_extend(all, page);
		json_decref(page);
	}
	return all;
}

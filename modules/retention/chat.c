/* SPDX-License-Identifier: ISC */
/* How long the entries of a chat are kept. */
#include "retention.h"

#include <stdlib.h>
#include <string.h>

enum { CHAT_TEXT = 100 };

/* "USER:NUMBER". */
static int
chat_of_user(struct tx *tx, char *text, struct chat_id *id)
{
	char *colon = strrchr(text, ':'), *end;
	unsigned long long number;
	struct sc_user u;
	int rc;

	if (colon == NULL)
		return SC_EBADREQUEST;
	*colon = '\0';
	number = strtoull(colon + 1, &end, 10);
	if (end == colon + 1 || *end != '\0')
		return SC_EBADREQUEST;
	rc = scm_user_by_name(tx, slice_str(text), &u);
	return rc != 0 ? rc : scm_chat_by_number(tx, u.id, number, id);
}

static int
find_chat(struct tx *tx, struct sc_command *c, struct chat *chat)
{
	struct slice name = scm_argument(c, "chat");
	char text[CHAT_TEXT];
	struct chat_id id;
	int rc;

	if (name.len >= sizeof(text))
		name.len = 0;
	memcpy(text, name.p, name.len);
	text[name.len] = '\0';
	if (*text == '#')
		rc = chat_id_parse(name, &id) == 0 ? 0 : SC_EBADREQUEST;
	else
		rc = chat_of_user(tx, text, &id);
	if (rc == 0)
		rc = scm_chat_get_locked(tx, &id, chat);
	if (rc == SC_EBADREQUEST)
		return scm_refuse(c, rc, "this is no chat: expected #ID or "
		    "USER:NUMBER, as chat list shows them");
	if (rc == SC_ENOTFOUND)
		return scm_refuse(c, rc, "there is no such chat: chat list "
		    "shows those of a user");
	if (rc == 0 && chat->kind == CHAT_KIND_SYSTEM)
		return scm_refuse(c, SC_EFORBIDDEN, "this is the log of an "
		    "account: it is kept as long as the account");
	return rc;
}

/* The class of that many days, a new one if none is. */
static int
class_of_days(struct sc_module *m, struct tx *tx, struct sc_command *c,
    uint32_t days, unsigned *class)
{
	unsigned unused = 0;
	uint32_t have;
	int rc;

	for (*class = CLASS_DAYS; *class < SC_CLASSES; (*class)++) {
		rc = retention_days_get(m, tx, *class, &have);
		if (rc == 0 && have == days)
			return 0;
		if (rc != 0 && rc != SC_ENOTFOUND)
			return rc;
		if (rc == SC_ENOTFOUND && unused == 0)
			unused = *class;
	}
	*class = unused;
	if (unused == 0)
		return scm_refuse(c, SC_ERESOURCE, "too many different numbers "
		    "of days are in use: take one that another chat has");
	return retention_days_put(m, tx, unused, days);
}

/* What the argument `keep' says, for a chat of that kind. */
static int
class_wanted(struct sc_module *m, struct tx *tx, struct sc_command *c,
    enum chat_kind kind, unsigned *class)
{
	struct slice text = scm_argument(c, "keep");
	char copy[SC_KEEP_TEXT] = "";
	uint32_t keep;

	if (text.len < sizeof(copy))
		memcpy(copy, text.p, text.len);
	*class = 0;
	if (strcmp(copy, "default") == 0)
		return 0;
	if (!scm_keep_parse(copy, &keep) ||
	    (keep != SC_KEEP_FOREVER && keep > 36500))
		return scm_refuse(c, SC_EBADREQUEST, "expected a number of "
		    "days from 1 to 36500, forever, until-delivered or "
		    "default");
	if (keep == SC_KEEP_UNTIL_DELIVERED && kind != CHAT_KIND_DIRECT &&
	    kind != CHAT_KIND_GROUP)
		return scm_refuse(c, SC_EBADREQUEST, "only direct chats and "
		    "groups wait until everybody has an entry: expected days "
		    "or forever");
	*class = keep == SC_KEEP_FOREVER ? CLASS_FOREVER : CLASS_DELIVERED;
	return keep == SC_KEEP_FOREVER || keep == SC_KEEP_UNTIL_DELIVERED ? 0
	    : class_of_days(m, tx, c, keep, class);
}

int
retention_chat_run(struct sc_module *m, struct tx *tx, struct sc_command *c)
{
	char text[SC_KEEP_TEXT];
	struct chat chat;
	uint32_t keep;
	int rc = find_chat(tx, c, &chat);

	if (rc == 0 && scm_argument(c, "keep").p != NULL) {
		unsigned class;

		rc = class_wanted(m, tx, c, chat.kind, &class);
		if (rc == 0)
			rc = scm_chat_set_class(tx, &chat.id, class);
		chat.class = class;
	}
	if (rc == 0)
		rc = retention_keep(m, tx, scm_chat_class(&chat), &keep);
	if (rc == 0)
		rc = scm_item(tx, c);
	if (rc == 0)
		rc = scm_item_text(tx, c, "kind",
		    slice_str(retention_kinds[chat.kind]));
	if (rc == 0)
		rc = scm_item_text(tx, c, "keep",
		    slice_str(scm_keep_print(keep, text)));
	return rc != 0 ? rc : scm_item_text(tx, c, "own",
	    slice_str(chat.class != 0 ? "yes" : "no"));
}

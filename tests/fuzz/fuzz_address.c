/* SPDX-License-Identifier: ISC */
#include "protocol/address.h"
#include "src/common/err.h"
#include "tests/fuzz/fuzz.h"

/* What is accepted has one form. */
static void
check_name(struct slice name)
{
	char once[USER_NAME_MAX + 1], twice[USER_NAME_MAX + 1];
	int rc = user_name_prepare(name, once);

	fuzz_check(rc == 0 || rc == SC_EBADREQUEST);
	if (rc != 0)
		return;
	fuzz_check(strlen(once) == name.len);
	fuzz_check(user_name_prepare(slice_str(once), twice) == 0);
	fuzz_check(strcmp(once, twice) == 0);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct slice text = slice_of(data, size), name, domain;
	char again[CHAT_ID_TEXT + 1];
	struct chat_id id;
	int rc;

	rc = chat_id_parse(text, &id);
	fuzz_check(rc == 0 || rc == SC_EBADREQUEST);
	if (rc == 0) {
		chat_id_print(&id, again);
		fuzz_check(slice_equal(slice_str(again), text));
	}
	check_name(text);
	address_split(text, &name, &domain);
	fuzz_check(name.len + domain.len + (name.len < size) == size);
	check_name(name);
	return 0;
}

/* SPDX-License-Identifier: ISC */
#include <string.h>

#include "src/daemon/config.h"
#include "tests/fuzz/fuzz.h"

/* A configuration file: it is good, or a sentence says where it is not. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char why[1024] = "";
	struct config conf;
	int rc;

	rc = config_parse_again(&conf, NULL, "test.xml", (const char *)data, size, why,
	    sizeof(why));
	fuzz_check(rc == 0 || rc == -1);
	fuzz_check((rc == 0) == (why[0] == '\0'));
	if (rc == 0) {
		fuzz_check(conf.store_dir != NULL && conf.control != NULL);
		config_fini(&conf);
	} else {
		fuzz_check(strncmp(why, "test.xml:", 9) == 0);
	}
	return 0;
}

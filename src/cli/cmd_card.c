/* SPDX-License-Identifier: ISC */
/* card: a contact. */
#include <string.h>

#include "src/cli/say.h"

static int
card_run(struct cli *c, int argc, char **argv)
{
	struct say s = {.m.kind = SC_KIND_CARD};

	if (argc < 3 || argc > 4)
		return cli_usage(c);
	s.to = argv[1];
	s.m.name = argv[2];
	s.m.text = argv[3];	/* NULL, if it is not there */
	s.m.textlen = argc == 4 ? strlen(argv[3]) : 0;
	return say_run(c, &s, 0);
}

const struct cli_command cmd_card = {
	"card", "TO NAME [VCARD]", "send a contact", card_run,
	"Example:\n"
	"  stonechat -u alice card bob 'Carol Smith' \"$(cat carol.vcf)\"\n",
};

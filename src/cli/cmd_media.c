/* SPDX-License-Identifier: ISC */
/* media: files that were uploaded. */
#include <getopt.h>
#include <string.h>

#include "protocol/base64url.h"
#include "src/cli/say.h"
#include "src/common/slice.h"

enum { BYTES_MAX = 768 };	/* of a reference, a hash, a key */

struct bytes {
	uint8_t p[BYTES_MAX];
	size_t n;
};

/* Bytes are base64url, as in XML. */
static bool
take_bytes(const char *text, struct bytes *b)
{
	b->n = sizeof(b->p);
	return strlen(text) <= BYTES_MAX / 3 * 4 &&
	    base64url_decode(slice_str(text), b->p, &b->n) == 0 && b->n > 0;
}

static int
media_run(struct cli *c, int argc, char **argv)
{
	static const struct option options[] = {
		{"key", required_argument, NULL, 'k'},
		{"sticker", no_argument, NULL, 's'},
		{NULL, 0, NULL, 0},
	};
	struct say s = {.m.kind = SC_KIND_MEDIA};
	struct bytes ref, hash, key = {.n = 0};
	bool good = true;
	int opt;

	while ((opt = getopt_long(argc, argv, "+", options, NULL)) != -1) {
		if (opt == 's')
			s.m.kind = SC_KIND_STICKER;
		else
			good = good && opt == 'k' && take_bytes(optarg, &key);
	}
	argv += optind;
	argc -= optind;
	if (!good || argc < 5 || argc > 6 || !take_bytes(argv[1], &ref) ||
	    !cli_number(argv[3], 0, INT64_MAX, &s.m.size) ||
	    !take_bytes(argv[4], &hash) ||
	    (argc == 6 && s.m.kind == SC_KIND_STICKER))
		return cli_usage(c);
	s.to = argv[0];
	s.m.mime = argv[2];
	s.m.ref = ref.p;
	s.m.reflen = ref.n;
	s.m.hash = hash.p;
	s.m.hashlen = hash.n;
	s.m.key = key.p;
	s.m.keylen = key.n;
	s.m.text = argc == 6 ? argv[5] : NULL;
	s.m.textlen = argc == 6 ? strlen(argv[5]) : 0;
	return say_run(c, &s, 0);
}

const struct cli_command cmd_media = {
	"media", "[--sticker] [--key KEY] TO REF TYPE SIZE HASH [CAPTION]",
	"send a file that was uploaded", media_run,
	"What the store of files has said of it: its reference and hash, and the\n"
	"key that opens it, in base64url; its type (image/jpeg); its bytes.\n"
	"\n"
	"  --sticker    it is a sticker, without a caption\n"
	"\n"
	"Example:\n"
	"  stonechat -u alice media bob cGlj image/png 2048 qrs 'the gate'\n",
};

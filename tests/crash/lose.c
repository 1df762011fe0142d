/* SPDX-License-Identifier: ISC */
/*
 * lose IMAGE DIR: the power is lost: DIR becomes what the disk had (image.h).
 */
#include <stdio.h>

#include "tests/crash/image.h"

int
main(int argc, char **argv)
{
	if (argc != 3) {
		fputs("usage: lose IMAGE DIR\n", stderr);
		return 2;
	}
	image_lose(argv[1], argv[2], 0, 1);
	return 0;
}

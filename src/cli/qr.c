/* SPDX-License-Identifier: ISC */
#include "src/cli/qr.h"

#ifdef HAVE_QRENCODE

#include <qrencode.h>
#include <stdio.h>

enum { MARGIN = 4 };	/* light modules around it, as the standard says */

static bool
is_dark(const QRcode *q, int x, int y)
{
	if (x < 0 || y < 0 || x >= q->width || y >= q->width)
		return false;
	return (q->data[y * q->width + x] & 1) != 0;
}

/* Two rows in a line: each character is two modules, one above the other. */
static void
print_rows(const QRcode *q, int y, bool colours)
{
	static const char *const blocks[] = {"█", "▀", "▄", " "};

	if (colours)	/* light is white, dark is black */
		fputs("\033[97;40m", stdout);
	for (int x = -MARGIN; x < q->width + MARGIN; x++)
		fputs(blocks[(is_dark(q, x, y) ? 2 : 0) +
		    (is_dark(q, x, y + 1) ? 1 : 0)], stdout);
	if (colours)
		fputs("\033[0m", stdout);
	fputc('\n', stdout);
}

bool
qr_print(const char *text, bool colours)
{
	QRcode *q = QRcode_encodeString8bit(text, 0, QR_ECLEVEL_M);

	if (q == NULL)
		return false;
	for (int y = -MARGIN; y < q->width + MARGIN; y += 2)
		print_rows(q, y, colours);
	QRcode_free(q);
	return true;
}

#else

bool
qr_print(const char *text, bool colours)
{
	(void)text, (void)colours;
	return false;
}

#endif

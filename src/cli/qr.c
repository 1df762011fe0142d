/* SPDX-License-Identifier: ISC */
#include "src/cli/qr.h"

#ifdef HAVE_QRENCODE

#include <qrencode.h>

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
put_rows(const QRcode *q, int y, bool colours, struct buf *b)
{
	static const char *const blocks[] = {"█", "▀", "▄", " "};

	if (colours)	/* light is white, dark is black */
		buf_put_str(b, "\033[97;40m");
	for (int x = -MARGIN; x < q->width + MARGIN; x++)
		buf_put_str(b, blocks[(is_dark(q, x, y) ? 2 : 0) +
		    (is_dark(q, x, y + 1) ? 1 : 0)]);
	if (colours)
		buf_put_str(b, "\033[0m");
	buf_put_u8(b, '\n');
}

bool
qr_put(const char *text, bool colours, struct buf *b)
{
	/* a screen has no stains, and often only 24 rows */
	QRcode *q = QRcode_encodeString8bit(text, 0, QR_ECLEVEL_L);

	if (q == NULL)
		return false;
	for (int y = -MARGIN; y < q->width + MARGIN; y += 2)
		put_rows(q, y, colours, b);
	QRcode_free(q);
	return true;
}

#else

bool
qr_put(const char *text, bool colours, struct buf *b)
{
	(void)text, (void)colours, (void)b;
	return false;
}

#endif

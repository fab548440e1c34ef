/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "policy/language/yaml_text.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>

struct walk {
	const uint8_t *at;
	size_t left;
	struct place place;
	bool indentation; /* only blanks so far on this line */
};

static int check_mark(struct report *report, const struct walk *walk)
{
	if (walk->left >= 3 && memcmp(walk->at, "\xef\xbb\xbf", 3) == 0)
		return report_stop(report, walk->place, -EINVAL,
		                   "the file begins with a byte order mark; save it as UTF-8 without one");
	if (walk->left >= 2 && (memcmp(walk->at, "\xff\xfe", 2) == 0 || memcmp(walk->at, "\xfe\xff", 2) == 0))
		return report_stop(report, walk->place, -EINVAL, "the file is UTF-16; save it as UTF-8");
	return 0;
}

static int check_ascii(struct report *report, const struct walk *walk)
{
	uint8_t c = walk->at[0];

	if (c == '\t' && walk->indentation)
		return report_stop(report, walk->place, -EINVAL, "a tab as indentation; YAML takes only spaces here");
	if (c == '\r' && (walk->left < 2 || walk->at[1] != '\n'))
		return report_stop(report, walk->place, -EINVAL, "a carriage return alone; end lines with LF or CR LF");
	if (c == '\0')
		return report_stop(report, walk->place, -EINVAL, "a NUL byte; a policy is text");
	if ((c < 0x20 && c != '\t' && c != '\n' && c != '\r') || c == 0x7f)
		return report_stop(report, walk->place, -EINVAL, "control character 0x%02x; a policy is text", c);
	return 0;
}

/* U+0085, U+2028 and U+2029 break lines in YAML 1.1 but in no editor; U+202A..202E and U+2066..2069 make the file
 * look different from what it says. */
static int check_wide(struct report *report, const struct walk *walk, size_t size)
{
	const uint8_t *at = walk->at;
	bool control = size == 2 && at[0] == 0xc2 && at[1] < 0xa0;
	bool separator = size == 3 && at[0] == 0xe2 && at[1] == 0x80 && (at[2] == 0xa8 || at[2] == 0xa9);
	bool embedding = size == 3 && at[0] == 0xe2 && at[1] == 0x80 && at[2] >= 0xaa && at[2] <= 0xae;
	bool isolate = size == 3 && at[0] == 0xe2 && at[1] == 0x81 && at[2] >= 0xa6 && at[2] <= 0xa9;
	bool mark = size == 3 && memcmp(at, "\xef\xbb\xbf", 3) == 0;

	if (size == 0)
		return report_stop(report, walk->place, -EINVAL,
		                   "byte 0x%02x is not valid UTF-8 here; save the file as UTF-8", at[0]);
	if (control || separator || mark)
		return report_stop(report, walk->place, -EINVAL,
		                   "an invisible control character; remove it (only spaces and line ends are blank)");
	if (embedding || isolate)
		return report_stop(report, walk->place, -EINVAL,
		                   "a character that changes the direction of writing; remove it");
	return 0;
}

/* The bytes from here on that are plain and on this line: almost all of a policy. */
static size_t plain_length(const struct walk *walk)
{
	size_t length = 0;

	while (length < walk->left && walk->at[length] >= 0x20 && walk->at[length] < 0x7f)
		length++;
	return length;
}

static void step(struct walk *walk, size_t size, size_t columns)
{
	walk->place.column += (unsigned int)columns;
	walk->at += size;
	walk->left -= size;
}

int yaml_text_check(struct report *report)
{
	const struct report_text *text = &report->texts[report->reading];
	struct walk walk = { (const uint8_t *)text->text, text->length, { 1, 1, report->reading }, true };
	int rc = check_mark(report, &walk);

	while (rc == 0 && walk.left > 0) {
		size_t plain = walk.indentation ? 0 : plain_length(&walk);
		bool ascii;
		size_t size;

		step(&walk, plain, plain);
		if (walk.left == 0)
			break;
		ascii = walk.at[0] < 0x80;
		size = ascii ? 1 : report_utf8_length(walk.at, walk.left);
		rc = ascii ? check_ascii(report, &walk) : check_wide(report, &walk, size);
		if (walk.at[0] == '\n')
			walk.place = (struct place){ walk.place.line + 1, 0, report->reading };
		walk.indentation = walk.at[0] == '\n' || (walk.indentation && walk.at[0] == ' ');
		step(&walk, size, 1);
	}
	return rc;
}

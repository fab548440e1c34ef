/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "policy/base/error.h"

#include <stdio.h>
#include <string.h>

/* Takes the front part of a character off the end of ${text}, where a cut left one: journal and JSON want whole UTF-8.
 */
static void drop_cut_character(char *text)
{
	size_t end = strlen(text);
	size_t start = end;
	unsigned char lead;
	size_t length;

	while (start > 0 && end - start < 3 && ((unsigned char)text[start - 1] & 0xc0) == 0x80)
		start--;
	if (start == 0)
		return;
	lead = (unsigned char)text[start - 1];
	length = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : lead >= 0xc0 ? 2 : 1;
	if (length > end - start + 1)
		text[start - 1] = '\0';
}

static int set_va(struct error *reterr, int code, const char *file, unsigned int line, unsigned int column,
                  const char *format, va_list args) __attribute__((format(printf, 6, 0)));

static int set_va(struct error *reterr, int code, const char *file, unsigned int line, unsigned int column,
                  const char *format, va_list args)
{
	if (!reterr || reterr->code != 0)
		return code;
	reterr->code = code;
	reterr->line = line;
	reterr->column = column;
	if (snprintf(reterr->file, sizeof(reterr->file), "%s", file ? file : "") >= (int)sizeof(reterr->file))
		drop_cut_character(reterr->file);
	if (vsnprintf(reterr->text, sizeof(reterr->text), format, args) >= (int)sizeof(reterr->text))
		drop_cut_character(reterr->text);
	return code;
}

int error_set(struct error *reterr, int code, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	set_va(reterr, code, NULL, 0, 0, format, args);
	va_end(args);
	return code;
}

int error_set_at(struct error *reterr, int code, const char *file, unsigned int line, unsigned int column,
                 const char *format, ...)
{
	va_list args;

	va_start(args, format);
	set_va(reterr, code, file, line, column, format, args);
	va_end(args);
	return code;
}

const char *error_format(const struct error *error, char *buffer, unsigned long size)
{
	if (error->file[0] && error->line && error->column)
		snprintf(buffer, size, "%s:%u:%u: %s", error->file, error->line, error->column, error->text);
	else if (error->file[0] && error->line)
		snprintf(buffer, size, "%s:%u: %s", error->file, error->line, error->text);
	else if (error->file[0])
		snprintf(buffer, size, "%s: %s", error->file, error->text);
	else
		snprintf(buffer, size, "%s", error->text);
	return buffer;
}

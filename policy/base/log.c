/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "policy/base/log.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define LIMIT_WINDOW_MS 10000
#define LIMIT_LINES     10

static const char *log_process = "isoward";
static enum log_level log_highest = LEVEL_INFO;
static bool log_to_journal;

void log_open(const char *process, enum log_level level)
{
	log_process = process;
	log_highest = level;
	log_to_journal = getenv("JOURNAL_STREAM") != NULL;
}

static bool value_is_plain(const char *value)
{
	for (const char *c = value; *c; c++)
		if (*c <= ' ' || *c >= 0x7f || *c == '"' || *c == '\\' || *c == '=')
			return false;
	return value[0] != '\0';
}

static size_t put(char *line, size_t used, const char *text)
{
	size_t length = strlen(text);

	if (length > LOG_LINE_MAX - 2 - used)
		length = LOG_LINE_MAX - 2 - used;
	memcpy(line + used, text, length);
	return used + length;
}

/*
 * Bytes of the well-formed UTF-8 character at ${c}, 0 where there is none. U+0080..U+009F count as none: they are
 * control characters that a terminal may obey. RFC 3629 section 4.
 */
static size_t utf8_length(const unsigned char *c)
{
	if (c[0] < 0x80)
		return 1;
	if (c[0] < 0xc2 || c[0] > 0xf4 || (c[1] & 0xc0) != 0x80 || (c[0] == 0xc2 && c[1] < 0xa0))
		return 0;
	if (c[0] < 0xe0)
		return 2;
	if ((c[2] & 0xc0) != 0x80 || (c[0] == 0xe0 && c[1] < 0xa0) || (c[0] == 0xed && c[1] > 0x9f))
		return 0;
	if (c[0] < 0xf0)
		return 3;
	if ((c[3] & 0xc0) != 0x80 || (c[0] == 0xf0 && c[1] < 0x90) || (c[0] == 0xf4 && c[1] > 0x8f))
		return 0;
	return 4;
}

static size_t put_quoted(char *line, size_t used, const char *value)
{
	used = put(line, used, "\"");
	for (const char *c = value; *c;) {
		size_t length = utf8_length((const unsigned char *)c);
		char piece[5] = { 0 };

		if (*c == '"' || *c == '\\')
			snprintf(piece, sizeof(piece), "\\%c", *c);
		else if (length == 0 || (unsigned char)*c < ' ' || *c == 0x7f)
			snprintf(piece, sizeof(piece), "\\x%02x", (unsigned int)(unsigned char)*c);
		else
			memcpy(piece, c, length);
		if (strlen(piece) + 1 > LOG_LINE_MAX - 2 - used)
			break; /* whole characters only, and room for the closing quote */
		used = put(line, used, piece);
		c += length ? length : 1;
	}
	return put(line, used, "\"");
}

void log_event(enum log_level level, const char *event, ...)
{
	static const char *const names[] = { "", "", "", "error", "warning", "notice", "info", "debug" };
	char line[LOG_LINE_MAX];
	const char *key;
	va_list args;
	size_t used;
	ssize_t ignored;

	if (level > log_highest)
		return;
	if (log_to_journal)
		used = (size_t)snprintf(line, sizeof(line), "<%d>%s: %s", (int)level, log_process, event);
	else
		used = (size_t)snprintf(line, sizeof(line), "%s %s: %s", log_process, names[level], event);
	if (used > LOG_LINE_MAX - 2)
		used = LOG_LINE_MAX - 2;
	va_start(args, event);
	while ((key = va_arg(args, const char *))) {
		const char *value = va_arg(args, const char *);

		used = put(line, used, " ");
		used = put(line, used, key);
		used = put(line, used, "=");
		used = value_is_plain(value) ? put(line, used, value) : put_quoted(line, used, value);
	}
	va_end(args);
	line[used++] = '\n';
	ignored = write(STDERR_FILENO, line, used); /* one write a line: lines of three processes do not mix */
	(void)ignored;
}

bool log_allowed(struct log_limit *limit, uint64_t now_ms, uint32_t *held_back)
{
	*held_back = 0;
	if (limit->written == 0 || now_ms - limit->window_start_ms >= LIMIT_WINDOW_MS) {
		*held_back = limit->held_back;
		*limit = (struct log_limit){ .window_start_ms = now_ms };
	}
	if (limit->written >= LIMIT_LINES) {
		limit->held_back++;
		return false;
	}
	limit->written++;
	return true;
}

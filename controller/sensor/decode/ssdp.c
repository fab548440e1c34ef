/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "controller/sensor/decode/ssdp.h"

#include <errno.h>
#include <string.h>
#include <strings.h>

#include "policy/base/memory.h"

enum ssdp_kind {
	SSDP_NONE,
	SSDP_ANNOUNCE,
	SSDP_SEARCH,
	SSDP_ANSWER,
};

struct line {
	const char *text;
	size_t length; /* without its end */
};

struct lines {
	const char *at;
	size_t left;
};

static const char answer_start[] = "HTTP/1."; /* and a digit, a space, three digits */
#define ANSWER_CODE 9

static const struct {
	const char *method;
	enum ssdp_kind kind;
} methods[] = {
	{ "NOTIFY", SSDP_ANNOUNCE },
	{ "M-SEARCH", SSDP_SEARCH },
};

static const struct {
	const char *name;
	enum field field;
	enum ssdp_kind kind; /* in which it counts; SSDP_NONE: in all */
} headers[] = {
	{ "SERVER", FIELD_SSDP_SERVER, SSDP_NONE },         { "LOCATION", FIELD_SSDP_LOCATION, SSDP_NONE },
	{ "USER-AGENT", FIELD_SSDP_USER_AGENT, SSDP_NONE }, { "NT", FIELD_SSDP_TARGET, SSDP_ANNOUNCE },
	{ "ST", FIELD_SSDP_TARGET, SSDP_ANSWER },
};

/* shape: false where no line ends any more. */
static bool next_line(struct lines *lines, struct line *line)
{
	const char *end = lines->left ? memchr(lines->at, '\n', lines->left) : NULL;
	size_t length;

	if (!end)
		return false;
	length = (size_t)(end - lines->at);
	*line = (struct line){ .text = lines->at,
		               .length = length > 0 && lines->at[length - 1] == '\r' ? length - 1 : length };
	lines->at += length + 1;
	lines->left -= length + 1;
	return true;
}

static bool is_digit(char character)
{
	return character >= '0' && character <= '9';
}

/* The first line: "NOTIFY * HTTP/1.1" or "HTTP/1.1 200 OK". */
static enum ssdp_kind read_start(const struct line *line, struct fields *fields)
{
	const char *code = line->text + ANSWER_CODE;

	for (size_t i = 0; i < ARRAY_SIZE(methods); i++) {
		size_t length = strlen(methods[i].method);

		if (line->length <= length || memcmp(line->text, methods[i].method, length) != 0 ||
		    line->text[length] != ' ')
			continue;
		fields_add_text(fields, FIELD_SSDP_METHOD, methods[i].method);
		return methods[i].kind;
	}
	if (line->length < ANSWER_CODE + 3 || memcmp(line->text, answer_start, strlen(answer_start)) != 0 ||
	    !is_digit(code[0]) || !is_digit(code[1]) || !is_digit(code[2]))
		return SSDP_NONE;
	fields_add_number(fields, FIELD_SSDP_CODE,
	                  (unsigned int)(code[0] - '0') * 100 + (unsigned int)(code[1] - '0') * 10 +
	                          (unsigned int)(code[2] - '0'));
	return SSDP_ANSWER;
}

static bool is_space(char character)
{
	return character == ' ' || character == '\t';
}

static bool header_is(const struct line *line, const char *name)
{
	size_t length = strlen(name);

	return line->length > length && line->text[length] == ':' && strncasecmp(line->text, name, length) == 0;
}

static struct line header_value(const struct line *line, const char *name)
{
	struct line value = { .text = line->text + strlen(name) + 1, .length = line->length - strlen(name) - 1 };

	while (value.length > 0 && is_space(value.text[0])) {
		value.text++;
		value.length--;
	}
	while (value.length > 0 && is_space(value.text[value.length - 1]))
		value.length--;
	return value;
}

static bool takes_leave(struct lines lines)
{
	static const char goodbye[] = "ssdp:byebye";
	struct line line;

	while (next_line(&lines, &line) && line.length > 0) {
		struct line value;

		if (!header_is(&line, "NTS"))
			continue;
		value = header_value(&line, "NTS");
		return value.length == strlen(goodbye) && strncasecmp(value.text, goodbye, value.length) == 0;
	}
	return false;
}

static void tell_header(const struct line *line, enum ssdp_kind kind, bool is_leaving, struct fields *fields)
{
	for (size_t i = 0; i < ARRAY_SIZE(headers); i++) {
		struct line value;

		if (!header_is(line, headers[i].name) || (headers[i].kind != SSDP_NONE && headers[i].kind != kind) ||
		    (is_leaving && headers[i].field == FIELD_SSDP_TARGET))
			continue;
		value = header_value(line, headers[i].name);
		/* The name of this one device tells nothing of its kind. */
		if (headers[i].field == FIELD_SSDP_TARGET && value.length > 5 && memcmp(value.text, "uuid:", 5) == 0)
			continue;
		fields_add(fields, headers[i].field, value.text, value.length);
	}
}

int ssdp_decode(const struct datagram *datagram, struct fields *fields, enum malformed_reason *reason)
{
	struct lines lines = { .at = (const char *)datagram->bytes, .left = datagram->length };
	enum ssdp_kind kind;
	struct line line;
	bool is_leaving;

	if (!next_line(&lines, &line)) {
		*reason = MALFORMED_SSDP;
		return -EBADMSG;
	}
	kind = read_start(&line, fields);
	if (kind == SSDP_NONE)
		return 0;
	is_leaving = kind == SSDP_ANNOUNCE && takes_leave(lines);
	while (!fields->cut && next_line(&lines, &line) && line.length > 0) {
		tell_header(&line, kind, is_leaving, fields);
		fields_add(fields, FIELD_SSDP_LINE, line.text, line.length);
	}
	return 1;
}

int ssdp_answer_decode(const struct datagram *datagram, struct fields *fields, enum malformed_reason *reason)
{
	struct lines lines = { .at = (const char *)datagram->bytes, .left = datagram->length };
	struct line line;

	if (datagram->length < strlen(answer_start) || memcmp(datagram->bytes, answer_start, strlen(answer_start)) != 0)
		return 0;
	while (next_line(&lines, &line) && line.length > 0)
		if (header_is(&line, "ST")) /* an answer has one, and nothing else in HTTP's form does */
			return ssdp_decode(datagram, fields, reason);
	return 0;
}

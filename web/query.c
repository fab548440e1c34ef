/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "web/query.h"

#include <ctype.h>
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "policy/base/cursor.h"

#define HOST_TEXT_MAX 254 /* RFC 1035: a name has at most 253 characters */

static int hex_of(uint8_t byte)
{
	if (byte >= '0' && byte <= '9')
		return byte - '0';
	if (byte >= 'a' && byte <= 'f')
		return byte - 'a' + 10;
	if (byte >= 'A' && byte <= 'F')
		return byte - 'A' + 10;
	return -1;
}

/* One decoded byte, or -1 where the escape is broken or the byte is a control character. */
static int decode_one(struct cursor *cursor)
{
	uint8_t byte = cursor_u8(cursor);
	int high;
	int low;

	if (byte == '+')
		return ' ';
	if (byte == '%') {
		high = hex_of(cursor_u8(cursor));
		low = hex_of(cursor_u8(cursor));
		if (cursor->failed || high < 0 || low < 0)
			return -1;
		byte = (uint8_t)(high << 4 | low);
	}
	return byte < 0x20 || byte == 0x7f ? -1 : byte;
}

static int decode(struct cursor *cursor, char *text, size_t size)
{
	size_t length = 0;

	while (cursor_left(cursor) > 0) {
		int byte = decode_one(cursor);

		if (byte < 0 || length + 1 >= size)
			return -EINVAL;
		text[length++] = (char)byte;
	}
	text[length] = '\0';
	return 0;
}

static int read_limit(const char *value, size_t *limit)
{
	char *end = NULL;
	unsigned long number;

	if (!isdigit((unsigned char)value[0]))
		return -EINVAL;
	errno = 0;
	number = strtoul(value, &end, 10);
	if (errno || *end || number < 1 || number > QUERY_LIMIT_MAX)
		return -EINVAL;
	*limit = number;
	return 0;
}

static int read_mac(const char *value, char text[MAC_TEXT_MAX])
{
	struct mac mac;

	if (mac_parse(value, &mac))
		return -EINVAL;
	mac_format(&mac, text);
	return 0;
}

static int read_zone(const char *value, char text[POLICY_NAME_MAX])
{
	size_t length = strlen(value);

	if (length >= POLICY_NAME_MAX)
		return -EINVAL;
	memcpy(text, value, length + 1);
	return 0;
}

static int read_type(const char *value, char text[QUERY_TYPE_MAX])
{
	size_t length = strlen(value);

	if (length >= QUERY_TYPE_MAX || value[strspn(value, "abcdefghijklmnopqrstuvwxyz-/")] != '\0')
		return -EINVAL;
	memcpy(text, value, length + 1);
	return 0;
}

static int read_value(const char *name, const char *value, struct query *query, struct error *reterr)
{
	if (strcmp(name, "limit") == 0 && read_limit(value, &query->limit))
		return error_set(reterr, -EINVAL, "limit: a number from 1 to %d", QUERY_LIMIT_MAX);
	if (strcmp(name, "after") == 0 && read_mac(value, query->after))
		return error_set(reterr, -EINVAL, "after: a MAC address, as 44:4b:5d:00:00:01");
	if (strcmp(name, "mac") == 0 && read_mac(value, query->mac))
		return error_set(reterr, -EINVAL, "mac: a MAC address, as 44:4b:5d:00:00:01");
	if (strcmp(name, "zone") == 0 && read_zone(value, query->zone))
		return error_set(reterr, -EINVAL, "zone: a name of fewer than %d characters", POLICY_NAME_MAX);
	if (strcmp(name, "type") == 0 && read_type(value, query->type))
		return error_set(reterr, -EINVAL, "type: a finding's type, as user-practice/browsing or user-practice");
	if (strcmp(name, "q") == 0)
		memcpy(query->text, value, strlen(value) + 1);
	return 0;
}

static int read_pair(const char *pair, size_t length, struct query *query, struct error *reterr)
{
	const char *equals = memchr(pair, '=', length);
	size_t name_length = equals ? (size_t)(equals - pair) : length;
	struct cursor name_cursor = cursor_over(pair, name_length);
	struct cursor value_cursor = cursor_over(equals ? equals + 1 : "", equals ? length - name_length - 1 : 0);
	char name[16];
	char value[QUERY_TEXT_MAX];

	if (decode(&name_cursor, name, sizeof(name)))
		return 0; /* no parameter of ours has such a name */
	if (decode(&value_cursor, value, sizeof(value)))
		return error_set(reterr, -EINVAL, "%s: not percent-encoded text of fewer than %d characters",
		                 isalpha((unsigned char)name[0]) ? name : "a parameter", QUERY_TEXT_MAX);
	return read_value(name, value, query, reterr);
}

int query_parse(const char *text, struct query *query, struct error *reterr)
{
	struct query read = { .limit = QUERY_LIMIT_DEFAULT };
	int result = 0;

	while (!result && text && *text) {
		size_t length = strcspn(text, "&");

		result = length ? read_pair(text, length, &read, reterr) : 0;
		text += length + (text[length] == '&');
	}
	if (!result)
		*query = read;
	return result;
}

int query_mac_of_path(const char *path, const char *prefix, char mac[MAC_TEXT_MAX])
{
	size_t length = strlen(prefix);
	char text[MAC_TEXT_MAX];
	struct cursor cursor;

	if (strncmp(path, prefix, length) != 0)
		return -EINVAL;
	cursor = cursor_over(path + length, strlen(path + length));
	if (decode(&cursor, text, sizeof(text)))
		return -EINVAL;
	return read_mac(text, mac);
}

/* The name or literal of ${host} without brackets and port; false where it is malformed. */
static bool split_host(const char *host, char name[HOST_TEXT_MAX], bool *bracketed)
{
	size_t length;
	const char *rest;

	*bracketed = host[0] == '[';
	length = *bracketed ? strcspn(host + 1, "]") : strcspn(host, ":");
	rest = host + length + (*bracketed ? 1 : 0);
	if (length == 0 || length >= HOST_TEXT_MAX || (*bracketed && *rest++ != ']'))
		return false;
	memcpy(name, host + (*bracketed ? 1 : 0), length);
	name[length] = '\0';
	if (*rest == '\0')
		return true;
	return *rest == ':' && rest[1] && strspn(rest + 1, "0123456789") == strlen(rest + 1) && strlen(rest + 1) <= 5;
}

bool query_host_allowed(const char *host, const char *own_name)
{
	char name[HOST_TEXT_MAX];
	struct address address;
	bool bracketed;

	if (!host || !split_host(host, name, &bracketed))
		return false;
	if (!address_parse(name, &address))
		return (address.family == FAMILY_IPV6) == bracketed;
	if (bracketed)
		return false;
	return strcasecmp(name, "localhost") == 0 || (own_name && own_name[0] && strcasecmp(name, own_name) == 0);
}

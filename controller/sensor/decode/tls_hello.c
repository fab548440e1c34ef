/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "controller/sensor/decode/tls_hello.h"

#include <errno.h>
#include <string.h>

#include "controller/sensor/decode/tls_fingerprint.h"
#include "policy/base/memory.h"

#define RANDOM_BYTES     32
#define SESSION_MAX      32
#define VERSION_MAJOR    3    /* of all TLS, and of SSL 3.0 */
#define DTLS_MAJOR       0xfe /* RFC 6347 section 4.1: one's complement */
#define EXTENSION_HEADER 4    /* type and length */
#define NAME_IS_HOST     0    /* RFC 6066 section 3 */

/* The SHA-256 of "HelloRetryRequest", RFC 8446 section 4.1.3. */
static const uint8_t retry_random[RANDOM_BYTES] = {
	0xcf, 0x21, 0xad, 0x74, 0xe5, 0x9a, 0x61, 0x11, 0xbe, 0x1d, 0x8c, 0x02, 0x1e, 0x65, 0xb8, 0x91,
	0xc2, 0xa2, 0x11, 0x16, 0x7a, 0xbb, 0x8c, 0x5e, 0x07, 0x9e, 0x09, 0xe2, 0xc8, 0xa8, 0x33, 0x9c,
};

bool tls_is_grease(uint16_t number)
{
	return (number & 0x0f0f) == 0x0a0a && number >> 8 == (number & 0xff);
}

uint16_t tls_part_number(const struct tls_part *part, size_t index)
{
	return (uint16_t)((unsigned int)part->bytes[2 * index] << 8 | part->bytes[2 * index + 1]);
}

/* Takes the bytes behind a length of ${width} bytes; false, and ${cursor} failed, where there are fewer. */
static bool take_part(struct cursor *cursor, size_t width, struct tls_part *part)
{
	size_t length = width == 1 ? cursor_u8(cursor) : cursor_be16(cursor);
	const uint8_t *bytes = cursor_take(cursor, length);

	if (!bytes)
		return false;
	*part = (struct tls_part){ bytes, length };
	return true;
}

/* A list with a length of ${width} before it, of members of ${member} bytes: nothing where that cannot be. */
static struct tls_part list_in(struct cursor inside, size_t width, size_t member)
{
	struct tls_part list = { 0 };

	if (!take_part(&inside, width, &list) || list.length % member)
		return (struct tls_part){ 0 };
	return list;
}

static struct tls_part host_in(struct cursor inside)
{
	struct tls_part list = { 0 }, name = { 0 };
	struct cursor names;

	if (!take_part(&inside, 2, &list))
		return name;
	names = cursor_over(list.bytes, list.length);
	while (cursor_left(&names)) {
		uint8_t kind = cursor_u8(&names);

		if (!take_part(&names, 2, &name))
			break;
		if (kind == NAME_IS_HOST)
			return name;
	}
	return (struct tls_part){ 0 };
}

static void read_extension(uint16_t type, struct cursor inside, struct tls_client_hello *hello)
{
	switch (type) {
	case TLS_EXTENSION_NAME:
		hello->has_name = true;
		hello->name = host_in(inside);
		break;
	case TLS_EXTENSION_GROUPS:
		hello->groups = list_in(inside, 2, 2);
		break;
	case TLS_EXTENSION_POINTS:
		hello->points = list_in(inside, 1, 1);
		break;
	case TLS_EXTENSION_SIGNATURES:
		hello->signatures = list_in(inside, 2, 2);
		break;
	case TLS_EXTENSION_DELEGATED:
		hello->signatures_other[0] = list_in(inside, 2, 2);
		break;
	case TLS_EXTENSION_CERTIFICATE:
		hello->signatures_other[1] = list_in(inside, 2, 2);
		break;
	case TLS_EXTENSION_ALPN:
		hello->alpn = list_in(inside, 2, 1);
		break;
	case TLS_EXTENSION_VERSIONS:
		hello->versions = list_in(inside, 1, 2);
		break;
	}
}

static bool version_holds(uint16_t version, enum tls_carrier carrier)
{
	return version >> 8 == (carrier == TLS_OVER_UDP ? DTLS_MAJOR : VERSION_MAJOR);
}

/* SSL 3.0 and TLS 1.0 may end before the extensions. */
static bool read_extensions(struct cursor *cursor, struct tls_client_hello *hello)
{
	struct tls_part all = { 0 }, inside = { 0 };
	struct cursor extensions;

	if (cursor_left(cursor) == 0)
		return true;
	if (!take_part(cursor, 2, &all))
		return false;
	extensions = cursor_over(all.bytes, all.length);
	while (cursor_left(&extensions) >= EXTENSION_HEADER && hello->extension_count < TLS_EXTENSIONS_MAX) {
		uint16_t type = cursor_be16(&extensions);

		if (!take_part(&extensions, 2, &inside))
			return false;
		hello->extensions[hello->extension_count++] = type;
		read_extension(type, cursor_over(inside.bytes, inside.length), hello);
	}
	return !extensions.failed;
}

int tls_client_hello_read(const uint8_t *bytes, size_t length, enum tls_carrier carrier, struct tls_client_hello *hello)
{
	struct cursor cursor = cursor_over(bytes, length);
	struct tls_client_hello read = { .carrier = carrier };
	struct tls_part passed = { 0 };

	read.version = cursor_be16(&cursor);
	cursor_skip(&cursor, RANDOM_BYTES);
	if (!take_part(&cursor, 1, &passed) || passed.length > SESSION_MAX || !version_holds(read.version, carrier))
		return -EBADMSG;
	if (carrier == TLS_OVER_UDP && !take_part(&cursor, 1, &passed)) /* cookie */
		return -EBADMSG;
	if (!take_part(&cursor, 2, &read.ciphers) || read.ciphers.length % 2)
		return -EBADMSG;
	if (!take_part(&cursor, 1, &passed) || !read_extensions(&cursor, &read))
		return -EBADMSG;
	*hello = read;
	return 0;
}

int tls_server_hello_read(const uint8_t *bytes, size_t length, struct tls_server_hello *hello)
{
	struct cursor cursor = cursor_over(bytes, length);
	struct tls_server_hello read = { 0 };
	struct tls_part session = { 0 }, inside = { 0 };
	const uint8_t *random;

	read.version = cursor_be16(&cursor);
	random = cursor_take(&cursor, RANDOM_BYTES);
	if (!random || !take_part(&cursor, 1, &session) || session.length > SESSION_MAX)
		return -EBADMSG;
	read.is_retry = memcmp(random, retry_random, RANDOM_BYTES) == 0;
	read.cipher = cursor_be16(&cursor);
	cursor_skip(&cursor, 1); /* compression */
	if (cursor.failed || !(version_holds(read.version, TLS_OVER_TCP) || version_holds(read.version, TLS_OVER_UDP)))
		return -EBADMSG;
	if (cursor_left(&cursor))
		cursor_skip(&cursor, 2);
	while (cursor_left(&cursor)) {
		uint16_t type = cursor_be16(&cursor);

		if (!take_part(&cursor, 2, &inside))
			return -EBADMSG;
		if (type == TLS_EXTENSION_VERSIONS && inside.length == 2)
			read.version = tls_part_number(&inside, 0);
	}
	*hello = read;
	return 0;
}

/* Whether ${version} is one that a client can be asked to give up: drafts and what nobody has heard of are not. */
static bool is_known(uint16_t version)
{
	return version == TLS_VERSION_SSL2 || (version >= TLS_VERSION_SSL3 && version <= TLS_VERSION_1_3) ||
	       version >> 8 == DTLS_MAJOR;
}

uint16_t tls_client_hello_best(const struct tls_client_hello *hello)
{
	uint16_t best = 0;

	for (size_t i = 0; i < hello->versions.length / 2; i++) {
		uint16_t version = tls_part_number(&hello->versions, i);

		/* DTLS counts downwards */
		if (is_known(version) && (best == 0 || (version >> 8 == DTLS_MAJOR ? version < best : version > best)))
			best = version;
	}
	return best ? best : is_known(hello->version) ? hello->version : 0;
}

static void add_part(struct fields *fields, enum field field, const struct tls_part *part)
{
	if (part->length)
		fields_add(fields, field, part->bytes, part->length);
}

static void add_alpn(const struct tls_client_hello *hello, struct fields *fields)
{
	struct cursor names = cursor_over(hello->alpn.bytes, hello->alpn.length);
	struct tls_part name = { 0 };

	while (cursor_left(&names) && take_part(&names, 1, &name))
		add_part(fields, FIELD_TLS_ALPN, &name);
}

/* The lists of all extensions that hold some, in their order. */
static void add_signatures(const struct tls_client_hello *hello, struct fields *fields)
{
	for (size_t i = 0; i < hello->extension_count; i++) {
		if (hello->extensions[i] == TLS_EXTENSION_SIGNATURES)
			add_part(fields, FIELD_TLS_SIGNATURES, &hello->signatures);
		if (hello->extensions[i] == TLS_EXTENSION_DELEGATED)
			add_part(fields, FIELD_TLS_SIGNATURES, &hello->signatures_other[0]);
		if (hello->extensions[i] == TLS_EXTENSION_CERTIFICATE)
			add_part(fields, FIELD_TLS_SIGNATURES, &hello->signatures_other[1]);
	}
}

static void add_extensions(const struct tls_client_hello *hello, struct fields *fields)
{
	uint8_t bytes[2 * TLS_EXTENSIONS_MAX];

	for (size_t i = 0; i < hello->extension_count; i++) {
		bytes[2 * i] = (uint8_t)(hello->extensions[i] >> 8);
		bytes[2 * i + 1] = (uint8_t)hello->extensions[i];
	}
	add_part(fields, FIELD_TLS_EXTENSIONS, &(struct tls_part){ bytes, 2 * hello->extension_count });
}

/* What is evidence stands first: a hello may be larger than the fields. */
void tls_client_hello_add(const struct tls_client_hello *hello, struct fields *fields)
{
	uint16_t best = tls_client_hello_best(hello);

	fields_add_text(fields, FIELD_TLS_MESSAGE, "client-hello");
	fields_add_number(fields, FIELD_TLS_VERSION, hello->version);
	if (best)
		fields_add_number(fields, FIELD_TLS_BEST_VERSION, best);
	add_part(fields, FIELD_TLS_NAME, &hello->name);
	tls_fingerprint_add(hello, fields);
	add_alpn(hello, fields);
	add_part(fields, FIELD_TLS_VERSIONS, &hello->versions);
	add_extensions(hello, fields);
	add_part(fields, FIELD_TLS_CIPHERS, &hello->ciphers);
	add_signatures(hello, fields);
	add_part(fields, FIELD_TLS_GROUPS, &hello->groups);
	add_part(fields, FIELD_TLS_POINT_FORMATS, &hello->points);
}

void tls_server_hello_add(const struct tls_server_hello *hello, struct fields *fields)
{
	fields_add_text(fields, FIELD_TLS_MESSAGE, "server-hello");
	fields_add_number(fields, FIELD_TLS_SERVER_VERSION, hello->version);
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "controller/sensor/decode/tls_fingerprint.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "controller/sensor/decode/crypto.h"
#include "policy/base/memory.h"

#define JA4_COUNT_MAX  ((size_t)99)
#define JA4_HASH_BYTES 6
#define JA4_NOTHING    "000000000000"

/* Text that grows at its end; what no longer fits marks it as full. */
struct text {
	char *text;
	size_t size;
	size_t at;
	bool full;
};

static void append(struct text *text, const char *part, size_t length)
{
	if (text->full || length >= text->size - text->at) {
		text->full = true;
		return;
	}
	memcpy(text->text + text->at, part, length);
	text->at += length;
	text->text[text->at] = '\0';
}

static void append_text(struct text *text, const char *part)
{
	append(text, part, strlen(part));
}

static void append_decimal(struct text *text, bool dash, unsigned int number)
{
	char part[12];

	append(text, part, (size_t)snprintf(part, sizeof(part), dash ? "-%u" : "%u", number));
}

static struct text text_in(char *bytes, size_t size)
{
	bytes[0] = '\0';
	return (struct text){ .text = bytes, .size = size };
}

static void append_hex(struct text *text, const uint8_t *bytes, size_t length)
{
	char part[3];

	for (size_t i = 0; i < length; i++)
		append(text, part, (size_t)snprintf(part, sizeof(part), "%02x", bytes[i]));
}

/* ---- JA3 ---- */

static void append_numbers(struct text *text, const struct tls_part *part)
{
	bool dash = false;

	for (size_t i = 0; i < part->length / 2; i++) {
		uint16_t number = tls_part_number(part, i);

		if (tls_is_grease(number))
			continue;
		append_decimal(text, dash, number);
		dash = true;
	}
	append_text(text, ",");
}

bool tls_ja3_string(const struct tls_client_hello *hello, char bytes[TLS_JA3_STRING_MAX])
{
	struct text text = text_in(bytes, TLS_JA3_STRING_MAX);
	bool dash = false;

	append_decimal(&text, false, hello->version);
	append_text(&text, ",");
	append_numbers(&text, &hello->ciphers);
	for (size_t i = 0; i < hello->extension_count; i++) {
		if (tls_is_grease(hello->extensions[i]))
			continue;
		append_decimal(&text, dash, hello->extensions[i]);
		dash = true;
	}
	append_text(&text, ",");
	append_numbers(&text, &hello->groups);
	for (size_t i = 0; i < hello->points.length; i++)
		append_decimal(&text, i > 0, hello->points.bytes[i]);
	return !text.full;
}

/* ---- JA4 ---- */

static int compare(const void *left, const void *right)
{
	uint16_t first = *(const uint16_t *)left, second = *(const uint16_t *)right;

	return (first > second) - (first < second);
}

/* The highest value that is no GREASE, drafts and unknown ones too, as JA4 demands; of DTLS the lowest. */
static uint16_t ja4_version(const struct tls_client_hello *hello)
{
	uint16_t best = 0;

	for (size_t i = 0; i < hello->versions.length / 2; i++) {
		uint16_t version = tls_part_number(&hello->versions, i);

		if (tls_is_grease(version))
			continue;
		if (best == 0 || (hello->carrier == TLS_OVER_UDP ? version < best : version > best))
			best = version;
	}
	return best ? best : hello->version;
}

static const char *ja4_version_name(uint16_t version)
{
	static const struct {
		uint16_t version;
		const char *name;
	} names[] = {
		{ TLS_VERSION_1_3, "13" }, { TLS_VERSION_1_2, "12" },  { 0x0302, "11" },
		{ TLS_VERSION_1_0, "10" }, { TLS_VERSION_SSL3, "s3" }, { TLS_VERSION_SSL2, "s2" },
		{ 0xfeff, "d1" },          { 0xfefd, "d2" },           { 0xfefc, "d3" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		if (names[i].version == version)
			return names[i].name;
	return "00";
}

static bool is_alphanumeric(uint8_t byte)
{
	return byte < 0x80 && isalnum(byte);
}

/* First and last character of the first name; of one with other characters, of its hexadecimal digits. */
static void ja4_alpn(const struct tls_client_hello *hello, char name[3])
{
	static const char digits[] = "0123456789abcdef";
	size_t length = hello->alpn.length ? hello->alpn.bytes[0] : 0;
	uint8_t first, last;

	memcpy(name, "00", 3);
	if (length == 0 || length >= hello->alpn.length)
		return;
	first = hello->alpn.bytes[1];
	last = hello->alpn.bytes[length];
	if (is_alphanumeric(first) && is_alphanumeric(last)) {
		name[0] = (char)first;
		name[1] = (char)last;
	} else {
		name[0] = digits[first >> 4];
		name[1] = digits[last & 15];
	}
}

/* Numbers that are no GREASE. */
struct numbers {
	uint16_t number[TLS_FINGERPRINT_NUMBERS_MAX];
	size_t count;
};

static void numbers_add(struct numbers *numbers, uint16_t number)
{
	if (!tls_is_grease(number))
		numbers->number[numbers->count++] = number;
}

/* Those of ${part}, of which there are TLS_FINGERPRINT_NUMBERS_MAX at most. */
static void numbers_of(struct numbers *numbers, const struct tls_part *part)
{
	numbers->count = 0;
	for (size_t i = 0; i < part->length / 2; i++)
		numbers_add(numbers, tls_part_number(part, i));
}

static void append_list(struct text *text, const struct numbers *numbers)
{
	char part[6];

	for (size_t i = 0; i < numbers->count; i++)
		append(text, part, (size_t)snprintf(part, sizeof(part), i ? ",%04x" : "%04x", numbers->number[i]));
}

static void append_hash(struct text *text, const struct text *hashed)
{
	uint8_t digest[CRYPTO_SHA256_BYTES];

	append_text(text, "_");
	if (hashed->at == 0)
		append_text(text, JA4_NOTHING);
	else if (hashed->full || !crypto_sha256(hashed->text, hashed->at, digest))
		text->full = true;
	else
		append_hex(text, digest, JA4_HASH_BYTES);
}

/* What JA4 hashes last: the extensions without those that vary with the server, then the signatures as they stand. */
static void list_extensions(struct text *list, const struct tls_client_hello *hello, struct numbers *numbers)
{
	numbers->count = 0;
	for (size_t i = 0; i < hello->extension_count; i++)
		if (hello->extensions[i] != TLS_EXTENSION_NAME && hello->extensions[i] != TLS_EXTENSION_ALPN)
			numbers_add(numbers, hello->extensions[i]);
	qsort(numbers->number, numbers->count, sizeof(numbers->number[0]), compare);
	append_list(list, numbers);
	numbers_of(numbers, &hello->signatures);
	if (numbers->count == 0)
		return;
	append_text(list, "_");
	append_list(list, numbers);
}

/* "t13d1516h2" */
static void append_head(struct text *text, const struct tls_client_hello *hello, size_t ciphers)
{
	size_t extensions = 0;
	char counts[5], alpn[3];

	for (size_t i = 0; i < hello->extension_count; i++)
		extensions += !tls_is_grease(hello->extensions[i]);
	snprintf(counts, sizeof(counts), "%02zu%02zu", ciphers < JA4_COUNT_MAX ? ciphers : JA4_COUNT_MAX,
	         extensions < JA4_COUNT_MAX ? extensions : JA4_COUNT_MAX);
	ja4_alpn(hello, alpn);
	append(text, &(char){ (char)hello->carrier }, 1);
	append_text(text, ja4_version_name(ja4_version(hello)));
	append_text(text, hello->has_name ? "d" : "i");
	append_text(text, counts);
	append_text(text, alpn);
}

bool tls_ja4(const struct tls_client_hello *hello, char bytes[TLS_JA4_MAX])
{
	/* five characters each, of extensions and signatures together, and what parts them */
	char listed[(TLS_EXTENSIONS_MAX + TLS_FINGERPRINT_NUMBERS_MAX) * 5 + 2];
	struct text text = text_in(bytes, TLS_JA4_MAX), list = text_in(listed, sizeof(listed));
	struct numbers numbers;

	if (hello->ciphers.length / 2 > TLS_FINGERPRINT_NUMBERS_MAX ||
	    hello->signatures.length / 2 > TLS_FINGERPRINT_NUMBERS_MAX)
		return false;
	numbers_of(&numbers, &hello->ciphers);
	append_head(&text, hello, numbers.count);
	qsort(numbers.number, numbers.count, sizeof(numbers.number[0]), compare);
	append_list(&list, &numbers);
	append_hash(&text, &list);
	list = text_in(listed, sizeof(listed));
	list_extensions(&list, hello, &numbers);
	append_hash(&text, &list);
	return !text.full;
}

void tls_fingerprint_add(const struct tls_client_hello *hello, struct fields *fields)
{
	char string[TLS_JA3_STRING_MAX], ja3[TLS_JA3_MAX], ja4[TLS_JA4_MAX];
	struct text text = text_in(ja3, sizeof(ja3));
	uint8_t digest[CRYPTO_MD5_BYTES];

	if (tls_ja4(hello, ja4))
		fields_add_text(fields, FIELD_TLS_JA4, ja4);
	if (hello->is_ssl2 || !tls_ja3_string(hello, string) || !crypto_md5(string, strlen(string), digest))
		return;
	append_hex(&text, digest, sizeof(digest));
	fields_add_text(fields, FIELD_TLS_JA3, ja3);
	fields_add_text(fields, FIELD_TLS_JA3_STRING, string);
}

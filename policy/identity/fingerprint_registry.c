/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The IEEE's public listings: "Registry,Assignment,Organization Name,Organization Address", quoted as RFC 4180
 * says, an assignment of 6 (MA-L), 7 (MA-M) or 9 (MA-S, IAB) hexadecimal digits.
 */
#include "policy/identity/fingerprint_rule.h"

#include <errno.h>
#include <string.h>

#include "policy/base/cursor.h"

#define FIELD_MAX   256
#define FIELDS_MAX  4
#define FIELDS_NEED 3 /* registry, assignment, name */

struct row {
	char field[FIELDS_MAX][FIELD_MAX]; /* longer fields are cut */
	size_t count;
	unsigned int line;
};

struct reader {
	struct cursor cursor;
	unsigned int line;
};

static char reader_peek(const struct reader *reader)
{
	return cursor_left(&reader->cursor) ? (char)reader->cursor.at[0] : '\0';
}

static char reader_next(struct reader *reader)
{
	char character = (char)cursor_u8(&reader->cursor);

	if (character == '\n')
		reader->line++;
	return character;
}

static void row_put(struct row *row, size_t *length, char character)
{
	unsigned char byte = (unsigned char)character;

	if (row->count >= FIELDS_MAX || *length >= FIELD_MAX - 1)
		return;
	row->field[row->count][(*length)++] = byte < 0x20 || byte == 0x7f ? ' ' : character;
	row->field[row->count][*length] = '\0';
}

/* Reads one field and the comma or line end after it; *last tells which. errors: -EINVAL an unclosed quote. */
static int read_field(struct reader *reader, struct row *row, bool *last)
{
	bool quoted = reader_peek(reader) == '"';
	size_t length = 0;

	if (quoted)
		reader_next(reader);
	if (row->count < FIELDS_MAX)
		row->field[row->count][0] = '\0';
	while (cursor_left(&reader->cursor)) {
		char character = reader_next(reader);

		if (quoted && character == '"') {
			if (reader_peek(reader) != '"') {
				quoted = false;
				continue;
			}
			reader_next(reader);
		} else if (!quoted && (character == ',' || character == '\n')) {
			row->count++;
			*last = character == '\n';
			return 0;
		} else if (!quoted && character == '\r') {
			continue;
		}
		row_put(row, &length, character);
	}
	row->count++;
	*last = true;
	return quoted ? -EINVAL : 0;
}

/* Reads the next row. errors: -EINVAL. shape: 1 a row, 0 the end. */
static int read_row(struct reader *reader, struct row *row)
{
	bool last = false;

	*row = (struct row){ .line = reader->line };
	if (!cursor_left(&reader->cursor))
		return 0;
	while (!last) {
		int rc = read_field(reader, row, &last);

		if (rc < 0)
			return rc;
	}
	return 1;
}

static int hex_digit(char character)
{
	if (character >= '0' && character <= '9')
		return character - '0';
	if (character >= 'a' && character <= 'f')
		return character - 'a' + 10;
	if (character >= 'A' && character <= 'F')
		return character - 'A' + 10;
	return -1;
}

/* Reads an assignment. errors: -EINVAL. shape: enum fingerprint_bits. */
static int parse_assignment(const char *text, uint64_t *key)
{
	size_t length = strlen(text);
	uint64_t value = 0;

	for (size_t i = 0; i < length; i++) {
		int digit = hex_digit(text[i]);

		if (digit < 0 || length > 9)
			return -EINVAL;
		value = value << 4 | (uint64_t)digit;
	}
	*key = value;
	switch (length) {
	case 6:
		return BITS_24;
	case 7:
		return BITS_28;
	case 9:
		return BITS_36;
	default:
		return -EINVAL;
	}
}

/* What the listing itself says is nobody's: a block that is dealt out further, or an owner who is not named. */
static bool name_says_nothing(const char *name)
{
	return *name == '\0' || strcmp(name, "Private") == 0 || strcmp(name, "IEEE Registration Authority") == 0;
}

static void trim(char *text)
{
	size_t length = strlen(text);
	size_t start = strspn(text, " ");

	while (length > start && text[length - 1] == ' ')
		length--;
	memmove(text, text + start, length - start);
	text[length - start] = '\0';
}

static int add_prefix(struct fingerprints *into, const struct row *row, enum fingerprint_bits bits, uint64_t key)
{
	struct fingerprint_registry *registry = &into->registry[bits];
	size_t length = strlen(row->field[2]) + 1;
	int rc;

	rc = memory_reserve((void **)&registry->prefix, &registry->capacity, registry->count + 1,
	                    sizeof(*registry->prefix));
	if (rc == 0)
		rc = memory_reserve((void **)&into->names, &into->names_capacity, into->names_length + length, 1);
	if (rc < 0)
		return rc;
	registry->prefix[registry->count] = (struct fingerprint_prefix){
		.key = key,
		.name = (uint32_t)into->names_length,
		.order = (uint32_t)registry->count,
	};
	registry->count++;
	memcpy(into->names + into->names_length, row->field[2], length);
	into->names_length += length;
	return 0;
}

/* Reads all rows into ${into}, a rule base that holds nothing else. */
static int read_registry(struct fingerprints *into, const char *file, const char *text, size_t length,
                         struct error *reterr)
{
	struct reader reader = { .cursor = cursor_over(text, length), .line = 1 };
	struct row row;
	int rc;

	while ((rc = read_row(&reader, &row)) > 0) {
		uint64_t key;
		int bits;

		if (row.line == 1) {
			if (row.count < FIELDS_NEED || strcmp(row.field[1], "Assignment") != 0)
				return error_set_at(reterr, -EINVAL, file, 1, 1,
				                    "not an IEEE listing: the first line must be \"Registry,Assignment,"
				                    "Organization Name,Organization Address\"");
			continue;
		}
		if (row.count == 1 && row.field[0][0] == '\0')
			continue;
		bits = row.count < FIELDS_NEED ? -EINVAL : parse_assignment(row.field[1], &key);
		if (bits < 0)
			return error_set_at(
				reterr, -EINVAL, file, row.line, 1,
				"an assignment is 6, 7 or 9 hexadecimal digits, then the organisation's name");
		trim(row.field[2]);
		if (name_says_nothing(row.field[2]))
			continue;
		if (into->registry[bits].count >= FINGERPRINT_REGISTRY_MAX)
			return error_set_at(reterr, -EINVAL, file, row.line, 1, "more than %u prefixes of one length",
			                    FINGERPRINT_REGISTRY_MAX);
		if (add_prefix(into, &row, (enum fingerprint_bits)bits, key) < 0)
			return error_set_at(reterr, -ENOMEM, file, row.line, 1, "no memory for the vendor prefixes");
	}
	if (rc < 0)
		return error_set_at(reterr, -EINVAL, file, row.line, 1, "a quote is opened here and never closed");
	if (reader.line == 1 && !length)
		return error_set_at(reterr, -EINVAL, file, 1, 1, "the file is empty");
	return 0;
}

static int compare_prefix(const void *left, const void *right)
{
	const struct fingerprint_prefix *a = left;
	const struct fingerprint_prefix *b = right;

	if (a->key != b->key)
		return a->key < b->key ? -1 : 1;
	return a->order < b->order ? -1 : a->order > b->order;
}

/* Makes room in ${fingerprints} for all of ${more}. errors: -ENOMEM, nothing added. */
static int reserve_all(struct fingerprints *fingerprints, const struct fingerprints *more)
{
	int rc = memory_reserve((void **)&fingerprints->names, &fingerprints->names_capacity,
	                        fingerprints->names_length + more->names_length, 1);

	for (size_t i = 0; i < BITS_COUNT && rc == 0; i++) {
		struct fingerprint_registry *registry = &fingerprints->registry[i];

		rc = memory_reserve((void **)&registry->prefix, &registry->capacity,
		                    registry->count + more->registry[i].count, sizeof(*registry->prefix));
	}
	return rc;
}

static int merge(struct fingerprints *fingerprints, const struct fingerprints *more)
{
	size_t added = 0;

	if (fingerprints->names_length + more->names_length > UINT32_MAX || reserve_all(fingerprints, more) < 0)
		return -ENOMEM;
	for (size_t i = 0; i < BITS_COUNT; i++) {
		struct fingerprint_registry *registry = &fingerprints->registry[i];

		for (size_t j = 0; j < more->registry[i].count; j++) {
			struct fingerprint_prefix prefix = more->registry[i].prefix[j];

			prefix.name += (uint32_t)fingerprints->names_length;
			prefix.order = (uint32_t)registry->count;
			registry->prefix[registry->count++] = prefix;
		}
		added += more->registry[i].count;
		if (registry->count)
			qsort(registry->prefix, registry->count, sizeof(*registry->prefix), compare_prefix);
		/* Sorted now: the order of what comes later must stay behind. */
		for (size_t j = 0; j < registry->count; j++)
			registry->prefix[j].order = (uint32_t)j;
	}
	if (more->names_length)
		memcpy(fingerprints->names + fingerprints->names_length, more->names, more->names_length);
	fingerprints->names_length += more->names_length;
	return (int)added;
}

int fingerprints_add_registry(struct fingerprints *fingerprints, const char *file, const char *text, size_t length,
                              struct error *reterr)
{
	CLEANUP(fingerprints_free) struct fingerprints *more = NULL;
	int rc = fingerprints_new(&more);

	if (rc == 0)
		rc = read_registry(more, file, text, length, reterr);
	if (rc == 0)
		rc = merge(fingerprints, more);
	if (rc == -ENOMEM)
		return error_set_at(reterr, rc, file, 0, 0, "no memory for the vendor prefixes");
	return rc;
}

static const char *find_prefix(const struct fingerprints *fingerprints, enum fingerprint_bits bits, uint64_t key)
{
	const struct fingerprint_registry *registry = &fingerprints->registry[bits];
	size_t low = 0;
	size_t high = registry->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (registry->prefix[middle].key < key)
			low = middle + 1;
		else
			high = middle;
	}
	if (low == registry->count || registry->prefix[low].key != key)
		return NULL;
	return fingerprints->names + registry->prefix[low].name;
}

const char *fingerprints_vendor(const struct fingerprints *fingerprints, const struct mac *mac)
{
	static const uint8_t shift[BITS_COUNT] = { [BITS_36] = 12, [BITS_28] = 20, [BITS_24] = 24 };
	uint64_t value = 0;

	for (size_t i = 0; i < sizeof(mac->byte); i++)
		value = value << 8 | mac->byte[i];
	for (unsigned int bits = 0; bits < BITS_COUNT; bits++) {
		const char *name = find_prefix(fingerprints, (enum fingerprint_bits)bits, value >> shift[bits]);

		if (name)
			return name;
	}
	return NULL;
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "controller/sensor/decode/dicom.h"

#include <errno.h>
#include <string.h>

#include "controller/sensor/decode/dicom_service.h"
#include "policy/base/cursor.h"
#include "policy/base/memory.h"

#define PDU_HEADER      6
#define ITEM_HEADER     4
#define TITLE_LENGTH    16
#define TITLES_AT       10 /* called, then calling, PS3.8 table 9-11 */
#define ITEMS_AT        74
#define ASSOCIATION_MAX 0xfffff /* the bytes left fit the word of memory */
#define CONTEXTS_MAX    128
#define PART_BYTES      4800 /* fields beyond this many bytes end a part */
#define PROTOCOL_1      0x0001

enum pdu_type {
	PDU_REQUEST = 1,
	PDU_ACCEPT = 2,
	PDU_REJECT = 3,
	PDU_ABORT = 7,
};

enum item_type {
	ITEM_APPLICATION = 0x10,
	ITEM_CONTEXT = 0x20,
	ITEM_RESULT = 0x21,
	ITEM_ABSTRACT = 0x30,
	ITEM_TRANSFER = 0x40,
	ITEM_USER = 0x50,
	ITEM_LENGTH_MAX = 0x51,
	ITEM_IMPLEMENTATION = 0x52,
	ITEM_ROLE = 0x54,
	ITEM_VERSION = 0x55,
	ITEM_IDENTITY = 0x58,
};

/*
 * The word of memory: a mark, what a request proposes, and either how much of the PDU at hand is told, or how much of
 * one that was never there whole is still to come.
 */
#define MEMORY_MARK      0xd0000000U
#define MEMORY_MARK_MASK 0xf0000000U
#define MEMORY_TELLING   0x08000000U
#define MEMORY_PROPOSALS 20
#define MEMORY_LEFT_MASK 0x000fffffU

struct item {
	uint8_t type;
	struct cursor body;
};

/* Takes an item off ${at}; false at the end, with ${at} failed where the last is cut. */
static bool item_next(struct cursor *at, struct item *item)
{
	uint16_t length;
	const uint8_t *body;

	if (cursor_left(at) == 0)
		return false;
	item->type = cursor_u8(at);
	cursor_skip(at, 1);
	length = cursor_be16(at);
	body = cursor_take(at, length);
	item->body = cursor_over(body, body ? length : 0);
	return body != NULL;
}

static size_t trimmed(const uint8_t **bytes, size_t length)
{
	while (length > 0 && ((*bytes)[length - 1] == ' ' || (*bytes)[length - 1] == '\0'))
		length--;
	while (length > 0 && (*bytes)[0] == ' ') {
		(*bytes)++;
		length--;
	}
	return length;
}

static void add_trimmed(struct fields *fields, enum field field, const struct cursor *text)
{
	const uint8_t *bytes = text->at;
	size_t length = trimmed(&bytes, cursor_left(text));

	if (length > 0)
		fields_add(fields, field, bytes, length);
}

static bool is_title(const uint8_t *title)
{
	for (size_t i = 0; i < TITLE_LENGTH; i++)
		if (title[i] != '\0' && (title[i] < 0x20 || title[i] == 0x7f))
			return false;
	return true;
}

/* Tells whether this is the head of an association: 1, 0 or -EAGAIN. */
static int is_association(const uint8_t *bytes, size_t length)
{
	static const uint8_t refusal[] = { 0, 0, 0, 0, 4 };

	if (length > 0 && (bytes[0] == PDU_REJECT || bytes[0] == PDU_ABORT)) {
		size_t known = length - 1 < sizeof(refusal) ? length - 1 : sizeof(refusal);

		if (memcmp(bytes + 1, refusal, known) != 0)
			return 0;
		return length < PDU_HEADER + 4 ? -EAGAIN : bytes[6] == 0;
	}
	if ((length > 0 && bytes[0] != PDU_REQUEST && bytes[0] != PDU_ACCEPT) || (length > 2 && bytes[2] != 0) ||
	    (length > 3 && bytes[3] > 0x0f) || (length > 7 && !(bytes[7] & PROTOCOL_1)))
		return 0;
	if (length < ITEMS_AT + 1)
		return -EAGAIN;
	return is_title(bytes + TITLES_AT) && is_title(bytes + TITLES_AT + TITLE_LENGTH) &&
	       bytes[ITEMS_AT] == ITEM_APPLICATION;
}

static bool add_context(const struct item *context, struct fields *fields)
{
	struct cursor at = context->body;
	struct item item;
	uint8_t result;

	cursor_skip(&at, 2);
	result = cursor_u8(&at);
	cursor_skip(&at, 1);
	if (context->type == ITEM_RESULT)
		fields_add_number(fields, FIELD_DICOM_RESULT, result);
	while (item_next(&at, &item)) {
		if (item.type == ITEM_ABSTRACT)
			add_trimmed(fields, FIELD_DICOM_CONTEXT, &item.body);
		else if (item.type == ITEM_TRANSFER)
			add_trimmed(fields, FIELD_DICOM_TRANSFER, &item.body);
	}
	return !at.failed;
}

static bool add_user(const struct item *user, struct fields *fields)
{
	struct cursor at = user->body;
	struct item item;

	while (item_next(&at, &item)) {
		switch (item.type) {
		case ITEM_LENGTH_MAX:
			fields_add_number(fields, FIELD_DICOM_LENGTH_MAX, cursor_be32(&item.body));
			break;
		case ITEM_IMPLEMENTATION:
			add_trimmed(fields, FIELD_DICOM_IMPLEMENTATION, &item.body);
			break;
		case ITEM_VERSION:
			add_trimmed(fields, FIELD_DICOM_VERSION, &item.body);
			break;
		case ITEM_IDENTITY: /* PS3.7 table D.3-14: 2 is a name with a passcode */
			if (cursor_u8(&item.body) == 2)
				fields_add_text(fields, FIELD_CREDENTIALS, "dicom");
			break;
		}
		if (item.body.failed)
			return false;
	}
	return !at.failed;
}

/*
 * Adds whole items of ${items} until the fields are full enough.
 * shape: the bytes read; -EBADMSG. ${is_all}: no more bytes are coming, so that an item cut is wrong.
 */
static int add_items(const uint8_t *items, size_t length, bool is_all, struct fields *fields)
{
	struct cursor at = cursor_over(items, length);
	size_t read = 0;
	struct item item;

	while (fields->length < PART_BYTES && item_next(&at, &item)) {
		bool good = true;

		if (item.type == ITEM_CONTEXT || item.type == ITEM_RESULT)
			good = add_context(&item, fields);
		else if (item.type == ITEM_USER)
			good = add_user(&item, fields);
		if (!good)
			return -EBADMSG;
		read = length - cursor_left(&at);
	}
	return at.failed && is_all ? -EBADMSG : (int)read;
}

/* Tells whether role selection makes the sender the provider, and no user, of the SOP class ${uid}. */
static bool is_provider(const struct cursor *user, const struct cursor *uid)
{
	struct cursor at = *user;
	struct item item;

	while (item_next(&at, &item)) {
		uint16_t length;
		const uint8_t *selected;
		uint8_t is_user;

		if (item.type != ITEM_ROLE)
			continue;
		length = cursor_be16(&item.body);
		selected = cursor_take(&item.body, length);
		is_user = cursor_u8(&item.body);
		if (cursor_u8(&item.body) == 1 && is_user == 0 && selected && length == cursor_left(uid) &&
		    memcmp(selected, uid->at, length) == 0)
			return true;
	}
	return false;
}

static bool find_item(const struct cursor *items, uint8_t type, struct cursor *body)
{
	struct cursor at = *items;
	struct item item;

	while (item_next(&at, &item)) {
		if (item.type != type)
			continue;
		*body = item.body;
		return true;
	}
	return false;
}

/* What the sender of a request uses and what it provides, as sets of services. */
static void read_services(struct cursor items, uint64_t *used, uint64_t *provided)
{
	struct cursor user = cursor_over(NULL, 0);
	size_t contexts = 0;
	struct item item;

	find_item(&items, ITEM_USER, &user);
	while (item_next(&items, &item) && contexts < CONTEXTS_MAX) {
		struct cursor uid;
		const uint8_t *bytes;
		uint64_t service;

		if (item.type != ITEM_CONTEXT)
			continue;
		contexts++;
		cursor_skip(&item.body, ITEM_HEADER);
		if (!find_item(&item.body, ITEM_ABSTRACT, &uid))
			continue;
		bytes = uid.at;
		service = 1ULL << dicom_service_of(bytes, trimmed(&bytes, cursor_left(&uid)));
		if (is_provider(&user, &uid))
			*provided |= service;
		else
			*used |= service;
	}
}

/* Tells whether an answer accepts every context, or at least one. */
static void read_results(struct cursor items, bool *all, bool *any)
{
	struct item item;

	*all = true;
	*any = false;
	while (item_next(&items, &item)) {
		if (item.type != ITEM_RESULT)
			continue;
		cursor_skip(&item.body, 2);
		if (cursor_u8(&item.body) == 0 && !item.body.failed)
			*any = true;
		else
			*all = false;
	}
}

static void add_roles_answer(struct cursor items, uint32_t request, struct fields *fields)
{
	unsigned int proposals = (request & ~MEMORY_MARK_MASK) >> MEMORY_PROPOSALS;
	bool all, any;

	if ((request & MEMORY_MARK_MASK) != MEMORY_MARK)
		return;
	read_results(items, &all, &any);
	if (any && (all || (proposals & (proposals - 1)) == 0))
		dicom_roles_answer(proposals, fields);
}

/* Adds who speaks and what it does; the word of memory comes back with what is proposed. */
static uint32_t add_head(const struct stream *stream, size_t length, struct fields *fields)
{
	struct cursor called = cursor_over(stream->bytes + TITLES_AT, TITLE_LENGTH);
	struct cursor calling = cursor_over(stream->bytes + TITLES_AT + TITLE_LENGTH, TITLE_LENGTH);
	struct cursor items = cursor_over(stream->bytes + ITEMS_AT, length - ITEMS_AT);
	bool is_request = stream->bytes[0] == PDU_REQUEST;
	uint64_t used = 0, provided = 0;

	fields_add_number(fields, FIELD_DICOM_PDU, stream->bytes[0]);
	add_trimmed(fields, is_request ? FIELD_DICOM_CALLING : FIELD_DICOM_CALLING_ECHO, &calling);
	add_trimmed(fields, FIELD_DICOM_CALLED, &called);
	if (!is_request) {
		add_roles_answer(items, *stream->peer_memory, fields);
		return MEMORY_MARK;
	}
	read_services(items, &used, &provided);
	dicom_roles_request(used, fields);
	dicom_roles_answer(dicom_proposals(provided) & DICOM_PROPOSES_COMMITMENT, fields);
	return MEMORY_MARK | dicom_proposals(used) << MEMORY_PROPOSALS;
}

static int malformed(struct fields *fields, enum malformed_reason *reason)
{
	fields_clear(fields);
	*reason = MALFORMED_DICOM;
	return -EBADMSG;
}

/*
 * Tells the items from ${from} of the PDU of ${total} bytes that begins the stream, as many as fields hold.
 * shape: as a decoder's; what was not there of a PDU beyond STREAM_BYTES_MAX is left to tell_rest.
 */
static int tell_items(const struct stream *stream, size_t from, size_t total, uint32_t memory, size_t *taken,
                      struct fields *fields, enum malformed_reason *reason)
{
	size_t here = total < stream->length ? total : stream->length, at;
	int read = from <= here ? add_items(stream->bytes + from, here - from, here == total, fields) : -EBADMSG;

	if (read < 0 || (read == 0 && from < here))
		return malformed(fields, reason);
	at = from + (size_t)read;
	if (at < here && fields->length >= PART_BYTES) {
		*stream->memory = memory | MEMORY_TELLING | (uint32_t)at;
		*taken = total;
		return STREAM_MORE;
	}
	*stream->memory = memory | (uint32_t)(total - at);
	*taken = at;
	return 1;
}

/* Tells items at the head of the stream, of the ${left} bytes of a PDU that was never there whole. */
static int tell_rest(const struct stream *stream, size_t left, uint32_t memory, size_t *taken, struct fields *fields,
                     enum malformed_reason *reason)
{
	size_t here = stream->length < left ? stream->length : left;
	int read = add_items(stream->bytes, here, here == left, fields);

	if (read == 0 && here < left && here < STREAM_BYTES_MAX / 2)
		return -EAGAIN;
	if (read <= 0)
		return malformed(fields, reason);
	*taken = (size_t)read;
	*stream->memory = memory | (uint32_t)(left - (size_t)read);
	return 1;
}

int dicom_decode(const struct stream *stream, size_t *taken, struct fields *fields, enum malformed_reason *reason)
{
	bool is_known = (*stream->memory & MEMORY_MARK_MASK) == MEMORY_MARK;
	size_t kept = *stream->memory & MEMORY_LEFT_MASK, total;
	uint32_t memory = *stream->memory & ~(MEMORY_LEFT_MASK | MEMORY_TELLING);
	struct cursor at = cursor_over(stream->bytes, stream->length);
	int result;

	if (is_known && kept > 0 && !(*stream->memory & MEMORY_TELLING))
		return tell_rest(stream, kept, memory, taken, fields, reason);
	result = is_known ? 1 : is_association(stream->bytes, stream->length);
	if (result <= 0)
		return result;
	if (stream->length < PDU_HEADER)
		return -EAGAIN;
	cursor_skip(&at, 2);
	total = PDU_HEADER + (size_t)cursor_be32(&at);
	if (is_known && kept > 0)
		return tell_items(stream, kept, total, memory, taken, fields, reason);
	if (is_known || stream->bytes[0] > PDU_ACCEPT) {
		*stream->memory = MEMORY_MARK | (*stream->memory & ~MEMORY_MARK_MASK);
		*taken = total;
		return 1;
	}
	if (total < ITEMS_AT + ITEM_HEADER || total > ASSOCIATION_MAX)
		return malformed(fields, reason);
	if (stream->length < total && stream->length < STREAM_BYTES_MAX)
		return -EAGAIN;
	memory = add_head(stream, total < stream->length ? total : stream->length, fields);
	return tell_items(stream, ITEMS_AT, total, memory, taken, fields, reason);
}

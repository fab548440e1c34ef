/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "controller/sensor/decode/hl7.h"

#include <errno.h>
#include <string.h>

#include "controller/sensor/decode/hl7_role.h"
#include "policy/base/memory.h"

#define START_BLOCK 0x0b
#define END_BLOCK   0x1c
#define FRAME_MIN   4 /* start block and "MSH" */
#define EUI_LENGTH  16
#define UDI_DIGITS  14
#define CODE_MAX    96
#define MEMORY_MARK 0x48000000U
#define MEMORY_OPEN 0x00000001U /* inside a message whose beginning was taken */

/* What is taken of one message, besides its header. */
struct gathering {
	struct fields *fields;
	struct hl7_message message;
	struct hl7_subject subject;
	unsigned int devices;
	unsigned int codes;
	unsigned int models;
};

static void add_span(struct fields *fields, enum field field, struct hl7_span span)
{
	if (span.length > 0)
		fields_add(fields, field, span.at, span.length);
}

/* Adds a value that was not told before, and counts it. */
static void add_once(struct gathering *gathering, enum field field, const uint8_t *bytes, size_t length,
                     unsigned int *count)
{
	struct field_value value;

	if (length == 0 || *count >= HL7_NAMES_MAX)
		return;
	for (size_t at = 0; fields_next(gathering->fields, &at, &value);)
		if (value.field == field && value.length == length && memcmp(value.bytes, bytes, length) == 0)
			return;
	fields_add(gathering->fields, field, bytes, length);
	(*count)++;
}

static bool is_digit(uint8_t byte)
{
	return byte >= '0' && byte <= '9';
}

static bool is_letter(uint8_t byte)
{
	return (byte >= 'A' && byte <= 'Z') || (byte >= 'a' && byte <= 'z');
}

static bool is_eui(const struct hl7_span *span)
{
	if (span->length != EUI_LENGTH)
		return false;
	for (size_t i = 0; i < EUI_LENGTH; i++)
		if (!is_digit(span->at[i]) && !((span->at[i] | 0x20) >= 'a' && (span->at[i] | 0x20) <= 'f'))
			return false;
	return true;
}

static void add_device(struct gathering *gathering, const struct hl7_span *eui)
{
	uint8_t upper[EUI_LENGTH];

	if (!is_eui(eui))
		return;
	for (size_t i = 0; i < EUI_LENGTH; i++)
		upper[i] = (uint8_t)(is_letter(eui->at[i]) ? eui->at[i] & ~0x20 : eui->at[i]);
	add_once(gathering, FIELD_HL7_DEVICE, upper, sizeof(upper), &gathering->devices);
}

/* GS1 application identifier 01 and a GTIN; what follows names the one device or its lot and is left off. */
static void add_udi(struct gathering *gathering, const struct hl7_span *text)
{
	static const char *const heads[] = { "(01)", "01" };
	uint8_t udi[4 + UDI_DIGITS] = "(01)";
	struct field_value value;

	for (size_t i = 0; i < ARRAY_SIZE(heads); i++) {
		size_t head = strlen(heads[i]), digits = 0;

		if (text->length < head + UDI_DIGITS || memcmp(text->at, heads[i], head) != 0)
			continue;
		while (digits < UDI_DIGITS && is_digit(text->at[head + digits]))
			digits++;
		if (digits < UDI_DIGITS || fields_find(gathering->fields, FIELD_HL7_UDI, &value))
			continue;
		memcpy(udi + 4, text->at + head, UDI_DIGITS);
		fields_add(gathering->fields, FIELD_HL7_UDI, udi, sizeof(udi));
	}
}

/* An entity identifier of equipment: id^namespace^universal id^its type. ${is_model}: it may name a make. */
static void add_equipment(struct gathering *gathering, const struct hl7_span *entity, bool is_model)
{
	struct hl7_span id = hl7_component(&gathering->message, entity, 1);
	struct hl7_span name = hl7_component(&gathering->message, entity, 2);
	struct hl7_span universal = hl7_component(&gathering->message, entity, 3);
	bool has_letter = false;

	add_device(gathering, &id);
	add_device(gathering, &universal);
	add_udi(gathering, &id);
	if (!is_model)
		return;
	if (name.length == 0 && !is_eui(&id))
		name = id;
	for (size_t i = 0; i < name.length; i++)
		has_letter = has_letter || is_letter(name.at[i]);
	if (has_letter) /* without one it is a serial number */
		add_once(gathering, FIELD_HL7_MODEL, name.at, name.length, &gathering->models);
}

static bool ends_with(const struct hl7_span *span, const char *text)
{
	size_t length = strlen(text);

	return span->length >= length && memcmp(span->at + span->length - length, text, length) == 0;
}

/* Whole devices and their large parts by number and name: "69965 MDC_DEV_MON_PHYSIO_MULTI_PARAM_MDS". */
static void add_code(struct gathering *gathering, const struct hl7_span *code, const struct hl7_span *name)
{
	uint8_t text[CODE_MAX];
	size_t length = 0;

	if (code->length + 1 + name->length > sizeof(text) || (!ends_with(name, "_MDS") && !ends_with(name, "_VMD")))
		return;
	if (code->length > 0) {
		memcpy(text, code->at, code->length);
		text[code->length] = ' ';
		length = code->length + 1;
	}
	memcpy(text + length, name->at, name->length);
	add_once(gathering, FIELD_HL7_CODE, text, length + name->length, &gathering->codes);
}

static void read_observation(struct gathering *gathering, const struct hl7_span *segment)
{
	struct hl7_span what = hl7_field(&gathering->message, segment, 3);
	struct hl7_span code = hl7_component(&gathering->message, &what, 1);
	struct hl7_span name = hl7_component(&gathering->message, &what, 2);
	struct hl7_span equipment = hl7_field(&gathering->message, segment, 18), entity;
	unsigned int kind = hl7_kind_of_device(&name);

	if (hl7_contains(&name, "MDC_DEV_"))
		add_code(gathering, &code, &name);
	if (kind && ends_with(&name, "_MDS"))
		gathering->subject.systems |= kind;
	if (!kind && (equipment.length > 0 || hl7_contains(&name, "MDC")))
		kind = hl7_kind_of_code(&code, &name); /* a vital sign that no device stands for is a record's */
	gathering->subject.parts |= kind;
	while (hl7_repetition(&gathering->message, &equipment, &entity))
		add_equipment(gathering, &entity, true);
}

/* HL7 table 0074, diagnostic service sections that are a laboratory's. */
static bool is_laboratory(const struct hl7_span *section)
{
	static const char *const sections[] = { "LAB", "CH", "HM", "MB", "BG", "SR", "IMM", "TX", "UR" };

	for (size_t i = 0; i < ARRAY_SIZE(sections); i++)
		if (hl7_is(section, sections[i]))
			return true;
	return false;
}

static void read_request(struct gathering *gathering, const struct hl7_span *segment)
{
	struct hl7_span filler = hl7_field(&gathering->message, segment, 3);
	struct hl7_span section = hl7_field(&gathering->message, segment, 24);

	add_equipment(gathering, &filler, false);
	if (is_laboratory(&section))
		gathering->subject.parts |= HL7_KIND_LAB;
}

static void read_participant(struct gathering *gathering, const struct hl7_span *segment)
{
	struct hl7_span device = hl7_field(&gathering->message, segment, 10);
	struct hl7_span udi = hl7_field(&gathering->message, segment, 16), entity;

	while (hl7_repetition(&gathering->message, &device, &entity))
		add_equipment(gathering, &entity, true);
	add_equipment(gathering, &udi, false);
}

/* The header as it stands, but for MSH-8: security, which the standard leaves to the site. */
static void add_header(struct gathering *gathering, const struct hl7_span *header)
{
	uint8_t text[FIELD_VALUE_MAX];
	size_t length = 0, number = 1;

	for (size_t i = 0; i < header->length && length < sizeof(text); i++) {
		if (header->at[i] == gathering->message.field)
			number++;
		if (number != 8 || header->at[i] == gathering->message.field)
			text[length++] = header->at[i];
	}
	fields_add(gathering->fields, FIELD_HL7_SEGMENT, text, length);
}

static void read_header(struct gathering *gathering, const struct hl7_span *header)
{
	const struct hl7_message *message = &gathering->message;
	struct hl7_span application = hl7_field(message, header, 3), facility = hl7_field(message, header, 4);
	struct hl7_span receiver = hl7_field(message, header, 5), type = hl7_field(message, header, 9);
	struct hl7_span profiles = hl7_field(message, header, 21), profile;
	struct hl7_span name = hl7_component(message, &application, 1);
	struct hl7_span universal = hl7_component(message, &application, 2);
	struct hl7_span universal_type = hl7_component(message, &application, 3);

	gathering->subject.type = hl7_component(message, &type, 1);
	gathering->subject.event = hl7_component(message, &type, 2);
	gathering->subject.sender_is_identified = hl7_is(&universal_type, "EUI-64") && is_eui(&universal);
	add_span(gathering->fields, FIELD_HL7_TYPE, gathering->subject.type);
	add_span(gathering->fields, FIELD_HL7_EVENT, gathering->subject.event);
	add_header(gathering, header);
	add_span(gathering->fields, FIELD_HL7_APPLICATION, name.length > 0 ? name : universal);
	add_span(gathering->fields, FIELD_HL7_FACILITY, hl7_component(message, &facility, 1));
	add_span(gathering->fields, FIELD_HL7_RECEIVER, hl7_component(message, &receiver, 1));
	while (hl7_repetition(message, &profiles, &profile))
		add_span(gathering->fields, FIELD_HL7_PROFILE, profile);
	if (gathering->subject.sender_is_identified)
		add_device(gathering, &universal);
}

static bool decode_message(const uint8_t *bytes, size_t length, struct fields *fields)
{
	struct gathering gathering = { .fields = fields };
	struct hl7_span segment;
	const char *role;

	if (!hl7_open(bytes, length, &gathering.message) || !hl7_next(&gathering.message, &segment))
		return false;
	read_header(&gathering, &segment);
	while (hl7_next(&gathering.message, &segment)) {
		if (hl7_named(&gathering.message, &segment, "OBX"))
			read_observation(&gathering, &segment);
		else if (hl7_named(&gathering.message, &segment, "OBR"))
			read_request(&gathering, &segment);
		else if (hl7_named(&gathering.message, &segment, "PRT"))
			read_participant(&gathering, &segment);
		else if (hl7_named(&gathering.message, &segment, "SPM"))
			gathering.subject.parts |= HL7_KIND_LAB;
	}
	role = hl7_role(&gathering.subject);
	if (role)
		fields_add_text(fields, FIELD_HL7_ROLE, role);
	return true;
}

/* Finds the end block, and the CR behind it, in the stream from ${from}; 0 where it has not come yet. */
static size_t find_end(const struct stream *stream, size_t from)
{
	const uint8_t *end = memchr(stream->bytes + from, END_BLOCK, stream->length - from);
	size_t taken = end ? (size_t)(end - stream->bytes) + 1 : 0;

	if (!end || (taken == stream->length && taken < STREAM_BYTES_MAX))
		return 0;
	return taken < stream->length && stream->bytes[taken] == '\r' ? taken + 1 : taken;
}

static int decode_rest(const struct stream *stream, size_t *taken)
{
	size_t end = stream->length > 0 ? find_end(stream, 0) : 0;

	if (stream->length < 2)
		return -EAGAIN;
	*taken = end ? end : stream->length - 1; /* an end block in the last byte is looked at again */
	if (end)
		*stream->memory &= ~MEMORY_OPEN;
	return 1;
}

int hl7_decode(const struct stream *stream, size_t *taken, struct fields *fields, enum malformed_reason *reason)
{
	static const uint8_t head[FRAME_MIN] = { START_BLOCK, 'M', 'S', 'H' };
	bool is_known = (*stream->memory & MEMORY_MARK) == MEMORY_MARK;
	size_t end, content;

	if (is_known && *stream->memory & MEMORY_OPEN)
		return decode_rest(stream, taken);
	if (is_known && stream->length > 0 && (stream->bytes[0] == '\r' || stream->bytes[0] == '\n')) {
		*taken = 1;
		return 1;
	}
	if (stream->length == 0)
		return -EAGAIN;
	if (memcmp(stream->bytes, head, stream->length < FRAME_MIN ? stream->length : FRAME_MIN) != 0)
		return 0;
	if (stream->length < FRAME_MIN)
		return -EAGAIN;
	end = find_end(stream, FRAME_MIN);
	if (!end && stream->length < STREAM_BYTES_MAX)
		return -EAGAIN;
	content =
		end ? (size_t)((const uint8_t *)memchr(stream->bytes, END_BLOCK, end) - stream->bytes) : stream->length;
	if (!decode_message(stream->bytes + 1, content - 1, fields)) {
		*reason = MALFORMED_HL7;
		return -EBADMSG;
	}
	*stream->memory = MEMORY_MARK | (end ? 0 : MEMORY_OPEN);
	*taken = end ? end : stream->length - 1;
	return 1;
}

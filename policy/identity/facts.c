/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "policy/identity/facts.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "policy/base/memory.h"

#define ENTRY_HEADER  3 /* field in two bytes, length in one */
#define CAPACITY_STEP 64

void facts_done(struct facts *facts)
{
	free(facts->bytes);
	*facts = (struct facts){ .mac = facts->mac };
}

int facts_copy(const struct facts *facts, struct facts *copy)
{
	uint8_t *bytes = NULL;

	if (facts->length) {
		bytes = malloc(facts->length);
		if (!bytes)
			return -ENOMEM;
		memcpy(bytes, facts->bytes, facts->length);
	}
	*copy = *facts;
	copy->bytes = bytes;
	copy->capacity = facts->length;
	return 0;
}

bool facts_next(const struct facts *facts, size_t *at, struct field_value *value)
{
	const uint8_t *entry;

	if (*at >= facts->length)
		return false;
	entry = facts->bytes + *at;
	*value = (struct field_value){ .field = (enum field)(entry[0] << 8 | entry[1]),
		                       .bytes = entry + ENTRY_HEADER,
		                       .length = entry[2] };
	*at += ENTRY_HEADER + value->length;
	return true;
}

bool facts_newest(const struct facts *facts, enum field field, struct field_value *value)
{
	struct field_value one;
	bool found = false;

	for (size_t at = 0; facts_next(facts, &at, &one);) {
		if (one.field != field)
			continue;
		*value = one;
		found = true;
	}
	return found;
}

bool facts_name(const struct facts *facts, struct field_value *value)
{
	static const enum field names[] = { FIELD_HOST_NAME,   FIELD_MDNS_NAME,     FIELD_NETBIOS_NAME,
		                            FIELD_LLMNR_NAME,  FIELD_NTLM_COMPUTER, FIELD_SNMP_NAME,
		                            FIELD_LLDP_SYSTEM, FIELD_CDP_DEVICE,    FIELD_DICOM_CALLING };

	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		if (facts_newest(facts, names[i], value))
			return true;
	return false;
}

/* ---- places in the block ---- */

static size_t entry_size(const struct facts *facts, size_t at)
{
	return ENTRY_HEADER + facts->bytes[at + 2];
}

static bool is_field(const struct facts *facts, size_t at, enum field field)
{
	return (facts->bytes[at] << 8 | facts->bytes[at + 1]) == (int)field;
}

/* Where ${value} stands; facts->length where it does not. */
static size_t find(const struct facts *facts, const struct field_value *value)
{
	size_t at = 0;

	while (at < facts->length && !(is_field(facts, at, value->field) && facts->bytes[at + 2] == value->length &&
	                               memcmp(facts->bytes + at + ENTRY_HEADER, value->bytes, value->length) == 0))
		at += entry_size(facts, at);
	return at;
}

/* Makes the entry at ${at} the last of its field; all others stay in their order. */
static void make_newest(struct facts *facts, size_t at, enum field field)
{
	uint8_t entry[ENTRY_HEADER + FACT_VALUE_MAX];
	size_t size = entry_size(facts, at);
	size_t behind = 0;

	for (size_t other = at + size; other < facts->length; other += entry_size(facts, other))
		if (is_field(facts, other, field))
			behind = other + entry_size(facts, other);
	if (!behind)
		return;
	memcpy(entry, facts->bytes + at, size);
	memmove(facts->bytes + at, facts->bytes + at + size, behind - at - size);
	memcpy(facts->bytes + behind - size, entry, size);
}

static void forget(struct facts *facts, size_t at)
{
	size_t size = entry_size(facts, at);

	memmove(facts->bytes + at, facts->bytes + at + size, facts->length - at - size);
	facts->length = (uint16_t)(facts->length - size);
	facts->forgotten++;
}

static size_t first_of(const struct facts *facts, enum field field)
{
	size_t at = 0;

	while (at < facts->length && !is_field(facts, at, field))
		at += entry_size(facts, at);
	return at;
}

static size_t count_of(const struct facts *facts, enum field field)
{
	size_t count = 0;

	for (size_t at = 0; at < facts->length; at += entry_size(facts, at))
		count += is_field(facts, at, field);
	return count;
}

/* The oldest value of the field that takes most room; facts are not empty. */
static size_t oldest_of_largest(const struct facts *facts)
{
	uint16_t taken[FIELD_COUNT] = { 0 };
	enum field largest = FIELD_NONE;
	struct field_value value;

	for (size_t at = 0; facts_next(facts, &at, &value);)
		taken[value.field] = (uint16_t)(taken[value.field] + ENTRY_HEADER + value.length);
	for (int field = 0; field < FIELD_COUNT; field++)
		if (taken[field] > taken[largest])
			largest = (enum field)field;
	return first_of(facts, largest);
}

static int reserve(struct facts *facts, size_t size)
{
	size_t capacity = (size + CAPACITY_STEP - 1) / CAPACITY_STEP * CAPACITY_STEP;
	uint8_t *bytes;

	if (size <= facts->capacity)
		return 0;
	bytes = realloc(facts->bytes, capacity);
	if (!bytes)
		return -ENOMEM;
	facts->bytes = bytes;
	facts->capacity = (uint16_t)capacity;
	return 0;
}

static void append(struct facts *facts, const struct field_value *value)
{
	uint8_t *entry = facts->bytes + facts->length;

	entry[0] = (uint8_t)(value->field >> 8);
	entry[1] = (uint8_t)value->field;
	entry[2] = (uint8_t)value->length;
	memcpy(entry + ENTRY_HEADER, value->bytes, value->length);
	facts->length = (uint16_t)(facts->length + ENTRY_HEADER + value->length);
}

int facts_add(struct facts *facts, const struct field_value *value)
{
	const struct field_info *info = field_info(value->field);
	struct field_value kept = *value;
	size_t needed, at;
	int rc;

	if (kept.length > FACT_VALUE_MAX)
		kept.length = FACT_VALUE_MAX;
	while (info->shape == SHAPE_TEXT && kept.length && kept.bytes[kept.length - 1] == 0)
		kept.length--;
	if (!info->keep || !kept.length)
		return 0;
	at = find(facts, &kept);
	if (at < facts->length) {
		make_newest(facts, at, kept.field);
		return 0;
	}
	needed = facts->length + ENTRY_HEADER + kept.length;
	rc = reserve(facts, needed < FACTS_BYTES_MAX ? needed : FACTS_BYTES_MAX);
	if (rc < 0)
		return rc;
	while (count_of(facts, kept.field) >= info->keep)
		forget(facts, first_of(facts, kept.field));
	while (facts->length + ENTRY_HEADER + kept.length > FACTS_BYTES_MAX)
		forget(facts, oldest_of_largest(facts));
	append(facts, &kept);
	return 1;
}

/* The fact that a name which is none of its own stands for; FIELD_NONE for any other field. */
static enum field stands_for(enum field field)
{
	switch (field) {
	case FIELD_DHCP_FQDN:
	case FIELD_DHCP6_FQDN:
		return FIELD_HOST_NAME;
	case FIELD_NTLM_WORKSTATION:
		return FIELD_NTLM_COMPUTER;
	case FIELD_BROWSER_SERVER:
	case FIELD_RDP_CLIENT_NAME:
	case FIELD_KERBEROS_HOST:
		return FIELD_NETBIOS_NAME;
	default:
		return FIELD_NONE;
	}
}

/* RFC 8415 sections 7.3 and 9: what a relay passes on is its client's, and this frame is the relay's. */
static bool is_relayed(const struct fields *fields)
{
	uint64_t message = fields_number(fields, FIELD_DHCP6_MESSAGE, 0);

	return message == 12 || message == 13;
}

int facts_learn(struct facts *facts, const struct fields *fields, facts_wanted *wanted, const void *context)
{
	struct field_value value, other;
	int news = 0;

	if (is_relayed(fields))
		return 0;
	for (size_t at = 0; fields_next(fields, &at, &value);) {
		enum field named = stands_for(value.field);
		int rc;

		if (named && fields_find(fields, named, &other))
			continue;
		if (named)
			value.field = named;
		if (!field_info(value.field)->keep || (wanted && !wanted(&value, context)))
			continue;
		rc = facts_add(facts, &value);
		if (rc < 0)
			return rc;
		news |= rc;
	}
	return news;
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Facts of a stranger against rules of every kind, and the delivered ones where they are at hand: MAC, then three
 * values of DHCP, each with its length ahead, then values of any field, its number and the length ahead. What comes out
 * must be printable and inside its bounds, and the same when asked again.
 */
#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "policy/base/cursor.h"
#include "policy/identity/identity.h"

#ifndef ISOWARD_SOURCE_DIR
#define ISOWARD_SOURCE_DIR "."
#endif

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void load_file(struct fingerprints *fingerprints, const char *name)
{
	static char text[1 << 20];
	char path[512];
	FILE *file;

	snprintf(path, sizeof(path), "%s/policy/fingerprints/%s.yaml", ISOWARD_SOURCE_DIR, name);
	file = fopen(path, "rb");
	if (!file)
		return;
	fingerprints_add_yaml(fingerprints, name, text, fread(text, 1, sizeof(text), file), NULL);
	fclose(file);
}

static const char rules[] =
	"version: 1\nrules:\n"
	"- { name: z1, source: oui, prefix: GE, class: medical/imaging, weight: 2.8, vendor: GE, cite: c }\n"
	"- { name: z2, source: oui, mac: 'f8:c6:78', class: medical/infusion-pump, weight: 2.8, cite: c }\n"
	"- { name: z3, source: host-name, glob: ['*ct-[0-9]*', '*a*[!b]?'], class: medical/imaging/ct, weight: 2.5, "
	"cite: c }\n"
	"- { name: z4, source: host-name, contains: '\\x00', class: console, weight: 3.0, cite: c }\n"
	"- { name: z5, source: dhcp-vendor, prefix: MSFT, class: medical/infusion-pump, weight: -4.0, os: W, cite: c "
	"}\n"
	"- { name: z6, source: dhcp-vendor, match: MSFT 5.0, class: computer/workstation, weight: 3.0, os: W, cite: c "
	"}\n"
	"- { name: z7, source: dhcp-parameters, starts: ['1,3', '255'], class: computer, weight: 2.0, cite: c }\n"
	"- { name: z8, source: dhcp-parameters, match: '1,3,6', class: printer, weight: 2.0, cite: c }\n";

static struct fingerprints *load(void)
{
	static const char *const files[] = { "vendors", "vendors-medical", "dhcp-parameters", "dhcp-vendor",
		                             "host-names" };
	static const char registry[] =
		"Registry,Assignment,Organization Name,Organization Address\n"
		"MA-L,444B5D,GE Healthcare,\nMA-L,F8C678,Carefusion,\nMA-L,001788,Philips Lighting BV,\n";
	struct fingerprints *fingerprints = NULL;

	if (fingerprints_new(&fingerprints) < 0)
		return NULL;
	for (size_t i = 0; i < ARRAY_SIZE(files); i++)
		load_file(fingerprints, files[i]);
	fingerprints_add_yaml(fingerprints, "rules", rules, sizeof(rules) - 1, NULL);
	fingerprints_add_registry(fingerprints, "oui.csv", registry, sizeof(registry) - 1, NULL);
	return fingerprints;
}

/* What is known stays what facts promise: bounded, whole, no value twice. */
static void check_facts(const struct facts *facts)
{
	struct field_value value, newest;
	size_t at = 0;

	assert(facts->length <= FACTS_BYTES_MAX && facts->length <= facts->capacity);
	while (facts_next(facts, &at, &value)) {
		assert(field_info(value.field)->keep && value.length && facts_newest(facts, value.field, &newest));
		assert(newest.bytes >= value.bytes);
	}
	assert(at == facts->length);
}

static void read_fact(struct cursor *cursor, enum field field, struct facts *facts)
{
	size_t length = cursor_u8(cursor);
	struct field_value value = { .field = field };
	int news;

	if (length > cursor_left(cursor))
		length = cursor_left(cursor);
	value.length = length;
	value.bytes = cursor_take(cursor, length);
	if (!value.bytes || !length)
		return;
	news = facts_add(facts, &value);
	assert(news == 0 || (news == 1 && facts_add(facts, &value) == 0));
	check_facts(facts);
}

static void check_text(const char *text, size_t size)
{
	assert(memchr(text, '\0', size));
	for (; *text; text++)
		assert((unsigned char)*text >= 0x20 && *text != 0x7f);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct fingerprints *fingerprints;
	struct cursor cursor = cursor_over(data, size);
	struct facts facts = { 0 };
	struct identity first, second;
	const uint8_t *mac = cursor_take(&cursor, 6);

	if (!fingerprints)
		fingerprints = load();
	if (!fingerprints)
		return 0;
	if (mac)
		memcpy(facts.mac.byte, mac, 6);
	read_fact(&cursor, FIELD_DHCP_PARAMETERS, &facts);
	read_fact(&cursor, FIELD_DHCP_VENDOR, &facts);
	read_fact(&cursor, FIELD_HOST_NAME, &facts);
	while (cursor_left(&cursor) > 1)
		read_fact(&cursor, (enum field)(1 + cursor_u8(&cursor) % (FIELD_COUNT - 1)), &facts);
	memset(&first, 0x55, sizeof(first));
	memset(&second, 0xaa, sizeof(second));
	identity_judge(fingerprints, &facts, &first);
	identity_judge(fingerprints, &facts, &second);
	assert(memcmp(&first, &second, sizeof(first)) == 0);
	assert(first.evidence_count <= IDENTITY_EVIDENCE_MAX && first.confidence < 100);
	assert((first.confidence == 0) == (first.class[0] == '\0'));
	for (size_t i = 0; i < first.evidence_count; i++)
		check_text(first.evidence[i].value, sizeof(first.evidence[i].value));
	facts_done(&facts);
	return 0;
}

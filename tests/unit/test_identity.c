/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "policy/classes.h"
#include "policy/identity/fingerprint_rule.h"
#include "tests/unit/small_facts.h"

#define HEAD "version: 1\nrules:\n"
#define ONE  "- { name: one, source: host-name, match: a, os: X, cite: y }\n"

static const char rules[] = HEAD
	"- { name: oui-ge, source: oui, prefix: GE Health, class: medical/imaging, weight: 2.5, vendor: GE, cite: c }\n"
	"- { name: oui-bd, source: oui, mac: 'F8:C6:78', class: medical/infusion-pump, weight: 2.5, cite: c }\n"
	"- { name: oui-boards, source: oui, match: boards, class: embedded, weight: 3.0, cite: c }\n"
	"- { name: host-ct, source: host-name, glob: ['ct-[0-9]*', 'ct[0-9]'], class: medical/imaging/ct, weight: 2.5, "
	"cite: c }\n"
	"- { name: host-mr, source: host-name, glob: 'mr-*', class: medical/imaging/mr, weight: 2.5, cite: c }\n"
	"- { name: host-scan, source: host-name, prefix: scan, class: medical/imaging/ct, weight: 0.5, cite: c }\n"
	"- { name: host-pump, source: host-name, contains: alaris, class: medical/infusion-pump, weight: 2.5, cite: c "
	"}\n"
	"- { name: host-pc, source: host-name, prefix: pc, class: computer, weight: 2.5, cite: c }\n"
	"- { name: vendor-mr, source: dhcp-vendor, match: magnet, class: medical/imaging/mr, weight: 2.5, cite: c }\n"
	"- { name: msft, source: dhcp-vendor, match: MSFT 5.0, class: computer/workstation, weight: 3.0, os: Windows, "
	"cite: c }\n"
	"- { name: msft-no-pump, source: dhcp-vendor, prefix: MSFT, class: medical/infusion-pump, weight: -4, cite: c "
	"}\n"
	"- { name: win, source: dhcp-parameters, match: '1,3,6,15', class: computer/workstation, weight: 2.0, os: Win, "
	"cite: c }\n"
	"- { name: starts, source: dhcp-parameters, starts: '9,3', class: printer, weight: 3.0, cite: c }\n"
	"- { name: umlaut, source: oui, prefix: DR\xc3\xa4ger, class: medical, weight: 1.0, vendor: Draeger, cite: c "
	"}\n"
	"- { name: weak, source: host-name, glob: '*', class: printer, weight: 0.25, cite: c }\n"
	"- { name: cloud, source: dns-question, domain: lights.example, class: iot/hub, weight: 3.5, cite: c }\n"
	"- { name: cloud-of-http, source: http-host, domain: www.plugs.example, class: iot/plug, weight: 3.5, cite: c "
	"}\n"
	"- { name: odd, source: host-name, contains: '\\x00', class: console, weight: 3.0, cite: c }\n";

static const char registry[] = "Registry,Assignment,Organization Name,Organization Address\n"
			       "MA-L,444B5D,GE Healthcare,\nMA-L,B827EB,Boards,\nMA-L,000001,Somebody,\n"
			       "MA-L,000002,Dr\xc3\xa4gerwerk,\n";

static int set_up(void **state)
{
	struct fingerprints *fingerprints = NULL;
	struct error error = { 0 };

	if (fingerprints_new(&fingerprints) < 0)
		return -1;
	*state = fingerprints;
	if (fingerprints_add_yaml(fingerprints, "rules", rules, strlen(rules), &error) < 0) {
		print_error("%u:%u: %s\n", error.line, error.column, error.text);
		return -1;
	}
	return fingerprints_add_registry(fingerprints, "oui.csv", registry, strlen(registry), NULL) > 0 ? 0 : -1;
}

static int tear_down(void **state)
{
	fingerprints_free(*state);
	return 0;
}

/* ${list}: the option numbers themselves, one a byte. */
static void judge(const struct fingerprints *fingerprints, const char *mac, const char *list, const char *vendor,
                  const char *host, struct identity *identity)
{
	struct facts facts = { 0 };

	assert_int_equal(mac_parse(mac, &facts.mac), 0);
	facts_say_text(&facts, FIELD_DHCP_PARAMETERS, list);
	facts_say_text(&facts, FIELD_DHCP_VENDOR, vendor);
	facts_say_text(&facts, FIELD_HOST_NAME, host);
	identity_judge(fingerprints, &facts, identity);
	facts_done(&facts);
}

static bool has_evidence(const struct identity *identity, const char *class, int weight)
{
	for (size_t i = 0; i < identity->evidence_count; i++) {
		if (strcmp(identity->evidence[i].class, class) == 0 && identity->evidence[i].weight == weight)
			return true;
	}
	return false;
}

static void test_classes(void **state)
{
	static const struct {
		const char *name;
		const char *mac, *list, *vendor, *host;
		const char *class;
	} vectors[] = {
		{ "nothing", "00:00:00:00:00:00", "", "", "", "" },
		{ "medical prefix alone", "44:4b:5d:00:00:01", "", "", "", "" },
		{ "medical prefix and modality", "44:4b:5d:00:00:01", "", "", "CT-2", "medical/imaging/ct" },
		{ "name with a domain", "44:4b:5d:00:00:01", "", "", "ct-2.hospital.example", "medical/imaging/ct" },
		{ "name not matched in its domain", "00:00:00:00:00:00", "", "", "x.pc", "" },
		{ "a name alone", "00:00:00:00:00:00", "", "", "CT-2", "" },
		{ "whole known, part not", "44:4b:5d:00:00:01", "", "", "scan", "medical/imaging" },
		{ "parts disagree, whole agrees", "44:4b:5d:00:00:01", "", "magnet", "ct-2", "medical/imaging" },
		{ "parts support the whole", "00:00:00:00:00:00", "", "magnet", "ct-2", "medical/imaging" },
		{ "pump", "f8:c6:78:00:00:01", "", "", "ALARIS-PCU-1", "medical/infusion-pump" },
		{ "pump that speaks Windows", "f8:c6:78:00:00:01", "\1\3\6\17", "MSFT 5.0", "ALARIS-PCU-1", "" },
		{ "pump's prefix on a PC", "f8:c6:78:00:00:01", "\1\3\6\17", "MSFT 5.0", "pc-7",
		  "computer/workstation" },
		{ "PC", "00:00:01:00:00:01", "\1\3\6\17", "MSFT 5.0", "x", "computer/workstation" },
		{ "no margin", "b8:27:eb:00:00:01", "", "MSFT 5.0", "", "" },
		{ "prefix of other trades alone", "b8:27:eb:00:00:01", "", "", "", "embedded" },
		{ "list that starts so", "00:00:00:00:00:00", "\11\3\6", "", "", "printer" },
		{ "list that is so", "00:00:00:00:00:00", "\11\3", "", "", "printer" },
		{ "list with a longer number", "00:00:00:00:00:00", "\11\41", "", "", "" },
		{ "exact is exact", "00:00:00:00:00:00", "", "MSFT 5.01", "", "" },
		{ "case does not matter", "00:00:00:00:00:00", "", "msft 5.0", "", "computer/workstation" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(vectors); i++) {
		struct identity identity;

		judge(*state, vectors[i].mac, vectors[i].list, vectors[i].vendor, vectors[i].host, &identity);
		if (strcmp(identity.class, vectors[i].class) != 0)
			fail_msg("%s: \"%s\", expected \"%s\"", vectors[i].name, identity.class, vectors[i].class);
		assert_int_equal(identity.confidence != 0, *vectors[i].class != 0);
		assert_true(identity.confidence <= 99);
	}
}

/* A rule for a domain is one for all names in it, asked for in whatever way. */
static void test_names_looked_for(void **state)
{
	static const struct {
		enum field field;
		const char *name, *class;
	} vectors[] = {
		{ FIELD_DNS_QUESTION, "lights.example", "iot/hub" },
		{ FIELD_DNS_QUESTION, "eu.api.Lights.Example", "iot/hub" },
		{ FIELD_TLS_NAME, "api.lights.example", "iot/hub" },
		{ FIELD_HTTP_HOST, "api.lights.example:8080", "iot/hub" },
		{ FIELD_HTTP_HOST, "www.plugs.example", "iot/plug" },
		{ FIELD_DNS_QUESTION, "www.plugs.example", "" },
		{ FIELD_HTTP_HOST, "plugs.example", "" },
		{ FIELD_DNS_QUESTION, "nightlights.example", "" },
		{ FIELD_DNS_QUESTION, "lights.example.net", "" },
		{ FIELD_DNS_QUESTION, "example", "" },
		{ FIELD_HOST_NAME, "lights.example", "" },
		{ FIELD_DNS_QUESTION, ".", "" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(vectors); i++) {
		struct facts facts = { 0 };
		struct identity identity;

		facts_say_text(&facts, vectors[i].field, vectors[i].name);
		identity_judge(*state, &facts, &identity);
		facts_done(&facts);
		if (strcmp(identity.class, vectors[i].class) != 0)
			fail_msg("%s: \"%s\", expected \"%s\"", vectors[i].name, identity.class, vectors[i].class);
	}
}

static void test_contradiction_is_listed(void **state)
{
	struct identity identity;

	judge(*state, "f8:c6:78:00:00:01", "\1\3\6\17", "MSFT 5.0", "ALARIS-PCU-1", &identity);
	assert_true(has_evidence(&identity, "medical/infusion-pump", -400));
	assert_true(has_evidence(&identity, "medical/infusion-pump", 250));
	assert_true(has_evidence(&identity, "computer/workstation", 300));
	assert_string_equal(identity.os, "Windows");
	assert_int_equal(identity.evidence[0].weight, -400);
	assert_string_equal(identity.evidence[0].why, "msft-no-pump (c)");
	assert_string_equal(identity.evidence[0].value, "MSFT 5.0");
	assert_int_equal(identity.evidence[0].field, FIELD_DHCP_VENDOR);
	/* A plain PC claims to be no pump: nothing is contradicted. */
	judge(*state, "00:00:01:00:00:01", "", "MSFT 5.0", "", &identity);
	assert_false(has_evidence(&identity, "medical/infusion-pump", -400));
}

static void test_correlated_counts_once(void **state)
{
	struct identity identity;

	/* Both are the Windows DHCP client: 3.0 and a quarter of 2.0, not 5.0. */
	judge(*state, "00:00:00:00:00:00", "\1\3\6\17", "MSFT 5.0", "", &identity);
	assert_true(has_evidence(&identity, "computer/workstation", 300));
	assert_true(has_evidence(&identity, "computer/workstation", 50));
	/* Within one source the strongest only, though "*" matches as well. */
	judge(*state, "00:00:00:00:00:00", "", "", "ct1", &identity);
	assert_int_equal(identity.evidence_count, 2);
	assert_true(has_evidence(&identity, "medical/imaging/ct", 250));
	assert_true(has_evidence(&identity, "printer", 25));
}

static void test_names_vendor_and_os(void **state)
{
	struct identity identity;

	judge(*state, "44:4b:5d:00:00:01", "", "", "", &identity);
	assert_string_equal(identity.vendor, "GE");
	assert_string_equal(identity.evidence[0].value, "44:4b:5d GE Healthcare");
	judge(*state, "00:00:01:00:00:01", "", "", "", &identity);
	assert_string_equal(identity.vendor, "Somebody");
	assert_int_equal(identity.evidence_count, 1);
	assert_int_equal(identity.evidence[0].weight, 0);
	assert_string_equal(identity.evidence[0].class, "");
	judge(*state, "00:00:02:00:00:01", "", "", "", &identity);
	assert_string_equal(identity.vendor, "Draeger");
	assert_string_equal(identity.evidence[0].value, "00:00:02 Dr\xc3\xa4gerwerk");
	judge(*state, "00:00:03:00:00:01", "", "", "", &identity);
	assert_string_equal(identity.vendor, "");
	assert_int_equal(identity.evidence_count, 0);
}

static void judge_host(const struct fingerprints *fingerprints, const char *bytes, size_t length,
                       struct identity *identity)
{
	struct facts facts = { 0 };

	facts_say(&facts, FIELD_HOST_NAME, bytes, length);
	identity_judge(fingerprints, &facts, identity);
	facts_done(&facts);
}

static void test_hostile_values(void **state)
{
	struct facts facts = { 0 };
	struct identity identity;
	char longest[FACT_VALUE_MAX];

	judge_host(*state, "a\0b\xff\"\n\\", 7, &identity);
	assert_string_equal(identity.class, "console");
	assert_string_equal(identity.evidence[0].value, "a\\x00b\\xff\"\\x0a\\x5c");
	/* A terminating zero some clients count in is no part of the name. */
	judge_host(*state, "ct1\0\0", 5, &identity);
	assert_true(has_evidence(&identity, "medical/imaging/ct", 250));
	judge_host(*state, "\0\0", 2, &identity);
	assert_int_equal(identity.evidence_count, 0);
	/* The longest of everything, escaped fourfold. */
	memset(longest, 0xff, sizeof(longest));
	for (int field = FIELD_NONE + 1; field < FIELD_COUNT; field++)
		facts_say(&facts, (enum field)field, longest, sizeof(longest));
	identity_judge(*state, &facts, &identity);
	assert_true(strlen(identity.evidence[0].value) > IDENTITY_VALUE_MAX - 5);
	facts_done(&facts);
}

static void test_judgement_is_repeatable(void **state)
{
	struct identity first, second;

	memset(&first, 0xaa, sizeof(first));
	memset(&second, 0x55, sizeof(second));
	judge(*state, "44:4b:5d:00:00:01", "\1\3\6\17", "MSFT 5.0", "ct-2", &first);
	judge(*state, "44:4b:5d:00:00:01", "\1\3\6\17", "MSFT 5.0", "ct-2", &second);
	assert_memory_equal(&first, &second, sizeof(first));
}

static void test_evidence_is_capped(void **state)
{
	CLEANUP(fingerprints_free) struct fingerprints *fingerprints = NULL;
	size_t count = 0;
	char text[8192] = HEAD;
	struct identity identity;

	(void)state;
	assert_int_equal(fingerprints_new(&fingerprints), 0);
	for (; class_names[count]; count++)
		snprintf(text + strlen(text), sizeof(text) - strlen(text),
		         "- { name: r%zu, source: host-name, prefix: a, class: %s, weight: 1.%02zu, cite: c }\n", count,
		         class_names[count], count);
	assert_int_equal(fingerprints_add_yaml(fingerprints, "rules", text, strlen(text), NULL), 0);
	judge(fingerprints, "00:00:00:00:00:00", "", "", "abc", &identity);
	assert_int_equal(identity.evidence_count, IDENTITY_EVIDENCE_MAX);
	/* The strongest are kept, strongest first. */
	for (size_t i = 0; i < IDENTITY_EVIDENCE_MAX; i++)
		assert_string_equal(identity.evidence[i].class, class_names[count - 1 - i]);
}

static void test_bad_rules(void **state)
{
	static const struct {
		const char *name;
		const char *text;
		unsigned int line;
		const char *says;
	} vectors[] = {
		{ "empty", "", 1, "mapping" },
		{ "not YAML", "version: 1\nrules: [", 3, "" },
		{ "a domain of a name", HEAD "- { name: a, source: host-name, domain: b.c, vendor: V, cite: c }\n", 3,
		  "domain: is for names" },
		{ "a list", "- 1\n", 1, "mapping" },
		{ "no version", "rules: []\n", 1, "version" },
		{ "other version", "version: 2\nrules: []\n", 1, "must be 1" },
		{ "no rules", "version: 1\n", 1, "rules" },
		{ "rules are text", "version: 1\nrules: x\n", 2, "list" },
		{ "unknown top key", "version: 1\nrulez: []\n", 2, "unknown" },
		{ "second document", HEAD ONE "---\nversion: 1\n", 4, "" },
		{ "rule is text", HEAD ONE "- x\n", 4, "mapping" },
		{ "unknown key", HEAD ONE "- { name: b, soruce: host-name }\n", 4, "did you mean" },
		{ "key twice", HEAD ONE "- { name: b, name: c }\n", 4, "" },
		{ "no name", HEAD ONE "- { source: host-name, match: a, os: X, cite: y }\n", 4, "without name" },
		{ "no source", HEAD ONE "- { name: b, match: a, os: X, cite: y }\n", 4, "without source" },
		{ "no cite", HEAD ONE "- { name: b, source: host-name, match: a, os: X }\n", 4, "without cite" },
		{ "says nothing", HEAD ONE "- { name: b, source: host-name, match: a, cite: y }\n", 4, "say nothing" },
		{ "no pattern", HEAD ONE "- { name: b, source: host-name, os: X, cite: y }\n", 4, "without match" },
		{ "two patterns", HEAD ONE "- { name: b, source: host-name, match: a, glob: a, os: X, cite: y }\n", 4,
		  "both" },
		{ "empty list", HEAD ONE "- { name: b, source: host-name, match: [], os: X, cite: y }\n", 4, "1 to" },
		{ "empty pattern", HEAD ONE "- { name: b, source: host-name, match: '', os: X, cite: y }\n", 4,
		  "1 to" },
		{ "pattern is a mapping",
		  HEAD ONE "- { name: b, source: host-name, match: { a: b }, os: X, cite: y }\n", 4, "text" },
		{ "unknown source", HEAD ONE "- { name: b, source: dhcp, match: a, os: X, cite: y }\n", 4, "source:" },
		{ "name taken", HEAD ONE ONE, 4, "taken" },
		{ "unknown class",
		  HEAD ONE "- { name: b, source: host-name, match: a, class: medical/pmup, weight: 1, cite: y }\n", 4,
		  "tree" },
		{ "class without weight",
		  HEAD ONE "- { name: b, source: host-name, match: a, class: printer, cite: y }\n", 4, "weight" },
		{ "weight against nothing",
		  HEAD ONE "- { name: b, source: host-name, match: a, os: X, weight: -1, cite: y }\n", 4, "class" },
		{ "mark without a star", HEAD ONE "- { name: b, source: host-name, match: a, os: X $1, cite: y }\n", 4,
		  "stars" },
		{ "mark beyond the stars",
		  HEAD ONE "- { name: b, source: host-name, glob: 'a*', model: $2, cite: y }\n", 4, "stars" },
		{ "star in a set only", HEAD ONE "- { name: b, source: host-name, glob: 'a[*]', model: $1, cite: y }\n",
		  4, "stars" },
		{ "mark of a maker", HEAD ONE "- { name: b, source: oui, prefix: a, model: $1, cite: y }\n", 4, "oui" },
		{ "domain of a name", HEAD ONE "- { name: b, source: host-name, domain: a, os: X, cite: y }\n", 4,
		  "domain" },
		{ "slip in a source", HEAD ONE "- { name: b, source: host-nam, match: a, os: X, cite: y }\n", 4,
		  "did you mean 'host-name'" },
		{ "field that is no evidence", HEAD ONE "- { name: b, source: http-uri, match: a, os: X, cite: y }\n",
		  4, "no evidence" },
		{ "slip in a class",
		  HEAD ONE "- { name: b, source: host-name, match: a, class: printr, weight: 1, cite: y }\n", 4,
		  "did you mean 'printer'" },
		{ "support is text", "version: 1\nsupport: x\n", 2, "list" },
		{ "housing of no class", "version: 1\nhousings:\n- { class: medical/pc, holds: computer, source: b }\n",
		  3, "tree of classes" },
		{ "housing of nothing", "version: 1\nhousings:\n- { class: medical, source: b }\n", 3,
		  "without holds" },
		{ "the same housing twice",
		  "version: 1\nhousings:\n- { class: medical, holds: computer, source: b }\n"
		  "- { class: medical, holds: computer, source: c }\n",
		  4, "given twice" },
		{ "yields to what",
		  "version: 1\nrules:\n- { name: a, source: oui, match: b, class: computer, weight: 1.0, yields: "
		  "maybe, cite: c }\n",
		  3, "true or false" },
		{ "yields and speaks against",
		  "version: 1\nrules:\n- { name: a, source: oui, match: b, class: computer, weight: -1.0, yields: "
		  "true, cite: c }\n",
		  3, "above 0" },
		{ "support without a date", "version: 1\nsupport:\n- { name: a, source: b }\n", 3, "without ended" },
		{ "no such day", "version: 1\nsupport:\n- { name: a, ended: 2020-02-30, source: b }\n", 3, "day" },
		{ "support twice",
		  "version: 1\nsupport:\n- { name: a, ended: 2020-02-20, source: b }\n"
		  "- { name: a, ended: 2020-02-20, source: b }\n",
		  4, "already" },
		{ "weight of nothing",
		  HEAD ONE "- { name: b, source: host-name, match: a, class: printer, weight: 0.00, cite: y }\n", 4,
		  "weight" },
		{ "weight too large",
		  HEAD ONE "- { name: b, source: host-name, match: a, class: printer, weight: 20.01, cite: y }\n", 4,
		  "weight" },
		{ "weight huge",
		  HEAD ONE
		  "- { name: b, source: host-name, match: a, class: printer, weight: 99999999999999, cite: y }\n",
		  4, "weight" },
		{ "weight too fine",
		  HEAD ONE "- { name: b, source: host-name, match: a, class: printer, weight: 1.001, cite: y }\n", 4,
		  "weight" },
		{ "weight no number",
		  HEAD ONE "- { name: b, source: host-name, match: a, class: printer, weight: 1e3, cite: y }\n", 4,
		  "weight" },
		{ "weight two points",
		  HEAD ONE "- { name: b, source: host-name, match: a, class: printer, weight: 1.1.1, cite: y }\n", 4,
		  "weight" },
		{ "prefix decides",
		  HEAD ONE "- { name: b, source: oui, match: a, class: medical/lab, weight: 3, cite: y }\n", 4,
		  "alone" },
		{ "starts of a text", HEAD ONE "- { name: b, source: host-name, starts: a, os: X, cite: y }\n", 4,
		  "starts" },
		{ "glob of a list", HEAD ONE "- { name: b, source: dhcp-parameters, glob: '1*', os: X, cite: y }\n", 4,
		  "takes" },
		{ "list of words", HEAD ONE "- { name: b, source: dhcp-parameters, match: '1,a', os: X, cite: y }\n", 4,
		  "numbers" },
		{ "list with a gap", HEAD ONE "- { name: b, source: dhcp-parameters, match: '1,,2', os: X, cite: y }\n",
		  4, "numbers" },
		{ "list with a zero ahead",
		  HEAD ONE "- { name: b, source: dhcp-parameters, match: '01', os: X, cite: y }\n", 4, "numbers" },
		{ "list out of range",
		  HEAD ONE "- { name: b, source: dhcp-parameters, match: '256', os: X, cite: y }\n", 4, "numbers" },
		{ "open set", HEAD ONE "- { name: b, source: host-name, glob: 'a[0-9', os: X, cite: y }\n", 4,
		  "closed" },
		{ "mac of a name", HEAD ONE "- { name: b, source: host-name, mac: '001122', os: X, cite: y }\n", 4,
		  "oui" },
		{ "whole mac", HEAD ONE "- { name: b, source: oui, mac: '00:11:22:33:44:55', vendor: X, cite: y }\n", 4,
		  "6, 7 or 9" },
		{ "control character", HEAD ONE "- { name: b, source: host-name, match: \"a\\tb\", os: X, cite: y }\n",
		  4, "control" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(vectors); i++) {
		CLEANUP(fingerprints_free) struct fingerprints *fingerprints = NULL;
		struct error error = { 0 };
		struct identity identity;

		assert_int_equal(fingerprints_new(&fingerprints), 0);
		if (fingerprints_add_yaml(fingerprints, "r.yaml", vectors[i].text, strlen(vectors[i].text), &error) !=
		            -EINVAL ||
		    error.line != vectors[i].line || !strstr(error.text, vectors[i].says) || error.column == 0 ||
		    strcmp(error.file, "r.yaml") != 0)
			fail_msg("%s: %s:%u:%u: %s", vectors[i].name, error.file, error.line, error.column, error.text);
		/* Nothing of a bad file is added, the good rule ahead of the bad one neither. */
		judge(fingerprints, "00:00:00:00:00:00", "", "", "a", &identity);
		assert_string_equal(identity.os, "");
		assert_int_equal(fingerprints_add_yaml(fingerprints, "good", HEAD ONE, strlen(HEAD ONE), NULL), 0);
		judge(fingerprints, "00:00:00:00:00:00", "", "", "a", &identity);
		assert_string_equal(identity.os, "X");
		assert_int_equal(fingerprints_add_yaml(fingerprints, "good", HEAD ONE, strlen(HEAD ONE), NULL),
		                 -EINVAL);
	}
}

static void test_glob(void **state)
{
	static const struct {
		const char *pattern, *text;
		bool matches;
	} vectors[] = {
		{ "", "", true },
		{ "*", "", true },
		{ "?", "", false },
		{ "a", "a", true },
		{ "a", "ab", false },
		{ "*b", "aab", true },
		{ "a*c*e", "abcde", true },
		{ "a*c*e", "abcd", false },
		{ "[a-c]x", "bx", true },
		{ "[a-c]x", "dx", false },
		{ "[!a]x", "bx", true },
		{ "[!a]x", "ax", false },
		{ "[]]", "]", true },
		{ "[a-]", "-", true },
		{ "*[0-9]", "ct-9", true },
		{ "**", "x", true },
		{ "*a*a*a*b", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", false },
		{ "ct[0-9]*", "ctrl", false },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(vectors); i++) {
		if (fingerprint_glob_match(vectors[i].pattern, vectors[i].text, NULL) != vectors[i].matches)
			fail_msg("\"%s\" of \"%s\"", vectors[i].pattern, vectors[i].text);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_classes),
		cmocka_unit_test(test_names_looked_for),
		cmocka_unit_test(test_contradiction_is_listed),
		cmocka_unit_test(test_correlated_counts_once),
		cmocka_unit_test(test_names_vendor_and_os),
		cmocka_unit_test(test_hostile_values),
		cmocka_unit_test(test_judgement_is_repeatable),
		cmocka_unit_test(test_evidence_is_capped),
		cmocka_unit_test(test_bad_rules),
		cmocka_unit_test(test_glob),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}

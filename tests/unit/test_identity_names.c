/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What identity makes of many fields: what rests on one ground, names with versions, and the index behind the rules. */
#include <errno.h>
#include <stdio.h>
#include <time.h>

#include "policy/identity/fingerprint_rule.h"
#include "tests/unit/small_facts.h"

static const char rules[] =
	"version: 1\n"
	"rules:\n"
	"- { name: dhcp, source: dhcp-vendor, match: MSFT 5.0, class: computer/workstation, weight: 3.0, os: Windows, "
	"cite: c }\n"
	"- { name: list, source: dhcp-parameters, match: '1,3', class: computer/workstation, weight: 2.0, os: Windows, "
	"cite: c }\n"
	"- { name: syn, source: tcp-signature, contains: windows, class: computer, weight: 1.0, os: Windows, cite: c "
	"}\n"
	"- { name: ntlm, source: ntlm-version, prefix: '6.1.', os: Windows 7, weight: 4.0, cite: c }\n"
	"- { name: agent, source: http-user-agent, glob: '*windows nt 10.*', class: computer/workstation, weight: 2.0, "
	"os: Windows 10, cite: c }\n"
	"- { name: ios, source: http-user-agent, glob: '*iphone os *_*', class: phone/mobile, weight: 3.0, os: iOS $2, "
	"vendor: Apple, cite: c }\n"
	"- { name: model, source: snmp-description, glob: 'acme ? *; version *', model: '$1', class: printer, "
	"weight: 3.0, cite: c }\n"
	"- { name: rest, source: ssh-banner, prefix: 'SSH-2.0-Box_', model: Box $1, cite: c }\n"
	"- { name: ct-role, source: dicom-role, match: stores ct, class: medical/imaging/ct, weight: 5.0, cite: c }\n"
	"- { name: ct-name, source: host-name, glob: 'ct[0-9]*', class: medical/imaging/ct, weight: 2.0, cite: c }\n"
	"- { name: ct-title, source: dicom-calling, match: scanner, class: medical/imaging/ct, weight: 2.5, cite: c }\n"
	"- { name: ge, source: oui, prefix: ge, class: medical/imaging, weight: 2.9, cite: c }\n"
	"- { name: ge-2, source: oui, mac: 444b5d, class: medical/imaging/ct, weight: 2.9, cite: c }\n"
	"- { name: site, source: dns-question, domain: update.ge.example, class: medical, weight: 1.0, cite: c }\n"
	"- { name: made-up, source: address-quirk, match: randomised, class: phone/mobile, weight: 1.0, cite: c }\n"
	"support:\n"
	"- { name: Windows 7, ended: 2020-01-14, source: its maker }\n";

static const char registry[] = "Registry,Assignment,Organization Name,Organization Address\nMA-L,444B5D,GE Health,\n";

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

static int weight_of(const struct identity *identity, enum field field)
{
	for (size_t i = 0; i < identity->evidence_count; i++)
		if (identity->evidence[i].field == field)
			return identity->evidence[i].weight;
	return 0;
}

/* A scanner that is a Windows PC inside is not outvoted by being seen as such in five ways. */
static void test_one_system_seen_many_ways_counts_once(void **state)
{
	struct facts facts = { 0 };
	struct identity identity;

	facts_say_text(&facts, FIELD_DHCP_VENDOR, "MSFT 5.0");
	facts_say_list(&facts, FIELD_DHCP_PARAMETERS, "1,3");
	facts_say_text(&facts, FIELD_TCP_SIGNATURE, "windows");
	facts_say_text(&facts, FIELD_HTTP_USER_AGENT, "Mozilla/5.0 (Windows NT 10.0)");
	identity_judge(*state, &facts, &identity);
	assert_int_equal(weight_of(&identity, FIELD_DHCP_VENDOR), 300);
	assert_int_equal(weight_of(&identity, FIELD_DHCP_PARAMETERS), 50);
	assert_int_equal(weight_of(&identity, FIELD_TCP_SIGNATURE), 25);
	assert_int_equal(weight_of(&identity, FIELD_HTTP_USER_AGENT), 50);
	assert_string_equal(identity.class, "computer/workstation");
	facts_say_text(&facts, FIELD_DICOM_ROLE, "stores ct");
	facts_say_text(&facts, FIELD_HOST_NAME, "ct1.example");
	identity_judge(*state, &facts, &identity);
	assert_string_equal(identity.class, "medical/imaging/ct");
	facts_done(&facts);
}

/* One name told in three protocols is one name; a title is a name too. */
static void test_names_are_one_group(void **state)
{
	struct facts facts = { 0 };
	struct identity identity;

	facts_say_text(&facts, FIELD_HOST_NAME, "ct1");
	facts_say_text(&facts, FIELD_MDNS_NAME, "CT1.local");
	facts_say_text(&facts, FIELD_NETBIOS_NAME, "CT1");
	identity_judge(*state, &facts, &identity);
	assert_int_equal(identity.evidence_count, 3);
	assert_int_equal(identity.evidence[0].weight, 200);
	assert_int_equal(identity.evidence[1].weight, 0);
	assert_int_equal(identity.evidence[2].weight, 0);
	assert_string_equal(identity.class, "");
	facts_say_text(&facts, FIELD_DICOM_CALLING, "SCANNER");
	identity_judge(*state, &facts, &identity);
	assert_int_equal(weight_of(&identity, FIELD_DICOM_CALLING), 250);
	assert_int_equal(identity.evidence[1].weight, 50);
	assert_string_equal(identity.class, ""); /* 3.0, but all of it names that anybody may choose */
	facts_say_text(&facts, FIELD_DICOM_ROLE, "stores ct");
	identity_judge(*state, &facts, &identity);
	assert_string_equal(identity.class, "medical/imaging/ct");
	facts_done(&facts);
}

/* Rules that add up to a medical class by the adapter's maker alone do not make one. */
static void test_prefix_alone_is_never_medical(void **state)
{
	struct facts facts = { .mac = { { 0x44, 0x4b, 0x5d, 0, 0, 1 } } };
	struct fingerprints *fingerprints = *state;
	struct identity identity;

	/* Past the loader's own check, as a fault in it would be. */
	for (size_t i = 0; i < fingerprints->rule_count; i++)
		if (fingerprints->rules[i]->field == FIELD_OUI)
			fingerprints->rules[i]->weight = 900;
	identity_judge(fingerprints, &facts, &identity);
	assert_int_equal(identity.evidence[0].weight, 900);
	assert_string_equal(identity.class, "");
	facts_say_text(&facts, FIELD_DNS_QUESTION, "a.update.ge.example");
	identity_judge(fingerprints, &facts, &identity);
	assert_string_equal(identity.class, "medical/imaging/ct");
	for (size_t i = 0; i < fingerprints->rule_count; i++)
		if (fingerprints->rules[i]->field == FIELD_OUI)
			fingerprints->rules[i]->weight = 290;
	facts_done(&facts);
}

static void expect_system(const struct fingerprints *fingerprints, const struct facts *facts, const char *os)
{
	struct identity identity;

	identity_judge(fingerprints, facts, &identity);
	assert_string_equal(identity.os, os);
	assert_int_equal(identity.support.ended != DAY_NONE, strcmp(os, "Windows 7") == 0);
}

static void test_systems_with_versions(void **state)
{
	struct facts facts = { 0 };

	facts_say_text(&facts, FIELD_DHCP_VENDOR, "MSFT 5.0");
	expect_system(*state, &facts, "Windows");
	facts_say_text(&facts, FIELD_HTTP_USER_AGENT, "x Windows NT 10.0");
	expect_system(*state, &facts, "Windows 10");
	facts_say_text(&facts, FIELD_NTLM_VERSION, "6.1.7601"); /* heavier than what a browser says of itself */
	expect_system(*state, &facts, "Windows 7");
	facts_say_text(&facts, FIELD_HTTP_USER_AGENT, "CPU iPhone OS 12_4_1 like Mac OS X"); /* a guest's words */
	expect_system(*state, &facts, "Windows 7");
	facts_done(&facts);
	facts_say_text(&facts, FIELD_HTTP_USER_AGENT, "CPU iPhone OS 12_4_1 like Mac OS X");
	expect_system(*state, &facts, "iOS 12");
	facts_done(&facts);
}

static void test_a_model_is_taken_from_the_text(void **state)
{
	struct facts facts = { 0 };
	struct identity identity;

	facts_say_text(&facts, FIELD_SNMP_DESCRIPTION, "ACME x Laser\x01Jet 5 ; version 7");
	identity_judge(*state, &facts, &identity);
	assert_string_equal(identity.model, "Laser\\x01Jet 5");
	assert_string_equal(identity.class, "printer");
	facts_say_text(&facts, FIELD_SNMP_DESCRIPTION, "ACME x ; version 7"); /* nothing there: no model */
	identity_judge(*state, &facts, &identity);
	assert_string_equal(identity.model, "");
	facts_say_text(&facts, FIELD_SSH_BANNER, "ssh-2.0-box_7.3");
	identity_judge(*state, &facts, &identity);
	assert_string_equal(identity.model, "Box 7.3");
	facts_done(&facts);
}

/* A stack goes by the name that p0f's file has for its signature, and by the bare signature without one. */
static void test_stacks_by_their_labels(void **state)
{
	static const char file[] = "[tcp:request]\nlabel = s:win:Windows:7 or 8\n"
				   "sig = *:128:0:*:8192,0:mss,nop,nop,sok:df,id+:0\n";
	static const char known[] = "4:128+0:0:1460:8192,0:mss,nop,nop,sok:df,id+:0";
	struct facts facts = { 0 };
	struct identity identity;

	facts_say_text(&facts, FIELD_TCP_SIGNATURE, known);
	identity_judge(*state, &facts, &identity);
	assert_int_equal(identity.evidence_count, 0);
	assert_int_equal(fingerprints_add_syn_signatures(*state, "p0f.fp", file, sizeof(file) - 1, NULL), 0);
	identity_judge(*state, &facts, &identity);
	assert_int_equal(identity.evidence_count, 1);
	assert_string_equal(identity.evidence[0].value, "Windows 7 or 8");
	assert_string_equal(identity.os, "Windows");
	assert_int_equal(fingerprints_add_syn_signatures(*state, "p0f.fp", "[tcp:request]\nsig = x\n", 22, NULL),
	                 -EINVAL);
	identity_judge(*state, &facts, &identity);
	assert_int_equal(identity.evidence_count, 1); /* what was there stays */
	facts_done(&facts);
}

/* Made-up and virtual addresses are evidence without a rule for the registry. */
static void test_quirk_of_the_address(void **state)
{
	struct facts facts = { .mac = { { 0xda, 0xa1, 0x19, 0, 0, 1 } } };
	struct identity identity;

	identity_judge(*state, &facts, &identity);
	assert_int_equal(weight_of(&identity, FIELD_ADDRESS_QUIRK), 100);
	assert_string_equal(identity.evidence[0].value, "randomised");
}

/* Of what it says without end only what a rule knows is kept. */
static void test_what_is_learned(void **state)
{
	struct facts facts = { 0 };
	struct fields fields;
	struct field_value value;

	fields_clear(&fields);
	fields_add_text(&fields, FIELD_DNS_QUESTION, "private.example");
	fields_add_text(&fields, FIELD_DNS_QUESTION, "xupdate.ge.example");
	assert_int_equal(identity_learn(*state, &facts, &fields), 0);
	assert_int_equal(facts.length, 0);
	fields_add_text(&fields, FIELD_DNS_QUESTION, "Update.GE.example");
	fields_add_text(&fields, FIELD_SSH_BANNER, "unknown");
	assert_int_equal(identity_learn(*state, &facts, &fields), 1);
	assert_true(facts_newest(&facts, FIELD_DNS_QUESTION, &value) && value.length == 17);
	assert_true(facts_newest(&facts, FIELD_SSH_BANNER, &value));
	facts_done(&facts);
}

/* ---- the index, held against trying every pattern ---- */

struct found {
	size_t count;
	size_t sum;
};

static void note(const struct fingerprint_pattern *pattern, void *data)
{
	struct found *found = data;

	found->count++;
	found->sum += (size_t)(pattern->text[0]) * 131 + strlen(pattern->text);
}

static bool naive_match(const struct fingerprint_pattern *pattern, const char *text)
{
	switch ((enum fingerprint_kind)pattern->kind) {
	case KIND_EXACT:
		return strcmp(text, pattern->text) == 0;
	case KIND_PREFIX:
		return strncmp(text, pattern->text, strlen(pattern->text)) == 0;
	case KIND_CONTAINS:
		return strstr(text, pattern->text) != NULL;
	case KIND_GLOB:
		return fingerprint_glob_match(pattern->text, text, NULL);
	case KIND_DOMAIN:
	case KIND_STARTS:
	case KIND_MAC:
	case KIND_COUNT:
		break;
	}
	return false;
}

static unsigned int next_random(unsigned int *seed)
{
	*seed = *seed * 1103515245U + 12345U;
	return *seed >> 16;
}

static void random_word(unsigned int *seed, const char *letters, size_t most, char *word)
{
	size_t length = 1 + next_random(seed) % most;

	for (size_t i = 0; i < length; i++)
		word[i] = letters[next_random(seed) % strlen(letters)];
	word[length] = '\0';
}

static struct fingerprints *many_rules(size_t count, unsigned int *seed, const char *letters)
{
	static const char *const kinds[] = { "match", "prefix", "contains", "glob" };
	struct fingerprints *fingerprints = NULL;
	char *text = malloc(count * 160 + 64);
	struct error error = { 0 };
	size_t length;

	assert_non_null(text);
	length = (size_t)sprintf(text, "version: 1\nrules:\n");
	for (size_t i = 0; i < count; i++) {
		const char *kind = kinds[next_random(seed) % 4];
		char word[40], set[48];

		random_word(seed, letters, 8, word);
		snprintf(set, sizeof(set), kind[0] == 'g' ? (i % 3 ? "*%s*" : "[a-c]*%s") : "%s", word);
		length += (size_t)sprintf(text + length,
		                          "- { name: r%zu, source: http-user-agent, %s: '%s', os: X, cite: c }\n", i,
		                          kind, set);
	}
	assert_int_equal(fingerprints_new(&fingerprints), 0);
	if (fingerprints_add_yaml(fingerprints, "many", text, length, &error) < 0)
		fail_msg("%u: %s", error.line, error.text);
	free(text);
	return fingerprints;
}

static void test_the_index_finds_what_trying_all_finds(void **state)
{
	unsigned int seed = 7;

	(void)state;
	for (int round = 0; round < 10; round++) {
		CLEANUP(fingerprints_free) struct fingerprints *fingerprints = many_rules(200, &seed, "abc");

		for (int i = 0; i < 300; i++) {
			struct found indexed = { 0 }, naive = { 0 };
			char word[40];

			random_word(&seed, "abcd", 20, word);
			fingerprints_each(fingerprints, FIELD_HTTP_USER_AGENT, word, note, &indexed);
			for (size_t j = 0; j < fingerprints->pattern_count; j++)
				if (naive_match(fingerprints->patterns[j], word))
					note(fingerprints->patterns[j], &naive);
			if (indexed.count != naive.count || indexed.sum != naive.sum)
				fail_msg("\"%s\": %zu by the index, %zu by trying", word, indexed.count, naive.count);
		}
	}
}

static double seconds_between(const struct timespec *start, const struct timespec *end)
{
	return (double)(end->tv_sec - start->tv_sec) + (double)(end->tv_nsec - start->tv_nsec) / 1e9;
}

static void test_thousands_of_rules(void **state)
{
	enum {
		RULES = 20000,
		ROUNDS = 500
	};
	static const char *const letters = "abcdefghijklmnopqrstuvwxyz0123456789";
	CLEANUP(fingerprints_free) struct fingerprints *fingerprints = NULL;
	struct timespec start, loaded, end;
	struct facts facts = { 0 };
	unsigned int seed = 3;

	(void)state;
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &start);
	fingerprints = many_rules(RULES, &seed, letters);
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &loaded);
	facts_say_text(&facts, FIELD_HTTP_USER_AGENT,
	               "Mozilla/5.0 (Linux; Android 10; SM-T510) AppleWebKit/537.36 (KHTML, like Gecko) "
	               "Chrome/96.0.4664.104 Safari/537.36");
	for (int i = 0; i < ROUNDS; i++) {
		struct identity identity;

		identity_judge(fingerprints, &facts, &identity);
	}
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &end);
	print_message("%d rules: read in %.2f s, one judgement %.1f microseconds of CPU\n", RULES,
	              seconds_between(&start, &loaded), seconds_between(&loaded, &end) / ROUNDS * 1e6);
	assert_true(seconds_between(&loaded, &end) / ROUNDS < 0.02);
	facts_done(&facts);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_one_system_seen_many_ways_counts_once),
		cmocka_unit_test(test_names_are_one_group),
		cmocka_unit_test(test_prefix_alone_is_never_medical),
		cmocka_unit_test(test_systems_with_versions),
		cmocka_unit_test(test_a_model_is_taken_from_the_text),
		cmocka_unit_test(test_stacks_by_their_labels),
		cmocka_unit_test(test_quirk_of_the_address),
		cmocka_unit_test(test_what_is_learned),
		cmocka_unit_test(test_the_index_finds_what_trying_all_finds),
		cmocka_unit_test(test_thousands_of_rules),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}

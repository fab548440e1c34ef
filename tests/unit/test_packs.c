/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The packs and the example as people include and copy them: they load, they are cited, and what they promise holds. */
#include "policy/language/load.h"

#include <dirent.h>
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#undef expect_check /* cmocka has a macro of that name */

#include "policy/proof/expect.h"
#include "policy/proof/lint.h"
#include "policy/table/table.h"

#ifndef ISOWARD_SOURCE_DIR
#define ISOWARD_SOURCE_DIR "."
#endif

#define POLICY_DIR ISOWARD_SOURCE_DIR "/policy/"
#define TEXT_MAX   65536
#define ERRORS_MAX 8

#define SITE                                                                                                           \
	"version: 1\ngateway: { clinical: [wards0], uplink: [core0] }\nzones:\n"                                       \
	"  pumps: { members: { class: medical/infusion-pump } }\n  pump-servers: { networks: 10.20.10.0/28 }\n"        \
	"  monitors: { members: { class: [medical/monitor, medical/ventilator] } }\n"                                  \
	"  imaging: { members: { class: medical/imaging } }\n  pacs: { networks: 10.20.20.0/27 }\n"                    \
	"  ris: { networks: 10.20.21.0/28 }\n  viewers: { label: none here }\n"                                        \
	"  hl7-engine: { networks: 10.20.30.10 }\n  clinical-pcs: { members: { class: computer } }\n"                  \
	"  biomed: { label: none here }\n  vendor-access: { networks: 10.20.90.0/26 }\n"                               \
	"  printers: { members: { class: printer } }\n  infra: { networks: 10.20.1.0/26 }\n"                           \
	"  unknown: { default: true }\n  quarantine: { label: none here }\n  internet: { networks: 0.0.0.0/0 }\n"

/* Each pack, a careless rule that its expectations must refuse, and whether its own rules overrule it already. */
static const struct {
	const char *pack;
	const char *careless;
	bool overruled;
} packs[] = {
	{ "bd-alaris", "{ from: biomed, to: pumps, allow: tcp/443 }", true },
	{ "baxter-spectrum", "{ from: pump-servers, to: pumps, allow: ftp }", true },
	{ "bbraun-spacecom", "{ from: pumps, to: internet, allow: tcp/443 }", true },
	{ "fresenius-agilia", "{ from: biomed, to: pumps, allow: web }", true },
	{ "smiths-medfusion", "{ from: biomed, to: pumps, allow: telnet }", true },
	{ "philips-monitoring", "{ from: clinical-pcs, to: monitors, allow: tcp/80 }", true },
	{ "ge-carescape", "{ from: biomed, to: monitors, allow: vnc }", true },
	{ "ge-vscan", "{ from: clinical-pcs, to: imaging, allow: smb }", true },
	{ "draeger-serviceconnect", "{ from: vendor-access, to: monitors, allow: snmp }", true },
	{ "siemens-molecular", "{ from: biomed, to: imaging, allow: tcp/3465 }", true },
	{ "dicom-modality", "{ from: imaging, to: any, allow: tcp/443 }", false },
	{ "hl7-engine", "{ from: clinical-pcs, to: hl7-engine, allow: hl7 }", true },
	{ "printers", "{ from: printers, to: infra, allow: smb }", false },
	{ "windows-pc", "{ from: clinical-pcs, to: viewers, allow: rdp }", true },
};

static const char *const citations[] = {
	"ICSMA-",   "CVE-",      "User Manual", "Instructions for use", "DICOM PS", "NIST SP", "IANA ",
	"HL7 MLLP", "DISA STIG", "dd772723",    "KB 3185535",
};

/* Texts that are not on disk. */
struct shelf {
	char site[4096];
	char plant[512];
};

static int read_text(void *context, const char *path, size_t most, char **text, size_t *length, struct error *reterr)
{
	const struct shelf *shelf = context;
	char name[512];
	FILE *file;

	(void)reterr;
	if (strcmp(path, "site.yaml") == 0 || strcmp(path, "plant.yaml") == 0) {
		*text = strdup(path[0] == 's' ? shelf->site : shelf->plant);
		*length = strlen(*text);
		return 0;
	}
	snprintf(name, sizeof(name), POLICY_DIR "%s", path);
	file = fopen(name, "r");
	if (!file)
		return -errno;
	*text = malloc(TEXT_MAX);
	assert_non_null(*text);
	*length = fread(*text, 1, TEXT_MAX, file);
	fclose(file);
	return *length < TEXT_MAX && *length <= most ? 0 : -E2BIG;
}

static int find_text(void *context, const char *from, const char *pattern, char ***paths, size_t *count,
                     struct error *reterr)
{
	(void)context;
	(void)from;
	(void)reterr;
	*paths = malloc(sizeof(**paths));
	assert_non_null(*paths);
	(*paths)[0] = strdup(pattern);
	*count = 1;
	return 0;
}

/* A policy with its compiled table, as a command has it. */
struct whole {
	struct shelf shelf;
	struct sources sources;
	struct policy *policy;
	struct table *table;
	struct error errors[ERRORS_MAX];
	size_t error_count;
};

static void load(struct whole *whole, const char *path)
{
	struct source_reader reader = { .read = read_text, .find = find_text, .context = &whole->shelf };
	char line[1024];

	if (policy_load(&reader, path, &whole->sources, &whole->policy, whole->errors, ERRORS_MAX,
	                &whole->error_count) < 0)
		fail_msg("%s", error_format(&whole->errors[0], line, sizeof(line)));
	assert_int_equal(table_compile(whole->policy, &whole->table, &whole->errors[0]), 0);
}

static int hold(struct whole *whole)
{
	return expect_check(whole->policy, whole->table, &whole->sources, whole->errors, ERRORS_MAX,
	                    &whole->error_count);
}

static void assert_holds(struct whole *whole, const char *what)
{
	char line[1024];

	if (hold(whole) < 0)
		fail_msg("%s: %s", what, error_format(&whole->errors[0], line, sizeof(line)));
	assert_true(whole->policy->expect_count > 0);
}

static void done(struct whole *whole)
{
	table_free(whole->table);
	policy_free(whole->policy);
	sources_free(&whole->sources);
	*whole = (struct whole){ .policy = NULL };
}

/* A site of sixteen zones that includes ${first} (NULL for nothing) and then ${pack}, and has no rules. */
static void make_site(struct whole *whole, const char *first, const char *pack)
{
	*whole = (struct whole){ .policy = NULL };
	snprintf(whole->shelf.site, sizeof(whole->shelf.site), SITE "include: [%s%spacks/%s.yaml]\n",
	         first ? first : "", first ? ", " : "", pack);
}

static void test_each_pack_holds_alone(void **state)
{
	static struct whole whole;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(packs); i++) {
		make_site(&whole, NULL, packs[i].pack);
		load(&whole, "site.yaml");
		assert_int_equal(whole.policy->zone_count, 16);
		assert_true(whole.policy->rule_count > 0);
		assert_holds(&whole, packs[i].pack);
		done(&whole);
	}
}

/* A careless rule before the pack: an expectation of that pack says so. */
static void test_careless_rule_is_refused(void **state)
{
	static struct whole whole;
	char file[64];

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(packs); i++) {
		make_site(&whole, "plant.yaml", packs[i].pack);
		snprintf(whole.shelf.plant, sizeof(whole.shelf.plant), "version: 1\nrules:\n  - %s\n",
		         packs[i].careless);
		snprintf(file, sizeof(file), "packs/%s.yaml", packs[i].pack);
		load(&whole, "site.yaml");
		if (hold(&whole) != -EINVAL)
			fail_msg("%s lets pass: %s", packs[i].pack, packs[i].careless);
		assert_string_equal(whole.errors[0].file, file);
		done(&whole);
	}
}

/* The same rule in the site's own file comes after the pack's: what the pack denies stays denied. */
static void test_careless_line_of_the_site_is_overruled(void **state)
{
	static struct whole whole;
	size_t used;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(packs); i++) {
		make_site(&whole, NULL, packs[i].pack);
		used = strlen(whole.shelf.site);
		snprintf(whole.shelf.site + used, sizeof(whole.shelf.site) - used, "rules:\n  - %s\n",
		         packs[i].careless);
		load(&whole, "site.yaml");
		if ((hold(&whole) == 0) != packs[i].overruled)
			fail_msg("%s does not %s: %s", packs[i].pack, packs[i].overruled ? "overrule" : "refuse",
			         packs[i].careless);
		done(&whole);
	}
}

static bool is_cited(const char *why)
{
	for (size_t i = 0; i < ARRAY_SIZE(citations); i++)
		if (strstr(why, citations[i]))
			return true;
	return false;
}

static void assert_pack_is_general(const struct policy *policy, const char *pack)
{
	for (size_t i = 0; i < policy->rule_count; i++) {
		const struct policy_rule *rule = &policy->rules[i];

		if (!is_cited(rule->why))
			fail_msg("%s: rule '%s' has no citation", pack, rule->name);
		assert_true(rule->name[0] != '\0');
		assert_int_equal(rule->mode, MODE_ENFORCE);
		assert_true(schedule_is_always(&rule->schedule));
	}
	for (size_t i = 0; i < policy->expect_count; i++)
		if (!is_cited(policy->expects[i].why))
			fail_msg("%s: the expectation on line %u has no citation", pack, policy->expects[i].place.line);
	assert_int_equal(policy->single_count, 0);
	assert_int_equal(policy->pin_count, 0);
}

static void test_each_pack_is_cited(void **state)
{
	static struct whole whole;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(packs); i++) {
		make_site(&whole, NULL, packs[i].pack);
		load(&whole, "site.yaml");
		assert_pack_is_general(whole.policy, packs[i].pack);
		assert_int_equal(whole.sources.count, 2);
		assert_non_null(memmem(whole.sources.at[1].text, whole.sources.at[1].length, "# Source:  ", 11));
		assert_non_null(memmem(whole.sources.at[1].text, whole.sources.at[1].length, "# Says:    ", 11));
		assert_non_null(memmem(whole.sources.at[1].text, whole.sources.at[1].length, "# Reading: ", 11));
		assert_non_null(memmem(whole.sources.at[1].text, whole.sources.at[1].length, "http", 4));
		done(&whole);
	}
}

static void test_all_packs_hold_together(void **state)
{
	static struct whole whole;
	size_t used;

	(void)state;
	make_site(&whole, NULL, packs[1].pack);
	used = strlen(whole.shelf.site) - 2;
	for (size_t i = 2; i < ARRAY_SIZE(packs); i++)
		used += (size_t)snprintf(whole.shelf.site + used, sizeof(whole.shelf.site) - used, ", packs/%s.yaml",
		                         packs[i].pack);
	snprintf(whole.shelf.site + used, sizeof(whole.shelf.site) - used, ", packs/%s.yaml]\n", packs[0].pack);
	load(&whole, "site.yaml");
	assert_int_equal(whole.sources.count, ARRAY_SIZE(packs) + 1);
	assert_holds(&whole, "all packs");
	done(&whole);
}

static void test_no_pack_is_left_out_here(void **state)
{
	DIR *folder = opendir(POLICY_DIR "packs");
	const struct dirent *entry;
	size_t count = 0;

	(void)state;
	assert_non_null(folder);
	while ((entry = readdir(folder))) {
		size_t length = strlen(entry->d_name);

		count += length > 5 && strcmp(entry->d_name + length - 5, ".yaml") == 0;
	}
	closedir(folder);
	assert_int_equal(count, ARRAY_SIZE(packs));
}

static void test_hospital_is_whole(void **state)
{
	static const char *const zones[] = { "pumps",        "pump-servers", "monitors",      "imaging",
		                             "pacs",         "ris",          "viewers",       "hl7-engine",
		                             "clinical-pcs", "biomed",       "vendor-access", "printers",
		                             "infra",        "unknown",      "quarantine",    "internet" };
	static struct whole whole;
	size_t observed = 0, in_hours = 0, ending = 0, by_name = 0;

	(void)state;
	load(&whole, "examples/hospital.yaml");
	assert_int_equal(whole.policy->zone_count, ARRAY_SIZE(zones));
	for (size_t i = 0; i < ARRAY_SIZE(zones); i++)
		assert_int_not_equal(policy_zone_by_name(whole.policy, zones[i]), ZONE_NONE);
	assert_string_equal(policy_zone(whole.policy, whole.policy->default_zone)->name, "unknown");
	for (size_t i = 0; i < whole.policy->rule_count; i++) {
		const struct policy_rule *rule = &whole.policy->rules[i];

		assert_true(rule->why[0] != '\0' && rule->name[0] != '\0');
		observed += rule->mode == MODE_OBSERVE;
		in_hours += rule->schedule.window_count > 0;
		ending += rule->schedule.until != DAY_NONE;
		by_name += rule->names != 0;
	}
	assert_true(observed > 0 && in_hours > 0 && ending > 0 && by_name > 0);
	assert_true(whole.policy->single_count > 0 && whole.policy->canary_count > 2);
	assert_holds(&whole, "hospital.yaml");
	done(&whole);
}

/* What people copy is to be without doubts, on the day it was written. */
static void test_hospital_is_without_warnings(void **state)
{
	static struct whole whole;
	struct error warnings[ERRORS_MAX];
	size_t count = 0;
	char line[1024];
	int32_t day;

	(void)state;
	assert_int_equal(date_parse("2026-11-24", &day), 0);
	load(&whole, "examples/hospital.yaml");
	assert_int_equal(lint_check(whole.policy, whole.table, &whole.sources, day, warnings, ERRORS_MAX, &count), 0);
	if (count > 0)
		fail_msg("%s", error_format(&warnings[0], line, sizeof(line)));
	/* the check does see what is overdue */
	assert_int_equal(date_parse("2099-01-01", &day), 0);
	assert_int_equal(lint_check(whole.policy, whole.table, &whole.sources, day, warnings, ERRORS_MAX, &count), 0);
	assert_true(count > 0);
	done(&whole);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_each_pack_holds_alone),
		cmocka_unit_test(test_careless_rule_is_refused),
		cmocka_unit_test(test_careless_line_of_the_site_is_overruled),
		cmocka_unit_test(test_each_pack_is_cited),
		cmocka_unit_test(test_all_packs_hold_together),
		cmocka_unit_test(test_no_pack_is_left_out_here),
		cmocka_unit_test(test_hospital_is_whole),
		cmocka_unit_test(test_hospital_is_without_warnings),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A policy of several files: the order of their parts, the places, what is refused and how much is read. */
#include "policy/language/load.h"
#include "policy/language/yaml_tree.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "memory_files.h"

#define HEAD  "version: 1\ngateway: { clinical: [pumps0], uplink: [wan0] }\n"
#define ZONES "zones: { pumps: { members: { class: medical/infusion-pump } }, quarantine: { default: true } }\n"
#define RULE(name)                                                                                                     \
	"rules: [ { name: " name ", from: pumps, to: quarantine, allow: [dns] } ]\n" /* refers to the site's zones */

struct loaded {
	struct memory_files files;
	struct sources sources;
	struct policy *policy;
	struct error errors[32];
	size_t count;
	int rc;
};

static void add(struct loaded *loaded, const char *path, const char *text)
{
	assert_true(loaded->files.count < MEMORY_FILES_MAX);
	loaded->files.at[loaded->files.count++] = (struct memory_file){ path, text, strlen(text) };
}

static int load(struct loaded *loaded, const char *path)
{
	struct source_reader reader = { memory_files_read, memory_files_find, &loaded->files };

	loaded->rc = policy_load(&reader, path, &loaded->sources, &loaded->policy, loaded->errors, 32, &loaded->count);
	if (loaded->rc == 0 && loaded->count > 0)
		fail_msg("read with errors: %s", loaded->errors[0].text);
	return loaded->rc;
}

static void done(struct loaded *loaded)
{
	policy_free(loaded->policy);
	sources_free(&loaded->sources);
}

static void test_included_parts_stand_first(void **state)
{
	static struct loaded loaded;
	static const char *const names[] = { "inner", "a", "b", "own" };
	static const char *const files[] = { "packs/a/inner.yaml", "packs/a.yaml", "packs/b.yaml", "site.yaml" };

	(void)state;
	loaded = (struct loaded){ 0 };
	add(&loaded, "packs/a.yaml", "version: 1\ninclude: packs/a/inner.yaml\n" RULE("a"));
	add(&loaded, "packs/a/inner.yaml", "version: 1\n" RULE("inner"));
	add(&loaded, "packs/b.yaml", "version: 1\n\n" RULE("b"));
	add(&loaded, "site.yaml", HEAD ZONES RULE("own") "include: [\"packs/*.yaml\"]\n");
	assert_int_equal(load(&loaded, "site.yaml"), 0);
	assert_int_equal(loaded.policy->rule_count, 4);
	for (size_t i = 0; i < 4; i++) {
		const struct policy_rule *rule = &loaded.policy->rules[i];

		assert_string_equal(rule->name, names[i]);
		assert_string_equal(policy_file(loaded.policy, rule->place), files[i]);
	}
	assert_int_equal(loaded.policy->rules[2].place.line, 3);
	assert_string_equal(loaded.policy->file, "site.yaml");
	assert_string_equal(loaded.policy->files[0], "site.yaml");
	assert_int_equal(loaded.policy->file_count, 4);
	assert_int_equal(loaded.sources.count, 4);
	for (size_t i = 0; i < 4; i++)
		assert_string_equal(loaded.sources.at[i].path, loaded.policy->files[i]);
	done(&loaded);
}

/* Zones, services and devices of any file can be named in any other. */
static void test_files_refer_to_each_other(void **state)
{
	static struct loaded loaded;

	(void)state;
	loaded = (struct loaded){ 0 };
	add(&loaded, "pack.yaml",
	    "version: 1\nservices: { far: [near] }\nzones: { archive: { networks: [10.0.0.0/8] } }\n"
	    "rules: [ { from: pumps, to: archive, allow: [far] } ]\n");
	add(&loaded, "site.yaml",
	    HEAD ZONES "include: pack.yaml\nservices: { near: tcp/1 }\n"
	               "rules: [ { from: archive, to: pumps, deny: [far] } ]\n");
	assert_int_equal(load(&loaded, "site.yaml"), 0);
	assert_int_equal(loaded.policy->rule_count, 2);
	assert_int_equal(loaded.policy->zone_count, 3);
	done(&loaded);
}

static void test_includes_are_kept(void **state)
{
	static struct loaded loaded;

	(void)state;
	loaded = (struct loaded){ 0 };
	add(&loaded, "a.yaml", "version: 1\n");
	add(&loaded, "b.yaml", "version: 1\n");
	add(&loaded, "site.yaml", HEAD ZONES "include: [\"none/*.yaml\", \"[ab].yaml\"]\n");
	assert_int_equal(load(&loaded, "site.yaml"), 0);
	assert_int_equal(loaded.policy->include_count, 2);
	assert_string_equal(loaded.policy->includes[0].pattern, "none/*.yaml");
	assert_int_equal(loaded.policy->includes[0].file_count, 0);
	assert_int_equal(loaded.policy->includes[0].place.column, 11);
	assert_int_equal(loaded.policy->includes[1].file_count, 2);
	done(&loaded);
}

static void test_errors_of_all_files_in_order(void **state)
{
	static struct loaded loaded;
	static const struct {
		const char *file;
		unsigned int line;
	} wanted[] = { { "a.yaml", 2 }, { "b.yaml", 2 }, { "b.yaml", 3 }, { "site.yaml", 4 } };

	(void)state;
	loaded = (struct loaded){ 0 };
	add(&loaded, "a.yaml", "version: 1\n" RULE("a") "services: {}\n");
	loaded.files.at[0].text = "version: 1\nrules: [ { from: pmups, to: pumps, allow: [dns] } ]\n";
	loaded.files.at[0].length = strlen(loaded.files.at[0].text);
	add(&loaded, "b.yaml", "version: 1\nservices: { x: tcp/0 }\nrules: [ { from: pumps, to: x, allow: [dns] } ]\n");
	add(&loaded, "site.yaml",
	    HEAD ZONES "rules: [ { from: pumps, to: y, allow: [dns] } ]\ninclude: [b.yaml, a.yaml]\n");
	assert_int_equal(load(&loaded, "site.yaml"), -EINVAL);
	assert_null(loaded.policy);
	assert_int_equal(loaded.count, ARRAY_SIZE(wanted));
	for (size_t i = 0; i < ARRAY_SIZE(wanted); i++) {
		assert_string_equal(loaded.errors[i].file, wanted[i].file);
		assert_int_equal(loaded.errors[i].line, wanted[i].line);
	}
	done(&loaded);
}

/* One file that is no YAML does not hide that another is none either, nor is the rest read without it. */
static void test_unreadable_files_together(void **state)
{
	static struct loaded loaded;

	(void)state;
	loaded = (struct loaded){ 0 };
	add(&loaded, "a.yaml", "version: 1\nrules: [\n");
	add(&loaded, "b.yaml", "\tversion: 1\n");
	add(&loaded, "site.yaml", HEAD ZONES "include: [a.yaml, c.yaml, b.yaml]\nrules: [ { from: in-a } ]\n");
	assert_int_equal(load(&loaded, "site.yaml"), -EINVAL);
	assert_int_equal(loaded.count, 3);
	assert_string_equal(loaded.errors[0].file, "a.yaml");
	assert_string_equal(loaded.errors[1].file, "b.yaml");
	assert_string_equal(loaded.errors[2].file, "site.yaml");
	assert_int_equal(loaded.errors[2].column, 19);
	done(&loaded);
}

static void test_no_such_policy(void **state)
{
	static struct loaded loaded;

	(void)state;
	loaded = (struct loaded){ 0 };
	assert_int_equal(load(&loaded, "site.yaml"), -ENOENT);
	assert_int_equal(loaded.count, 1);
	assert_string_equal(loaded.errors[0].file, "site.yaml");
	assert_int_equal(loaded.errors[0].line, 0);
	assert_null(loaded.policy);
	done(&loaded);
}

static void test_a_text_alone_includes_nothing(void **state)
{
	static const char text[] = HEAD ZONES "include: a.yaml\n";
	struct policy *policy = NULL;
	struct error error = { 0 };

	(void)state;
	assert_int_equal(policy_parse("site.yaml", text, strlen(text), &policy, &error), -EINVAL);
	assert_int_equal(error.line, 4);
	assert_int_equal(error.column, 10);
	assert_null(policy);
}

static void test_limits(void **state)
{
	static struct loaded loaded;
	static char names[MEMORY_FILES_MAX][16];
	static char bulk[POLICY_BYTES_MAX + 1];

	(void)state;
	for (unsigned int extra = 0; extra < 2; extra++) {
		loaded = (struct loaded){ 0 };
		for (unsigned int i = 0; i < POLICY_FILES_MAX - 1 + extra; i++) {
			snprintf(names[i], sizeof(names[i]), "many/%02u.yaml", i);
			add(&loaded, names[i], "version: 1\n");
		}
		add(&loaded, "site.yaml", HEAD ZONES "include: \"many/*\"\n");
		assert_int_equal(load(&loaded, "site.yaml"), extra ? -E2BIG : 0);
		done(&loaded);
	}
	memset(bulk, '\n', sizeof(bulk) - 1);
	memcpy(bulk, "version: 1\n", 11);
	for (unsigned int extra = 0; extra < 2; extra++) {
		const char *site = HEAD ZONES "include: bulk.yaml\n";

		loaded = (struct loaded){ 0 };
		add(&loaded, "bulk.yaml", bulk);
		loaded.files.at[0].length = POLICY_BYTES_MAX - strlen(site) + extra;
		add(&loaded, "site.yaml", site);
		assert_int_equal(load(&loaded, "site.yaml"), extra ? -E2BIG : 0);
		if (extra)
			assert_int_equal(loaded.errors[0].line, 4);
		done(&loaded);
	}
}

/* The cap on nodes is that of all files together, so that 64 files take no more memory than one. */
static void test_nodes_are_shared(void **state)
{
	static struct loaded loaded;
	static char names[16][16];
	size_t length = (YAML_NODES_MAX / 10) * 2;
	char *text = malloc(length + 64);

	(void)state;
	assert_non_null(text);
	strcpy(text, "version: 1\nservices: { x: [");
	for (size_t used = strlen(text), i = 0; i < length / 2; i++, used += 2)
		memcpy(text + used, "a,", 3);
	strcat(text + length, "]}\n");
	loaded = (struct loaded){ 0 };
	for (unsigned int i = 0; i < 11; i++) {
		snprintf(names[i], sizeof(names[i]), "many/%02u.yaml", i);
		add(&loaded, names[i], text);
	}
	add(&loaded, "site.yaml", HEAD ZONES "include: \"many/*\"\n");
	assert_int_equal(load(&loaded, "site.yaml"), -E2BIG);
	assert_string_equal(loaded.errors[0].file, "many/09.yaml");
	done(&loaded);
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_included_parts_stand_first),
		cmocka_unit_test(test_files_refer_to_each_other),
		cmocka_unit_test(test_includes_are_kept),
		cmocka_unit_test(test_errors_of_all_files_in_order),
		cmocka_unit_test(test_unreadable_files_together),
		cmocka_unit_test(test_no_such_policy),
		cmocka_unit_test(test_a_text_alone_includes_nothing),
		cmocka_unit_test(test_limits),
		cmocka_unit_test(test_nodes_are_shared),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The manual page against the tables the parser reads by: every key, its shape, its default and an example; and the
 * policies that manual and guides print in full.
 */
#include "policy/language/keys.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#undef expect_check /* cmocka has a macro of that name */

#include "policy/base/memory.h"
#include "policy/proof/expect.h"
#include "policy/table/table.h"

#ifndef ISOWARD_SOURCE_DIR
#define ISOWARD_SOURCE_DIR "."
#endif

#define PAGE       ISOWARD_SOURCE_DIR "/policy/man/isoward-policy.5"
#define PAGE_MAX   262144
#define TABLES_MAX 64

static const char *const shapes[] = {
	[SHAPE_TEXT] = "text",
	[SHAPE_NUMBER] = "number",
	[SHAPE_FLAG] = "true or false",
	[SHAPE_LIST] = "list",
	[SHAPE_MAPPING] = "mapping",
	[SHAPE_NAMED] = "names",
	[SHAPE_SEQUENCE] = "list of mappings",
};

/* One look over a page. */
struct look {
	const char *page;
	const struct key_table *seen[TABLES_MAX];
	size_t seen_count;
	size_t key_count;
	size_t complaints;
	char first[256]; /* the first complaint */
};

/* A piece of the page; an empty one where there is none. */
struct piece {
	const char *text;
	size_t length;
};

static void complain(struct look *look, const struct key_table *table, const char *key, const char *what)
{
	if (look->complaints++ == 0)
		snprintf(look->first, sizeof(look->first), "%s, key '%s': %s", table->what, key, what);
}

/* From behind the line ${begin} to the next line that begins with one of ${ends}, or the end. */
static struct piece cut(struct piece from, const char *begin, const char *const *ends, size_t end_count)
{
	const char *found = memmem(from.text, from.length, begin, strlen(begin));
	const char *limit = from.text + from.length;
	struct piece piece = { from.text, 0 };

	if (!found)
		return piece;
	piece.text = found + strlen(begin);
	for (size_t i = 0; i < end_count; i++) {
		const char *end = memmem(piece.text, (size_t)(limit - piece.text), ends[i], strlen(ends[i]));

		limit = end ? end : limit;
	}
	piece.length = (size_t)(limit - piece.text);
	return piece;
}

static bool has(struct piece piece, const char *text)
{
	return memmem(piece.text, piece.length, text, strlen(text)) != NULL;
}

static struct piece section_of(const struct look *look, const struct key_table *table)
{
	static const char *const ends[] = { "\n.Ss ", "\n.Sh " };
	struct piece section;
	char begin[128];

	snprintf(begin, sizeof(begin), "\n.Ss Keys of %s\n", table->what);
	section = cut((struct piece){ look->page, strlen(look->page) }, begin, ends, ARRAY_SIZE(ends));
	if (section.length > 0) {
		section.text--; /* so that its first line begins with a line break too */
		section.length++;
	}
	return section;
}

static void check_key(struct look *look, const struct key_table *table, struct piece section, const struct key *key)
{
	static const char *const ends[] = { "\n.It ", "\n.El" };
	struct piece entry;
	char begin[128];
	char example[128];

	look->key_count++;
	snprintf(begin, sizeof(begin), "\n.It Cm %s Pq ", key->name);
	snprintf(example, sizeof(example), "\n.Dl %s: ", key->name);
	entry = cut(section, begin, ends, ARRAY_SIZE(ends));
	if (entry.length == 0) {
		complain(look, table, key->name, "it is not in the manual");
		return;
	}
	if (strncmp(entry.text, shapes[key->shape], strlen(shapes[key->shape])) != 0)
		complain(look, table, key->name, "the manual gives another type");
	if (has(entry, key->required ? " , default " : " , required\n"))
		complain(look, table, key->name, "the manual is wrong on whether it is required");
	if (!has(entry, key->required ? " , required\n" : " , default "))
		complain(look, table, key->name, "the manual gives no default");
	if (!has(entry, example))
		complain(look, table, key->name, "the manual gives no example");
	for (size_t i = 0; key->inner && key->inner->words && key->inner->words[i]; i++)
		if (!has(entry, key->inner->words[i]))
			complain(look, table, key->name, "the manual leaves out a value");
}

static bool is_key(const struct key_table *table, const char *name, size_t length)
{
	for (size_t i = 0; i < table->count; i++)
		if (strlen(table->keys[i].name) == length && memcmp(table->keys[i].name, name, length) == 0)
			return true;
	return false;
}

/* The other way: the manual has no key that the parser does not know. */
static void check_no_more(struct look *look, const struct key_table *table, struct piece section)
{
	static const char item[] = "\n.It Cm ";
	const char *end = section.text + section.length;
	const char *at = section.text;

	while ((at = memmem(at, (size_t)(end - at), item, strlen(item)))) {
		at += strlen(item);
		if (!is_key(table, at, strcspn(at, " \n")))
			complain(look, table, "?", "the manual has a key that the parser does not know");
	}
}

static bool is_new(struct look *look, const struct key_table *table)
{
	for (size_t i = 0; i < look->seen_count; i++)
		if (look->seen[i] == table)
			return false;
	assert_true(look->seen_count < TABLES_MAX);
	look->seen[look->seen_count++] = table;
	return true;
}

/* Recursion ends: a table is looked at once. */
static void check_table(struct look *look, const struct key_table *table)
{
	struct piece section = section_of(look, table);

	if (!is_new(look, table))
		return;
	if (table->count > 0)
		check_no_more(look, table, section);
	for (size_t i = 0; i < table->count; i++) {
		check_key(look, table, section, &table->keys[i]);
		if (table->keys[i].inner)
			check_table(look, table->keys[i].inner);
	}
}

static char *read_text(const char *name)
{
	static char page[PAGE_MAX];
	FILE *file = fopen(name, "r");
	size_t length;

	assert_non_null(file);
	length = fread(page, 1, sizeof(page) - 1, file);
	assert_true(feof(file));
	fclose(file);
	page[length] = '\0';
	return page;
}

static size_t complaints_on(const char *page, char first[256])
{
	struct look look = { .page = page };

	check_table(&look, keys_policy());
	memcpy(first, look.first, sizeof(look.first));
	return look.complaints;
}

static void test_every_key_is_in_the_manual(void **state)
{
	struct look look = { .page = read_text(PAGE) };

	(void)state;
	check_table(&look, keys_policy());
	if (look.complaints > 0)
		fail_msg("%zu complaints; the first: %s", look.complaints, look.first);
	assert_true(look.seen_count > 4);
	assert_true(look.key_count > 20);
}

/* Replaces the first ${from} behind ${after} by ${to}, of the same length. */
static void plant(char *page, const char *after, const char *from, const char *to)
{
	char *at = strstr(page, after);

	assert_non_null(at);
	at = strstr(at, from);
	assert_non_null(at);
	assert_int_equal(strlen(from), strlen(to));
	memcpy(at, to, strlen(to));
}

/* Each fault planted into the page is seen. */
static void test_faults_are_seen(void **state)
{
	static const struct {
		const char *after;
		const char *from;
		const char *to;
	} faults[] = {
		{ ".Ss Keys of a rule", ".It Cm why ", ".It Cm wye " },
		{ ".Ss Keys of a rule", "A rule has exactly one of", ".It Cm spare Pq text , no" },
		{ ".Ss Keys of a service", "tftp", "tfpt" },
		{ ".Ss Keys of a zone", "Pq list , default none", "Pq text , default none" },
		{ ".Ss Keys of a zone", "true or false , default", "true or false , defunct" },
		{ ".Ss Keys of a device", ".Dl name:", ".Dl nome:" },
		{ ".Ss Keys of a policy", "Pq number , required", "Pq number , optional" },
		{ ".Sh NAME", ".Ss Keys of the gateway", ".Ss Kegs of the gateway" },
	};
	char first[256];

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(faults); i++) {
		char *page = read_text(PAGE);

		assert_int_equal(complaints_on(page, first), 0);
		plant(page, faults[i].after, faults[i].from, faults[i].to);
		if (complaints_on(page, first) == 0)
			fail_msg("'%s' for '%s' was not seen", faults[i].to, faults[i].from);
	}
}

/* The policy is right and meets its own expectations. */
static void assert_is_policy(const char *name, const char *text, size_t length)
{
	struct policy *policy CLEANUP(policy_free) = NULL;
	struct table *table CLEANUP(table_free) = NULL;
	struct error error = { 0 };
	char line[1024];
	size_t count;

	if (policy_parse(name, text, length, &policy, &error) < 0 || table_compile(policy, &table, &error) < 0 ||
	    expect_check(policy, table, NULL, &error, 1, &count) < 0)
		fail_msg("%s", error_format(&error, line, sizeof(line)));
}

/* The manual's example, as mandoc would print it. */
static void test_example_of_the_manual_is_right(void **state)
{
	char *at = strstr(read_text(PAGE), "\n.Bd -literal -offset indent\nversion: 1");
	char *end = at ? strstr(at, "\n.Ed") : NULL;
	static char text[PAGE_MAX];
	size_t length = 0;

	(void)state;
	assert_non_null(end);
	for (at = strchr(at + 1, '\n') + 1; at < end; at++) {
		bool quote = strncmp(at, "\\(dq", 4) == 0;

		text[length++] = quote ? '"' : *at;
		at += quote ? 3 : 0;
	}
	text[length++] = '\n';
	assert_is_policy("isoward-policy.5", text, length);
}

/* Each block of YAML in ${name} that begins as a policy does and includes nothing. */
static size_t assert_policies_of(const char *name)
{
	static const char begin[] = "\n```yaml\n";
	const char *at = read_text(name);
	size_t count = 0;

	while ((at = strstr(at, begin))) {
		const char *end = strstr(at + strlen(begin), "\n```");

		at += strlen(begin);
		assert_non_null(end);
		if (strncmp(at, "version: 1\n", 11) == 0 && !memmem(at, (size_t)(end - at), "\ninclude:", 9)) {
			assert_is_policy(name, at, (size_t)(end - at));
			count++;
		}
	}
	return count;
}

static void test_policies_of_the_guides_are_right(void **state)
{
	(void)state;
	assert_int_equal(assert_policies_of(ISOWARD_SOURCE_DIR "/README.md"), 1);
	assert_true(assert_policies_of(ISOWARD_SOURCE_DIR "/policy/README.md") >= 1);
}

/* The steps of "Ten minutes", one behind the other, make one policy. */
static void test_ten_minutes_are_right(void **state)
{
	static char text[PAGE_MAX];
	const char *page = read_text(ISOWARD_SOURCE_DIR "/policy/README.md");
	const char *at = strstr(page, "\n## Ten minutes");
	const char *limit = strstr(page, "\n## How a decision is made");
	const char *frame =
		"version: 1\ngateway: { clinical: [pumps0, wards0], uplink: [core0], isolation: proxy-arp }\n";
	size_t length = strlen(frame);

	(void)state;
	assert_true(at && limit && at < limit);
	memcpy(text, frame, length);
	for (int step = 1; (at = strstr(at, "\n```yaml\n")) && at < limit; step++) {
		const char *end = strstr(at + 9, "\n```");

		at += 9;
		if (step == 1)
			assert_int_equal(strncmp(at, frame, length), 0);
		else
			length += (size_t)sprintf(text + length, "%.*s\n", (int)(end - at), at);
	}
	assert_is_policy("ten-minutes.yaml", text, length);
}

static void test_page_is_clean(void **state)
{
	(void)state;
	if (system("command -v mandoc >/dev/null 2>&1") != 0)
		skip();
	assert_int_equal(system("mandoc -Tlint -Wwarning '" PAGE "'"), 0);
	/* the same command does see a fault */
	assert_int_not_equal(system("printf '.Dd x\\n.Sh\\n.Xx\\n' | mandoc -Tlint -Wwarning >/dev/null"), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_key_is_in_the_manual),
		cmocka_unit_test(test_faults_are_seen),
		cmocka_unit_test(test_page_is_clean),
		cmocka_unit_test(test_example_of_the_manual_is_right),
		cmocka_unit_test(test_policies_of_the_guides_are_right),
		cmocka_unit_test(test_ten_minutes_are_right),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

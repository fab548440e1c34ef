/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "policy/identity/identity.h"

#define HEADER "Registry,Assignment,Organization Name,Organization Address\n"

static const char *vendor_of(const struct fingerprints *fingerprints, const char *text)
{
	struct mac mac;

	assert_int_equal(mac_parse(text, &mac), 0);
	return fingerprints_vendor(fingerprints, &mac);
}

static int add(struct fingerprints *fingerprints, const char *text, struct error *error)
{
	return fingerprints_add_registry(fingerprints, "oui.csv", text, strlen(text), error);
}

static void assert_vendor(const struct fingerprints *fingerprints, const char *mac, const char *expected)
{
	const char *vendor = vendor_of(fingerprints, mac);

	if (!expected) {
		assert_null(vendor);
		return;
	}
	assert_non_null(vendor);
	assert_string_equal(vendor, expected);
}

static void test_longest_prefix_wins(void **state)
{
	CLEANUP(fingerprints_free) struct fingerprints *fingerprints = NULL;
	struct error error = { 0 };

	(void)state;
	assert_int_equal(fingerprints_new(&fingerprints), 0);
	assert_int_equal(add(fingerprints,
	                     HEADER "MA-L,70B3D5,IEEE Registration Authority,Somewhere\n"
	                            "MA-L,444B5D,GE Healthcare,Here\r\n"
	                            "MA-L,741AE0,Block Owner,Here\n",
	                     &error),
	                 2);
	assert_int_equal(add(fingerprints, HEADER "MA-M,741AE01,Smaller Owner,\"a, b\"\n", &error), 1);
	assert_int_equal(add(fingerprints,
	                     HEADER "MA-S,70B3D536A,Becton Dickinson,x\nIAB,741AE0123,\"Smallest \"\"one\"\"\",\n",
	                     &error),
	                 2);
	assert_vendor(fingerprints, "44:4b:5d:01:02:03", "GE Healthcare");
	assert_vendor(fingerprints, "70:b3:d5:36:a1:02", "Becton Dickinson");
	assert_vendor(fingerprints, "70:b3:d5:36:b1:02", NULL);
	assert_vendor(fingerprints, "74:1a:e0:10:23:04", "Smaller Owner");
	assert_vendor(fingerprints, "74:1a:e0:12:3f:56", "Smallest \"one\"");
	assert_vendor(fingerprints, "74:1a:e0:22:34:56", "Block Owner");
	assert_vendor(fingerprints, "00:00:00:00:00:00", NULL);
	assert_vendor(fingerprints, "ff:ff:ff:ff:ff:ff", NULL);
}

static void test_first_of_equals_stays(void **state)
{
	CLEANUP(fingerprints_free) struct fingerprints *fingerprints = NULL;

	(void)state;
	assert_int_equal(fingerprints_new(&fingerprints), 0);
	assert_int_equal(add(fingerprints, HEADER "MA-L,080030,First,\nMA-L,080030,Second,\n", NULL), 2);
	assert_int_equal(add(fingerprints, HEADER "MA-L,080030,Third,\n", NULL), 1);
	assert_vendor(fingerprints, "08:00:30:00:00:01", "First");
}

static void test_names_are_cleaned(void **state)
{
	CLEANUP(fingerprints_free) struct fingerprints *fingerprints = NULL;

	(void)state;
	assert_int_equal(fingerprints_new(&fingerprints), 0);
	assert_int_equal(add(fingerprints,
	                     HEADER "MA-L,000001,\"  Two\nlines \",x\nMA-L,000002,Private,\nMA-L,000003,,\n\n"
	                            "MA-L,000004,last without a line end",
	                     NULL),
	                 2);
	assert_vendor(fingerprints, "00:00:01:00:00:01", "Two lines");
	assert_vendor(fingerprints, "00:00:02:00:00:01", NULL);
	assert_vendor(fingerprints, "00:00:03:00:00:01", NULL);
	assert_vendor(fingerprints, "00:00:04:00:00:01", "last without a line end");
}

static void test_bad_files(void **state)
{
	static const struct {
		const char *name;
		const char *text;
		unsigned int line;
	} vectors[] = {
		{ "empty", "", 1 },
		{ "not a listing", "<html>\n", 1 },
		{ "no header", "MA-L,000001,Somebody,x\n", 1 },
		{ "short assignment", HEADER "MA-L,00001,Somebody,x\n", 2 },
		{ "eight digits", HEADER "MA-L,00000112,Somebody,x\n", 2 },
		{ "long assignment", HEADER "MA-L,0000011111111111111111,Somebody,x\n", 2 },
		{ "no digits", HEADER "MA-L,00000G,Somebody,x\n", 2 },
		{ "no name", HEADER "MA-L,000001,Somebody,x\nMA-L,000002\n", 3 },
		{ "open quote", HEADER "MA-L,000001,Somebody,x\nMA-L,000002,\"Nobody\n\n\n", 3 },
		{ "line counted through a quoted one", HEADER "MA-L,000001,\"a\nb\",x\nMA-L,0,c,d\n", 4 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(vectors); i++) {
		CLEANUP(fingerprints_free) struct fingerprints *fingerprints = NULL;
		struct error error = { 0 };

		assert_int_equal(fingerprints_new(&fingerprints), 0);
		assert_int_equal(add(fingerprints, HEADER "MA-L,0000FF,Before,\n", NULL), 1);
		print_message("  %s\n", vectors[i].name);
		assert_int_equal(add(fingerprints, vectors[i].text, &error), -EINVAL);
		assert_int_equal(error.line, vectors[i].line);
		assert_string_equal(error.file, "oui.csv");
		assert_vendor(fingerprints, "00:00:ff:00:00:01", "Before");
		assert_vendor(fingerprints, "00:00:01:00:00:01", NULL);
	}
}

static void test_ieee_data(void **state)
{
	static const char *const files[] = { "/usr/share/ieee-data/oui.csv", "/usr/share/ieee-data/mam.csv",
		                             "/usr/share/ieee-data/oui36.csv", "/usr/share/ieee-data/iab.csv" };
	CLEANUP(fingerprints_free) struct fingerprints *fingerprints = NULL;
	int total = 0;

	(void)state;
	assert_int_equal(fingerprints_new(&fingerprints), 0);
	for (size_t i = 0; i < ARRAY_SIZE(files); i++) {
		FILE *file = fopen(files[i], "rb");
		char *text = malloc(16U << 20);
		struct error error = { 0 };
		int added;

		if (!file) {
			free(text);
			print_message("ieee-data is not installed\n");
			skip();
		}
		assert_non_null(text);
		added = fingerprints_add_registry(fingerprints, files[i], text, fread(text, 1, 16U << 20, file),
		                                  &error);
		fclose(file);
		free(text);
		if (added < 0)
			fail_msg("%s:%u: %s", error.file, error.line, error.text);
		total += added;
	}
	assert_true(total > 30000);
	assert_vendor(fingerprints, "44:4b:5d:00:00:01", "GE Healthcare");
	assert_vendor(fingerprints, "00:17:88:00:00:01", "Philips Lighting BV");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_longest_prefix_wins), cmocka_unit_test(test_first_of_equals_stays),
		cmocka_unit_test(test_names_are_cleaned),   cmocka_unit_test(test_bad_files),
		cmocka_unit_test(test_ieee_data),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

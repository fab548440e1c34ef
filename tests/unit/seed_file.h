/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * seed_file: a fuzzer's seed, read by a unit test that says what must come of it.
 *
 * Context: unit tests; cmocka's headers come first.
 */
#ifndef ISOWARD_TESTS_SEED_FILE_H
#define ISOWARD_TESTS_SEED_FILE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
/* cmocka wants the four above first */
#include <cmocka.h>

#include "tests/unit/stream_test.h"

/* CMake tells where the tests are; who is run by hand stands at the repository's top. */
#ifndef ISOWARD_SOURCE_DIR
#define ISOWARD_SOURCE_DIR "."
#endif

/* seed_read reads seed ${name} of fuzz_${fuzzer} into ${bytes}; the test fails where there is none. */
static inline void seed_read(const char *fuzzer, const char *name, struct bytes *bytes)
{
	char path[512];
	FILE *file;

	snprintf(path, sizeof(path), "%s/tests/fuzz/corpus/%s/%s", ISOWARD_SOURCE_DIR, fuzzer, name);
	file = fopen(path, "rb");
	assert_non_null(file);
	bytes->length = fread(bytes->byte, 1, sizeof(bytes->byte), file);
	fclose(file);
	assert_true(bytes->length > 2);
}

#endif

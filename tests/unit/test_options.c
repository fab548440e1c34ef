/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "controller/options.h"

#define WORDS_MAX 8

struct command_line {
	const char *words[WORDS_MAX];
	int result;
	const char *says; /* a part of the error */
};

static void lines_are_read_or_explained(void **state)
{
	static const struct command_line lines[] = {
		{ { "isoward", "run", "--policy", "p.yaml" }, 0, NULL },
		{ { "isoward", "run", "--policy=p.yaml", "--state", "/s", "--listen", "[::1]:1" }, 0, NULL },
		{ { "isoward", "clear" }, 0, NULL },
		{ { "isoward", "--help" }, 0, NULL },
		{ { "isoward", "--version" }, 0, NULL },
		{ { "isoward", "run", "--help" }, 0, NULL },
		{ { "isoward" }, -EINVAL, "a command is needed" },
		{ { "isoward", "walk" }, -EINVAL, "no command 'walk'" },
		{ { "isoward", "chek", "p.yaml" }, -EINVAL, "did you mean 'check'?" },
		{ { "isoward", "help", "run" }, 0, NULL },
		{ { "isoward", "help", "rnu" }, -EINVAL, "did you mean 'run'?" },
		{ { "isoward", "run" }, -EINVAL, "run needs a policy" },
		{ { "isoward", "run", "--policy" }, -EINVAL, "--policy needs a value" },
		{ { "isoward", "run", "--polcy", "p.yaml" }, -EINVAL, "no option --polcy" },
		{ { "isoward", "run", "--policy", "p.yaml", "extra" }, -EINVAL, "'extra' is one word too many" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		struct options options;
		struct error error = { 0 };
		char *words[WORDS_MAX + 1] = { NULL };
		int count = 0, result;

		for (; count < WORDS_MAX && lines[i].words[count]; count++)
			words[count] = strdup(lines[i].words[count]);
		result = options_parse(count, words, &options, &error);
		if (result != lines[i].result || (lines[i].says && !strstr(error.text, lines[i].says)))
			fail_msg("line %zu: %d, %s", i, result, error.text);
		while (count--)
			free(words[count]);
	}
}

static void defaults_stand(void **state)
{
	char *words[] = { (char[]){ "isoward" }, (char[]){ "run" }, (char[]){ "--policy" }, (char[]){ "p.yaml" },
		          NULL };
	struct options options;
	struct error error = { 0 };

	(void)state;
	assert_int_equal(options_parse(4, words, &options, &error), 0);
	assert_int_equal(options.command, COMMAND_RUN);
	assert_string_equal(options.policy, "p.yaml");
	assert_string_equal(options.state, OPTIONS_STATE);
	assert_string_equal(options.listen, OPTIONS_LISTEN);
	assert_null(options.fingerprints);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lines_are_read_or_explained),
		cmocka_unit_test(defaults_stand),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

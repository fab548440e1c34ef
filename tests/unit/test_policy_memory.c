/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Memory runs out at the first, second, third … allocation of a parse: each time it is -ENOMEM, nothing is left
 * behind, and the failure is known to have been injected.
 */
#include "policy/policy.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#if defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer) || __has_feature(memory_sanitizer)
#define SANITIZER_OWNS_MALLOC 1
#endif
#endif
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define SANITIZER_OWNS_MALLOC 1
#endif

static size_t calls;    /* allocations since they are counted */
static size_t fail_at;  /* the one that fails, 1-based; 0 for none */
static size_t injected; /* how often one failed */
static long live;       /* blocks not released */
static bool counting;

#ifdef SANITIZER_OWNS_MALLOC
static bool can_inject(void)
{
	return false; /* the sanitizer's own malloc must stay in place */
}
#else
/* glibc's names for what a program's own malloc stands in front of */
extern void *__libc_malloc(size_t size);
extern void *__libc_calloc(size_t count, size_t size);
extern void *__libc_realloc(void *old, size_t size);
extern void __libc_free(void *old);

static bool can_inject(void)
{
	return true;
}

static bool fails(void)
{
	if (!counting || ++calls != fail_at)
		return false;
	injected++;
	errno = ENOMEM;
	return true;
}

void *malloc(size_t size)
{
	if (fails())
		return NULL;
	live += counting;
	return __libc_malloc(size);
}

void *calloc(size_t count, size_t size)
{
	if (fails())
		return NULL;
	live += counting;
	return __libc_calloc(count, size);
}

void *realloc(void *old, size_t size)
{
	if (fails())
		return NULL;
	live += counting && !old;
	return __libc_realloc(old, size);
}

void free(void *old)
{
	live -= counting && old;
	__libc_free(old);
}
#endif

static const char text[] =
	"version: 1\ngateway: { clinical: [pumps0], uplink: [wan0] }\nzones:\n"
	"  pumps: { members: { class: [medical/infusion-pump, medical/ventilator] } }\n"
	"  pacs: { networks: [10.9.0.0/24, \"::/0\"] }\n  quarantine: { default: true }\n"
	"  ge: { members: { interface: wan0, vendor: [\"GE*\"], all: [{ vlan: [10, 11] }, { any: [{ tag: icu }, { "
	"host: x }] }],\n"
	"        not: { network: 10.0.0.0/8 } }, priority: 2 }\n"
	"  ours: { members: { mac: [\"44:4b:5d:00:00:02\", \"44:4b:5d:00:00:01\"], interface: pumps0 }, priority: 2 }\n"
	"  icu: { members: { vlan: 12, tag: icu, not: { any: [{ host: x }, { interface: pumps0 }] } }, priority: 2 }\n"
	"services:\n  dicom: [tcp/104, tcp/11112]\n  all: [dicom, dns]\n  files: { ports: tcp/2121, helper: ftp }\n"
	"rules:\n  - { from: pumps, to: [pacs], allow: [all], why: archive }\n  - { from: any, to: any, deny: any }\n"
	"  - { from: CT-2, to: { names: [a.example, b.example] }, allow: files, during: 07:00-19:00, rate: 1/day }\n"
	"expect: [ { from: pumps, reach: 2 } ]\ncanaries: { pulse: { from: CT-2, to: pacs, service: all } }\n"
	"devices:\n  - { mac: \"44:4b:5d:00:00:01\", zone: pumps, name: CT-2, tags: [icu, loaner] }\n";

/* Parses with the failure at ${n}; the blocks that were left are counted into live. */
static int parse_failing_at(size_t n, const char *input, size_t length, struct error *error)
{
	struct policy *policy = NULL;
	int rc;

	*error = (struct error){ 0 };
	calls = 0;
	injected = 0;
	live = 0;
	fail_at = n;
	counting = true;
	rc = policy_parse("memory.yaml", input, length, &policy, error);
	policy_free(policy);
	counting = false;
	return rc;
}

static void test_each_allocation_fails_once(void **state)
{
	size_t failures = 0;
	struct error error;

	(void)state;
	if (!can_inject())
		skip();
	assert_int_equal(parse_failing_at(0, text, sizeof(text) - 1, &error), 0);
	assert_int_equal(live, 0);
	for (size_t n = 1;; n++) {
		int rc = parse_failing_at(n, text, sizeof(text) - 1, &error);

		assert_int_equal(live, 0);
		if (injected == 0) {
			assert_int_equal(rc, 0);
			break;
		}
		failures++;
		assert_int_equal(rc, -ENOMEM);
		assert_int_equal(error.code, -ENOMEM);
	}
	assert_true(failures > 50);
}

static void test_wrong_policies_leave_nothing(void **state)
{
	struct error error;

	(void)state;
	if (!can_inject())
		skip();
	for (size_t length = 0; length < sizeof(text) - 1; length++) {
		parse_failing_at(0, text, length, &error);
		assert_int_equal(live, 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_each_allocation_fails_once),
		cmocka_unit_test(test_wrong_policies_leave_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * compile: how long one policy takes to parse and to compile, and the most memory that took, in a process of its own.
 *
 * usage: bench_compile FILE
 * It prints "parse WALL CPU compile WALL CPU rules COUNT kib PEAK", times in microseconds; PEAK is of the whole
 * process.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

#include "policy/policy.h"
#include "policy/table/table.h"

struct stamp {
	long wall; /* microseconds */
	long cpu;  /* of this process */
};

static long microseconds(clockid_t clock)
{
	struct timespec now;

	clock_gettime(clock, &now);
	return now.tv_sec * 1000000L + now.tv_nsec / 1000;
}

static struct stamp stamp_now(void)
{
	return (struct stamp){ microseconds(CLOCK_MONOTONIC), microseconds(CLOCK_PROCESS_CPUTIME_ID) };
}

static char *read_whole(const char *path, size_t *length)
{
	char *text = malloc(POLICY_BYTES_MAX);
	FILE *file = fopen(path, "r");

	if (!text || !file) {
		fprintf(stderr, "%s: %s\n", path, strerror(errno));
		exit(1);
	}
	*length = fread(text, 1, POLICY_BYTES_MAX, file);
	fclose(file);
	return text;
}

int main(int argc, char **argv)
{
	struct policy *policy = NULL;
	struct table *table = NULL;
	struct error error = { 0 };
	struct rusage usage;
	size_t length;
	struct stamp begin;
	struct stamp parsed;
	struct stamp compiled;
	char *text;

	if (argc != 2) {
		fprintf(stderr, "usage: bench_compile FILE\n");
		return 2;
	}
	text = read_whole(argv[1], &length);
	begin = stamp_now();
	if (policy_parse(argv[1], text, length, &policy, &error) < 0) {
		fprintf(stderr, "%s:%u:%u: %s\n", error.file, error.line, error.column, error.text);
		return 1;
	}
	parsed = stamp_now();
	if (table_compile(policy, &table, &error) < 0) {
		fprintf(stderr, "%s\n", error.text);
		return 1;
	}
	compiled = stamp_now();
	getrusage(RUSAGE_SELF, &usage);
	printf("parse %ld %ld compile %ld %ld rules %zu kib %ld\n", parsed.wall - begin.wall, parsed.cpu - begin.cpu,
	       compiled.wall - parsed.wall, compiled.cpu - parsed.cpu, policy->rule_count, usage.ru_maxrss);
	table_free(table);
	policy_free(policy);
	free(text);
	return 0;
}

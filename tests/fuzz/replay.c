/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * replay: drives a fuzz target without libFuzzer, so that every test run replays the corpus and what lies beside it.
 *
 * Each seed is given whole, cut at every byte, and with seeded bit flips; the seed of the flips is printed, so that a
 * red run can be repeated with FUZZ_SEED. Every input is a heap block of its exact size: a sanitizer sees each byte
 * read past the end.
 */
#include <dirent.h>
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define INPUT_MAX      (1U << 20)
#define TRUNCATION_MAX 4096U /* longer seeds are cut at 4096 evenly spread places */
#define FLIPS_DEFAULT  2000U

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static uint64_t random_state;
static unsigned long inputs;

/* xorshift64*: Vigna, "An experimental exploration of Marsaglia's xorshift generators, scrambled" (2016) */
static uint32_t random_next(void)
{
	random_state ^= random_state >> 12;
	random_state ^= random_state << 25;
	random_state ^= random_state >> 27;
	return (uint32_t)((random_state * 0x2545F4914F6CDD1DULL) >> 32);
}

static void give(const uint8_t *data, size_t size)
{
	uint8_t *exact = malloc(size ? size : 1);

	if (!exact)
		abort();
	memcpy(exact, data, size);
	LLVMFuzzerTestOneInput(exact, size);
	free(exact);
	inputs++;
}

static void give_truncated(const uint8_t *data, size_t size)
{
	size_t step = size / TRUNCATION_MAX + 1;

	for (size_t cut = 0; cut < size; cut += step)
		give(data, cut);
}

static void give_flipped(const uint8_t *data, size_t size, unsigned long rounds)
{
	uint8_t *copy = malloc(size ? size : 1);

	if (!copy)
		abort();
	for (unsigned long round = 0; size && round < rounds; round++) {
		uint32_t changes = 1 + random_next() % 8;

		memcpy(copy, data, size);
		for (uint32_t i = 0; i < changes; i++) {
			size_t at = random_next() % size;

			if (random_next() % 2)
				copy[at] ^= (uint8_t)(1U << (random_next() % 8));
			else
				copy[at] = (uint8_t)random_next();
		}
		give(copy, random_next() % 4 ? size : random_next() % (size + 1));
	}
	free(copy);
}

static int replay_file(const char *path, unsigned long rounds)
{
	uint8_t *bytes = malloc(INPUT_MAX);
	FILE *file = fopen(path, "rbe");
	size_t size;

	if (!file || !bytes) {
		fprintf(stderr, "%s: %s\n", path, strerror(errno));
		if (file)
			fclose(file);
		free(bytes);
		return -1;
	}
	size = fread(bytes, 1, INPUT_MAX, file);
	fclose(file);
	give(bytes, size);
	give_truncated(bytes, size);
	give_flipped(bytes, size, rounds);
	free(bytes);
	return 0;
}

static int replay_folder(const char *folder, unsigned long rounds, unsigned long *files)
{
	struct dirent **entries;
	int count = scandir(folder, &entries, NULL, alphasort);
	int result = 0;

	if (count < 0) {
		fprintf(stderr, "%s: %s\n", folder, strerror(errno));
		return -1;
	}
	for (int i = 0; i < count; i++) {
		char path[4096];
		struct stat status;

		snprintf(path, sizeof(path), "%s/%s", folder, entries[i]->d_name);
		if (stat(path, &status) == 0 && S_ISREG(status.st_mode)) {
			result |= replay_file(path, rounds);
			++*files;
		}
		free(entries[i]);
	}
	free(entries);
	return result;
}

int main(int argc, char **argv)
{
	const char *seed = getenv("FUZZ_SEED");
	const char *flips = getenv("FUZZ_FLIPS");
	unsigned long rounds = flips ? strtoul(flips, NULL, 0) : FLIPS_DEFAULT;
	unsigned long files = 0;
	int result = 0;

	random_state = seed ? strtoull(seed, NULL, 0) : 0x69736f77617264ULL;
	if (random_state == 0)
		random_state = 1;
	printf("FUZZ_SEED=%#llx FUZZ_FLIPS=%lu\n", (unsigned long long)random_state, rounds);
	fflush(stdout);
	give((const uint8_t *)"", 0);
	for (int i = 1; i < argc; i++) {
		struct stat status;

		if (stat(argv[i], &status) == 0 && S_ISDIR(status.st_mode)) {
			result |= replay_folder(argv[i], rounds, &files);
		} else {
			result |= replay_file(argv[i], rounds);
			files++;
		}
	}
	printf("%lu inputs of %lu seeds\n", inputs, files);
	if (files == 0)
		fprintf(stderr, "no seeds: a fuzz target without a corpus tests nothing\n");
	return result == 0 && files > 0 ? 0 : 1;
}

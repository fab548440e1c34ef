/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "policy/table/regions.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define WEEK_DAYS    7
#define WEEK_MINUTES (WEEK_DAYS * MINUTES_OF_DAY)
#define A_MONDAY     4 /* 1970-01-05: where nothing says which week, this one */
/* Moments looked at before those alike are merged, so that a hostile policy takes bounded time. */
#define MOMENTS_MAX (16 * REGIONS_CIRCUMSTANCES_MAX)

/* Numbers, sorted and each once: schedules, name sets, last days. */
struct numbers {
	int32_t *at;
	size_t count;
};

/* What the pair's conditions come to. */
struct conditions {
	struct numbers schedules;    /* indices of the table's, without always */
	struct numbers names;        /* 0 and the sets that entries name */
	struct numbers last_days;    /* the untils of the schedules */
	bool boundary[WEEK_MINUTES]; /* a window begins or ends: minutes since Monday 00:00 */
};

/* Moments of which no two have the same schedules in force. */
struct moments {
	struct moment *at;
	size_t count;
	uint8_t *signatures; /* of each: a bit for each schedule of the conditions */
	size_t signature_size;
	size_t *slots; /* an open hash table over the signatures: 1 + index; 0 is empty */
	size_t looked_at;
};

#define SLOTS (4U * REGIONS_CIRCUMSTANCES_MAX)

static int compare_numbers(const void *left, const void *right)
{
	const int32_t *a = left;
	const int32_t *b = right;

	return (*a > *b) - (*a < *b);
}

static void numbers_sort(struct numbers *numbers)
{
	size_t kept = 0;

	qsort(numbers->at, numbers->count, sizeof(*numbers->at), compare_numbers);
	for (size_t i = 0; i < numbers->count; i++)
		if (kept == 0 || numbers->at[kept - 1] != numbers->at[i])
			numbers->at[kept++] = numbers->at[i];
	numbers->count = kept;
}

static void conditions_free(struct conditions *conditions)
{
	free(conditions->schedules.at);
	free(conditions->names.at);
	free(conditions->last_days.at);
}

static void mark_window(bool boundary[WEEK_MINUTES], const struct window *window)
{
	for (unsigned int day = 0; day < WEEK_DAYS; day++) {
		unsigned int midnight = day * MINUTES_OF_DAY;
		unsigned int length = window->last > window->first
		                              ? (unsigned int)window->last - window->first
		                              : (unsigned int)MINUTES_OF_DAY - window->first + window->last;

		if (!(window->days >> day & 1))
			continue;
		boundary[(midnight + window->first) % WEEK_MINUTES] = true;
		boundary[(midnight + window->first + length) % WEEK_MINUTES] = true;
	}
}

/* ${conditions} are to be released on failure too. */
static int find_conditions(const struct table *table, const struct table_pair *pair, struct conditions *conditions)
{
	size_t most = (pair ? pair->entry_count : 0) + 1;

	*conditions = (struct conditions){
		.schedules.at = calloc(most, sizeof(int32_t)),
		.names.at = calloc(most, sizeof(int32_t)),
		.last_days.at = calloc(most, sizeof(int32_t)),
	};
	if (!conditions->schedules.at || !conditions->names.at || !conditions->last_days.at)
		return -ENOMEM;
	conditions->names.at[conditions->names.count++] = 0;
	for (size_t i = 0; pair && i < pair->entry_count; i++) {
		conditions->names.at[conditions->names.count++] = pair->entries[i].names;
		if (pair->entries[i].schedule != 0)
			conditions->schedules.at[conditions->schedules.count++] = pair->entries[i].schedule;
	}
	numbers_sort(&conditions->names);
	numbers_sort(&conditions->schedules);
	for (size_t i = 0; i < conditions->schedules.count; i++) {
		const struct schedule *schedule = &table->schedules[conditions->schedules.at[i]];

		for (size_t w = 0; w < schedule->window_count; w++)
			mark_window(conditions->boundary, &schedule->windows[w]);
		if (schedule->until != DAY_NONE)
			conditions->last_days.at[conditions->last_days.count++] = schedule->until;
	}
	numbers_sort(&conditions->last_days);
	return 0;
}

static void moments_free(struct moments *moments)
{
	free(moments->at);
	free(moments->signatures);
	free(moments->slots);
}

static int moments_make(struct moments *moments, const struct conditions *conditions)
{
	size_t size = conditions->schedules.count / 8 + 1;

	*moments = (struct moments){
		.at = calloc(REGIONS_CIRCUMSTANCES_MAX, sizeof(*moments->at)),
		.signatures = calloc(REGIONS_CIRCUMSTANCES_MAX + 1, size),
		.signature_size = size,
		.slots = calloc(SLOTS, sizeof(*moments->slots)),
	};
	return moments->at && moments->signatures && moments->slots ? 0 : -ENOMEM;
}

static void sign(const struct table *table, const struct conditions *conditions, struct moment moment,
                 uint8_t *signature, size_t size)
{
	memset(signature, 0, size);
	for (size_t i = 0; i < conditions->schedules.count; i++)
		if (schedule_holds(&table->schedules[conditions->schedules.at[i]], moment))
			signature[i / 8] |= (uint8_t)(1U << i % 8);
}

/* FNV-1a, 32 bits. */
static uint32_t hash(const uint8_t *bytes, size_t length)
{
	uint32_t value = 2166136261U;

	for (size_t i = 0; i < length; i++)
		value = (value ^ bytes[i]) * 16777619U;
	return value;
}

/* Adds ${moment} unless one with the same schedules in force is there. The signature is made in the room of the next.
 */
static int add_moment(const struct table *table, const struct conditions *conditions, struct moments *moments,
                      struct moment moment)
{
	size_t size = moments->signature_size;
	uint8_t *signature = moments->signatures + moments->count * size;
	size_t slot;

	if (++moments->looked_at > MOMENTS_MAX)
		return -E2BIG;
	sign(table, conditions, moment, signature, size);
	for (slot = hash(signature, size) % SLOTS; moments->slots[slot]; slot = (slot + 1) % SLOTS)
		if (memcmp(moments->signatures + (moments->slots[slot] - 1) * size, signature, size) == 0)
			return 0;
	if (moments->count == REGIONS_CIRCUMSTANCES_MAX)
		return -E2BIG;
	moments->at[moments->count++] = moment;
	moments->slots[slot] = moments->count;
	return 0;
}

/* Adds what there is from the start of ${first} to the end of ${last}, at most a week: after that it repeats itself. */
static int add_days(const struct table *table, const struct conditions *conditions, struct moments *moments,
                    int32_t first, int32_t last)
{
	int r = add_moment(table, conditions, moments, (struct moment){ .day = first });

	for (int32_t day = first; r == 0 && day <= last; day++) {
		const bool *boundary = conditions->boundary + moment_weekday(day) * MINUTES_OF_DAY;

		for (uint16_t minute = 0; r == 0 && minute < MINUTES_OF_DAY; minute++)
			if (boundary[minute])
				r = add_moment(table, conditions, moments,
				               (struct moment){ .day = day, .minute = minute });
	}
	return r;
}

/* The days between two last days are alike but for the week: their last week says all, the days after the end too. */
static int find_moments(const struct table *table, const struct conditions *conditions, struct moments *moments)
{
	const struct numbers *last_days = &conditions->last_days;
	int32_t after = last_days->count > 0 ? last_days->at[last_days->count - 1] + 1 : A_MONDAY;
	int32_t begin = 0;
	int r = 0;

	for (size_t i = 0; r == 0 && i < last_days->count; i++) {
		int32_t last = last_days->at[i];

		r = add_days(table, conditions, moments, last - begin < WEEK_DAYS ? begin : last - WEEK_DAYS + 1, last);
		begin = last + 1;
	}
	return r < 0 ? r : add_days(table, conditions, moments, after, after + WEEK_DAYS - 1);
}

static int list_all(const struct numbers *names, const struct moments *moments, struct circumstance **list,
                    size_t *count)
{
	size_t total = names->count * moments->count;
	struct circumstance *made;

	if (total > REGIONS_CIRCUMSTANCES_MAX)
		return -E2BIG;
	made = calloc(total, sizeof(*made));
	if (!made)
		return -ENOMEM;
	for (size_t n = 0; n < names->count; n++)
		for (size_t m = 0; m < moments->count; m++)
			made[n * moments->count + m] = (struct circumstance){
				.names = (uint16_t)names->at[n],
				.moment = moments->at[m],
			};
	*list = made;
	*count = total;
	return 0;
}

static bool has_conditions(const struct table_pair *pair)
{
	for (size_t i = 0; pair && i < pair->entry_count; i++)
		if (pair->entries[i].names != 0 || pair->entries[i].schedule != 0)
			return true;
	return false;
}

int regions_circumstances(const struct table *table, uint16_t from, uint16_t to, struct circumstance **list,
                          size_t *count)
{
	const struct table_pair *pair = table_pair(table, from, to);
	struct moments moments = { .at = NULL };
	struct conditions conditions;
	int r;

	/* nearly all pairs are decided alike at any time, and their week need not be looked through */
	if (!has_conditions(pair)) {
		*list = calloc(1, sizeof(**list));
		*count = 1;
		return *list ? 0 : -ENOMEM;
	}
	r = find_conditions(table, pair, &conditions);
	if (r == 0)
		r = moments_make(&moments, &conditions);
	if (r == 0)
		r = find_moments(table, &conditions, &moments);
	if (r == 0)
		r = list_all(&conditions.names, &moments, list, count);
	moments_free(&moments);
	conditions_free(&conditions);
	return r;
}

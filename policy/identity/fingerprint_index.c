/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "policy/identity/fingerprint_rule.h"

#include <errno.h>
#include <string.h>

int fingerprints_new(struct fingerprints **fingerprints)
{
	struct fingerprints *made = calloc(1, sizeof(*made));

	if (!made)
		return -ENOMEM;
	*fingerprints = made;
	return 0;
}

static void index_free(struct fingerprint_index *index)
{
	if (!index)
		return;
	free(index->exact);
	free(index->loose);
	free(index);
}
CLEANUP_DEFINE(struct fingerprint_index, index_free);

void fingerprints_free(struct fingerprints *fingerprints)
{
	if (!fingerprints)
		return;
	for (size_t i = 0; i < fingerprints->rule_count; i++)
		free(fingerprints->rules[i]);
	for (size_t i = 0; i < fingerprints->pattern_count; i++)
		free(fingerprints->patterns[i]);
	for (size_t i = 0; i < FIELD_COUNT; i++)
		index_free(fingerprints->index[i]);
	for (size_t i = 0; i < BITS_COUNT; i++)
		free(fingerprints->registry[i].prefix);
	support_table_done(&fingerprints->support);
	syn_signatures_free(fingerprints->syn_signatures);
	free(fingerprints->by_name);
	free(fingerprints->rules);
	free(fingerprints->patterns);
	free(fingerprints->names);
	free(fingerprints);
}

void fingerprint_batch_done(struct fingerprint_batch *batch)
{
	for (size_t i = 0; i < batch->rule_count; i++)
		free(batch->rules[i]);
	for (size_t i = 0; i < batch->pattern_count; i++)
		free(batch->patterns[i]);
	support_table_done(&batch->support);
	free(batch->rules);
	free(batch->patterns);
	*batch = (struct fingerprint_batch){ 0 };
}

static bool is_exact(const struct fingerprint_pattern *pattern)
{
	return pattern->kind == KIND_EXACT || pattern->kind == KIND_MAC || pattern->kind == KIND_DOMAIN;
}

static int compare_order(const struct fingerprint_pattern *a, const struct fingerprint_pattern *b)
{
	if (a->rule->order != b->rule->order)
		return a->rule->order < b->rule->order ? -1 : 1;
	return strcmp(a->text, b->text);
}

static int compare_exact(const void *left, const void *right)
{
	const struct fingerprint_pattern *const *a = left;
	const struct fingerprint_pattern *const *b = right;
	int order = strcmp((*a)->text, (*b)->text);

	return order ? order : compare_order(*a, *b);
}

size_t fingerprint_run_list(const char *text)
{
	const unsigned char *byte = (const unsigned char *)text;

	return LOOSE_BYTES + ((byte[0] * 31U + byte[1]) * 31U + byte[2]) % LOOSE_RUNS;
}

static bool is_sign(const struct fingerprint_pattern *pattern, char character)
{
	return pattern->kind == KIND_GLOB && strchr("*?[]", character);
}

/*
 * The list that ${pattern} stands in: of the runs of three characters that any text must hold that it matches, that
 * whose list is the shortest yet; without such a run the byte it must begin with, without that the list of all.
 */
static size_t bucket_of(const struct fingerprint_pattern *pattern, const uint32_t *sizes)
{
	size_t best = 0;
	size_t plain = 0;

	for (const char *at = pattern->text; *at; at++) {
		if (pattern->kind == KIND_GLOB && *at == '[')
			at = fingerprint_set_end(at) - 1;
		plain = is_sign(pattern, *at) ? 0 : plain + 1;
		if (plain >= 3 && (!best || sizes[fingerprint_run_list(at - 2)] < sizes[best]))
			best = fingerprint_run_list(at - 2);
	}
	if (best || pattern->kind == KIND_CONTAINS || is_sign(pattern, pattern->text[0]))
		return best;
	return (unsigned char)pattern->text[0];
}

/* Makes room in ${index} for those of ${count} ${patterns} that look at ${field}. errors: -ENOMEM. */
static int index_reserve(struct fingerprint_index *index, struct fingerprint_pattern *const *patterns, size_t count,
                         enum field field)
{
	for (size_t i = 0; i < count; i++) {
		index->exact_count += patterns[i]->field == field && is_exact(patterns[i]);
		index->loose_count += patterns[i]->field == field && !is_exact(patterns[i]);
	}
	index->exact = calloc(index->exact_count + 1, sizeof(*index->exact));
	index->loose = calloc(index->loose_count + 1, sizeof(*index->loose));
	return index->exact && index->loose ? 0 : -ENOMEM;
}

/* Makes at ${index} that of those of ${count} ${patterns} that look at ${field}. */
static int index_build(struct fingerprint_pattern *const *patterns, size_t count, enum field field,
                       struct fingerprint_index **index)
{
	CLEANUP(index_free) struct fingerprint_index *made = calloc(1, sizeof(*made));
	CLEANUP(free) uint16_t *buckets = NULL;
	uint32_t sizes[LOOSE_LISTS] = { 0 };
	size_t exact = 0;

	if (!made || index_reserve(made, patterns, count, field) < 0)
		return -ENOMEM;
	buckets = calloc(count + 1, sizeof(*buckets));
	if (!buckets)
		return -ENOMEM;
	for (size_t i = 0; i < count; i++) {
		if (patterns[i]->field != field)
			continue;
		made->has_domains |= patterns[i]->kind == KIND_DOMAIN;
		if (is_exact(patterns[i])) {
			made->exact[exact++] = patterns[i];
			continue;
		}
		buckets[i] = (uint16_t)bucket_of(patterns[i], sizes);
		sizes[buckets[i]]++;
	}
	qsort(made->exact, exact, sizeof(*made->exact), compare_exact);
	for (size_t list = 0; list < LOOSE_LISTS; list++)
		made->loose_from[list + 1] = made->loose_from[list] + sizes[list];
	for (size_t i = 0; i < count; i++)
		if (patterns[i]->field == field && !is_exact(patterns[i]))
			made->loose[made->loose_from[buckets[i] + 1U] - sizes[buckets[i]]--] = patterns[i];
	*index = take_ptr(&made);
	return 0;
}

static void indexes_free(struct fingerprint_index *indexes[FIELD_COUNT])
{
	for (size_t i = 0; i < FIELD_COUNT; i++)
		index_free(indexes[i]);
}

/* Makes at ${indexes} those that the patterns of ${batch} are new in, of ${count} ${patterns}; some where it fails. */
static int index_build_new(struct fingerprint_index *indexes[FIELD_COUNT], const struct fingerprint_batch *batch,
                           struct fingerprint_pattern *const *patterns, size_t count)
{
	for (size_t i = 0; i < batch->pattern_count; i++) {
		enum field field = (enum field)batch->patterns[i]->field;
		int rc = indexes[field] ? 0 : index_build(patterns, count, field, &indexes[field]);

		if (rc < 0)
			return rc;
	}
	return 0;
}

int fingerprint_compare_names(const void *left, const void *right)
{
	const struct fingerprint_rule *const *a = left;
	const struct fingerprint_rule *const *b = right;

	return strcmp((*a)->name, (*b)->name);
}

/* Makes at ${names} the ${count} ${rules} by name; NULL without memory. */
static const struct fingerprint_rule **sort_names(struct fingerprint_rule *const *rules, size_t count)
{
	const struct fingerprint_rule **names = calloc(count + 1, sizeof(const struct fingerprint_rule *));

	for (size_t i = 0; names && i < count; i++)
		names[i] = rules[i];
	if (names)
		qsort(names, count, sizeof(const struct fingerprint_rule *), fingerprint_compare_names);
	return names;
}

/* Adds what ${batch} says of support; on failure the table is as it was. */
static int take_support(struct support_table *table, const struct support_table *batch)
{
	struct support_table whole = { 0 };
	int rc = 0;

	for (size_t i = 0; i < table->count && rc == 0; i++)
		rc = support_table_add(&whole, &table->entries[i]);
	for (size_t i = 0; i < batch->count && rc == 0; i++)
		rc = support_table_add(&whole, &batch->entries[i]);
	if (rc < 0) {
		support_table_done(&whole);
		return rc;
	}
	support_table_done(table);
	*table = whole;
	return 0;
}

/* There is room for all of ${batch}; what is there already, a site's word for the delivered one, adds nothing. */
static void take_housings(struct housing_table *table, const struct housing_table *batch)
{
	for (size_t i = 0; i < batch->count; i++)
		housing_table_add(table, &batch->entries[i]);
}

int fingerprints_take(struct fingerprints *fingerprints, struct fingerprint_batch *batch)
{
	struct fingerprint_index *indexes[FIELD_COUNT] = { NULL };
	CLEANUP(free) const struct fingerprint_rule **names = NULL;
	size_t rules = fingerprints->rule_count + batch->rule_count;
	size_t patterns = fingerprints->pattern_count + batch->pattern_count;
	int rc;

	rc = memory_reserve((void **)&fingerprints->rules, &fingerprints->rule_capacity, rules,
	                    sizeof(struct fingerprint_rule *));
	if (rc == 0)
		rc = memory_reserve((void **)&fingerprints->patterns, &fingerprints->pattern_capacity, patterns,
		                    sizeof(struct fingerprint_pattern *));
	if (rc < 0)
		return rc;
	/* Written past the counts: nothing is added until the index stands. */
	for (size_t i = 0; i < batch->rule_count; i++) {
		fingerprints->rules[fingerprints->rule_count + i] = batch->rules[i];
		batch->rules[i]->order = fingerprints->rule_count + i;
	}
	for (size_t i = 0; i < batch->pattern_count; i++)
		fingerprints->patterns[fingerprints->pattern_count + i] = batch->patterns[i];
	names = sort_names(fingerprints->rules, rules);
	if (!names)
		return -ENOMEM;
	rc = index_build_new(indexes, batch, fingerprints->patterns, patterns);
	if (rc == 0)
		rc = take_support(&fingerprints->support, &batch->support);
	if (rc < 0) {
		indexes_free(indexes);
		return rc;
	}
	take_housings(&fingerprints->housings, &batch->housings);
	for (size_t i = 0; i < FIELD_COUNT; i++) {
		if (!indexes[i])
			continue;
		index_free(fingerprints->index[i]);
		fingerprints->index[i] = indexes[i];
	}
	free(fingerprints->by_name);
	fingerprints->by_name = take_ptr(&names);
	fingerprints->rule_count = rules;
	fingerprints->pattern_count = patterns;
	batch->rule_count = 0;
	batch->pattern_count = 0;
	return 0;
}

const struct support *fingerprints_support(const struct fingerprints *fingerprints, const char *name)
{
	return support_find(&fingerprints->support, name);
}

bool fingerprints_rule(const struct fingerprints *fingerprints, size_t index, struct fingerprint_summary *summary)
{
	const struct fingerprint_rule *rule;

	if (index >= fingerprints->rule_count)
		return false;
	rule = fingerprints->rules[index];
	*summary = (struct fingerprint_summary){ .name = rule->name,
		                                 .source = field_info((enum field)rule->field)->name,
		                                 .class = rule->class,
		                                 .vendor = rule->vendor,
		                                 .model = rule->model,
		                                 .os = rule->os,
		                                 .cite = rule->cite,
		                                 .weight = rule->weight };
	return true;
}

int fingerprints_add_syn_signatures(struct fingerprints *fingerprints, const char *file, const char *text,
                                    size_t length, struct error *reterr)
{
	struct syn_signatures *signatures = NULL;
	int rc = syn_signatures_read(file, text, length, &signatures, reterr);

	if (rc < 0)
		return rc;
	syn_signatures_free(fingerprints->syn_signatures);
	fingerprints->syn_signatures = signatures;
	return 0;
}

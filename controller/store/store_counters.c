/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "controller/store/store_internal.h"

static int put_rule(struct store *store, const struct store_rule_counter *rule, size_t position, struct error *reterr)
{
	struct store_row row = store_row_of(store, STATEMENT_PUT_RULE_COUNTER);

	store_row_number(&row, (int64_t)position);
	store_row_text(&row, rule->place);
	store_row_text(&row, rule->name);
	store_row_text(&row, rule->services);
	store_row_text(&row, rule->verdict);
	store_row_number(&row, rule->observed);
	store_row_number(&row, (int64_t)rule->allowed_packets);
	store_row_number(&row, (int64_t)rule->allowed_bytes);
	store_row_number(&row, (int64_t)rule->refused_packets);
	store_row_number(&row, (int64_t)rule->refused_bytes);
	store_row_number(&row, (int64_t)rule->observed_packets);
	store_row_number(&row, (int64_t)rule->observed_bytes);
	return store_row_run(&row, reterr);
}

int store_put_rule_counters(struct store *store, const struct store_rule_counter *rows, size_t count,
                            struct error *reterr)
{
	struct store_row row;
	int result = store_atomic_begin(store, reterr);

	if (result)
		return result;
	row = store_row_of(store, STATEMENT_DELETE_RULE_COUNTERS);
	result = store_row_run(&row, reterr);
	for (size_t i = 0; !result && i < count; i++)
		result = put_rule(store, &rows[i], i, reterr);
	return store_atomic_end(store, result, reterr);
}

static int put_pair(struct store *store, const struct store_pair_counter *pair, struct error *reterr)
{
	struct store_row row = store_row_of(store, STATEMENT_PUT_PAIR_COUNTER);

	store_row_text(&row, pair->from_zone);
	store_row_text(&row, pair->to_zone);
	store_row_number(&row, (int64_t)pair->packets);
	store_row_number(&row, (int64_t)pair->bytes);
	store_row_number(&row, (int64_t)pair->default_packets);
	store_row_number(&row, (int64_t)pair->default_bytes);
	return store_row_run(&row, reterr);
}

int store_put_pair_counters(struct store *store, const struct store_pair_counter *rows, size_t count,
                            struct error *reterr)
{
	struct store_row row;
	int result = store_atomic_begin(store, reterr);

	if (result)
		return result;
	row = store_row_of(store, STATEMENT_DELETE_PAIR_COUNTERS);
	result = store_row_run(&row, reterr);
	for (size_t i = 0; !result && i < count; i++)
		result = put_pair(store, &rows[i], reterr);
	return store_atomic_end(store, result, reterr);
}

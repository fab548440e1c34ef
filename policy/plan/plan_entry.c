/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "policy/plan/plan_entry.h"

#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

#include "policy/plan/plan_refusal.h"

#define NS_PER_S UINT64_C(1000000000)

/* uthash calls exit() where there is no memory, unless told this before it is included. */
#define HASH_NONFATAL_OOM        1
#define uthash_nonfatal_oom(set) ((set)->name[0] = '\0')
#include <uthash.h>

/* A set of ports already written, found again by its ports so that equal services share one set. */
struct port_set {
	UT_hash_handle hh;
	char name[PLAN_NAME_MAX];
	uint16_t ports[]; /* first, last, first, last …: the hash key */
};

static void port_bytes(uint16_t port, uint8_t *bytes)
{
	bytes[0] = (uint8_t)(port >> 8);
	bytes[1] = (uint8_t)port;
}

/* Writes the ports of ${set} as a constant set of the plan. */
static void write_port_set(struct plan_writer *writer, const struct port_set *set, size_t count)
{
	plan_write_set(writer, set->name, KEYS(KEY_CT_PROTO_DST), DATA_NONE, SET_INTERVAL | SET_CONSTANT);
	for (size_t i = 0; i < count; i++) {
		struct plan_element *element = plan_write_element(writer);

		if (!element)
			return;
		port_bytes(set->ports[i * 2], element->key);
		port_bytes(set->ports[i * 2 + 1], element->key_end);
	}
}

/* The name of the set of the ${count} ${ranges} of one protocol, written now where it is new; NULL on failure. */
static const char *port_set_of(struct entry_writer *entries, const struct service_range *ranges, size_t count)
{
	size_t bytes = count * 2 * sizeof(uint16_t);
	struct port_set *made = calloc(1, sizeof(*made) + bytes);
	struct port_set *found = NULL;

	if (!made)
		goto no_memory;
	for (size_t i = 0; i < count; i++) {
		made->ports[i * 2] = ranges[i].first;
		made->ports[i * 2 + 1] = ranges[i].last;
	}
	HASH_FIND(hh, entries->port_sets, made->ports, bytes, found);
	if (found) {
		free(made);
		return found->name;
	}
	snprintf(made->name, sizeof(made->name), "ports.%u", HASH_COUNT(entries->port_sets) + 1);
	HASH_ADD_KEYPTR(hh, entries->port_sets, made->ports, bytes, made);
	if (!made->name[0]) {
		free(made);
		goto no_memory;
	}
	write_port_set(entries->writer, made, count);
	return made->name;
no_memory:
	entries->writer->failed = true;
	return NULL;
}

static bool is_any_port(const struct service_range *range)
{
	return range->first == 0 && range->last == UINT16_MAX;
}

/* Adds the match of the ${count} ${ranges}, all of one protocol. ${ports} names their set where they need one. */
static void match_ranges(struct plan_writer *writer, const struct service_range *ranges, size_t count,
                         const char *ports)
{
	uint8_t first[2];
	uint8_t last[2];

	if (ranges[0].protocol != 0)
		plan_write_match_u8(writer, KEY_CT_PROTOCOL, ranges[0].protocol);
	if (count > 1) {
		plan_write_lookup(writer, STATEMENT_MATCH_SET, KEYS(KEY_CT_PROTO_DST), ports);
	} else if (ranges[0].first == ranges[0].last) {
		plan_write_match_port(writer, KEY_CT_PROTO_DST, ranges[0].first);
	} else if (!is_any_port(&ranges[0])) {
		port_bytes(ranges[0].first, first);
		port_bytes(ranges[0].last, last);
		plan_write_range(writer, KEY_CT_PROTO_DST, first, last, sizeof(first));
	}
}

void entry_writer_done(struct entry_writer *entries)
{
	struct port_set *set;
	struct port_set *next;

	HASH_ITER (hh, entries->port_sets, set, next) {
		HASH_DEL(entries->port_sets, set);
		free(set);
	}
	free(entries->hours);
}

/* ---- hours ---- */

static const char *hours_set(uint16_t schedule, bool refuses, char name[PLAN_NAME_MAX])
{
	snprintf(name, PLAN_NAME_MAX, "hours.%u%s", schedule, refuses ? ".refuse" : "");
	return name;
}

static void time_bytes(uint64_t ns, uint8_t *bytes)
{
	for (unsigned int i = 0; i < 8; i++)
		bytes[i] = (uint8_t)(ns >> (56 - i * 8));
}

static void write_span(struct plan_writer *writer, int64_t first_s, int64_t last_s)
{
	struct plan_element *element = plan_write_element(writer);

	if (!element)
		return;
	time_bytes((uint64_t)first_s * NS_PER_S, element->key);
	time_bytes((uint64_t)last_s * NS_PER_S - 1, element->key_end);
}

static void write_hours_set(struct entry_writer *entries, uint16_t schedule, bool refuses, const char *name)
{
	const struct schedule *hours = &entries->table->schedules[schedule];
	const struct calendar *calendar = entries->calendar;
	bool goes_on = refuses && hours->window_count > 0;
	struct calendar_spans spans = { 0 };

	plan_write_set(entries->writer, name, KEYS(KEY_TIME), DATA_NONE, SET_INTERVAL | SET_CONSTANT);
	if (calendar_spans_of(calendar, hours, &spans) < 0)
		entries->writer->failed = true;
	for (size_t i = 0; i < spans.count; i++) {
		/* What holds as the horizon ends and what follows are one span: intervals do not touch. */
		if (goes_on && spans.at[i].last_s == calendar->last_s)
			spans.at[i].last_s = CALENDAR_SECONDS_MAX;
		write_span(entries->writer, spans.at[i].first_s, spans.at[i].last_s);
	}
	if (goes_on && (spans.count == 0 || spans.at[spans.count - 1].last_s != CALENDAR_SECONDS_MAX))
		write_span(entries->writer, calendar->last_s, CALENDAR_SECONDS_MAX);
	calendar_spans_done(&spans);
}

void entry_match_hours(struct entry_writer *entries, uint16_t schedule, bool refuses)
{
	uint8_t bit = refuses ? 2 : 1;
	char name[PLAN_NAME_MAX];

	if (schedule == 0)
		return;
	if (!entries->hours)
		entries->hours = calloc(entries->table->schedule_count, sizeof(*entries->hours));
	if (!entries->hours) {
		entries->writer->failed = true;
		return;
	}
	hours_set(schedule, refuses, name);
	if (!(entries->hours[schedule] & bit))
		write_hours_set(entries, schedule, refuses, name);
	entries->hours[schedule] |= bit;
	plan_write_lookup(entries->writer, STATEMENT_MATCH_SET, KEYS(KEY_TIME), name);
}

static bool ranges_overlap(const struct service_range *a, const struct service_range *b)
{
	return (a->protocol == 0 || b->protocol == 0 || a->protocol == b->protocol) && a->first <= b->last &&
	       b->first <= a->last;
}

static bool entries_overlap(const struct table_entry *a, const struct table_entry *b)
{
	for (size_t i = 0; i < a->range_count; i++)
		for (size_t j = 0; j < b->range_count; j++)
			if (ranges_overlap(&a->ranges[i], &b->ranges[j]))
				return true;
	return false;
}

/* Whether what the ${index}th entry of ${pair} admits now may be decided otherwise at another hour. */
static bool is_timed(const struct table_pair *pair, size_t index)
{
	const struct table_entry *entry = &pair->entries[index];

	for (size_t i = 0; i < index; i++)
		if (pair->entries[i].schedule != 0 && pair->entries[i].mode == MODE_ENFORCE &&
		    entries_overlap(&pair->entries[i], entry))
			return true;
	return entry->schedule != 0;
}

/* ---- helpers and names ---- */

static const struct plan_helper *helper_of(uint8_t helper)
{
	/* nf_conntrack_ftp and nf_conntrack_tftp of the kernel. */
	static const struct plan_helper helpers[] = {
		[HELPER_FTP] = { "ftp", IPPROTO_TCP, "" },
		[HELPER_TFTP] = { "tftp", IPPROTO_UDP, "" },
	};

	return helper == HELPER_NONE || helper >= ARRAY_SIZE(helpers) ? NULL : &helpers[helper];
}

const char *plan_helper_name(uint8_t helper)
{
	return helper == HELPER_NONE ? NULL : helper_of(helper)->name;
}

static void note_helper(struct plan *plan, const struct policy *policy, const struct policy_rule *rule, uint8_t helper)
{
	const struct plan_helper *known = helper_of(helper);
	struct plan_helper *added = &plan->helpers[plan->helper_count];

	for (size_t i = 0; i < plan->helper_count; i++)
		if (strcmp(plan->helpers[i].name, known->name) == 0)
			return;
	*added = *known;
	snprintf(added->comment, sizeof(added->comment), "the rule at %.60s:%u (%.30s)",
	         policy_file(policy, rule->place), rule->place.line, rule->services);
	plan->helper_count++;
}

void plan_write_helpers(struct plan_writer *writer, const struct policy *policy)
{
	for (size_t r = 0; r < policy->rule_count; r++) {
		const struct policy_rule *rule = &policy->rules[r];

		if (rule->mode != MODE_ENFORCE || rule->verdict != VERDICT_ALLOW)
			continue;
		for (size_t i = 0; i < rule->range_count; i++)
			if (rule->ranges[i].helper != HELPER_NONE)
				note_helper(writer->plan, policy, rule, rule->ranges[i].helper);
	}
}

void plan_write_names(struct plan_writer *writer, const struct policy *policy)
{
	char name[PLAN_NAME_MAX];

	for (uint16_t names = 1; names <= policy->name_set_count; names++) {
		plan_write_set(writer, plan_names_set(names, FAMILY_IPV4, name), KEYS(KEY_IP_DADDR), DATA_NONE, 0);
		plan_write_set(writer, plan_names_set(names, FAMILY_IPV6, name), KEYS(KEY_IP6_DADDR), DATA_NONE, 0);
	}
}

void plan_write_known(struct plan_writer *writer, uint8_t family, bool source, uint16_t names)
{
	bool v4 = family == FAMILY_IPV4;
	enum plan_key destination = v4 ? KEY_CT_IP_DADDR : KEY_CT_IP6_DADDR;
	enum plan_key key = !source ? destination : v4 ? KEY_CT_IP_SADDR : KEY_CT_IP6_SADDR;
	char name[PLAN_NAME_MAX];

	plan_write_match_u8(writer, KEY_NFPROTO, v4 ? PLAN_NFPROTO_IPV4 : PLAN_NFPROTO_IPV6);
	plan_write_lookup(writer, STATEMENT_MATCH_SET, KEYS(key), plan_names_set(names, family, name));
}

/* A part of an entry that one rule can match: ranges of one protocol and one helper, and one family for names. */
struct part {
	const struct table_entry *entry;
	bool is_timed;
	const struct service_range *ranges;
	size_t count;
	const char *ports; /* the set of the ranges where there are several */
	uint8_t family;    /* FAMILY_NONE: any */
};

/* Only the last part of the path: a comment is short. Of the policy's own file the line says enough. */
static void begin_rule(struct entry_writer *entries, const struct part *part)
{
	const struct policy_rule *rule = &entries->policy->rules[part->entry->rule];
	const char *file = rule->place.file == 0 ? "" : policy_file(entries->policy, rule->place);
	const char *base = strrchr(file, '/');

	base = base ? base + 1 : file;
	plan_write_rule(entries->writer, "rule %s%s%u: %s%s%s", base, base[0] ? ":" : "", rule->place.line,
	                rule->services, rule->why[0] ? " why: " : "", rule->why);
	plan_write_policy_rule(entries->writer, part->entry->rule);
	if (part->family != FAMILY_NONE)
		plan_write_known(entries->writer, part->family, false, part->entry->names);
	match_ranges(entries->writer, part->ranges, part->count, part->ports);
	entry_match_hours(entries, part->entry->schedule,
	                  part->entry->mode == MODE_ENFORCE && part->entry->verdict != VERDICT_ALLOW);
}

/*
 * A flow's first packet. One way of a flow without an answer is "new" in every packet; where no stamp lets the later
 * ones pass before they come here, the kernel's count of the flow's packets tells the first.
 */
static void match_first(struct plan_writer *writer, bool is_timed)
{
	static const uint8_t one[8] = { [7] = 1 };

	if (is_timed)
		plan_write_match(writer, KEY_CT_PACKETS, one, sizeof(one));
	else
		plan_write_match_state(writer, STATE_NEW);
}

static void write_observing(struct entry_writer *entries, const struct part *part)
{
	begin_rule(entries, part);
	plan_write_plain(entries->writer, STATEMENT_COUNTER);
	if (entries->policy->rules[part->entry->rule].log != LOG_NEVER)
		plan_write_to(entries->writer, STATEMENT_JUMP, PLAN_CHAIN_OBSERVE);
}

static void write_allowing(struct entry_writer *entries, const struct part *part)
{
	const struct policy_rule *rule = &entries->policy->rules[part->entry->rule];
	struct plan_writer *writer = entries->writer;

	if (rule->rate.count > 0) {
		begin_rule(entries, part);
		match_first(writer, part->is_timed);
		plan_write_limit(writer, rule->rate);
		plan_write_plain(writer, STATEMENT_COUNTER);
		plan_write_to(writer, STATEMENT_GOTO, plan_rate_chain(rule));
	}
	if (rule->log == LOG_ALWAYS) {
		begin_rule(entries, part);
		match_first(writer, part->is_timed);
		plan_write_to(writer, STATEMENT_JUMP, PLAN_CHAIN_REPORT);
	}
	begin_rule(entries, part);
	/* The kernel gives it to a flow's first packet and passes over it in later ones. */
	if (part->ranges[0].helper != HELPER_NONE)
		plan_write_to(writer, STATEMENT_HELPER, plan_helper_name(part->ranges[0].helper));
	plan_write_plain(writer, STATEMENT_COUNTER);
	plan_write_to(writer, STATEMENT_GOTO, part->is_timed ? PLAN_CHAIN_ADMIT_NOW : PLAN_CHAIN_ADMIT);
}

static void write_part(struct entry_writer *entries, const struct part *part)
{
	const struct table_entry *entry = part->entry;

	if (entry->mode == MODE_OBSERVE) {
		write_observing(entries, part);
	} else if (entry->verdict == VERDICT_ALLOW) {
		write_allowing(entries, part);
	} else {
		begin_rule(entries, part);
		plan_write_plain(entries->writer, STATEMENT_COUNTER);
		plan_write_to(entries->writer, STATEMENT_GOTO,
		              plan_refusal_chain(&entries->policy->rules[entry->rule]));
	}
}

/* A rule for each protocol of the ${count} ${ranges}, which have one helper or do not need it. */
static void write_ranges(struct entry_writer *entries, const struct table_entry *entry, bool timed,
                         const struct service_range *ranges, size_t count)
{
	struct part part = { .entry = entry, .is_timed = timed };

	for (size_t at = 0; at < count; at += part.count) {
		part.ranges = &ranges[at];
		for (part.count = 1; at + part.count < count; part.count++)
			if (part.ranges[part.count].protocol != part.ranges[0].protocol)
				break;
		part.ports = part.count > 1 ? port_set_of(entries, part.ranges, part.count) : NULL;
		if (entries->writer->failed)
			return;
		part.family = entry->names ? FAMILY_IPV4 : FAMILY_NONE;
		write_part(entries, &part);
		part.family = FAMILY_IPV6;
		if (entry->names)
			write_part(entries, &part);
	}
}

static void write_ranges_with(struct entry_writer *entries, const struct table_entry *entry, bool timed, uint8_t helper)
{
	struct service_range *chosen = calloc(entry->range_count + 1, sizeof(*chosen));
	size_t count = 0;

	if (!chosen) {
		entries->writer->failed = true;
		return;
	}
	for (size_t i = 0; i < entry->range_count; i++)
		if (entry->ranges[i].helper == helper)
			chosen[count++] = entry->ranges[i];
	write_ranges(entries, entry, timed, chosen, count);
	free(chosen);
}

void entry_write(struct entry_writer *entries, const struct table_pair *pair, size_t index)
{
	const struct table_entry *entry = &pair->entries[index];
	bool timed = is_timed(pair, index);

	if (entry->mode != MODE_ENFORCE || entry->verdict != VERDICT_ALLOW) {
		write_ranges(entries, entry, timed, entry->ranges, entry->range_count);
		return;
	}
	/* First what has a helper: "any" beside it would take its flows. */
	for (uint8_t helper = HELPER_TFTP; helper > HELPER_NONE; helper--)
		write_ranges_with(entries, entry, timed, helper);
	write_ranges_with(entries, entry, timed, HELPER_NONE);
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * full_policy: a policy made from a seed that uses all a policy can say, with texts that are hard to write down.
 *
 * What random_policy.h makes is for the kernel; here everything could have been read from a file.
 *
 * Owns:    a policy whose parts policy_free releases.
 * Context: tests of print.
 */
#ifndef ISOWARD_TESTS_FULL_POLICY_H
#define ISOWARD_TESTS_FULL_POLICY_H

#include <netinet/in.h>

#include "policy/classes.h"
#include "tests/unit/random_policy.h"

#define FULL_ZONES   6
#define FULL_PINS    6
#define FULL_SINGLES 2

static const char *const full_texts[] = {
	"archive",
	"Riverside General, east wing",
	"a: b",
	"a #b",
	" blank before and after ",
	"* all of them",
	"*",
	"&anchor",
	"!tag",
	"no",
	"Yes",
	"ON",
	"null",
	"~",
	"true",
	"3613",
	"0x10",
	"0o17",
	"1e3",
	"1_000",
	"-5",
	".5",
	".inf",
	"2026-12-31",
	"07:00",
	"44:4b:5d:00:00:01",
	"10.9.0.0/24",
	"::/0",
	"it's \"quoted\"",
	"back\\slash \\n \\x41",
	"[list]",
	"{map: 1}",
	"- item",
	"? key",
	"| block",
	"> fold",
	"%directive",
	"@at",
	"`tick",
	"---",
	"...",
	"=",
	"<<",
	"any",
	"a,b",
	"a:",
	"Röntgen – Haus Ä",
	"\xe2\x80\xae right to left",
	"\xef\xbb\xbf mark",
	"no\xc2\xa0-break",
	"zero\xe2\x80\x8bwidth",
	"line\xe2\x80\xa8separator",
	"\xf0\x9f\x8f\xa5 ward",
	"病院",
};

static inline const char *full_text(uint64_t *state)
{
	return full_texts[random_below(state, ARRAY_SIZE(full_texts))];
}

static inline union member_value full_value(uint64_t *state, enum member_kind kind, size_t index)
{
	static const char *const stems[] = {
		[MEMBER_VENDOR] = "GE ",
		[MEMBER_HOST] = "ct-",
		[MEMBER_INTERFACE] = "pumps",
		[MEMBER_TAG] = "tag-",
	};
	unsigned int number = random_below(state, 200) * 16 + (unsigned int)index;
	union member_value value = { .text = "" };

	switch (kind) {
	case MEMBER_CLASS: /* a different one for each of three values */
		strcpy(value.text, class_names[index * 13 + random_below(state, 13)]);
		break;
	case MEMBER_VLAN:
		value.vlan = (uint16_t)(1 + number);
		break;
	case MEMBER_MAC:
		value.mac =
			(struct mac){ { 0x44, 0x4b, 0x5d, (uint8_t)index, (uint8_t)(number >> 8), (uint8_t)number } };
		break;
	case MEMBER_NETWORK:
		value.network = random_prefix(state);
		break;
	case MEMBER_VENDOR:
	case MEMBER_HOST:
	case MEMBER_INTERFACE:
	case MEMBER_TAG:
		snprintf(value.text, sizeof(value.text), "%s%u%s", stems[kind], number,
		         kind == MEMBER_VENDOR || kind == MEMBER_HOST ? "*" : "");
		break;
	case MEMBER_ALL:
	case MEMBER_ANY:
	case MEMBER_NOT:
		break;
	}
	return value;
}

static inline struct member full_leaf(uint64_t *state)
{
	struct member member = { .kind = (enum member_kind)(MEMBER_CLASS + random_below(state, 7)) };

	member.value_count = 1 + random_below(state, 3);
	member.values = random_array(member.value_count, sizeof(*member.values));
	for (size_t i = 0; i < member.value_count; i++)
		member.values[i] = full_value(state, member.kind, i);
	return member;
}

static inline struct member full_member(uint64_t *state, unsigned int depth)
{
	static const enum member_kind kinds[] = { MEMBER_ALL, MEMBER_ANY, MEMBER_NOT };
	struct member member = { 0 };

	if (depth == 0 || random_below(state, 3) == 0)
		return full_leaf(state);
	member.kind = kinds[random_below(state, ARRAY_SIZE(kinds))];
	member.child_count = member.kind == MEMBER_NOT ? 1 : 1 + random_below(state, 3);
	member.children = random_array(member.child_count, sizeof(*member.children));
	for (size_t i = 0; i < member.child_count; i++)
		member.children[i] = full_member(state, depth - 1);
	return member;
}

/* How often ${class} is named by ${member} itself or by one of its parts: two zones may not claim one class. */
static inline size_t full_claims(const struct member *member, const char *class)
{
	size_t count = 0;

	for (size_t i = 0; member->kind == MEMBER_CLASS && i < member->value_count; i++)
		count += strcmp(member->values[i].text, class) == 0;
	for (size_t i = 0; i < member->child_count; i++)
		count += full_claims(&member->children[i], class);
	return count;
}

static inline bool full_clash(const struct policy *policy, const struct member *member)
{
	for (size_t c = 0; class_names[c]; c++) {
		size_t count = full_claims(member, class_names[c]);
		bool named = count > 0;

		for (size_t i = 0; named && i < policy->zone_count; i++)
			count += full_claims(&policy->zones[i].members, class_names[c]);
		if (count > 1)
			return true;
	}
	return false;
}

static inline struct member full_members(const struct policy *policy, uint64_t *state)
{
	struct member member = full_member(state, 3);

	while (members_take_anything(&member) || full_clash(policy, &member)) {
		members_free(&member);
		member = full_member(state, 3);
	}
	return member;
}

static inline void full_networks(struct policy *policy, struct policy_zone *zone, uint64_t *state)
{
	size_t wanted = random_below(state, 12);

	zone->networks = random_array(wanted, sizeof(*zone->networks));
	for (size_t i = 0; i < wanted; i++) {
		struct prefix prefix = random_prefix(state);

		if (!random_prefix_taken(policy, &prefix))
			zone->networks[zone->network_count++].prefix = prefix;
	}
}

static inline void full_zones(struct policy *policy, uint64_t *state)
{
	policy->zone_count = FULL_ZONES;
	policy->zones = random_array(FULL_ZONES, sizeof(*policy->zones));
	policy->default_zone = (uint16_t)(1 + random_below(state, FULL_ZONES));
	for (size_t i = 0; i < FULL_ZONES; i++) {
		struct policy_zone *zone = &policy->zones[i];

		zone->members.kind = MEMBER_ANY;
		snprintf(zone->name, sizeof(zone->name), i == 3 ? "no" : "zone-%zu", i + 1);
		snprintf(zone->label, sizeof(zone->label), "%s", i == 4 ? zone->name : full_text(state));
		zone->is_default = policy->default_zone == i + 1;
		if (random_below(state, 4)) {
			zone->members = full_members(policy, state);
			zone->priority = (uint16_t)(i * 7); /* each its own: they may overlap */
		}
		zone->on_conflict = (uint8_t)random_below(state, CONFLICT_KEEP + 1);
		full_networks(policy, zone, state);
	}
}

static inline struct service_range full_range(uint64_t *state, bool helpers)
{
	static const uint8_t protocols[] = { IPPROTO_TCP, IPPROTO_UDP, IPPROTO_SCTP, IPPROTO_ICMP, IPPROTO_ICMPV6, 50 };
	struct service_range range = { .protocol = protocols[random_below(state, ARRAY_SIZE(protocols))] };
	uint16_t port = (uint16_t)(1 + random_below(state, 60000));

	range.last = UINT16_MAX;
	if (range.protocol == 50 || random_below(state, 8) == 0)
		return range;
	if (range.protocol == IPPROTO_ICMP || range.protocol == IPPROTO_ICMPV6)
		port = (uint16_t)(port & 0xff00);
	range.first = port;
	range.last = (uint16_t)(range.protocol == IPPROTO_ICMP || range.protocol == IPPROTO_ICMPV6
	                                ? port | 0xff
	                                : port + random_below(state, 3));
	if (helpers && random_below(state, 3) == 0)
		range.helper = range.protocol == IPPROTO_TCP   ? HELPER_FTP
		               : range.protocol == IPPROTO_UDP ? HELPER_TFTP
		                                               : HELPER_NONE;
	return range;
}

/* Up to four ports, none twice; or all there are. */
static inline struct service_range *full_ranges(uint64_t *state, bool any, bool helpers, size_t *count)
{
	struct service_range *ranges = random_array(4, sizeof(*ranges));
	size_t wanted = 1 + random_below(state, 4);

	*count = 0;
	if (any && random_below(state, 4) == 0) {
		ranges[(*count)++] = (struct service_range){ .last = UINT16_MAX };
		return ranges;
	}
	for (size_t i = 0; i < wanted; i++) {
		struct service_range range = full_range(state, helpers);
		size_t same = 0;

		while (same < *count && (ranges[same].protocol != range.protocol || ranges[same].first != range.first ||
		                         ranges[same].last != range.last))
			same++;
		if (same == *count)
			ranges[(*count)++] = range;
	}
	return ranges;
}

static inline void full_services(struct policy *policy, uint64_t *state)
{
	static const char *const names[] = { "dicom", "alaris", "on", "mine-2" };

	policy->service_count = 1 + random_below(state, ARRAY_SIZE(names));
	policy->services = random_array(policy->service_count, sizeof(*policy->services));
	for (size_t i = 0; i < policy->service_count; i++) {
		struct policy_service *service = &policy->services[i];

		snprintf(service->name, sizeof(service->name), "%s", names[i]);
		service->ranges = full_ranges(state, false, true, &service->range_count);
	}
}

static inline void full_pins(struct policy *policy, uint64_t *state)
{
	policy->pin_count = FULL_PINS;
	policy->pins = random_array(FULL_PINS, sizeof(*policy->pins));
	for (size_t i = 0; i < FULL_PINS; i++) {
		struct policy_pin *pin = &policy->pins[i];

		pin->mac = (struct mac){ { 0x02, 0, 0, 0, 0x10, (uint8_t)i } };
		pin->zone = (uint16_t)(i < FULL_SINGLES ? 2 + i : random_below(state, FULL_ZONES + 1));
		snprintf(pin->name, sizeof(pin->name), i == 0 ? "CT-%zu: left" : "MR-%zu", i);
		pin->tag_count = random_below(state, 4);
		pin->tags = random_array(pin->tag_count, sizeof(*pin->tags));
		for (size_t t = 0; t < pin->tag_count; t++)
			snprintf(pin->tags[t], sizeof(pin->tags[t]), "tag-%zu", t);
		pin->address_count = random_below(state, POLICY_PINNED_MAX + 1);
		for (size_t a = 0; a < pin->address_count; a++)
			pin->addresses[a] =
				a % 2 ? address_v6((const uint8_t[16]){ 0xfd, [14] = (uint8_t)i, [15] = (uint8_t)a })
				      : address_v4((const uint8_t[]){ 10, 30, (uint8_t)i, (uint8_t)(a + 1) });
	}
	policy->single_count = FULL_SINGLES;
	policy->singles = random_array(FULL_SINGLES, sizeof(*policy->singles));
	for (size_t i = 0; i < FULL_SINGLES; i++) {
		policy->singles[i] = (struct policy_single){ .mac = policy->pins[i].mac, .zone = policy->pins[i].zone };
		memcpy(policy->singles[i].name, policy->pins[i].name, sizeof(policy->singles[i].name));
	}
}

/* Groups, each at most once and at least one; now and then all zones. */
static inline uint16_t *full_groups(const struct policy *policy, uint64_t *state, size_t *count)
{
	uint16_t groups = policy_group_count(policy);
	uint16_t *ids = random_array(groups, sizeof(*ids));
	bool all = random_below(state, 5) == 0;

	*count = 0;
	for (uint16_t id = 1; id <= groups; id++)
		if (all ? id <= policy->zone_count : random_below(state, 3) == 0)
			ids[(*count)++] = id;
	if (*count == 0)
		ids[(*count)++] = (uint16_t)(1 + random_below(state, groups));
	return ids;
}

static inline void full_schedule(struct schedule *schedule, uint64_t *state)
{
	schedule->window_count = (uint8_t)random_below(state, 3);
	for (size_t i = 0; i < schedule->window_count; i++) {
		schedule->windows[i].days = (uint8_t)(1 + random_below(state, 127));
		schedule->windows[i].first = (uint16_t)random_below(state, MINUTES_OF_DAY);
		schedule->windows[i].last =
			(uint16_t)(schedule->windows[i].first + 1 + random_below(state, MINUTES_OF_DAY - 1));
		if (schedule->windows[i].last > MINUTES_OF_DAY)
			schedule->windows[i].last = (uint16_t)(schedule->windows[i].last - MINUTES_OF_DAY);
	}
	schedule->until = random_below(state, 3) ? DAY_NONE : (int32_t)(20000 + random_below(state, 9000));
}

/* Sorted, as they are kept. */
static inline uint16_t full_names(struct policy *policy, uint64_t *state)
{
	static const char *const names[] = { "*.vendor.example", "no", "updates.vendor.example",
		                             "xn--rntgen-wxa.example" };
	size_t first = random_below(state, ARRAY_SIZE(names));
	struct policy_name_set *set;

	if (random_below(state, 3))
		return 0;
	set = &policy->name_sets[policy->name_set_count++];
	set->name_count = 1 + random_below(state, (uint32_t)(ARRAY_SIZE(names) - first));
	set->names = random_array(set->name_count, sizeof(*set->names));
	for (size_t i = 0; i < set->name_count; i++)
		snprintf(set->names[i], sizeof(set->names[i]), "%s", names[first + i]);
	return (uint16_t)policy->name_set_count;
}

static inline void full_rule(struct policy *policy, struct policy_rule *rule, uint64_t *state)
{
	static const uint32_t spans[] = { 1, 60, 3600, 86400 };

	rule->from = full_groups(policy, state, &rule->from_count);
	rule->to = full_groups(policy, state, &rule->to_count);
	rule->names = full_names(policy, state);
	for (size_t i = 0; i < rule->to_count && rule->names; i++)
		if (rule->to[i] > policy->zone_count)
			rule->to_count = i ? i : 1;
	if (rule->names && rule->to[0] > policy->zone_count)
		rule->to[0] = 1;
	rule->verdict = (enum verdict)random_below(state, 3);
	rule->mode = (enum policy_mode)random_below(state, 2);
	rule->log = (enum policy_log)random_below(state, 3);
	full_schedule(&rule->schedule, state);
	if (rule->verdict == VERDICT_ALLOW && random_below(state, 2))
		rule->rate = (struct policy_rate){ 1 + random_below(state, 1000), spans[random_below(state, 4)] };
	rule->ranges = full_ranges(state, true, rule->verdict == VERDICT_ALLOW, &rule->range_count);
	snprintf(rule->name, sizeof(rule->name), "%s", random_below(state, 2) ? full_text(state) : "");
	snprintf(rule->why, sizeof(rule->why), "%s", random_below(state, 2) ? full_text(state) : "");
	snprintf(rule->owner, sizeof(rule->owner), "%s", random_below(state, 2) ? full_text(state) : "");
	rule->review_by = random_below(state, 2) ? DAY_NONE : (int32_t)(20000 + random_below(state, 9000));
}

static inline void full_rules(struct policy *policy, uint64_t *state)
{
	policy->rule_count = 1 + random_below(state, 8);
	policy->rules = random_array(policy->rule_count, sizeof(*policy->rules));
	policy->name_sets = random_array(policy->rule_count, sizeof(*policy->name_sets));
	for (size_t i = 0; i < policy->rule_count; i++)
		full_rule(policy, &policy->rules[i], state);
}

static inline void full_expects(struct policy *policy, uint64_t *state)
{
	policy->expect_count = 1 + random_below(state, 4);
	policy->expects = random_array(policy->expect_count, sizeof(*policy->expects));
	for (size_t i = 0; i < policy->expect_count; i++) {
		struct policy_expect *expect = &policy->expects[i];

		expect->from = full_groups(policy, state, &expect->from_count);
		expect->to = full_groups(policy, state, &expect->to_count);
		expect->ranges = full_ranges(state, true, false, &expect->range_count);
		expect->has_reach = random_below(state, 2);
		expect->has_verdict = !expect->has_reach;
		expect->verdict = expect->has_verdict ? (enum verdict)random_below(state, 3) : VERDICT_DENY;
		expect->reach = expect->has_reach ? random_below(state, 5) : 0;
		expect->hops = expect->has_reach ? random_below(state, 3) : 0;
		snprintf(expect->why, sizeof(expect->why), "%s", random_below(state, 2) ? full_text(state) : "");
	}
}

/* The last ones to name the singles, so that each is named. */
static inline void full_canaries(struct policy *policy, uint64_t *state)
{
	policy->canary_count = FULL_SINGLES;
	policy->canaries = random_array(FULL_SINGLES, sizeof(*policy->canaries));
	for (size_t i = 0; i < FULL_SINGLES; i++) {
		struct policy_canary *canary = &policy->canaries[i];

		snprintf(canary->name, sizeof(canary->name), i ? "yes" : "images-%zu", i);
		canary->from = (uint16_t)(policy->zone_count + 1 + i);
		canary->to = (uint16_t)(1 + random_below(state, FULL_ZONES));
		canary->ranges = full_ranges(state, false, false, &canary->range_count);
	}
}

/* The next policy that ${state} gives; release it with policy_free. */
static inline struct policy *full_policy(uint64_t *state)
{
	struct policy *policy = random_array(1, sizeof(*policy));

	snprintf(policy->file, sizeof(policy->file), "full.yaml");
	snprintf(policy->site, sizeof(policy->site), "%s", random_below(state, 4) ? full_text(state) : "");
	policy->clinical_count = 2;
	strcpy(policy->clinical[0].pattern, "ward0");
	strcpy(policy->clinical[1].pattern, "pumps*");
	policy->uplink_count = 1;
	strcpy(policy->uplink[0].pattern, "no");
	policy->isolation = (enum policy_isolation)random_below(state, 2);
	policy->on_conflict = (enum policy_conflict)random_below(state, CONFLICT_KEEP + 1);
	full_zones(policy, state);
	full_services(policy, state);
	full_pins(policy, state);
	full_rules(policy, state);
	full_expects(policy, state);
	full_canaries(policy, state);
	return policy;
}

#endif

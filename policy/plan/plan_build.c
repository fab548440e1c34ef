/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "policy/plan/plan_entry.h"
#include "policy/plan/plan_guard.h"
#include "policy/plan/plan_pairs.h"
#include "policy/plan/plan_refusal.h"
#include "policy/plan/plan_write.h"

#define STATUS_EXPECTED (1U << 0) /* IPS_EXPECTED of linux/netfilter/nf_conntrack_common.h */

#define DIRECTION_ORIGINAL 0
#define DIRECTION_REPLY    1

#define PRIORITY_RAW    (-300)
#define PRIORITY_FILTER 0

#define ICMP_ECHO_REQUEST   8   /* RFC 792 */
#define ICMPV6_ECHO_REQUEST 128 /* RFC 4443 section 4.1 */

#define GUARD4_KEYS KEYS(KEY_IIFNAME, KEY_ETHER_SADDR, KEY_IP_SADDR)

static bool is_glob(const struct policy_interface *interface)
{
	return strchr(interface->pattern, '*') != NULL;
}

/*
 * The rules that a packet meets for one way of naming clinical interfaces: the set of exact names, or one glob. The set
 * is there in any case: an interface that is renamed is put in, lest it be without a ward.
 */
struct clinical {
	const struct policy *policy;
	size_t next; /* 0: the set; n: pattern n - 1, where that is a glob */
};

static bool clinical_next(struct clinical *clinical)
{
	const struct policy *policy = clinical->policy;

	while (clinical->next++ <= policy->clinical_count) {
		size_t at = clinical->next - 1;

		if (at == 0 || is_glob(&policy->clinical[at - 1]))
			return true;
	}
	return false;
}

/* Begins a rule that matches the present way of naming clinical interfaces by ${key}. */
static void clinical_rule(struct plan_writer *writer, const struct clinical *clinical, enum plan_key key,
                          const char *comment)
{
	const char *pattern;
	size_t length;

	plan_write_rule(writer, "%s", comment);
	if (clinical->next == 1) {
		plan_write_lookup(writer, STATEMENT_MATCH_SET, KEYS(key), PLAN_SET_CLINICAL);
		return;
	}
	pattern = clinical->policy->clinical[clinical->next - 2].pattern;
	length = strcspn(pattern, "*");
	if (length > 0) /* the glob "*" is every interface */
		plan_write_match(writer, key, pattern, length);
}

/* One goto to ${chain} for each way in which ${key} can name a clinical interface. */
static void clinical_goto(struct plan_writer *writer, const struct policy *policy, enum plan_key key, const char *chain)
{
	struct clinical clinical = { .policy = policy };

	while (clinical_next(&clinical)) {
		clinical_rule(writer, &clinical, key, "");
		plan_write_to(writer, STATEMENT_GOTO, chain);
	}
}

static void write_clinical_set(struct plan_writer *writer, const struct policy *policy)
{
	struct plan_set *set = plan_write_set(writer, PLAN_SET_CLINICAL, KEYS(KEY_IIFNAME), DATA_NONE, 0);

	if (set)
		set->size = PLAN_CLINICAL_SIZE;
	for (size_t i = 0; i < policy->clinical_count; i++) {
		struct plan_element *element = is_glob(&policy->clinical[i]) ? NULL : plan_write_element(writer);

		if (element)
			memcpy(element->key, policy->clinical[i].pattern, INTERFACE_NAME_MAX);
	}
}

/* The live epoch: the sets that say which marks are of it, and the maps that stamp them. */
static void write_epoch(struct plan_writer *writer, uint32_t epoch)
{
	static const struct {
		const char *name;
		enum plan_key key;
		enum plan_data data;
	} sets[] = {
		{ PLAN_SET_EPOCH, KEY_MARK, DATA_NONE },
		{ PLAN_SET_SETTLED, KEY_MARK, DATA_NONE },
		{ PLAN_MAP_SETTLE, KEY_MARK, DATA_MARK },
		{ PLAN_MAP_STAMP, KEY_NFPROTO, DATA_MARK },
	};
	struct plan_change changes[PLAN_EPOCH_CHANGES];

	plan_change_epoch(changes, epoch, epoch);
	for (size_t s = 0; s < ARRAY_SIZE(sets); s++) {
		plan_write_set(writer, sets[s].name, KEYS(sets[s].key), sets[s].data, 0);
		for (size_t i = PLAN_EPOCH_CHANGES / 2; i < PLAN_EPOCH_CHANGES; i++) {
			bool is_here = strcmp(changes[i].set, sets[s].name) == 0;
			struct plan_element *element = is_here ? plan_write_element(writer) : NULL;

			if (element)
				plan_change_element(&changes[i], element);
		}
	}
}

static void write_sets(struct plan_writer *writer, const struct policy *policy, const struct table *table,
                       uint32_t epoch)
{
	static const uint8_t port_protocols[] = { IPPROTO_TCP, IPPROTO_UDP };

	write_clinical_set(writer, policy);
	plan_write_u8_set(writer, "tcp_udp", KEY_L4PROTO, port_protocols, ARRAY_SIZE(port_protocols));
	plan_write_set(writer, PLAN_SET_GUARD4, GUARD4_KEYS, DATA_NONE, 0);
	plan_write_guard6_sets(writer);
	plan_write_set(writer, PLAN_MAP_ZONE4, KEYS(KEY_IP_SADDR), DATA_MARK, 0);
	plan_write_set(writer, PLAN_MAP_ZONE6, KEYS(KEY_IP6_SADDR), DATA_MARK, 0);
	plan_write_networks(writer, table);
	plan_write_names(writer, policy);
	write_epoch(writer, epoch);
	plan_write_seen(writer, policy);
	plan_write_set(writer, "seen_guard", GUARD4_KEYS, DATA_NONE, SET_DYNAMIC);
}

static void write_bound4(struct plan_writer *writer)
{
	plan_write_family(writer, PLAN_NFPROTO_IPV4, "");
	plan_write_lookup(writer, STATEMENT_MATCH_SET, GUARD4_KEYS, PLAN_SET_GUARD4);
	plan_write_plain(writer, STATEMENT_RETURN);
}

/* RFC 2131 section 4.1: a client without an address sends from 0.0.0.0 to the limited broadcast address. */
static void write_guard_unaddressed4(struct plan_writer *writer)
{
	static const uint8_t unspecified[4];
	static const uint8_t broadcast[4] = { 255, 255, 255, 255 };

	plan_write_family(writer, PLAN_NFPROTO_IPV4, "DHCP client without an address");
	plan_write_match(writer, KEY_IP_SADDR, unspecified, sizeof(unspecified));
	plan_write_match(writer, KEY_IP_DADDR, broadcast, sizeof(broadcast));
	plan_write_match_u8(writer, KEY_L4PROTO, IPPROTO_UDP);
	plan_write_match_port(writer, KEY_TH_SPORT, 68);
	plan_write_match_port(writer, KEY_TH_DPORT, 67);
	plan_write_plain(writer, STATEMENT_RETURN);
	plan_write_family(writer, PLAN_NFPROTO_IPV4, "no address yet: no spoof, no report");
	plan_write_match(writer, KEY_IP_SADDR, unspecified, sizeof(unspecified));
	plan_write_counted(writer, STATEMENT_DROP);
}

/* Source guard: a clinical interface takes only packets of a bound interface, MAC and address. */
static void write_guard(struct plan_writer *writer, const struct policy *policy)
{
	plan_write_rogue6(writer);
	plan_write_guard6(writer);
	plan_write_chain(writer, "guard", HOOK_NONE, 0);
	write_bound4(writer);
	plan_write_family(writer, PLAN_NFPROTO_IPV6, "");
	plan_write_to(writer, STATEMENT_GOTO, "guard_ip6");
	write_guard_unaddressed4(writer);
	plan_write_log_once(writer, PLAN_NFPROTO_IPV4, GUARD4_KEYS, "seen_guard", PLAN_REPORT_GUARD);
	plan_write_rule(writer, PLAN_GUARD_COMMENT);
	plan_write_counted(writer, STATEMENT_DROP);
	plan_write_chain(writer, "prerouting", HOOK_PREROUTING, PRIORITY_RAW);
	clinical_goto(writer, policy, KEY_IIFNAME, "guard");
}

/* The end of every refusal: clinical devices are told, so that a console does not hang; others meet silence. */
static void write_bounce(struct plan_writer *writer, const struct policy *policy)
{
	struct clinical clinical = { .policy = policy };

	plan_write_chain(writer, "bounce", HOOK_NONE, 0);
	while (clinical_next(&clinical)) {
		clinical_rule(writer, &clinical, KEY_IIFNAME, "");
		plan_write_match_u8(writer, KEY_L4PROTO, IPPROTO_TCP);
		plan_write_plain(writer, STATEMENT_REJECT_TCP_RESET);
		clinical_rule(writer, &clinical, KEY_IIFNAME, "");
		plan_write_plain(writer, STATEMENT_REJECT_ADMIN);
	}
	plan_write_rule(writer, "%s", "");
	plan_write_plain(writer, STATEMENT_DROP);
}

/* ${by_hours}: some rules ask for the hour, so that flows are admitted packet by packet, too. */
static void write_admit(struct plan_writer *writer, bool by_hours)
{
	plan_write_chain(writer, "admit", HOOK_NONE, 0);
	plan_write_rule(writer, "%s", "");
	plan_write_mark(writer, 0);
	plan_write_lookup(writer, STATEMENT_CT_MARK_MAP, KEYS(KEY_NFPROTO), PLAN_MAP_STAMP);
	/* In a rule of its own: without a stamp the flow is admitted packet by packet. */
	plan_write_rule(writer, "%s", "");
	plan_write_plain(writer, STATEMENT_ACCEPT);
	if (!by_hours)
		return;
	plan_write_chain(writer, PLAN_CHAIN_ADMIT_NOW, HOOK_NONE, 0);
	plan_write_rule(writer, "%s", "");
	plan_write_mark(writer, 0);
	plan_write_plain(writer, STATEMENT_ACCEPT);
}

static void write_mark_from(struct plan_writer *writer, enum plan_key key, const char *map)
{
	plan_write_rule(writer, "%s", "");
	plan_write_lookup(writer, STATEMENT_MARK_MAP, KEYS(key), map);
}

/* Loads the mark from ${map4} or ${map6}; where neither holds the address the mark stays as it is. */
static void write_zone_load(struct plan_writer *writer, struct plan_keys keys, const char *map4, const char *map6)
{
	write_mark_from(writer, keys.key[0], map4);
	write_mark_from(writer, keys.key[1], map6);
}

/*
 * A chain that loads the zone of one end of the flow's original direction. Behind a clinical interface only a
 * device's own element counts: else the address of a pump that has not spoken yet would be "the internet", and from
 * an uplink a device's address would be the device. That end's interface is "near" in the original direction and
 * "far" in the reply direction.
 */
static void write_zone_of_end(struct plan_writer *writer, const struct policy *policy, bool source)
{
	enum plan_key near = source ? KEY_IIFNAME : KEY_OIFNAME;
	enum plan_key far = source ? KEY_OIFNAME : KEY_IIFNAME;
	struct plan_keys keys =
		source ? KEYS(KEY_CT_IP_SADDR, KEY_CT_IP6_SADDR) : KEYS(KEY_CT_IP_DADDR, KEY_CT_IP6_DADDR);
	const char *device = source ? "source_device" : "dest_device";
	struct clinical clinical = { .policy = policy };

	plan_write_chain(writer, device, HOOK_NONE, 0);
	write_zone_load(writer, keys, PLAN_MAP_ZONE4, PLAN_MAP_ZONE6);
	plan_write_chain(writer, source ? "source_zone" : "dest_zone", HOOK_NONE, 0);
	plan_write_rule(writer, "%s", "");
	plan_write_mark(writer, ZONE_NONE);
	while (clinical_next(&clinical)) {
		clinical_rule(writer, &clinical, near, "");
		plan_write_match_u8(writer, KEY_CT_DIRECTION, DIRECTION_ORIGINAL);
		plan_write_to(writer, STATEMENT_GOTO, device);
		clinical_rule(writer, &clinical, far, "");
		plan_write_match_u8(writer, KEY_CT_DIRECTION, DIRECTION_REPLY);
		plan_write_to(writer, STATEMENT_GOTO, device);
	}
	write_zone_load(writer, keys, "net4", "net6");
}

/* Judgement is by the flow's original direction, so that an answer is judged as its question was. */
static void write_judge(struct plan_writer *writer)
{
	plan_write_chain(writer, "judge", HOOK_NONE, 0);
	plan_write_rule(writer, "%s", "");
	plan_write_to(writer, STATEMENT_JUMP, "source_zone");
	plan_write_rule(writer, "%s", "");
	plan_write_lookup(writer, STATEMENT_VERDICT_MAP, KEYS(KEY_MARK), "from");
	plan_write_rule(writer, "source in no zone");
	plan_write_plain(writer, STATEMENT_COUNTER);
	plan_write_to(writer, STATEMENT_GOTO, "refuse");
}

#define DNS_PORT 53

/* From ${from} packets of a flow on. */
static void match_packets_from(struct plan_writer *writer, uint8_t from)
{
	static const uint8_t last[8] = { 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff };

	plan_write_range(writer, KEY_CT_PACKETS, (const uint8_t[8]){ [7] = from }, last, sizeof(last));
}

/*
 * What a flow begins with goes to the sensor, whoever it is from and whether it will be refused or not: by these
 * packets a device is recognised. Of a flow that the kernel does not count, begun before accounting was switched on,
 * no packet is the first.
 */
static void write_first_packets(struct plan_writer *writer)
{
	static const uint8_t first[8] = { [7] = 1 };
	static const uint8_t last[8] = { [7] = PLAN_FIRST_PACKETS };

	plan_write_rule(writer, "first packets of a flow, to learn who speaks");
	plan_write_range(writer, KEY_CT_PACKETS, first, last, sizeof(first));
	plan_write_within(writer, (struct policy_rate){ .count = PLAN_FIRST_RATE, .seconds = 1 });
	plan_write_log(writer, PLAN_FIRST_GROUP, PLAN_REPORT_FIRST);
}

/* A client that keeps to one port asks for ever within one flow; each answer may tell of a rule's name. */
static void write_later_answers(struct plan_writer *writer)
{
	static const enum plan_key sides[] = { KEY_TH_DPORT, KEY_TH_SPORT };

	for (size_t i = 0; i < ARRAY_SIZE(sides); i++) {
		plan_write_rule(writer, "later %s, for destinations by name", i ? "answers" : "questions");
		plan_write_match_u8(writer, KEY_L4PROTO, IPPROTO_UDP);
		plan_write_match_port(writer, sides[i], DNS_PORT);
		match_packets_from(writer, PLAN_FIRST_PACKETS + 1);
		plan_write_within(writer, (struct policy_rate){ .count = PLAN_FIRST_RATE, .seconds = 1 });
		plan_write_log(writer, PLAN_FIRST_GROUP, PLAN_REPORT_FIRST);
	}
}

static void settle(struct plan_writer *writer)
{
	match_packets_from(writer, PLAN_FIRST_PACKETS + 1);
	plan_write_lookup(writer, STATEMENT_CT_MARK_MAP, KEYS(KEY_CT_MARK), PLAN_MAP_SETTLE);
}

/*
 * A flow whose first packets are told needs no look at its count any more, which costs a packet as much as the source
 * guard's look-up. ${by_name}: of DNS over UDP later packets are told, too, so that its flows never settle.
 */
static void write_settling(struct plan_writer *writer, bool by_name)
{
	plan_write_rule(writer, "its first packets are told");
	if (by_name)
		plan_write_other(writer, KEY_L4PROTO, (const uint8_t[]){ IPPROTO_UDP }, 1);
	settle(writer);
	if (!by_name)
		return;
	plan_write_rule(writer, "its first packets are told, and it is no DNS");
	plan_write_match_u8(writer, KEY_L4PROTO, IPPROTO_UDP);
	plan_write_other(writer, KEY_TH_SPORT, (const uint8_t[]){ 0, DNS_PORT }, 2);
	plan_write_other(writer, KEY_TH_DPORT, (const uint8_t[]){ 0, DNS_PORT }, 2);
	settle(writer);
}

/* Whatever passes between a clinical interface and another, or between two; but for settled flows. */
static void write_ward(struct plan_writer *writer, const struct policy *policy)
{
	plan_write_chain(writer, "ward", HOOK_NONE, 0);
	plan_write_rule(writer, "no flow the kernel knows");
	plan_write_match_state(writer, STATE_INVALID);
	plan_write_counted(writer, STATEMENT_DROP);
	write_first_packets(writer);
	if (policy->name_set_count > 0)
		write_later_answers(writer);
	/* It carries the mark of the flow that announced it, but what that one may is not what this one may. */
	plan_write_rule(writer, "a flow that another announced");
	plan_write_match_state(writer, STATE_RELATED);
	plan_write_match_bits(writer, KEY_CT_STATUS, STATUS_EXPECTED);
	plan_write_to(writer, STATEMENT_GOTO, "judge");
	write_settling(writer, policy->name_set_count > 0);
	/* In any state: one way of a flow without an answer is "new" in every packet, and would meet its rate in each.
	 */
	plan_write_rule(writer, "flows judged in this epoch");
	plan_write_lookup(writer, STATEMENT_MATCH_SET, KEYS(KEY_CT_MARK), PLAN_SET_EPOCH);
	plan_write_counted(writer, STATEMENT_ACCEPT);
	plan_write_rule(writer, "%s", "");
	plan_write_to(writer, STATEMENT_GOTO, "judge");
}

/*
 * Nearly all packets end in the first rule, so that it stands before even the question whether an interface is
 * clinical: only what was judged bears the mark. A flow that another announced bears that one's and is "related".
 */
static void write_forward(struct plan_writer *writer, const struct policy *policy)
{
	write_ward(writer, policy);
	plan_write_chain(writer, "forward", HOOK_FORWARD, PRIORITY_FILTER);
	plan_write_rule(writer, "flows judged in this epoch, and settled");
	plan_write_match_state(writer, STATE_ESTABLISHED | STATE_NEW);
	plan_write_lookup(writer, STATEMENT_MATCH_SET, KEYS(KEY_CT_MARK), PLAN_SET_SETTLED);
	plan_write_counted(writer, STATEMENT_ACCEPT);
	clinical_goto(writer, policy, KEY_IIFNAME, "ward");
	clinical_goto(writer, policy, KEY_OIFNAME, "ward");
}

/* What a clinical device may say to the gateway whatever the policy says. */
static void write_gateway_services(struct plan_writer *writer)
{
	plan_write_rule(writer, "answers to the gateway");
	plan_write_match_state(writer, STATE_ESTABLISHED | STATE_RELATED);
	plan_write_match_u8(writer, KEY_CT_DIRECTION, DIRECTION_REPLY);
	plan_write_plain(writer, STATEMENT_ACCEPT);
	plan_write_family(writer, PLAN_NFPROTO_IPV4, "DHCP");
	plan_write_match_u8(writer, KEY_L4PROTO, IPPROTO_UDP);
	plan_write_match_port(writer, KEY_TH_DPORT, 67);
	plan_write_plain(writer, STATEMENT_ACCEPT);
	plan_write_family(writer, PLAN_NFPROTO_IPV6, "DHCP");
	plan_write_match_u8(writer, KEY_L4PROTO, IPPROTO_UDP);
	plan_write_match_port(writer, KEY_TH_DPORT, 547);
	plan_write_plain(writer, STATEMENT_ACCEPT);
	plan_write_family(writer, PLAN_NFPROTO_IPV4, "ping");
	plan_write_match_u8(writer, KEY_L4PROTO, IPPROTO_ICMP);
	plan_write_match_u8(writer, KEY_ICMP_TYPE, ICMP_ECHO_REQUEST);
	plan_write_plain(writer, STATEMENT_ACCEPT);
	plan_write_family(writer, PLAN_NFPROTO_IPV6, "ping");
	plan_write_match_u8(writer, KEY_L4PROTO, IPPROTO_ICMPV6);
	plan_write_match_u8(writer, KEY_ICMPV6_TYPE, ICMPV6_ECHO_REQUEST);
	plan_write_plain(writer, STATEMENT_ACCEPT);
	plan_write_family(writer, PLAN_NFPROTO_IPV6, "neighbour discovery and MLD");
	plan_write_match_u8(writer, KEY_L4PROTO, IPPROTO_ICMPV6);
	plan_write_lookup(writer, STATEMENT_MATCH_SET, KEYS(KEY_ICMPV6_TYPE), "neighbour");
	plan_write_plain(writer, STATEMENT_ACCEPT);
	plan_write_rule(writer, "DNS where the policy says so");
	plan_write_lookup(writer, STATEMENT_MATCH_SET, KEYS(KEY_L4PROTO), "tcp_udp");
	plan_write_match_port(writer, KEY_TH_DPORT, DNS_PORT);
	plan_write_to(writer, STATEMENT_GOTO, "judge");
	plan_write_rule(writer, "NTP where the policy says so");
	plan_write_match_u8(writer, KEY_L4PROTO, IPPROTO_UDP);
	plan_write_match_port(writer, KEY_TH_DPORT, 123);
	plan_write_to(writer, STATEMENT_GOTO, "judge");
}

/* Multicast and the limited broadcast are said to everyone, not to the gateway: no attempt, no report. */
static void write_gateway_multicast(struct plan_writer *writer)
{
	static const uint8_t first4[4] = { 224 };
	static const uint8_t last4[4] = { 255, 255, 255, 255 };
	static const uint8_t first6[16] = { 0xff };
	static const uint8_t last6[16] = { 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
		                           0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff };

	plan_write_family(writer, PLAN_NFPROTO_IPV4, "multicast: no report");
	plan_write_range(writer, KEY_IP_DADDR, first4, last4, sizeof(first4));
	plan_write_counted(writer, STATEMENT_DROP);
	plan_write_family(writer, PLAN_NFPROTO_IPV6, "multicast: no report");
	plan_write_range(writer, KEY_IP6_DADDR, first6, last6, sizeof(first6));
	plan_write_counted(writer, STATEMENT_DROP);
}

static void write_gateway(struct plan_writer *writer, const struct policy *policy)
{
	plan_write_refusal(writer, "refuse_input", PLAN_REPORT_INPUT, "refused at the gateway", "bounce");
	plan_write_chain(writer, "gateway", HOOK_NONE, 0);
	write_first_packets(writer);
	write_gateway_services(writer);
	write_gateway_multicast(writer);
	plan_write_rule(writer, "%s", "");
	plan_write_to(writer, STATEMENT_GOTO, "refuse_input");
	plan_write_chain(writer, "input", HOOK_INPUT, PRIORITY_FILTER);
	clinical_goto(writer, policy, KEY_IIFNAME, "gateway");
	plan_write_output6(writer);
	plan_write_chain(writer, "output", HOOK_OUTPUT, PRIORITY_FILTER);
	clinical_goto(writer, policy, KEY_OIFNAME, "to_devices");
}

int plan_build(const struct policy *policy, const struct table *table, uint32_t epoch, const struct calendar *calendar,
               struct plan **plan, struct error *reterr)
{
	CLEANUP(plan_free) struct plan *made = calloc(1, sizeof(*made));
	struct plan_writer writer = { .plan = made, .failed = !made };

	/* A chain stands before those that go to it, as far as a reader is concerned; the kernel does not mind. */
	if (made) {
		plan_write_helpers(&writer, policy);
		write_sets(&writer, policy, table, epoch);
		write_guard(&writer, policy);
		write_bounce(&writer, policy);
		plan_write_refusals(&writer, policy);
		write_admit(&writer, table->schedule_count > 1); /* the first is always */
		write_zone_of_end(&writer, policy, true);
		write_zone_of_end(&writer, policy, false);
		plan_write_groups(&writer, policy, table, calendar);
		write_judge(&writer);
		write_forward(&writer, policy);
		write_gateway(&writer, policy);
	}
	if (writer.failed)
		return error_set(reterr, -ENOMEM, "no memory for the plan of %zu zone pairs", table->pair_count);
	*plan = take_ptr(&made);
	return 0;
}

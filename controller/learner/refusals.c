/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "controller/learner/refusals.h"

#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

#define DHCP6_CLIENT_PORT 546 /* RFC 8415 section 7.2 */

static bool is_report(const struct refusal *refusal, const char *prefix)
{
	return strcmp(refusal->prefix, prefix) == 0;
}

static bool is_broadcast(const struct interfaces *interfaces, const struct address *address)
{
	static const uint8_t everyone[4] = { 255, 255, 255, 255 };

	if (address->family == FAMILY_IPV6)
		return address->byte[0] == 0xff; /* RFC 4291 section 2.7 */
	if ((address->byte[0] & 0xf0) == 0xe0 || memcmp(address->byte, everyone, 4) == 0)
		return true;
	for (size_t i = 0; i < interfaces->count; i++)
		for (size_t j = 0; j < interfaces->at[i].own_count; j++) {
			struct prefix network;

			interface_network(&interfaces->at[i], j, &network);
			if (prefix_contains(&network, address) && !interface_takes(&interfaces->at[i], address))
				return true;
		}
	return false;
}

static bool is_web(uint8_t protocol, uint16_t port)
{
	static const uint16_t ports[] = { 80, 443, 3128, 8080, 8443 };

	if (protocol == IPPROTO_UDP)
		return port == 443 || port == 80; /* QUIC, RFC 9114 */
	if (protocol != IPPROTO_TCP)
		return false;
	for (size_t i = 0; i < ARRAY_SIZE(ports); i++)
		if (ports[i] == port)
			return true;
	return false;
}

static const char *kind_of(const struct learner *learner, const struct refusal *refusal)
{
	bool to_device = inventory_binding(learner->inventory, &refusal->destination) ||
	                 interfaces_is_clinical(learner->interfaces, &refusal->destination);

	if (to_device)
		return "lateral-movement";
	return is_web(refusal->protocol, refusal->destination_port) ? "web-browsing" : "other";
}

static const char *group_shown(const struct policy *policy, uint16_t group)
{
	return group == ZONE_NONE ? "an address in no zone" : policy_group_name(policy, group);
}

/* "rule 'archive' at hospital.yaml:31" */
static void rule_shown(const struct policy *policy, size_t index, char text[STORE_WHY_MAX])
{
	const struct policy_rule *rule = &policy->rules[index];
	bool named = rule->name[0] != '\0';

	snprintf(text, STORE_WHY_MAX, "rule%s%s%s at %.100s:%u", named ? " '" : "", rule->name, named ? "'" : "",
	         policy_file(policy, rule->place), rule->place.line);
}

static void why_denied(const struct policy *policy, const struct flow *flow, const struct decision *decision,
                       bool above_rate, char why[STORE_WHY_MAX])
{
	char rule[STORE_WHY_MAX] = "";

	if (!decision->by_default)
		rule_shown(policy, decision->rule, rule);
	if (decision->by_default)
		snprintf(why, STORE_WHY_MAX, "no rule allows %s to %s this service", group_shown(policy, flow->from),
		         group_shown(policy, flow->to));
	else if (decision->verdict != VERDICT_ALLOW)
		snprintf(why, STORE_WHY_MAX, "denied by the %.220s", rule);
	else if (above_rate)
		snprintf(why, STORE_WHY_MAX, "more than the rate of the %.220s", rule);
	else
		snprintf(why, STORE_WHY_MAX, "refused by the rules in force at that time");
}

static struct flow flow_of(const struct learner *learner, const struct refusal *refusal)
{
	struct flow flow = {
		.from = learner_group_of(learner, &refusal->source),
		.to = learner_group_of(learner, &refusal->destination),
		.protocol = refusal->protocol,
		.port = refusal->destination_port,
		.moment = learner->enforcement->moment,
	};

	if (learner->known)
		known_names_sets(learner->known, learner->enforcement->policy, &refusal->destination, &flow.known);
	return flow;
}

static void fill_row(struct store_denied *row, const struct policy *policy, const struct refusal *refusal,
                     const struct flow *flow, const struct device *device)
{
	*row = (struct store_denied){
		.has_mac = device != NULL,
		.source = refusal->source,
		.destination = refusal->destination,
		.protocol = refusal->protocol,
		.port = refusal->destination_port,
	};
	if (device)
		row->mac = device->mac;
	snprintf(row->from_zone, sizeof(row->from_zone), "%s",
	         recorder_zone_name(policy, policy_group_zone(policy, flow->from)));
	snprintf(row->to_zone, sizeof(row->to_zone), "%s",
	         recorder_zone_name(policy, policy_group_zone(policy, flow->to)));
}

static void watch_refusal(struct learner *learner, const struct refusal *refusal, const struct device *device,
                          const struct store_denied *row, uint64_t now_ms)
{
	const struct policy *policy = learner->enforcement->policy;
	const struct refused_flow flow = {
		.conversation = { .source = refusal->source,
		                  .destination = refusal->destination,
		                  .source_port = refusal->source_port,
		                  .destination_port = refusal->destination_port,
		                  .protocol = refusal->protocol },
		.from_zone = row->from_zone,
		.to_zone = row->to_zone,
		.is_clinical = interfaces_is_clinical(learner->interfaces, &refusal->destination),
	};

	if (strcmp(row->kind, "spoof") == 0)
		watch_spoofed(learner->watch, policy, device, &refusal->source, now_ms);
	else if (strcmp(row->kind, "to-gateway") != 0 && strcmp(row->kind, "rogue") != 0)
		watch_refused(learner->watch, policy, device, &flow, now_ms);
}

static void record(struct learner *learner, const struct refusal *refusal, const struct device *device,
                   const char *kind, const char *why, uint64_t now_ms)
{
	const struct policy *policy = learner->enforcement->policy;
	const struct flow flow = flow_of(learner, refusal);
	struct decision decision = table_decide(learner->enforcement->table, &flow);
	struct store_denied row;
	char reason[STORE_WHY_MAX];

	fill_row(&row, policy, refusal, &flow, device);
	why_denied(policy, &flow, &decision, is_report(refusal, PLAN_REPORT_RATE), reason);
	row.at_ms = now_ms;
	snprintf(row.kind, sizeof(row.kind), "%s", kind);
	snprintf(row.why, sizeof(row.why), "%s", why ? why : reason);
	recorder_denied(learner->recorder, &row);
	if (learner->watch && device)
		watch_refusal(learner, refusal, device, &row, now_ms);
}

/* "would be refused; now allowed by the rule …" */
static void why_observed(const struct policy *policy, const struct decision *decision, char why[STORE_WHY_MAX])
{
	bool would_allow = policy->rules[decision->observed].verdict == VERDICT_ALLOW;
	bool allowed = decision->verdict == VERDICT_ALLOW;
	char rule[STORE_WHY_MAX] = "default";

	if (!decision->by_default)
		rule_shown(policy, decision->rule, rule);
	snprintf(why, STORE_WHY_MAX, "would be %s; now %s by the %.200s", would_allow ? "allowed" : "refused",
	         allowed ? "allowed" : "refused", rule);
}

/* What a rule reports without refusing it. The kernel may report of rules that are no longer in force: then nothing. */
static void report(struct learner *learner, const struct refusal *refusal, const struct device *device, bool observed,
                   uint64_t now_ms)
{
	const struct policy *policy = learner->enforcement->policy;
	const struct flow flow = flow_of(learner, refusal);
	struct decision decision = table_decide(learner->enforcement->table, &flow);
	struct store_reported row = { .rule = "" };

	if (observed ? !decision.is_observed : decision.by_default || decision.verdict != VERDICT_ALLOW)
		return;
	fill_row(&row.flow, policy, refusal, &flow, device);
	row.flow.at_ms = now_ms;
	snprintf(row.flow.kind, sizeof(row.flow.kind), "%s", observed ? "observed" : "allowed");
	if (observed)
		why_observed(policy, &decision, row.flow.why);
	else
		snprintf(row.flow.why, sizeof(row.flow.why), "allowed; the rule logs every new flow");
	rule_shown(policy, observed ? decision.observed : decision.rule, row.rule);
	recorder_reported(learner->recorder, &row);
}

/* The source guard refused: a spoof, or an address in use before anything was heard of it. */
static void take_guarded(struct learner *learner, struct interface *interface, const struct refusal *refusal,
                         uint64_t now_ms)
{
	const struct binding *held = inventory_binding_on(learner->inventory, &refusal->source, interface->name);
	struct device *device = inventory_device(learner->inventory, &refusal->source_mac);
	bool elsewhere = device && device->binding_count > 0 && strcmp(device->traits->interface, interface->name) != 0;
	bool spoof = held || elsewhere || interfaces_is_own(learner->interfaces, &refusal->source);
	const char *why = "its source address is bound to no device here";

	if (spoof)
		why = "its source address or MAC belongs elsewhere";
	if (mac_is_device(&refusal->source_mac) &&
	    learner_claim(learner, interface, &refusal->source_mac, &refusal->source, 0, "traffic", now_ms))
		return;
	if (is_broadcast(learner->interfaces, &refusal->destination))
		return;
	device = inventory_device(learner->inventory, &refusal->source_mac);
	if (device && !elsewhere)
		learner_carries(learner, device, &refusal->source, now_ms);
	record(learner, refusal, device, spoof ? "spoof" : "other", why, now_ms);
}

/* Said to all as a rule, and meant for them: that is what it is reported for. */
static void take_rogue(struct learner *learner, const struct refusal *refusal, uint64_t now_ms)
{
	struct device *device = inventory_device(learner->inventory, &refusal->source_mac);
	const char *why = "it prescribes its packet's way by a routing header";

	if (refusal->protocol == IPPROTO_ICMPV6)
		why = "it says what only a router says";
	else if (refusal->protocol == IPPROTO_UDP && refusal->destination_port == DHCP6_CLIENT_PORT)
		why = "it answers DHCPv6, which only the gateway does";
	record(learner, refusal, device, "rogue", why, now_ms);
}

void refusals_take(struct learner *learner, const struct refusal *refusal, uint64_t now_ms)
{
	struct interface *interface = interfaces_by_index(learner->interfaces, refusal->in_ifindex);
	bool observed = is_report(refusal, PLAN_REPORT_OBSERVE);
	const struct binding *held;
	struct device *device;

	if (!interface)
		return;
	held = inventory_binding_on(learner->inventory, &refusal->source, interface->name);
	device = held ? held->device : NULL;
	if (is_report(refusal, PLAN_REPORT_GUARD)) {
		take_guarded(learner, interface, refusal, now_ms);
		return;
	}
	if (is_report(refusal, PLAN_REPORT_ROGUE)) {
		take_rogue(learner, refusal, now_ms);
		return;
	}
	if (is_broadcast(learner->interfaces, &refusal->destination))
		return;
	if (device)
		inventory_seen(learner->inventory, device, now_ms);
	if (observed || is_report(refusal, PLAN_REPORT_ALLOW))
		report(learner, refusal, device, observed, now_ms);
	else if (is_report(refusal, PLAN_REPORT_INPUT))
		record(learner, refusal, device, "to-gateway", "the gateway serves only DHCP, echo and named DNS",
		       now_ms);
	else
		record(learner, refusal, device, kind_of(learner, refusal), NULL, now_ms);
}

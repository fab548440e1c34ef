/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "policy/plan/plan_refusal.h"

#include <netinet/in.h>

#define FLOW4_KEYS KEYS(KEY_CT_IP_SADDR, KEY_CT_IP_DADDR, KEY_CT_PROTOCOL, KEY_CT_PROTO_DST)
#define FLOW6_KEYS KEYS(KEY_CT_IP6_SADDR, KEY_CT_IP6_DADDR, KEY_CT_PROTOCOL, KEY_CT_PROTO_DST)

/* Which of the chains a policy leads to, at whatever hour. */
struct uses {
	bool refuse_quiet;
	bool reject;
	bool reject_quiet;
	bool rate;
	bool observe;
	bool report;
};

static void note_allow(struct uses *uses, const struct policy_rule *rule)
{
	uses->report |= rule->log == LOG_ALWAYS;
	if (rule->rate.count == 0)
		return;
	uses->rate |= rule->log != LOG_NEVER;
	uses->refuse_quiet |= rule->log == LOG_NEVER;
}

static struct uses uses_of(const struct policy *policy)
{
	struct uses uses = { .observe = false };

	for (size_t r = 0; r < policy->rule_count; r++) {
		const struct policy_rule *rule = &policy->rules[r];
		bool quiet = rule->log == LOG_NEVER;

		if (rule->mode == MODE_OBSERVE) {
			uses.observe |= !quiet;
			continue;
		}
		switch (rule->verdict) {
		case VERDICT_ALLOW:
			note_allow(&uses, rule);
			break;
		case VERDICT_DENY:
			uses.refuse_quiet |= quiet;
			break;
		case VERDICT_REJECT:
			uses.reject |= !quiet;
			uses.reject_quiet |= quiet;
			break;
		}
	}
	return uses;
}

static void write_seen(struct plan_writer *writer, const char *name4, const char *name6)
{
	plan_write_set(writer, name4, FLOW4_KEYS, DATA_NONE, SET_DYNAMIC);
	plan_write_set(writer, name6, FLOW6_KEYS, DATA_NONE, SET_DYNAMIC);
}

/* Each kind of report has sets of its own, or what is only observed would keep the refusal that follows from being one.
 */
void plan_write_seen(struct plan_writer *writer, const struct policy *policy)
{
	struct uses uses = uses_of(policy);

	write_seen(writer, "seen4", "seen6");
	if (uses.observe)
		write_seen(writer, "seen_observe4", "seen_observe6");
	if (uses.report)
		write_seen(writer, "seen_allow4", "seen_allow6");
}

static void write_report(struct plan_writer *writer, const char *chain, const char *set4, const char *set6,
                         const char *prefix)
{
	plan_write_chain(writer, chain, HOOK_NONE, 0);
	plan_write_log_once(writer, PLAN_NFPROTO_IPV4, FLOW4_KEYS, set4, prefix);
	plan_write_log_once(writer, PLAN_NFPROTO_IPV6, FLOW6_KEYS, set6, prefix);
}

void plan_write_refusal(struct plan_writer *writer, const char *chain, const char *prefix, const char *comment,
                        const char *end)
{
	if (prefix)
		write_report(writer, chain, "seen4", "seen6", prefix);
	else
		plan_write_chain(writer, chain, HOOK_NONE, 0);
	plan_write_rule(writer, "%s", comment);
	plan_write_plain(writer, STATEMENT_COUNTER);
	plan_write_mark(writer, 0);
	plan_write_to(writer, STATEMENT_GOTO, end);
}

/* Whoever asks is told, be it a clinical device or not. */
static void write_tell(struct plan_writer *writer)
{
	plan_write_chain(writer, "tell", HOOK_NONE, 0);
	plan_write_rule(writer, "%s", "");
	plan_write_match_u8(writer, KEY_L4PROTO, IPPROTO_TCP);
	plan_write_plain(writer, STATEMENT_REJECT_TCP_RESET);
	plan_write_rule(writer, "%s", "");
	plan_write_plain(writer, STATEMENT_REJECT_ADMIN);
}

void plan_write_refusals(struct plan_writer *writer, const struct policy *policy)
{
	struct uses uses = uses_of(policy);

	plan_write_refusal(writer, "refuse", PLAN_REPORT_DENY, "refused", "bounce");
	if (uses.refuse_quiet)
		plan_write_refusal(writer, "refuse_quiet", NULL, "refused without report", "bounce");
	if (uses.rate)
		plan_write_refusal(writer, "refuse_rate", PLAN_REPORT_RATE, "refused above a rate", "bounce");
	if (uses.reject || uses.reject_quiet)
		write_tell(writer);
	if (uses.reject)
		plan_write_refusal(writer, "refuse_told", PLAN_REPORT_REJECT, "rejected", "tell");
	if (uses.reject_quiet)
		plan_write_refusal(writer, "refuse_told_quiet", NULL, "rejected without report", "tell");
	if (uses.observe)
		write_report(writer, PLAN_CHAIN_OBSERVE, "seen_observe4", "seen_observe6", PLAN_REPORT_OBSERVE);
	if (uses.report)
		write_report(writer, PLAN_CHAIN_REPORT, "seen_allow4", "seen_allow6", PLAN_REPORT_ALLOW);
}

/* "reject" is a word of nft's and no name. */
const char *plan_refusal_chain(const struct policy_rule *rule)
{
	if (rule->verdict == VERDICT_REJECT)
		return rule->log == LOG_NEVER ? "refuse_told_quiet" : "refuse_told";
	return rule->log == LOG_NEVER ? "refuse_quiet" : "refuse";
}

const char *plan_rate_chain(const struct policy_rule *rule)
{
	return rule->log == LOG_NEVER ? "refuse_quiet" : "refuse_rate";
}

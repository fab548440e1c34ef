/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <endian.h>
#include <errno.h>
#include <inttypes.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "policy/plan/plan.h"

#define NS_PER_S    UINT64_C(1000000000)
#define DAY_SECONDS 86400

/* How nft writes each key in a rule and as the type of a set; NULL where it has no word for that and takes the key. */
static const struct {
	const char *text;
	const char *type;
} key_words[KEY_COUNT] = {
	[KEY_IIFNAME] = { "iifname", "ifname" },
	[KEY_OIFNAME] = { "oifname", "ifname" },
	[KEY_NFPROTO] = { "meta nfproto", "nf_proto" },
	[KEY_L4PROTO] = { "meta l4proto", "inet_proto" },
	[KEY_MARK] = { "meta mark", "mark" },
	[KEY_ETHER_SADDR] = { "ether saddr", "ether_addr" },
	[KEY_IP_SADDR] = { "ip saddr", "ipv4_addr" },
	[KEY_IP_DADDR] = { "ip daddr", "ipv4_addr" },
	[KEY_IP6_SADDR] = { "ip6 saddr", "ipv6_addr" },
	[KEY_IP6_DADDR] = { "ip6 daddr", "ipv6_addr" },
	[KEY_TH_SPORT] = { "th sport", "inet_service" },
	[KEY_TH_DPORT] = { "th dport", "inet_service" },
	[KEY_ICMP_TYPE] = { "icmp type", "icmp_type" },
	[KEY_ICMPV6_TYPE] = { "icmpv6 type", "icmpv6_type" },
	[KEY_CT_STATE] = { "ct state", "ct_state" },
	[KEY_CT_DIRECTION] = { "ct direction", "ct_dir" },
	[KEY_CT_MARK] = { "ct mark", "mark" },
	[KEY_CT_PROTOCOL] = { "ct protocol", "inet_proto" },
	[KEY_CT_IP_SADDR] = { "ct original ip saddr", "ipv4_addr" },
	[KEY_CT_IP_DADDR] = { "ct original ip daddr", "ipv4_addr" },
	[KEY_CT_IP6_SADDR] = { "ct original ip6 saddr", "ipv6_addr" },
	[KEY_CT_IP6_DADDR] = { "ct original ip6 daddr", "ipv6_addr" },
	[KEY_CT_PROTO_DST] = { "ct original proto-dst", "inet_service" },
	[KEY_CT_STATUS] = { "ct status", "ct_status" },
	[KEY_CT_HELPER] = { "ct helper", "string" },
	[KEY_IP6_ROUTING] = { "exthdr rt", "boolean" },
	[KEY_CT_PACKETS] = { "ct packets", "integer" },
	[KEY_TIME] = { "meta time", NULL },
};

static void print_number(FILE *out, enum plan_key key, uint8_t number)
{
	if (key == KEY_NFPROTO)
		fputs(number == PLAN_NFPROTO_IPV4 ? "ipv4" : "ipv6", out);
	else if (key == KEY_IP6_ROUTING)
		fputs(number == 0 ? "missing" : "exists", out);
	else if (key == KEY_CT_DIRECTION)
		fputs(number == 0 ? "original" : "reply", out);
	else
		fprintf(out, "%u", number);
}

/* nft reads a date by its own time zone: it is to be run in UTC, see the head of the text. */
static void print_time(FILE *out, uint64_t ns)
{
	char date[DATE_TEXT_MAX];
	uint64_t seconds = ns / NS_PER_S;

	fprintf(out, "\"%s %02" PRIu64 ":%02" PRIu64 ":%02" PRIu64 "\"",
	        date_format((int32_t)(seconds / DAY_SECONDS), date), seconds % DAY_SECONDS / 3600, seconds % 3600 / 60,
	        seconds % 60);
}

/* ${bytes} bytes of ${key}; an interface name of fewer than 16 is a prefix. */
static void print_value(FILE *out, enum plan_key key, const uint8_t *value, unsigned int bytes)
{
	char text[ADDRESS_TEXT_MAX];
	struct address address;
	struct mac mac;
	uint32_t number;
	uint64_t large_be;

	switch (plan_key_length(key)) {
	case 1:
		print_number(out, key, value[0]);
		return;
	case 2:
		fprintf(out, "%u", (unsigned int)(value[0] << 8 | value[1]));
		return;
	case 8:
		memcpy(&large_be, value, sizeof(large_be));
		if (key == KEY_TIME)
			print_time(out, be64toh(large_be));
		else
			fprintf(out, "%" PRIu64, be64toh(large_be));
		return;
	case 6:
		memcpy(mac.byte, value, sizeof(mac.byte));
		fputs(mac_format(&mac, text), out);
		return;
	}
	if (key == KEY_IIFNAME || key == KEY_OIFNAME) {
		fprintf(out, "\"%.*s%s\"", (int)bytes, (const char *)value, bytes < 16 ? "*" : "");
	} else if (key == KEY_CT_HELPER) {
		fprintf(out, "\"%.16s\"", (const char *)value);
	} else if (key == KEY_MARK || key == KEY_CT_MARK || key == KEY_CT_STATE) {
		memcpy(&number, value, sizeof(number));
		fprintf(out, "0x%08" PRIx32, number);
	} else {
		address = plan_key_length(key) == 4 ? address_v4(value) : address_v6(value);
		fputs(address_format(&address, text), out);
	}
}

static void print_concatenation(FILE *out, const enum plan_key *keys, size_t count)
{
	for (size_t i = 0; i < count; i++)
		fprintf(out, "%s%s", i > 0 ? " . " : "", key_words[keys[i]].text);
}

static void print_element(FILE *out, const struct plan_set *set, const struct plan_element *element)
{
	size_t at = 0;

	for (size_t i = 0; i < set->key_count; i++) {
		fputs(i > 0 ? " . " : "", out);
		print_value(out, set->keys[i], element->key + at, plan_key_length(set->keys[i]));
		at += (plan_key_length(set->keys[i]) + 3) & ~3U;
	}
	if ((set->flags & SET_INTERVAL) && memcmp(element->key, element->key_end, sizeof(element->key)) != 0) {
		fputs("-", out);
		print_value(out, set->keys[0], element->key_end, plan_key_length(set->keys[0]));
	}
	if (set->data == DATA_MARK)
		fprintf(out, " : 0x%08" PRIx32, element->mark);
	else if (set->data == DATA_VERDICT)
		fprintf(out, " : goto %s", element->chain);
}

static void print_flags(FILE *out, const struct plan_set *set)
{
	static const char *const words[] = { "interval", "constant", "dynamic,timeout" };
	const char *separator = "\t\tflags ";

	for (size_t i = 0; i < ARRAY_SIZE(words); i++) {
		if (!(set->flags & (1U << i)))
			continue;
		fprintf(out, "%s%s", separator, words[i]);
		separator = ",";
	}
	if (set->flags)
		fputs("\n", out);
}

static void print_set(FILE *out, const struct plan_set *set)
{
	fprintf(out, "\t%s %s {\n\t\t", set->data == DATA_NONE ? "set" : "map", set->name);
	if (!key_words[set->keys[0]].type)
		fprintf(out, "typeof %s", key_words[set->keys[0]].text);
	for (size_t i = 0; i < set->key_count && key_words[set->keys[i]].type; i++)
		fprintf(out, "%s%s", i > 0 ? " . " : "type ", key_words[set->keys[i]].type);
	fprintf(out, "%s\n", set->data == DATA_MARK ? " : mark" : set->data == DATA_VERDICT ? " : verdict" : "");
	if (set->size)
		fprintf(out, "\t\tsize %" PRIu32 "\n", set->size);
	print_flags(out, set);
	if (set->timeout_ms)
		fprintf(out, "\t\ttimeout %" PRIu32 "ms\n", set->timeout_ms);
	for (size_t i = 0; i < set->element_count; i++) {
		fputs(i == 0 ? "\t\telements = {\n\t\t\t" : ",\n\t\t\t", out);
		print_element(out, set, &set->elements[i]);
	}
	fputs(set->element_count > 0 ? "\n\t\t}\n\t}\n\n" : "\t}\n\n", out);
}

static void print_bits(FILE *out, enum plan_key key, const uint8_t *value)
{
	/* By bit, NF_CT_STATE_BIT() and IPS_EXPECTED_BIT of linux/netfilter/nf_conntrack_common.h. */
	static const char *const states[] = { "invalid", "established", "related", "new" };
	static const char *const statuses[] = { "expected" };
	const char *const *words = key == KEY_CT_STATE ? states : statuses;
	size_t count = key == KEY_CT_STATE ? ARRAY_SIZE(states) : ARRAY_SIZE(statuses);
	const char *separator = " ";
	uint32_t bits;

	memcpy(&bits, value, sizeof(bits));
	fputs(key_words[key].text, out);
	for (size_t i = 0; i < count; i++) {
		if (!(bits & (1U << i)))
			continue;
		fprintf(out, "%s%s", separator, words[i]);
		separator = ",";
	}
}

static void print_limit(FILE *out, const struct plan_statement *statement)
{
	static const struct {
		uint32_t seconds;
		const char *word;
	} units[] = { { 86400, "day" }, { 3600, "hour" }, { 60, "minute" }, { 1, "second" } };
	size_t unit = 0;

	while (unit < ARRAY_SIZE(units) - 1 && statement->seconds < units[unit].seconds)
		unit++;
	fprintf(out, "limit rate %s%" PRIu32 "/%s burst %" PRIu32 " packets", statement->invert ? "" : "over ",
	        statement->number, units[unit].word, statement->number);
}

/* The statements that have keys. */
static void print_keyed(FILE *out, const struct plan_statement *statement)
{
	const char *prefix = statement->type == STATEMENT_MARK_MAP      ? "meta mark set "
	                     : statement->type == STATEMENT_CT_MARK_MAP ? "ct mark set "
	                     : statement->type == STATEMENT_ADD         ? "add @"
	                                                                : "";

	if (statement->type == STATEMENT_MATCH_BITS) {
		print_bits(out, statement->keys[0], statement->value);
		return;
	}
	fprintf(out, "%s%s", prefix, statement->type == STATEMENT_ADD ? statement->text : "");
	fputs(statement->type == STATEMENT_ADD ? " { " : "", out);
	print_concatenation(out, statement->keys, statement->key_count);
	fputs(statement->invert ? " != " : " ", out);
	if (statement->type == STATEMENT_MATCH || statement->type == STATEMENT_MATCH_RANGE)
		print_value(out, statement->keys[0], statement->value, statement->value_length);
	if (statement->type == STATEMENT_MATCH_RANGE) {
		fputs("-", out);
		print_value(out, statement->keys[0], statement->value_end, statement->value_length);
	}
	if (statement->type == STATEMENT_MATCH_SET)
		fprintf(out, "@%s", statement->text);
	else if (statement->type == STATEMENT_MARK_MAP || statement->type == STATEMENT_CT_MARK_MAP)
		fprintf(out, "map @%s", statement->text);
	else if (statement->type == STATEMENT_VERDICT_MAP)
		fprintf(out, "vmap @%s", statement->text);
	else if (statement->type == STATEMENT_ADD)
		fputs("}", out);
}

static void print_statement(FILE *out, const struct plan_statement *statement)
{
	switch (statement->type) {
	case STATEMENT_MATCH:
	case STATEMENT_MATCH_BITS:
	case STATEMENT_MATCH_SET:
	case STATEMENT_MATCH_RANGE:
	case STATEMENT_MARK_MAP:
	case STATEMENT_CT_MARK_MAP:
	case STATEMENT_VERDICT_MAP:
	case STATEMENT_ADD:
		print_keyed(out, statement);
		break;
	case STATEMENT_MARK:
		fprintf(out, "meta mark set 0x%08" PRIx32, statement->number);
		break;
	case STATEMENT_COUNTER:
		fputs("counter", out);
		break;
	case STATEMENT_LOG:
		fprintf(out, "log prefix \"%s\" group %" PRIu32 " snaplen %u", statement->text, statement->number,
		        plan_log_length(statement->number));
		break;
	case STATEMENT_REJECT_TCP_RESET:
		fputs("reject with tcp reset", out);
		break;
	case STATEMENT_REJECT_ADMIN:
		fputs("reject with icmpx admin-prohibited", out);
		break;
	case STATEMENT_ACCEPT:
		fputs("accept", out);
		break;
	case STATEMENT_DROP:
		fputs("drop", out);
		break;
	case STATEMENT_RETURN:
		fputs("return", out);
		break;
	case STATEMENT_JUMP:
		fprintf(out, "jump %s", statement->text);
		break;
	case STATEMENT_GOTO:
		fprintf(out, "goto %s", statement->text);
		break;
	case STATEMENT_LIMIT_OVER:
		print_limit(out, statement);
		break;
	case STATEMENT_HELPER:
		fprintf(out, "ct helper set \"%s\"", statement->text);
		break;
	}
}

static bool has_key(const struct plan_statement *statement, enum plan_key key)
{
	for (size_t i = 0; i < statement->key_count; i++)
		if (statement->keys[i] == key)
			return true;
	return false;
}

/* Whether nft knows that ${protocol} has ports, or what conntrack keeps in their place. */
static bool protocol_has_ports(uint8_t protocol)
{
	switch (protocol) {
	case IPPROTO_ICMP:
	case IPPROTO_TCP:
	case IPPROTO_UDP:
	case IPPROTO_DCCP:
	case IPPROTO_ICMPV6:
	case IPPROTO_SCTP:
		return true;
	}
	return false;
}

/* What the statements of a rule before the present one tell nft. */
struct context {
	bool family; /* the network protocol */
	bool ports;  /* a transport protocol that has ports */
};

/*
 * nft takes "ct original proto-dst" only after matches that tell it a network and a transport protocol, in this
 * order. Where a rule has none, matches that are always true stand in for them; the kernel needs neither.
 */
static void print_stand_ins(FILE *out, const struct plan_rule *rule, size_t at, struct context *context)
{
	const struct plan_statement *statement = &rule->statements[at];
	bool match = statement->type == STATEMENT_MATCH;
	bool protocol = match && statement->keys[0] == KEY_CT_PROTOCOL;
	bool ports = has_key(statement, KEY_CT_PROTO_DST);

	if ((protocol || ports) && !context->family) {
		fputs("meta nfproto $any_family ", out);
		context->family = true;
	}
	if (ports && !context->ports) {
		fputs("ct protocol $any_protocol ", out);
		context->ports = true;
	}
	if (match && statement->keys[0] == KEY_NFPROTO)
		context->family = true;
	if (protocol)
		context->ports = protocol_has_ports(statement->value[0]);
}

static void print_rule(FILE *out, const struct plan_rule *rule)
{
	struct context context = { .family = false };

	for (size_t i = 0; i < rule->statement_count; i++) {
		fputs(i == 0 ? "\t\t" : " ", out);
		print_stand_ins(out, rule, i, &context);
		print_statement(out, &rule->statements[i]);
	}
	if (rule->comment[0])
		fprintf(out, " comment \"%s\"", rule->comment);
	fputs("\n", out);
}

/* The variables that print_stand_ins uses. */
static void print_variables(FILE *out)
{
	fputs("define any_family = { ipv4, ipv6 }\ndefine any_protocol = {", out);
	for (unsigned int protocol = 0; protocol <= UINT8_MAX; protocol++)
		fprintf(out, "%s%u", protocol == 0 ? " " : ", ", protocol);
	fputs(" }\n\n", out);
}

static void print_chain(FILE *out, const struct plan_chain *chain)
{
	static const char *const hooks[] = {
		[HOOK_PREROUTING] = "prerouting",
		[HOOK_INPUT] = "input",
		[HOOK_FORWARD] = "forward",
		[HOOK_OUTPUT] = "output",
	};

	fprintf(out, "\tchain %s {\n", chain->name);
	if (chain->hook != HOOK_NONE)
		fprintf(out, "\t\ttype filter hook %s priority %d; policy %s;\n", hooks[chain->hook], chain->priority,
		        chain->policy_drop ? "drop" : "accept");
	for (size_t i = 0; i < chain->rule_count; i++)
		print_rule(out, &chain->rules[i]);
	fputs("\t}\n\n", out);
}

/* As nft lists them: for both families. */
static void print_helper(FILE *out, const struct plan_helper *helper)
{
	fprintf(out, "\tct helper %s {\n\t\ttype \"%s\" protocol %s\n\t\tl3proto inet\n\t}\n\n", helper->name,
	        helper->name, helper->protocol == IPPROTO_TCP ? "tcp" : "udp");
}

int plan_print(const struct plan *plan, char **text)
{
	char *printed = NULL;
	size_t length = 0;
	FILE *out = open_memstream(&printed, &length);
	bool failed;

	if (!out)
		return -ENOMEM;
	print_variables(out);
	/* Loading the text replaces what was there: made in case it is not, deleted, and made anew in one transaction.
	 */
	fputs("table inet " PLAN_TABLE "\ndelete table inet " PLAN_TABLE "\n\ntable inet " PLAN_TABLE " {\n", out);
	for (size_t i = 0; i < plan->helper_count; i++)
		print_helper(out, &plan->helpers[i]);
	for (size_t i = 0; i < plan->set_count; i++)
		print_set(out, &plan->sets[i]);
	for (size_t i = 0; i < plan->chain_count; i++)
		print_chain(out, &plan->chains[i]);
	fputs("}\n", out);
	failed = ferror(out) != 0;
	failed = fclose(out) != 0 || failed;
	if (failed) {
		free(printed);
		return -ENOMEM;
	}
	*text = printed;
	return 0;
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "policy/plan/plan_guard.h"

#include <netinet/in.h>

#define GUARD6_KEYS KEYS(KEY_IIFNAME, KEY_ETHER_SADDR, KEY_IP6_SADDR)
#define LINK6_KEYS  KEYS(KEY_IIFNAME, KEY_IP6_SADDR)

#define ICMPV6_REDIRECT 137
#define DHCP6_CLIENT    546
#define DHCP6_SERVER    547

void plan_write_guard6_sets(struct plan_writer *writer)
{
	/* What keeps a link alive before a device has an address of its own: MLD (RFC 2710, RFC 3810) and neighbour
	 * discovery (RFC 4861). */
	static const uint8_t neighbour[] = { 130, 131, 132, 133, 135, 136, 143 };
	/* Router advertisement, redirect (RFC 4861) and router renumbering (RFC 2894). */
	static const uint8_t router[] = { 134, ICMPV6_REDIRECT, 138 };

	plan_write_u8_set(writer, "neighbour", KEY_ICMPV6_TYPE, neighbour, ARRAY_SIZE(neighbour));
	plan_write_u8_set(writer, "router", KEY_ICMPV6_TYPE, router, ARRAY_SIZE(router));
	plan_write_set(writer, PLAN_SET_GUARD6, GUARD6_KEYS, DATA_NONE, 0);
	plan_write_set(writer, PLAN_SET_LINK6, LINK6_KEYS, DATA_NONE, 0);
	plan_write_set(writer, "seen_guard6", GUARD6_KEYS, DATA_NONE, SET_DYNAMIC);
	/* A set of its own, or a spoofed packet would keep what follows from being reported for what it is. */
	plan_write_set(writer, "seen_rogue6", GUARD6_KEYS, DATA_NONE, SET_DYNAMIC);
}

void plan_write_rogue6(struct plan_writer *writer)
{
	plan_write_chain(writer, "rogue6", HOOK_NONE, 0);
	plan_write_log_once(writer, PLAN_NFPROTO_IPV6, GUARD6_KEYS, "seen_rogue6", PLAN_REPORT_ROGUE);
	plan_write_rule(writer, "what only a router or a server sends");
	plan_write_counted(writer, STATEMENT_DROP);
}

/* Before anything is let through: a bound source makes no router. */
static void refuse_rogues(struct plan_writer *writer)
{
	static const uint8_t exists = 1;

	plan_write_family(writer, PLAN_NFPROTO_IPV6, "a route of the sender's choice");
	plan_write_match(writer, KEY_IP6_ROUTING, &exists, sizeof(exists));
	plan_write_to(writer, STATEMENT_GOTO, "rogue6");
	plan_write_family(writer, PLAN_NFPROTO_IPV6, "router advertisement, redirect");
	plan_write_match_u8(writer, KEY_L4PROTO, IPPROTO_ICMPV6);
	plan_write_lookup(writer, STATEMENT_MATCH_SET, KEYS(KEY_ICMPV6_TYPE), "router");
	plan_write_to(writer, STATEMENT_GOTO, "rogue6");
	plan_write_family(writer, PLAN_NFPROTO_IPV6, "a DHCP server");
	plan_write_match_u8(writer, KEY_L4PROTO, IPPROTO_UDP);
	plan_write_match_port(writer, KEY_TH_DPORT, DHCP6_CLIENT);
	plan_write_to(writer, STATEMENT_GOTO, "rogue6");
}

/* Begins a rule for IPv6 packets from the unspecified address or, with ${link}, from a link-local one. */
static void unaddressed_rule(struct plan_writer *writer, bool link, const char *comment)
{
	static const uint8_t unspecified[16];
	static const uint8_t first[16] = { 0xfe, 0x80 };
	static const uint8_t last[16] = { 0xfe, 0xbf, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
		                          0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff };

	plan_write_family(writer, PLAN_NFPROTO_IPV6, comment);
	if (link)
		plan_write_range(writer, KEY_IP6_SADDR, first, last, sizeof(first));
	else
		plan_write_match(writer, KEY_IP6_SADDR, unspecified, sizeof(unspecified));
}

/* A link-local address that is nobody's yet: its first words, and those that ask for an address. */
static void admit_unaddressed(struct plan_writer *writer)
{
	for (int link = 0; link <= 1; link++) {
		unaddressed_rule(writer, link, "neighbour discovery and MLD");
		plan_write_match_u8(writer, KEY_L4PROTO, IPPROTO_ICMPV6);
		plan_write_lookup(writer, STATEMENT_MATCH_SET, KEYS(KEY_ICMPV6_TYPE), "neighbour");
		plan_write_plain(writer, STATEMENT_RETURN);
	}
	unaddressed_rule(writer, true, "DHCP client");
	plan_write_match_u8(writer, KEY_L4PROTO, IPPROTO_UDP);
	plan_write_match_port(writer, KEY_TH_SPORT, DHCP6_CLIENT);
	plan_write_match_port(writer, KEY_TH_DPORT, DHCP6_SERVER);
	plan_write_plain(writer, STATEMENT_RETURN);
	unaddressed_rule(writer, false, "no address yet: no spoof, no report");
	plan_write_counted(writer, STATEMENT_DROP);
}

void plan_write_guard6(struct plan_writer *writer)
{
	plan_write_chain(writer, "refuse_ip6", HOOK_NONE, 0);
	plan_write_log_once(writer, PLAN_NFPROTO_IPV6, GUARD6_KEYS, "seen_guard6", PLAN_REPORT_GUARD);
	plan_write_rule(writer, PLAN_GUARD_COMMENT);
	plan_write_counted(writer, STATEMENT_DROP);
	plan_write_chain(writer, "guard_ip6", HOOK_NONE, 0);
	refuse_rogues(writer);
	plan_write_family(writer, PLAN_NFPROTO_IPV6, "");
	plan_write_lookup(writer, STATEMENT_MATCH_SET, GUARD6_KEYS, PLAN_SET_GUARD6);
	plan_write_plain(writer, STATEMENT_RETURN);
	plan_write_family(writer, PLAN_NFPROTO_IPV6, "a link-local address of another");
	plan_write_lookup(writer, STATEMENT_MATCH_SET, LINK6_KEYS, PLAN_SET_LINK6);
	plan_write_to(writer, STATEMENT_GOTO, "refuse_ip6");
	admit_unaddressed(writer);
	plan_write_rule(writer, "%s", "");
	plan_write_to(writer, STATEMENT_GOTO, "refuse_ip6");
}

/*
 * There is no sysctl for this: a router redirects a host to its neighbour where both are on one interface (RFC 4861
 * section 8.2), past the gateway.
 */
void plan_write_output6(struct plan_writer *writer)
{
	plan_write_chain(writer, "to_devices", HOOK_NONE, 0);
	plan_write_family(writer, PLAN_NFPROTO_IPV6, "redirects past the gateway");
	plan_write_match_u8(writer, KEY_L4PROTO, IPPROTO_ICMPV6);
	plan_write_match_u8(writer, KEY_ICMPV6_TYPE, ICMPV6_REDIRECT);
	plan_write_counted(writer, STATEMENT_DROP);
}

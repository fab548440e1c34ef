/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "policy/services.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

enum port_kind {
	PORT_NUMBER,
	PORT_ICMP,
	PORT_ICMPV6,
	PORT_PROTOCOL,
};

static const struct {
	const char *name;
	uint8_t protocol;
	enum port_kind kind;
} protocols[] = {
	{ "tcp", IPPROTO_TCP, PORT_NUMBER },       { "udp", IPPROTO_UDP, PORT_NUMBER },
	{ "sctp", IPPROTO_SCTP, PORT_NUMBER },     { "icmp", IPPROTO_ICMP, PORT_ICMP },
	{ "icmpv6", IPPROTO_ICMPV6, PORT_ICMPV6 }, { "ip", 0, PORT_PROTOCOL },
};

#define NO_FLOW 256 /* a type that opens no flow */

/* The kernel's tracking lets only the numbered types open a flow; the others answer one, or stay on their link. */
static const struct {
	const char *name;
	unsigned int icmp; /* its number; 0 where this family has no such type */
	unsigned int icmpv6;
} icmp_types[] = {
	{ "echo", 8, 128 },
	{ "echo-request", 8, 128 },
	{ "timestamp", 13, 0 },
	{ "timestamp-request", 13, 0 },
	{ "information", 15, 0 },
	{ "information-request", 15, 0 },
	{ "address-mask", 17, 0 },
	{ "address-mask-request", 17, 0 },
	{ "node-information", 0, 139 },
	{ "node-information-request", 0, 139 },
	{ "echo-reply", NO_FLOW, NO_FLOW },
	{ "destination-unreachable", NO_FLOW, NO_FLOW },
	{ "time-exceeded", NO_FLOW, NO_FLOW },
	{ "parameter-problem", NO_FLOW, NO_FLOW },
	{ "packet-too-big", NO_FLOW, NO_FLOW },
	{ "source-quench", NO_FLOW, 0 },
	{ "redirect", NO_FLOW, NO_FLOW },
	{ "router-solicitation", NO_FLOW, NO_FLOW },
	{ "router-advertisement", NO_FLOW, NO_FLOW },
	{ "neighbour-solicitation", 0, NO_FLOW },
	{ "neighbour-advertisement", 0, NO_FLOW },
};

/* Reads ${length} decimal digits at ${text}; true where they are a number up to ${max}, without leading zeros. */
static bool read_number(const char *text, size_t length, unsigned int max, unsigned int *number)
{
	unsigned int value = 0;

	if (length == 0 || length > 5 || (length > 1 && text[0] == '0'))
		return false;
	for (size_t i = 0; i < length; i++) {
		if (text[i] < '0' || text[i] > '9')
			return false;
		value = value * 10 + (unsigned int)(text[i] - '0');
	}
	*number = value;
	return value <= max;
}

static int read_ports(const char *text, struct service_range *range, const char **hint)
{
	const char *dash = strchr(text, '-');
	unsigned int first;
	unsigned int last;

	*hint = "a port is 1 to 65535, a range first-last: tcp/104, udp/5000-5010";
	if (!read_number(text, dash ? (size_t)(dash - text) : strlen(text), 65535, &first) || first == 0)
		return -EINVAL;
	last = first;
	if (dash && !read_number(dash + 1, strlen(dash + 1), 65535, &last))
		return -EINVAL;
	if (last < first) {
		*hint = "the range ends before it begins; swap the two ports";
		return -EINVAL;
	}
	range->first = (uint16_t)first;
	range->last = (uint16_t)last;
	return 0;
}

static int read_icmp(const char *text, enum port_kind kind, struct service_range *range, const char **hint)
{
	unsigned int type = 0;

	*hint = kind == PORT_ICMP ? "an ICMP type is echo, timestamp, information, address-mask or a number up to 255"
	                          : "an ICMPv6 type is echo, node-information or a number up to 255";
	for (size_t i = 0; i < ARRAY_SIZE(icmp_types) && type == 0; i++)
		if (strcmp(icmp_types[i].name, text) == 0)
			type = kind == PORT_ICMP ? icmp_types[i].icmp : icmp_types[i].icmpv6;
	if (type == NO_FLOW) {
		*hint = "it opens no flow: errors and answers pass with the flow they belong to and need no rule";
		return -EINVAL;
	}
	if (type == 0 && !read_number(text, strlen(text), 255, &type))
		return -EINVAL;
	/* conntrack keeps type << 8 | code where other protocols have the destination port */
	range->first = (uint16_t)(type << 8);
	range->last = (uint16_t)(type << 8 | 0xff);
	return 0;
}

static int read_protocol(const char *text, struct service_range *range, const char **hint)
{
	unsigned int number;

	*hint = "an IP protocol is a number from 1 to 255: ip/50";
	if (!read_number(text, strlen(text), 255, &number) || number == 0)
		return -EINVAL;
	range->protocol = (uint8_t)number;
	range->first = 0;
	range->last = UINT16_MAX;
	return 0;
}

static int read_port(enum port_kind kind, const char *text, struct service_range *range, const char **hint)
{
	if (strcmp(text, "any") == 0 && kind != PORT_PROTOCOL) {
		range->first = 0;
		range->last = UINT16_MAX;
		return 0;
	}
	switch (kind) {
	case PORT_NUMBER:
		return read_ports(text, range, hint);
	case PORT_ICMP:
	case PORT_ICMPV6:
		return read_icmp(text, kind, range, hint);
	case PORT_PROTOCOL:
		return read_protocol(text, range, hint);
	}
	return -EINVAL;
}

int service_range_parse(const char *text, struct service_range *range, const char **hint)
{
	const char *slash = strchr(text, '/');
	size_t length = slash ? (size_t)(slash - text) : 0;

	*hint = "a service is protocol/port with tcp, udp, sctp, icmp, icmpv6 or ip: tcp/104, icmp/echo";
	if (!slash)
		return -EINVAL;
	for (size_t i = 0; i < ARRAY_SIZE(protocols); i++) {
		struct service_range read = { .protocol = protocols[i].protocol };

		if (strlen(protocols[i].name) != length || memcmp(protocols[i].name, text, length) != 0)
			continue;
		if (read_port(protocols[i].kind, slash + 1, &read, hint) < 0)
			return -EINVAL;
		*range = read;
		return 0;
	}
	return -EINVAL;
}

const char *service_range_format(const struct service_range *range, char buffer[SERVICE_TEXT_MAX])
{
	const char *name = NULL;
	bool any = range->first == 0 && range->last == UINT16_MAX;
	bool icmp = range->protocol == IPPROTO_ICMP || range->protocol == IPPROTO_ICMPV6;

	for (size_t i = 0; i < ARRAY_SIZE(protocols); i++)
		if (protocols[i].protocol == range->protocol && protocols[i].kind != PORT_PROTOCOL)
			name = protocols[i].name;
	if (range->protocol == 0)
		snprintf(buffer, SERVICE_TEXT_MAX, "any");
	else if (!name)
		snprintf(buffer, SERVICE_TEXT_MAX, "ip/%u", range->protocol);
	else if (any)
		snprintf(buffer, SERVICE_TEXT_MAX, "%s/any", name);
	else if (icmp)
		snprintf(buffer, SERVICE_TEXT_MAX, "%s/%u", name, range->first >> 8);
	else if (range->first == range->last)
		snprintf(buffer, SERVICE_TEXT_MAX, "%s/%u", name, range->first);
	else
		snprintf(buffer, SERVICE_TEXT_MAX, "%s/%u-%u", name, range->first, range->last);
	return buffer;
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "policy/services.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

#define TCP(first, last)                                                                                               \
	{                                                                                                              \
		IPPROTO_TCP, HELPER_NONE, first, last                                                                  \
	}
#define UDP(first, last)                                                                                               \
	{                                                                                                              \
		IPPROTO_UDP, HELPER_NONE, first, last                                                                  \
	}

static const struct service_builtin builtins[] = {
	{ "dhcp", "address assignment, client to server", 1, { UDP(67, 67) } },
	{ "dicom",
	  "images and worklists (DICOM), TLS on 2762",
	  3,
	  { TCP(104, 104), TCP(11112, 11112), TCP(2762, 2762) } },
	{ "dns", "name resolution", 2, { UDP(53, 53), TCP(53, 53) } },
	{ "dot", "name resolution over TLS or DTLS", 2, { TCP(853, 853), UDP(853, 853) } },
	{ "ftp", "file transfer, control channel", 1, { TCP(21, 21) } },
	{ "hl7", "HL7 v2 messages over MLLP, TLS on 2576", 2, { TCP(2575, 2575), TCP(2576, 2576) } },
	{ "kerberos", "tickets", 2, { TCP(88, 88), UDP(88, 88) } },
	{ "lateral",
	  "what an intruder moves along inside a network (MITRE ATT&CK TA0008)",
	  10,
	  { TCP(22, 23), TCP(135, 135), TCP(137, 139), UDP(137, 138), TCP(445, 445), TCP(512, 514), TCP(3389, 3389),
	    UDP(3389, 3389), TCP(5900, 5909), TCP(5985, 5986) } },
	{ "ldap", "directory, TLS on 636", 3, { TCP(389, 389), UDP(389, 389), TCP(636, 636) } },
	{ "mqtt", "telemetry, TLS on 8883", 2, { TCP(1883, 1883), TCP(8883, 8883) } },
	{ "netbios", "older Windows naming and sharing", 2, { UDP(137, 138), TCP(139, 139) } },
	{ "ntp", "time", 1, { UDP(123, 123) } },
	{ "ping",
	  "ICMP echo, IPv4 and IPv6",
	  2,
	  { { IPPROTO_ICMP, HELPER_NONE, 0x0800, 0x08ff }, { IPPROTO_ICMPV6, HELPER_NONE, 0x8000, 0x80ff } } },
	{ "printing", "IPP, LPD and raw printing", 3, { TCP(631, 631), TCP(515, 515), TCP(9100, 9100) } },
	{ "quic", "HTTP/3", 1, { UDP(443, 443) } },
	{ "rdp", "Windows remote desktop", 2, { TCP(3389, 3389), UDP(3389, 3389) } },
	{ "rpc", "Windows RPC endpoint mapper", 1, { TCP(135, 135) } },
	{ "smb", "Windows file sharing", 1, { TCP(445, 445) } },
	{ "smtp", "mail, submission on 465 and 587", 3, { TCP(25, 25), TCP(465, 465), TCP(587, 587) } },
	{ "snmp", "monitoring and its traps", 1, { UDP(161, 162) } },
	{ "ssh", "secure shell", 1, { TCP(22, 22) } },
	{ "syslog", "logs, TLS on 6514", 3, { UDP(514, 514), TCP(514, 514), TCP(6514, 6514) } },
	{ "telnet", "remote terminal, in clear text", 1, { TCP(23, 23) } },
	{ "tftp", "trivial file transfer, first packet", 1, { UDP(69, 69) } },
	{ "vnc", "remote screen", 1, { TCP(5900, 5909) } },
	{ "web", "HTTP, HTTPS and HTTP/3", 3, { TCP(80, 80), TCP(443, 443), UDP(443, 443) } },
	{ "winrm", "Windows remote management", 1, { TCP(5985, 5986) } },
};

const struct service_builtin *service_builtin_at(size_t index)
{
	return index < ARRAY_SIZE(builtins) ? &builtins[index] : NULL;
}

const struct service_builtin *service_builtin_by_name(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(builtins); i++)
		if (strcmp(builtins[i].name, name) == 0)
			return &builtins[i];
	return NULL;
}

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

/* Only types that can open a flow: errors and replies belong to the flow they answer. */
static const struct {
	const char *name;
	enum port_kind kind;
	unsigned int type;
} icmp_types[] = {
	{ "echo", PORT_ICMP, 8 },
	{ "echo-request", PORT_ICMP, 8 },
	{ "timestamp", PORT_ICMP, 13 },
	{ "address-mask", PORT_ICMP, 17 },
	{ "echo", PORT_ICMPV6, 128 },
	{ "echo-request", PORT_ICMPV6, 128 },
	{ "node-information", PORT_ICMPV6, 139 },
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
	unsigned int type = 256;

	for (size_t i = 0; i < ARRAY_SIZE(icmp_types); i++)
		if (icmp_types[i].kind == kind && strcmp(icmp_types[i].name, text) == 0)
			type = icmp_types[i].type;
	*hint = kind == PORT_ICMP ? "an ICMP type is echo, timestamp, address-mask or a number up to 255"
	                          : "an ICMPv6 type is echo, node-information or a number up to 255";
	if (type > 255 && !read_number(text, strlen(text), 255, &type))
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

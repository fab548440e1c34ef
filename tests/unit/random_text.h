/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * random_text: the text of a policy made from a seed, right by construction, with every feature of the language.
 *
 * Zones are z0, z1 …; devices D0, D1 …; services s0, s1 …: so few that rules, ports and networks collide often.
 *
 * Owns:    nothing; the text is in the struct.
 * Context: test_language_random.c.
 */
#ifndef ISOWARD_TESTS_RANDOM_TEXT_H
#define ISOWARD_TESTS_RANDOM_TEXT_H

#include <arpa/inet.h>
#include <stdarg.h>

#include "policy/classes.h"
#include "tests/unit/random_policy.h"

#define RANDOM_TEXT_MAX     32768
#define RANDOM_NETWORKS_MAX 64
#define RANDOM_NAMES        3

/* What the generator gives DNS names as; in rules and, the first of each, as the destination of flows. */
static const char *const random_names[RANDOM_NAMES] = {
	"updates.vendor.example",
	"\"*.download.vendor.example\", files.vendor.example",
	"time.example",
};

struct random_text {
	char text[RANDOM_TEXT_MAX];
	size_t length;
	uint64_t *state;
	unsigned int zones;
	unsigned int devices;
	unsigned int pinned; /* the first of the devices: rules may name them */
	unsigned int services;
	unsigned int rules;
	char networks[RANDOM_NETWORKS_MAX][PREFIX_TEXT_MAX];
	size_t network_count;
};

static inline void __attribute__((format(printf, 2, 3))) say(struct random_text *made, const char *format, ...)
{
	va_list arguments;
	int length;

	va_start(arguments, format);
	length = vsnprintf(made->text + made->length, RANDOM_TEXT_MAX - made->length, format, arguments);
	va_end(arguments);
	assert(length >= 0 && made->length + (size_t)length < RANDOM_TEXT_MAX);
	made->length += (size_t)length;
}

static inline uint32_t pick(struct random_text *made, uint32_t limit)
{
	return random_below(made->state, limit);
}

/* A network that no zone has yet; false where the dice gave one that is taken. */
static inline bool new_network(struct random_text *made, char text[PREFIX_TEXT_MAX])
{
	struct prefix prefix = random_prefix(made->state);
	char address[INET6_ADDRSTRLEN];

	inet_ntop(prefix.address.family == FAMILY_IPV4 ? AF_INET : AF_INET6, prefix.address.byte, address,
	          sizeof(address));
	snprintf(text, PREFIX_TEXT_MAX, "%s/%u", address, prefix.length);
	for (size_t i = 0; i < made->network_count; i++)
		if (strcmp(made->networks[i], text) == 0)
			return false;
	strcpy(made->networks[made->network_count++], text);
	return true;
}

static inline void say_zones(struct random_text *made)
{
	char text[PREFIX_TEXT_MAX];

	made->zones = 1 + pick(made, 6);
	say(made, "zones:\n");
	for (unsigned int z = 0; z < made->zones; z++) {
		unsigned int wanted = pick(made, 7);
		unsigned int given = 0;

		say(made, "  z%u: { label: Zone %u", z, z);
		for (unsigned int n = 0; n < wanted; n++)
			if (new_network(made, text))
				say(made, "%s\"%s\"", given++ ? ", " : ", networks: [", text);
		say(made, "%s%s", given ? "]" : "", z == 0 ? ", default: true" : "");
		if (z > 0 && pick(made, 2))
			say(made, ", members: { class: %s, not: { tag: old } }, priority: %u", class_names[z], z);
		say(made, " }\n");
	}
}

static inline void say_range(struct random_text *made)
{
	static const char *const protocols[] = { "tcp", "tcp", "udp" };
	unsigned int first = pick(made, 10) ? 1 + pick(made, 40) : 65535 - pick(made, 4);
	unsigned int last = first + pick(made, 6);
	const char *protocol = protocols[pick(made, 3)];

	switch (pick(made, 8)) {
	case 0:
		say(made, "icmp/%u", pick(made, 10));
		break;
	case 1:
		say(made, "icmpv6/%u", 128 + pick(made, 3));
		break;
	case 2:
		say(made, "ip/%u", pick(made, 2) ? 47U : 50U);
		break;
	case 3:
		say(made, "%s/any", protocol);
		break;
	default:
		if (last > first && last <= 65535)
			say(made, "%s/%u-%u", protocol, first, last);
		else
			say(made, "%s/%u", protocol, first);
	}
}

/* A service may name those behind it, so that none includes itself. */
static inline void say_services(struct random_text *made)
{
	made->services = pick(made, 5);
	if (made->services > 0)
		say(made, "services:\n");
	for (unsigned int s = 0; s < made->services; s++) {
		unsigned int terms = 1 + pick(made, 3);
		bool helped = pick(made, 5) == 0;

		say(made, helped ? "  s%u: { helper: ftp, ports: tcp/%u }\n" : "  s%u: [", s, 1 + pick(made, 40));
		for (unsigned int t = 0; !helped && t < terms; t++) {
			say(made, "%s", t ? ", " : "");
			if (s + 1 < made->services && pick(made, 3) == 0)
				say(made, "s%u", s + 1 + pick(made, made->services - s - 1));
			else
				say_range(made);
		}
		say(made, helped ? "" : "]\n");
	}
}

static inline void say_devices(struct random_text *made)
{
	say(made, "devices:\n");
	for (unsigned int d = 0; d < made->devices; d++) {
		say(made, "  - { mac: \"02:00:00:00:00:%02x\", name: D%u", d, d);
		if (d < made->pinned)
			say(made, ", zone: z%u", pick(made, made->zones));
		say(made, "%s }\n", pick(made, 3) ? "" : ", tags: [old]");
	}
}

/* One end of a rule: any, one, or a list of zones and devices, these by name or MAC address. */
static inline void say_groups(struct random_text *made, bool zones_only)
{
	unsigned int said = 0;

	if (pick(made, 5) == 0) {
		say(made, "any");
		return;
	}
	say(made, "[");
	for (unsigned int z = 0; z < made->zones; z++)
		if (pick(made, 3) == 0)
			say(made, "%sz%u", said++ ? ", " : "", z);
	for (unsigned int d = 0; !zones_only && d < made->pinned; d++)
		if (pick(made, 5) == 0)
			say(made, pick(made, 2) ? "%sD%u" : "%s\"02:00:00:00:00:%02x\"", said++ ? ", " : "", d);
	if (said == 0)
		say(made, "z%u", pick(made, made->zones));
	say(made, "]");
}

static inline void say_to(struct random_text *made)
{
	bool zones = pick(made, 2);

	say(made, ", to: ");
	if (pick(made, 6)) {
		say_groups(made, false);
		return;
	}
	say(made, "{ names: [%s]%s", random_names[pick(made, RANDOM_NAMES)], zones ? ", zone: " : "");
	if (zones)
		say_groups(made, true);
	say(made, " }");
}

static inline void say_terms(struct random_text *made)
{
	unsigned int terms = 1 + pick(made, 4);

	if (pick(made, 8) == 0) {
		say(made, "any");
		return;
	}
	say(made, "[");
	for (unsigned int t = 0; t < terms; t++) {
		say(made, "%s", t ? ", " : "");
		if (pick(made, 8) == 0)
			say(made, "%s", pick(made, 2) ? "dns" : "ssh");
		else if (made->services > 0 && pick(made, 2))
			say(made, "s%u", pick(made, made->services));
		else
			say_range(made);
	}
	say(made, "]");
}

static inline void say_times(struct random_text *made)
{
	static const char *const windows[] = { "Mon-Fri 07:00-19:00", "Sat,Sun 08:00-12:00", "22:00-06:00",
		                               "Fri-Sun 20:30-24:00", "Sun 23:00-01:00",     "Tue,Thu 00:00-12:15" };
	unsigned int at = pick(made, ARRAY_SIZE(windows));

	if (pick(made, 3) == 0)
		say(made, ", during: \"%s\"", windows[at]);
	else if (pick(made, 4) == 0)
		say(made, ", during: [\"%s\", \"%s\"]", windows[at], windows[(at + 1) % ARRAY_SIZE(windows)]);
	if (pick(made, 4) == 0)
		say(made, ", until: 2026-12-%02u", 1 + pick(made, 28));
}

static inline void say_rules(struct random_text *made)
{
	static const char *const verdicts[] = { "allow", "allow", "deny", "reject" };

	made->rules = 1 + pick(made, 14);
	say(made, "rules:\n");
	for (unsigned int r = 0; r < made->rules; r++) {
		const char *verdict = verdicts[pick(made, ARRAY_SIZE(verdicts))];

		say(made, "  - { name: Rule %u, from: ", r);
		say_groups(made, false);
		say_to(made);
		say(made, ", %s: ", verdict);
		say_terms(made);
		if (pick(made, 4) == 0)
			say(made, ", mode: %s", pick(made, 3) ? "observe" : "enforce");
		if (verdict[0] == 'a' && pick(made, 6) == 0)
			say(made, ", rate: 10/minute");
		say_times(made);
		say(made, "%s }\n", pick(made, 4) ? "" : ", log: true, why: because, owner: nobody");
	}
}

/* random_text_make writes the next policy that ${state} gives into ${made}. */
static inline void random_text_make(struct random_text *made, uint64_t *state)
{
	made->length = 0;
	made->network_count = 0;
	made->state = state;
	made->devices = 1 + pick(made, 5);
	made->pinned = pick(made, made->devices + 1);
	say(made, "version: 1\ngateway: { clinical: [ward0], uplink: [wan0] }\n");
	say_zones(made);
	say_services(made);
	/* what is named may stand behind what names it */
	if (pick(made, 2)) {
		say_devices(made);
		say_rules(made);
	} else {
		say_rules(made);
		say_devices(made);
	}
}

#endif

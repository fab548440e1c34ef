/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * naive_language: a policy's meaning read off its YAML, rule by rule and text by text, for every flow anew.
 *
 * It shares nothing with what parses and compiles but the tree of nodes, so that the two can be held together.
 *
 * Context: test_language_random.c.
 */
#ifndef ISOWARD_TESTS_NAIVE_LANGUAGE_H
#define ISOWARD_TESTS_NAIVE_LANGUAGE_H

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "policy/language/yaml_tree.h"

/* One end of a flow as the operator would say it; "" where there is nothing to say. */
struct naive_end {
	char zone[32];
	char device[32]; /* its name and MAC address; "" for what is no device of the policy */
	char mac[32];
};

struct naive_flow {
	struct naive_end from;
	struct naive_end to;
	const char *name; /* the destination's DNS name; NULL for none */
	unsigned int protocol;
	unsigned int port;
	time_t at; /* what the wall clock shows, as if it were UTC */
};

struct naive_answer {
	const char *verdict;   /* "allow", "deny", "reject" */
	unsigned int line;     /* of the rule; 0 for the default */
	unsigned int observed; /* line of the first that only observes; 0 for none */
};

/* Calls ${holds} for a value or each item of a list until one holds. */
#define NAIVE_ANY(value, item, holds)                                                                                  \
	__extension__({                                                                                                \
		const struct yaml_node *list_ = (value);                                                               \
		bool found_ = false;                                                                                   \
		for (const struct yaml_node *item = list_->kind == YAML_SEQUENCE ? list_->first : list_;               \
		     item && !found_; item = list_->kind == YAML_SEQUENCE ? item->next : NULL)                         \
			found_ = (holds);                                                                              \
		found_;                                                                                                \
	})

static inline const struct yaml_node *naive_get(const struct yaml_node *mapping, const char *key)
{
	for (const struct yaml_node *at = mapping->first; at; at = at->next)
		if (strcmp(at->text, key) == 0)
			return at->value;
	return NULL;
}

/* The bits of the prefix ${text} where it holds ${bytes} of family ${family}; -1 where it does not. */
static inline int naive_prefix(const char *text, int family, const unsigned char *bytes)
{
	char address[64];
	unsigned char prefix[16];
	const char *slash = strchr(text, '/');
	int length = atoi(slash + 1);

	snprintf(address, sizeof(address), "%.*s", (int)(slash - text), text);
	if (inet_pton(family, address, prefix) != 1)
		return -1;
	for (int bit = 0; bit < length; bit++)
		if (((prefix[bit / 8] ^ bytes[bit / 8]) & (0x80 >> bit % 8)) != 0)
			return -1;
	return length;
}

/* The name of the zone with the longest network that holds the address; "" for none. */
static inline const char *naive_zone(const struct yaml_node *root, int family, const unsigned char *bytes)
{
	const char *best = "";
	int longest = -1;

	for (const struct yaml_node *zone = naive_get(root, "zones")->first; zone; zone = zone->next) {
		const struct yaml_node *networks = naive_get(zone->value, "networks");

		for (const struct yaml_node *at = networks ? networks->first : NULL; at; at = at->next) {
			int length = naive_prefix(at->text, family, bytes);

			if (length > longest) {
				longest = length;
				best = zone->text;
			}
		}
	}
	return best;
}

static inline bool naive_is_end(const struct yaml_node *said, const struct naive_end *end)
{
	if (strcmp(said->text, "any") == 0)
		return end->zone[0] != '\0';
	return (end->zone[0] && strcmp(said->text, end->zone) == 0) ||
	       (end->device[0] && (strcmp(said->text, end->device) == 0 || strcmp(said->text, end->mac) == 0));
}

static inline bool naive_is_name(const char *said, const char *name)
{
	size_t tail = strlen(said) - 1;

	if (said[0] != '*')
		return strcmp(said, name) == 0;
	return strlen(name) > tail && strcmp(name + strlen(name) - tail, said + 1) == 0;
}

static inline bool naive_to(const struct yaml_node *to, const struct naive_flow *flow)
{
	const struct yaml_node *zone;

	if (to->kind != YAML_MAPPING)
		return NAIVE_ANY(to, item, naive_is_end(item, &flow->to));
	if (!flow->name || !NAIVE_ANY(naive_get(to, "names"), item, naive_is_name(item->text, flow->name)))
		return false;
	zone = naive_get(to, "zone");
	return zone ? NAIVE_ANY(zone, item, naive_is_end(item, &flow->to)) : flow->to.zone[0] != '\0';
}

/* "tcp/104", "udp/5-9", "tcp/any", "icmp/8", "ip/50". */
static inline bool naive_is_port(const char *said, const struct naive_flow *flow)
{
	static const struct {
		const char *name;
		unsigned int protocol;
	} protocols[] = { { "tcp/", 6 }, { "udp/", 17 }, { "icmp/", 1 }, { "icmpv6/", 58 } };
	const char *ports = strchr(said, '/') + 1;
	unsigned int first;
	unsigned int last;
	int read;

	if (strncmp(said, "ip/", 3) == 0)
		return flow->protocol == (unsigned int)atoi(ports);
	for (size_t i = 0; i < sizeof(protocols) / sizeof(protocols[0]); i++)
		if (strncmp(said, protocols[i].name, strlen(protocols[i].name)) == 0 &&
		    protocols[i].protocol != flow->protocol)
			return false;
	if (strcmp(ports, "any") == 0)
		return true;
	read = sscanf(ports, "%u-%u", &first, &last);
	last = read == 2 ? last : first;
	if (strncmp(said, "icmp", 4) == 0)
		return flow->port >> 8 == first;
	return first <= flow->port && flow->port <= last;
}

static inline bool naive_is_service(const struct yaml_node *root, const char *said, const struct naive_flow *flow)
{
	const struct yaml_node *services = naive_get(root, "services");
	const struct yaml_node *service = services ? naive_get(services, said) : NULL;

	if (strcmp(said, "any") == 0)
		return true;
	if (strchr(said, '/'))
		return naive_is_port(said, flow);
	if (service && service->kind == YAML_MAPPING)
		service = naive_get(service, "ports");
	if (service)
		return NAIVE_ANY(service, item, naive_is_service(root, item->text, flow));
	if (strcmp(said, "dns") == 0)
		return naive_is_port("tcp/53", flow) || naive_is_port("udp/53", flow);
	if (strcmp(said, "ssh") == 0)
		return naive_is_port("tcp/22", flow);
	abort();
}

/* Whether the list "Mon", "Sat,Sun", "Mon-Fri" holds ${day}, 0 for Monday; a list of nothing holds every day. */
static inline bool naive_is_day(const char *said, int day)
{
	static const char names[] = "MonTueWedThuFriSatSun";
	bool listed = false;

	for (; *said >= 'A'; said += *said == ',') {
		int first = (int)(strstr(names, (char[]){ said[0], said[1], said[2], '\0' }) - names) / 3;
		int last = first;

		said += 3;
		if (*said == '-') {
			last = (int)(strstr(names, (char[]){ said[1], said[2], said[3], '\0' }) - names) / 3;
			said += 4;
		}
		listed = true;
		if (first <= day && day <= last)
			return true;
	}
	return !listed;
}

static inline bool naive_is_during(const char *said, time_t at)
{
	const char *hours = strchr(said, ' ') ? strchr(said, ' ') + 1 : said;
	int day = (int)((at / 86400 + 3) % 7);
	int minute = (int)(at % 86400 / 60);
	int begin[2];
	int end[2];

	if (sscanf(hours, "%d:%d-%d:%d", &begin[0], &begin[1], &end[0], &end[1]) != 4)
		abort();
	begin[0] = begin[0] * 60 + begin[1];
	end[0] = end[0] * 60 + end[1];
	if (end[0] > begin[0])
		return naive_is_day(said, day) && begin[0] <= minute && minute < end[0];
	return (naive_is_day(said, day) && begin[0] <= minute) ||
	       (naive_is_day(said, (day + 6) % 7) && minute < end[0]);
}

static inline bool naive_is_over(const char *until, time_t at)
{
	struct tm last = { .tm_hour = 24 };

	if (sscanf(until, "%d-%d-%d", &last.tm_year, &last.tm_mon, &last.tm_mday) != 3)
		abort();
	last.tm_year -= 1900;
	last.tm_mon -= 1;
	return at >= timegm(&last);
}

static inline bool naive_rule_holds(const struct yaml_node *root, const struct yaml_node *rule,
                                    const struct yaml_node *services, const struct naive_flow *flow)
{
	const struct yaml_node *during = naive_get(rule, "during");
	const struct yaml_node *until = naive_get(rule, "until");

	return NAIVE_ANY(naive_get(rule, "from"), item, naive_is_end(item, &flow->from)) &&
	       naive_to(naive_get(rule, "to"), flow) &&
	       (!during || NAIVE_ANY(during, item, naive_is_during(item->text, flow->at))) &&
	       !(until && naive_is_over(until->text, flow->at)) &&
	       NAIVE_ANY(services, item, naive_is_service(root, item->text, flow));
}

/* naive_decide reads what the policy ${root} says of ${flow}. */
static inline struct naive_answer naive_decide(const struct yaml_node *root, const struct naive_flow *flow)
{
	static const char *const verdicts[] = { "allow", "deny", "reject" };
	struct naive_answer answer = { .verdict = "deny" };

	for (const struct yaml_node *rule = naive_get(root, "rules")->first; rule; rule = rule->next) {
		const struct yaml_node *mode = naive_get(rule, "mode");

		for (size_t v = 0; v < 3; v++) {
			const struct yaml_node *services = naive_get(rule, verdicts[v]);

			if (!services || !naive_rule_holds(root, rule, services, flow))
				continue;
			if (!mode || strcmp(mode->text, "observe") != 0) {
				answer.verdict = verdicts[v];
				answer.line = rule->place.line;
				return answer;
			}
			if (!answer.observed)
				answer.observed = rule->place.line;
		}
	}
	return answer;
}

#endif

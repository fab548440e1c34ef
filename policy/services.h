/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * services: names for ports: the built-in services, and the terms "tcp/104", "icmp/echo" a policy is written with.
 *
 * Owns:    nothing; the table is constant.
 * Context: pure.
 * Source:  IANA Service Name and Transport Protocol Port Number Registry, ICMP and ICMPv6 type registries; DICOM
 *          PS3.15 annex B for the secure port; MITRE ATT&CK tactic TA0008; Microsoft's "Ports used in Configuration
 *          Manager".
 */
#ifndef ISOWARD_POLICY_SERVICES_H
#define ISOWARD_POLICY_SERVICES_H

#include "policy/policy.h"

#define SERVICE_RANGES_MAX 12
#define SERVICE_TEXT_MAX   32 /* "icmpv6/128", "udp/5000-5010" */

struct service_builtin {
	const char *name;
	const char *help;
	size_t range_count;
	struct service_range ranges[SERVICE_RANGES_MAX];
};

/* service_builtin_at borrows the built-in service at ${index}, sorted by name; NULL past the last one. */
const struct service_builtin *service_builtin_at(size_t index);

/* service_builtin_by_name borrows the built-in service called ${name}; NULL where there is none. */
const struct service_builtin *service_builtin_by_name(const char *name);

/*
 * service_range_parse reads "tcp/104", "udp/5000-5010", "icmp/echo", "icmpv6/128", "ip/50" or "tcp/any" at ${text}
 * into ${range}; ${hint} becomes a literal that says what would be right.
 * errors: -EINVAL, range untouched.
 */
int service_range_parse(const char *text, struct service_range *range, const char **hint);

/* service_range_format writes ${range} in the form service_range_parse reads into ${buffer} and returns it. */
const char *service_range_format(const struct service_range *range, char buffer[SERVICE_TEXT_MAX]);

/*
 * service_list_format writes the ${count} ${ranges} (merged, in any order) as "dicom, tcp/22" into ${buffer} of ${size}
 * bytes and returns it: by the names of built-in services where all of one is there, those with most ranges first.
 * shape: cut with "..." where it does not fit.
 */
const char *service_list_format(const struct service_range *ranges, size_t count, char *buffer, size_t size);

#endif

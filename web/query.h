/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * query: what a stranger's browser asks for: the query string and the Host header, read within bounds.
 *
 * Owns:    its text inline.
 * Limits:  QUERY_TEXT_MAX bytes a value, QUERY_LIMIT_MAX rows a page; more is refused, not cut.
 * Context: pure. Web process.
 * Trust:   hostile input; fuzzed by tests/fuzz/fuzz_request.c.
 * Source:  RFC 3986 section 2.1 (percent-encoding), WHATWG URL application/x-www-form-urlencoded, RFC 9110 7.2 (Host).
 */
#ifndef ISOWARD_WEB_QUERY_H
#define ISOWARD_WEB_QUERY_H

#include <stdbool.h>
#include <stddef.h>

#include "policy/base/address.h"
#include "policy/base/error.h"
#include "policy/policy.h"

#define QUERY_TEXT_MAX      100
#define QUERY_LIMIT_DEFAULT 100
#define QUERY_LIMIT_MAX     1000
#define QUERY_TYPE_MAX      48 /* "user-practice/remote-desktop" */

struct query {
	size_t limit;
	char after[MAC_TEXT_MAX];
	char mac[MAC_TEXT_MAX];
	char zone[POLICY_NAME_MAX];
	char type[QUERY_TYPE_MAX];
	char text[QUERY_TEXT_MAX];
};

/*
 * query_parse reads ${text} ("limit=50&zone=pumps&q=ct", NULL for none) into ${query}; parameters of other names are
 * passed over. errors: -EINVAL, with the parameter named; query untouched.
 */
int query_parse(const char *text, struct query *query, struct error *reterr);

/*
 * query_mac_of_path reads the MAC address that must be all that follows ${prefix} in ${path} into ${mac}, lower case.
 * errors: -EINVAL, mac untouched.
 */
int query_mac_of_path(const char *path, const char *prefix, char mac[MAC_TEXT_MAX]);

/*
 * query_host_allowed tells whether a request with Host ${host} may be answered: "localhost", an address literal or
 * ${own_name}, in any case, each with or without a port. Any other name is DNS rebinding or a mistake.
 */
bool query_host_allowed(const char *host, const char *own_name);

#endif

/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * explain: one flow, its verdict, the rule that decides, and what would have to change.
 *
 * Owns:    nothing; struct explanation borrows from the policy.
 * Context: pure; the compiled table decides, the one the kernel gets.
 */
#ifndef ISOWARD_POLICY_PROOF_EXPLAIN_H
#define ISOWARD_POLICY_PROOF_EXPLAIN_H

#include "policy/table/table.h"

#define EXPLAIN_TEXT_MAX 512

enum endpoint_kind {
	ENDPOINT_ZONE,
	ENDPOINT_DEVICE,  /* by its name in the policy, or by its MAC */
	ENDPOINT_ADDRESS, /* by the networks of the policy */
	ENDPOINT_NAME,    /* a DNS name: a destination only; in the zone that holds 0.0.0.0/0 */
};

/* One end of a flow. */
struct endpoint {
	enum endpoint_kind kind;
	char text[POLICY_DNS_MAX]; /* as asked for */
	uint16_t group;            /* ZONE_NONE where it is in no zone */
	uint16_t zone;
	struct address address; /* ENDPOINT_ADDRESS; FAMILY_NONE for the others */
	uint16_t names;         /* ENDPOINT_NAME: the name set that holds it; 0 for none */
	const struct policy_pin *pin;
	char how[EXPLAIN_TEXT_MAX]; /* why it is in its zone: "pinned at hospital.yaml:24" */
};

struct explanation {
	struct endpoint from;
	struct endpoint to;
	struct flow flow;
	struct service_range service; /* what is asked about: one port, or a protocol without ports */
	struct decision decision;
	const struct policy_rule *rule;     /* NULL where the default decides */
	const struct policy_rule *observed; /* a rule in observe mode that stood before it; NULL for none */
	uint8_t helper;                     /* enum service_helper of the service where a rule allows it */
	bool is_otherwise; /* at another time, or for a name of the destination, the verdict is otherwise */
	struct moment otherwise_moment;
	uint16_t otherwise_names;
	struct decision otherwise;
	char why[EXPLAIN_TEXT_MAX];    /* the rule's why, "" where it has none, or why the default decides */
	char change[EXPLAIN_TEXT_MAX]; /* what would have to change for the other verdict */
};

/*
 * explain_endpoint finds what ${text} (zone, device name, MAC, IP, DNS name) stands for into ${endpoint}.
 * errors: -EINVAL nothing of that name, with what may have been meant; -ENOTUNIQ it names several things.
 */
int explain_endpoint(const struct policy *policy, const struct table *table, const char *text, bool is_source,
                     struct endpoint *endpoint, struct error *reterr);

/* explain_name_is_in tells whether the DNS name ${name} is one of those of policy->name_sets[${names} - 1]; letters of
 * either case are alike, and a last dot is nothing. */
bool explain_name_is_in(const struct policy *policy, const char *name, uint16_t names);

/*
 * explain fills ${explanation} for a flow from ${from} to ${to} (as explain_endpoint) of ${service} ("tcp/445", or the
 * name of a service: its first port) at ${moment}.
 * errors: those of explain_endpoint; -EINVAL no such service, or none that is one port, or the ends are addresses of
 *         two families; -ENOMEM. explanation untouched on failure.
 */
int explain(const struct policy *policy, const struct table *table, const char *from, const char *to,
            const char *service, struct moment moment, struct explanation *explanation, struct error *reterr);

#endif

/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * print_parts: the sections of a printed policy, and the ports in them that only a name can stand for.
 *
 * Owns:    struct print owns its names; print_done releases them.
 * Context: pure; included by the print*.c files only.
 */
#ifndef ISOWARD_POLICY_LANGUAGE_PRINT_PARTS_H
#define ISOWARD_POLICY_LANGUAGE_PRINT_PARTS_H

#include <stdio.h>

#include "policy/policy.h"

/* A port with a helper is written by the name of a service that is this port alone. */
struct print_named {
	struct service_range range;
	char name[POLICY_NAME_MAX];
	bool made; /* no service of the policy is: one is printed */
};

struct print {
	FILE *out;
	const struct policy *policy;
	struct print_named *named;
	size_t named_count;
	size_t named_capacity;
};

/* print_name_ports finds or makes the names of ${print}'s policy. errors: -ENOMEM. */
int print_name_ports(struct print *print);

/* print_done releases the names of ${print}. */
void print_done(struct print *print);

/* print_ranges writes the ${count} ${ranges} as a list of terms. */
void print_ranges(const struct print *print, const struct service_range *ranges, size_t count);

/* print_services writes the section 'services', where there is something to say in it. */
void print_services(const struct print *print);

/* print_zones writes the section 'zones'. */
void print_zones(const struct print *print);

/* print_rules writes the section 'rules', where there are any. */
void print_rules(const struct print *print);

/* print_expects writes the sections 'expect' and 'canaries', where there are any. */
void print_expects(const struct print *print);

/* print_is_made tells whether ${service} is one that print_name_ports makes. */
bool print_is_made(const struct policy_service *service);

/* print_range_equal tells whether ${a} and ${b} are the same ports with the same helper. */
bool print_range_equal(const struct service_range *a, const struct service_range *b);

#endif

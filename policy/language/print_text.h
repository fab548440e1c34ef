/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * print_text: YAML scalars and lists that read back as what they were, here and in any other reader of YAML.
 *
 * Owns:    nothing.
 * Limits:  texts of less than POLICY_DNS_MAX bytes, the longest of a policy.
 * Context: pure; included by the print*.c files only.
 */
#ifndef ISOWARD_POLICY_LANGUAGE_PRINT_TEXT_H
#define ISOWARD_POLICY_LANGUAGE_PRINT_TEXT_H

#include <stdio.h>

#include "policy/policy.h"

#define PRINT_SCALAR_MAX (4 * POLICY_DNS_MAX + 3) /* every byte as \xNN, in quotes */

/*
 * print_scalar writes ${text} into ${buffer} and returns it: plain where no reader of YAML would take it for anything
 * but this text, neither in a block nor inside brackets; else in double quotes with escapes.
 */
const char *print_scalar(const char *text, char buffer[PRINT_SCALAR_MAX]);

/* print_quoted is print_scalar that always puts ${text} in quotes. */
const char *print_quoted(const char *text, char buffer[PRINT_SCALAR_MAX]);

/* A list that is being written: "a" alone, else "[a, b]" over as many lines as it needs. */
struct print_list {
	FILE *out;
	size_t total;
	size_t written;
	size_t column;
};

/* print_list_begin opens a list of ${total} items on ${out}, at least 1. */
struct print_list print_list_begin(FILE *out, size_t total);

/* print_list_add writes the next item, a scalar as it is to stand there. */
void print_list_add(struct print_list *list, const char *scalar);

#endif

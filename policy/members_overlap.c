/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "policy/base/memory.h"
#include "policy/members.h"

/* A condition or its opposite. */
struct literal {
	const struct member *member;
	bool negated;
	bool has_depth; /* it stands below no 'not': its class counts where the longest one is looked for */
};

/* Literals that must all hold. */
struct term {
	struct literal literals[MEMBERS_LITERALS_MAX];
	size_t count;
};

/* Terms of which one must hold. */
struct terms {
	struct term *at;
	size_t count;
	size_t capacity;
};

static void terms_free(struct terms *terms)
{
	free(terms->at);
	*terms = (struct terms){ 0 };
}

/* Only ASCII folds, as fnmatch has it where no locale was set. */
static bool same_letter(char a, char b, bool fold)
{
	return a == b || (fold && tolower((unsigned char)a) == tolower((unsigned char)b));
}

/* Is there a text that both patterns match? row[j]: the rest of ${a} meets ${b} from j on. */
static bool globs_meet(const char *a, const char *b, bool fold)
{
	size_t a_length = strlen(a);
	size_t b_length = strlen(b);
	bool below[MEMBER_TEXT_MAX + 1] = { 0 };
	bool row[MEMBER_TEXT_MAX + 1] = { 0 };

	for (size_t i = a_length + 1; i-- > 0;) {
		for (size_t j = b_length + 1; j-- > 0;) {
			if (i == a_length && j == b_length)
				row[j] = true;
			else if (a[i] == '*')
				row[j] = below[j] || (j < b_length && row[j + 1]);
			else if (b[j] == '*')
				row[j] = row[j + 1] || (i < a_length && below[j]);
			else
				row[j] = i < a_length && j < b_length &&
				         (a[i] == '?' || b[j] == '?' || same_letter(a[i], b[j], fold)) && below[j + 1];
		}
		memcpy(below, row, sizeof(below));
	}
	return below[0];
}

/* Does ${wide} match whatever ${narrow} does? Taken by signs: a '*' of the one only fits a '*' of the other. */
static bool glob_covers(const char *wide, const char *narrow, bool fold)
{
	size_t wide_length = strlen(wide);
	size_t narrow_length = strlen(narrow);
	bool below[MEMBER_TEXT_MAX + 1] = { 0 };
	bool row[MEMBER_TEXT_MAX + 1] = { 0 };

	for (size_t i = wide_length + 1; i-- > 0;) {
		for (size_t j = narrow_length + 1; j-- > 0;) {
			if (i == wide_length)
				row[j] = j == narrow_length;
			else if (wide[i] == '*')
				row[j] = below[j] || (j < narrow_length && row[j + 1]);
			else
				row[j] = j < narrow_length && narrow[j] != '*' &&
				         (wide[i] == '?' || same_letter(wide[i], narrow[j], fold)) && below[j + 1];
		}
		memcpy(below, row, sizeof(below));
	}
	return below[0];
}

/* Is ${class} the same as ${ancestor} or below it? */
static bool class_is_below(const char *ancestor, const char *class)
{
	size_t length = strlen(ancestor);

	return strncmp(ancestor, class, length) == 0 && (class[length] == '\0' || class[length] == '/');
}

/* Can one device have both values? */
static bool values_meet(enum member_kind kind, const union member_value *a, const union member_value *b)
{
	switch (kind) {
	case MEMBER_CLASS:
		return class_is_below(a->text, b->text) || class_is_below(b->text, a->text);
	case MEMBER_VENDOR:
	case MEMBER_HOST:
		return globs_meet(a->text, b->text, true);
	case MEMBER_INTERFACE:
		return globs_meet(a->text, b->text, false);
	case MEMBER_VLAN:
		return a->vlan == b->vlan;
	case MEMBER_MAC:
		return mac_equal(&a->mac, &b->mac);
	default: /* a device has several tags and addresses */
		return true;
	}
}

/* Does every device that has ${narrow} have ${wide} too? */
static bool value_covers(enum member_kind kind, const union member_value *wide, const union member_value *narrow)
{
	switch (kind) {
	case MEMBER_CLASS:
		return class_is_below(wide->text, narrow->text);
	case MEMBER_VENDOR:
	case MEMBER_HOST:
		return glob_covers(wide->text, narrow->text, true);
	case MEMBER_INTERFACE:
		return glob_covers(wide->text, narrow->text, false);
	case MEMBER_VLAN:
		return wide->vlan == narrow->vlan;
	case MEMBER_MAC:
		return mac_equal(&wide->mac, &narrow->mac);
	case MEMBER_TAG:
		return strcmp(wide->text, narrow->text) == 0;
	case MEMBER_NETWORK:
		return wide->network.length <= narrow->network.length &&
		       prefix_contains(&wide->network, &narrow->network.address);
	case MEMBER_ALL:
	case MEMBER_ANY:
	case MEMBER_NOT:
		break;
	}
	return false;
}

/* A value of each of ${a} and ${b} that can be one device's; their indices. */
struct meeting {
	size_t a;
	size_t b;
};

static bool macs_meet(const struct member *a, const struct member *b, struct meeting *meeting, size_t *steps)
{
	size_t i = 0;
	size_t j = 0;

	while (i < a->value_count && j < b->value_count) {
		int order = memcmp(&a->values[i].mac, &b->values[j].mac, sizeof(struct mac));

		++*steps;
		if (order == 0) {
			*meeting = (struct meeting){ i, j };
			return true;
		}
		if (order < 0)
			i++;
		else
			j++;
	}
	return false;
}

static bool members_meet(const struct member *a, const struct member *b, struct meeting *meeting, size_t *steps)
{
	*meeting = (struct meeting){ 0, 0 };
	if (a->kind == MEMBER_MAC)
		return macs_meet(a, b, meeting, steps);
	for (size_t i = 0; i < a->value_count && *steps <= MEMBERS_STEPS_MAX; i++) {
		for (size_t j = 0; j < b->value_count; j++) {
			++*steps;
			if (values_meet(a->kind, &a->values[i], &b->values[j])) {
				*meeting = (struct meeting){ i, j };
				return true;
			}
		}
	}
	return false;
}

/* Is every value of ${narrow} covered by one of ${wide}? */
static bool member_covers(const struct member *wide, const struct member *narrow, size_t *steps)
{
	for (size_t i = 0; i < narrow->value_count; i++) {
		bool covered = false;

		for (size_t j = 0; j < wide->value_count && !covered && *steps <= MEMBERS_STEPS_MAX; j++, ++*steps)
			covered = value_covers(wide->kind, &wide->values[j], &narrow->values[i]);
		if (!covered)
			return false;
	}
	return true;
}

/* Can no device meet both? Two that are negated always leave one over; so do conditions of different kinds. */
static bool literals_exclude(const struct literal *a, const struct literal *b, size_t *steps)
{
	struct meeting meeting;

	if (a->member->kind != b->member->kind || (a->negated && b->negated))
		return false;
	if (a->negated)
		return member_covers(a->member, b->member, steps);
	if (b->negated)
		return member_covers(b->member, a->member, steps);
	return !members_meet(a->member, b->member, &meeting, steps);
}

static bool terms_exclude(const struct term *a, const struct term *b, size_t *steps)
{
	for (size_t i = 0; i < a->count; i++)
		for (size_t j = 0; j < b->count; j++)
			if (literals_exclude(&a->literals[i], &b->literals[j], steps))
				return true;
	return false;
}

static int add_term(struct terms *terms, const struct term *term)
{
	void *slot = terms->at;

	if (terms->count == MEMBERS_TERMS_MAX)
		return -E2BIG;
	if (memory_reserve(&slot, &terms->capacity, terms->count + 1, sizeof(*terms->at)) < 0)
		return -ENOMEM;
	terms->at = slot;
	terms->at[terms->count++] = *term;
	return 0;
}

/* Adds what both ${a} and ${b} ask for, unless no device can meet both. */
static int add_product(struct terms *terms, const struct term *a, const struct term *b, size_t *steps)
{
	struct term both = *a;

	if (terms_exclude(a, b, steps))
		return 0;
	if (a->count + b->count > MEMBERS_LITERALS_MAX)
		return -E2BIG;
	for (size_t i = 0; i < b->count; i++)
		both.literals[both.count++] = b->literals[i];
	return add_term(terms, &both);
}

static int multiply(struct terms *terms, const struct terms *factor, size_t *steps)
{
	struct terms product = { 0 };
	int rc = 0;

	for (size_t i = 0; i < terms->count && rc == 0; i++)
		for (size_t j = 0; j < factor->count && rc == 0; j++)
			rc = add_product(&product, &terms->at[i], &factor->at[j], steps);
	terms_free(terms);
	*terms = product;
	return rc;
}

static int write_out(const struct member *member, bool negated, bool has_depth, struct terms *terms, size_t *steps);

static int append(struct terms *terms, const struct terms *more)
{
	int rc = 0;

	for (size_t i = 0; i < more->count && rc == 0; i++)
		rc = add_term(terms, &more->at[i]);
	return rc;
}

/* ${member} by its children: one of them, or all of them. */
static int write_children(const struct member *member, bool negated, bool has_depth, struct terms *terms, size_t *steps)
{
	bool one_is_enough = (member->kind == MEMBER_ANY) != negated;
	struct term nothing = { .count = 0 };
	int rc = one_is_enough ? 0 : add_term(terms, &nothing);

	for (size_t i = 0; i < member->child_count && rc == 0; i++) {
		struct terms child = { 0 };

		rc = write_out(&member->children[i], negated, has_depth, &child, steps);
		if (rc == 0)
			rc = one_is_enough ? append(terms, &child) : multiply(terms, &child, steps);
		terms_free(&child);
	}
	return rc;
}

/* Puts into the empty ${terms} the alternatives by which ${member} holds, or by which it does not where it is
 * ${negated}. */
static int write_out(const struct member *member, bool negated, bool has_depth, struct terms *terms, size_t *steps)
{
	struct term term = { .literals = { { member, negated, has_depth && !negated } }, .count = 1 };

	switch (member->kind) {
	case MEMBER_ALL:
	case MEMBER_ANY:
		return write_children(member, negated, has_depth, terms, steps);
	case MEMBER_NOT:
		return write_out(&member->children[0], !negated, false, terms, steps);
	default:
		return add_term(terms, &term);
	}
}

static bool has_class(const struct term *term)
{
	for (size_t i = 0; i < term->count; i++)
		if (term->literals[i].has_depth && term->literals[i].member->kind == MEMBER_CLASS)
			return true;
	return false;
}

static bool share_value(const struct member *a, const struct member *b, size_t *steps)
{
	for (size_t i = 0; i < a->value_count && *steps <= MEMBERS_STEPS_MAX; i++)
		for (size_t j = 0; j < b->value_count; j++, ++*steps)
			if (strcmp(a->values[i].text, b->values[j].text) == 0)
				return true;
	return false;
}

static bool share_class(const struct term *a, const struct term *b, size_t *steps)
{
	for (size_t i = 0; i < a->count; i++) {
		const struct literal *left = &a->literals[i];

		for (size_t j = 0; j < b->count && left->has_depth && left->member->kind == MEMBER_CLASS; j++) {
			const struct literal *right = &b->literals[j];

			if (right->has_depth && right->member->kind == MEMBER_CLASS &&
			    share_value(left->member, right->member, steps))
				return true;
		}
	}
	return false;
}

/*
 * Does a class choose between the two? Of a device's classes one is as long as another only where they are the same, so
 * that where both zones ask for a class, but not for the same, one asks for the longer.
 */
static bool class_decides(const struct term *a, const struct term *b, size_t *steps)
{
	return has_class(a) && has_class(b) && !share_class(a, b, steps);
}

static const char *value_text(enum member_kind kind, const union member_value *value, char *buffer, size_t size)
{
	char text[PREFIX_TEXT_MAX];

	switch (kind) {
	case MEMBER_CLASS:
		snprintf(buffer, size, "class %s", value->text);
		break;
	case MEMBER_VENDOR:
		snprintf(buffer, size, "vendor '%s'", value->text);
		break;
	case MEMBER_HOST:
		snprintf(buffer, size, "host '%s'", value->text);
		break;
	case MEMBER_INTERFACE:
		snprintf(buffer, size, "interface %s", value->text);
		break;
	case MEMBER_VLAN:
		snprintf(buffer, size, "VLAN %u", value->vlan);
		break;
	case MEMBER_TAG:
		snprintf(buffer, size, "tag %s", value->text);
		break;
	case MEMBER_MAC:
		snprintf(buffer, size, "MAC address %s", mac_format(&value->mac, text));
		break;
	case MEMBER_NETWORK:
		snprintf(buffer, size, "network %s", prefix_format(&value->network, text));
		break;
	default:
		buffer[0] = '\0';
		break;
	}
	return buffer;
}

/* The value of ${literal} by which it meets the others of ${a} and ${b}; of a class the longest. */
static size_t value_that_meets(const struct literal *literal, const struct term *others, size_t *steps)
{
	for (size_t i = 0; i < others->count; i++) {
		const struct literal *other = &others->literals[i];
		struct meeting meeting;

		if (other->member != literal->member && other->member->kind == literal->member->kind &&
		    !other->negated && members_meet(literal->member, other->member, &meeting, steps))
			return meeting.a;
	}
	return 0;
}

static void say_literal(struct members_overlap *overlap, const struct literal *literal, const struct term *others)
{
	char text[MEMBER_TEXT_MAX + 16];
	size_t value = value_that_meets(literal, others, &overlap->steps);
	size_t used = strlen(overlap->example);

	value_text(literal->member->kind, &literal->member->values[value], text, sizeof(text));
	/* what both ask for is said once */
	if (strstr(overlap->example, text) || used + strlen(text) + 8 > sizeof(overlap->example))
		return;
	snprintf(overlap->example + used, sizeof(overlap->example) - used, "%s%s",
	         used == 0                            ? ""
	         : strstr(overlap->example, " with ") ? " and "
	                                              : " with ",
	         text);
}

/* Says a device by what both ask for, class first. */
static void say_device(struct members_overlap *overlap, const struct term *a, const struct term *b)
{
	const struct term *const terms[] = { a, b };

	overlap->example[0] = '\0';
	for (unsigned int kind = MEMBER_CLASS; kind <= MEMBER_NETWORK; kind++)
		for (size_t t = 0; t < ARRAY_SIZE(terms); t++)
			for (size_t i = 0; i < terms[t]->count; i++) {
				const struct literal *literal = &terms[t]->literals[i];

				if (!literal->negated && literal->member->kind == (enum member_kind)kind)
					say_literal(overlap, literal, terms[1 - t]);
			}
	if (!overlap->example[0])
		snprintf(overlap->example, sizeof(overlap->example), "the same device");
}

static int compare_terms(const struct terms *left, const struct terms *right, struct members_overlap *overlap)
{
	for (size_t i = 0; i < left->count; i++) {
		for (size_t j = 0; j < right->count; j++) {
			const struct term *a = &left->at[i];
			const struct term *b = &right->at[j];
			bool apart = terms_exclude(a, b, &overlap->steps) || class_decides(a, b, &overlap->steps);

			if (++overlap->steps > MEMBERS_STEPS_MAX)
				return -E2BIG;
			if (apart)
				continue;
			say_device(overlap, a, b);
			return 1;
		}
	}
	return 0;
}

int members_overlap(const struct member *left, const struct member *right, struct members_overlap *overlap)
{
	struct terms left_terms = { 0 };
	struct terms right_terms = { 0 };
	int rc = write_out(left, false, true, &left_terms, &overlap->steps);

	if (rc == 0)
		rc = write_out(right, false, true, &right_terms, &overlap->steps);
	if (rc == 0)
		rc = compare_terms(&left_terms, &right_terms, overlap);
	if (rc == 0 && overlap->steps > MEMBERS_STEPS_MAX) /* some were cut short */
		rc = -E2BIG;
	terms_free(&left_terms);
	terms_free(&right_terms);
	return rc;
}

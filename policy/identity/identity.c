/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * From facts to reasons, from reasons to what they name; decision.c makes a class of them.
 *
 *   A reason's weight is the logarithm of how much likelier what was seen is under its class than under the others;
 *   independent reasons add up. The values of one field are not independent: for any class only the strongest of a
 *   field counts for it, and the strongest against it. Neither are the fields of one group (both parameter list and
 *   vendor class come from the DHCP client), nor those that tell of the same operating system by whatever way: of
 *   reasons that are so related and speak for the same class the strongest counts, each of the others a quarter.
 */
#include "policy/identity/identity.h"

#include <stdio.h>
#include <string.h>

#include "policy/identity/decision.h"
#include "policy/identity/fingerprint_rule.h"

#define CORRELATED_SHARE 4

struct weighing {
	struct identity *identity;
	const struct fingerprint_rule *rules[IDENTITY_EVIDENCE_MAX]; /* behind each reason; NULL for none */
	enum field field;
	const char *value;
	const struct fingerprint_rule *vendor;
	const struct fingerprint_rule *os;
};

static int magnitude(int weight)
{
	return weight < 0 ? -weight : weight;
}

/* Copies ${text}, cut between characters of UTF-8 where it does not fit ${size}. */
static void copy_cut(char *to, size_t size, const char *text)
{
	size_t length = strlen(text);

	if (length >= size) {
		length = size - 1;
		while (length && ((unsigned char)text[length] & 0xc0) == 0x80)
			length--;
	}
	memcpy(to, text, length);
	to[length] = '\0';
}

static void lower(char *text)
{
	for (; *text; text++) {
		if (*text >= 'A' && *text <= 'Z')
			*text = (char)(*text - 'A' + 'a');
	}
}

/* The place for a reason of ${weight}: a free one, or the weakest's where that is weaker; EVIDENCE_MAX for none. */
static size_t evidence_room(struct identity *identity, int weight)
{
	size_t weakest = 0;

	if (identity->evidence_count < IDENTITY_EVIDENCE_MAX)
		return identity->evidence_count++;
	for (size_t i = 1; i < identity->evidence_count; i++) {
		if (magnitude(identity->evidence[i].weight) < magnitude(identity->evidence[weakest].weight))
			weakest = i;
	}
	return magnitude(identity->evidence[weakest].weight) < magnitude(weight) ? weakest : IDENTITY_EVIDENCE_MAX;
}

static void evidence_add(struct weighing *weighing, int16_t weight, const char *class, const char *name,
                         const char *cite, const struct fingerprint_rule *rule)
{
	size_t room = evidence_room(weighing->identity, weight);
	struct identity_evidence *evidence = &weighing->identity->evidence[room];
	char why[FINGERPRINT_NAME_MAX + FINGERPRINT_CITE_MAX + 4];

	if (room == IDENTITY_EVIDENCE_MAX)
		return;
	snprintf(why, sizeof(why), "%s (%s)", name, cite);
	*evidence = (struct identity_evidence){ .field = (uint16_t)weighing->field, .weight = weight };
	weighing->rules[room] = rule;
	copy_cut(evidence->value, sizeof(evidence->value), weighing->value);
	copy_cut(evidence->class, sizeof(evidence->class), class);
	copy_cut(evidence->why, sizeof(evidence->why), why);
}

static void evidence_drop(struct weighing *weighing, size_t at)
{
	size_t last = --weighing->identity->evidence_count;

	weighing->identity->evidence[at] = weighing->identity->evidence[last];
	weighing->rules[at] = weighing->rules[last];
}

static bool better(const struct fingerprint_rule *rule, const struct fingerprint_rule *than)
{
	if (!than || magnitude(rule->weight) != magnitude(than->weight))
		return !than || magnitude(rule->weight) > magnitude(than->weight);
	return rule->order < than->order;
}

/* Counts one matching rule: the strongest of a field for a class and against it, and of equals the first found. */
static void use_rule(const struct fingerprint_rule *rule, void *data)
{
	struct weighing *weighing = data;
	struct identity *identity = weighing->identity;

	if (*rule->vendor && better(rule, weighing->vendor))
		weighing->vendor = rule;
	if (*rule->os && better(rule, weighing->os))
		weighing->os = rule;
	for (size_t i = 0; i < identity->evidence_count; i++) {
		struct identity_evidence *known = &identity->evidence[i];

		if (known->field != weighing->field || strcmp(known->class, rule->class) != 0)
			continue;
		if (magnitude(known->weight) >= magnitude(rule->weight))
			return;
		evidence_drop(weighing, i);
		break;
	}
	evidence_add(weighing, rule->weight, rule->class, rule->name, rule->cite, rule);
}

static void weigh_prefix(const struct fingerprints *fingerprints, const struct mac *mac, struct weighing *weighing)
{
	const char *vendor = fingerprints_vendor(fingerprints, mac);
	char text[FINGERPRINT_TEXT_MAX];
	char shown[FINGERPRINT_TEXT_MAX];
	size_t before = weighing->identity->evidence_count;

	weighing->field = FIELD_OUI;
	mac_format(mac, shown);
	shown[8] = '\0'; /* "44:4b:5d" */
	if (vendor) {
		const struct field_value value = { FIELD_OUI, (const uint8_t *)vendor, strlen(vendor) };

		field_show(&value, text, sizeof(text));
		snprintf(shown + 8, sizeof(shown) - 8, " %.*s", IDENTITY_VALUE_MAX, text);
		copy_cut(weighing->identity->vendor, sizeof(weighing->identity->vendor), vendor);
	}
	weighing->value = shown;
	fingerprints_each_prefix(fingerprints, mac, use_rule, weighing);
	if (!vendor)
		return;
	lower(text);
	fingerprints_each(fingerprints, FIELD_OUI, text, use_rule, weighing);
	if (weighing->identity->evidence_count == before)
		evidence_add(weighing, 0, "", "vendor prefix", "IEEE registry", NULL);
}

/* Writes ${value} as rules see it: lower case, and a name only up to its first dot, for the domain is the site's. */
static void text_to_match(const struct field_value *value, char text[FINGERPRINT_TEXT_MAX])
{
	field_show(value, text, FINGERPRINT_TEXT_MAX);
	lower(text);
	if (field_info(value->field)->group == GROUP_NAME)
		text[strcspn(text, ".")] = '\0';
}

/* A rule for host-name is one for any name. */
static void each_rule(const struct fingerprints *fingerprints, enum field field, const char *text,
                      void (*use)(const struct fingerprint_rule *rule, void *data), void *data)
{
	fingerprints_each(fingerprints, field, text, use, data);
	if (field != FIELD_HOST_NAME && field_info(field)->group == GROUP_NAME)
		fingerprints_each(fingerprints, FIELD_HOST_NAME, text, use, data);
}

static void weigh_fact(const struct fingerprints *fingerprints, const struct field_value *value,
                       struct weighing *weighing)
{
	char shown[FINGERPRINT_TEXT_MAX];
	char text[FINGERPRINT_TEXT_MAX];

	field_show(value, shown, sizeof(shown));
	text_to_match(value, text);
	weighing->field = value->field;
	weighing->value = shown;
	each_rule(fingerprints, value->field, text, use_rule, weighing);
}

/* Whether the reasons ${i} and ${j} rest on one thing: the same group, or the same operating system. */
static bool one_ground(const struct weighing *weighing, size_t i, size_t j)
{
	const struct identity_evidence *a = &weighing->identity->evidence[i];
	const struct identity_evidence *b = &weighing->identity->evidence[j];
	const struct fingerprint_rule *one = weighing->rules[i], *other = weighing->rules[j];
	size_t word;

	if (field_info((enum field)a->field)->group == field_info((enum field)b->field)->group)
		return true;
	if (!one || !other || !*one->os)
		return false;
	word = strcspn(one->os, " ");
	return strncmp(one->os, other->os, word) == 0 && (other->os[word] == ' ' || other->os[word] == '\0');
}

/* Whether of two reasons on one ground ${a} is the one that counts less. */
static bool is_weaker(const struct identity_evidence *a, const struct identity_evidence *b)
{
	if (magnitude(a->weight) != magnitude(b->weight))
		return magnitude(a->weight) < magnitude(b->weight);
	return a->field < b->field;
}

/* Cuts all but the strongest of the reasons that rest on one ground and speak for, or against, the same. */
static void discount_correlated(struct identity *identity, const struct weighing *weighing)
{
	bool cut[IDENTITY_EVIDENCE_MAX] = { false };

	for (size_t i = 0; i < identity->evidence_count; i++) {
		const struct identity_evidence *one = &identity->evidence[i];

		for (size_t j = 0; j < identity->evidence_count && !cut[i]; j++) {
			const struct identity_evidence *other = &identity->evidence[j];

			cut[i] = one->field != other->field && one->weight * other->weight > 0 &&
			         decision_related(one->class, other->class) && is_weaker(one, other) &&
			         one_ground(weighing, i, j);
		}
	}
	for (size_t i = 0; i < identity->evidence_count; i++) {
		if (cut[i])
			identity->evidence[i].weight /= CORRELATED_SHARE;
	}
}

static int compare_evidence(const void *left, const void *right)
{
	const struct identity_evidence *a = left;
	const struct identity_evidence *b = right;

	if (magnitude(a->weight) != magnitude(b->weight))
		return magnitude(a->weight) > magnitude(b->weight) ? -1 : 1;
	if (a->field != b->field)
		return a->field < b->field ? -1 : 1;
	return strcmp(a->class, b->class);
}

static void take_names(struct identity *identity, const struct weighing *weighing)
{
	if (weighing->vendor)
		copy_cut(identity->vendor, sizeof(identity->vendor), weighing->vendor->vendor);
	if (weighing->os)
		copy_cut(identity->os, sizeof(identity->os), weighing->os->os);
}

void identity_judge(const struct fingerprints *fingerprints, const struct facts *facts, struct identity *identity)
{
	struct weighing weighing = { .identity = identity };
	struct field_value value;

	memset(identity, 0, sizeof(*identity));
	weigh_prefix(fingerprints, &facts->mac, &weighing);
	for (size_t at = 0; facts_next(facts, &at, &value);)
		if (value.field != FIELD_OUI) /* the registry's word, not the device's */
			weigh_fact(fingerprints, &value, &weighing);
	discount_correlated(identity, &weighing);
	decision_make(identity);
	take_names(identity, &weighing);
	qsort(identity->evidence, identity->evidence_count, sizeof(identity->evidence[0]), compare_evidence);
}

/* ---- what is worth to be remembered ---- */

/* A field of which this many values are kept is one that a device fills without end. */
#define MANY_VALUES 4

static void note_found(const struct fingerprint_rule *rule, void *data)
{
	(void)rule;
	*(bool *)data = true;
}

static bool is_worth(const struct field_value *value, const void *context)
{
	struct field_value kept = *value;
	char text[FINGERPRINT_TEXT_MAX];
	bool found = false;

	if (field_info(value->field)->keep < MANY_VALUES)
		return true;
	if (kept.length > FACT_VALUE_MAX)
		kept.length = FACT_VALUE_MAX;
	text_to_match(&kept, text);
	each_rule(context, value->field, text, note_found, &found);
	return found;
}

int identity_learn(const struct fingerprints *fingerprints, struct facts *facts, const struct fields *fields)
{
	return facts_learn(facts, fields, is_worth, fingerprints);
}

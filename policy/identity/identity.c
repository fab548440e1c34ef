/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * From facts to reasons, from reasons to what they name; decision.c makes a class of them.
 *
 *   A reason's weight is the logarithm of how much likelier what was seen is under its class than under the others;
 *   independent reasons add up. The values of one field are not independent: for any class only the strongest of a
 *   field counts for it, and the strongest against it. Neither are the fields of one group (both parameter list and
 *   vendor class come from the DHCP client), nor those that tell of the same operating system by whatever way: of
 *   reasons that are so related and speak for the same class the strongest counts, each of the others a quarter; the
 *   same rule again nothing, for a name told in three protocols is one name.
 */
#include "policy/identity/identity.h"

#include <stdio.h>
#include <string.h>

#include "policy/identity/decision.h"
#include "policy/identity/fingerprint_rule.h"
#include "policy/identity/naming.h"
#include "policy/identity/quirks.h"

#define CORRELATED_SHARE 4

struct weighing {
	struct identity *identity;
	const struct fingerprint_rule *rules[IDENTITY_EVIDENCE_MAX]; /* behind each reason; NULL for none */
	enum field field;
	const char *text;  /* as rules see it */
	const char *value; /* as it is shown */
	struct naming naming;
};

static int magnitude(int weight)
{
	return weight < 0 ? -weight : weight;
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
	*evidence = (struct identity_evidence){ .field = (uint16_t)weighing->field,
		                                .weight = weight,
		                                .yields = rule && rule->yields };
	weighing->rules[room] = rule;
	naming_copy(evidence->value, sizeof(evidence->value), weighing->value);
	naming_copy(evidence->class, sizeof(evidence->class), class);
	naming_copy(evidence->why, sizeof(evidence->why), why);
}

static void evidence_drop(struct weighing *weighing, size_t at)
{
	size_t last = --weighing->identity->evidence_count;

	weighing->identity->evidence[at] = weighing->identity->evidence[last];
	weighing->rules[at] = weighing->rules[last];
}

/* Counts one rule that matches: the strongest of a field for a class and against it, and of equals the first. */
static void use_pattern(const struct fingerprint_pattern *pattern, void *data)
{
	const struct fingerprint_rule *rule = pattern->rule;
	struct weighing *weighing = data;
	struct identity *identity = weighing->identity;
	int16_t weight = *rule->class ? rule->weight : 0;

	naming_hear(&weighing->naming, pattern, weighing->field, weighing->text, weighing->value);
	for (size_t i = 0; i < identity->evidence_count; i++) {
		struct identity_evidence *known = &identity->evidence[i];

		if (known->field != weighing->field || known->yields != rule->yields ||
		    strcmp(known->class, rule->class) != 0)
			continue;
		if (magnitude(known->weight) > magnitude(weight) ||
		    (magnitude(known->weight) == magnitude(weight) && weighing->rules[i] &&
		     weighing->rules[i]->order <= rule->order))
			return;
		evidence_drop(weighing, i);
		break;
	}
	evidence_add(weighing, weight, rule->class, rule->name, rule->cite, rule);
}

/* The maker of the adapter: by the digits of its prefix, and by the name the IEEE has for it. */
static void weigh_prefix(const struct fingerprints *fingerprints, const struct mac *mac, struct weighing *weighing)
{
	const char *vendor = fingerprints_vendor(fingerprints, mac);
	char text[FINGERPRINT_TEXT_MAX] = "";
	char name[FINGERPRINT_TEXT_MAX] = "";
	char shown[FINGERPRINT_TEXT_MAX];
	size_t before = weighing->identity->evidence_count;

	if (!mac_is_device(mac)) /* only an address is known */
		return;
	weighing->field = FIELD_OUI;
	mac_format(mac, shown);
	shown[8] = '\0'; /* "44:4b:5d" */
	if (vendor) {
		const struct field_value value = { FIELD_OUI, (const uint8_t *)vendor, strlen(vendor) };

		field_show(&value, name, sizeof(name));
		snprintf(shown + 8, sizeof(shown) - 8, " %.*s", IDENTITY_VALUE_MAX, name);
		naming_copy(weighing->identity->vendor, sizeof(weighing->identity->vendor), vendor);
	}
	weighing->value = shown;
	memcpy(text, name, sizeof(text));
	lower(text);
	weighing->text = text;
	fingerprints_each_prefix(fingerprints, mac, use_pattern, weighing);
	if (!vendor)
		return;
	fingerprints_each(fingerprints, FIELD_OUI, text, use_pattern, weighing);
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
	if (value->field == FIELD_HTTP_HOST)
		text[strcspn(text, ":")] = '\0'; /* the port */
}

/* A rule for host-name is one for any name, one for dns-question is one for any name that is looked for. */
static void each_rule(const struct fingerprints *fingerprints, enum field field, const char *text, fingerprint_use *use,
                      void *data)
{
	fingerprints_each(fingerprints, field, text, use, data);
	if (field != FIELD_HOST_NAME && field_info(field)->group == GROUP_NAME)
		fingerprints_each(fingerprints, FIELD_HOST_NAME, text, use, data);
	if (field != FIELD_DNS_QUESTION && field_info(field)->group == GROUP_DNS)
		fingerprints_each(fingerprints, FIELD_DNS_QUESTION, text, use, data);
}

/* Writes what p0f's file calls the signature in place of it into ${shown}, where it knows it. */
static void label_signature(const struct fingerprints *fingerprints, const struct field_value *value,
                            char shown[FINGERPRINT_TEXT_MAX])
{
	struct syn_match match;

	if (fingerprints->syn_signatures &&
	    syn_signatures_match(fingerprints->syn_signatures, value->field == FIELD_TCP_SERVER_SIGNATURE, value->bytes,
	                         value->length, &match))
		naming_copy(shown, FINGERPRINT_TEXT_MAX, match.label);
}

static void weigh_text(const struct fingerprints *fingerprints, enum field field, const char *shown, const char *text,
                       struct weighing *weighing)
{
	weighing->field = field;
	weighing->value = shown;
	weighing->text = text;
	each_rule(fingerprints, field, text, use_pattern, weighing);
}

static void weigh_fact(const struct fingerprints *fingerprints, const struct field_value *value,
                       struct weighing *weighing)
{
	char shown[FINGERPRINT_TEXT_MAX];
	char text[FINGERPRINT_TEXT_MAX];

	field_show(value, shown, sizeof(shown));
	text_to_match(value, text);
	if (value->field == FIELD_TCP_SIGNATURE || value->field == FIELD_TCP_SERVER_SIGNATURE) {
		label_signature(fingerprints, value, shown);
		naming_copy(text, sizeof(text), shown);
		lower(text);
	}
	weigh_text(fingerprints, value->field, shown, text, weighing);
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
	int16_t counted[IDENTITY_EVIDENCE_MAX];

	for (size_t i = 0; i < identity->evidence_count; i++) {
		const struct identity_evidence *one = &identity->evidence[i];

		counted[i] = one->weight;
		for (size_t j = 0; j < identity->evidence_count; j++) {
			const struct identity_evidence *other = &identity->evidence[j];

			if (one->field == other->field || one->weight * other->weight <= 0 ||
			    (other->yields && !one->yields) || !decision_related(one->class, other->class) ||
			    !is_weaker(one, other) || !one_ground(weighing, i, j))
				continue;
			if (weighing->rules[i] == weighing->rules[j])
				counted[i] = 0;
			else if (counted[i] == one->weight)
				counted[i] = (int16_t)(one->weight / CORRELATED_SHARE);
		}
	}
	for (size_t i = 0; i < identity->evidence_count; i++)
		identity->evidence[i].weight = counted[i];
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

void identity_judge(const struct fingerprints *fingerprints, const struct facts *facts, struct identity *identity)
{
	struct weighing weighing = { .identity = identity };
	static const struct mac none = { { 0 } };
	const struct support *support;
	struct field_value value;
	const char *quirk;

	memset(identity, 0, sizeof(*identity));
	identity->housings = &fingerprints->housings;
	if (memcmp(&facts->mac, &none, sizeof(none)) != 0) /* only an address is known of it */
		weigh_prefix(fingerprints, &facts->mac, &weighing);
	quirk = quirk_of_mac(&facts->mac);
	if (quirk)
		weigh_text(fingerprints, FIELD_ADDRESS_QUIRK, quirk, quirk, &weighing);
	for (size_t at = 0; facts_next(facts, &at, &value);)
		if (value.field != FIELD_OUI) /* the registry's word, not the device's */
			weigh_fact(fingerprints, &value, &weighing);
	discount_correlated(identity, &weighing);
	decision_make(identity);
	naming_take(&weighing.naming, identity);
	support = fingerprints_support(fingerprints, identity->os);
	if (support)
		identity->support = *support;
	qsort(identity->evidence, identity->evidence_count, sizeof(identity->evidence[0]), compare_evidence);
}

/* ---- what is worth to be remembered ---- */

/* A field of which this many values are kept is one that a device fills without end. */
#define MANY_VALUES 4

static void note_found(const struct fingerprint_pattern *pattern, void *data)
{
	(void)pattern;
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

/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * How evidence becomes a class:
 *
 *   a reason's weight is the logarithm of how much likelier what was seen is under its class than under the others;
 *   independent reasons add up. Reasons of one source are not independent: for any class only the strongest of a
 *   source counts for it, and the strongest against it. Parameter list and vendor class both come from the same DHCP
 *   client software: where both speak for the same class, the weaker counts a quarter.
 *
 *   A class is supported by reasons for itself, for what it is part of (an imaging device's evidence fits a CT) and
 *   for its parts (a CT is an imaging device), but a part that something speaks against supports nothing else. It is
 *   weakened by reasons against itself or what it is part of.
 *
 *   Of the classes that reach the threshold, lead every class outside their own line by the margin, and are spoken
 *   for by the margin's worth of reasons of their own, the most particular is taken. The lead is over all that speaks
 *   for the other, whatever speaks against it: what looks like a pump and cannot be one is unknown, not a PC.
 */
#include "policy/identity/identity.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "policy/identity/fingerprint_rule.h"

#define CLASS_LEVELS_MAX 4
#define CANDIDATES_MAX   (IDENTITY_EVIDENCE_MAX * CLASS_LEVELS_MAX)
#define CORRELATED_SHARE 4

struct weighing {
	struct identity *identity;
	enum identity_source source;
	const char *value;
	const struct fingerprint_rule *vendor;
	const struct fingerprint_rule *os;
};

const char *identity_source_name(enum identity_source source)
{
	switch (source) {
	case SOURCE_OUI:
		return "oui";
	case SOURCE_DHCP_PARAMETERS:
		return "dhcp-parameters";
	case SOURCE_DHCP_VENDOR:
		return "dhcp-vendor";
	case SOURCE_HOST_NAME:
		return "host-name";
	case SOURCE_COUNT:
		break;
	}
	return "";
}

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

/* Writes ${length} bytes as printable ASCII: others as \xNN, the backslash too, so that it is unambiguous. */
static void escape(char *to, size_t size, const uint8_t *bytes, size_t length)
{
	static const char digits[] = "0123456789abcdef";
	size_t at = 0;

	for (size_t i = 0; i < length; i++) {
		uint8_t byte = bytes[i];
		bool plain = byte >= 0x20 && byte < 0x7f && byte != '\\';

		if (at + (plain ? 1 : 4) >= size)
			break;
		if (plain) {
			to[at++] = (char)byte;
			continue;
		}
		to[at++] = '\\';
		to[at++] = 'x';
		to[at++] = digits[byte >> 4];
		to[at++] = digits[byte & 15];
	}
	to[at] = '\0';
}

static void lower(char *text)
{
	for (; *text; text++) {
		if (*text >= 'A' && *text <= 'Z')
			*text = (char)(*text - 'A' + 'a');
	}
}

/* The place for a reason of ${weight}: a free one, or that of the weakest when it is weaker; NULL for none. */
static struct identity_evidence *evidence_room(struct identity *identity, int weight)
{
	struct identity_evidence *weakest = &identity->evidence[0];

	if (identity->evidence_count < IDENTITY_EVIDENCE_MAX)
		return &identity->evidence[identity->evidence_count++];
	for (size_t i = 1; i < identity->evidence_count; i++) {
		if (magnitude(identity->evidence[i].weight) < magnitude(weakest->weight))
			weakest = &identity->evidence[i];
	}
	return magnitude(weakest->weight) < magnitude(weight) ? weakest : NULL;
}

static void evidence_add(struct weighing *weighing, int16_t weight, const char *class, const char *name,
                         const char *cite)
{
	struct identity_evidence *evidence = evidence_room(weighing->identity, weight);
	char why[FINGERPRINT_NAME_MAX + FINGERPRINT_CITE_MAX + 4];

	if (!evidence)
		return;
	snprintf(why, sizeof(why), "%s (%s)", name, cite);
	*evidence = (struct identity_evidence){ .source = (uint8_t)weighing->source, .weight = weight };
	copy_cut(evidence->value, sizeof(evidence->value), weighing->value);
	copy_cut(evidence->class, sizeof(evidence->class), class);
	copy_cut(evidence->why, sizeof(evidence->why), why);
}

static bool better(const struct fingerprint_rule *rule, const struct fingerprint_rule *than)
{
	if (!than || magnitude(rule->weight) != magnitude(than->weight))
		return !than || magnitude(rule->weight) > magnitude(than->weight);
	return rule->order < than->order;
}

/* Counts one matching rule: the strongest of a source for a class, and of equals the first found. */
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

		if (known->source != weighing->source || strcmp(known->class, rule->class) != 0)
			continue;
		if (magnitude(known->weight) >= magnitude(rule->weight))
			return;
		*known = identity->evidence[--identity->evidence_count];
		break;
	}
	evidence_add(weighing, rule->weight, rule->class, rule->name, rule->cite);
}

static void weigh_prefix(const struct fingerprints *fingerprints, const struct mac *mac, struct weighing *weighing)
{
	const char *vendor = fingerprints_vendor(fingerprints, mac);
	char text[FINGERPRINT_TEXT_MAX];
	char shown[FINGERPRINT_TEXT_MAX];
	size_t before = weighing->identity->evidence_count;

	weighing->source = SOURCE_OUI;
	mac_format(mac, shown);
	shown[8] = '\0'; /* "44:4b:5d" */
	if (vendor) {
		escape(text, sizeof(text), (const uint8_t *)vendor, strlen(vendor));
		snprintf(shown + 8, sizeof(shown) - 8, " %.*s", IDENTITY_VALUE_MAX, text);
		copy_cut(weighing->identity->vendor, sizeof(weighing->identity->vendor), vendor);
	}
	weighing->value = shown;
	fingerprints_each_prefix(fingerprints, mac, use_rule, weighing);
	if (!vendor)
		return;
	lower(text);
	fingerprints_each(fingerprints, SOURCE_OUI, text, use_rule, weighing);
	if (weighing->identity->evidence_count == before)
		evidence_add(weighing, 0, "", "vendor prefix", "IEEE registry");
}

static void weigh_parameters(const struct fingerprints *fingerprints, const struct octets *list,
                             struct weighing *weighing)
{
	char text[FINGERPRINT_TEXT_MAX];
	size_t at = 0;

	if (!list->length)
		return;
	for (size_t i = 0; i < list->length; i++)
		at += (size_t)snprintf(text + at, sizeof(text) - at, i ? ",%u" : "%u", list->byte[i]);
	weighing->source = SOURCE_DHCP_PARAMETERS;
	weighing->value = text;
	fingerprints_each(fingerprints, SOURCE_DHCP_PARAMETERS, text, use_rule, weighing);
}

/* Weighs the text ${octets} of ${source}; a host name only up to its first dot, the domain is the site's. */
static void weigh_text(const struct fingerprints *fingerprints, enum identity_source source,
                       const struct octets *octets, struct weighing *weighing)
{
	char shown[FINGERPRINT_TEXT_MAX];
	char text[FINGERPRINT_TEXT_MAX];
	size_t length = octets->length;

	/* Many clients count a terminating zero in (RFC 2132 section 2 forbids it). */
	while (length && octets->byte[length - 1] == 0)
		length--;
	if (!length)
		return;
	escape(shown, sizeof(shown), octets->byte, length);
	memcpy(text, shown, sizeof(text));
	lower(text);
	if (source == SOURCE_HOST_NAME)
		text[strcspn(text, ".")] = '\0';
	weighing->source = source;
	weighing->value = shown;
	fingerprints_each(fingerprints, source, text, use_rule, weighing);
}

/* Whether ${class} is ${whole} or a part of it. */
static bool within(const char *class, const char *whole)
{
	size_t length = strlen(whole);

	return strncmp(class, whole, length) == 0 && (class[length] == '\0' || class[length] == '/');
}

static bool related(const char *a, const char *b)
{
	return within(a, b) || within(b, a);
}

static bool is_client(uint8_t source)
{
	return source == SOURCE_DHCP_PARAMETERS || source == SOURCE_DHCP_VENDOR;
}

/* Cuts the weaker of two reasons that are one: both tell which DHCP client software is at work. */
static void discount_correlated(struct identity *identity)
{
	bool cut[IDENTITY_EVIDENCE_MAX] = { false };

	for (size_t i = 0; i < identity->evidence_count; i++) {
		const struct identity_evidence *one = &identity->evidence[i];

		for (size_t j = 0; j < identity->evidence_count; j++) {
			const struct identity_evidence *other = &identity->evidence[j];

			if (!is_client(one->source) || !is_client(other->source) || one->source == other->source ||
			    one->weight <= 0 || other->weight <= 0 || !related(one->class, other->class))
				continue;
			if (one->weight < other->weight ||
			    (one->weight == other->weight && one->source == SOURCE_DHCP_PARAMETERS))
				cut[i] = true;
		}
	}
	for (size_t i = 0; i < identity->evidence_count; i++) {
		if (cut[i])
			identity->evidence[i].weight /= CORRELATED_SHARE;
	}
}

/* Whether anything speaks against ${class} or what it is part of. */
static bool contradicted(const struct identity *identity, const char *class)
{
	for (size_t i = 0; i < identity->evidence_count; i++) {
		if (identity->evidence[i].weight < 0 && within(class, identity->evidence[i].class))
			return true;
	}
	return false;
}

/* What of the parts' and the whole's evidence counts. */
enum reach {
	REACH_OWN, /* only what names the class or a part of it */
	REACH_LINE /* also what names a class it is part of */
};

static int speaks_for(const struct identity *identity, const char *class, enum reach reach)
{
	int best[SOURCE_COUNT] = { 0 };
	int sum = 0;

	for (size_t i = 0; i < identity->evidence_count; i++) {
		const struct identity_evidence *evidence = &identity->evidence[i];

		if (evidence->weight <= best[evidence->source])
			continue;
		if (strcmp(evidence->class, class) != 0 && !(reach == REACH_LINE && within(class, evidence->class)) &&
		    !(within(evidence->class, class) && !contradicted(identity, evidence->class)))
			continue;
		best[evidence->source] = evidence->weight;
	}
	for (size_t i = 0; i < SOURCE_COUNT; i++)
		sum += best[i];
	return sum;
}

static int speaks_against(const struct identity *identity, const char *class)
{
	int worst[SOURCE_COUNT] = { 0 };
	int sum = 0;

	for (size_t i = 0; i < identity->evidence_count; i++) {
		const struct identity_evidence *evidence = &identity->evidence[i];

		if (evidence->weight < worst[evidence->source] && within(class, evidence->class))
			worst[evidence->source] = evidence->weight;
	}
	for (size_t i = 0; i < SOURCE_COUNT; i++)
		sum -= worst[i];
	return sum;
}

struct candidate {
	char class[POLICY_CLASS_MAX];
	int claim; /* what speaks for it */
	int score; /* less what speaks against it */
};

static void candidate_add(struct candidate *candidates, size_t *count, const char *class)
{
	for (size_t i = 0; i < *count; i++) {
		if (strcmp(candidates[i].class, class) == 0)
			return;
	}
	assert(*count < CANDIDATES_MAX);
	copy_cut(candidates[(*count)++].class, POLICY_CLASS_MAX, class);
}

/* Every class that something speaks for, and what it is part of, up to CLASS_LEVELS_MAX. */
static size_t candidates_of(const struct identity *identity, struct candidate *candidates)
{
	size_t count = 0;

	for (size_t i = 0; i < identity->evidence_count; i++) {
		char class[POLICY_CLASS_MAX];

		if (identity->evidence[i].weight <= 0)
			continue;
		copy_cut(class, sizeof(class), identity->evidence[i].class);
		for (size_t level = 0; level < CLASS_LEVELS_MAX; level++) {
			char *slash = strrchr(class, '/');

			candidate_add(candidates, &count, class);
			if (!slash)
				break;
			*slash = '\0';
		}
	}
	for (size_t i = 0; i < count; i++) {
		candidates[i].claim = speaks_for(identity, candidates[i].class, REACH_LINE);
		candidates[i].score = candidates[i].claim - speaks_against(identity, candidates[i].class);
	}
	return count;
}

/* How far ${chosen} is ahead of the best claim outside its own line, and of no evidence at all. */
static int lead_of(const struct candidate *candidates, size_t count, const struct candidate *chosen)
{
	int second = 0;

	for (size_t i = 0; i < count; i++) {
		if (candidates[i].claim > second && !related(candidates[i].class, chosen->class))
			second = candidates[i].claim;
	}
	return chosen->score - second;
}

/* 100 / (1 + e^-lead), for ${lead} in hundredths, in steps of a half; certainty is never claimed. */
static uint8_t confidence_of(int lead)
{
	static const uint8_t percent[] = { 50, 62, 73, 82, 88, 92, 95, 97, 98, 98, 99 };
	int step = lead / 50;

	if (step < 0)
		return percent[0];
	return (size_t)step < ARRAY_SIZE(percent) ? percent[step] : percent[ARRAY_SIZE(percent) - 1];
}

static void decide(struct identity *identity)
{
	struct candidate candidates[CANDIDATES_MAX];
	size_t count = candidates_of(identity, candidates);
	const struct candidate *chosen = NULL;

	for (size_t i = 0; i < count; i++) {
		const struct candidate *candidate = &candidates[i];

		if (candidate->score < IDENTITY_THRESHOLD || lead_of(candidates, count, candidate) < IDENTITY_MARGIN ||
		    speaks_for(identity, candidate->class, REACH_OWN) < IDENTITY_MARGIN)
			continue;
		/* All that get here stand in one line: two that do not cannot both lead the other. */
		if (!chosen || strlen(candidate->class) > strlen(chosen->class))
			chosen = candidate;
	}
	if (!chosen)
		return;
	copy_cut(identity->class, sizeof(identity->class), chosen->class);
	identity->confidence = confidence_of(lead_of(candidates, count, chosen));
}

/* Leaves out what speaks against a class that nothing speaks for: it contradicts nobody. */
static void drop_idle(struct identity *identity)
{
	size_t kept = 0;

	for (size_t i = 0; i < identity->evidence_count; i++) {
		const struct identity_evidence *against = &identity->evidence[i];
		bool idle = against->weight < 0;

		for (size_t j = 0; j < identity->evidence_count && idle; j++)
			idle = identity->evidence[j].weight <= 0 ||
			       !within(identity->evidence[j].class, against->class);
		identity->evidence[kept] = *against;
		kept += !idle;
	}
	memset(&identity->evidence[kept], 0, (identity->evidence_count - kept) * sizeof(identity->evidence[0]));
	identity->evidence_count = kept;
}

static int compare_evidence(const void *left, const void *right)
{
	const struct identity_evidence *a = left;
	const struct identity_evidence *b = right;

	if (magnitude(a->weight) != magnitude(b->weight))
		return magnitude(a->weight) > magnitude(b->weight) ? -1 : 1;
	if (a->source != b->source)
		return a->source < b->source ? -1 : 1;
	return strcmp(a->class, b->class);
}

void identity_judge(const struct fingerprints *fingerprints, const struct identity_facts *facts,
                    struct identity *identity)
{
	struct weighing weighing = { .identity = identity };

	memset(identity, 0, sizeof(*identity));
	weigh_prefix(fingerprints, &facts->mac, &weighing);
	weigh_parameters(fingerprints, &facts->parameter_list, &weighing);
	weigh_text(fingerprints, SOURCE_DHCP_VENDOR, &facts->vendor_class, &weighing);
	weigh_text(fingerprints, SOURCE_HOST_NAME, &facts->host_name, &weighing);
	discount_correlated(identity);
	decide(identity);
	drop_idle(identity);
	if (weighing.vendor)
		copy_cut(identity->vendor, sizeof(identity->vendor), weighing.vendor->vendor);
	if (weighing.os)
		copy_cut(identity->os, sizeof(identity->os), weighing.os->os);
	qsort(identity->evidence, identity->evidence_count, sizeof(identity->evidence[0]), compare_evidence);
}

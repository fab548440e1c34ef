/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdio.h>
#include <string.h>

#include "controller/inventory/membership.h"
#include "controller/learner/learner_internal.h"
#include "policy/identity/quirks.h"
#include "policy/identity/settle.h"

static struct settle_view view_of(const struct policy *policy, const struct device *device)
{
	return (struct settle_view){ .class = device->traits->class,
		                     .vendor = device->traits->vendor,
		                     .host_name = device->host_name,
		                     .os = device->traits->os,
		                     .zone = membership_zone(policy, device) };
}

/* Printable ASCII only: the raw bytes stay in the facts. */
static void show_name(const struct field_value *name, char *shown, size_t size)
{
	size_t length = name->length < size - 1 ? name->length : size - 1;

	for (size_t i = 0; i < length; i++)
		shown[i] = (char)(name->bytes[i] > ' ' && name->bytes[i] < 0x7f ? name->bytes[i] : '?');
	shown[length] = '\0';
}

/* A copy of a device as it looks by what is known now; its words are borrowed. */
struct likeness {
	struct device device; /* its traits are those beside it */
	struct traits traits;
	struct identity identity;
	char host_name[IDENTITY_VALUE_MAX];
};

/* Makes of ${likeness}, a copy of a device, what ${facts} say of it. */
static void liken(struct learner *learner, struct likeness *likeness, const struct facts *facts)
{
	const struct identity *identity = &likeness->identity;
	struct device *device = &likeness->device;
	struct traits *traits = &likeness->traits;
	struct field_value name;

	*traits = *device->traits;
	device->traits = traits;
	identity_judge(learner->fingerprints, facts, &likeness->identity);
	traits->class = settle_class(traits->class, identity);
	if (identity->class[0] && strcmp(traits->class, identity->class) == 0)
		device->confidence = identity->confidence;
	if (identity->vendor[0])
		traits->vendor = identity->vendor;
	if (identity->model[0])
		traits->model = identity->model;
	if (identity->os[0])
		traits->os = identity->os;
	if (!facts_name(facts, &name))
		return;
	show_name(&name, likeness->host_name, sizeof(likeness->host_name));
	device->host_name = likeness->host_name;
}

/* Makes ${device} what ${now} looks like; without memory it stays what it was. */
static void become(struct learner *learner, struct device *device, const struct device *now)
{
	inventory_describe(learner->inventory, device, now->traits);
	words_set(&learner->inventory->words, &device->host_name, now->host_name);
	device->confidence = now->confidence;
}

/* What it looks like by ${now}, after what it was held to be. */
static void conflict_text(const struct device *device, const struct device *now, char *text, size_t size)
{
	if (strcmp(device->traits->class, now->traits->class) != 0)
		snprintf(text, size, "now looks like %s", now->traits->class);
	else if (strcmp(device->host_name, now->host_name) != 0)
		snprintf(text, size, "now calls itself '%s'", now->host_name);
	else
		snprintf(text, size, "now looks like something else as well");
}

static void tell_conflict(struct learner *learner, const struct device *device, const struct device *now,
                          uint64_t now_ms)
{
	const struct policy *policy = learner->enforcement->policy;
	const char *zone = recorder_zone_name(policy, device->zone);
	bool is_renamed = strcmp(device->traits->class, now->traits->class) == 0 &&
	                  strcmp(device->host_name, now->host_name) != 0;
	char how[IDENTITY_VALUE_MAX + 32];

	conflict_text(device, now, how, sizeof(how));
	if (is_renamed)
		recorder_event(learner->recorder, "identity-conflict", &device->mac, now_ms, "was '%s' in zone %s, %s",
		               device->host_name, zone, how);
	else
		recorder_event(learner->recorder, "identity-conflict", &device->mac, now_ms, "was %s in zone %s, %s",
		               device->traits->class[0] ? device->traits->class : "unrecognised", zone, how);
	if (learner->watch)
		watch_conflict(learner->watch, policy, device, how, now_ms);
}

/* What policy wants of a device of its zone that is not what it was taken for; told once, while it lasts. */
static void note_conflict(struct learner *learner, struct device *device, const struct device *now, uint64_t now_ms)
{
	const struct policy *policy = learner->enforcement->policy;
	enum policy_conflict wanted = policy_on_conflict(policy, membership_zone(policy, device));

	if (wanted != CONFLICT_KEEP && !device->doubted)
		tell_conflict(learner, device, now, now_ms);
	device->conflict = wanted == CONFLICT_QUARANTINE;
	device->doubted = wanted != CONFLICT_QUARANTINE;
}

void learner_judge(struct learner *learner, struct device *device, bool spoke_before, uint64_t now_ms)
{
	const struct policy *policy = learner->enforcement->policy;
	struct membership_question question = { policy, device };
	enum settle_age age = !spoke_before                                    ? SETTLE_FIRST_WORDS
	                      : now_ms < device->first_seen_ms + SETTLE_NEW_MS ? SETTLE_NEW
	                                                                       : SETTLE_KNOWN;
	struct likeness now = { .device = *device };
	struct settle_view held, judged;

	liken(learner, &now, &device->facts);
	held = view_of(policy, device);
	judged = view_of(policy, &now.device);
	device->evidence_dirty = true;
	inventory_relate(learner->inventory, device);
	if (!device->conflict) {
		enum settling settling =
			settle(&held, &judged, &now.identity, policy->default_zone, age, membership_zone_as, &question);

		if (settling == SETTLE_CONFLICT) {
			note_conflict(learner, device, &now.device, now_ms);
		} else {
			device->doubted = false;
			become(learner, device, &now.device);
		}
	}
	learner_settle_in_kernel(learner, device);
}

/* An address is none of its words: it may have been given to it. */
static bool has_spoken(const struct device *device)
{
	struct field_value value;

	for (size_t at = 0; facts_next(&device->facts, &at, &value);)
		if (value.field != FIELD_ADDRESS_QUIRK)
			return true;
	return false;
}

/* Judges ${device} by what it has just said; what comes of that, where something does, is looked at for findings. */
static void judge_words(struct learner *learner, struct device *device, bool spoke_before, uint64_t now_ms)
{
	char class[POLICY_CLASS_MAX], os[IDENTITY_TEXT_MAX];
	uint16_t zone = device->zone;

	snprintf(class, sizeof(class), "%s", device->traits->class);
	snprintf(os, sizeof(os), "%s", device->traits->os);
	learner_judge(learner, device, spoke_before, now_ms);
	if (learner->watch &&
	    (strcmp(class, device->traits->class) != 0 || strcmp(os, device->traits->os) != 0 || zone != device->zone))
		watch_judged(learner->watch, learner->enforcement->policy, device, now_ms);
}

void learner_learn(struct learner *learner, struct device *device, const struct fields *fields, uint64_t now_ms)
{
	bool spoke_before = has_spoken(device);
	uint32_t forgotten = device->facts.forgotten;
	int news = identity_learn(learner->fingerprints, &device->facts, fields);

	learner->facts_forgotten += device->facts.forgotten - forgotten;
	if (news > 0)
		judge_words(learner, device, spoke_before, now_ms);
}

void learner_learn_address(struct learner *learner, struct device *device, const struct address *address,
                           uint64_t now_ms)
{
	const char *quirk = quirk_of_address(&device->mac, address);
	struct fields fields;

	if (!quirk)
		return;
	fields_clear(&fields);
	fields_add_text(&fields, FIELD_ADDRESS_QUIRK, quirk);
	learner_learn(learner, device, &fields, now_ms);
}

/* ---- one device or another ---- */

/* What it says now in ${field} is what it says elsewhere; nothing on both sides is the same too. */
static bool same_words(const struct device *device, enum field field)
{
	struct field_value here = { 0 }, there = { 0 };
	bool says = facts_newest(&device->facts, field, &here);

	return says == facts_newest(device->elsewhere, field, &there) && here.length == there.length &&
	       (!says || memcmp(here.bytes, there.bytes, here.length) == 0);
}

/* The same words, or classes that some zone takes as one. */
static bool same_class(const struct policy *policy, const char *a, const char *b)
{
	uint16_t zone = policy_zone_of_class(policy, a);

	return strcmp(a, b) == 0 ||
	       (a[0] && b[0] && zone == policy_zone_of_class(policy, b) && (zone != policy->default_zone));
}

bool learner_is_same_kind(struct learner *learner, const struct device *device, const struct interface *interface)
{
	const struct policy *policy = learner->enforcement->policy;
	struct likeness there = { .device = *device };
	const struct identity *identity = &there.identity;
	struct device here = *device;
	struct traits traits = *device->traits;

	if (!device->elsewhere || !device->elsewhere->length)
		return false;
	liken(learner, &there, device->elsewhere);
	if (device->traits->class[0]
	            ? !identity->class[0] || !same_class(policy, device->traits->class, identity->class)
	            : !same_words(device, FIELD_DHCP_PARAMETERS) || !same_words(device, FIELD_DHCP_VENDOR))
		return false;
	traits.interface = there.traits.interface = interface->name;
	here.traits = &traits;
	here.vlan = there.device.vlan = interface->vlan;
	return membership_zone(policy, &here) == membership_zone(policy, &there.device);
}

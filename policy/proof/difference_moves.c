/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "policy/proof/difference_internal.h"

static const char *zone_name(const struct policy *policy, uint16_t zone)
{
	const struct policy_zone *found = policy_zone(policy, zone);

	return found ? found->name : "";
}

/* Adds a move; ${r} is what difference_is_looser said. */
static int add_move(struct search *search, enum difference_kind kind, const char *from, const char *to,
                    const char *subject, int r)
{
	struct difference *difference;

	if (r < 0)
		return r;
	difference = difference_add(search, kind, from, to);
	if (!difference)
		return search->differences->count >= DIFFERENCES_MAX ? -E2BIG : -ENOMEM;
	snprintf(difference->subject, sizeof(difference->subject), "%s", subject);
	difference->loosens = r > 0;
	return 0;
}

/* Addresses that are in one zone of each side. */
struct segment {
	struct address first;
	struct address last;
	uint16_t old_zone;
	uint16_t new_zone;
};

/* The address behind ${address}; false where it is the last of its family. */
static bool next_address(struct address *address)
{
	struct address next = *address;

	for (unsigned int i = address_length(next.family); i-- > 0;)
		if (++next.byte[i] != 0) {
			*address = next;
			return true;
		}
	return false;
}

/* The address before ${address}, which is not the first of its family. */
static struct address previous_address(struct address address)
{
	for (unsigned int i = address_length(address.family); i-- > 0;)
		if (address.byte[i]-- != 0)
			break;
	return address;
}

static struct address last_address(uint8_t family)
{
	struct address address = { .family = family };

	memset(address.byte, 0xff, address_length(family));
	return address;
}

static size_t add_starts(const struct table *table, struct address *starts, size_t count)
{
	for (size_t i = 0; i < table->network_count; i++) {
		struct address behind = table->networks[i].last;

		starts[count++] = table->networks[i].first;
		if (next_address(&behind))
			starts[count++] = behind;
	}
	return count;
}

static int compare_addresses(const void *left, const void *right)
{
	return memcmp(left, right, sizeof(struct address));
}

/* "10.9.0.0/24" where a prefix says it, else "10.9.0.0-10.9.0.77". */
static void format_range(const struct segment *segment, char *text, size_t size)
{
	struct prefix prefix = { .address = segment->first };
	unsigned int bits = address_length(segment->first.family) * 8;
	char first[ADDRESS_TEXT_MAX];
	char last[ADDRESS_TEXT_MAX];
	char whole[PREFIX_TEXT_MAX];

	for (unsigned int length = 0; length <= bits; length++) {
		struct address end = segment->first;
		bool aligned = true;

		for (unsigned int bit = length; bit < bits; bit++) {
			aligned = aligned && !(end.byte[bit / 8] & 0x80 >> bit % 8);
			end.byte[bit / 8] |= (uint8_t)(0x80 >> bit % 8);
		}
		if (!aligned || !address_equal(&end, &segment->last))
			continue;
		prefix.length = (uint8_t)length;
		snprintf(text, size, "%s", prefix_format(&prefix, whole));
		return;
	}
	snprintf(text, size, "%s-%s", address_format(&segment->first, first), address_format(&segment->last, last));
}

static int add_network(struct search *search, const struct segment *segment)
{
	const char *from = zone_name(search->sides.old_policy, segment->old_zone);
	const char *to = zone_name(search->sides.new_policy, segment->new_zone);
	char text[2 * ADDRESS_TEXT_MAX];

	if (strcmp(from, to) == 0)
		return 0;
	format_range(segment, text, sizeof(text));
	return add_move(search, DIFFERENCE_NETWORK, from, to, text,
	                difference_is_looser(search, segment->old_zone, segment->new_zone));
}

/* Cuts the addresses wherever a network of either side begins or ends; neighbours that move alike move together. */
static int add_networks(struct search *search)
{
	const struct table *old_table = search->sides.old_table;
	const struct table *new_table = search->sides.new_table;
	size_t most = 2 * (old_table->network_count + new_table->network_count);
	CLEANUP(free) struct address *starts = calloc(most + 1, sizeof(*starts));
	struct segment open = { .first = { .family = FAMILY_NONE } };
	size_t count;
	int r = 0;

	if (!starts)
		return -ENOMEM;
	count = add_starts(old_table, starts, 0);
	count = add_starts(new_table, starts, count);
	qsort(starts, count, sizeof(*starts), compare_addresses);
	for (size_t i = 0; i < count && r == 0; i++) {
		bool ends = i + 1 == count || starts[i + 1].family != starts[i].family;
		struct segment segment = {
			.first = starts[i],
			.old_zone = table_zone_of_network(old_table, &starts[i]),
			.new_zone = table_zone_of_network(new_table, &starts[i]),
		};

		if (i + 1 < count && address_equal(&starts[i], &starts[i + 1]))
			continue;
		segment.last = ends ? last_address(starts[i].family) : previous_address(starts[i + 1]);
		if (open.first.family == segment.first.family && open.old_zone == segment.old_zone &&
		    open.new_zone == segment.new_zone) {
			open.last = segment.last;
			continue;
		}
		r = add_network(search, &open);
		open = segment;
	}
	return r < 0 ? r : add_network(search, &open);
}

/* Where a device is by what its policy says of it alone. */
struct whereabouts {
	const struct policy_pin *pin;
	bool pinned;
	uint16_t zone;
	uint16_t group;
};

static struct whereabouts find_device(const struct policy *policy, const struct mac *mac)
{
	const struct policy_pin *pin = policy_pin_of(policy, mac);
	struct whereabouts where = { .pin = pin, .pinned = pin && pin->zone != ZONE_NONE };
	struct member_facts facts = { .mac = mac };

	if (pin) {
		facts.tags = pin->tags;
		facts.tag_count = pin->tag_count;
	}
	where.zone = where.pinned ? pin->zone : policy_zone_of(policy, &facts);
	where.group = policy_group_of(policy, mac, where.zone);
	return where;
}

static bool has_tag(const struct policy_pin *pin, const char *tag)
{
	for (size_t i = 0; pin && i < pin->tag_count; i++)
		if (strcmp(pin->tags[i], tag) == 0)
			return true;
	return false;
}

static bool same_tags(const struct policy_pin *before, const struct policy_pin *after)
{
	for (size_t i = 0; before && i < before->tag_count; i++)
		if (!has_tag(after, before->tags[i]))
			return false;
	for (size_t i = 0; after && i < after->tag_count; i++)
		if (!has_tag(before, after->tags[i]))
			return false;
	return true;
}

static int add_device(struct search *search, const struct mac *mac)
{
	const struct whereabouts before = find_device(search->sides.old_policy, mac);
	const struct whereabouts after = find_device(search->sides.new_policy, mac);
	const char *from = zone_name(search->sides.old_policy, before.zone);
	const char *to = zone_name(search->sides.new_policy, after.zone);
	char name[MAC_TEXT_MAX];
	const char *subject = after.pin && after.pin->name[0]     ? after.pin->name
	                      : before.pin && before.pin->name[0] ? before.pin->name
	                                                          : mac_format(mac, name);

	if (before.pinned && !after.pinned)
		return add_move(search, DIFFERENCE_DEVICE, from, "", subject,
		                difference_on_going(search, before.group));
	if (!before.pinned && after.pinned)
		return add_move(search, DIFFERENCE_DEVICE, "", to, subject, difference_on_coming(search, after.group));
	if (strcmp(from, to) != 0)
		return add_move(search, DIFFERENCE_DEVICE, from, to, subject,
		                difference_is_looser(search, before.group, after.group));
	/* what its tags make of it hangs on what else it is found to be */
	if (!before.pinned && !same_tags(before.pin, after.pin))
		return add_move(search, DIFFERENCE_DEVICE, "", "", subject, 1);
	return 0;
}

/* Both sides' pins are sorted by MAC. */
static int add_devices(struct search *search)
{
	const struct policy *before = search->sides.old_policy;
	const struct policy *after = search->sides.new_policy;
	size_t b = 0;
	size_t a = 0;
	int r = 0;

	while (r == 0 && (b < before->pin_count || a < after->pin_count)) {
		int order = b == before->pin_count ? 1
		            : a == after->pin_count
		                    ? -1
		                    : memcmp(&before->pins[b].mac, &after->pins[a].mac, sizeof(struct mac));

		r = add_device(search, order <= 0 ? &before->pins[b].mac : &after->pins[a].mac);
		b += order <= 0;
		a += order >= 0;
	}
	return r;
}

int difference_add_moves(struct search *search)
{
	int r = add_networks(search);

	return r < 0 ? r : add_devices(search);
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "policy/identity/kinship.h"

#include <string.h>

#include "policy/base/memory.h"
#include "policy/identity/quirks.h"

bool mac_is_random(const struct mac *mac)
{
	const char *quirk = quirk_of_mac(mac);

	return quirk && strcmp(quirk, "randomised") == 0;
}

static bool same_value(const struct facts *a, const struct facts *b, enum field field)
{
	struct field_value left, right;

	return facts_newest(a, field, &left) && facts_newest(b, field, &right) && left.length == right.length &&
	       memcmp(left.bytes, right.bytes, left.length) == 0;
}

/* A name up to its first dot, in lower case; "" where the device has none of ${field}. */
static void plain_name(const struct facts *facts, enum field field, char text[KINSHIP_KEY_MAX])
{
	struct field_value value;

	text[0] = '\0';
	if (!facts_newest(facts, field, &value))
		return;
	field_show(&value, text, KINSHIP_KEY_MAX);
	text[strcspn(text, ".")] = '\0';
	for (char *at = text; *at; at++)
		if (*at >= 'A' && *at <= 'Z')
			*at = (char)(*at - 'A' + 'a');
}

static const enum field names[] = { FIELD_HOST_NAME, FIELD_MDNS_NAME, FIELD_NETBIOS_NAME, FIELD_LLMNR_NAME };

/* How many protocols tell the same name of both; 0 where one tells another. */
static size_t shared_names(const struct facts *a, const struct facts *b)
{
	char left[KINSHIP_KEY_MAX], right[KINSHIP_KEY_MAX];
	size_t count = 0;

	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		plain_name(a, names[i], left);
		plain_name(b, names[i], right);
		if (!left[0] || !right[0])
			continue;
		if (strcmp(left, right) != 0)
			return 0;
		count++;
	}
	return count;
}

enum kinship kinship_of(const struct facts *a, const struct facts *b)
{
	if (mac_equal(&a->mac, &b->mac))
		return KINSHIP_NONE;
	if (same_value(a, b, FIELD_DHCP6_DUID))
		return KINSHIP_SAME;
	if (shared_names(a, b) >= 2 && same_value(a, b, FIELD_DHCP_PARAMETERS))
		return KINSHIP_LIKELY;
	return KINSHIP_NONE;
}

bool kinship_key(const struct facts *facts, enum kinship kinship, char key[KINSHIP_KEY_MAX])
{
	char text[KINSHIP_KEY_MAX];
	struct field_value duid;

	if (kinship == KINSHIP_SAME) {
		if (!facts_newest(facts, FIELD_DHCP6_DUID, &duid))
			return false;
		field_show(&duid, key, KINSHIP_KEY_MAX);
		return true;
	}
	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		plain_name(facts, names[i], text);
		if (!text[0])
			continue;
		memcpy(key, text, strlen(text) + 1);
		return true;
	}
	return false;
}

const char *kinship_name(enum kinship kinship)
{
	static const char *const NAMES[] = { [KINSHIP_LIKELY] = "likely-same-device", [KINSHIP_SAME] = "same-device" };

	return kinship < ARRAY_SIZE(NAMES) ? NAMES[kinship] : NULL;
}

const char *kinship_why(enum kinship kinship)
{
	static const char *const WHYS[] = {
		[KINSHIP_LIKELY] = "both go by the same names in two protocols and ask for the same DHCP options",
		[KINSHIP_SAME] =
			"both have the same DHCPv6 identifier (DUID), which a device keeps for all its adapters",
	};

	return kinship < ARRAY_SIZE(WHYS) ? WHYS[kinship] : NULL;
}

bool kinship_stands_before(size_t addresses)
{
	return addresses > KINSHIP_BEHIND;
}

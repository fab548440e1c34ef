/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "policy/base/memory.h"
#include "policy/observation.h"

/* The first value of ${field} in ${observation}, shown; "" where there is none. */
static const char *shown(const struct observation *observation, enum field field)
{
	static char text[FIELD_TEXT_MAX];
	static struct fields fields;
	struct field_value value;

	text[0] = '\0';
	observation_fields(observation, &fields);
	if (fields_find(&fields, field, &value))
		field_show(&value, text, sizeof(text));
	return text;
}

struct arp_vector {
	uint16_t operation;
	const char *sender; /* "" in a probe */
	const char *target;
	const char *kind;
};

static const struct arp_vector arp_vectors[] = {
	{ 1, "10.20.0.7", "10.20.0.1", "request" },
	{ 2, "10.20.0.7", "10.20.0.1", "reply" },
	{ 1, "", "10.20.0.7", "probe" },
	{ 1, "10.20.0.7", "10.20.0.7", "gratuitous" },
	{ 2, "10.20.0.7", "10.20.0.7", "gratuitous" },
};

static void tells_the_kind_of_arp(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(arp_vectors); i++) {
		struct observation observation = { .type = OBSERVATION_ARP };

		observation.arp.operation = arp_vectors[i].operation;
		if (*arp_vectors[i].sender)
			assert_int_equal(address_parse(arp_vectors[i].sender, &observation.arp.sender_address), 0);
		assert_int_equal(address_parse(arp_vectors[i].target, &observation.arp.target_address), 0);
		assert_string_equal(shown(&observation, FIELD_ARP_KIND), arp_vectors[i].kind);
	}
}

static void set_relay_info(struct observation *observation, const void *bytes, size_t length)
{
	memset(observation, 0, sizeof(*observation));
	observation->type = OBSERVATION_DHCP4;
	observation->dhcp4.relay_info.length = (uint8_t)length;
	memcpy(observation->dhcp4.relay_info.byte, bytes, length);
}

static void tells_where_a_relay_heard_it(void **state)
{
	static const char both[] = "\x05\x01x\x01\x05Gi1/7\x02\x02\x4b\x5d";
	struct observation observation;

	(void)state;
	set_relay_info(&observation, both, sizeof(both) - 1);
	assert_string_equal(shown(&observation, FIELD_DHCP_CIRCUIT), "Gi1/7");
	assert_string_equal(shown(&observation, FIELD_DHCP_REMOTE), "4b5d");
	set_relay_info(&observation, both, sizeof(both) - 2); /* the second sub-option is cut */
	assert_string_equal(shown(&observation, FIELD_DHCP_CIRCUIT), "Gi1/7");
	assert_string_equal(shown(&observation, FIELD_DHCP_REMOTE), "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(tells_the_kind_of_arp),
		cmocka_unit_test(tells_where_a_relay_heard_it),
	};

	return cmocka_run_group_tests_name("observation", tests, NULL, NULL);
}

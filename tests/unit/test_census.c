/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Whose words are whose: a router's MAC carries those of many. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "controller/replay/census.h"
#include "controller/replay/flow_rows.h"

static struct fingerprints *fingerprints;
static struct census *census;
static struct observation observation;

static int setup(void **state)
{
	const struct census_options options = { .devices_max = 8, .fingerprints = fingerprints };

	(void)state;
	return census_new(&options, &census);
}

static int teardown(void **state)
{
	(void)state;
	census_free(census);
	census = NULL;
	return 0;
}

static struct mac mac_of(const char *text)
{
	struct mac mac;

	assert_int_equal(mac_parse(text, &mac), 0);
	return mac;
}

static struct address address_of(const char *text)
{
	struct address address;

	assert_int_equal(address_parse(text, &address), 0);
	return address;
}

static void clear(const char *mac)
{
	memset(&observation, 0, sizeof(observation));
	observation.captured_ns = 1;
	if (mac)
		observation.source = mac_of(mac);
}

/* A banner of ${text} from ${mac} and ${address}, with ${hops} left to live. */
static struct census_device *say(const char *mac, const char *address, uint8_t hops, const char *text)
{
	clear(mac);
	observation.type = OBSERVATION_FIELDS;
	observation.protocol = PROTOCOL_SSH;
	observation.conversation.source = address_of(address);
	observation.conversation.destination = address_of(strchr(address, ':') ? "fd00::99" : "10.9.9.9");
	observation.conversation.hops = hops;
	fields_add_text(&observation.fields, FIELD_SSH_BANNER, text);
	return census_take(census, &observation);
}

static struct census_device *arp(const char *source, const char *sender_mac, const char *sender)
{
	clear(source);
	observation.type = OBSERVATION_ARP;
	observation.protocol = PROTOCOL_ARP;
	observation.arp = (struct observation_arp){ .operation = 1,
		                                    .sender_mac = mac_of(sender_mac),
		                                    .sender_address = address_of(sender) };
	return census_take(census, &observation);
}

static struct census_device *dhcp(const char *source, const char *client, uint8_t message, const char *address)
{
	clear(source);
	observation.type = OBSERVATION_DHCP4;
	observation.protocol = PROTOCOL_DHCP4;
	observation.dhcp4.message = message;
	observation.dhcp4.from_server = message == DHCP4_ACK || message == DHCP4_OFFER;
	observation.dhcp4.client = mac_of(client);
	if (observation.dhcp4.from_server)
		observation.dhcp4.your_address = address_of(address);
	else
		memcpy(observation.dhcp4.host_name.byte, "CT-2", observation.dhcp4.host_name.length = 4);
	return census_take(census, &observation);
}

static bool knows(const struct census_device *device, enum field field, const char *text)
{
	struct field_value value;

	return facts_newest(&device->facts, field, &value) && value.length == strlen(text) &&
	       memcmp(value.bytes, text, value.length) == 0;
}

static struct census_device *holder(const char *address)
{
	const struct address held = address_of(address);

	return census_of_address(census, &held);
}

#define PUMP   "44:4b:5d:00:00:01"
#define OTHER  "44:4b:5d:00:00:02"
#define ROUTER "00:00:5e:00:01:01"

static void arp_binds(void **state)
{
	struct census_device *pump = arp(PUMP, PUMP, "10.1.0.5");

	(void)state;
	assert_ptr_equal(holder("10.1.0.5"), pump);
	assert_ptr_equal(say(PUMP, "10.1.0.5", 13, "SSH-2.0-pump"), pump);
	assert_true(knows(pump, FIELD_SSH_BANNER, "SSH-2.0-pump"));
	/* another's name in ARP is no proof */
	arp(OTHER, PUMP, "10.1.0.6");
	assert_null(holder("10.1.0.6"));
}

static void an_address_made_of_its_mac_is_evidence(void **state)
{
	struct census_device *monitor = arp("00:40:97:01:02:03", "00:40:97:01:02:03", "126.1.2.3");

	(void)state;
	assert_true(knows(monitor, FIELD_ADDRESS_QUIRK, "ge-dash-126"));
	monitor->is_judged = true;
	arp("00:40:97:01:02:03", "00:40:97:01:02:03", "10.1.2.3");
	assert_true(knows(monitor, FIELD_ADDRESS_QUIRK, "mac-octets"));
	assert_false(monitor->is_judged);
	assert_int_equal(arp(PUMP, PUMP, "126.1.2.4")->facts.length, 0);
}

static void what_comes_from_afar_is_not_the_routers(void **state)
{
	struct mac mac = mac_of(ROUTER);
	struct census_device *router;

	(void)state;
	assert_null(say(ROUTER, "93.184.216.34", 52, "SSH-2.0-far"));
	router = census_of_mac(census, &mac);
	assert_non_null(router);
	assert_int_equal(router->facts.length, 0);
	assert_int_equal(router->carried, 1);
	assert_int_equal(router->address_count, 0);
}

static void a_private_address_behind_a_router_is_a_device(void **state)
{
	struct census_device *far = say(ROUTER, "10.7.0.7", 63, "SSH-2.0-far"), *near;
	struct mac mac = mac_of(ROUTER);

	(void)state;
	assert_non_null(far);
	assert_false(mac_is_device(&far->key.mac));
	assert_true(mac_equal(&far->behind, &mac));
	assert_int_equal(census_of_mac(census, &mac)->behind_count, 1);
	assert_int_equal(census_of_mac(census, &mac)->facts.length, 0);
	say(ROUTER, "10.7.0.7", 63, "SSH-2.0-far");
	assert_int_equal(census_of_mac(census, &mac)->behind_count, 1);
	/* on this side its MAC is seen: what was said is its own */
	near = arp(PUMP, PUMP, "10.7.0.7");
	assert_ptr_equal(holder("10.7.0.7"), near);
	assert_true(knows(near, FIELD_SSH_BANNER, "SSH-2.0-far"));
	assert_int_equal(census_count(census), 2);
	/* and its packets on the other side of the router are its own too */
	assert_ptr_equal(say(ROUTER, "10.7.0.7", 63, "SSH-2.0-again"), near);
}

static void who_sends_itself_binds(void **state)
{
	static const char *const addresses[] = { "10.1.0.1", "10.1.0.2", "10.1.0.3", "10.1.0.4" };
	struct census_device *device = NULL, *fifth;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(addresses); i++) {
		device = say(PUMP, addresses[i], 64, "SSH-2.0-a");
		assert_true(mac_is_device(&device->key.mac));
	}
	assert_int_equal(device->address_count, 4);
	/* so many are a router's that lowers nothing */
	fifth = say(PUMP, "10.1.0.5", 64, "SSH-2.0-b");
	assert_false(mac_is_device(&fifth->key.mac));
	assert_false(knows(device, FIELD_SSH_BANNER, "SSH-2.0-b"));
	device = say(OTHER, "fe80::1", 255, "SSH-2.0-c");
	assert_ptr_equal(device, holder("fe80::1"));
}

static void leases_win(void **state)
{
	struct census_device *pump, *other = arp(OTHER, OTHER, "10.1.0.9");

	(void)state;
	assert_ptr_equal(holder("10.1.0.9"), other);
	dhcp(ROUTER, PUMP, DHCP4_OFFER, "10.1.0.9");
	assert_ptr_equal(holder("10.1.0.9"), other);
	dhcp(ROUTER, PUMP, DHCP4_ACK, "10.1.0.9");
	pump = holder("10.1.0.9");
	assert_ptr_not_equal(pump, other);
	assert_int_equal(other->address_count, 0);
	arp(OTHER, OTHER, "10.1.0.9");
	assert_ptr_equal(holder("10.1.0.9"), pump);
	assert_int_equal(pump->facts.length, 0); /* a server's words are not its client's */
}

static void one_mac_behind_another(void **state)
{
	struct mac dock = mac_of(OTHER);
	struct census_device *pump = dhcp(OTHER, PUMP, DHCP4_DISCOVER, NULL);

	(void)state;
	assert_true(mac_equal(&pump->behind, &dock));
	assert_true(knows(pump, FIELD_HOST_NAME, "CT-2"));
	pump = dhcp(PUMP, PUMP, DHCP4_DISCOVER, NULL);
	assert_non_null(pump);
}

static void without_macs_an_address_is_the_device(void **state)
{
	struct census_device *device = say(NULL, "192.168.1.7", 100, "SSH-2.0-raw");

	(void)state;
	assert_ptr_equal(device, holder("192.168.1.7"));
	assert_true(knows(device, FIELD_SSH_BANNER, "SSH-2.0-raw"));
	assert_null(say(NULL, "93.184.216.34", 64, "SSH-2.0-far"));
	assert_int_equal(census_count(census), 1);
}

static void addresses_are_bounded(void **state)
{
	char text[ADDRESS_TEXT_MAX];
	struct census_device *device = NULL;

	(void)state;
	for (int i = 1; i <= 40; i++) {
		snprintf(text, sizeof(text), "10.1.0.%d", i);
		device = arp(ROUTER, ROUTER, text);
	}
	assert_int_equal(device->address_count, CENSUS_ADDRESSES_MAX);
	assert_ptr_equal(holder("10.1.0.1"), device);
	assert_null(holder("10.1.0.40"));
	dhcp(ROUTER, ROUTER, DHCP4_ACK, "10.1.0.99");
	assert_ptr_equal(holder("10.1.0.99"), device);
	assert_int_equal(device->address_count, CENSUS_ADDRESSES_MAX);
}

static void devices_are_bounded(void **state)
{
	struct mac first = mac_of("44:4b:5d:00:00:00");
	char text[MAC_TEXT_MAX], address[ADDRESS_TEXT_MAX];

	(void)state;
	for (unsigned int i = 0; i < 20; i++) {
		snprintf(text, sizeof(text), "44:4b:5d:00:00:%02x", i);
		snprintf(address, sizeof(address), "10.1.0.%u", i + 1);
		arp(text, text, address);
		arp("44:4b:5d:00:00:00", "44:4b:5d:00:00:00", "10.1.0.1");
	}
	assert_int_equal(census_count(census), 8);
	assert_int_equal(census_peak(census), 8);
	assert_int_equal(census_evicted(census), 12);
	assert_non_null(census_of_mac(census, &first)); /* it was heard all the time */
	assert_null(holder("10.1.0.2"));
}

/* ---- rows of flows ---- */

static void open_flow(struct flow_rows *rows, const char *from, const char *to, uint16_t port, bool is_answer)
{
	clear(NULL);
	observation.type = OBSERVATION_FLOW;
	observation.protocol = PROTOCOL_FLOW;
	observation.conversation = (struct conversation){ .source = address_of(is_answer ? to : from),
		                                          .destination = address_of(is_answer ? from : to),
		                                          .source_port = is_answer ? port : 40000,
		                                          .destination_port = is_answer ? 40000 : port,
		                                          .protocol = 6,
		                                          .from_server = is_answer };
	flow_rows_take(rows, &observation);
}

static void rows_are_counted_and_bounded(void **state)
{
	struct flow_rows *rows = NULL;

	(void)state;
	assert_int_equal(flow_rows_new(2, &rows), 0);
	open_flow(rows, "10.1.0.1", "10.2.0.1", 104, false);
	open_flow(rows, "10.1.0.1", "10.2.0.1", 104, true);
	open_flow(rows, "10.1.0.1", "224.0.0.1", 104, false); /* no gateway passes these on */
	assert_int_equal(flow_rows_first(rows)->count, 2);
	assert_null(flow_rows_first(rows)->next);
	observation.type = OBSERVATION_FIELDS;
	observation.conversation.destination = address_of("10.2.0.1");
	fields_add_text(&observation.fields, FIELD_APPLICATION, "DICOM");
	flow_rows_take(rows, &observation);
	assert_string_equal(flow_rows_first(rows)->application, "DICOM");
	observation.conversation.destination_port = 104;
	flow_rows_end(rows, &observation.conversation, 3, 180);
	flow_rows_end(rows, &observation.conversation, 4, 900);
	observation.conversation.destination_port = 105; /* of none that was told */
	flow_rows_end(rows, &observation.conversation, 4, 900);
	assert_int_equal(flow_rows_first(rows)->packets, 7);
	assert_int_equal(flow_rows_first(rows)->bytes, 1080);
	open_flow(rows, "10.1.0.2", "10.2.0.1", 104, false);
	open_flow(rows, "10.1.0.3", "10.2.0.1", 104, false);
	assert_int_equal(flow_rows_evicted(rows), 1);
	assert_int_equal(flow_rows_peak(rows), 2);
	assert_string_equal(flow_rows_first(rows)->application, "");
	flow_rows_free(rows);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(arp_binds, setup, teardown),
		cmocka_unit_test_setup_teardown(an_address_made_of_its_mac_is_evidence, setup, teardown),
		cmocka_unit_test_setup_teardown(what_comes_from_afar_is_not_the_routers, setup, teardown),
		cmocka_unit_test_setup_teardown(a_private_address_behind_a_router_is_a_device, setup, teardown),
		cmocka_unit_test_setup_teardown(who_sends_itself_binds, setup, teardown),
		cmocka_unit_test_setup_teardown(leases_win, setup, teardown),
		cmocka_unit_test_setup_teardown(one_mac_behind_another, setup, teardown),
		cmocka_unit_test_setup_teardown(without_macs_an_address_is_the_device, setup, teardown),
		cmocka_unit_test_setup_teardown(addresses_are_bounded, setup, teardown),
		cmocka_unit_test_setup_teardown(devices_are_bounded, setup, teardown),
		cmocka_unit_test(rows_are_counted_and_bounded),
	};
	int result;

	if (fingerprints_new(&fingerprints) < 0)
		return 1;
	result = cmocka_run_group_tests(tests, NULL, NULL);
	fingerprints_free(fingerprints);
	return result;
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * preload: a state folder with many known devices, each with one lease, written by the store's own code.
 *
 * usage: bench_preload STATE FIRST COUNT INTERFACE ZONE[,ZONE...] [CLASS]
 * FIRST is the number of the first one. Device n has the MAC 00:12:21 and n in three bytes, and 10.18.0.0 + n as its
 * address. Devices are dealt to the zones in turn; what CLASS says ("medical/infusion-pump") they look like, without
 * one they have said nothing.
 */
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "controller/store/store.h"

#define ADDRESS_BASE 0x0a120000U
#define DEVICES_MAX  131072U

static uint64_t now_ms(void)
{
	return (uint64_t)time(NULL) * 1000;
}

static void learn(struct facts *facts, enum field field, const void *bytes, size_t length)
{
	struct field_value value = { .field = field, .bytes = bytes, .length = length };

	if (facts_add(facts, &value) < 0)
		abort();
}

/* What a pump says by DHCP, so that facts are as large as real ones. */
static void make_facts(struct facts *facts, unsigned int number)
{
	static const uint8_t parameters[] = { 1, 3, 6, 12, 15, 28 };
	char name[32];

	snprintf(name, sizeof(name), "SPACECOM-%06u", number);
	learn(facts, FIELD_DHCP_PARAMETERS, parameters, sizeof(parameters));
	learn(facts, FIELD_DHCP_VENDOR, "BBRAUN SPACECOM", strlen("BBRAUN SPACECOM"));
	learn(facts, FIELD_HOST_NAME, name, strlen(name));
}

static int put(struct store *store, unsigned int number, const char *interface, const char *zone, const char *class,
               struct error *reterr)
{
	uint32_t address_be = htonl(ADDRESS_BASE + number);
	struct mac mac = { { 0x00, 0x12, 0x21, (uint8_t)(number >> 16), (uint8_t)(number >> 8), (uint8_t)number } };
	struct store_device device = { .mac = mac, .confidence = 99 };
	struct store_binding binding = { .mac = mac, .source = "dhcp" };
	struct facts facts = { .mac = mac };
	uint8_t bytes[4];
	int result;

	memcpy(bytes, &address_be, sizeof(bytes));
	binding.address = address_v4(bytes);
	device.first_seen_ms = device.last_seen_ms = binding.since_ms = now_ms();
	binding.lease_until_ms = now_ms() + UINT64_C(86400000);
	snprintf(device.host_name, sizeof(device.host_name), "SPACECOM-%06u", number);
	snprintf(device.vendor, sizeof(device.vendor), "B. Braun");
	snprintf(device.class, sizeof(device.class), "%s", class);
	snprintf(device.zone, sizeof(device.zone), "%s", zone);
	snprintf(device.zone_why, sizeof(device.zone_why), "member of %s", zone);
	snprintf(device.interface, sizeof(device.interface), "%s", interface);
	snprintf(binding.interface, sizeof(binding.interface), "%s", interface);
	if (class[0])
		make_facts(&facts, number);
	result = store_put_device(store, &device, reterr);
	if (result == 0)
		result = store_put_facts(store, &facts, reterr);
	if (result == 0)
		result = store_put_binding(store, &binding, reterr);
	facts_done(&facts);
	return result;
}

/* The zone of ${number} in the comma-separated ${zones}. */
static const char *zone_at(const char *zones, unsigned int number, char zone[POLICY_NAME_MAX])
{
	unsigned int count = 1;
	const char *at = zones;

	for (const char *c = zones; *c; c++)
		count += *c == ',';
	for (unsigned int skip = number % count; skip > 0; skip--)
		at = strchr(at, ',') + 1;
	snprintf(zone, POLICY_NAME_MAX, "%.*s", (int)strcspn(at, ","), at);
	return zone;
}

int main(int argc, char **argv)
{
	CLEANUP(store_close) struct store *store = NULL;
	struct error error = { 0 };
	unsigned long first;
	unsigned long count;
	int result;

	if (argc != 6 && argc != 7) {
		fprintf(stderr, "usage: bench_preload STATE FIRST COUNT INTERFACE ZONE[,ZONE...] [CLASS]\n");
		return 2;
	}
	first = strtoul(argv[2], NULL, 10);
	count = strtoul(argv[3], NULL, 10);
	if (first + count > DEVICES_MAX) {
		fprintf(stderr, "at most %u devices\n", DEVICES_MAX);
		return 2;
	}
	mkdir(argv[1], 0750);
	result = store_open(argv[1], &store, &error);
	if (result == 0)
		result = store_begin(store, &error);
	for (unsigned long number = first; number < first + count && result == 0; number++) {
		char zone[POLICY_NAME_MAX];

		result = put(store, (unsigned int)number, argv[4], zone_at(argv[5], (unsigned int)number, zone),
		             argc == 7 ? argv[6] : "", &error);
	}
	if (result == 0)
		result = store_commit(store, &error);
	if (result < 0)
		fprintf(stderr, "%s: %s\n", error.file, error.text);
	return result < 0;
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "controller/store/store_internal.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

static void read_text(sqlite3_stmt *statement, int column, char *text, size_t size)
{
	const unsigned char *value = sqlite3_column_text(statement, column);

	snprintf(text, size, "%s", value ? (const char *)value : "");
}

static bool read_device(sqlite3_stmt *statement, struct store_device *device)
{
	char mac[MAC_TEXT_MAX], behind[MAC_TEXT_MAX];

	*device = (struct store_device){ 0 };
	read_text(statement, 0, mac, sizeof(mac));
	if (mac_parse(mac, &device->mac))
		return false;
	read_text(statement, 1, device->name, sizeof(device->name));
	read_text(statement, 2, device->host_name, sizeof(device->host_name));
	read_text(statement, 3, device->class, sizeof(device->class));
	read_text(statement, 4, device->vendor, sizeof(device->vendor));
	read_text(statement, 5, device->os, sizeof(device->os));
	device->confidence = (uint8_t)sqlite3_column_int(statement, 6);
	read_text(statement, 7, device->zone, sizeof(device->zone));
	read_text(statement, 8, device->zone_why, sizeof(device->zone_why));
	device->pinned = sqlite3_column_int(statement, 9) != 0;
	device->conflict = sqlite3_column_int(statement, 10) != 0;
	read_text(statement, 11, device->interface, sizeof(device->interface));
	device->first_seen_ms = (uint64_t)sqlite3_column_int64(statement, 12);
	device->last_seen_ms = (uint64_t)sqlite3_column_int64(statement, 13);
	device->facts.mac = device->mac;
	device->vlan = (uint16_t)sqlite3_column_int(statement, 14);
	read_text(statement, 15, device->model, sizeof(device->model));
	device->doubted = sqlite3_column_int(statement, 16) != 0;
	read_text(statement, 17, behind, sizeof(behind));
	mac_parse(behind, &device->behind); /* none where there is none */
	device->carried = (uint8_t)sqlite3_column_int(statement, 18);
	return true;
}

static bool read_binding(sqlite3_stmt *statement, struct store_binding *binding)
{
	char address[ADDRESS_TEXT_MAX];
	char mac[MAC_TEXT_MAX];

	*binding = (struct store_binding){ 0 };
	read_text(statement, 0, address, sizeof(address));
	read_text(statement, 1, mac, sizeof(mac));
	if (address_parse(address, &binding->address) || mac_parse(mac, &binding->mac))
		return false;
	read_text(statement, 2, binding->interface, sizeof(binding->interface));
	read_text(statement, 3, binding->source, sizeof(binding->source));
	binding->since_ms = (uint64_t)sqlite3_column_int64(statement, 4);
	binding->lease_until_ms = (uint64_t)sqlite3_column_int64(statement, 5);
	return true;
}

/* A field that this version does not know is passed over. */
static int load_fact(sqlite3_stmt *statement, struct facts *facts)
{
	char name[STORE_KIND_MAX];
	struct field_value value = { .bytes = sqlite3_column_blob(statement, 1) };

	read_text(statement, 0, name, sizeof(name));
	value.field = field_by_name(name, strlen(name));
	value.length = value.bytes ? (size_t)sqlite3_column_bytes(statement, 1) : 0;
	return facts_add(facts, &value);
}

static int load_facts(struct store *store, struct facts *facts, struct error *reterr)
{
	struct store_row row = store_row_of(store, STATEMENT_LOAD_FACTS);
	int result;

	store_row_mac(&row, &facts->mac);
	while ((result = store_row_next(&row, reterr)) > 0) {
		result = load_fact(row.statement, facts);
		if (result < 0) {
			error_set(reterr, result, "inventory %s: no memory for what devices said", store->file);
			break;
		}
	}
	store_row_done(&row);
	return result;
}

/* A row whose key does not parse was not written by us: it is passed over, the rest of the inventory stands. */
int store_load_devices(struct store *store, store_device_each *each, void *context, struct error *reterr)
{
	struct store_row row = store_row_of(store, STATEMENT_LOAD_DEVICES);
	struct store_device device;
	int count = 0;
	int result;

	while ((result = store_row_next(&row, reterr)) > 0) {
		if (!read_device(row.statement, &device))
			continue;
		result = load_facts(store, &device.facts, reterr);
		if (!result)
			result = each(&device, context);
		facts_done(&device.facts);
		if (result)
			break;
		count++;
	}
	store_row_done(&row);
	return result ? result : count;
}

int store_load_bindings(struct store *store, store_binding_each *each, void *context, struct error *reterr)
{
	struct store_row row = store_row_of(store, STATEMENT_LOAD_BINDINGS);
	struct store_binding binding;
	int count = 0;
	int result;

	while ((result = store_row_next(&row, reterr)) > 0) {
		if (!read_binding(row.statement, &binding))
			continue;
		result = each(&binding, context);
		if (result)
			break;
		count++;
	}
	store_row_done(&row);
	return result ? result : count;
}

static bool read_known_name(sqlite3_stmt *statement, struct store_name *name)
{
	char address[ADDRESS_TEXT_MAX];

	*name = (struct store_name){ .until_ms = (uint64_t)sqlite3_column_int64(statement, 2) };
	read_text(statement, 0, name->name, sizeof(name->name));
	read_text(statement, 1, address, sizeof(address));
	return address_parse(address, &name->address) == 0;
}

int store_load_names(struct store *store, store_name_each *each, void *context, struct error *reterr)
{
	struct store_row row = store_row_of(store, STATEMENT_LOAD_NAMES);
	struct store_name name;
	int result;

	while ((result = store_row_next(&row, reterr)) > 0) {
		if (!read_known_name(row.statement, &name))
			continue;
		result = each(&name, context);
		if (result)
			break;
	}
	store_row_done(&row);
	return result;
}

int store_get_meta(struct store *store, const char *key, char *value, size_t size, struct error *reterr)
{
	struct store_row row = store_row_of(store, STATEMENT_GET_META);
	int result;

	store_row_text(&row, key);
	result = store_row_next(&row, reterr);
	if (result > 0)
		read_text(row.statement, 0, value, size);
	store_row_done(&row);
	if (result == 0)
		return error_set(reterr, -ENOENT, "inventory %s: no meta value %s", store->file, key);
	return result < 0 ? result : 0;
}

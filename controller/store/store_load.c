/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "controller/store/store_internal.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

/* Cut where it does not fit. */
static void read_text(sqlite3_stmt *statement, int column, char *text, size_t size)
{
	const unsigned char *value = sqlite3_column_text(statement, column);
	size_t length = value ? (size_t)sqlite3_column_bytes(statement, column) : 0;

	if (length > size - 1)
		length = size - 1;
	if (length)
		memcpy(text, value, length);
	text[length] = '\0';
}

/* Fills all of ${device}. */
static bool read_device(sqlite3_stmt *statement, struct store_device *device)
{
	char mac[MAC_TEXT_MAX], behind[MAC_TEXT_MAX];

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
	device->facts = (struct facts){ .mac = device->mac };
	device->vlan = (uint16_t)sqlite3_column_int(statement, 14);
	read_text(statement, 15, device->model, sizeof(device->model));
	device->doubted = sqlite3_column_int(statement, 16) != 0;
	read_text(statement, 17, behind, sizeof(behind));
	if (mac_parse(behind, &device->behind))
		device->behind = (struct mac){ 0 };
	device->carried = (uint8_t)sqlite3_column_int(statement, 18);
	return true;
}

static bool read_binding(sqlite3_stmt *statement, struct store_binding *binding)
{
	char address[ADDRESS_TEXT_MAX];
	char mac[MAC_TEXT_MAX];

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
		result = each(&device, context);
		if (result)
			break;
		count++;
	}
	store_row_done(&row);
	return result ? result : count;
}

/* The facts of one device after the other, as their rows come. */
struct facts_walk {
	struct facts facts; /* of the present one */
	char mac[MAC_TEXT_MAX];
	int count;
	store_facts_each *each;
	void *context;
};

static int end_device(struct facts_walk *walk)
{
	int result = walk->facts.length ? walk->each(&walk->facts, walk->context) : 0;

	walk->count += walk->facts.length && !result;
	walk->facts.length = 0; /* its room stays for the next */
	walk->facts.forgotten = 0;
	return result;
}

/* A field that this version does not know is passed over, and so is who has no MAC. */
static int take_fact(struct facts_walk *walk, sqlite3_stmt *statement)
{
	char mac[MAC_TEXT_MAX], name[STORE_KIND_MAX];
	struct field_value value = { .bytes = sqlite3_column_blob(statement, 2) };
	int result = 0;

	read_text(statement, 0, mac, sizeof(mac));
	if (strcmp(mac, walk->mac) != 0) {
		result = end_device(walk);
		memcpy(walk->mac, mac, sizeof(mac));
	}
	if (result || mac_parse(mac, &walk->facts.mac))
		return result;
	read_text(statement, 1, name, sizeof(name));
	value.field = field_by_name(name, strlen(name));
	value.length = value.bytes ? (size_t)sqlite3_column_bytes(statement, 2) : 0;
	result = facts_add(&walk->facts, &value);
	return result < 0 ? result : 0;
}

int store_load_facts(struct store *store, store_facts_each *each, void *context, struct error *reterr)
{
	struct store_row row = store_row_of(store, STATEMENT_LOAD_FACTS);
	struct facts_walk walk = { .each = each, .context = context };
	int result;

	while ((result = store_row_next(&row, reterr)) > 0) {
		result = take_fact(&walk, row.statement);
		if (result)
			break;
	}
	if (!result)
		result = end_device(&walk);
	if (result == -ENOMEM)
		error_set(reterr, result, "inventory %s: no memory for what devices said", store->file);
	facts_done(&walk.facts);
	store_row_done(&row);
	return result ? result : walk.count;
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

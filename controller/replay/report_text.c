/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "controller/replay/report_text.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "controller/replay/kin.h"
#include "controller/replay/refusals_text.h"
#include "controller/replay/text_table.h"
#include "controller/replay/view.h"

#define NS_PER_S       1000000000U
#define TIME_TEXT_MAX  32
#define COUNT_TEXT_MAX 24

static void time_text(uint64_t ns, char text[TIME_TEXT_MAX])
{
	time_t seconds = (time_t)(ns / NS_PER_S);
	struct tm parts;

	text[0] = '\0';
	if (localtime_r(&seconds, &parts))
		strftime(text, TIME_TEXT_MAX, "%F %T", &parts);
}

static void print_head(const struct replay *replay, FILE *stream)
{
	char first[TIME_TEXT_MAX], last[TIME_TEXT_MAX], day[DATE_TEXT_MAX];

	fprintf(stream, "%zu capture%s, %" PRIu64 " frame%s", replay->captures, replay->captures == 1 ? "" : "s",
	        replay->frames, replay->frames == 1 ? "" : "s");
	if (replay->first_ns > 0) {
		time_text(replay->first_ns, first);
		time_text(replay->last_ns, last);
		fprintf(stream, ", %s to %s", first, last);
	}
	fprintf(stream, "\nWhose support had ended is judged by %s%s.\n", date_format(view_support_day(replay), day),
	        replay->last_ns > 0 ? ", the day of the last frame" : "");
}

/* ---- devices ---- */

/* Sorted by zone, then class, the unknown last, then address. */
struct listed {
	struct census_device *device;
	const char *zone;
};

static int by_zone(const void *a, const void *b)
{
	const struct listed *one = a, *other = b;
	const char *class = one->device->class, *other_class = other->device->class;
	int order = strcmp(one->zone, other->zone);
	struct address address = view_address(one->device), other_address = view_address(other->device);

	if (order == 0 && !class[0] != !other_class[0])
		return class[0] ? -1 : 1;
	if (order == 0)
		order = strcmp(class, other_class);
	if (order == 0)
		order = memcmp(&address, &other_address, sizeof(address));
	return order ? order : memcmp(&one->device->key, &other->device->key, sizeof(one->device->key));
}

static struct listed *list_devices(const struct replay *replay, size_t *count)
{
	const struct policy *policy = replay->options.policy;
	struct listed *list = calloc(census_count(replay->census) + 1, sizeof(*list));

	*count = 0;
	if (!list)
		return NULL;
	for (struct census_device *one = census_first(replay->census); one; one = one->next)
		list[(*count)++] = (struct listed){ one, policy ? policy_zone(policy, one->zone)->name : "" };
	qsort(list, *count, sizeof(*list), by_zone);
	return list;
}

/* Vendor, model and system, those of them that are known. */
static void what_text(const struct identity *identity, char text[TEXT_TABLE_CELL])
{
	const char *between = identity->vendor[0] && identity->model[0] ? " " : "";
	const char *comma = identity->os[0] && (identity->vendor[0] || identity->model[0]) ? ", " : "";

	snprintf(text, TEXT_TABLE_CELL, "%.63s%s%.40s%s%.40s", identity->vendor, between, identity->model, comma,
	         identity->os);
}

static int add_device(struct replay *replay, const struct listed *listed, struct text_table *table)
{
	char mac[MAC_TEXT_MAX], address[ADDRESS_TEXT_MAX], what[TEXT_TABLE_CELL], class[POLICY_CLASS_MAX + 8];
	const char *const cells[] = { listed->zone, class, NULL, what, address, mac };
	const char *row[6];
	struct address newest = view_address(listed->device);
	struct view view;

	view_make(replay, listed->device, &view);
	if (view.identity->class[0])
		snprintf(class, sizeof(class), "%s %u %%", view.identity->class, view.identity->confidence);
	else
		snprintf(class, sizeof(class), "unknown");
	what_text(view.identity, what);
	address_format(&newest, address);
	mac_format(&listed->device->key.mac, mac);
	memcpy(row, cells, sizeof(row));
	row[2] = view.name[0] ? view.name : view.host_name;
	row[5] = mac_is_device(&listed->device->key.mac) ? mac : "(no MAC)";
	return text_table_add(table, replay->options.policy ? row : row + 1);
}

static int print_each(struct replay *replay, const struct listed *list, size_t count, size_t width, FILE *stream)
{
	static const char *const head[] = { "ZONE", "CLASS", "NAME", "WHAT", "ADDRESS", "MAC" };
	bool has_zones = replay->options.policy;
	struct text_table table = { .columns = has_zones ? 6 : 5 };
	int result = text_table_add(&table, has_zones ? head : head + 1);

	for (size_t i = 0; i < count && i < REPORT_DEVICES_MAX && result == 0; i++)
		result = add_device(replay, &list[i], &table);
	text_table_print(&table, width, stream);
	text_table_done(&table);
	if (count > REPORT_DEVICES_MAX)
		fprintf(stream, "  … and %zu more; --json lists them all\n", count - REPORT_DEVICES_MAX);
	return result;
}

/* Of a list too long to be read: how many of each class. */
static int print_classes(const struct replay *replay, const struct listed *list, size_t count, size_t width,
                         FILE *stream)
{
	static const char *const head[] = { "ZONE", "CLASS", "DEVICES" };
	bool has_zones = replay->options.policy;
	struct text_table table = { .columns = has_zones ? 3 : 2, .numbers = has_zones ? 4 : 2 };
	int result = text_table_add(&table, has_zones ? head : head + 1);

	for (size_t i = 0, end; i < count && result == 0; i = end) {
		const char *class = list[i].device->class;
		char number[COUNT_TEXT_MAX];
		const char *const row[] = { list[i].zone, class[0] ? class : "unknown", number };

		for (end = i; end < count && strcmp(list[end].zone, list[i].zone) == 0 &&
		              strcmp(list[end].device->class, class) == 0;)
			end++;
		snprintf(number, sizeof(number), "%zu", end - i);
		result = text_table_add(&table, has_zones ? row : row + 1);
	}
	text_table_print(&table, width, stream);
	text_table_done(&table);
	fputs("\n", stream);
	return result;
}

/* Each ring once: by the one of its devices that was met first. */
static bool is_first_of_kin(struct census_device *device)
{
	for (struct census_device *one = kin_next(device); one != device; one = kin_next(one))
		if (one->first_ns < device->first_ns ||
		    (one->first_ns == device->first_ns && memcmp(&one->key, &device->key, sizeof(one->key)) < 0))
			return false;
	return kin_next(device) != device;
}

static void print_kin(const struct replay *replay, FILE *stream)
{
	char mac[MAC_TEXT_MAX];
	size_t count = 0;

	for (struct census_device *device = census_first(replay->census); device; device = device->next) {
		if (!is_first_of_kin(device) || count++ >= REPORT_KIN_MAX)
			continue;
		fprintf(stream, "%s  One device: %s", count == 1 ? "\n" : "", mac_format(&device->key.mac, mac));
		for (struct census_device *one = kin_next(device); one != device; one = kin_next(one))
			fprintf(stream, ", %s", mac_format(&one->key.mac, mac));
		fputs("\n", stream);
	}
	if (count > REPORT_KIN_MAX)
		fprintf(stream, "  … and %zu more of several adapters; --json lists them all\n",
		        count - REPORT_KIN_MAX);
}

static int print_devices(struct replay *replay, size_t width, FILE *stream)
{
	size_t count, unknown = 0;
	struct listed *list = list_devices(replay, &count);
	int result = list ? 0 : -ENOMEM;

	for (size_t i = 0; i < count; i++)
		unknown += !list[i].device->class[0];
	fprintf(stream, "\nDevices: %zu, of which %zu unknown\n\n", count, unknown);
	if (result == 0 && count > REPORT_DEVICES_MAX)
		result = print_classes(replay, list, count, width, stream);
	if (result == 0 && count > 0)
		result = print_each(replay, list, count, width, stream);
	print_kin(replay, stream);
	free(list);
	return result;
}

/* ---- findings ---- */

struct tally {
	size_t findings[FINDING_COUNT];
	uint64_t times[FINDING_COUNT];
	char example[FINDING_COUNT][FINDING_EVIDENCE_MAX];
};

static void count_finding(const struct finding *finding, void *context)
{
	struct tally *tally = context;

	if (tally->findings[finding->type]++ == 0)
		memcpy(tally->example[finding->type], finding->evidence, sizeof(finding->evidence));
	tally->times[finding->type] += finding->count;
}

static int print_findings(const struct replay *replay, size_t width, FILE *stream)
{
	static const char *const head[] = { "FINDING", "FINDINGS", "TIMES", "FOR EXAMPLE" };
	struct tally *tally = calloc(1, sizeof(*tally));
	struct text_table table = { .columns = 4, .numbers = 6 };
	int result = tally ? text_table_add(&table, head) : -ENOMEM;

	if (result == 0)
		findings_each(replay->findings, count_finding, tally);
	fprintf(stream, "\nFindings: %zu\n%s", findings_count(replay->findings),
	        findings_count(replay->findings) ? "\n" : "");
	for (int i = 0; i < FINDING_COUNT && result == 0; i++) {
		char findings[COUNT_TEXT_MAX], times[COUNT_TEXT_MAX];
		const char *const row[] = { finding_type_name((enum finding_type)i), findings, times,
			                    tally->example[i] };

		if (tally->findings[i] == 0)
			continue;
		snprintf(findings, sizeof(findings), "%zu", tally->findings[i]);
		snprintf(times, sizeof(times), "%" PRIu64, tally->times[i]);
		result = text_table_add(&table, row);
	}
	if (findings_count(replay->findings))
		text_table_print(&table, width, stream);
	text_table_done(&table);
	free(tally);
	return result;
}

/* ---- the end ---- */

static void print_forgotten(const struct replay *replay, FILE *stream)
{
	const struct dissector_statistics *counted = dissector_statistics(replay->dissector);

	if (census_evicted(replay->census) > 0)
		fprintf(stream, "\n%" PRIu64 " devices made room for others: more than %u at once are not kept.\n",
		        census_evicted(replay->census), REPLAY_DEVICES_MAX);
	if (flow_rows_evicted(replay->rows) > 0)
		fprintf(stream, "\n%" PRIu64 " kinds of flows made room for others: more than %u are not kept.\n",
		        flow_rows_evicted(replay->rows), REPLAY_FLOWS_MAX);
	if (counted->link_unknown > 0)
		fprintf(stream, "\n%" PRIu64 " frames were of a link or protocol that is not read.\n",
		        counted->link_unknown);
}

static void print_next(const struct replay *replay, FILE *stream)
{
	fputs("\nNext\n\n", stream);
	if (!replay->options.policy) {
		fputs("  --policy FILE also tells which zone takes each device and what would be refused;\n"
		      "  policy/examples/hospital.yaml is one to begin with.\n",
		      stream);
	} else {
		fputs("  Devices in the default zone: pin them, or give a zone the members that take them.\n"
		      "  Refusals that are needed: isoward explain FILE --from X --to Y --service S tells what to "
		      "change.\n",
		      stream);
	}
	fputs("  --json gives every device with its evidence, every finding and every flow.\n", stream);
}

int report_text(struct replay *replay, size_t width, FILE *stream)
{
	int result;

	print_head(replay, stream);
	result = print_devices(replay, width, stream);
	if (result == 0)
		result = print_findings(replay, width, stream);
	if (result == 0 && replay->options.policy)
		result = refusals_text(replay, width, stream);
	print_forgotten(replay, stream);
	print_next(replay, stream);
	return result;
}

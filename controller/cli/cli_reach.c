/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <errno.h>
#include <getopt.h>
#include <string.h>

#include "controller/cli/cli.h"
#include "controller/cli/cli_json.h"
#include "policy/language/report.h"
#include "policy/proof/reach.h"
#include "policy/services.h"

#define LINE_COLUMNS 120
#define CELL_COLUMNS 3
#define PATH_MAX_IDS (POLICY_ZONES_MAX + POLICY_SINGLES_MAX + 1)

static const struct service_range any_range = { .last = UINT16_MAX };

/* What is asked for, and what was found. */
struct reach_view {
	const char *file;
	const char *service; /* as asked for; "any" */
	const struct service_range *ranges;
	size_t range_count;
	struct service_range own; /* where ranges is one that was written out */
	const char *from;
	uint16_t group; /* ZONE_NONE for all zones */
	bool json;
	struct loaded loaded;
	const struct policy *policy;
	struct reach *by_service;
	struct reach *by_lateral;
};

/* errors: -EINVAL, said on stderr. */
static int find_service(struct reach_view *view)
{
	const struct policy_service *service = policy_service_by_name(view->policy, view->service);
	const char *hint = NULL;

	view->range_count = 1;
	view->ranges = &any_range;
	if (strcmp(view->service, "any") == 0)
		return 0;
	if (service) {
		view->ranges = service->ranges;
		view->range_count = service->range_count;
		return 0;
	}
	view->ranges = &view->own;
	if (service_range_parse(view->service, &view->own, &hint) == 0)
		return 0;
	cli_usage(&cli_reach, "there is no service '%s'; %s", view->service, hint);
	return -EINVAL;
}

/* Finds the zone or device that --from names. errors: -EINVAL, said on stderr. */
static int find_from(struct reach_view *view)
{
	const struct policy *policy = view->policy;
	struct suggest suggest;

	if (!view->from)
		return 0;
	suggest_init(&suggest, view->from);
	for (uint16_t group = 1; group <= policy_group_count(policy); group++) {
		suggest_consider(&suggest, policy_group_name(policy, group));
		if (strcmp(policy_group_name(policy, group), view->from) == 0)
			view->group = group;
	}
	for (size_t i = 0; view->group == ZONE_NONE && i < policy->pin_count; i++) {
		if (policy->pins[i].name[0])
			suggest_consider(&suggest, policy->pins[i].name);
		if (policy->pins[i].zone != ZONE_NONE && strcmp(policy->pins[i].name, view->from) == 0)
			view->group = policy->pins[i].zone;
	}
	if (view->group != ZONE_NONE)
		return 0;
	cli_usage(&cli_reach, "no zone or pinned device is called '%s'%s", view->from, suggest_text(&suggest));
	return -EINVAL;
}

static int compute(struct reach_view *view)
{
	const struct service_builtin *lateral = service_builtin_by_name("lateral");
	int r = reach_new(view->policy, view->loaded.table, view->ranges, view->range_count, &view->by_service);

	if (r == 0)
		r = reach_new(view->policy, view->loaded.table, lateral->ranges, lateral->range_count,
		              &view->by_lateral);
	if (r == -E2BIG)
		fprintf(stderr, "isoward reach: between two zones it depends on too many combinations of times and "
		                "names; use fewer different 'during', 'until' and 'names'\n");
	else if (r < 0)
		fprintf(stderr, "isoward reach: %s\n", strerror(-r));
	return r;
}

/* The zone from which an infected member reaches most; the first of those that are alike. */
static uint16_t worst_zone(const struct reach_view *view)
{
	uint16_t worst = 1;

	for (uint16_t zone = 2; zone <= view->policy->zone_count; zone++)
		if (reach_radius(view->by_service, zone, 0) > reach_radius(view->by_service, worst, 0))
			worst = zone;
	return worst;
}

static int label_columns(const struct policy *policy)
{
	size_t longest = strlen("zone");

	for (size_t i = 0; i < policy->zone_count; i++)
		if (strlen(policy->zones[i].name) > longest)
			longest = strlen(policy->zones[i].name);
	return (int)longest;
}

static void print_cell(unsigned int hops)
{
	if (hops == 0)
		printf("%*s", CELL_COLUMNS, ".");
	else
		printf("%*u", CELL_COLUMNS, hops);
}

/* One block of the table: of all zones as lines, those from ${first} to below ${end} as columns. */
static void print_block(const struct reach_view *view, int label, uint16_t first, uint16_t end)
{
	printf("%3s  %-*s  %6s %4s  %7s %4s |", "", label, "zone", "direct", "all", "lateral", "all");
	for (uint16_t to = first; to < end; to++)
		printf("%*u", CELL_COLUMNS, to);
	printf("\n");
	for (uint16_t from = 1; from <= view->policy->zone_count; from++) {
		printf("%3u  %-*s  %6u %4u  %7u %4u |", from, label, policy_group_name(view->policy, from),
		       reach_radius(view->by_service, from, 1), reach_radius(view->by_service, from, 0),
		       reach_radius(view->by_lateral, from, 1), reach_radius(view->by_lateral, from, 0));
		for (uint16_t to = first; to < end; to++)
			print_cell(reach_hops(view->by_service, from, to));
		printf("\n");
	}
}

static void print_table(const struct reach_view *view)
{
	uint16_t zones = (uint16_t)view->policy->zone_count;
	uint16_t worst = worst_zone(view);
	int label = label_columns(view->policy);
	int columns = (LINE_COLUMNS - label - 35) / CELL_COLUMNS;

	printf("%s: %u zones; by %s the worst place for an infected device is %s: it reaches %u of them\n\n",
	       view->file, zones, strcmp(view->service, "any") == 0 ? "any service" : view->service,
	       policy_group_name(view->policy, worst), reach_radius(view->by_service, worst, 0));
	for (uint16_t first = 1; first <= zones; first = (uint16_t)(first + columns)) {
		print_block(view, label, first, (uint16_t)(first + columns <= zones ? first + columns : zones + 1));
		printf("\n");
	}
	printf("Left: how many zones one infected member touches directly and, what it touches being infected too, in\n"
	       "all; its own counts where its members may touch each other. Then the same by the ports that intruders "
	       "move\n"
	       "along (service lateral).\n"
	       "Right: how many connections it takes to get from the zone of the line to the zone of the column, '.'\n"
	       "for no way.\n");
}

/* "pumps → pump-servers → pcs" */
static void print_path(const struct reach_view *view, uint16_t to)
{
	uint16_t path[PATH_MAX_IDS];
	size_t count = reach_path(view->by_service, view->group, to, path, PATH_MAX_IDS);

	for (size_t i = 0; i < count; i++)
		printf("%s%s", i > 0 ? " → " : "", policy_group_name(view->policy, path[i]));
}

static void print_reached(const struct reach_view *view, unsigned int hops)
{
	int label = label_columns(view->policy);

	for (uint16_t to = 1; to <= view->policy->zone_count; to++) {
		if (reach_hops(view->by_service, view->group, to) != hops)
			continue;
		printf("  %u %-4s  %-*s  ", hops, hops == 1 ? "hop" : "hops", label,
		       policy_group_name(view->policy, to));
		print_path(view, to);
		printf("\n");
	}
}

static unsigned int farthest(const struct reach_view *view)
{
	unsigned int most = 0;

	for (uint16_t to = 1; to <= view->policy->zone_count; to++)
		if (reach_hops(view->by_service, view->group, to) > most)
			most = reach_hops(view->by_service, view->group, to);
	return most;
}

static void print_not_reached(const struct reach_view *view)
{
	uint16_t own = policy_group_zone(view->policy, view->group);
	bool any = false;

	for (uint16_t to = 1; to <= view->policy->zone_count; to++) {
		if (to == own || reach_hops(view->by_service, view->group, to) != 0)
			continue;
		printf("%s%s", any ? ", " : "Not reached: ", policy_group_name(view->policy, to));
		any = true;
	}
	if (any)
		printf("\n");
}

static void print_from(const struct reach_view *view)
{
	const char *what = policy_single(view->policy, view->group) ? "Infected, the device" : "One infected member of";
	uint16_t zone = policy_group_zone(view->policy, view->group);
	unsigned int most = farthest(view);

	printf("%s %s reaches %u of %zu zones by %s, %u directly.\n", what,
	       policy_group_name(view->policy, view->group), reach_radius(view->by_service, view->group, 0),
	       view->policy->zone_count, strcmp(view->service, "any") == 0 ? "any service" : view->service,
	       reach_radius(view->by_service, view->group, 1));
	if (reach_hops(view->by_service, view->group, zone) == 0)
		printf("It does not get at other members of its zone.\n");
	for (unsigned int hops = 1; hops <= most; hops++)
		print_reached(view, hops);
	print_not_reached(view);
}

static json_t *path_json(const struct reach_view *view, uint16_t from, uint16_t to)
{
	uint16_t path[PATH_MAX_IDS];
	size_t count = reach_path(view->by_service, from, to, path, PATH_MAX_IDS);
	json_t *list = json_array();

	for (size_t i = 0; i < count; i++)
		json_array_append_new(list, cli_json_text(policy_group_name(view->policy, path[i])));
	return list;
}

static json_t *from_json(const struct reach_view *view, uint16_t from)
{
	json_t *reaches = json_array();

	for (uint16_t to = 1; to <= view->policy->zone_count; to++) {
		unsigned int hops = reach_hops(view->by_service, from, to);

		if (hops > 0)
			json_array_append_new(reaches,
			                      json_pack("{s:s, s:i, s:o}", "zone", policy_group_name(view->policy, to),
			                                "hops", (int)hops, "path", path_json(view, from, to)));
	}
	return json_pack(
		"{s:o, s:s, s:i, s:i, s:i, s:i, s:o}", "from", cli_json_text(policy_group_name(view->policy, from)),
		"zone", policy_group_name(view->policy, policy_group_zone(view->policy, from)), "direct",
		(int)reach_radius(view->by_service, from, 1), "all", (int)reach_radius(view->by_service, from, 0),
		"lateral_direct", (int)reach_radius(view->by_lateral, from, 1), "lateral_all",
		(int)reach_radius(view->by_lateral, from, 0), "reaches", reaches);
}

static int print_json(const struct reach_view *view)
{
	json_t *list = json_array();

	for (uint16_t from = 1; from <= view->policy->zone_count; from++)
		if (view->group == ZONE_NONE)
			json_array_append_new(list, from_json(view, from));
	if (view->group != ZONE_NONE)
		json_array_append_new(list, from_json(view, view->group));
	return cli_json_print(json_pack("{s:o, s:o, s:i, s:o}", "file", cli_json_text(view->file), "service",
	                                cli_json_text(view->service), "zones", (int)view->policy->zone_count, "reach",
	                                list));
}

/* A policy that only its expectations refuse is shown all the same: here one sees why. */
static int show(struct reach_view *view)
{
	int loaded = cli_load_or_say(view->file, &view->loaded);

	view->policy = view->loaded.policy;
	if (!view->loaded.table)
		return CLI_FAILED;
	if (find_service(view) < 0 || find_from(view) < 0)
		return CLI_USAGE;
	if (compute(view) < 0)
		return CLI_FAILED;
	if (view->json && print_json(view) < 0)
		return CLI_FAILED;
	if (!view->json && view->group == ZONE_NONE)
		print_table(view);
	else if (!view->json)
		print_from(view);
	return loaded < 0 ? CLI_FAILED : CLI_DONE;
}

static int parse_one(int option, char **arguments, struct reach_view *view)
{
	switch (option) {
	case 'j':
		view->json = true;
		return CLI_DONE;
	case 'f':
		view->from = optarg;
		return CLI_DONE;
	case 's':
		view->service = optarg;
		return CLI_DONE;
	default:
		return cli_bad_option(&cli_reach, option, arguments);
	}
}

static int run(int count, char **arguments)
{
	static const struct option known[] = {
		{ "from", required_argument, NULL, 'f' },
		{ "json", no_argument, NULL, 'j' },
		{ "service", required_argument, NULL, 's' },
		{ NULL, 0, NULL, 0 },
	};
	struct reach_view view = { .service = "any" };
	int option, status;

	while ((option = getopt_long(count, arguments, ":", known, NULL)) != -1)
		if (parse_one(option, arguments, &view) != CLI_DONE)
			return CLI_USAGE;
	if (count - optind != 1)
		return cli_usage(&cli_reach, "one policy file is needed");
	view.file = arguments[optind];
	status = show(&view);
	reach_free(view.by_service);
	reach_free(view.by_lateral);
	cli_unload(&view.loaded);
	return status;
}

const struct cli_command cli_reach = {
	.name = "reach",
	.arguments = "FILE [--from ZONE] [--service S] [--json]",
	.help = "tell how far an infected device gets",
	.details = "Without --from: the table of all zones, how many connections it takes from each to each, and the "
		   "blast\n"
		   "radius of each zone. Whatever some rule allows at some time counts; what is touched counts as "
		   "infected.\n"
		   "A zone stands for all its members, the devices that rules name by themselves included.\n"
		   "\n"
		   "  --from ZONE    the zones that one infected member of ZONE, or one device, reaches, with a way to "
		   "each\n"
		   "  --service S    by this service only: tcp/445, or a service's name, as lateral; else by any\n"
		   "  --json         { file, service, zones, reach: [{ from, zone, direct, all, lateral_direct,\n"
		   "                 lateral_all, reaches: [{ zone, hops, path }] }] }\n"
		   "\n"
		   "Exit status: 0 done, 1 the policy is wrong, 2 wrong usage.\n"
		   "\n"
		   "  isoward reach policy.yaml\n"
		   "  isoward reach policy.yaml --from pumps --service lateral\n",
	.run = run,
};

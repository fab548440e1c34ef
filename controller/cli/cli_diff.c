/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <errno.h>
#include <getopt.h>
#include <string.h>

#include "controller/cli/cli.h"
#include "controller/cli/cli_json.h"
#include "policy/proof/difference.h"

/* How a kind is written. */
static const struct {
	const char *name; /* in JSON */
	char sign;
} kinds[] = {
	[DIFFERENCE_GATEWAY] = { "gateway", '~' },
	[DIFFERENCE_ZONE_ADDED] = { "zone-added", '+' },
	[DIFFERENCE_ZONE_REMOVED] = { "zone-removed", '-' },
	[DIFFERENCE_MEMBERS] = { "members", '~' },
	[DIFFERENCE_NETWORK] = { "network", '~' },
	[DIFFERENCE_DEVICE] = { "device", '~' },
	[DIFFERENCE_GAINS] = { "gains", '+' },
	[DIFFERENCE_LOSES] = { "loses", '-' },
	[DIFFERENCE_ANSWERS] = { "answers", '~' },
	[DIFFERENCE_FASTER] = { "faster", '~' },
	[DIFFERENCE_SLOWER] = { "slower", '~' },
};

static void print_pair(const struct difference *difference, const char *what)
{
	printf("%s → %s: %s%s", difference->from, difference->to, difference->services, what);
	if (difference->when[0])
		printf(" (%s)", difference->when);
}

static void print_device(const struct difference *difference)
{
	bool tags = !difference->from[0] && !difference->to[0];

	if (tags)
		printf("device %s: has other tags", difference->subject);
	else
		printf("device %s: %s → %s", difference->subject,
		       difference->from[0] ? difference->from : "wherever it is found to belong",
		       difference->to[0] ? difference->to : "wherever it is found to belong");
}

static void print_what(const struct difference *difference)
{
	switch (difference->kind) {
	case DIFFERENCE_GATEWAY:
		printf("gateway: %s", difference->subject);
		break;
	case DIFFERENCE_ZONE_ADDED:
	case DIFFERENCE_ZONE_REMOVED:
		printf("zone %s", difference->from);
		break;
	case DIFFERENCE_MEMBERS:
		printf("zone %s: takes other devices", difference->from);
		break;
	case DIFFERENCE_NETWORK:
		printf("network %s: %s → %s", difference->subject, difference->from[0] ? difference->from : "no zone",
		       difference->to[0] ? difference->to : "no zone");
		break;
	case DIFFERENCE_DEVICE:
		print_device(difference);
		break;
	case DIFFERENCE_GAINS:
	case DIFFERENCE_LOSES:
		print_pair(difference, "");
		break;
	case DIFFERENCE_ANSWERS:
		print_pair(difference, ", refused with another answer");
		break;
	case DIFFERENCE_FASTER:
		print_pair(difference, ", at a higher rate");
		break;
	case DIFFERENCE_SLOWER:
		print_pair(difference, ", at a lower rate");
		break;
	}
}

static void print_all(const struct differences *differences, const struct policy *policy)
{
	size_t loosening = 0;

	for (size_t i = 0; i < differences->count; i++) {
		const struct difference *difference = &differences->at[i];

		printf("%c ", kinds[difference->kind].sign);
		print_what(difference);
		if (difference->place.line > 0)
			printf("  %s:%u", policy_file(policy, difference->place), difference->place.line);
		if (difference->loosens && difference->kind != DIFFERENCE_GAINS)
			printf("  (loosens)");
		printf("\n");
		loosening += difference->loosens;
	}
	if (loosening > 0)
		printf("loosens: %zu of %zu difference%s\n", loosening, differences->count,
		       differences->count == 1 ? "" : "s");
	else if (differences->count > 0)
		printf("nothing loosens: %zu difference%s\n", differences->count, differences->count == 1 ? "" : "s");
	else
		printf("nothing loosens: no difference\n");
}

static json_t *text_or_null(const char *text)
{
	return text[0] ? cli_json_text(text) : json_null();
}

static json_t *difference_json(const struct difference *difference, const struct policy *policy)
{
	bool placed = difference->place.line > 0;

	return json_pack("{s:s, s:b, s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "kind", kinds[difference->kind].name,
	                 "loosens", difference->loosens, "from", text_or_null(difference->from), "to",
	                 text_or_null(difference->to), "subject", text_or_null(difference->subject), "services",
	                 text_or_null(difference->services), "when", text_or_null(difference->when), "file",
	                 placed ? cli_json_text(policy_file(policy, difference->place)) : json_null(), "line",
	                 placed ? json_integer(difference->place.line) : json_null());
}

static int print_json(const struct differences *differences, const struct policy *policy)
{
	json_t *list = json_array();

	for (size_t i = 0; i < differences->count; i++)
		json_array_append_new(list, difference_json(&differences->at[i], policy));
	return cli_json_print(json_pack("{s:b, s:o}", "loosens", (int)differences->loosens, "differences", list));
}

static int say_failure(int code)
{
	if (code == -E2BIG)
		fprintf(stderr, "isoward diff: more differences, or more combinations of times and names between two "
		                "zones, than are compared\n");
	else
		fprintf(stderr, "isoward diff: %s\n", strerror(-code));
	return CLI_USAGE;
}

static int compare(const struct loaded *before, const struct loaded *after, bool json)
{
	struct differences differences = { .at = NULL };
	int r = difference_find(before->policy, before->table, after->policy, after->table, &differences);
	int status = differences.loosens ? CLI_FAILED : CLI_DONE;

	if (r < 0)
		status = say_failure(r);
	else if (!json)
		print_all(&differences, after->policy);
	else if (print_json(&differences, after->policy) < 0)
		status = CLI_USAGE;
	differences_free(&differences);
	return status;
}

/* The old policy may fail its expectations: it is what there was. The new one has to be right. */
static int load_and_compare(const char *old_path, const char *new_path, bool json)
{
	static struct loaded before;
	static struct loaded after;
	int status = CLI_USAGE;

	cli_load_or_say(old_path, &before);
	if (cli_load_or_say(new_path, &after) == 0 && before.table)
		status = compare(&before, &after, json);
	cli_unload(&before);
	cli_unload(&after);
	return status;
}

static int run(int count, char **arguments)
{
	static const struct option known[] = {
		{ "json", no_argument, NULL, 'j' },
		{ NULL, 0, NULL, 0 },
	};
	bool json = false;
	int option;

	while ((option = getopt_long(count, arguments, ":", known, NULL)) != -1) {
		if (option != 'j')
			return cli_bad_option(&cli_diff, option, arguments);
		json = true;
	}
	if (count - optind != 2)
		return cli_usage(&cli_diff, "two policy files are needed, the old one and the new one");
	return load_and_compare(arguments[optind], arguments[optind + 1], json);
}

const struct cli_command cli_diff = {
	.name = "diff",
	.arguments = "OLD NEW [--json]",
	.help = "tell what a new policy allows that an old one did not, and the other way",
	.details =
		"Policies are compared by what they mean: another order, wording or name of a service is no "
		"difference.\n"
		"\n"
		"  + a → b: ssh     zone a may reach b by ssh, and could not; then the rule that allows it now\n"
		"  - a → b: web     zone a may no longer; then the rule that refuses it now, none where no rule does\n"
		"  ~                a device or network moves, a zone takes other devices, an answer or a rate is "
		"other\n"
		"\n"
		"What moves loosens where the zone it moves into reaches, or is reached by, more than the one it left. "
		"Whom\n"
		"a change of members moves the policy does not tell: it loosens where it could for any zone's "
		"devices.\n"
		"\n"
		"  --json     { loosens, differences: [{ kind, loosens, from, to, subject, services, when, file, line "
		"}] }\n"
		"\n"
		"Exit status: 0 nothing loosens, 1 something does, 2 wrong usage or a wrong policy.\n"
		"\n"
		"  isoward diff /etc/isoward/policy.yaml new.yaml && cp new.yaml /etc/isoward/policy.yaml\n",
	.run = run,
};

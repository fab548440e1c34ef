/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <getopt.h>

#include "controller/cli/cli.h"
#include "controller/local_time.h"
#include "policy/plan/plan.h"

#define EPOCH 1  /* always the same, so that the text is */
#define DAYS  33 /* of hours that are shown, as the daemon gives the kernel */

/* A file's name in a comment: a line break in it would end the comment. */
static void print_name(const char *name)
{
	for (; *name; name++)
		putchar((unsigned char)*name < 0x20 ? '?' : *name);
}

/* The rules that do not hold then; "" where the policy has no hours. */
static void print_hours(const struct policy *policy, struct moment moment, const char *at)
{
	bool any = false;

	for (size_t i = 0; i < policy->rule_count; i++) {
		const struct policy_rule *rule = &policy->rules[i];

		if (schedule_is_always(&rule->schedule))
			continue;
		if (!any)
			printf("# Rules with 'during' or 'until' hold in the spans of their sets hours.N, which the "
			       "daemon\n"
			       "# renews. They begin %s%s and are in UTC: load this text with TZ=UTC.\n",
			       at ? "before " : "now", at ? at : "");
		any = true;
		if (schedule_holds(&rule->schedule, moment))
			continue;
		fputs("#   not in force then: ", stdout);
		print_name(policy_file(policy, rule->place));
		printf(":%u%s%s\n", rule->place.line, rule->name[0] ? " " : "", rule->name);
	}
	if (any)
		fputs("#\n", stdout);
}

static void print_name_sets(const struct policy *policy)
{
	for (size_t i = 0; i < policy->name_set_count; i++) {
		printf("#   " PLAN_SET_NAMES4 ".%zu, " PLAN_SET_NAMES6 ".%zu   the addresses of", i + 1, i + 1);
		for (size_t j = 0; j < policy->name_sets[i].name_count; j++)
			printf("%s %s", j > 0 ? "," : "", policy->name_sets[i].names[j]);
		fputs("\n", stdout);
	}
}

static void print_head(const struct loaded *loaded, struct moment moment, const char *at)
{
	fputs("# The rules Isoward loads for the policy ", stdout);
	print_name(loaded->policy->file);
	fputs(".\n#\n", stdout);
	print_hours(loaded->policy, moment, at);
	fputs("# Learned while it runs, and empty here:\n"
	      "#   guard4, guard6   who may send from which address\n"
	      "#   zone4, zone6     the zone of a device's address; those of networks stand in net4 and net6\n",
	      stdout);
	print_name_sets(loaded->policy);
	fputs("# A rule's comment says on which line of the policy it stands, or in which file and line.\n\n", stdout);
}

/* ${at} is the moment as it was asked for; NULL for the present. */
static int print_plan(const struct loaded *loaded, struct moment moment, const char *at)
{
	CLEANUP(plan_free) struct plan *plan = NULL;
	struct error error = { 0 };
	struct calendar calendar;
	char *text = NULL;
	int result;

	local_time_calendar(local_time_of(moment), DAYS, &calendar);
	result = plan_build(loaded->policy, loaded->table, EPOCH, &calendar, &plan, &error);

	if (result == 0)
		result = plan_print(plan, &text);
	if (result < 0) {
		error_set(&error, result, "no memory for the plan");
		cli_print_problem(stderr, &error, "error");
		return CLI_FAILED;
	}
	print_head(loaded, moment, at);
	fputs(text, stdout);
	free(text);
	return CLI_DONE;
}

static int run(int count, char **arguments)
{
	static const struct option known[] = {
		{ "at", required_argument, NULL, 'a' },
		{ NULL, 0, NULL, 0 },
	};
	struct moment moment = cli_now();
	const char *at = NULL;
	static struct loaded loaded;
	int option, status = CLI_FAILED;

	while ((option = getopt_long(count, arguments, ":", known, NULL)) != -1) {
		if (option != 'a')
			return cli_bad_option(&cli_plan, option, arguments);
		if (moment_parse(optarg, &moment) < 0)
			return cli_usage(&cli_plan, "--at '%s' is no moment; write \"2026-12-01 08:30\"", optarg);
		at = optarg;
	}
	if (optind + 1 != count)
		return cli_usage(&cli_plan, "one policy file is needed");
	if (cli_load_or_say(arguments[optind], &loaded) == 0)
		status = print_plan(&loaded, moment, at);
	cli_unload(&loaded);
	return status;
}

const struct cli_command cli_plan = {
	.name = "plan",
	.arguments = "FILE [--at \"YYYY-MM-DD HH:MM\"]",
	.help = "show the rules a policy becomes, as nft reads them",
	.details = "Nothing is loaded; an error in the policy is told as isoward check does.\n"
		   "The same policy gives the "
		   "same text, so two of them can be compared.\n"
		   "\n"
		   "  --at MOMENT   with the hours of the weeks that begin then, in local time; else now\n"
		   "\n"
		   "  isoward plan policy.yaml | TZ=UTC nft -c -f -\n",
	.run = run,
};

/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <errno.h>
#include <getopt.h>
#include <string.h>

#include "controller/cli/cli.h"
#include "controller/cli/cli_json.h"
#include "policy/proof/explain.h"
#include "policy/services.h"

#define PLACE_TEXT_MAX (ERROR_FILE_MAX + 16)

struct request {
	const char *file;
	const char *from;
	const char *to;
	const char *service;
	struct moment moment;
	bool json;
};

static const char *const verdicts[] = {
	[VERDICT_DENY] = "deny",
	[VERDICT_ALLOW] = "allow",
	[VERDICT_REJECT] = "reject",
};

static const char *const helpers[] = {
	[HELPER_FTP] = "ftp",
	[HELPER_TFTP] = "tftp",
};

static const char *const days[] = { "Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun" };

static const char *place_text(const struct policy *policy, struct place place, char text[PLACE_TEXT_MAX])
{
	snprintf(text, PLACE_TEXT_MAX, "%s:%u", policy_file(policy, place), place.line);
	return text;
}

/* A device by its name or MAC; NULL for what is no device. */
static const char *device_text(const struct endpoint *endpoint)
{
	if (endpoint->kind != ENDPOINT_DEVICE)
		return NULL;
	return endpoint->pin && endpoint->pin->name[0] ? endpoint->pin->name : endpoint->text;
}

static const char *zone_text(const struct policy *policy, const struct endpoint *endpoint)
{
	const struct policy_zone *zone = policy_zone(policy, endpoint->zone);

	return zone ? zone->name : NULL;
}

static void print_row(const char *name, const char *text)
{
	printf("%-10s%s\n", name, text);
}

static void print_endpoint(const struct policy *policy, const char *name, const struct endpoint *endpoint)
{
	const char *zone = zone_text(policy, endpoint);
	const char *device = device_text(endpoint);

	printf("%-10s", name);
	if (endpoint->kind == ENDPOINT_ZONE)
		printf("zone %s", zone);
	else
		printf("%s, %s%s", device ? device : endpoint->text, zone ? "in zone " : "in no zone",
		       zone ? zone : "");
	printf(": %s\n", endpoint->how);
}

static void print_rule(const struct policy *policy, const struct policy_rule *rule, const char *why)
{
	char place[PLACE_TEXT_MAX];

	if (!rule) {
		print_row("decided", "by the default");
		print_row("why", why);
		return;
	}
	printf("%-10sby the rule at %s%s%s\n", "decided", place_text(policy, rule->place, place),
	       rule->name[0] ? ", " : "", rule->name);
	printf("%-10s%s: %s%s\n", "", verdicts[rule->verdict], rule->services,
	       rule->log == LOG_ALWAYS  ? ", every new flow reported"
	       : rule->log == LOG_NEVER ? ", counted only"
	                                : "");
	print_row("why", why[0] ? why : "the rule gives no reason");
	if (rule->owner[0])
		print_row("owner", rule->owner);
}

static void print_times(const struct schedule *schedule)
{
	char window[WINDOW_TEXT_MAX];
	char day[DATE_TEXT_MAX];

	if (schedule_is_always(schedule))
		return;
	printf("%-10sthe rule is in force ", "times");
	for (size_t i = 0; i < schedule->window_count; i++)
		printf("%s%s", i > 0 ? ", " : "", window_format(&schedule->windows[i], window));
	if (schedule->until != DAY_NONE)
		printf("%suntil %s, that day included", schedule->window_count > 0 ? ", " : "",
		       date_format(schedule->until, day));
	printf("\n");
}

static const char *span_text(uint32_t seconds)
{
	return seconds == 1 ? "second" : seconds == 60 ? "minute" : seconds == 3600 ? "hour" : "day";
}

static void print_conditions(const struct policy *policy, const struct explanation *explanation)
{
	const struct policy_rule *rule = explanation->rule;

	if (rule)
		print_times(&rule->schedule);
	if (rule && rule->rate.count > 0)
		printf("%-10sat most %u new flows a %s from the one zone to the other; those above are refused\n",
		       "rate", rule->rate.count, span_text(rule->rate.seconds));
	if (explanation->helper != HELPER_NONE && explanation->helper < ARRAY_SIZE(helpers))
		printf("%-10s%s: the data channels that it opens are let through\n", "helper",
		       helpers[explanation->helper]);
	if (rule && rule->names && policy->name_set_count > 0)
		print_row("names", "only addresses that were learned for the rule's names from DNS answers");
}

static void print_observed(const struct policy *policy, const struct policy_rule *rule)
{
	char place[PLACE_TEXT_MAX];

	if (rule)
		printf("%-10sthe rule at %s%s%s would %s it, were it not in observe mode\n", "observed",
		       place_text(policy, rule->place, place), rule->name[0] ? ", " : "", rule->name,
		       verdicts[rule->verdict]);
}

static void print_explanation(const struct policy *policy, const struct request *request,
                              const struct explanation *explanation)
{
	struct moment moment = explanation->flow.moment;
	char service[SERVICE_TEXT_MAX];
	char day[DATE_TEXT_MAX];

	service_range_format(&explanation->service, service);
	printf("%s: %s to %s, %s", verdicts[explanation->decision.verdict], request->from, request->to, service);
	if (strcmp(service, request->service) != 0)
		printf(" (of %s)", request->service);
	printf(", %s %s %02u:%02u\n\n", days[moment_weekday(moment.day)], date_format(moment.day, day),
	       moment.minute / 60U, moment.minute % 60U);
	print_rule(policy, explanation->rule, explanation->why);
	print_endpoint(policy, "from", &explanation->from);
	print_endpoint(policy, "to", &explanation->to);
	print_conditions(policy, explanation);
	print_observed(policy, explanation->observed);
	print_row("change", explanation->change);
}

static const char *kind_text(enum endpoint_kind kind)
{
	switch (kind) {
	case ENDPOINT_ZONE:
		return "zone";
	case ENDPOINT_DEVICE:
		return "device";
	case ENDPOINT_ADDRESS:
		return "address";
	case ENDPOINT_NAME:
		return "name";
	}
	return "";
}

static json_t *endpoint_json(const struct policy *policy, const struct endpoint *endpoint)
{
	const char *device = device_text(endpoint);

	return json_pack("{s:s?, s:o, s:o, s:s, s:o}", "zone", zone_text(policy, endpoint), "device",
	                 device ? cli_json_text(device) : json_null(), "asked", cli_json_text(endpoint->text), "kind",
	                 kind_text(endpoint->kind), "how", cli_json_text(endpoint->how));
}

static json_t *rule_json(const struct policy *policy, const struct policy_rule *rule)
{
	if (!rule)
		return json_null();
	return json_pack("{s:o, s:i, s:o}", "file", cli_json_text(policy_file(policy, rule->place)), "line",
	                 (int)rule->place.line, "name", cli_json_text(rule->name));
}

static json_t *observed_json(const struct policy *policy, const struct policy_rule *rule)
{
	if (!rule)
		return json_null();
	return json_pack("{s:o, s:s}", "rule", rule_json(policy, rule), "verdict", verdicts[rule->verdict]);
}

static int print_json(const struct policy *policy, const struct explanation *explanation)
{
	/* a rule in observe mode decides nothing, so that what decides is always enforced */
	return cli_json_print(json_pack(
		"{s:s, s:s, s:o, s:o, s:o, s:o, s:o, s:o}", "verdict", verdicts[explanation->decision.verdict], "mode",
		"enforce", "from", endpoint_json(policy, &explanation->from), "to",
		endpoint_json(policy, &explanation->to), "rule", rule_json(policy, explanation->rule), "why",
		cli_json_text(explanation->why), "change", cli_json_text(explanation->change), "observed",
		observed_json(policy, explanation->observed)));
}

static int answer(const struct loaded *loaded, const struct request *request)
{
	static struct explanation explanation;
	struct error error = { .code = 0 };
	int r = explain(loaded->policy, loaded->table, request->from, request->to, request->service, request->moment,
	                &explanation, &error);

	if (r < 0) {
		fprintf(stderr, "isoward explain: %s\n", error.text);
		return r == -ENOMEM ? CLI_FAILED : CLI_USAGE;
	}
	if (request->json)
		return print_json(loaded->policy, &explanation) < 0 ? CLI_FAILED : CLI_DONE;
	print_explanation(loaded->policy, request, &explanation);
	return CLI_DONE;
}

/* A policy that breaks its own expectations is explained too: that is when somebody asks. It stays wrong. */
static int explain_file(const struct request *request)
{
	static struct loaded loaded;
	bool is_right = cli_load_or_say(request->file, &loaded) == 0;
	int status = CLI_FAILED;

	if (loaded.policy && loaded.table)
		status = answer(&loaded, request);
	cli_unload(&loaded);
	return is_right || status == CLI_USAGE ? status : CLI_FAILED;
}

static int parse_option(int option, char **arguments, struct request *request)
{
	switch (option) {
	case 'f':
		request->from = optarg;
		return CLI_DONE;
	case 't':
		request->to = optarg;
		return CLI_DONE;
	case 's':
		request->service = optarg;
		return CLI_DONE;
	case 'j':
		request->json = true;
		return CLI_DONE;
	case 'a':
		if (moment_parse(optarg, &request->moment) == 0)
			return CLI_DONE;
		return cli_usage(&cli_explain, "--at '%s' is no moment; write \"2026-12-01 08:30\"", optarg);
	default:
		return cli_bad_option(&cli_explain, option, arguments);
	}
}

static int run(int count, char **arguments)
{
	static const struct option known[] = {
		{ "from", required_argument, NULL, 'f' },    { "to", required_argument, NULL, 't' },
		{ "service", required_argument, NULL, 's' }, { "at", required_argument, NULL, 'a' },
		{ "json", no_argument, NULL, 'j' },          { NULL, 0, NULL, 0 },
	};
	struct request request = { .moment = cli_now() };
	int option;

	while ((option = getopt_long(count, arguments, ":", known, NULL)) != -1)
		if (parse_option(option, arguments, &request) != CLI_DONE)
			return CLI_USAGE;
	if (optind + 1 != count)
		return cli_usage(&cli_explain, "one policy file is needed");
	if (!request.from || !request.to || !request.service)
		return cli_usage(&cli_explain, "%s is missing",
		                 !request.from ? "--from"
		                 : !request.to ? "--to"
		                               : "--service");
	request.file = arguments[optind];
	return explain_file(&request);
}

const struct cli_command cli_explain = {
	.name = "explain",
	.arguments = "FILE --from X --to Y --service S [--at \"YYYY-MM-DD HH:MM\"] [--json]",
	.help = "tell what a policy decides for one flow, by which rule, and why",
	.details = "The table that decides is the one the kernel gets.\n"
		   "\n"
		   "  --from X      a zone, a device's name, a MAC address, or an IP address in one of the policy's "
		   "networks\n"
		   "  --to Y        one of these, or a DNS name\n"
		   "  --service S   tcp/445, icmp/echo, ip/50, or a service's name: its first port\n"
		   "  --at MOMENT   with the rules in force then, in local time; else now\n"
		   "  --json        one line of JSON: verdict (allow, deny, reject), mode, from, to, rule (null where "
		   "no rule\n"
		   "                decides), why, change, observed (null, or the rule in observe mode that stood "
		   "before)\n"
		   "\n"
		   "Exit status: 0 explained, whatever the verdict; 1 an error in the policy; 2 wrong usage, or no "
		   "such zone,\n"
		   "device or service.\n"
		   "\n"
		   "  isoward explain policy.yaml --from CT-2 --to pacs --service dicom\n"
		   "  isoward explain policy.yaml --from pumps --to 10.20.10.3 --service tcp/3613 --at \"2026-12-01 "
		   "08:30\"\n",
	.run = run,
};

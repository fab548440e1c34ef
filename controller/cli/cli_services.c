/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <getopt.h>
#include <string.h>

#include "controller/cli/cli.h"
#include "controller/cli/cli_json.h"
#include "policy/language/report.h"
#include "policy/services.h"

#define PORTS_TEXT_MAX (SERVICE_RANGES_MAX * (SERVICE_TEXT_MAX + 2))
#define PORTS_COLUMN   34
#define NAME_COLUMN    16

static const char *const helpers[] = {
	[HELPER_NONE] = NULL,
	[HELPER_FTP] = "ftp",
	[HELPER_TFTP] = "tftp",
};

static const char *helper_of(const struct service_builtin *service)
{
	for (size_t i = 0; i < service->range_count; i++)
		if (service->ranges[i].helper < ARRAY_SIZE(helpers) && helpers[service->ranges[i].helper])
			return helpers[service->ranges[i].helper];
	return NULL;
}

static void write_ports(const struct service_builtin *service, char text[PORTS_TEXT_MAX])
{
	char range[SERVICE_TEXT_MAX];
	size_t used = 0;

	text[0] = '\0';
	for (size_t i = 0; i < service->range_count; i++)
		used += (size_t)snprintf(text + used, PORTS_TEXT_MAX - used, "%s%s", i > 0 ? ", " : "",
		                         service_range_format(&service->ranges[i], range));
}

static void print_line(const struct service_builtin *service)
{
	char ports[PORTS_TEXT_MAX];

	write_ports(service, ports);
	printf("%-*s", NAME_COLUMN, service->name);
	if (strlen(ports) < PORTS_COLUMN)
		printf("%-*s%s\n", PORTS_COLUMN, ports, service->help);
	else
		printf("%s\n%*s%s\n", ports, NAME_COLUMN + PORTS_COLUMN, "", service->help);
}

static void print_details(const struct service_builtin *service)
{
	char range[SERVICE_TEXT_MAX];

	printf("%s: %s\n", service->name, service->help);
	for (size_t i = 0; i < service->range_count; i++)
		printf("  %s\n", service_range_format(&service->ranges[i], range));
	if (helper_of(service))
		printf("The data channels that it opens are let through (helper: %s).\n", helper_of(service));
	printf("In a rule: allow: [%s]\n", service->name);
}

static json_t *service_json(const struct service_builtin *service)
{
	char range[SERVICE_TEXT_MAX];
	json_t *ports = json_array();

	for (size_t i = 0; i < service->range_count; i++)
		json_array_append_new(ports, json_string(service_range_format(&service->ranges[i], range)));
	return json_pack("{s:s, s:s, s:o, s:s?}", "name", service->name, "help", service->help, "ports", ports,
	                 "helper", helper_of(service));
}

static int show_all(bool json)
{
	const struct service_builtin *service;
	json_t *list = json ? json_array() : NULL;

	for (size_t i = 0; (service = service_builtin_at(i)); i++) {
		if (json)
			json_array_append_new(list, service_json(service));
		else
			print_line(service);
	}
	return json && cli_json_print(json_pack("{s:o}", "services", list)) < 0 ? CLI_FAILED : CLI_DONE;
}

static int refuse(const char *name)
{
	const struct service_builtin *service;
	char shown[REPORT_VALUE_MAX];
	struct suggest suggest;

	suggest_init(&suggest, name);
	for (size_t i = 0; (service = service_builtin_at(i)); i++)
		suggest_consider(&suggest, service->name);
	fprintf(stderr, "isoward services: there is no built-in service %s%s\n", report_value(name, shown),
	        suggest.best ? suggest_text(&suggest) : "; isoward services lists them");
	return CLI_FAILED;
}

static int show_one(const char *name, bool json)
{
	const struct service_builtin *service = service_builtin_by_name(name);

	if (!service)
		return refuse(name);
	if (json)
		return cli_json_print(service_json(service)) < 0 ? CLI_FAILED : CLI_DONE;
	print_details(service);
	return CLI_DONE;
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
			return cli_bad_option(&cli_services, option, arguments);
		json = true;
	}
	if (count - optind > 1)
		return cli_usage(&cli_services, "one name at most; '%s' is one word too many", arguments[optind + 1]);
	return optind < count ? show_one(arguments[optind], json) : show_all(json);
}

const struct cli_command cli_services = {
	.name = "services",
	.arguments = "[NAME] [--json]",
	.help = "list the built-in services with their ports",
	.details = "A policy may use them by name, and may define its own of the same name in their place.\n"
		   "\n"
		   "  NAME     the details of one of them\n"
		   "  --json   { \"services\": [{ name, help, ports, helper }] }, or one such object\n"
		   "\n"
		   "  isoward services dicom\n",
	.run = run,
};

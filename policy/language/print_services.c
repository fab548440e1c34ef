/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <errno.h>
#include <string.h>

#include "policy/language/print_parts.h"
#include "policy/language/print_text.h"
#include "policy/services.h"

static const char *const helpers[] = {
	[HELPER_NONE] = "none",
	[HELPER_FTP] = "ftp",
	[HELPER_TFTP] = "tftp",
};

bool print_range_equal(const struct service_range *a, const struct service_range *b)
{
	return a->protocol == b->protocol && a->helper == b->helper && a->first == b->first && a->last == b->last;
}

/* "ftp-on-tcp-2121": by what it is, so that the same ports get the same name again. */
static void make_name(const struct service_range *range, char name[POLICY_NAME_MAX])
{
	char text[SERVICE_TEXT_MAX];
	char *slash;

	service_range_format(range, text);
	slash = strchr(text, '/');
	if (slash)
		*slash = '-';
	snprintf(name, POLICY_NAME_MAX, "%.4s-on-%.20s", helpers[range->helper], text);
}

static const char *name_of(const struct print *print, const struct service_range *range)
{
	for (size_t i = 0; i < print->named_count; i++)
		if (print_range_equal(&print->named[i].range, range))
			return print->named[i].name;
	return NULL;
}

/* A service of the policy that is ${range} alone. */
static const struct policy_service *service_of(const struct policy *policy, const struct service_range *range)
{
	for (size_t i = 0; i < policy->service_count; i++)
		if (policy->services[i].range_count == 1 && print_range_equal(&policy->services[i].ranges[0], range))
			return &policy->services[i];
	return NULL;
}

static void choose_name(const struct policy *policy, struct print_named *named)
{
	const struct policy_service *service = service_of(policy, &named->range);

	named->made = !service;
	if (service) {
		memcpy(named->name, service->name, sizeof(named->name));
		return;
	}
	make_name(&named->range, named->name);
	for (char digit = '2'; policy_service_by_name(policy, named->name) && digit <= '9'; digit++) {
		make_name(&named->range, named->name);
		snprintf(named->name + strlen(named->name), POLICY_NAME_MAX - strlen(named->name), "-%c", digit);
	}
}

static int name_ranges(struct print *print, const struct service_range *ranges, size_t count)
{
	void *named = print->named;

	for (size_t i = 0; i < count; i++) {
		if (ranges[i].helper == HELPER_NONE || name_of(print, &ranges[i]))
			continue;
		if (memory_reserve(&named, &print->named_capacity, print->named_count + 1, sizeof(*print->named)) < 0)
			return -ENOMEM;
		print->named = named;
		print->named[print->named_count] = (struct print_named){ .range = ranges[i] };
		choose_name(print->policy, &print->named[print->named_count++]);
	}
	return 0;
}

int print_name_ports(struct print *print)
{
	const struct policy *policy = print->policy;
	int rc = 0;

	for (size_t i = 0; i < policy->service_count && rc == 0; i++)
		if (!policy->services[i].built_in)
			rc = name_ranges(print, policy->services[i].ranges, policy->services[i].range_count);
	for (size_t i = 0; i < policy->rule_count && rc == 0; i++)
		rc = name_ranges(print, policy->rules[i].ranges, policy->rules[i].range_count);
	for (size_t i = 0; i < policy->expect_count && rc == 0; i++)
		rc = name_ranges(print, policy->expects[i].ranges, policy->expects[i].range_count);
	for (size_t i = 0; i < policy->canary_count && rc == 0; i++)
		rc = name_ranges(print, policy->canaries[i].ranges, policy->canaries[i].range_count);
	return rc;
}

void print_done(struct print *print)
{
	free(print->named);
	print->named = NULL;
	print->named_count = 0;
}

bool print_is_made(const struct policy_service *service)
{
	char name[POLICY_NAME_MAX];

	if (service->built_in || service->range_count != 1 || service->ranges[0].helper == HELPER_NONE)
		return false;
	make_name(&service->ranges[0], name);
	return strncmp(service->name, name, strlen(name)) == 0;
}

void print_ranges(const struct print *print, const struct service_range *ranges, size_t count)
{
	struct print_list list = print_list_begin(print->out, count);
	char text[SERVICE_TEXT_MAX];

	for (size_t i = 0; i < count; i++)
		print_list_add(&list, ranges[i].helper != HELPER_NONE ? name_of(print, &ranges[i])
		                                                      : service_range_format(&ranges[i], text));
}

/* Without helpers, which are said once for all of them. */
static void print_ports(FILE *out, const struct service_range *ranges, size_t count)
{
	struct print_list list = print_list_begin(out, count);
	char text[SERVICE_TEXT_MAX];

	for (size_t i = 0; i < count; i++)
		print_list_add(&list, service_range_format(&ranges[i], text));
}

static bool share_helper(const struct service_range *ranges, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (ranges[i].helper == HELPER_NONE || ranges[i].helper != ranges[0].helper)
			return false;
	return count > 0;
}

static void print_service(const struct print *print, const char *name, const struct service_range *ranges, size_t count)
{
	char scalar[PRINT_SCALAR_MAX];

	fprintf(print->out, "  %s: ", print_scalar(name, scalar));
	if (share_helper(ranges, count)) {
		fputs("{ ports: ", print->out);
		print_ports(print->out, ranges, count);
		fprintf(print->out, ", helper: %s }\n", helpers[ranges[0].helper]);
		return;
	}
	print_ranges(print, ranges, count);
	fputs("\n", print->out);
}

void print_services(const struct print *print)
{
	const struct policy *policy = print->policy;
	const char *head = "\nservices:\n";

	for (size_t i = 0; i < policy->service_count; i++) {
		if (policy->services[i].built_in)
			continue;
		fputs(head, print->out);
		head = "";
		print_service(print, policy->services[i].name, policy->services[i].ranges,
		              policy->services[i].range_count);
	}
	for (size_t i = 0; i < print->named_count; i++) {
		if (!print->named[i].made)
			continue;
		fputs(head, print->out);
		head = "";
		print_service(print, print->named[i].name, &print->named[i].range, 1);
	}
}

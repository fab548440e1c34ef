/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "policy/language/print.h"

#include <errno.h>
#include <string.h>

#include "policy/language/print_parts.h"
#include "policy/language/print_text.h"

static void print_interfaces(FILE *out, const struct policy_interface *interfaces, size_t count)
{
	struct print_list list = print_list_begin(out, count);
	char scalar[PRINT_SCALAR_MAX];

	for (size_t i = 0; i < count; i++)
		print_list_add(&list, print_scalar(interfaces[i].pattern, scalar));
}

static void print_head(const struct print *print)
{
	const struct policy *policy = print->policy;
	char scalar[PRINT_SCALAR_MAX];

	fputs("version: 1\n", print->out);
	if (policy->site[0])
		fprintf(print->out, "site: %s\n", print_scalar(policy->site, scalar));
	fputs("\ngateway:\n  clinical: ", print->out);
	print_interfaces(print->out, policy->clinical, policy->clinical_count);
	fputs("\n  uplink: ", print->out);
	print_interfaces(print->out, policy->uplink, policy->uplink_count);
	fputs("\n", print->out);
	if (policy->isolation == ISOLATION_PROXY_ARP)
		fputs("  isolation: proxy-arp\n", print->out);
	if (policy->on_conflict != CONFLICT_UNSAID)
		fprintf(print->out, "\non_conflict: %s\n", policy_conflict_name(policy->on_conflict));
}

static void print_tags(FILE *out, const struct policy_pin *pin)
{
	struct print_list list = print_list_begin(out, pin->tag_count);
	char scalar[PRINT_SCALAR_MAX];

	for (size_t i = 0; i < pin->tag_count; i++)
		print_list_add(&list, print_scalar(pin->tags[i], scalar));
}

static void print_pinned(FILE *out, const struct policy_pin *pin)
{
	struct print_list list = print_list_begin(out, pin->address_count);
	char quoted[ADDRESS_TEXT_MAX + 2];
	char text[ADDRESS_TEXT_MAX];

	for (size_t i = 0; i < pin->address_count; i++) {
		snprintf(quoted, sizeof(quoted), "\"%s\"", address_format(&pin->addresses[i], text));
		print_list_add(&list, quoted);
	}
}

static void print_device(const struct print *print, const struct policy_pin *pin)
{
	const struct policy_zone *zone = policy_zone(print->policy, pin->zone);
	char mac[MAC_TEXT_MAX];
	char scalar[PRINT_SCALAR_MAX];

	fprintf(print->out, "  - mac: \"%s\"\n", mac_format(&pin->mac, mac));
	if (zone)
		fprintf(print->out, "    zone: %s\n", print_scalar(zone->name, scalar));
	if (pin->name[0])
		fprintf(print->out, "    name: %s\n", print_scalar(pin->name, scalar));
	if (pin->tag_count > 0) {
		fputs("    tags: ", print->out);
		print_tags(print->out, pin);
		fputs("\n", print->out);
	}
	if (pin->address_count > 0) {
		fputs("    addresses: ", print->out);
		print_pinned(print->out, pin);
		fputs("\n", print->out);
	}
}

static void print_devices(const struct print *print)
{
	if (print->policy->pin_count > 0)
		fputs("\ndevices:\n", print->out);
	for (size_t i = 0; i < print->policy->pin_count; i++)
		print_device(print, &print->policy->pins[i]);
}

int policy_print(const struct policy *policy, char **text)
{
	char *printed = NULL;
	size_t length = 0;
	struct print print = { .out = open_memstream(&printed, &length), .policy = policy };
	int result = print.out ? print_name_ports(&print) : -ENOMEM;

	if (!print.out)
		return -ENOMEM;
	if (result == 0) {
		print_head(&print);
		print_zones(&print);
		print_services(&print);
		print_rules(&print);
		print_expects(&print);
		print_devices(&print);
	}
	print_done(&print);
	if (ferror(print.out))
		result = -ENOMEM;
	if (fclose(print.out) != 0)
		result = -ENOMEM;
	if (result < 0) {
		free(printed);
		return result;
	}
	*text = printed;
	return 0;
}

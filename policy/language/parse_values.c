/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "policy/language/parse.h"

int parse_text(struct parse *parse, const char *name, const struct yaml_node *value, char *buffer, size_t size)
{
	const unsigned char *text = (const unsigned char *)value->text;
	size_t length = strlen(value->text);

	if (length >= size)
		return report_at(&parse->report, value->place, -E2BIG, "%s is %zu bytes long; it may have %zu", name,
		                 length, size - 1);
	for (size_t i = 0; i < length; i++)
		if (text[i] < 0x20 || text[i] == 0x7f || (text[i] == 0xc2 && text[i + 1] < 0xa0))
			return report_at(&parse->report, value->place, -EINVAL,
			                 "%s holds a line break or control character; it must be one line of text",
			                 name);
	memcpy(buffer, text, length + 1);
	return 0;
}

int parse_name(struct parse *parse, const char *what, const struct yaml_node *value, char buffer[POLICY_NAME_MAX])
{
	static const char allowed[] = "abcdefghijklmnopqrstuvwxyz0123456789-";
	const char *text = value->text;
	size_t length = strlen(text);
	char shown[REPORT_VALUE_MAX];

	buffer[0] = '\0';
	report_value(text, shown);
	if (strcmp(text, "any") == 0)
		return report_at(&parse->report, value->place, -EINVAL,
		                 "a %s cannot be called 'any'; the word stands for all of them", what);
	if (length >= POLICY_NAME_MAX)
		return report_at(&parse->report, value->place, -EINVAL, "the %s name %s is longer than %d letters",
		                 what, shown, POLICY_NAME_MAX - 1);
	if (strspn(text, allowed) != length || text[0] < 'a' || text[0] > 'z')
		return report_at(&parse->report, value->place, -EINVAL,
		                 "%s cannot name a %s; a name is a lower-case letter, then a-z, 0-9 and '-'", shown,
		                 what);
	memcpy(buffer, text, length + 1);
	return 0;
}

int parse_zone_reference(struct parse *parse, const struct yaml_node *value, uint16_t *zone)
{
	const struct policy *policy = parse->policy;
	uint16_t found = parse_zone_by_name(parse, value->text);
	char shown[REPORT_VALUE_MAX];
	struct suggest suggest;

	if (found != ZONE_NONE) {
		*zone = found;
		return 0;
	}
	suggest_init(&suggest, value->text);
	for (size_t i = 0; i < policy->zone_count; i++)
		suggest_consider(&suggest, policy->zones[i].name);
	return report_at(&parse->report, value->place, -EINVAL, "there is no zone %s%s",
	                 report_value(value->text, shown),
	                 suggest.best ? suggest_text(&suggest) : "; zones are defined under 'zones:'");
}

bool parse_mac_mend(const char *text, char buffer[MAC_TEXT_MAX])
{
	char digits[12];
	size_t count = 0;
	struct mac mac;

	for (; *text; text++) {
		if (strchr(":-. ", *text))
			continue;
		if (!isxdigit((unsigned char)*text) || count == sizeof(digits))
			return false;
		digits[count++] = (char)tolower((unsigned char)*text);
	}
	if (count != sizeof(digits))
		return false;
	for (size_t i = 0; i < 6; i++) {
		memcpy(buffer + i * 3, digits + i * 2, 2);
		buffer[i * 3 + 2] = i < 5 ? ':' : '\0';
	}
	return mac_parse(buffer, &mac) == 0;
}

int parse_mac(struct parse *parse, const struct yaml_node *value, struct mac *mac)
{
	char shown[REPORT_VALUE_MAX];
	char mended[MAC_TEXT_MAX];

	report_value(value->text, shown);
	if (mac_parse(value->text, mac) < 0) {
		if (parse_mac_mend(value->text, mended))
			return report_at(&parse->report, value->place, -EINVAL,
			                 "%s is not a MAC address as written here; did you mean '%s'?", shown, mended);
		return report_at(&parse->report, value->place, -EINVAL,
		                 "%s is not a MAC address; write six pairs of hex digits, \"44:4b:5d:00:00:01\"",
		                 shown);
	}
	if (!mac_is_device(mac))
		return report_at(&parse->report, value->place, -EINVAL,
		                 "%s cannot be one device's; it is a group address or zero", shown);
	return 1;
}

/* The network that ${text} lies in, where only the bits after its length are wrong. */
static bool mend_prefix(const char *text, char buffer[PREFIX_TEXT_MAX])
{
	const char *slash = strchr(text, '/');
	struct prefix prefix;
	char address[ADDRESS_TEXT_MAX];
	unsigned int length;

	if (!slash || (size_t)(slash - text) >= sizeof(address) || sscanf(slash + 1, "%3u", &length) != 1)
		return false;
	memcpy(address, text, (size_t)(slash - text));
	address[slash - text] = '\0';
	if (address_parse(address, &prefix.address) < 0 || length > address_length(prefix.address.family) * 8)
		return false;
	prefix.length = (uint8_t)length;
	for (unsigned int bit = length; bit < address_length(prefix.address.family) * 8; bit++)
		prefix.address.byte[bit / 8] &= (uint8_t) ~(0x80 >> (bit % 8));
	prefix_format(&prefix, buffer);
	return true;
}

static int refuse_network(struct parse *parse, const struct yaml_node *value, int code)
{
	char mended[PREFIX_TEXT_MAX];
	char shown[REPORT_VALUE_MAX];

	report_value(value->text, shown);
	if (code == -ERANGE && mend_prefix(value->text, mended))
		return report_at(&parse->report, value->place, -EINVAL,
		                 "network %s has host bits set; did you mean '%s'?", shown, mended);
	return report_at(&parse->report, value->place, -EINVAL,
	                 "%s is not a network; write 10.9.0.0/24, 10.8.0.10, \"2001:db8::/32\"", shown);
}

int parse_network(struct parse *parse, const struct yaml_node *value, struct prefix *network)
{
	int rc = prefix_parse(value->text, network);

	if (rc < 0)
		return refuse_network(parse, value, rc);
	if (++parse->network_total > POLICY_NETWORKS_MAX)
		return report_stop(&parse->report, value->place, -E2BIG, "more than %d networks", POLICY_NETWORKS_MAX);
	return 1;
}

int parse_compare_places(struct place a, struct place b)
{
	if (a.file != b.file)
		return a.file < b.file ? -1 : 1;
	if (a.line != b.line)
		return a.line < b.line ? -1 : 1;
	return (a.column > b.column) - (a.column < b.column);
}

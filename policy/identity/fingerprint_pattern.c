/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "policy/identity/fingerprint_rule.h"

#include <errno.h>
#include <string.h>

/* Texts are matched in lower case, as field_show writes them. */
static void normalise_text(char *text)
{
	for (; *text; text++)
		if (*text >= 'A' && *text <= 'Z')
			*text = (char)(*text - 'A' + 'a');
}

/* "00:17:88" or "0017881" to lower-case digits in place. errors: -EINVAL. */
static int normalise_mac(char *text)
{
	size_t length = 0;

	for (const char *at = text; *at; at++) {
		if (*at == ':' || *at == '-')
			continue;
		if (!((*at >= '0' && *at <= '9') || (*at >= 'a' && *at <= 'f')))
			return -EINVAL;
		text[length++] = *at;
	}
	text[length] = '\0';
	return length == 6 || length == 7 || length == 9 ? 0 : -EINVAL;
}

/* Whether ${text} is "1,3,6": numbers of 0 to ${most} without leading zeros, as field_show writes a list. */
static bool is_number_list(const char *text, unsigned int most)
{
	unsigned int value = 0;
	size_t digits = 0;

	for (;; text++) {
		if (*text >= '0' && *text <= '9') {
			if (digits && value == 0)
				return false;
			value = value * 10 + (unsigned int)(*text - '0');
			digits++;
			if (value > most)
				return false;
		} else if (*text == ',' || *text == '\0') {
			if (!digits)
				return false;
			if (*text == '\0')
				return true;
			digits = 0;
			value = 0;
		} else {
			return false;
		}
	}
}

/* What is wrong with ${pattern} for a field that is a list of numbers up to ${most}; NULL for nothing. */
static const char *check_list(const struct fingerprint_pattern *pattern, unsigned int most)
{
	if (pattern->kind != KIND_EXACT && pattern->kind != KIND_STARTS)
		return "a list of numbers takes match or starts";
	return is_number_list(pattern->text, most) ? NULL : "must be a list of numbers like \"1,3,6,15\"";
}

static const char *check_shape(const struct fingerprint_pattern *pattern)
{
	enum field_shape shape = field_info((enum field)pattern->field)->shape;

	if (shape == SHAPE_NUMBERS8)
		return check_list(pattern, UINT8_MAX);
	if (shape == SHAPE_NUMBERS16)
		return check_list(pattern, UINT16_MAX);
	return pattern->kind == KIND_STARTS ? "starts: is for a list of numbers; use prefix" : NULL;
}

const char *fingerprint_pattern_prepare(struct fingerprint_pattern *pattern)
{
	const struct field_info *info = field_info((enum field)pattern->field);
	const char *complaint;

	normalise_text(pattern->text);
	complaint = check_shape(pattern);
	if (complaint)
		return complaint;
	if (pattern->kind == KIND_MAC) {
		if (pattern->field != FIELD_OUI)
			return "mac: is for the source oui";
		if (normalise_mac(pattern->text) < 0)
			return "mac: must be 6, 7 or 9 hexadecimal digits";
	}
	if (pattern->kind == KIND_DOMAIN && (info->shape != SHAPE_TEXT || info->group != GROUP_DNS))
		return "domain: is for names of the DNS: dns-question, tls-name, http-host";
	if (pattern->kind == KIND_GLOB && !fingerprint_glob_check(pattern->text))
		return "glob: a \"[\" is never closed";
	pattern->length = (uint8_t)strlen(pattern->text);
	return NULL;
}

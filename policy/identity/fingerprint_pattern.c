/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "policy/identity/fingerprint_rule.h"

#include <errno.h>
#include <string.h>

/* Writes ${text} as what it is matched against is written: lower case, bytes beyond ASCII as \xnn. errors: -E2BIG. */
static int normalise_text(char text[FINGERPRINT_PATTERN_MAX])
{
	static const char digits[] = "0123456789abcdef";
	char written[FINGERPRINT_PATTERN_MAX];
	size_t length = 0;

	for (const char *at = text; *at; at++) {
		unsigned char byte = (unsigned char)*at;

		if (length + (byte < 0x80 ? 1 : 4) >= sizeof(written))
			return -E2BIG;
		if (byte < 0x80) {
			written[length++] = byte >= 'A' && byte <= 'Z' ? (char)(byte - 'A' + 'a') : (char)byte;
			continue;
		}
		written[length++] = '\\';
		written[length++] = 'x';
		written[length++] = digits[byte >> 4];
		written[length++] = digits[byte & 15];
	}
	written[length] = '\0';
	memcpy(text, written, length + 1);
	return 0;
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

/* Whether ${text} is "1,3,6": numbers of 0 to 255 without leading zeros, as identity writes a parameter list. */
static bool is_parameter_list(const char *text)
{
	unsigned int value = 0;
	size_t digits = 0;

	for (;; text++) {
		if (*text >= '0' && *text <= '9') {
			if (digits && value == 0)
				return false;
			value = value * 10 + (unsigned int)(*text - '0');
			digits++;
			if (value > 255)
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

/* The byte every text must begin with that can match ${pattern}; 0 where there is no such byte. */
static uint8_t pattern_lead(const struct fingerprint_pattern *pattern)
{
	if (pattern->kind == KIND_CONTAINS)
		return 0;
	if (pattern->kind == KIND_GLOB && strchr("*?[", pattern->text[0]))
		return 0;
	return (uint8_t)pattern->text[0];
}

const char *fingerprint_pattern_prepare(struct fingerprint_pattern *pattern)
{
	if (normalise_text(pattern->text) < 0)
		return "the pattern is too long where letters beyond ASCII are written as \\xnn";
	if (pattern->source == SOURCE_DHCP_PARAMETERS) {
		if (pattern->kind != KIND_EXACT && pattern->kind != KIND_STARTS)
			return "dhcp-parameters: takes match or starts";
		if (!is_parameter_list(pattern->text))
			return "dhcp-parameters: must be a list of option numbers like \"1,3,6,15\"";
	} else if (pattern->kind == KIND_STARTS) {
		return "starts: is for dhcp-parameters; use prefix";
	}
	if (pattern->kind == KIND_MAC) {
		if (pattern->source != SOURCE_OUI)
			return "mac: is for the source oui";
		if (normalise_mac(pattern->text) < 0)
			return "mac: must be 6, 7 or 9 hexadecimal digits";
	}
	if (pattern->kind == KIND_GLOB && !fingerprint_glob_check(pattern->text))
		return "glob: a \"[\" is never closed";
	pattern->length = (uint8_t)strlen(pattern->text);
	pattern->lead = pattern_lead(pattern);
	return NULL;
}

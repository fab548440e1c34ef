/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "policy/base/address.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c = (char)tolower((unsigned char)c);
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

int mac_parse(const char *text, struct mac *mac)
{
	struct mac parsed;

	if (strlen(text) != MAC_TEXT_MAX - 1)
		return -EINVAL;
	for (unsigned int i = 0; i < 6; i++) {
		int high = hex_digit(text[i * 3]);
		int low = hex_digit(text[i * 3 + 1]);
		char after = text[i * 3 + 2];

		if (high < 0 || low < 0 || after != (i < 5 ? ':' : '\0'))
			return -EINVAL;
		parsed.byte[i] = (uint8_t)(high << 4 | low);
	}
	*mac = parsed;
	return 0;
}

const char *mac_format(const struct mac *mac, char buffer[MAC_TEXT_MAX])
{
	const uint8_t *b = mac->byte;

	snprintf(buffer, MAC_TEXT_MAX, "%02x:%02x:%02x:%02x:%02x:%02x", b[0], b[1], b[2], b[3], b[4], b[5]);
	return buffer;
}

bool mac_equal(const struct mac *a, const struct mac *b)
{
	return memcmp(a, b, sizeof(*a)) == 0;
}

bool mac_is_device(const struct mac *mac)
{
	static const struct mac zero;

	return !(mac->byte[0] & 1) && !mac_equal(mac, &zero);
}

struct address address_v4(const uint8_t bytes[4])
{
	struct address address = { .family = FAMILY_IPV4 };

	memcpy(address.byte, bytes, 4);
	return address;
}

struct address address_v6(const uint8_t bytes[16])
{
	struct address address = { .family = FAMILY_IPV6 };

	memcpy(address.byte, bytes, 16);
	return address;
}

int address_parse(const char *text, struct address *address)
{
	uint8_t bytes[16];

	if (inet_pton(AF_INET, text, bytes) == 1)
		*address = address_v4(bytes);
	else if (inet_pton(AF_INET6, text, bytes) == 1)
		*address = address_v6(bytes);
	else
		return -EINVAL;
	return 0;
}

const char *address_format(const struct address *address, char buffer[ADDRESS_TEXT_MAX])
{
	int family = address->family == FAMILY_IPV6 ? AF_INET6 : AF_INET;

	buffer[0] = '\0';
	if (address->family != FAMILY_NONE)
		inet_ntop(family, address->byte, buffer, ADDRESS_TEXT_MAX);
	return buffer;
}

bool address_equal(const struct address *a, const struct address *b)
{
	return memcmp(a, b, sizeof(*a)) == 0;
}

bool address_stays_on_link(const struct address *address)
{
	static const uint8_t zero[sizeof(address->byte)];
	const uint8_t *byte = address->byte;

	if (memcmp(byte, zero, address_length(address->family)) == 0)
		return true;
	if (address->family == FAMILY_IPV4)
		return byte[0] == 169 && byte[1] == 254;
	return byte[0] == 0xfe && (byte[1] & 0xc0) == 0x80;
}

bool address_is_link_local6(const struct address *address)
{
	return address->family == FAMILY_IPV6 && address->byte[0] == 0xfe && (address->byte[1] & 0xc0) == 0x80;
}

bool address_is_unicast6(const struct address *address)
{
	static const uint8_t unspecified[sizeof(address->byte)];

	return address->family == FAMILY_IPV6 && address->byte[0] != 0xff &&
	       memcmp(address->byte, unspecified, sizeof(unspecified)) != 0;
}

unsigned int address_length(uint8_t family)
{
	if (family == FAMILY_IPV4)
		return 4;
	return family == FAMILY_IPV6 ? 16 : 0;
}

static bool bits_equal(const uint8_t *a, const uint8_t *b, unsigned int bits)
{
	unsigned int rest = bits % 8;

	if (memcmp(a, b, bits / 8) != 0)
		return false;
	return rest == 0 || ((a[bits / 8] ^ b[bits / 8]) >> (8 - rest)) == 0;
}

int prefix_parse(const char *text, struct prefix *prefix)
{
	char copy[PREFIX_TEXT_MAX];
	struct prefix parsed;
	char *slash;
	unsigned long bits;

	if (strlen(text) >= sizeof(copy))
		return -EINVAL;
	strcpy(copy, text);
	slash = strchr(copy, '/');
	if (slash)
		*slash++ = '\0';
	if (address_parse(copy, &parsed.address) < 0)
		return -EINVAL;
	bits = address_length(parsed.address.family) * 8UL;
	if (slash) {
		char *end;
		unsigned long wanted;

		/* one spelling for one prefix: no sign, no blank, no leading zero */
		if (!isdigit((unsigned char)slash[0]) || (slash[0] == '0' && slash[1]))
			return -EINVAL;
		wanted = strtoul(slash, &end, 10);
		if (*end || wanted > bits)
			return -EINVAL;
		bits = wanted;
	}
	parsed.length = (uint8_t)bits;
	for (unsigned int bit = parsed.length; bit < address_length(parsed.address.family) * 8; bit++)
		if (parsed.address.byte[bit / 8] & (0x80 >> (bit % 8)))
			return -ERANGE;
	*prefix = parsed;
	return 0;
}

const char *prefix_format(const struct prefix *prefix, char buffer[PREFIX_TEXT_MAX])
{
	char text[ADDRESS_TEXT_MAX];

	snprintf(buffer, PREFIX_TEXT_MAX, "%s/%u", address_format(&prefix->address, text), prefix->length);
	return buffer;
}

bool prefix_contains(const struct prefix *prefix, const struct address *address)
{
	return prefix->address.family == address->family &&
	       bits_equal(prefix->address.byte, address->byte, prefix->length);
}

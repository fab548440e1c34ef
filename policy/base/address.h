/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * address: MAC and IP addresses and prefixes as plain values.
 *
 * Owns:    nothing.
 * Context: pure.
 * Source:  text forms: RFC 4291 section 2.2, RFC 5952 (IPv6), IEEE 802 (MAC, colon-separated hex).
 */
#ifndef ISOWARD_POLICY_BASE_ADDRESS_H
#define ISOWARD_POLICY_BASE_ADDRESS_H

#include <stdbool.h>
#include <stdint.h>

#define MAC_TEXT_MAX       18 /* "44:4b:5d:00:00:01" and the terminator */
#define ADDRESS_TEXT_MAX   46 /* INET6_ADDRSTRLEN */
#define PREFIX_TEXT_MAX    50
#define INTERFACE_NAME_MAX 16 /* IFNAMSIZ, terminator included */

struct mac {
	uint8_t byte[6];
};

enum address_family {
	FAMILY_NONE = 0,
	FAMILY_IPV4 = 4,
	FAMILY_IPV6 = 6,
};

/* An address; IPv4 stands in the first four bytes, the rest is zero, so that memcmp compares whole values. */
struct address {
	uint8_t family; /* enum address_family */
	uint8_t byte[16];
};

struct prefix {
	struct address address; /* host bits zero */
	uint8_t length;         /* bits, 0..32 or 0..128 */
};

/* mac_parse reads colon-separated hex ${text} into ${mac}. errors: -EINVAL, mac untouched. */
int mac_parse(const char *text, struct mac *mac);

/* mac_format writes ${mac} as lower-case colon-separated hex into ${buffer} and returns it. */
const char *mac_format(const struct mac *mac, char buffer[MAC_TEXT_MAX]);

/* mac_equal compares two MAC addresses. */
bool mac_equal(const struct mac *a, const struct mac *b);

/* mac_is_device tells whether ${mac} can be one station's: neither zero nor group (multicast, broadcast). */
bool mac_is_device(const struct mac *mac);

/* address_v4 makes an IPv4 address of the four network-order bytes at ${bytes}. */
struct address address_v4(const uint8_t bytes[4]);

/* address_v6 makes an IPv6 address of the sixteen network-order bytes at ${bytes}. */
struct address address_v6(const uint8_t bytes[16]);

/* address_parse reads IPv4 or IPv6 ${text} into ${address}. errors: -EINVAL, address untouched. */
int address_parse(const char *text, struct address *address);

/* address_format writes ${address} into ${buffer} and returns it; "" for FAMILY_NONE. */
const char *address_format(const struct address *address, char buffer[ADDRESS_TEXT_MAX]);

/* address_equal compares two addresses, family included. */
bool address_equal(const struct address *a, const struct address *b);

/* address_stays_on_link tells whether ${address} is never routed: unspecified, or link-local (RFC 3927, RFC 4291). */
bool address_stays_on_link(const struct address *address);

/* address_is_link_local6 tells whether ${address} is a link-local IPv6 address, RFC 4291 section 2.5.6. */
bool address_is_link_local6(const struct address *address);

/* address_is_unicast6 tells whether ${address} is an IPv6 address that one host can have: not ::, not multicast. */
bool address_is_unicast6(const struct address *address);

/* address_length tells the bytes of an address of ${family}: 4, 16, or 0 for FAMILY_NONE. */
unsigned int address_length(uint8_t family);

/*
 * prefix_parse reads "10.9.0.0/24", "::/0" or a bare address (a full-length prefix) into ${prefix}.
 * errors: -EINVAL not an address or length out of range; -ERANGE host bits are set. prefix untouched.
 */
int prefix_parse(const char *text, struct prefix *prefix);

/* prefix_format writes ${prefix} as address/length into ${buffer} and returns it. */
const char *prefix_format(const struct prefix *prefix, char buffer[PREFIX_TEXT_MAX]);

/* prefix_contains tells whether ${address} is of the family of ${prefix} and inside it. */
bool prefix_contains(const struct prefix *prefix, const struct address *address);

#endif

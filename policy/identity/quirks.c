/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "policy/identity/quirks.h"

#include <string.h>

#include "policy/base/memory.h"

#define GE_DASH_NETWORK 126  /* the monitors' own network, 126.0.0.0/8 */
#define MAC_LOCAL       0x02 /* IEEE 802 clause 8.4: not of the registry */

/* Beginnings of locally administered addresses that software gives to what is no radio of a person. */
static const struct {
	uint8_t byte[3];
	uint8_t length;
} virtual_prefixes[] = {
	{ { 0x52, 0x54, 0x00 }, 3 }, /* QEMU and KVM */
	{ { 0xfe, 0x54, 0x00 }, 3 }, /* libvirt's end of them */
	{ { 0x52, 0x55, 0x0a }, 3 }, /* QEMU's own gateway */
	{ { 0x02, 0x42, 0 }, 2 },    /* Docker */
	{ { 0x0a, 0x00, 0x27 }, 3 }, /* VirtualBox, host-only */
	{ { 0x02, 0x00, 0x4c }, 3 }, /* Microsoft's loopback adapter */
	{ { 0x02, 0xbf, 0 }, 2 },    /* Microsoft's network load balancing */
	{ { 0xaa, 0x00, 0x04 }, 3 }, /* DECnet */
	{ { 0xfe, 0xff, 0xff }, 3 }, /* Xen's bridges */
};

static bool is_eui64_of(const struct mac *mac, const struct address *address)
{
	const uint8_t identifier[8] = { mac->byte[0] ^ MAC_LOCAL,
		                        mac->byte[1],
		                        mac->byte[2],
		                        0xff,
		                        0xfe,
		                        mac->byte[3],
		                        mac->byte[4],
		                        mac->byte[5] };

	return memcmp(address->byte + 8, identifier, sizeof(identifier)) == 0;
}

const char *quirk_of_address(const struct mac *mac, const struct address *address)
{
	if (address->family == FAMILY_IPV6)
		return is_eui64_of(mac, address) ? "eui-64" : NULL;
	if (address->family != FAMILY_IPV4 || memcmp(address->byte + 1, mac->byte + 3, 3) != 0)
		return NULL;
	return address->byte[0] == GE_DASH_NETWORK ? "ge-dash-126" : "mac-octets";
}

const char *quirk_of_mac(const struct mac *mac)
{
	if (!(mac->byte[0] & MAC_LOCAL) || !mac_is_device(mac))
		return NULL;
	for (size_t i = 0; i < ARRAY_SIZE(virtual_prefixes); i++)
		if (memcmp(mac->byte, virtual_prefixes[i].byte, virtual_prefixes[i].length) == 0)
			return "virtual";
	return "randomised";
}

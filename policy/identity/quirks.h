/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * quirks: what an address gives away by itself, beside its vendor's prefix.
 *
 * Owns:    nothing; names are constants.
 * Context: pure.
 */
#ifndef ISOWARD_POLICY_IDENTITY_QUIRKS_H
#define ISOWARD_POLICY_IDENTITY_QUIRKS_H

#include <stdbool.h>

#include "policy/base/address.h"

/*
 * quirk_of_address names what the IPv4 or IPv6 ${address} of the device with ${mac} shows:
 * "ge-dash-126"  GE Dash monitors on their own network: 126.x.y.z with the MAC's last three octets;
 * "eui-64"       an IPv6 address made of this MAC (RFC 4291 appendix A);
 * "mac-octets"   another IPv4 address whose last three octets are the MAC's: so only firmware numbers its devices.
 * NULL where there is nothing.
 */
const char *quirk_of_address(const struct mac *mac, const struct address *address);

/*
 * quirk_of_mac names what ${mac} shows: "randomised" a locally administered address that the usual virtual machines,
 * containers and protocols did not make, as phones and tablets use against tracking; "virtual" where one of those
 * did. NULL for an address of the IEEE registry.
 */
const char *quirk_of_mac(const struct mac *mac);

#endif

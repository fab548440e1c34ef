/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * census: who is who in a capture: devices, their addresses, and what each says of itself.
 *
 * A device is a MAC. A router's MAC carries the words of many others, so that the words of a packet are those of the
 * MAC only where its address is the MAC's own: by ARP, neighbour discovery or a DHCP lease, or because the packet came
 * straight from its maker, by a time to live that no router has lowered. Any other private address is a device of its
 * own, behind the MAC that carried it; what public addresses say is nobody's here. Where a link has no MACs, a private
 * address is the device.
 *
 * Owns:    its devices and addresses; pointers to them hold until the next call that takes.
 * Limits:  those it was made with, CENSUS_ADDRESSES_MAX addresses a device; the device met longest ago makes room, and
 *          is counted.
 * Context: replay; no I/O, no clock.
 * Trust:   observations are a stranger's claims.
 * Source:  RFC 826, RFC 1918, RFC 2131, RFC 4193, RFC 4861; times to live that systems begin with: RFC 1700 (64), and
 *          30, 32, 60, 128 and 255 as deployed.
 */
#ifndef ISOWARD_CONTROLLER_REPLAY_CENSUS_H
#define ISOWARD_CONTROLLER_REPLAY_CENSUS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <uthash.h>

#include "policy/identity/identity.h"
#include "policy/observation.h"

#define CENSUS_ADDRESSES_MAX 8

/* How sure it is that an address is a device's; the surer one wins. */
enum census_bond {
	BOND_TRAFFIC, /* it sends from it */
	BOND_CLAIM,   /* ARP or neighbour discovery */
	BOND_LEASE,   /* a DHCP server gave it */
};

struct census_device;

struct census_address {
	struct address address;
	struct census_device *device;
	uint8_t bond; /* enum census_bond */
	UT_hash_handle hh;
};

/* One device is known by its MAC, or by an address where that is zero; no padding: it is compared as it stands. */
struct census_key {
	struct mac mac;
	struct address address;
};

struct census_device {
	struct census_key key;
	struct facts facts;
	struct census_address *addresses[CENSUS_ADDRESSES_MAX]; /* the newest last */
	size_t address_count;
	struct mac behind;     /* the MAC that carries its packets; zero where it is none's but its own */
	size_t behind_count;   /* devices that were met behind it */
	uint64_t carried;      /* observations of others that it carried */
	uint64_t observations; /* its own */
	uint64_t first_ns;     /* wall clock, nanoseconds */
	uint64_t last_ns;
	uint16_t vlan;  /* 802.1Q id, 0 for none */
	bool is_judged; /* the two below are those of its facts */
	uint16_t zone;  /* ZONE_NONE until it is settled */
	char class[POLICY_CLASS_MAX];
	struct census_device *kin; /* see kin.h */
	struct census_device *prev, *next;
	UT_hash_handle hh;
};

struct census_options {
	size_t devices_max;
	const struct fingerprints *fingerprints;
};

struct census;

/*
 * census_new makes an empty census at ${census}, the caller's to free; what ${options} borrow must outlive it.
 * errors: -ENOMEM.
 */
int census_new(const struct census_options *options, struct census **census);

/* census_free releases ${census}; NULL is allowed. */
void census_free(struct census *census);
CLEANUP_DEFINE(struct census, census_free);

/*
 * census_take learns what ${observation} says and tells whose words they are.
 * shape: NULL where they are nobody's here, or memory is out.
 */
struct census_device *census_take(struct census *census, const struct observation *observation);

/* census_of_address finds the device that holds ${address}; NULL where none does. */
struct census_device *census_of_address(const struct census *census, const struct address *address);

/* census_of_mac finds the device of ${mac}; NULL where there is none. */
struct census_device *census_of_mac(const struct census *census, const struct mac *mac);

/* census_first lends the device met longest ago; its ${next} leads on. NULL where there is none. */
struct census_device *census_first(const struct census *census);

/* census_count tells how many devices there are. */
size_t census_count(const struct census *census);

/* census_evicted tells how many devices made room for others. */
uint64_t census_evicted(const struct census *census);

/* census_peak tells how many devices there were at most. */
size_t census_peak(const struct census *census);

/* census_is_private tells whether ${address} is one that networks use for themselves. */
bool census_is_private(const struct address *address);

/* census_is_group tells whether ${address} is multicast, broadcast to all, or no host's at all. */
bool census_is_group(const struct address *address);

#endif

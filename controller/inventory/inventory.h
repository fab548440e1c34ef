/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * inventory: the devices and their bindings in memory, and which of them have changed since they were last stored.
 *
 * Owns:    every struct device and struct binding, and their words; pointers to them hold until they are removed.
 * Limits:  INVENTORY_DEVICES_MAX devices; at the cap the unpinned device of the default zone that was seen longest ago
 *          makes room, and where there is none the newcomer is refused; both are counted.
 *          DEVICE_BINDINGS_MAX bindings a device; of those it claimed itself by IPv6, the one heard of longest ago
 *          makes room for the next, no sooner than BINDING_QUIET_MS after it was heard; counted.
 * Context: controller process; no I/O and no clock (${now_ms} is wall clock, milliseconds).
 */
#ifndef ISOWARD_CONTROLLER_INVENTORY_INVENTORY_H
#define ISOWARD_CONTROLLER_INVENTORY_INVENTORY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "controller/inventory/traits.h"
#include "policy/base/hash_index.h"
#include "policy/base/slab.h"
#include "policy/base/words.h"
#include "policy/identity/identity.h"
#include "policy/identity/relatives.h"

#define INVENTORY_DEVICES_MAX 131072
#define DEVICE_BINDINGS_MAX   16 /* an IPv4 address, a link-local one, and privacy addresses of a week, RFC 8981 */
#define BINDING_QUIET_MS      10000
#define DEVICE_WHY_MAX        256

enum binding_source {
	BINDING_ARP,  /* ARP, neighbour discovery or traffic: first come */
	BINDING_DHCP, /* a server's acknowledgement: outranks ARP */
	BINDING_PIN,  /* the operator's word: outranks both */
};

struct device;

/*
 * An address in use by a device on an interface: what the source guard lets through. A link-local IPv6 address is one
 * of its link alone: the same one may be bound on another interface.
 */
struct binding {
	struct address address;
	enum binding_source source : 2;
	bool suspect : 1; /* the device's MAC where it should not be: held in the default zone, the device itself is not
	                   */
	uint16_t kernel_group; /* the group this address has in the kernel; ZONE_NONE while it is not there */
	uint32_t number;       /* in the inventory's slab */
	struct device *device;
	const char *interface; /* its name, held in the inventory's words */
	uint64_t since_ms;
	uint64_t heard_ms;       /* when the device last claimed it */
	uint64_t lease_until_ms; /* shown, never acted on; 0 for none */
};

/* IPv4 addresses that packets with a device's MAC came from and that are not its own, of one day. */
struct device_carried {
	uint64_t since_ms;
	size_t count;
	struct address at[KINSHIP_BEHIND + 1]; /* more are not told apart */
};

/* A hospital has 100 000 of them: what most do not have is a pointer, and no room is lost between members. */
struct device {
	struct mac mac;
	struct mac behind; /* the MAC that its DHCP comes with; zero where it is its own */
	uint16_t vlan;     /* 802.1Q id where it lives; 0 for none */
	uint16_t zone;
	/* Held in the inventory's words, below the lengths of identity.h and policy.h; "" where unknown. */
	const char *name;      /* the operator's */
	const char *host_name; /* printable */
	const struct traits *traits;
	struct facts facts; /* empty while it has said nothing but its address */
	struct facts
		*elsewhere; /* said under this MAC on another interface; judged when a lease is given there; or NULL */
	uint64_t dhcp6_client;          /* of its DHCPv6 identifier, as it last gave it, a hash; 0 for none */
	struct relative relative;       /* as it is filed among all others by what it says */
	struct device_carried *carried; /* NULL while there are none */
	uint64_t first_seen_ms;
	uint64_t last_seen_ms;
	struct binding **bindings; /* at its only one, or an array */
	struct binding *only;
	struct device *idle_prev, *idle_next; /* in the default zone, seen longest ago first */
	uint32_t number;                      /* in the inventory's slab */
	uint8_t binding_count;
	uint8_t carried_count; /* after a restart as it was stored */
	uint8_t confidence;
	bool pinned : 1;
	bool conflict : 1; /* its identity changed: in the default zone until pinned */
	bool doubted : 1;  /* its identity changed, and policy leaves it where it is */
	bool evidence_dirty : 1;
	bool relations_dirty : 1;
	bool idle_listed : 1;
};

struct inventory {
	struct slab devices;
	struct slab bindings;
	struct hash_index by_mac;                   /* devices */
	struct hash_index by_address;               /* bindings */
	uint64_t dirty[INVENTORY_DEVICES_MAX / 64]; /* devices that are to be stored, a bit each by its number */
	size_t dirty_count;
	size_t dirty_from; /* the word of them where the next is looked for */
	struct device *idle;
	struct words words; /* what devices are called and known by, and interfaces are called */
	struct traits_table traits;
	struct relatives relatives;
	uint64_t devices_evicted;
	uint64_t devices_refused;
	uint64_t bindings_evicted; /* of IPv6 addresses that made room for their own device's next one */
	uint64_t bindings_refused; /* no room, and nothing that could make any */
};

/* inventory_init makes ${inventory} empty. */
void inventory_init(struct inventory *inventory);

/* inventory_done releases every device and binding of ${inventory}. */
void inventory_done(struct inventory *inventory);

/* inventory_device finds the device of ${mac}; NULL where there is none. */
struct device *inventory_device(const struct inventory *inventory, const struct mac *mac);

/*
 * inventory_next_device gives the device at or behind ${*at} and moves it on, NULL at the end; a walk begins at 0.
 * Devices may be added and removed meanwhile.
 */
struct device *inventory_next_device(const struct inventory *inventory, uint32_t *at);

/* inventory_next_binding does so for bindings. */
struct binding *inventory_next_binding(const struct inventory *inventory, uint32_t *at);

/*
 * inventory_add_device makes a device for ${mac}, in no zone yet.
 * errors: NULL at the cap with nothing to evict (counted), or without memory. The caller makes room first with
 * inventory_victim at the cap.
 */
struct device *inventory_add_device(struct inventory *inventory, const struct mac *mac, uint64_t now_ms);

/*
 * inventory_relate files ${device} among those that may be the same by what it says now; it and all that it was or is
 * filed with are to be stored. Without memory some are not told.
 */
void inventory_relate(struct inventory *inventory, struct device *device);

/*
 * inventory_elsewhere forgets what was said under the MAC of ${device} on another interface than its own, and gives
 * what is said there now to be filled; NULL without memory.
 */
struct facts *inventory_elsewhere(struct device *device);

/* inventory_describe makes ${traits} those of ${device}. errors: -ENOMEM, it has those it had. */
int inventory_describe(struct inventory *inventory, struct device *device, const struct traits *traits);

/* inventory_lives_on notes that ${device} lives on ${interface}; without memory for its name, where it did before. */
void inventory_lives_on(struct inventory *inventory, struct device *device, const char *interface);

/* inventory_victim finds the device to evict when ${inventory} is full; NULL while there is room or none may go. */
struct device *inventory_victim(const struct inventory *inventory);

/* inventory_remove_device releases ${device} and its bindings. */
void inventory_remove_device(struct inventory *inventory, struct device *device);

/* inventory_binding finds the binding of ${address}, which is not link-local; NULL where there is none. */
struct binding *inventory_binding(const struct inventory *inventory, const struct address *address);

/* inventory_binding_on finds the binding of ${address} as it is meant on ${interface}; NULL where there is none. */
struct binding *inventory_binding_on(const struct inventory *inventory, const struct address *address,
                                     const char *interface);

/*
 * inventory_spare finds the binding of ${device} that may go for another of its own at ${now_ms}; NULL where it has
 * room, or nothing to spare.
 */
struct binding *inventory_spare(const struct device *device, uint64_t now_ms);

/* inventory_bind makes a binding of ${address} on ${interface} to ${device}; NULL where the address is bound, the
 * device has its most, or memory is out. */
struct binding *inventory_bind(struct inventory *inventory, struct device *device, const struct address *address,
                               const char *interface);

/* inventory_move makes ${binding} one on ${interface}; false where its address is bound there already, or without
 * memory. */
bool inventory_move(struct inventory *inventory, struct binding *binding, const char *interface);

/* inventory_unbind releases ${binding}. */
void inventory_unbind(struct inventory *inventory, struct binding *binding);

/* inventory_touch marks ${device} as changed, to be stored. */
void inventory_touch(struct inventory *inventory, struct device *device);

/* inventory_next_dirty gives the device that inventory_take_dirty would take; NULL where none has changed. */
struct device *inventory_next_dirty(struct inventory *inventory);

/* inventory_take_dirty takes one changed device and marks it as unchanged; NULL where there is none. */
struct device *inventory_take_dirty(struct inventory *inventory);

/* inventory_all_stored marks every device as unchanged: what is in ${inventory} has just been read from the store. */
void inventory_all_stored(struct inventory *inventory);

/* inventory_set_zone puts ${device} into ${zone}; ${idle} says whether it is the default zone and not pinned. */
void inventory_set_zone(struct inventory *inventory, struct device *device, uint16_t zone, bool idle);

/* inventory_seen notes that ${device} was seen at ${now_ms}. */
void inventory_seen(struct inventory *inventory, struct device *device, uint64_t now_ms);

#endif

/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * observation: what one frame said, as the sensor saw it and before anyone believed it.
 *
 * Owns:    its bytes inline; fixed size, so that it travels in one message.
 * Context: made in the sensor process, read in the controller after message_check.
 * Trust:   every string is a stranger's: (bytes, length), never terminated, never text until escaped.
 */
#ifndef ISOWARD_POLICY_OBSERVATION_H
#define ISOWARD_POLICY_OBSERVATION_H

#include <stdint.h>

#include "policy/base/address.h"

#define OCTETS_MAX 255

/* Bytes a device sent; longer values (RFC 3396) are cut at OCTETS_MAX and marked. */
struct octets {
	uint8_t length;
	uint8_t cut; /* 1 where bytes were left off */
	uint8_t byte[OCTETS_MAX];
};

enum observation_type {
	OBSERVATION_DHCP4 = 1,
	OBSERVATION_ARP = 2,
};

/* DHCP message types, RFC 2132 section 9.6. */
enum dhcp4_message {
	DHCP4_DISCOVER = 1,
	DHCP4_OFFER = 2,
	DHCP4_REQUEST = 3,
	DHCP4_DECLINE = 4,
	DHCP4_ACK = 5,
	DHCP4_NAK = 6,
	DHCP4_RELEASE = 7,
	DHCP4_INFORM = 8,
};

struct observation_dhcp4 {
	uint8_t message;     /* enum dhcp4_message */
	uint8_t from_server; /* BOOTREPLY */
	uint32_t transaction;
	struct mac client;                /* chaddr */
	struct address client_address;    /* ciaddr, FAMILY_NONE where zero; likewise below */
	struct address your_address;      /* yiaddr */
	struct address relay_address;     /* giaddr */
	struct address requested_address; /* option 50 */
	struct address server;            /* option 54 */
	uint32_t lease_s;                 /* option 51, seconds; 0 where absent, UINT32_MAX is forever */
	uint16_t message_size_max;        /* option 57, bytes; 0 where absent */
	struct octets host_name;          /* option 12 */
	struct octets parameter_list;     /* option 55, in the order sent */
	struct octets vendor_class;       /* option 60 */
	struct octets client_id;          /* option 61 */
	struct octets fqdn;               /* option 81, the name part, RFC 4702 (flags and RCODEs left off) */
	struct octets relay_info;         /* option 82, raw sub-options */
	struct octets mud_url;            /* option 161, RFC 8520 */
};

struct observation_arp {
	uint16_t operation; /* 1 request, 2 reply */
	struct mac sender_mac;
	struct address sender_address; /* FAMILY_NONE in a probe, RFC 5227 */
	struct address target_address;
};

struct observation {
	uint8_t type;     /* enum observation_type */
	uint8_t outgoing; /* 1 where this gateway sent the frame (PACKET_OUTGOING) */
	uint16_t vlan;    /* 802.1Q VLAN id from the frame or its auxdata, 0 where untagged */
	uint32_t ifindex;
	uint64_t captured_ns; /* wall clock, nanoseconds, from the kernel's time stamp */
	struct mac source;    /* Ethernet source */
	union {
		struct observation_dhcp4 dhcp4;
		struct observation_arp arp;
	};
};

#endif

/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * observation: what one message of a device said, as it was decoded and before anyone believed it.
 *
 * DHCPv4 and ARP, which bind addresses to devices, have structs of their own; all else is fields. observation_fields
 * gives any of them as fields.
 *
 * Owns:    its bytes inline; it travels in one message, the unused end of it left off (observation_size).
 * Context: made in the sensor process or by a replay, read in the controller after message_check.
 * Trust:   every string is a stranger's: (bytes, length), never terminated, never text until escaped.
 */
#ifndef ISOWARD_POLICY_OBSERVATION_H
#define ISOWARD_POLICY_OBSERVATION_H

#include <stddef.h>
#include <stdint.h>

#include "policy/base/address.h"
#include "policy/fields.h"

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
	OBSERVATION_FIELDS = 3, /* what a decoder found, of ${protocol} */
	OBSERVATION_FLOW = 4,   /* a flow's first packet, nothing decoded */
};

/* Whose message it was; names by protocol_name. */
enum protocol {
	PROTOCOL_NONE,
	PROTOCOL_DHCP4,
	PROTOCOL_ARP,
	PROTOCOL_DHCP6,
	PROTOCOL_ND,
	PROTOCOL_LLDP,
	PROTOCOL_CDP,
	PROTOCOL_DNS,
	PROTOCOL_MDNS,
	PROTOCOL_LLMNR,
	PROTOCOL_NBNS,
	PROTOCOL_BROWSER,
	PROTOCOL_SSDP,
	PROTOCOL_WSD,
	PROTOCOL_SNMP,
	PROTOCOL_BACNET,
	PROTOCOL_TCP, /* the SYN and the SYN+ACK */
	PROTOCOL_HTTP,
	PROTOCOL_SIP,
	PROTOCOL_FTP,
	PROTOCOL_TELNET,
	PROTOCOL_SSH,
	PROTOCOL_SMTP,
	PROTOCOL_TLS,
	PROTOCOL_QUIC,
	PROTOCOL_SMB,
	PROTOCOL_NTLM, /* within LDAP, DCE/RPC or TDS */
	PROTOCOL_RDP,
	PROTOCOL_KERBEROS,
	PROTOCOL_DICOM,
	PROTOCOL_HL7,
	PROTOCOL_FLOW, /* the application of a flow, by its first packets */
	PROTOCOL_COUNT
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
	struct octets options;            /* the options' codes in the order sent, pad and end included */
	struct octets user_class;         /* option 77, RFC 3004, as sent */
	struct octets vendor_options;     /* option 43, as sent */
};

struct observation_arp {
	uint16_t operation; /* 1 request, 2 reply */
	struct mac sender_mac;
	struct address sender_address; /* FAMILY_NONE in a probe, RFC 5227 */
	struct address target_address;
};

/* The IP packet a message came in. FAMILY_NONE where it came in none. */
struct conversation {
	struct address source;
	struct address destination;
	uint16_t source_port; /* 0 where the protocol has none; of ICMP the type */
	uint16_t destination_port;
	uint8_t protocol;    /* IANA number: 6, 17, … */
	uint8_t hops;        /* time to live or hop limit, as captured */
	uint8_t from_server; /* 1 where the packet goes against the flow's direction */
};

struct observation {
	uint8_t type;     /* enum observation_type */
	uint8_t protocol; /* enum protocol */
	uint8_t outgoing; /* 1 where this gateway sent the frame (PACKET_OUTGOING) */
	uint16_t vlan;    /* 802.1Q VLAN id from the frame or its auxdata, 0 where untagged */
	uint32_t ifindex;
	uint64_t frame;         /* its number in a capture file, from 1; 0 on a live interface */
	uint64_t captured_ns;   /* wall clock, nanoseconds, from the kernel's or the capture's time stamp */
	struct mac source;      /* link-layer source; zero where the link has none */
	struct mac destination; /* likewise */
	struct conversation conversation;
	union {
		struct observation_dhcp4 dhcp4;
		struct observation_arp arp;
		struct fields fields;
	};
};

/* observation_size tells how many bytes of ${observation} are in use; the rest need not be sent. */
size_t observation_size(const struct observation *observation);

/* observation_fields writes all that ${observation} says as fields into ${fields}, in the order of the message. */
void observation_fields(const struct observation *observation, struct fields *fields);

/* protocol_name gives the fixed name of ${protocol}: "dhcp", "mdns", "tls" …; "" for PROTOCOL_NONE. */
const char *protocol_name(enum protocol protocol);

#endif

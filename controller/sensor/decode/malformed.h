/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * malformed: why a frame, or a message in it, was refused, to be counted.
 *
 * Owns:    nothing.
 * Context: pure. Set in the sensor, shown by the controller.
 */
#ifndef ISOWARD_CONTROLLER_SENSOR_DECODE_MALFORMED_H
#define ISOWARD_CONTROLLER_SENSOR_DECODE_MALFORMED_H

enum malformed_reason {
	MALFORMED_ETHERNET_SHORT,      /* cut inside the Ethernet header or its tags */
	MALFORMED_ETHERNET_SOURCE,     /* sent from a group or zero address */
	MALFORMED_VLAN_DEPTH,          /* more than four tags in the frame */
	MALFORMED_IP_SHORT,            /* cut inside the IPv4 header */
	MALFORMED_IP_VERSION,          /* not 4 under EtherType 0x0800 */
	MALFORMED_IP_HEADER_LENGTH,    /* IHL below 5 */
	MALFORMED_IP_LENGTH,           /* total length below the header's or beyond the frame */
	MALFORMED_IP_FRAGMENT,         /* a part of a datagram that is not put together: cut, overlapping, too large */
	MALFORMED_UDP_SHORT,           /* cut inside the UDP header */
	MALFORMED_UDP_LENGTH,          /* length below 8 or beyond the datagram */
	MALFORMED_DHCP_SHORT,          /* cut before the options */
	MALFORMED_DHCP_OPERATION,      /* neither BOOTREQUEST nor BOOTREPLY, or a server's message from a client */
	MALFORMED_DHCP_HARDWARE,       /* not Ethernet with six bytes, or chaddr is no station's */
	MALFORMED_DHCP_COOKIE,         /* RFC 2131 section 3 */
	MALFORMED_DHCP_OPTION_CUT,     /* an option runs past its area */
	MALFORMED_DHCP_OPTION_LENGTH,  /* an option of fixed length has another, or stands there twice */
	MALFORMED_DHCP_OVERLOAD_VALUE, /* option 52 is none of 1, 2, 3 */
	MALFORMED_ARP_SHORT,           /* cut inside the message */
	MALFORMED_ARP_FORMAT,          /* not Ethernet and IPv4, or lengths other than 6 and 4 */
	MALFORMED_ARP_SENDER,          /* the sender's hardware address is no station's */
	MALFORMED_LINK,                /* a link layer's header that is cut, or layers nested too deep */
	MALFORMED_IP6,      /* cut inside the IPv6 header or its extension headers, or lengths that cannot be */
	MALFORMED_LLDP,     /* a TLV runs past the frame, or one is missing */
	MALFORMED_CDP,      /* a TLV runs past the frame */
	MALFORMED_ND,       /* an option runs past the message, or has no length */
	MALFORMED_DHCP6,    /* an option runs past its area, or relays are nested too deep */
	MALFORMED_DNS,      /* a record or name runs past the message, or a name loops */
	MALFORMED_NETBIOS,  /* a name or datagram that cannot be */
	MALFORMED_SSDP,     /* no header ends */
	MALFORMED_SNMP,     /* BER that runs past the message */
	MALFORMED_BACNET,   /* cut inside a service */
	MALFORMED_TCP,      /* a header or option runs past the segment */
	MALFORMED_HTTP,     /* a head that is none, or too long */
	MALFORMED_SIP,      /* a head that is none, or too long */
	MALFORMED_BANNER,   /* a greeting that is none */
	MALFORMED_TLS,      /* a record or handshake that runs past itself */
	MALFORMED_QUIC,     /* an Initial that does not decrypt */
	MALFORMED_SMB,      /* a header or offset that runs past the message */
	MALFORMED_RDP,      /* a length that cannot be */
	MALFORMED_KERBEROS, /* DER that cannot be */
	MALFORMED_DICOM,    /* an item that runs past its PDU */
	MALFORMED_HL7,      /* a header segment that is none */
	MALFORMED_COUNT
};

/* malformed_reason_name gives the fixed name of ${reason}, "ip-fragment" for example. */
const char *malformed_reason_name(enum malformed_reason reason);

#endif

/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * protocols: which decoder is asked about what, as four tables.
 *
 * Owns:    nothing; the tables are constant.
 * Context: pure. Sensor process and replay.
 */
#ifndef ISOWARD_CONTROLLER_SENSOR_DISSECT_PROTOCOLS_H
#define ISOWARD_CONTROLLER_SENSOR_DISSECT_PROTOCOLS_H

#include "controller/sensor/decode/decoder.h"

#define PROTOCOL_PORTS_MAX 4

/* A decoder of datagrams is asked where one port is its own; with no ports it is asked about what no other took. */
struct datagram_protocol {
	enum protocol protocol;
	uint16_t ports[PROTOCOL_PORTS_MAX]; /* 0 ends them */
	datagram_decode *decode;
};

/* A decoder of streams is asked about the head of every new direction, in the order of the table. */
struct stream_protocol {
	enum protocol protocol;
	stream_decode *decode;
};

/* What a link layer calls that which it carries. */
struct link_name {
	uint8_t access_point;  /* IEEE 802.2, of both sides; 0: there is a type */
	uint32_t organisation; /* of the SNAP header; 0: an EtherType */
	uint16_t type;
};

/*
 * A decoder of what stands on Ethernet at once: its datagrams begin behind the EtherType, or behind the LLC and SNAP
 * headers (IEEE 802.2, 802) where there is an access point or an organisation; their conversation is empty.
 */
struct link_protocol {
	enum protocol protocol;
	struct link_name name;
	datagram_decode *decode;
};

/*
 * A decoder of what stands on IP at once: its datagrams begin behind the IP header and its extension headers, at the
 * type of ICMPv6 for example. The one of TCP is asked about SYN and SYN+ACK alone, and its datagrams begin with the
 * IP header (the version tells which) and reach to the packet's end, so that it sees both.
 */
struct network_protocol {
	enum protocol protocol;
	uint8_t number; /* IANA */
	datagram_decode *decode;
};

/* protocols_link lends the table of decoders on Ethernet, ${count} long. */
const struct link_protocol *protocols_link(size_t *count);

/* protocols_network lends the table of decoders on IP, ${count} long. */
const struct network_protocol *protocols_network(size_t *count);

/* protocols_datagram lends the table of datagram decoders, ${count} long. */
const struct datagram_protocol *protocols_datagram(size_t *count);

/* protocols_stream lends the table of stream decoders, ${count} long. */
const struct stream_protocol *protocols_stream(size_t *count);

#endif

/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * dissector_internal: what the parts of the dissector share: link.c, llc.c, wireless.c, network.c, tunnel.c,
 * datagram.c, segment.c, stream.c, waiting.c.
 *
 * A frame is walked from layer to layer, each a function that is given the bytes behind the layer before it. What the
 * layers tell stands in ${made}, which becomes the observation when a decoder finds something; the innermost layer of
 * a kind wins.
 *
 * Owns:    as dissector.h says.
 * Limits:  LAYERS_MAX headers in headers of a frame.
 * Context: single-threaded; frames never come while one is being walked.
 * Trust:   every byte is a stranger's.
 */
#ifndef ISOWARD_CONTROLLER_SENSOR_DISSECT_DISSECTOR_INTERNAL_H
#define ISOWARD_CONTROLLER_SENSOR_DISSECT_DISSECTOR_INTERNAL_H

#include "controller/sensor/dissect/application.h"
#include "controller/sensor/dissect/dissector.h"
#include "controller/sensor/dissect/flow.h"
#include "controller/sensor/dissect/fragments.h"
#include "controller/sensor/dissect/protocols.h"
#include "policy/base/cursor.h"

/* A tunnel counts once for each header that it adds; more than this are built to make work, not to carry anything. */
#define LAYERS_MAX 8

#define ETHERTYPE_IPV4     0x0800
#define ETHERTYPE_ARP      0x0806
#define ETHERTYPE_BRIDGED  0x6558 /* an Ethernet frame in GRE, RFC 1701 */
#define ETHERTYPE_8021Q    0x8100
#define ETHERTYPE_IPX      0x8137
#define ETHERTYPE_IPV6     0x86dd
#define ETHERTYPE_PPP      0x880b
#define ETHERTYPE_MPLS     0x8847
#define ETHERTYPE_MPLS_UP  0x8848 /* RFC 5332: the label is upstream-assigned */
#define ETHERTYPE_PPPOE    0x8864
#define ETHERTYPE_8021AD   0x88a8
#define ETHERTYPE_ERSPAN   0x88be
#define ETHERTYPE_ERSPAN3  0x22eb
#define ETHERTYPE_QINQ_OLD 0x9100

/* IANA protocol numbers. */
#define NUMBER_ICMP   1
#define NUMBER_IPV4   4
#define NUMBER_TCP    6
#define NUMBER_UDP    17
#define NUMBER_IPV6   41
#define NUMBER_GRE    47
#define NUMBER_ICMPV6 58

/* Everything of an observation but what a decoder adds. */
#define OBSERVATION_HEAD offsetof(struct observation, fields)

struct streams; /* what waits; waiting.c */

struct dissector {
	struct dissector_options options;
	dissector_emit *emit;
	void *context;
	struct dissector_statistics statistics;
	struct flow_table *flows;
	struct flow_count *counts; /* of each flow of the table by its index; NULL where nobody asks for totals */
	struct streams *streams;
	struct fragments *fragments;
	struct application *application; /* NULL where it is not asked for */

	const struct datagram_protocol *datagram_protocols;
	const struct stream_protocol *stream_protocols;
	size_t stream_count;
	uint8_t *datagrams_by_port;           /* for each port its place in datagrams_of; 0 where no decoder has it */
	uint32_t datagrams_of[UINT8_MAX + 1]; /* a bit for each decoder of the table */
	uint8_t indexed_ports;
	uint32_t datagrams_any_port; /* those without ports */

	/* Of the frame that is being read. */
	const struct frame *frame;
	unsigned int layers;
	uint32_t now_s;
	bool is_group;             /* to several stations */
	bool is_cut;               /* the capture, or a fragment, holds less than the packet */
	enum malformed_reason cut; /* by what */
	const uint8_t *packet;     /* the innermost IP header */
	const uint8_t *packet_end;
	struct observation made;
};

/* What a flow came to so far, in both directions. */
struct flow_count {
	uint64_t packets;
	uint64_t bytes; /* of its frames, as they were sent */
};

/* What is known of a packet once its flow is found. */
struct flow_packet {
	struct flow *flow;
	unsigned int sender; /* which end of the flow's key */
	bool is_new;         /* the flow's first packet */
};

/* dissector_malformed counts ${reason}. */
static inline void dissector_malformed(struct dissector *dissector, enum malformed_reason reason)
{
	dissector->statistics.malformed[reason]++;
}

/* dissector_enter counts one more header around the next. shape: false, and counted, where there are too many. */
static inline bool dissector_enter(struct dissector *dissector)
{
	if (++dissector->layers <= LAYERS_MAX)
		return true;
	dissector_malformed(dissector, MALFORMED_LINK);
	return false;
}

/* dissector_give gives out what stands in ${made}, as an observation of ${type} and ${protocol}. */
void dissector_give(struct dissector *dissector, enum observation_type type, enum protocol protocol);

/*
 * dissector_ask gives ${datagram} to ${decode} of ${protocol} and gives out what it says.
 * shape: as the decoder's; 0 where it was no message of that protocol, broken or not.
 */
int dissector_ask(struct dissector *dissector, enum protocol protocol, datagram_decode *decode,
                  const struct datagram *datagram);

/* link_take reads the frame of ${dissector} from its first byte. */
void link_take(struct dissector *dissector);

/* link_take_ethernet reads the Ethernet frame at ${frame}, in a tunnel or not. */
void link_take_ethernet(struct dissector *dissector, struct cursor frame);

/* link_take_type reads ${payload} as ${type}, an EtherType, says. */
void link_take_type(struct dissector *dissector, uint16_t type, struct cursor payload);

/*
 * link_set_stations notes who sent the frame at hand and to whom, six bytes each.
 * shape: false, and counted, where the source is a group, which sends nothing.
 */
bool link_set_stations(struct dissector *dissector, const uint8_t *source, const uint8_t *destination);

/* link_ask gives ${payload} to the decoder of ${name}; counts it where there is none. */
void link_ask(struct dissector *dissector, const struct link_name *name, const struct cursor *payload);

/* llc_take reads ${payload} from its service access points on, as far as it goes, padding left off. */
void llc_take(struct dissector *dissector, struct cursor payload);

/* What is not as the standard has it in a frame of IEEE 802.11. */
struct wireless_form {
	bool is_padded;      /* its header, to four bytes */
	bool may_be_swapped; /* the bytes of its frame control, and of its sequence control then */
};

/*
 * wireless_take reads the IEEE 802.11 frame at ${frame}, of ${form}: data that is neither encrypted nor in fragments.
 * Who sent it is told by its way through the distribution system, not by who transmitted it.
 */
void wireless_take(struct dissector *dissector, struct cursor frame, struct wireless_form form);

/* wireless_take_radiotap reads the frame behind a radiotap header. */
void wireless_take_radiotap(struct dissector *dissector, struct cursor frame);

/* wireless_take_ppi reads the frame behind a PPI header. */
void wireless_take_ppi(struct dissector *dissector, struct cursor frame);

/*
 * wireless_take_capwap reads ${payload} of a datagram on CAPWAP's data channel (RFC 5415): what stations send and get.
 * CAPWAP's own fragments are counted.
 * shape: false where it is encrypted or none; nothing was read.
 */
bool wireless_take_capwap(struct dissector *dissector, struct cursor payload);

/* network_take_ip reads the IPv4 or IPv6 packet at ${packet}, whichever its version says. */
void network_take_ip(struct dissector *dissector, struct cursor packet);

/* network_take_ipv4 reads the IPv4 packet at ${packet}. */
void network_take_ipv4(struct dissector *dissector, struct cursor packet);

/* network_take_ipv6 reads the IPv6 packet at ${packet}. */
void network_take_ipv6(struct dissector *dissector, struct cursor packet);

/* tunnel_take_ethernet reads the Ethernet frame at ${frame} that stands in another. */
void tunnel_take_ethernet(struct dissector *dissector, struct cursor frame);

/* tunnel_take_gre reads what GRE carries: IP, Ethernet, ERSPAN or PPP. */
void tunnel_take_gre(struct dissector *dissector, struct cursor packet);

/* tunnel_take_mpls reads what stands below the labels. */
void tunnel_take_mpls(struct dissector *dissector, struct cursor packet);

/* tunnel_take_pppoe reads a PPPoE session's packet. */
void tunnel_take_pppoe(struct dissector *dissector, struct cursor packet);

/* tunnel_take_ppp reads a PPP packet from its protocol field, or the address and control before it, on. */
void tunnel_take_ppp(struct dissector *dissector, struct cursor packet);

/*
 * tunnel_take_datagram reads ${payload} of a datagram where a port is a tunnel's: VXLAN, Geneve, GTP-U, Teredo, L2TP,
 * CAPWAP. shape: false where it is none of them; nothing was read.
 */
bool tunnel_take_datagram(struct dissector *dissector, struct cursor payload);

/* datagram_take reads the UDP datagram at ${packet}. */
void datagram_take(struct dissector *dissector, struct cursor packet);

/* segment_take reads the TCP segment at ${packet}. */
void segment_take(struct dissector *dissector, struct cursor packet);

/* dissector_flow finds or makes the flow of the packet in ${made}, and says there which way it goes. */
struct flow_packet dissector_flow(struct dissector *dissector, bool opens, bool answers);

/*
 * dissector_recognise shows the packet at hand, of ${packet}'s flow and with payload, to the recognition of
 * applications, and gives out what it says.
 */
void dissector_recognise(struct dissector *dissector, const struct flow_packet *packet);

/* dissector_recognise_name is the same for a QUIC connection whose ClientHello stands in ${made}. */
void dissector_recognise_name(struct dissector *dissector, const struct flow_packet *packet);

/* dissector_forget_application lets the recognition of ${flow} begin anew. */
void dissector_forget_application(struct dissector *dissector, struct flow *flow);

/* streams_new makes room for ${streams_max} directions. errors: -ENOMEM. ownership: the caller's. */
int streams_new(uint32_t streams_max, struct streams **streams);

/* streams_free releases ${streams}; NULL is allowed. */
void streams_free(struct streams *streams);

/* A TCP segment, as streams_take needs it. */
struct segment {
	uint32_t sequence;
	uint32_t acknowledged;
	uint8_t flags;
	const uint8_t *payload;
	size_t length;
};

/* streams_take takes ${segment} into its direction of ${packet}'s flow, and gives out the messages it completes. */
void streams_take(struct dissector *dissector, const struct flow_packet *packet, const struct segment *segment);

/*
 * streams_keep_datagram keeps ${datagram} for the next of its direction of ${packet}'s flow, behind those kept before.
 * shape: false where there is no room; none is kept then.
 */
bool streams_keep_datagram(struct dissector *dissector, const struct flow_packet *packet,
                           const struct datagram *datagram);

/* streams_kept lends the datagrams that ${side} keeps, ${length} bytes; NULL where there are none. */
const uint8_t *streams_kept(const struct dissector *dissector, const struct stream_side *side, size_t *length);

/* streams_drop lets go of what ${side} keeps. */
void streams_drop(struct dissector *dissector, struct stream_side *side);

/* streams_farewell decodes what is still held of ${flow}, and lets it go. */
void streams_farewell(struct dissector *dissector, struct flow *flow);

#endif

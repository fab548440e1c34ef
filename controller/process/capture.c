/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "controller/process/capture.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/filter.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <stdbool.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "policy/base/memory.h"

#define BLOCK_SIZE     (1U << 16)
#define BLOCK_COUNT    16U /* 1 MiB: 512 frames of TPACKET_V2 */
#define RETIRE_BULK_MS 10

/*
 * Classic BPF. The kernel moves the outermost VLAN tag out of the frame before a packet socket sees it; a second one
 * (802.1ad), or one that a driver left, stands in the frame and puts everything four bytes further.
 * Jump offsets count from the next instruction.
 */
#define LOAD_HALF(at)        BPF_STMT(BPF_LD | BPF_H | BPF_ABS, (at))
#define LOAD_BYTE(at)        BPF_STMT(BPF_LD | BPF_B | BPF_ABS, (at))
#define LOAD_HALF_X(at)      BPF_STMT(BPF_LD | BPF_H | BPF_IND, (at))
#define AT_LEAST(k, yes, no) BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, (k), (yes), (no))
#define ABOVE(k, yes, no)    BPF_JUMP(BPF_JMP | BPF_JGT | BPF_K, (k), (yes), (no))
#define EQUAL(k, yes, no)    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (k), (yes), (no))
#define BITS(k, yes, no)     BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, (k), (yes), (no))
#define RETURN(bytes)        BPF_STMT(BPF_RET | BPF_K, (bytes))
#define WHOLE_FRAME          0x40000

#define OFFSET_TYPE       12
#define OFFSET_IP         14
#define OFFSET_FRAGMENT   (OFFSET_IP + 6)
#define OFFSET_PROTOCOL   (OFFSET_IP + 9)
#define TAG               4
#define FRAGMENT_OFFSET   0x1fff
#define IP_UDP            17
#define IP_ICMPV6         58
#define OFFSET_IP6_NEXT   (OFFSET_IP + 6)
#define OFFSET_ICMP6      (OFFSET_IP + 40) /* behind no extension header: RFC 4861 sends none */
#define OFFSET_IP6_UDP_TO (OFFSET_IP + 42)
#define GROUP_BIT         1 /* of a MAC address's first byte, IEEE 802 */

/* ICMPv6 types of RFC 4861, first and last. */
#define ND_ROUTER_SOLICIT       133
#define ND_ROUTER_ADVERTISEMENT 134
#define ND_REDIRECT             137

/*
 * What binds addresses, and must be seen as it goes out too: a UDP datagram (or its first fragment, to be counted) to
 * port 67, 68, 546 or 547, and router advertisements, by which the gateway tells devices whom they find on their link.
 */
static const struct sock_filter filter_urgent[] = {
	/*  0 */ LOAD_HALF(OFFSET_TYPE),
	/*  1 */ EQUAL(ETH_P_IP, 0, 6), /* no: 8 */
	/*  2 */ LOAD_BYTE(OFFSET_PROTOCOL),
	/*  3 */ EQUAL(IP_UDP, 0, 27), /* no: 31 */
	/*  4 */ LOAD_HALF(OFFSET_FRAGMENT),
	/*  5 */ BITS(FRAGMENT_OFFSET, 25, 0),                   /* yes: 31 */
	/*  6 */ BPF_STMT(BPF_LDX | BPF_B | BPF_MSH, OFFSET_IP), /* X = header length */
	/*  7 */ BPF_JUMP(BPF_JMP | BPF_JA, 19, 0, 0),           /* 27 */
	/*  8 */ EQUAL(ETH_P_IPV6, 0, 8),                        /* no: 17 */
	/*  9 */ LOAD_BYTE(OFFSET_IP6_NEXT),
	/* 10 */ EQUAL(IP_UDP, 0, 3), /* no: 14 */
	/* 11 */ LOAD_HALF(OFFSET_IP6_UDP_TO),
	/* 12 */ EQUAL(546, 17, 0),       /* yes: 30 */
	/* 13 */ EQUAL(547, 16, 17),      /* yes: 30, no: 31 */
	/* 14 */ EQUAL(IP_ICMPV6, 0, 16), /* no: 31 */
	/* 15 */ LOAD_BYTE(OFFSET_ICMP6),
	/* 16 */ EQUAL(ND_ROUTER_ADVERTISEMENT, 13, 14), /* yes: 30, no: 31 */
	/* 17 */ EQUAL(ETH_P_8021Q, 1, 0),               /* yes: 19 */
	/* 18 */ EQUAL(ETH_P_8021AD, 0, 12),             /* no: 31 */
	/* 19 */ LOAD_HALF(OFFSET_TYPE + TAG),
	/* 20 */ EQUAL(ETH_P_IP, 0, 10), /* no: 31 */
	/* 21 */ LOAD_BYTE(OFFSET_PROTOCOL + TAG),
	/* 22 */ EQUAL(IP_UDP, 0, 8), /* no: 31 */
	/* 23 */ LOAD_HALF(OFFSET_FRAGMENT + TAG),
	/* 24 */ BITS(FRAGMENT_OFFSET, 6, 0),                          /* yes: 31 */
	/* 25 */ BPF_STMT(BPF_LDX | BPF_B | BPF_MSH, OFFSET_IP + TAG), /* X = header length, the tag comes on top: */
	/* 26 */ BPF_JUMP(BPF_JMP | BPF_JA, 5, 0, 0),                  /* 32 */
	/* 27 */ LOAD_HALF_X(OFFSET_IP + 2),                           /* destination port */
	/* 28 */ EQUAL(67, 1, 0),
	/* 29 */ EQUAL(68, 0, 1),
	/* 30 */ RETURN(WHOLE_FRAME),
	/* 31 */ RETURN(0),
	/* 32 */ LOAD_HALF_X(OFFSET_IP + TAG + 2),
	/* 33 */ EQUAL(67, 1, 0),
	/* 34 */ EQUAL(68, 0, 1),
	/* 35 */ RETURN(WHOLE_FRAME),
	/* 36 */ RETURN(0),
};

/*
 * What devices say to all or to their link: ARP, whatever goes to a group address (mDNS, SSDP, NetBIOS, LLDP, router
 * solicitation, neighbour discovery) and neighbour discovery to one station; but not what comes by the other ring. What
 * goes to one address only passes the gateway, and is taken from there.
 */
static const struct sock_filter filter_link[] = {
	/*  0 */ LOAD_HALF(OFFSET_TYPE),
	/*  1 */ EQUAL(ETH_P_ARP, 26, 0),     /* yes: 28 */
	/*  2 */ EQUAL(ETH_P_IP, 13, 0),      /* yes: 16 */
	/*  3 */ EQUAL(ETH_P_IPV6, 2, 0),     /* yes: 6 */
	/*  4 */ EQUAL(ETH_P_8021Q, 24, 0),   /* yes: 29 */
	/*  5 */ EQUAL(ETH_P_8021AD, 23, 19), /* yes: 29, no: 25 */
	/*  6 */ LOAD_BYTE(OFFSET_IP6_NEXT),
	/*  7 */ EQUAL(IP_UDP, 0, 3), /* no: 11 */
	/*  8 */ LOAD_HALF(OFFSET_IP6_UDP_TO),
	/*  9 */ EQUAL(546, 14, 0),       /* yes: 24 */
	/* 10 */ EQUAL(547, 13, 14),      /* yes: 24, no: 25 */
	/* 11 */ EQUAL(IP_ICMPV6, 0, 13), /* no: 25 */
	/* 12 */ LOAD_BYTE(OFFSET_ICMP6),
	/* 13 */ AT_LEAST(ND_ROUTER_SOLICIT, 0, 11),    /* no: 25 */
	/* 14 */ ABOVE(ND_REDIRECT, 10, 0),             /* yes: 25 */
	/* 15 */ EQUAL(ND_ROUTER_ADVERTISEMENT, 8, 12), /* yes: 24, no: 28 */
	/* 16 */ LOAD_BYTE(OFFSET_PROTOCOL),
	/* 17 */ EQUAL(IP_UDP, 0, 7), /* no: 25 */
	/* 18 */ LOAD_HALF(OFFSET_FRAGMENT),
	/* 19 */ BITS(FRAGMENT_OFFSET, 5, 0), /* yes: 25 */
	/* 20 */ BPF_STMT(BPF_LDX | BPF_B | BPF_MSH, OFFSET_IP),
	/* 21 */ LOAD_HALF_X(OFFSET_IP + 2),
	/* 22 */ EQUAL(67, 1, 0), /* yes: 24 */
	/* 23 */ EQUAL(68, 0, 1), /* no: 25 */
	/* 24 */ RETURN(0),
	/* 25 */ LOAD_BYTE(0), /* of the destination */
	/* 26 */ BITS(GROUP_BIT, 1, 0),
	/* 27 */ RETURN(0),
	/* 28 */ RETURN(WHOLE_FRAME),
	/* 29 */ LOAD_HALF(OFFSET_TYPE + TAG),
	/* 30 */ EQUAL(ETH_P_ARP, 3, 0), /* yes: 34 */
	/* 31 */ LOAD_BYTE(0),
	/* 32 */ BITS(GROUP_BIT, 1, 0),
	/* 33 */ RETURN(0),
	/* 34 */ RETURN(WHOLE_FRAME),
};

#define FILTER_MAX 40
_Static_assert(ARRAY_SIZE(filter_urgent) <= FILTER_MAX && ARRAY_SIZE(filter_link) <= FILTER_MAX,
               "a filter fits its copy");

static const struct capture_profile {
	int version;
	bool outgoing;
	const struct sock_filter *filter;
	uint16_t filter_length;
} profiles[] = {
	[CAPTURE_URGENT] = { TPACKET_V2, true, filter_urgent, ARRAY_SIZE(filter_urgent) },
	[CAPTURE_BULK] = { TPACKET_V3, false, filter_link, ARRAY_SIZE(filter_link) },
};

static int fail(struct error *reterr, uint32_t ifindex, const char *step)
{
	int code = -errno;

	return error_set(reterr, code, "capture on interface %u: %s: %s", ifindex, step, strerror(-code));
}

static int set_option(int fd, int option, const void *value, socklen_t length)
{
	return setsockopt(fd, SOL_PACKET, option, value, length);
}

/* The filter, and the lock that keeps it whoever holds the descriptor. */
static int attach_filter(int fd, const struct capture_profile *profile)
{
	struct sock_fprog program = { .len = profile->filter_length };
	struct sock_filter copy[FILTER_MAX];
	int one = 1;

	memcpy(copy, profile->filter, profile->filter_length * sizeof(copy[0]));
	program.filter = copy;
	if (setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof(program)) < 0)
		return -1;
	return setsockopt(fd, SOL_SOCKET, SO_LOCK_FILTER, &one, sizeof(one));
}

static int make_ring(int fd, const struct capture_profile *profile, const struct capture_geometry *geometry)
{
	struct tpacket_req3 request = {
		.tp_block_size = geometry->block_size,
		.tp_block_nr = geometry->block_count,
		.tp_frame_size = geometry->frame_size,
		.tp_frame_nr = geometry->frame_count,
	};
	socklen_t length = sizeof(struct tpacket_req);

	if (set_option(fd, PACKET_VERSION, &profile->version, sizeof(profile->version)) < 0)
		return -1;
	if (profile->version == TPACKET_V3) {
		request.tp_retire_blk_tov = RETIRE_BULK_MS;
		length = sizeof(request);
	}
	return set_option(fd, PACKET_RX_RING, &request, length);
}

static int prepare(int fd, uint32_t ifindex, const struct capture_profile *profile,
                   const struct capture_geometry *geometry, struct error *reterr)
{
	struct sockaddr_ll address = {
		.sll_family = AF_PACKET,
		.sll_protocol = htons(ETH_P_ALL), /* what leaves the gateway is seen by these sockets only */
		.sll_ifindex = (int)ifindex,
	};
	int one = 1;

	if (attach_filter(fd, profile) < 0)
		return fail(reterr, ifindex, "filter");
	if (!profile->outgoing && set_option(fd, PACKET_IGNORE_OUTGOING, &one, sizeof(one)) < 0)
		return fail(reterr, ifindex, "ignore outgoing frames");
	if (make_ring(fd, profile, geometry) < 0)
		return fail(reterr, ifindex, "ring");
	if (bind(fd, (const struct sockaddr *)&address, sizeof(address)) < 0)
		return fail(reterr, ifindex, "bind");
	return 0;
}

int capture_open(uint32_t ifindex, enum capture_kind kind, int *fd, struct capture_geometry *geometry,
                 struct error *reterr)
{
	const struct capture_profile *profile = &profiles[kind];
	struct capture_geometry made = {
		.block_size = BLOCK_SIZE,
		.block_count = BLOCK_COUNT,
		.frame_size = CAPTURE_FRAME_SIZE,
		.frame_count = BLOCK_SIZE / CAPTURE_FRAME_SIZE * BLOCK_COUNT,
	};
	/* Protocol 0: deaf until bound. */
	int opened = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	int result;

	if (opened < 0)
		return fail(reterr, ifindex, "packet socket (needs CAP_NET_RAW)");
	result = prepare(opened, ifindex, profile, &made, reterr);
	if (result < 0) {
		close(opened);
		return result;
	}
	*fd = opened;
	*geometry = made;
	return 0;
}

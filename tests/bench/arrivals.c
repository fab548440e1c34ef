/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * arrivals: devices that ask by DHCP, and how long each then waits for its element in the kernel.
 *
 * usage: bench_arrivals WIRE GATEWAY TABLE SET MODE FIRST COUNT PACE
 * WIRE and GATEWAY are files of network namespaces; the clients' frames go out on eth0 of the first, the gateway's
 * clinical interface is pumps0 of the second.
 * MODE   join   a DHCP server in the gateway answers
 *        serve  this program answers, from the gateway, faster than servers do
 *        speak  the devices FIRST.. of bench_preload say what they are; nobody has to answer
 * PACE   N begin at once and N remain under way; 1: the next begins when the one before has its element; or N/s.
 * It prints a line "COUNT devices, N acknowledged, N lost" and then the microseconds of each device, a line each: from
 * the kernel's own stamp of the DHCPACK on its way out (of the device's frame on its way in, with "speak") to the
 * reading of the notification that the element is committed. The reader's wake-up is in the figure.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netlink.h>
#include <net/if.h>
#include <poll.h>
#include <sched.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define NANOSECONDS   INT64_C(1000000000)
#define SUBNET_BITS   20 /* 10.16.0.0/12: an address is an index by its last 20 bits */
#define SUBNET        0x0a100000U
#define GATEWAY       0x0a100001U
#define LEASED        0x0a110000U /* what "serve" gives out: this and the device's number */
#define PRELOADED     0x0a120000U /* as in preload.c */
#define AGAIN_NS      NANOSECONDS
#define GIVE_UP_NS    (2 * NANOSECONDS)
#define QUIET_NS      (3 * NANOSECONDS) /* after the last acknowledgement, for the last elements */
#define FRAME_MAX     512
#define BOOTP         42 /* Ethernet 14, IPv4 20, UDP 8 */
#define OPTIONS       (BOOTP + 240)
#define BUFFER_BYTES  (64 << 20)
#define DHCP_DISCOVER 1
#define DHCP_OFFER    2
#define DHCP_REQUEST  3
#define DHCP_ACK      5

enum mode {
	MODE_JOIN,
	MODE_SERVE,
	MODE_SPEAK
};

enum device_state {
	DEVICE_WAITS,
	DEVICE_ASKS,
	DEVICE_HOLDS
};

struct device {
	enum device_state state;
	int64_t asked_ns; /* monotonic */
	uint32_t offered; /* host order; 0 before the offer */
	uint32_t server;
};

struct arrivals {
	enum mode mode;
	const char *table, *set;
	int client, server, tap, monitor;
	uint8_t gateway_mac[6];
	unsigned int first, count;
	unsigned int started, acknowledged, elements;
	unsigned int window;    /* under way at once; 0 where there is a rate */
	int64_t step_ns, begin; /* between two that begin */
	int64_t last_ns;        /* of the last acknowledgement, or start */
	struct device *devices;
	int64_t *stamp_ns, *element_ns; /* by address; wall clock */
};

static int64_t now_ns(clockid_t clock)
{
	struct timespec now;

	clock_gettime(clock, &now);
	return now.tv_sec * NANOSECONDS + now.tv_nsec;
}

static void die(const char *what)
{
	fprintf(stderr, "bench_arrivals: %s: %s\n", what, strerror(errno));
	exit(1);
}

static uint32_t slot_of(uint32_t address)
{
	return address & ((1U << SUBNET_BITS) - 1);
}

static uint32_t read32(const uint8_t *bytes)
{
	return (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 | (uint32_t)bytes[2] << 8 | bytes[3];
}

static void write32(uint8_t *bytes, uint32_t value)
{
	for (unsigned int i = 0; i < 4; i++)
		bytes[i] = (uint8_t)(value >> (24 - 8 * i));
}

/* ---- sockets, each in its namespace ---- */

static void enter(const char *namespace)
{
	int fd = open(namespace, O_RDONLY | O_CLOEXEC);

	if (fd < 0 || setns(fd, CLONE_NEWNET) < 0)
		die(namespace);
	close(fd);
}

static void widen(int fd)
{
	int bytes = BUFFER_BYTES;

	setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &bytes, sizeof(bytes));
	setsockopt(fd, SOL_SOCKET, SO_SNDBUFFORCE, &bytes, sizeof(bytes));
}

/* Only UDP from ${port} in IPv4 without options. */
static void filter_port(int fd, uint16_t port)
{
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_H | BPF_ABS, 12), BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, ETH_P_IP, 0, 5),
		BPF_STMT(BPF_LD | BPF_B | BPF_ABS, 23), BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, IPPROTO_UDP, 0, 3),
		BPF_STMT(BPF_LD | BPF_H | BPF_ABS, 34), BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, port, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, UINT32_MAX),  BPF_STMT(BPF_RET | BPF_K, 0),
	};
	struct sock_fprog program = { .len = sizeof(code) / sizeof(code[0]), .filter = code };

	if (setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof(program)) < 0)
		die("filter");
}

static int open_packet(const char *interface, uint16_t port)
{
	int fd = socket(AF_PACKET, SOCK_RAW | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	struct sockaddr_ll link = { .sll_family = AF_PACKET,
		                    .sll_protocol = htons(ETH_P_ALL),
		                    .sll_ifindex = (int)if_nametoindex(interface) };

	if (fd < 0)
		die("socket");
	filter_port(fd, port);
	widen(fd);
	if (bind(fd, (struct sockaddr *)&link, sizeof(link)) < 0)
		die(interface);
	return fd;
}

static int open_monitor(void)
{
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_NONBLOCK | SOCK_CLOEXEC, NETLINK_NETFILTER);
	struct sockaddr_nl name = { .nl_family = AF_NETLINK };
	int group = NFNLGRP_NFTABLES;

	if (fd < 0 || bind(fd, (struct sockaddr *)&name, sizeof(name)) < 0 ||
	    setsockopt(fd, SOL_NETLINK, NETLINK_ADD_MEMBERSHIP, &group, sizeof(group)) < 0)
		die("monitor");
	widen(fd);
	return fd;
}

static void open_all(struct arrivals *arrivals, const char *wire, const char *gateway)
{
	struct ifreq request = { .ifr_name = "pumps0" };
	int on = 1;

	enter(wire);
	arrivals->client = open_packet("eth0", 67);
	enter(gateway);
	arrivals->tap = open_packet("pumps0", arrivals->mode == MODE_SPEAK ? 68 : 67);
	if (setsockopt(arrivals->tap, SOL_SOCKET, SO_TIMESTAMPNS, &on, sizeof(on)) < 0)
		die("stamps");
	arrivals->monitor = open_monitor();
	arrivals->server = arrivals->mode == MODE_SERVE ? open_packet("pumps0", 68) : -1;
	if (ioctl(arrivals->tap, SIOCGIFHWADDR, &request) < 0)
		die("pumps0");
	memcpy(arrivals->gateway_mac, request.ifr_hwaddr.sa_data, sizeof(arrivals->gateway_mac));
}

/* ---- frames ---- */

/* What is already in network order is summed as it stands: RFC 1071 section 2 (B). */
static void sum_header(uint8_t *header)
{
	uint32_t sum = 0;

	for (unsigned int i = 0; i < 20; i += 2)
		sum += (uint32_t)header[i] << 8 | header[i + 1];
	sum = (sum & 0xffff) + (sum >> 16);
	sum = ~((sum & 0xffff) + (sum >> 16));
	header[10] = (uint8_t)(sum >> 8);
	header[11] = (uint8_t)sum;
}

static size_t put_option(uint8_t *frame, size_t at, uint8_t code, const void *bytes, size_t length)
{
	frame[at] = code;
	frame[at + 1] = (uint8_t)length;
	memcpy(frame + at + 2, bytes, length);
	return at + 2 + length;
}

static size_t put_number(uint8_t *frame, size_t at, uint8_t code, uint32_t number)
{
	uint8_t bytes[4];

	write32(bytes, number);
	return put_option(frame, at, code, bytes, sizeof(bytes));
}

/* Everything before the options, with lengths and sum for ${end} bytes of frame. */
static void put_heads(uint8_t *frame, size_t end, const uint8_t source[6], uint32_t from, bool is_server)
{
	uint8_t *ip = frame + 14;
	uint8_t *udp = frame + 34;

	memset(frame, 0xff, 6);
	memcpy(frame + 6, source, 6);
	frame[12] = 0x08;
	frame[13] = 0x00;
	ip[0] = 0x45;
	ip[2] = (uint8_t)((end - 14) >> 8);
	ip[3] = (uint8_t)(end - 14);
	ip[8] = 64;
	ip[9] = IPPROTO_UDP;
	write32(ip + 12, from);
	write32(ip + 16, UINT32_MAX);
	sum_header(ip);
	udp[1] = is_server ? 67 : 68;
	udp[3] = is_server ? 68 : 67;
	udp[4] = (uint8_t)((end - 34) >> 8);
	udp[5] = (uint8_t)(end - 34);
	frame[BOOTP] = is_server ? 2 : 1;
	frame[BOOTP + 1] = 1; /* Ethernet */
	frame[BOOTP + 2] = 6;
	frame[BOOTP + 10] = 0x80; /* answers by broadcast */
	memcpy(frame + BOOTP + 236, "\x63\x82\x53\x63", 4);
}

static void mac_of(const struct arrivals *arrivals, unsigned int number, uint8_t mac[6])
{
	memcpy(mac, arrivals->mode == MODE_SPEAK ? "\x00\x12\x21" : "\x00\xd0\x75", 3);
	mac[3] = (uint8_t)(number >> 16);
	mac[4] = (uint8_t)(number >> 8);
	mac[5] = (uint8_t)number;
}

/* A pump's DISCOVER, or its REQUEST where it was offered something. */
static void ask(struct arrivals *arrivals, unsigned int index)
{
	struct device *device = &arrivals->devices[index];
	uint8_t frame[FRAME_MAX] = { 0 };
	uint8_t kind = device->offered ? DHCP_REQUEST : DHCP_DISCOVER;
	bool braun = arrivals->mode == MODE_SPEAK;
	const char *vendor = braun ? "BBRAUN SPACECOM" : "ALARIS PCU";
	unsigned int number = arrivals->first + index;
	char name[32];
	uint8_t mac[6];
	size_t at;

	snprintf(name, sizeof(name), braun ? "SPACECOM-%06u" : "ALARIS-PCU-%06u", number);
	mac_of(arrivals, number, mac);
	at = put_option(frame, OPTIONS, 53, &kind, 1);
	if (device->offered) {
		at = put_number(frame, at, 50, device->offered);
		at = put_number(frame, at, 54, device->server);
	}
	at = put_option(frame, at, 60, vendor, strlen(vendor));
	at = put_option(frame, at, 12, name, strlen(name));
	at = put_option(frame, at, 55, "\x01\x03\x06\x0c\x0f\x1c", 6);
	frame[at++] = 0xff;
	put_heads(frame, at, mac, 0, false);
	write32(frame + BOOTP + 4, number);
	memcpy(frame + BOOTP + 28, mac, sizeof(mac));
	if (send(arrivals->client, frame, at, 0) < 0 && errno != EAGAIN && errno != ENOBUFS)
		die("send");
	device->state = DEVICE_ASKS;
	device->asked_ns = now_ns(CLOCK_MONOTONIC);
}

/* Option ${code} of a DHCP message; NULL where it is not there with ${length} bytes. */
static const uint8_t *option(const uint8_t *frame, size_t length, uint8_t code, size_t wanted)
{
	for (size_t at = OPTIONS; at + 2 <= length && frame[at] != 0xff;) {
		if (frame[at] == 0) {
			at++;
			continue;
		}
		if (frame[at] == code && frame[at + 1] == wanted && at + 2 + wanted <= length)
			return frame + at + 2;
		at += 2U + frame[at + 1];
	}
	return NULL;
}

static uint8_t kind_of(const uint8_t *frame, size_t length)
{
	const uint8_t *kind = option(frame, length, 53, 1);

	return kind ? *kind : 0;
}

/* ---- what comes in ---- */

static void answer(struct arrivals *arrivals, const uint8_t *asked, size_t length)
{
	uint8_t frame[FRAME_MAX] = { 0 };
	uint8_t kind = kind_of(asked, length) == DHCP_REQUEST ? DHCP_ACK : DHCP_OFFER;
	size_t at = put_option(frame, OPTIONS, 53, &kind, 1);

	at = put_number(frame, at, 54, GATEWAY);
	at = put_number(frame, at, 51, 43200);
	at = put_number(frame, at, 1, 0xfff00000U);
	at = put_number(frame, at, 3, GATEWAY);
	frame[at++] = 0xff;
	put_heads(frame, at, arrivals->gateway_mac, GATEWAY, true);
	memcpy(frame + BOOTP + 4, asked + BOOTP + 4, 4);
	write32(frame + BOOTP + 16, LEASED + read32(asked + BOOTP + 4));
	memcpy(frame + BOOTP + 28, asked + BOOTP + 28, 6);
	if (send(arrivals->server, frame, at, 0) < 0 && errno != EAGAIN && errno != ENOBUFS)
		die("send");
}

static void read_server(struct arrivals *arrivals)
{
	uint8_t frame[2048];
	ssize_t length;

	while ((length = recv(arrivals->server, frame, sizeof(frame), 0)) > 0)
		if (length > OPTIONS)
			answer(arrivals, frame, (size_t)length);
}

static void read_client(struct arrivals *arrivals)
{
	uint8_t frame[2048];
	ssize_t length;

	while ((length = recv(arrivals->client, frame, sizeof(frame), 0)) > 0) {
		unsigned int index = read32(frame + BOOTP + 4) - arrivals->first;
		const uint8_t *server = length > OPTIONS ? option(frame, (size_t)length, 54, 4) : NULL;
		struct device *device;

		if (!server || index >= arrivals->count)
			continue;
		device = &arrivals->devices[index];
		if (kind_of(frame, (size_t)length) == DHCP_OFFER && device->state == DEVICE_ASKS && !device->offered) {
			device->offered = read32(frame + BOOTP + 16);
			device->server = read32(server);
			ask(arrivals, index);
		} else if (kind_of(frame, (size_t)length) == DHCP_ACK && device->state == DEVICE_ASKS) {
			device->state = DEVICE_HOLDS;
			arrivals->acknowledged++;
			arrivals->last_ns = now_ns(CLOCK_MONOTONIC);
		}
	}
}

static void read_tap(struct arrivals *arrivals)
{
	for (;;) {
		uint8_t frame[2048];
		_Alignas(struct cmsghdr) uint8_t control[128];
		struct iovec vector = { frame, sizeof(frame) };
		struct msghdr message = {
			.msg_iov = &vector, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof(control)
		};
		ssize_t length = recvmsg(arrivals->tap, &message, 0);
		const struct cmsghdr *found = CMSG_FIRSTHDR(&message);
		struct timespec stamp;
		uint32_t slot;

		if (length < 0)
			return;
		if (length <= OPTIONS || !found || found->cmsg_type != SO_TIMESTAMPNS)
			continue;
		memcpy(&stamp, CMSG_DATA(found), sizeof(stamp));
		if (arrivals->mode == MODE_SPEAK)
			slot = slot_of(PRELOADED + read32(frame + BOOTP + 4));
		else if (kind_of(frame, (size_t)length) == DHCP_ACK)
			slot = slot_of(read32(frame + BOOTP + 16));
		else
			continue;
		if (arrivals->stamp_ns[slot] == 0)
			arrivals->stamp_ns[slot] = stamp.tv_sec * NANOSECONDS + stamp.tv_nsec;
	}
}

/* The attribute ${type} in ${length} bytes at ${at}: its content; NULL where there is none. */
static const uint8_t *attribute(const uint8_t *at, size_t length, uint16_t type, size_t *content)
{
	while (length >= sizeof(struct nlattr)) {
		struct nlattr head;

		memcpy(&head, at, sizeof(head));
		if (head.nla_len < sizeof(head) || head.nla_len > length)
			return NULL;
		if ((head.nla_type & NLA_TYPE_MASK) == type) {
			*content = head.nla_len - sizeof(head);
			return at + sizeof(head);
		}
		if ((size_t)NLA_ALIGN(head.nla_len) >= length)
			return NULL;
		length -= (size_t)NLA_ALIGN(head.nla_len);
		at += NLA_ALIGN(head.nla_len);
	}
	return NULL;
}

static bool is_named(const uint8_t *bytes, size_t length, uint16_t type, const char *name)
{
	size_t size;
	const uint8_t *found = attribute(bytes, length, type, &size);

	return found && size == strlen(name) + 1 && memcmp(found, name, size) == 0;
}

static void note_element(struct arrivals *arrivals, const uint8_t *bytes, size_t length, int64_t now)
{
	static const uint16_t way[] = { NFTA_SET_ELEM_LIST_ELEMENTS, NFTA_LIST_ELEM, NFTA_SET_ELEM_KEY,
		                        NFTA_DATA_VALUE };
	uint32_t slot;

	if (!is_named(bytes, length, NFTA_SET_ELEM_LIST_TABLE, arrivals->table) ||
	    !is_named(bytes, length, NFTA_SET_ELEM_LIST_SET, arrivals->set))
		return;
	for (size_t i = 0; i < sizeof(way) / sizeof(way[0]) && bytes; i++)
		bytes = attribute(bytes, length, way[i], &length);
	if (!bytes || length < 4 || (read32(bytes + length - 4) & ~((1U << SUBNET_BITS) - 1)) != SUBNET)
		return;
	slot = slot_of(read32(bytes + length - 4)); /* of a concatenation the address is the last */
	arrivals->elements += arrivals->element_ns[slot] == 0;
	if (arrivals->element_ns[slot] == 0)
		arrivals->element_ns[slot] = now;
}

static void read_monitor(struct arrivals *arrivals)
{
	static uint8_t datagram[1 << 20];
	ssize_t received;

	while ((received = recv(arrivals->monitor, datagram, sizeof(datagram), 0)) > 0) {
		int64_t now = now_ns(CLOCK_REALTIME);
		size_t left = (size_t)received;
		const uint8_t *at = datagram;
		struct nlmsghdr head;

		for (; left >= sizeof(head); at += NLMSG_ALIGN(head.nlmsg_len), left -= NLMSG_ALIGN(head.nlmsg_len)) {
			size_t skip = NLMSG_HDRLEN + sizeof(struct nfgenmsg);

			memcpy(&head, at, sizeof(head));
			if (head.nlmsg_len < skip || NLMSG_ALIGN(head.nlmsg_len) > left)
				break;
			if (head.nlmsg_type == (NFNL_SUBSYS_NFTABLES << 8 | NFT_MSG_NEWSETELEM))
				note_element(arrivals, at + skip, head.nlmsg_len - skip, now);
		}
	}
}

/* ---- the run ---- */

static bool may_begin(const struct arrivals *arrivals, int64_t now)
{
	unsigned int done = arrivals->mode == MODE_SPEAK ? arrivals->elements : arrivals->acknowledged;

	if (arrivals->started == arrivals->count)
		return false;
	if (arrivals->window == 0)
		return now >= arrivals->begin + (int64_t)arrivals->started * arrivals->step_ns;
	if (arrivals->window == 1 && arrivals->elements < arrivals->started)
		return now > arrivals->last_ns + GIVE_UP_NS;
	return arrivals->started < done + arrivals->window;
}

static void begin_some(struct arrivals *arrivals, int64_t now)
{
	while (may_begin(arrivals, now)) {
		ask(arrivals, arrivals->started++);
		arrivals->last_ns = now;
	}
}

static void ask_again(struct arrivals *arrivals, int64_t now)
{
	for (unsigned int i = 0; i < arrivals->started; i++)
		if (arrivals->devices[i].state == DEVICE_ASKS && now > arrivals->devices[i].asked_ns + AGAIN_NS)
			ask(arrivals, i);
}

static bool is_over(const struct arrivals *arrivals, int64_t now)
{
	if (arrivals->started < arrivals->count)
		return false;
	return arrivals->elements >= arrivals->count || now > arrivals->last_ns + QUIET_NS;
}

static void run(struct arrivals *arrivals)
{
	struct pollfd waits[] = { { arrivals->monitor, POLLIN, 0 },
		                  { arrivals->client, POLLIN, 0 },
		                  { arrivals->server, POLLIN, 0 } };
	int64_t now = arrivals->begin = arrivals->last_ns = now_ns(CLOCK_MONOTONIC);
	int64_t looked = now;

	while (!is_over(arrivals, now)) {
		begin_some(arrivals, now);
		poll(waits, sizeof(waits) / sizeof(waits[0]), arrivals->window ? 100 : 1);
		read_monitor(arrivals);
		if (arrivals->server >= 0)
			read_server(arrivals);
		read_client(arrivals);
		read_tap(arrivals);
		now = now_ns(CLOCK_MONOTONIC);
		if (arrivals->mode != MODE_SPEAK && now > looked + AGAIN_NS / 4) {
			ask_again(arrivals, now);
			looked = now;
		}
	}
	read_tap(arrivals);
}

static void print(const struct arrivals *arrivals)
{
	unsigned int lost = 0;
	unsigned int acknowledged = 0;

	for (uint32_t slot = 0; slot < 1U << SUBNET_BITS; slot++) {
		acknowledged += arrivals->stamp_ns[slot] != 0;
		lost += arrivals->stamp_ns[slot] != 0 && arrivals->element_ns[slot] == 0;
	}
	printf("%u devices, %u acknowledged, %u lost\n", arrivals->count, acknowledged, lost);
	for (uint32_t slot = 0; slot < 1U << SUBNET_BITS; slot++)
		if (arrivals->stamp_ns[slot] != 0 && arrivals->element_ns[slot] != 0)
			printf("%.1f\n", (double)(arrivals->element_ns[slot] - arrivals->stamp_ns[slot]) / 1000);
}

static enum mode mode_of(const char *word)
{
	if (strcmp(word, "speak") == 0)
		return MODE_SPEAK;
	return strcmp(word, "serve") == 0 ? MODE_SERVE : MODE_JOIN;
}

int main(int argc, char **argv)
{
	struct arrivals arrivals = { 0 };
	unsigned long pace;
	char *end;

	if (argc != 9) {
		fprintf(stderr, "usage: bench_arrivals WIRE GATEWAY TABLE SET join|serve|speak FIRST COUNT PACE[/s]\n");
		return 2;
	}
	arrivals.table = argv[3];
	arrivals.set = argv[4];
	arrivals.mode = mode_of(argv[5]);
	arrivals.first = (unsigned int)strtoul(argv[6], NULL, 10);
	arrivals.count = (unsigned int)strtoul(argv[7], NULL, 10);
	pace = strtoul(argv[8], &end, 10);
	if (*end == '/')
		arrivals.step_ns = NANOSECONDS / (int64_t)(pace ? pace : 1);
	else
		arrivals.window = (unsigned int)pace;
	arrivals.devices = calloc(arrivals.count, sizeof(*arrivals.devices));
	arrivals.stamp_ns = calloc(1U << SUBNET_BITS, sizeof(*arrivals.stamp_ns));
	arrivals.element_ns = calloc(1U << SUBNET_BITS, sizeof(*arrivals.element_ns));
	if (!arrivals.devices || !arrivals.stamp_ns || !arrivals.element_ns)
		die("memory");
	open_all(&arrivals, argv[1], argv[2]);
	run(&arrivals);
	print(&arrivals);
	free(arrivals.devices);
	free(arrivals.stamp_ns);
	free(arrivals.element_ns);
	return 0;
}

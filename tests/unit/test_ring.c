/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Real frames over a veth pair in a network namespace of this process alone. What has to wait, waits in poll with a
 * deadline.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <linux/filter.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <poll.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "controller/process/capture.h"
#include "controller/process/sandbox.h"
#include "controller/sensor/ring.h"
#include "controller/sensor/sensor.h"
#include "policy/base/memory.h"

/* A sanitizer's run time makes calls of its own that the sandbox rightly refuses. */
#if defined(__SANITIZE_ADDRESS__)
#define SANITIZED true
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define SANITIZED true
#endif
#endif
#ifndef SANITIZED
#define SANITIZED false
#endif

#define UNPRIVILEGED 65534
#define DEADLINE_MS  5000
#define FRAME        (14 + 20 + 8 + 244)

static bool have_namespace;
static uint32_t ward, device; /* both ends of the pair */
static int device_socket;     /* sends as the device, and can send as the gateway */

struct seen {
	unsigned int frames;
	size_t length;
	struct frame meta;
	uint8_t first[64];
};

static void see(const struct frame *frame, void *context)
{
	struct seen *seen = context;

	seen->frames++;
	seen->length = frame->length;
	seen->meta = *frame;
	memcpy(seen->first, frame->bytes, frame->length < sizeof(seen->first) ? frame->length : sizeof(seen->first));
}

static void make_dhcp(uint8_t frame[FRAME], uint8_t to_port)
{
	static const uint8_t head[] = { 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x44, 0x4b, 0x5d, 0, 0, 1, 8, 0, 0x45, 0,
		                        1,    16,   0,    0,    0,    0,    64,   17,   0,    0, 0, 0, 0, 0, 255,  255,
		                        255,  255,  0,    68,   0,    67,   0,    252,  0,    0, 1, 1, 6, 0 };

	memset(frame, 0, FRAME);
	memcpy(frame, head, sizeof(head));
	frame[37] = to_port;
	memcpy(frame + 42 + 28, frame + 6, 6);
	memcpy(frame + 42 + 236, "\x63\x82\x53\x63\x35\x01\x01\xff", 8);
}

static void make_arp(uint8_t frame[60])
{
	static const uint8_t head[42] = { 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x44, 0x4b, 0x5d, 0,    0,    1,  8, 6,
		                          0,    1,    8,    0,    6,    4,    0,    1,    0x44, 0x4b, 0x5d, 0,  0, 1,
		                          10,   20,   0,    7,    0,    0,    0,    0,    0,    0,    10,   20, 0, 1 };

	memset(frame, 0, 60);
	memcpy(frame, head, sizeof(head));
}

static void put(uint32_t ifindex, const uint8_t *frame, size_t length)
{
	struct sockaddr_ll to = { .sll_family = AF_PACKET, .sll_ifindex = (int)ifindex, .sll_halen = 6 };

	assert_int_equal(sendto(device_socket, frame, length, 0, (const struct sockaddr *)&to, sizeof(to)), length);
}

static struct ring *open_ring(enum capture_kind kind)
{
	struct capture_geometry geometry;
	struct error error = { 0 };
	struct ring *ring = NULL;
	int fd;

	if (capture_open(ward, kind, &fd, &geometry, &error) < 0)
		fail_msg("%s", error.text);
	if (ring_map(fd, ward, kind, &geometry, &ring, &error) < 0)
		fail_msg("%s", error.text);
	return ring;
}

/* Reads until ${wanted} frames were seen, or the deadline has passed. */
static void read_until(struct ring *ring, unsigned int wanted, struct seen *seen)
{
	struct pollfd readable = { .fd = ring_fd(ring), .events = POLLIN };

	while (seen->frames < wanted && poll(&readable, 1, DEADLINE_MS) > 0)
		ring_read(ring, see, seen);
}

/* The last frame put is one that must come: once it is there, all before it have been judged. */
static void filters_and_delivers_dhcp(void **state)
{
	struct ring *ring;
	struct seen seen = { 0 };
	uint8_t dhcp[FRAME], other[FRAME], arp[60];
	uint64_t frames = 0, dropped = 0;

	(void)state;
	if (!have_namespace)
		skip();
	ring = open_ring(CAPTURE_URGENT);
	make_arp(arp);
	put(device, arp, sizeof(arp));
	make_dhcp(other, 53);
	put(device, other, sizeof(other));
	make_dhcp(other, 67);
	other[21] = 1; /* a later fragment: no ports to look at */
	put(device, other, sizeof(other));
	make_dhcp(dhcp, 67);
	put(device, dhcp, sizeof(dhcp));
	read_until(ring, 1, &seen);
	assert_int_equal(seen.frames, 1);
	assert_int_equal(seen.length, FRAME);
	assert_memory_equal(seen.first, dhcp, sizeof(seen.first));
	assert_int_equal(seen.meta.ifindex, ward);
	assert_false(seen.meta.outgoing);
	assert_true(seen.meta.captured_ns > 1700000000ULL * 1000000000ULL);
	assert_int_equal(ring_statistics(ring, &frames, &dropped), 0);
	assert_int_equal(frames, 1);
	assert_int_equal(dropped, 0);
	ring_free(ring);
}

static void sees_outgoing_dhcp(void **state)
{
	struct ring *ring;
	struct seen seen = { 0 };
	uint8_t dhcp[FRAME];

	(void)state;
	if (!have_namespace)
		skip();
	ring = open_ring(CAPTURE_URGENT);
	make_dhcp(dhcp, 68);
	put(ward, dhcp, sizeof(dhcp));
	read_until(ring, 1, &seen);
	assert_int_equal(seen.frames, 1);
	assert_true(seen.meta.outgoing);
	ring_free(ring);
}

/* 802.1Q comes as auxiliary data; of 802.1ad the inner tag is still in the frame. */
static void sees_tagged_dhcp(void **state)
{
	static const uint8_t tags[] = { 0x88, 0xa8, 0x00, 0x64, 0x81, 0x00, 0x00, 0x14 };
	struct ring *ring;
	struct seen seen = { 0 };
	uint8_t dhcp[FRAME], tagged[FRAME + 8];

	(void)state;
	if (!have_namespace)
		skip();
	ring = open_ring(CAPTURE_URGENT);
	make_dhcp(dhcp, 67);
	memcpy(tagged, dhcp, 12);
	memcpy(tagged + 12, tags + 4, 4);
	memcpy(tagged + 16, dhcp + 12, FRAME - 12);
	put(device, tagged, FRAME + 4);
	read_until(ring, 1, &seen);
	assert_int_equal(seen.frames, 1);
	assert_int_equal(seen.meta.vlan, 20);
	assert_int_equal(seen.length, FRAME);
	memcpy(tagged + 12, tags, 8);
	memcpy(tagged + 20, dhcp + 12, FRAME - 12);
	put(device, tagged, FRAME + 8);
	read_until(ring, 2, &seen);
	assert_int_equal(seen.frames, 2);
	assert_int_equal(seen.meta.vlan, 100);
	assert_int_equal(seen.length, FRAME + 4);
	ring_free(ring);
}

/* One frame to ${to} of ${type} and, in IP, of ${protocol}; ${first} is what its payload begins with. */
struct link_frame {
	const char *name;
	bool wanted;
	uint8_t to[6];
	uint16_t type;
	uint8_t protocol;
	uint8_t first[4];
};

static void put_link_frame(const struct link_frame *link_frame, uint8_t mark)
{
	size_t header = link_frame->type == 0x86dd ? 40 : 20;
	uint8_t frame[128] = { [6] = 0x44, 0x4b, 0x5d, 0, 0, 1 };

	memcpy(frame, link_frame->to, 6);
	frame[12] = (uint8_t)(link_frame->type >> 8);
	frame[13] = (uint8_t)link_frame->type;
	frame[14] = link_frame->type == 0x86dd ? 0x60 : 0x45;
	frame[14 + (link_frame->type == 0x86dd ? 6 : 9)] = link_frame->protocol;
	memcpy(frame + 14 + header, link_frame->first, sizeof(link_frame->first));
	frame[sizeof(frame) - 1] = mark;
	put(device, frame, sizeof(frame));
}

struct marks {
	bool seen[32];
};

/* The kernel's own words on the new link, from other addresses, are passed over. */
static void see_mark(const struct frame *frame, void *context)
{
	struct marks *marks = context;

	if (frame->length == 128 && memcmp(frame->bytes + 6, "\x44\x4b\x5d", 3) == 0 && !frame->outgoing)
		marks->seen[frame->bytes[127]] = true;
}

/* Puts ${count} ${frames} on the wire, the last of them a wanted one: of all those wanted come through, and no other.
 */
static void expect_frames(enum capture_kind kind, const struct link_frame *frames, size_t count)
{
	struct marks marks = { { false } };
	struct pollfd readable = { .events = POLLIN };
	struct ring *ring;

	if (!have_namespace)
		skip();
	ring = open_ring(kind);
	readable.fd = ring_fd(ring);
	for (size_t i = 0; i < count; i++)
		put_link_frame(&frames[i], (uint8_t)i);
	while (!marks.seen[count - 1] && poll(&readable, 1, DEADLINE_MS) > 0)
		ring_read(ring, see_mark, &marks);
	for (size_t i = 0; i < count; i++)
		if (marks.seen[i] != frames[i].wanted)
			fail_msg("%s: %s", frames[i].name, marks.seen[i] ? "came" : "did not come");
	ring_free(ring);
}

static void delivers_what_is_said_on_the_link(void **state)
{
	static const struct link_frame frames[] = {
		{ "mDNS", true, { 1, 0, 0x5e, 0, 0, 0xfb }, 0x0800, 17, { 0x14, 0xe9, 0x14, 0xe9 } },
		{ "NetBIOS", true, { 255, 255, 255, 255, 255, 255 }, 0x0800, 17, { 0, 137, 0, 137 } },
		{ "DHCPv4, the other ring's", false, { 255, 255, 255, 255, 255, 255 }, 0x0800, 17, { 0, 68, 0, 67 } },
		{ "an answer of DHCPv4", false, { 255, 255, 255, 255, 255, 255 }, 0x0800, 17, { 0, 67, 0, 68 } },
		{ "web, to one station", false, { 2, 0, 0, 0, 0, 1 }, 0x0800, 6, { 0x9c, 0x40, 0, 80 } },
		{ "DHCPv6, the other ring's", false, { 0x33, 0x33, 0, 1, 0, 2 }, 0x86dd, 17, { 2, 34, 2, 35 } },
		{ "a DHCPv6 lease", false, { 0x33, 0x33, 0, 0, 0, 1 }, 0x86dd, 17, { 2, 35, 2, 34 } },
		{ "router advertisement, the other ring's", false, { 0x33, 0x33, 0, 0, 0, 1 }, 0x86dd, 58, { 134 } },
		{ "router solicitation", true, { 0x33, 0x33, 0, 0, 0, 2 }, 0x86dd, 58, { 133 } },
		{ "mDNS by IPv6", true, { 0x33, 0x33, 0, 0, 0, 0xfb }, 0x86dd, 17, { 0x14, 0xe9, 0x14, 0xe9 } },
		{ "a neighbour's answer", true, { 2, 0, 0, 0, 0, 1 }, 0x86dd, 58, { 136, 0, 0, 0 } },
		{ "echo to one station", false, { 2, 0, 0, 0, 0, 1 }, 0x86dd, 58, { 128, 0, 0, 0 } },
		{ "an ICMPv6 type above", false, { 2, 0, 0, 0, 0, 1 }, 0x86dd, 58, { 138, 0, 0, 0 } },
		{ "LLDP", true, { 1, 0x80, 0xc2, 0, 0, 0x0e }, 0x88cc, 0, { 0 } },
		{ "CDP", true, { 1, 0, 0x0c, 0xcc, 0xcc, 0xcc }, 100, 0, { 0 } },
		{ "some EtherType to one station", false, { 2, 0, 0, 0, 0, 1 }, 0x88cc, 0, { 0 } },
		{ "ARP to one station", true, { 2, 0, 0, 0, 0, 1 }, 0x0806, 0, { 0 } },
	};

	(void)state;
	expect_frames(CAPTURE_BULK, frames, ARRAY_SIZE(frames));
}

static void delivers_what_binds_addresses(void **state)
{
	static const struct link_frame frames[] = {
		{ "DHCPv4", true, { 255, 255, 255, 255, 255, 255 }, 0x0800, 17, { 0, 68, 0, 67 } },
		{ "mDNS", false, { 1, 0, 0x5e, 0, 0, 0xfb }, 0x0800, 17, { 0x14, 0xe9, 0x14, 0xe9 } },
		{ "DHCPv6", true, { 0x33, 0x33, 0, 1, 0, 2 }, 0x86dd, 17, { 2, 34, 2, 35 } },
		{ "a DHCPv6 lease to one station", true, { 2, 0, 0, 0, 0, 1 }, 0x86dd, 17, { 2, 35, 2, 34 } },
		{ "mDNS by IPv6", false, { 0x33, 0x33, 0, 0, 0, 0xfb }, 0x86dd, 17, { 0x14, 0xe9, 0x14, 0xe9 } },
		{ "TCP with such ports", false, { 2, 0, 0, 0, 0, 1 }, 0x86dd, 6, { 2, 34, 2, 35 } },
		{ "neighbour discovery, the other ring's", false, { 2, 0, 0, 0, 0, 1 }, 0x86dd, 58, { 136 } },
		{ "router solicitation", false, { 0x33, 0x33, 0, 0, 0, 2 }, 0x86dd, 58, { 133 } },
		{ "ARP", false, { 255, 255, 255, 255, 255, 255 }, 0x0806, 0, { 0 } },
		{ "router advertisement", true, { 0x33, 0x33, 0, 0, 0, 1 }, 0x86dd, 58, { 134 } },
	};

	(void)state;
	expect_frames(CAPTURE_URGENT, frames, ARRAY_SIZE(frames));
}

static void passes_over_what_goes_out(void **state)
{
	struct ring *ring;
	struct seen seen = { 0 };
	uint8_t arp[60];

	(void)state;
	if (!have_namespace)
		skip();
	ring = open_ring(CAPTURE_BULK);
	make_arp(arp);
	put(ward, arp, sizeof(arp));
	arp[41] = 2; /* asks for another, so that it is told from the first */
	put(device, arp, sizeof(arp));
	while (seen.frames == 0 || seen.first[13] != 6) {
		seen.frames = 0;
		read_until(ring, 1, &seen);
		assert_int_not_equal(seen.frames, 0);
	}
	assert_int_equal(seen.first[41], 2);
	assert_false(seen.meta.outgoing);
	ring_free(ring);
}

/* More frames than a ring holds, read as they come: none may be lost, reordered or seen twice. */
static void goes_round_the_ring(void **state)
{
	struct ring *ring;
	struct seen seen = { 0 };
	uint8_t dhcp[FRAME];

	(void)state;
	if (!have_namespace)
		skip();
	ring = open_ring(CAPTURE_URGENT);
	make_dhcp(dhcp, 67);
	for (unsigned int i = 0; i < 1200; i++) {
		dhcp[46] = (uint8_t)(i >> 8);
		dhcp[47] = (uint8_t)i;
		put(device, dhcp, sizeof(dhcp));
		read_until(ring, i + 1, &seen);
		assert_int_equal(seen.frames, i + 1);
		assert_int_equal(seen.first[46] << 8 | seen.first[47], i);
	}
	ring_free(ring);
}

static void counts_what_does_not_fit(void **state)
{
	struct ring *ring;
	struct seen seen = { 0 };
	uint8_t dhcp[FRAME];
	uint64_t frames = 0, dropped = 0;

	(void)state;
	if (!have_namespace)
		skip();
	ring = open_ring(CAPTURE_URGENT);
	make_dhcp(dhcp, 67);
	for (unsigned int i = 0; i < 700; i++)
		put(device, dhcp, sizeof(dhcp));
	while (ring_read(ring, see, &seen) > 0)
		;
	assert_int_equal(ring_statistics(ring, &frames, &dropped), 0);
	assert_int_equal(frames + dropped, 700);
	assert_int_equal(seen.frames, frames);
	assert_true(dropped > 0);
	ring_free(ring);
}

static void keeps_its_filter(void **state)
{
	struct sock_filter all[] = { BPF_STMT(BPF_RET | BPF_K, 0x40000) };
	const struct sock_fprog program = { .len = 1, .filter = all };
	struct ring *ring;
	int none = 0;

	(void)state;
	if (!have_namespace)
		skip();
	ring = open_ring(CAPTURE_URGENT);
	assert_int_equal(setsockopt(ring_fd(ring), SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof(program)), -1);
	assert_int_equal(errno, EPERM);
	assert_int_equal(setsockopt(ring_fd(ring), SOL_SOCKET, SO_DETACH_FILTER, &none, sizeof(none)), -1);
	ring_free(ring);
}

static void refuses_impossible_geometry(void **state)
{
	static const struct capture_geometry geometries[] = {
		{ 0, 0, 0, 0 },           { 65536, 16, 2048, 511 },
		{ 65536, 16, 2048, 513 }, { 65536, 0, 2048, 0 },
		{ 65536, 16, 2000, 512 }, { 65536, 16, 0, 512 },
		{ 65536, 16, 8, 131072 }, { 0x80000000, 0x80000000, 2048, 0 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(geometries); i++) {
		struct error error = { 0 };
		struct ring *ring = NULL;

		assert_int_equal(ring_map(-1, 1, CAPTURE_URGENT, &geometries[i], &ring, &error), -EINVAL);
		assert_null(ring);
	}
}

static void names_a_missing_interface(void **state)
{
	struct capture_geometry geometry = { .block_size = 1 };
	struct error error = { 0 };
	int fd = -2;

	(void)state;
	if (!have_namespace)
		skip();
	assert_int_equal(capture_open(99999, CAPTURE_URGENT, &fd, &geometry, &error), -ENODEV);
	assert_int_equal(fd, -2);
	assert_int_equal(geometry.block_size, 1);
	assert_non_null(strstr(error.text, "interface 99999"));
}

static void expect_observation(int fd, struct message *message, uint32_t type)
{
	struct pollfd readable = { .fd = fd, .events = POLLIN };

	do {
		assert_int_equal(poll(&readable, 1, DEADLINE_MS), 1);
		assert_int_equal(message_receive(fd, message, NULL), 1);
	} while (message->type != type);
}

static void add_capture(int fd, enum capture_kind kind)
{
	struct error error = { 0 };
	struct message message;
	int capture;

	message_make(&message, MESSAGE_CAPTURE_ADD);
	message.capture.ifindex = ward;
	message.capture.kind = (uint32_t)kind;
	assert_int_equal(capture_open(ward, kind, &capture, &message.capture.geometry, &error), 0);
	assert_int_equal(message_send(fd, &message, capture), 0);
	close(capture);
}

static int run_confined(int fd)
{
	const struct sandbox_options options = { .message_fd = fd, .uid = UNPRIVILEGED, .gid = UNPRIVILEGED };
	struct error error = { 0 };

	if (!SANITIZED && sandbox_enter(SANDBOX_SENSOR, &options, &error) < 0)
		return 1;
	if (SANITIZED)
		close_range(3, (unsigned int)fd - 1, 0); /* the other end of the pair, as the sandbox would */
	return sensor_run(fd) == 0 ? 0 : 1;
}

/* The whole sensor process, confined: captures come in, observations and statistics go out, it ends with its
 * controller. */
static void sensor_observes(void **state)
{
	struct message message;
	uint8_t dhcp[FRAME], arp[60];
	int pair[2], status;
	pid_t child;

	(void)state;
	if (!have_namespace)
		skip();
	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair), 0);
	add_capture(pair[0], CAPTURE_URGENT);
	add_capture(pair[0], CAPTURE_BULK);
	make_dhcp(dhcp, 67);
	put(device, dhcp, sizeof(dhcp));
	make_arp(arp);
	put(device, arp, sizeof(arp));
	arp[18] = 7; /* hardware length */
	put(device, arp, sizeof(arp));
	child = fork();
	if (child == 0)
		_exit(run_confined(pair[1]));
	close(pair[1]);
	expect_observation(pair[0], &message, MESSAGE_OBSERVATION);
	assert_int_equal(message.observation.type, OBSERVATION_DHCP4);
	assert_int_equal(message.observation.ifindex, ward);
	assert_int_equal(message.observation.dhcp4.message, DHCP4_DISCOVER);
	expect_observation(pair[0], &message, MESSAGE_OBSERVATION);
	assert_int_equal(message.observation.type, OBSERVATION_ARP);
	do
		expect_observation(pair[0], &message, MESSAGE_SENSOR_STATISTICS);
	while (message.statistics.frames < 3 || message.statistics.malformed[MALFORMED_ARP_FORMAT] < 1);
	assert_int_equal(message.statistics.malformed[MALFORMED_ARP_FORMAT], 1);
	assert_int_equal(message.statistics.observations_lost, 0);
	close(pair[0]);
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
}

static int make_namespace(void **state)
{
	(void)state;
	if (geteuid() != 0 || unshare(CLONE_NEWNET) < 0) {
		print_message("no network namespace here: not root\n");
		return 0;
	}
	if (system("ip link add ward0 type veth peer name device0 && ip link set ward0 up && ip link set device0 up") !=
	    0)
		return -1;
	ward = if_nametoindex("ward0");
	device = if_nametoindex("device0");
	device_socket = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);
	have_namespace = true;
	return device_socket < 0 ? -1 : 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(filters_and_delivers_dhcp),
		cmocka_unit_test(sees_outgoing_dhcp),
		cmocka_unit_test(sees_tagged_dhcp),
		cmocka_unit_test(delivers_what_is_said_on_the_link),
		cmocka_unit_test(delivers_what_binds_addresses),
		cmocka_unit_test(passes_over_what_goes_out),
		cmocka_unit_test(goes_round_the_ring),
		cmocka_unit_test(counts_what_does_not_fit),
		cmocka_unit_test(keeps_its_filter),
		cmocka_unit_test(refuses_impossible_geometry),
		cmocka_unit_test(names_a_missing_interface),
		cmocka_unit_test(sensor_observes),
	};

	return cmocka_run_group_tests(tests, make_namespace, NULL);
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "controller/sensor/dissect/dissector.h"
#include "policy/base/memory.h"

#define FRAME_MAX    1600
#define DHCP_LENGTH  (240 + 4) /* one option and the end */
#define IP_OFFSET    14
#define TOTAL_LENGTH (20 + 8 + DHCP_LENGTH)

struct frame_bytes {
	uint8_t byte[FRAME_MAX];
	size_t length;
};

static const struct frame meta = { .ifindex = 7, .captured_ns = 1234567890123456789, .outgoing = true };
static const struct dissector_options options = { .flows_max = 64, .streams_max = 4 };

/* The last observation, and how many came. */
struct seen {
	struct observation observation;
	unsigned int count;
};

static void see(const struct observation *observation, void *context)
{
	struct seen *seen = context;

	memcpy(&seen->observation, observation, observation_size(observation));
	seen->count++;
}

/* One frame alone: 1 and its observation, 0 nothing of interest, -EBADMSG with the first reason counted. */
static int frame_decode(const uint8_t *bytes, size_t length, const struct frame *template,
                        struct observation *observation, enum malformed_reason *reason)
{
	static struct seen seen;
	struct frame frame = *template;
	struct dissector *dissector;
	int result;

	seen.count = 0;
	frame.bytes = bytes;
	frame.length = length;
	assert_int_equal(dissector_new(&options, see, &seen, &dissector), 0);
	dissector_take(dissector, &frame);
	result = seen.count > 0;
	for (unsigned int i = 0; i < MALFORMED_COUNT; i++)
		if (dissector_statistics(dissector)->malformed[i]) {
			*reason = (enum malformed_reason)i;
			result = -EBADMSG;
		}
	dissector_free(dissector);
	if (result > 0)
		memcpy(observation, &seen.observation, observation_size(&seen.observation));
	return result;
}

/* A DHCPDISCOVER from 44:4b:5d:00:00:01, padded by ${padding} bytes. */
static void make_discover(struct frame_bytes *frame, size_t padding)
{
	static const uint8_t head[] = {
		0xff,
		0xff,
		0xff,
		0xff,
		0xff,
		0xff,
		0x44,
		0x4b,
		0x5d,
		0,
		0,
		1,
		8,
		0, /* Ethernet */
		0x45,
		0,
		TOTAL_LENGTH >> 8,
		TOTAL_LENGTH & 0xff,
		0,
		0,
		0,
		0,
		64,
		17,
		0,
		0,
		0,
		0,
		0,
		0,
		255,
		255,
		255,
		255,
		0,
		68,
		0,
		67,
		(8 + DHCP_LENGTH) >> 8,
		(8 + DHCP_LENGTH) & 0xff,
		0,
		0, /* UDP */
		1,
		1,
		6,
		0 /* BOOTREQUEST, Ethernet */
	};
	uint8_t *dhcp = frame->byte + IP_OFFSET + 28;

	memset(frame, 0, sizeof(*frame));
	memcpy(frame->byte, head, sizeof(head));
	memcpy(dhcp + 28, frame->byte + 6, 6);
	memcpy(dhcp + 236, "\x63\x82\x53\x63\x35\x01\x01\xff", 8);
	frame->length = IP_OFFSET + TOTAL_LENGTH + padding;
}

/* Puts the ${length} bytes at ${bytes} into the frame before byte ${at}. */
static void insert(struct frame_bytes *frame, size_t at, const void *bytes, size_t length)
{
	memmove(frame->byte + at + length, frame->byte + at, frame->length - at);
	memcpy(frame->byte + at, bytes, length);
	frame->length += length;
}

static int decode(const struct frame_bytes *frame, struct observation *observation, enum malformed_reason *reason)
{
	*reason = MALFORMED_COUNT;
	return frame_decode(frame->byte, frame->length, &meta, observation, reason);
}

struct vector {
	const char *name;
	size_t at;
	uint8_t value;
	int result;
	enum malformed_reason reason;
};

static void decodes_vectors(void **state)
{
	static const struct vector vectors[] = {
		{ "as it is", 0, 0xff, 1, MALFORMED_COUNT },
		{ "LLDP", 12, 0x88, 0, MALFORMED_COUNT },
		{ "source is a group", 6, 0x45, -EBADMSG, MALFORMED_ETHERNET_SOURCE },
		{ "version 6 under 0x0800", 14, 0x65, -EBADMSG, MALFORMED_IP_VERSION },
		{ "header of 16 bytes", 14, 0x44, -EBADMSG, MALFORMED_IP_HEADER_LENGTH },
		{ "header of no byte", 14, 0x40, -EBADMSG, MALFORMED_IP_HEADER_LENGTH },
		{ "total length beyond the frame", 16, 0x08, -EBADMSG, MALFORMED_IP_LENGTH },
		{ "total length below the header", 16, 0x00, -EBADMSG, MALFORMED_IP_LENGTH },
		{ "first fragment, not of eights", 20, 0x20, -EBADMSG, MALFORMED_IP_FRAGMENT },
		{ "last fragment alone", 21, 0x01, 0, MALFORMED_COUNT },
		{ "do not fragment", 20, 0x40, 1, MALFORMED_COUNT },
		{ "OSPF", 23, 89, 0, MALFORMED_COUNT },
		{ "TCP with no header", 23, 6, -EBADMSG, MALFORMED_TCP },
		{ "to a port of nobody's", 37, 9, 0, MALFORMED_COUNT },
		{ "to port 68", 37, 68, 1, MALFORMED_COUNT },
		{ "UDP length beyond the packet", 38, 0x02, -EBADMSG, MALFORMED_UDP_LENGTH },
		{ "a hardware type of 6", 43, 6, -EBADMSG, MALFORMED_DHCP_HARDWARE },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(vectors); i++) {
		const struct vector *vector = &vectors[i];
		struct observation observation, before;
		enum malformed_reason reason;
		struct frame_bytes frame;
		int result;

		make_discover(&frame, 0);
		frame.byte[vector->at] = vector->value;
		memset(&observation, 0x5a, sizeof(observation));
		memcpy(&before, &observation, sizeof(before));
		result = decode(&frame, &observation, &reason);
		if (result != vector->result || reason != vector->reason)
			fail_msg("%s: result %d, reason %u", vector->name, result, (unsigned int)reason);
		if (result <= 0)
			assert_memory_equal(&observation, &before, sizeof(observation));
	}
}

static void refuses_every_cut(void **state)
{
	struct observation observation;
	enum malformed_reason reason;
	struct frame_bytes frame;

	(void)state;
	make_discover(&frame, 0);
	for (size_t length = 0; length < IP_OFFSET + TOTAL_LENGTH; length++) {
		uint8_t *exact = malloc(length ? length : 1); /* so that a sanitizer sees a read past the end */

		assert_non_null(exact);
		memcpy(exact, frame.byte, length);
		reason = MALFORMED_COUNT;
		assert_int_equal(frame_decode(exact, length, &meta, &observation, &reason), -EBADMSG);
		if (length < IP_OFFSET)
			assert_int_equal(reason, MALFORMED_ETHERNET_SHORT);
		else
			assert_int_equal(reason, length < IP_OFFSET + 20 ? MALFORMED_IP_SHORT : MALFORMED_IP_LENGTH);
		free(exact);
	}
}

static void keeps_what_the_kernel_told(void **state)
{
	struct observation observation;
	enum malformed_reason reason;
	struct frame_bytes frame;

	(void)state;
	make_discover(&frame, 20);
	assert_int_equal(decode(&frame, &observation, &reason), 1);
	assert_int_equal(observation.type, OBSERVATION_DHCP4);
	assert_int_equal(observation.ifindex, 7);
	assert_int_equal(observation.captured_ns, 1234567890123456789);
	assert_int_equal(observation.outgoing, 1);
	assert_int_equal(observation.vlan, 0);
	assert_memory_equal(observation.source.byte, "\x44\x4b\x5d\0\0\x01", 6);
	assert_int_equal(observation.dhcp4.message, DHCP4_DISCOVER);
}

static void passes_ip_options(void **state)
{
	struct observation observation;
	enum malformed_reason reason;
	struct frame_bytes frame;

	(void)state;
	make_discover(&frame, 0);
	insert(&frame, IP_OFFSET + 20, "\x94\x04\0\0", 4); /* router alert, RFC 2113 */
	frame.byte[IP_OFFSET] = 0x46;
	frame.byte[IP_OFFSET + 3] += 4;
	assert_int_equal(decode(&frame, &observation, &reason), 1);
}

struct tag_vector {
	const char *name;
	const char *tags;
	size_t length;
	uint16_t auxiliary;
	int result;
	uint16_t vlan;
};

static void reads_vlan_tags(void **state)
{
	static const struct tag_vector vectors[] = {
		{ "none", "", 0, 0, 1, 0 },
		{ "auxiliary data", "", 0, 20, 1, 20 },
		{ "802.1Q", "\x81\x00\x60\x14", 4, 0, 1, 20 },
		{ "priority only", "\x81\x00\x60\x00", 4, 0, 1, 0 },
		{ "802.1ad", "\x88\xa8\x00\x64\x81\x00\x00\x14", 8, 0, 1, 100 },
		{ "priority, then 802.1Q", "\x81\x00\x60\x00\x81\x00\x00\x14", 8, 0, 1, 20 },
		{ "auxiliary data is the outer one", "\x81\x00\x00\x14", 4, 100, 1, 100 },
		{ "three", "\x81\x00\x00\x01\x81\x00\x00\x02\x81\x00\x00\x03", 12, 0, 1, 1 },
		{ "five", "\x81\x00\x00\x01\x81\x00\x00\x02\x81\x00\x00\x03\x81\x00\x00\x04\x81\x00\x00\x05", 20, 0,
		  -EBADMSG, 0 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(vectors); i++) {
		struct frame tagged = { .ifindex = 7, .vlan = vectors[i].auxiliary };
		struct observation observation = { 0 };
		enum malformed_reason reason;
		struct frame_bytes frame;
		int result;

		make_discover(&frame, 0);
		insert(&frame, 12, vectors[i].tags, vectors[i].length);
		result = frame_decode(frame.byte, frame.length, &tagged, &observation, &reason);
		if (result != vectors[i].result || observation.vlan != vectors[i].vlan)
			fail_msg("%s: result %d, vlan %u", vectors[i].name, result, observation.vlan);
		if (result < 0)
			assert_int_equal(reason, MALFORMED_VLAN_DEPTH);
	}
}

struct layers_vector {
	const char *name;
	enum link_type link;
	size_t strip; /* bytes off the Ethernet frame */
	const char *before;
	size_t length;
	bool has_source;
};

/* The DHCPDISCOVER inside: the innermost layer of a kind is told. */
static void reads_links_and_tunnels(void **state)
{
	/* clang-format off */
	static const struct layers_vector vectors[] = {
		{ "Linux cooked", LINK_COOKED, 14, "\x00\x00\x00\x01\x00\x06\x44\x4b\x5d\x00\x00\x01\x00\x00\x08\x00", 16, true },
		{ "Linux cooked, version 2", LINK_COOKED2, 14, "\x08\x00\x00\x00\x00\x00\x00\x01\x00\x01\x00\x06\x44\x4b\x5d\x00\x00\x01\x00\x00", 20, true },
		{ "raw IP", LINK_RAW_IP, 14, "", 0, false },
		{ "BSD loopback", LINK_NULL, 14, "\x02\x00\x00\x00", 4, false },
		{ "SNAP", LINK_ETHERNET, 14, "\xff\xff\xff\xff\xff\xff\x44\x4b\x5d\x00\x00\x01\x01\x18\xaa\xaa\x03\x00\x00\x00\x08\x00", 22, true },
		{ "PPPoE", LINK_ETHERNET, 14, "\xff\xff\xff\xff\xff\xff\x44\x4b\x5d\x00\x00\x01\x88\x64\x11\x00\x00\x01\x01\x12\x00\x21", 22, true },
		{ "MPLS, two labels", LINK_ETHERNET, 14, "\xff\xff\xff\xff\xff\xff\x44\x4b\x5d\x00\x00\x01\x88\x47\x00\x01\x00\x40\x00\x01\x01\x40", 22, true },
		{ "IP in IP", LINK_RAW_IP, 14, "\x45\x00\x01\x24\x00\x00\x00\x00\x40\x04\x00\x00\x0a\x14\x00\x07\x0a\x14\x00\x01", 20, false },
		{ "IP in IPv6 with extension headers", LINK_RAW_IP, 14, "\x60\x00\x00\x00\x01\x20\x00\x40\xfe\x80\x00\x00\x00\x00\x00\x00\x46\x4b\x5d\xff\xfe\x00\x00\x01\xff\x02\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x01\x3c\x00\x00\x00\x00\x00\x00\x00\x04\x00\x00\x00\x00\x00\x00\x00", 56, false },
		{ "GRE", LINK_RAW_IP, 14, "\x45\x00\x01\x28\x00\x00\x00\x00\x40\x2f\x00\x00\x0a\x14\x00\x07\x0a\x14\x00\x01\x00\x00\x08\x00", 24, false },
		{ "GRE with key and sequence", LINK_RAW_IP, 14, "\x45\x00\x01\x30\x00\x00\x00\x00\x40\x2f\x00\x00\x0a\x14\x00\x07\x0a\x14\x00\x01\x30\x00\x08\x00\x00\x00\x00\x00\x00\x00\x00\x00", 32, false },
		{ "Ethernet in GRE", LINK_RAW_IP, 0, "\x45\x00\x01\x36\x00\x00\x00\x00\x40\x2f\x00\x00\x0a\x14\x00\x07\x0a\x14\x00\x01\x00\x00\x65\x58", 24, true },
		{ "ERSPAN, type I", LINK_RAW_IP, 0, "\x45\x00\x01\x36\x00\x00\x00\x00\x40\x2f\x00\x00\x0a\x14\x00\x07\x0a\x14\x00\x01\x00\x00\x88\xbe", 24, true },
		{ "ERSPAN, type II", LINK_RAW_IP, 0, "\x45\x00\x01\x42\x00\x00\x00\x00\x40\x2f\x00\x00\x0a\x14\x00\x07\x0a\x14\x00\x01\x10\x00\x88\xbe\x00\x00\x00\x00\x10\x00\x00\x00\x00\x00\x00\x00", 36, true },
		{ "ERSPAN, type III", LINK_RAW_IP, 0, "\x45\x00\x01\x46\x00\x00\x00\x00\x40\x2f\x00\x00\x0a\x14\x00\x07\x0a\x14\x00\x01\x10\x00\x22\xeb\x00\x00\x00\x00\x20\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00", 40, true },
		{ "PPTP", LINK_RAW_IP, 14, "\x45\x00\x01\x34\x00\x00\x00\x00\x40\x2f\x00\x00\x0a\x14\x00\x07\x0a\x14\x00\x01\x30\x01\x88\x0b\x00\x00\x00\x00\x00\x00\x00\x00\xff\x03\x00\x21", 36, false },
		{ "VXLAN", LINK_RAW_IP, 0, "\x45\x00\x01\x42\x00\x00\x00\x00\x40\x11\x00\x00\x0a\x14\x00\x07\x0a\x14\x00\x01\x9c\x40\x12\xb5\x01\x2e\x00\x00\x08\x00\x00\x00\x00\x00\x00\x00", 36, true },
		{ "Geneve with an option", LINK_RAW_IP, 0, "\x45\x00\x01\x46\x00\x00\x00\x00\x40\x11\x00\x00\x0a\x14\x00\x07\x0a\x14\x00\x01\x9c\x40\x17\xc1\x01\x32\x00\x00\x01\x00\x65\x58\x00\x00\x00\x00\x00\x00\x00\x00", 40, true },
		{ "GTP-U", LINK_RAW_IP, 14, "\x45\x00\x01\x34\x00\x00\x00\x00\x40\x11\x00\x00\x0a\x14\x00\x07\x0a\x14\x00\x01\x9c\x40\x08\x68\x01\x20\x00\x00\x30\xff\x01\x01\x00\x00\x00\x00", 36, false },
		{ "GTP-U with an extension header", LINK_RAW_IP, 14, "\x45\x00\x01\x3c\x00\x00\x00\x00\x40\x11\x00\x00\x0a\x14\x00\x07\x0a\x14\x00\x01\x9c\x40\x08\x68\x01\x28\x00\x00\x34\xff\x01\x01\x00\x00\x00\x00\x00\x00\x00\x85\x01\x00\x00\x00", 44, false },
		{ "L2TP", LINK_RAW_IP, 14, "\x45\x00\x01\x36\x00\x00\x00\x00\x40\x11\x00\x00\x0a\x14\x00\x07\x0a\x14\x00\x01\x9c\x40\x06\xa5\x01\x22\x00\x00\x00\x02\x00\x01\x00\x01\xff\x03\x00\x21", 38, false },
	};
	/* clang-format on */

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(vectors); i++) {
		const struct layers_vector *vector = &vectors[i];
		struct frame template = { .link = vector->link, .ifindex = 7 };
		struct observation observation = { 0 };
		enum malformed_reason reason = MALFORMED_COUNT;
		struct frame_bytes frame;
		int result;

		make_discover(&frame, 0);
		frame.length -= vector->strip;
		memmove(frame.byte, frame.byte + vector->strip, frame.length);
		insert(&frame, 0, vector->before, vector->length);
		result = frame_decode(frame.byte, frame.length, &template, &observation, &reason);
		if (result != 1)
			fail_msg("%s: result %d, reason %u", vector->name, result, (unsigned int)reason);
		if (mac_is_device(&observation.source) != vector->has_source)
			fail_msg("%s: source", vector->name);
		if (vector->has_source)
			assert_memory_equal(observation.source.byte, "\x44\x4b\x5d\0\0\x01", 6);
		assert_int_equal(observation.conversation.source.byte[0], 0);
		assert_int_equal(observation.conversation.destination.byte[0], 255);
		assert_int_equal(observation.conversation.destination_port, 67);
		for (size_t length = 0; length < frame.length; length++)
			assert_true(frame_decode(frame.byte, length, &template, &observation, &reason) <= 0);
	}
}

static void nests_so_deep_and_no_deeper(void **state)
{
	static const uint8_t outer[20] = { 0x45, 0, 0, 0, 0, 0, 0, 0, 64, 4 };

	(void)state;
	for (unsigned int depth = 0; depth < 20; depth++) {
		struct frame template = { .link = LINK_RAW_IP, .ifindex = 7 };
		struct observation observation;
		enum malformed_reason reason = MALFORMED_COUNT;
		struct frame_bytes frame;
		int result;

		make_discover(&frame, 0);
		frame.length -= IP_OFFSET;
		memmove(frame.byte, frame.byte + IP_OFFSET, frame.length);
		for (unsigned int i = 0; i < depth; i++) {
			insert(&frame, 0, outer, sizeof(outer));
			frame.byte[2] = (uint8_t)(frame.length >> 8);
			frame.byte[3] = (uint8_t)frame.length;
		}
		result = frame_decode(frame.byte, frame.length, &template, &observation, &reason);
		assert_int_equal(result, depth <= 8 ? 1 : -EBADMSG);
		if (result < 0)
			assert_int_equal(reason, MALFORMED_LINK);
	}
}

static void names_every_reason(void **state)
{
	(void)state;
	for (int reason = 0; reason < MALFORMED_COUNT; reason++)
		assert_non_null(malformed_reason_name((enum malformed_reason)reason));
}

struct capture_expectation {
	const char *file;          /* below ../shared/data/pcap */
	unsigned int observations; /* of DHCPv4 and ARP */
	unsigned int malformed;
};

static uint32_t read_u32(const uint8_t *bytes)
{
	return (uint32_t)bytes[0] | (uint32_t)bytes[1] << 8 | (uint32_t)bytes[2] << 16 | (uint32_t)bytes[3] << 24;
}

/* Decodes every record of a little-endian microsecond pcap file; false where it is not there or not of that kind. */
static bool decode_capture(const char *path, struct capture_expectation *seen)
{
	static uint8_t file_bytes[1 << 20];
	FILE *file = fopen(path, "rb");
	size_t length, at = 24;

	if (!file)
		return false;
	length = fread(file_bytes, 1, sizeof(file_bytes), file);
	fclose(file);
	if (length < at || read_u32(file_bytes) != 0xa1b2c3d4)
		return false;
	while (length - at >= 16) {
		uint32_t captured = read_u32(file_bytes + at + 8);
		struct observation observation;
		enum malformed_reason reason;
		int result;

		at += 16;
		if (length - at < captured)
			break;
		result = frame_decode(file_bytes + at, captured, &meta, &observation, &reason);
		seen->observations += result > 0 && observation.type != OBSERVATION_FIELDS;
		seen->malformed += result < 0;
		at += captured;
	}
	return true;
}

static void decodes_real_captures(void **state)
{
	static const struct capture_expectation captures[] = {
		{ "tcpdump/tests/arp-too-long-tha.pcap", 0, 1 },
		{ "tcpdump/tests/dhcpv4v6-rfc5970-rfc8572.pcap", 4, 0 },
		{ "tcpdump/tests/dhcp-mud.pcap", 2, 0 },
		{ "tcpdump/tests/dhcp-rfc5859.pcap", 4, 0 },
		{ "tcpdump/tests/dhcp-rfc4388.pcap", 28, 2 },
		{ "tcpdump/tests/dhcp-option-33.pcap", 5, 0 },
		{ "tcpdump/tests/dhcp-rfc3004.pcap", 4, 0 },
		{ "tcpdump/tests/bootp_asan.pcap", 0, 1 },
		{ "arkime/tests/pcap/wireshark-dhcp.pcap", 4, 0 },
		{ "arkime/tests/pcap/cloudshark-arp.pcap", 4, 0 },
		{ "zeek/testing/btest/Traces/dhcp/dhcp.pcap", 9, 0 },
		{ "zeek/testing/btest/Traces/dhcp/dhcp_inform.pcap", 2, 0 },
		{ "zeek/testing/btest/Traces/dhcp/dhcp_ack_subscriber_id_and_agent_remote_id.pcap", 1, 0 },
		{ "zeek/testing/btest/Traces/dhcp/dhcp_bad_cookie_option_retention.pcap", 2, 3 },
		{ "zeek/testing/btest/Traces/dhcp/hw-type0.pcap", 1, 0 },
		{ "zeek/testing/btest/Traces/dhcp/dhcp_time_and_nameserver.pcap", 2, 0 },
		{ "zeek/testing/btest/Traces/dhcp/dhcp_discover_param_req_and_client_id.pcap", 1, 0 },
		{ "zeek/testing/btest/Traces/arp-who-has.pcap", 2, 0 },
		{ "zeek/testing/btest/Traces/arp-leak.pcap", 0, 6 },
		{ "zeek/testing/btest/Traces/communityid/arp.pcap", 6, 0 },
	};
	unsigned int found = 0;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(captures); i++) {
		struct capture_expectation seen = { 0 };
		char path[512];

		snprintf(path, sizeof(path), "%s/../shared/data/pcap/%s", ISOWARD_SOURCE_DIR, captures[i].file);
		if (!decode_capture(path, &seen))
			continue;
		found++;
		if (seen.observations != captures[i].observations || seen.malformed != captures[i].malformed)
			fail_msg("%s: %u observations, %u malformed", captures[i].file, seen.observations,
			         seen.malformed);
	}
	if (found == 0) {
		print_message("no captures at ../shared/data/pcap\n");
		skip();
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(decodes_vectors),
		cmocka_unit_test(refuses_every_cut),
		cmocka_unit_test(keeps_what_the_kernel_told),
		cmocka_unit_test(passes_ip_options),
		cmocka_unit_test(reads_vlan_tags),
		cmocka_unit_test(reads_links_and_tunnels),
		cmocka_unit_test(nests_so_deep_and_no_deeper),
		cmocka_unit_test(names_every_reason),
		cmocka_unit_test(decodes_real_captures),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

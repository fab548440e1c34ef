/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <errno.h>
#include <string.h>

#include "controller/replay/capture_reader_internal.h"

/* draft-ietf-opsawg-pcapng, section 4 */
enum block_type {
	BLOCK_INTERFACE = 1,
	BLOCK_PACKET_OBSOLETE = 2,
	BLOCK_PACKET_SIMPLE = 3,
	BLOCK_PACKET = 6,
	BLOCK_SECTION = 0x0a0d0d0a,
};

enum interface_option {
	OPTION_END = 0,
	OPTION_RESOLUTION = 9, /* if_tsresol */
	OPTION_OFFSET = 14,    /* if_tsoffset */
};

#define BYTE_ORDER_MAGIC    0x1a2b3c4dU
#define BLOCK_HEADER        8
#define BLOCK_TRAILER       4
#define BLOCK_MIN           12
#define SECTION_MIN         28
#define INTERFACE_MIN       20
#define PACKET_MIN          32
#define PACKET_SIMPLE_MIN   16
#define RESOLUTION_DEFAULT  6
#define RESOLUTION_BINARY   0x80
#define RESOLUTION_EXPONENT 0x7f
#define NANOSECONDS         1000000000U

static uint64_t power_of_ten(unsigned int exponent)
{
	uint64_t power = 1;

	while (exponent-- > 0)
		power *= 10;
	return power;
}

/* The wall clock of ${ticks} of ${interface}'s clock, in nanoseconds; resolutions finer than 10^-19 s are no clock's.
 */
static uint64_t to_ns(const struct capture_interface *interface, uint64_t ticks)
{
	unsigned int exponent = interface->resolution & RESOLUTION_EXPONENT;
	uint64_t offset_ns = (uint64_t)interface->offset_s * NANOSECONDS;

	if (interface->resolution & RESOLUTION_BINARY) {
		if (exponent > 63)
			return offset_ns;
		return (uint64_t)(((unsigned __int128)ticks * NANOSECONDS) >> exponent) + offset_ns;
	}
	if (exponent > 19)
		return offset_ns;
	if (exponent > 9)
		return ticks / power_of_ten(exponent - 9) + offset_ns;
	return ticks * power_of_ten(9 - exponent) + offset_ns;
}

/* A section may be of another byte order than the one before it, and has interfaces of its own. */
static int read_section(struct capture_reader *reader, struct error *reterr)
{
	const uint8_t *block = capture_need(reader, SECTION_MIN);
	uint32_t magic;
	uint16_t major;

	if (!block)
		return capture_cut(reader, "a section header", reterr);
	memcpy(&magic, block + BLOCK_HEADER, sizeof(magic));
	if (magic != BYTE_ORDER_MAGIC && magic != __builtin_bswap32(BYTE_ORDER_MAGIC))
		return capture_damaged(reader, reterr, "a section header without its byte-order magic");
	reader->is_swapped = magic != BYTE_ORDER_MAGIC;
	major = capture_u16(reader, block + 12);
	if (major != 1)
		return capture_damaged(reader, reterr, "a pcapng section of version %u, not 1", major);
	reader->interface_count = 0;
	return 0;
}

static void read_interface_option(const struct capture_reader *reader, struct capture_interface *interface,
                                  uint16_t option, const uint8_t *value, size_t length)
{
	uint32_t words[2];

	if (option == OPTION_RESOLUTION && length == 1)
		interface->resolution = value[0];
	if (option != OPTION_OFFSET || length != 8)
		return;
	words[0] = capture_u32(reader, value);
	words[1] = capture_u32(reader, value + 4);
	interface->offset_s =
		(int64_t)((uint64_t)words[reader->is_swapped ? 0 : 1] << 32 | words[reader->is_swapped ? 1 : 0]);
}

/* ${block} begins at its header, ${length} is that of the block. */
static int read_interface(struct capture_reader *reader, const uint8_t *block, size_t length, struct error *reterr)
{
	struct capture_interface interface = { .resolution = RESOLUTION_DEFAULT };
	void *grown = reader->interfaces;
	size_t end = length - BLOCK_TRAILER;

	if (length < INTERFACE_MIN)
		return capture_damaged(reader, reterr, "an interface's block of %zu bytes", length);
	if (reader->interface_count == CAPTURE_INTERFACES_MAX)
		return capture_damaged(reader, reterr, "more than %u interfaces", CAPTURE_INTERFACES_MAX);
	interface.link = capture_u16(reader, block + 8);
	interface.snap_length = capture_u32(reader, block + 12);
	for (size_t at = 16; at + 4 <= end;) {
		uint16_t option = capture_u16(reader, block + at);
		size_t size = capture_u16(reader, block + at + 2);

		if (option == OPTION_END || size > end - at - 4)
			break;
		read_interface_option(reader, &interface, option, block + at + 4, size);
		at += 4 + (size + 3) / 4 * 4;
	}
	if (memory_reserve(&grown, &reader->interface_capacity, reader->interface_count + 1, sizeof(interface)) < 0)
		return error_set(reterr, -ENOMEM, "no memory for an interface of a capture");
	reader->interfaces = grown;
	reader->interfaces[reader->interface_count++] = interface;
	return 0;
}

/* What the three kinds of packet blocks have in common. */
struct packet {
	uint32_t interface;
	uint64_t ticks;
	size_t captured;
	size_t original;
	size_t at; /* of the frame in the block */
	bool has_time;
};

static bool read_packet(const struct capture_reader *reader, uint32_t type, const uint8_t *block, size_t length,
                        struct packet *packet)
{
	if (length < (type == BLOCK_PACKET_SIMPLE ? PACKET_SIMPLE_MIN : PACKET_MIN))
		return false;
	if (type == BLOCK_PACKET_SIMPLE) {
		*packet = (struct packet){ .captured = length - PACKET_SIMPLE_MIN,
			                   .original = capture_u32(reader, block + 8),
			                   .at = 12 };
		if (packet->captured > packet->original)
			packet->captured = packet->original;
		return true;
	}
	*packet = (struct packet){
		.interface = type == BLOCK_PACKET ? capture_u32(reader, block + 8) : capture_u16(reader, block + 8),
		.ticks = (uint64_t)capture_u32(reader, block + 12) << 32 | capture_u32(reader, block + 16),
		.captured = capture_u32(reader, block + 20),
		.original = capture_u32(reader, block + 24),
		.at = 28,
		.has_time = true,
	};
	return packet->captured <= length - PACKET_MIN;
}

static int take_packet(struct capture_reader *reader, uint32_t type, const uint8_t *block, size_t length,
                       struct frame *frame, struct error *reterr)
{
	const struct capture_interface *interface;
	struct packet packet;

	if (!read_packet(reader, type, block, length, &packet))
		return capture_damaged(reader, reterr, "frame %llu is longer than its block of %zu bytes",
		                       (unsigned long long)reader->frames + 1, length);
	if (packet.captured > CAPTURE_FRAME_MAX)
		return capture_damaged(reader, reterr, "frame %llu claims %zu bytes, more than %u",
		                       (unsigned long long)reader->frames + 1, packet.captured, CAPTURE_FRAME_MAX);
	if (packet.interface >= reader->interface_count)
		return capture_damaged(reader, reterr, "frame %llu is of interface %u, which the file did not describe",
		                       (unsigned long long)reader->frames + 1, packet.interface);
	interface = &reader->interfaces[packet.interface];
	if (!packet.has_time && interface->snap_length > 0 && packet.captured > interface->snap_length)
		packet.captured = interface->snap_length;
	capture_frame(reader, frame, interface->link, block + packet.at, packet.captured,
	              packet.has_time ? to_ns(interface, packet.ticks) : reader->last_ns);
	frame->is_short = packet.captured < packet.original;
	frame->wire_length = packet.original;
	return 1;
}

/* A block that is not read may be of any length: name resolutions, statistics, secrets, what a maker invented. */
static int pass_over(struct capture_reader *reader, size_t length, struct error *reterr)
{
	while (length > 0) {
		size_t step = length < CAPTURE_BUFFER ? length : CAPTURE_BUFFER;

		if (!capture_need(reader, step))
			return capture_cut(reader, "a block", reterr);
		reader->at += step;
		length -= step;
	}
	return 0;
}

/* Reads the block whose header stands at the cursor. shape: 1 a frame, 0 none. */
static int read_block(struct capture_reader *reader, uint32_t type, size_t length, struct frame *frame,
                      struct error *reterr)
{
	bool is_packet = type == BLOCK_PACKET || type == BLOCK_PACKET_SIMPLE || type == BLOCK_PACKET_OBSOLETE;
	const uint8_t *block;
	int result;

	if (!is_packet && type != BLOCK_INTERFACE)
		return pass_over(reader, length, reterr);
	if (length > CAPTURE_BUFFER)
		return capture_damaged(reader, reterr, "a block of %zu bytes, more than %u", length, CAPTURE_BUFFER);
	block = capture_need(reader, length);
	if (!block)
		return capture_cut(reader, "a block", reterr);
	if (capture_u32(reader, block + length - BLOCK_TRAILER) != length)
		return capture_damaged(reader, reterr, "a block of %zu bytes ends with another length", length);
	result = is_packet ? take_packet(reader, type, block, length, frame, reterr)
	                   : read_interface(reader, block, length, reterr);
	if (result >= 0)
		reader->at += length;
	return result;
}

int capture_pcapng_next(struct capture_reader *reader, struct frame *frame, struct error *reterr)
{
	int result = 0;

	while (result == 0) {
		const uint8_t *header = capture_need(reader, BLOCK_HEADER);
		uint32_t type, length;

		if (!header && reader->ended > 0 && reader->at == reader->end)
			return 0;
		if (!header)
			return capture_cut(reader, "a block's header", reterr);
		type = capture_u32(reader, header);
		if (type == BLOCK_SECTION) { /* reads the same in both byte orders */
			result = read_section(reader, reterr);
			if (result < 0)
				return result;
			header = capture_need(reader, BLOCK_HEADER);
		}
		length = capture_u32(reader, header + 4);
		if (length < BLOCK_MIN || length % 4 != 0)
			return capture_damaged(reader, reterr, "a block of %u bytes", length);
		result = read_block(reader, type, length, frame, reterr);
	}
	return result;
}

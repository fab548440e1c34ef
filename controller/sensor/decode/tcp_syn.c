/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "controller/sensor/decode/tcp_syn.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>

#include "policy/base/cursor.h"
#include "policy/base/memory.h"

#define IPV4_HEADER        20
#define IPV6_HEADER        40
#define TCP_HEADER         20
#define IPV4_RESERVED      0x8000
#define IPV4_DONT_FRAGMENT 0x4000
#define FRAGMENT_PART      0xfff9 /* of IPv6: offset, and more to come */
#define ECN_MASK           0x03   /* RFC 3168 section 5 */
#define MTU_ETHERNET       1500
#define STAMPS             12 /* the timestamp option and two NOPs, which some stacks take off the MSS */
#define SEGMENT_MAX_LEAST  100
#define DISTANCE_MAX       35
#define SCALE_MAX          14 /* RFC 7323 section 2.2 */
#define OPTIONS_MAX        24
#define OPTIONS_BYTES_MAX  40
#define NUMBER_TCP         6 /* IANA */

/* p0f's own probe asks with this MSS and prints a wildcard where an answer gives it back. */
#define SEGMENT_MAX_PROBE 1331

enum flag {
	FLAG_FIN = 0x01,
	FLAG_SYN = 0x02,
	FLAG_RST = 0x04,
	FLAG_PSH = 0x08,
	FLAG_ACK = 0x10,
	FLAG_URG = 0x20,
	FLAG_ECE = 0x40,
	FLAG_CWR = 0x80,
	FLAG_AE = 0x100, /* RFC 9768; once NS */
};

enum option {
	OPTION_END = 0,
	OPTION_NOP = 1,
	OPTION_SEGMENT_MAX = 2,
	OPTION_SCALE = 3,
	OPTION_SACK_PERMITTED = 4,
	OPTION_SACK = 5,
	OPTION_TIMESTAMP = 8,
};

/* In the order in which p0f writes them. */
enum quirk {
	QUIRK_DONT_FRAGMENT,
	QUIRK_ID_SET,
	QUIRK_ID_ZERO,
	QUIRK_ECN,
	QUIRK_RESERVED,
	QUIRK_FLOW,
	QUIRK_SEQUENCE_ZERO,
	QUIRK_ACK_SET,
	QUIRK_ACK_ZERO,
	QUIRK_URGENT_POINTER,
	QUIRK_URGENT_FLAG,
	QUIRK_PUSH_FLAG,
	QUIRK_OWN_STAMP_ZERO,
	QUIRK_PEER_STAMP_SET,
	QUIRK_PADDING_SET,
	QUIRK_SCALE_LARGE,
	QUIRK_OPTIONS_BAD,
	QUIRK_COUNT
};

static const char *const quirk_names[QUIRK_COUNT] = {
	[QUIRK_DONT_FRAGMENT] = "df",    [QUIRK_ID_SET] = "id+",
	[QUIRK_ID_ZERO] = "id-",         [QUIRK_ECN] = "ecn",
	[QUIRK_RESERVED] = "0+",         [QUIRK_FLOW] = "flow",
	[QUIRK_SEQUENCE_ZERO] = "seq-",  [QUIRK_ACK_SET] = "ack+",
	[QUIRK_ACK_ZERO] = "ack-",       [QUIRK_URGENT_POINTER] = "uptr+",
	[QUIRK_URGENT_FLAG] = "urgf+",   [QUIRK_PUSH_FLAG] = "pushf+",
	[QUIRK_OWN_STAMP_ZERO] = "ts1-", [QUIRK_PEER_STAMP_SET] = "ts2+",
	[QUIRK_PADDING_SET] = "opt+",    [QUIRK_SCALE_LARGE] = "exws",
	[QUIRK_OPTIONS_BAD] = "bad",
};

/* A packet half read. */
struct reading {
	uint8_t version;
	uint8_t hops;
	uint8_t scale;
	uint8_t option_count;
	uint8_t option[OPTIONS_MAX + OPTIONS_BYTES_MAX];
	uint8_t end_count; /* zeros of the padding, which are ends of the list too: they stand behind the options */
	uint8_t padding;   /* bytes behind the option that ends the list */
	bool has_segment_max;
	bool has_scale;
	bool has_timestamp;
	bool has_payload;
	uint16_t flags;    /* with the four reserved bits before them, FLAG_AE the last of these */
	uint16_t fragment; /* IPv4's flags and offset */
	uint16_t identification;
	uint16_t window;
	uint16_t segment_max;
	uint16_t peer_segment_max;
	uint32_t timestamp;
	uint32_t quirks; /* bits of enum quirk */
	size_t ip_length;
	size_t ip_options;     /* bytes */
	size_t headers_length; /* of IP and TCP, options included */
	struct cursor options;
};

static int refuse(enum malformed_reason *reason)
{
	*reason = MALFORMED_TCP;
	return -EBADMSG;
}

static void set_quirk(struct reading *reading, enum quirk quirk, bool is_set)
{
	if (is_set)
		reading->quirks |= 1U << quirk;
}

/* Leaves ${packet} at the TCP header; likewise below. */
static bool read_ipv4(struct reading *reading, struct cursor *packet)
{
	size_t length = (cursor_u8(packet) & 0x0fU) * 4UL;
	uint8_t service = cursor_u8(packet);
	bool kept_whole;

	reading->ip_length = cursor_be16(packet);
	reading->identification = cursor_be16(packet);
	reading->fragment = cursor_be16(packet);
	reading->hops = cursor_u8(packet);
	if (cursor_u8(packet) != NUMBER_TCP || length < IPV4_HEADER)
		return false;
	cursor_skip(packet, 10); /* checksum and addresses */
	reading->ip_options = length - IPV4_HEADER;
	kept_whole = reading->fragment & IPV4_DONT_FRAGMENT;
	set_quirk(reading, QUIRK_DONT_FRAGMENT, kept_whole);
	set_quirk(reading, QUIRK_ID_SET, kept_whole && reading->identification);
	set_quirk(reading, QUIRK_ID_ZERO, !kept_whole && !reading->identification);
	set_quirk(reading, QUIRK_RESERVED, reading->fragment & IPV4_RESERVED);
	set_quirk(reading, QUIRK_ECN, service & ECN_MASK);
	return cursor_skip(packet, reading->ip_options);
}

/*
 * RFC 8200 section 4: the headers that may stand between IPv6 and TCP, of a length in units of eight bytes. A fragment
 * may be the whole packet (RFC 6946), and has none.
 */
static bool pass_extensions(struct cursor *packet, uint8_t next)
{
	enum {
		HEADER_HOPS = 0,
		HEADER_ROUTING = 43,
		HEADER_FRAGMENT = 44,
		HEADER_DESTINATION = 60,
	};

	while (!packet->failed && (next == HEADER_HOPS || next == HEADER_ROUTING || next == HEADER_FRAGMENT ||
	                           next == HEADER_DESTINATION)) {
		bool is_fragment = next == HEADER_FRAGMENT;
		uint8_t length;

		next = cursor_u8(packet);
		length = cursor_u8(packet);
		if (is_fragment && cursor_be16(packet) & FRAGMENT_PART)
			return false;
		cursor_skip(packet, is_fragment ? 4 : length * 8UL + 6);
	}
	return !packet->failed && next == NUMBER_TCP;
}

static bool read_ipv6(struct reading *reading, struct cursor *packet)
{
	uint32_t head = cursor_be32(packet);
	uint8_t next;

	reading->ip_length = (size_t)cursor_be16(packet) + IPV6_HEADER;
	next = cursor_u8(packet);
	reading->hops = cursor_u8(packet);
	cursor_skip(packet, 32); /* addresses */
	set_quirk(reading, QUIRK_FLOW, head & 0xfffff);
	set_quirk(reading, QUIRK_ECN, head >> 20 & ECN_MASK);
	return pass_extensions(packet, next);
}

static bool read_ip(struct reading *reading, struct cursor *packet)
{
	reading->version = cursor_left(packet) ? packet->at[0] >> 4 : 0;
	if (reading->version == 4)
		return read_ipv4(reading, packet);
	return reading->version == 6 && read_ipv6(reading, packet);
}

/* ${header_length} is what stood before ${cursor}, bytes. */
static bool read_tcp(struct reading *reading, struct cursor cursor, size_t header_length)
{
	uint32_t sequence, acknowledged;
	uint16_t length_and_flags;
	size_t length;

	cursor_skip(&cursor, 4); /* ports */
	sequence = cursor_be32(&cursor);
	acknowledged = cursor_be32(&cursor);
	length_and_flags = cursor_be16(&cursor);
	length = (length_and_flags >> 12) * 4UL;
	reading->flags = length_and_flags & 0x0fff;
	reading->window = cursor_be16(&cursor);
	cursor_skip(&cursor, 2); /* checksum */
	set_quirk(reading, QUIRK_URGENT_POINTER, cursor_be16(&cursor) && !(reading->flags & FLAG_URG));
	if (cursor.failed || length < TCP_HEADER || length - TCP_HEADER > cursor_left(&cursor))
		return false;
	reading->options = cursor_over(cursor.at, length - TCP_HEADER);
	reading->headers_length = header_length + length;
	reading->has_payload = reading->ip_length > reading->headers_length;
	set_quirk(reading, QUIRK_SEQUENCE_ZERO, sequence == 0);
	set_quirk(reading, QUIRK_ACK_SET, acknowledged && !(reading->flags & FLAG_ACK));
	set_quirk(reading, QUIRK_ACK_ZERO, !acknowledged && reading->flags & FLAG_ACK);
	set_quirk(reading, QUIRK_URGENT_FLAG, reading->flags & FLAG_URG);
	set_quirk(reading, QUIRK_PUSH_FLAG, reading->flags & FLAG_PSH);
	set_quirk(reading, QUIRK_ECN, reading->flags & (FLAG_ECE | FLAG_CWR | FLAG_AE));
	return true;
}

/* ---- options ---- */

/* Behind the end of the list: p0f looks at all bytes of the padding but the last. */
static void read_padding(struct reading *reading)
{
	size_t left = cursor_left(&reading->options);
	bool is_zero = true;

	reading->padding = (uint8_t)left;
	for (size_t i = 0; i < left; i++) {
		is_zero &= cursor_u8(&reading->options) == 0;
		if (is_zero)
			reading->option[reading->option_count + reading->end_count++] = OPTION_END;
		set_quirk(reading, QUIRK_PADDING_SET, !is_zero && i + 1 < left);
	}
}

/*
 * Reads the rest of an option of ${length} bytes, its code and length byte included, whatever that byte says: p0f
 * takes the known ones for as long as they ought to be.
 */
static bool read_known(struct reading *reading, uint8_t code, uint8_t length)
{
	struct cursor *options = &reading->options;

	set_quirk(reading, QUIRK_OPTIONS_BAD, cursor_left(options) >= length - 1U && options->at[0] != length);
	if (cursor_left(options) < length - 1U)
		return false;
	cursor_skip(options, 1);
	switch (code) {
	case OPTION_SEGMENT_MAX:
		reading->segment_max = cursor_be16(options);
		reading->has_segment_max = true;
		break;
	case OPTION_SCALE:
		reading->scale = cursor_u8(options);
		reading->has_scale = true;
		set_quirk(reading, QUIRK_SCALE_LARGE, reading->scale > SCALE_MAX);
		break;
	case OPTION_TIMESTAMP:
		reading->timestamp = cursor_be32(options);
		reading->has_timestamp = true;
		set_quirk(reading, QUIRK_OWN_STAMP_ZERO, reading->timestamp == 0);
		set_quirk(reading, QUIRK_PEER_STAMP_SET, cursor_be32(options) && !(reading->flags & FLAG_ACK));
		break;
	default:
		break;
	}
	return true;
}

static bool read_sized(struct reading *reading, uint8_t least, uint8_t most)
{
	struct cursor *options = &reading->options;
	uint8_t length = cursor_left(options) ? options->at[0] : 0;

	return length >= least && length <= most && cursor_skip(options, length - 1U);
}

static bool read_option(struct reading *reading, uint8_t code)
{
	switch (code) {
	case OPTION_END:
		read_padding(reading);
		return true;
	case OPTION_NOP:
		return true;
	case OPTION_SEGMENT_MAX:
		return read_known(reading, code, 4);
	case OPTION_SCALE:
		return read_known(reading, code, 3);
	case OPTION_SACK_PERMITTED:
		return read_known(reading, code, 2);
	case OPTION_TIMESTAMP:
		return read_known(reading, code, 10);
	case OPTION_SACK:
		return read_sized(reading, 10, 34);
	default:
		return read_sized(reading, 2, 40);
	}
}

static void read_options(struct reading *reading)
{
	bool well = true;

	while (well && cursor_left(&reading->options) > 0 && reading->option_count < OPTIONS_MAX) {
		uint8_t code = cursor_u8(&reading->options);

		reading->option[reading->option_count++] = code;
		well = read_option(reading, code);
	}
	set_quirk(reading, QUIRK_OPTIONS_BAD, !well || cursor_left(&reading->options) > 0);
}

/* ---- the raw signature ---- */

/* 24 options of "?255," and all quirks fit. */
struct text {
	char bytes[320];
	size_t length;
};

/* Every SYN is described, in a scan thousands a second: printf took a fourteenth of the sensor's time. */
static void put(struct text *text, const char *word)
{
	size_t length = strlen(word);
	size_t room = sizeof(text->bytes) - text->length;

	if (length > room)
		length = room;
	memcpy(text->bytes + text->length, word, length);
	text->length += length;
}

static void put_number(struct text *text, uint32_t number)
{
	char digits[11];
	char *at = digits + sizeof(digits) - 1;

	*at = '\0';
	do
		*--at = (char)('0' + number % 10);
	while (number /= 10);
	put(text, at);
}

/* Hops are counted down from 32, 64, 128 or 255. */
static unsigned int distance_of(uint8_t hops)
{
	return (hops <= 32 ? 32U : hops <= 64 ? 64U : hops <= 128 ? 128U : 255U) - hops;
}

/* Writes the window as a multiple of the MSS or the MTU where it is one of what p0f tries, in its order. */
static void write_window(struct text *text, const struct reading *reading)
{
	bool is_ipv6 = reading->version == 6;
	int mss = reading->segment_max;
	int peer = reading->flags & FLAG_ACK ? reading->peer_segment_max : 0;
	const struct {
		int divisor;
		bool tried;
		const char *unit;
	} tries[] = {
		{ mss, true, "mss" },
		{ mss - STAMPS, reading->timestamp != 0, "mss" },
		{ MTU_ETHERNET - IPV4_HEADER - TCP_HEADER, true, "mss" },
		{ MTU_ETHERNET - IPV4_HEADER - TCP_HEADER - STAMPS, true, "mss" },
		{ MTU_ETHERNET - IPV6_HEADER - TCP_HEADER, is_ipv6, "mss" },
		{ MTU_ETHERNET - IPV6_HEADER - TCP_HEADER - STAMPS, is_ipv6, "mss" },
		{ mss + IPV4_HEADER + TCP_HEADER, true, "mtu" },
		{ mss + (int)reading->headers_length, true, "mtu" },
		{ mss + IPV6_HEADER + TCP_HEADER, is_ipv6, "mtu" },
		{ MTU_ETHERNET, true, "mtu" },
		{ peer, peer > 0, "mss" },
		{ peer - STAMPS, peer > STAMPS, "mss" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(tries) && reading->window && mss >= SEGMENT_MAX_LEAST; i++) {
		if (!tries[i].tried || tries[i].divisor == 0 || reading->window % tries[i].divisor)
			continue;
		put(text, tries[i].unit);
		put(text, "*");
		put_number(text, (uint32_t)(reading->window / tries[i].divisor));
		return;
	}
	put_number(text, reading->window);
}

static void write_options(struct text *text, const struct reading *reading)
{
	static const char *const names[] = {
		[OPTION_NOP] = "nop",   [OPTION_SEGMENT_MAX] = "mss",
		[OPTION_SCALE] = "ws",  [OPTION_SACK_PERMITTED] = "sok",
		[OPTION_SACK] = "sack", [OPTION_TIMESTAMP] = "ts",
	};

	for (size_t i = 0; i < reading->option_count; i++) {
		uint8_t code = reading->option[i];

		put(text, i ? "," : "");
		if (code < ARRAY_SIZE(names) && names[code]) {
			put(text, names[code]);
			continue;
		}
		put(text, code == OPTION_END ? "eol+" : "?");
		put_number(text, code == OPTION_END ? reading->padding : code);
	}
}

static void write_signature(struct text *text, const struct reading *reading)
{
	unsigned int distance = distance_of(reading->hops);
	bool is_first = true;

	put_number(text, reading->version);
	put(text, ":");
	put_number(text, reading->hops);
	put(text, "+");
	if (distance > DISTANCE_MAX)
		put(text, "?");
	else
		put_number(text, distance);
	put(text, ":");
	put_number(text, (uint32_t)reading->ip_options);
	put(text, ":");
	if (reading->segment_max == SEGMENT_MAX_PROBE && reading->flags & FLAG_ACK)
		put(text, "*");
	else
		put_number(text, reading->segment_max);
	put(text, ":");
	write_window(text, reading);
	put(text, ",");
	put_number(text, reading->scale);
	put(text, ":");
	write_options(text, reading);
	put(text, ":");
	for (size_t i = 0; i < QUIRK_COUNT; i++) {
		if (!(reading->quirks & 1U << i))
			continue;
		put(text, is_first ? "" : ",");
		put(text, quirk_names[i]);
		is_first = false;
	}
	put(text, reading->has_payload ? ":+" : ":0");
}

static void add_fields(const struct reading *reading, struct fields *fields)
{
	bool is_answer = reading->flags & FLAG_ACK;
	struct text signature = { .length = 0 };

	/* A SYN with FIN or RST is a probe's; p0f does not describe it. */
	if (!(reading->flags & (FLAG_FIN | FLAG_RST))) {
		write_signature(&signature, reading);
		fields_add(fields, is_answer ? FIELD_TCP_SERVER_SIGNATURE : FIELD_TCP_SIGNATURE, signature.bytes,
		           signature.length);
	}
	fields_add_number(fields, FIELD_TCP_FLAGS, reading->flags);
	fields_add_number(fields, FIELD_TCP_WINDOW, reading->window);
	if (reading->option_count)
		fields_add(fields, FIELD_TCP_OPTIONS, reading->option,
		           (size_t)reading->option_count + reading->end_count);
	if (reading->has_segment_max)
		fields_add_number(fields, FIELD_TCP_SEGMENT_MAX, reading->segment_max);
	if (reading->has_scale)
		fields_add_number(fields, FIELD_TCP_SCALE, reading->scale);
	if (reading->has_timestamp)
		fields_add_number(fields, FIELD_TCP_TIMESTAMP, reading->timestamp);
	if (reading->version == 4) {
		fields_add_number(fields, FIELD_IP_DONT_FRAGMENT, reading->fragment & IPV4_DONT_FRAGMENT ? 1 : 0);
		fields_add_number(fields, FIELD_IP_IDENTIFICATION, reading->identification);
		fields_add_number(fields, FIELD_IP_LENGTH, reading->ip_length);
	}
}

int tcp_syn_decode(const struct datagram *datagram, struct fields *fields, enum malformed_reason *reason)
{
	struct reading reading = { .peer_segment_max = datagram->peer_segment_max };
	struct cursor packet = cursor_over(datagram->bytes, datagram->length);

	if (!read_ip(&reading, &packet) || !read_tcp(&reading, packet, datagram->length - cursor_left(&packet)))
		return refuse(reason);
	if (!(reading.flags & FLAG_SYN))
		return 0;
	read_options(&reading);
	add_fields(&reading, fields);
	return 1;
}

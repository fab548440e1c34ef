/* SPDX-License-Identifier: GPL-3.0-or-later */
/* IEEE 802.11 data frames, what captures put before them, and CAPWAP, which carries them to a controller. */
#include "controller/sensor/dissect/dissector_internal.h"

/* Frame control, IEEE 802.11-2020 section 9.2.4.1: version, type and subtype in its first byte, flags in its second. */
#define KIND_MASK  0x0f
#define KIND_DATA  0x08
#define KIND_EMPTY 0x40
#define KIND_QOS   0x80
enum flag {
	FLAG_TO_DS = 0x01,
	FLAG_FROM_DS = 0x02,
	FLAG_MORE_FRAGMENTS = 0x04,
	FLAG_PROTECTED = 0x40,
	FLAG_ORDER = 0x80, /* of a QoS frame: an HT control field follows */
};

#define HEADER_MIN      24
#define SEQUENCE_AT     22
#define FRAGMENT_MASK   0x0f
#define QOS_AGGREGATE   0x80 /* section 9.2.4.5.9 */
#define SUBFRAME_HEADER 14   /* section 9.3.2.2.2: destination, source, length */
#define CHECK_SEQUENCE  4

/* radiotap.org: of the first word the time, eight bytes on a boundary of eight, and the flags behind it. */
#define RADIOTAP_TIME           0x00000001U
#define RADIOTAP_FLAGS          0x00000002U
#define RADIOTAP_MORE           0x80000000U
#define RADIOTAP_CHECK_SEQUENCE 0x10
#define RADIOTAP_PADDED         0x20
#define RADIOTAP_CHECK_WRONG    0x40

/* The PPI header format of CACE Technologies, 1.0.7, sections 3.1 and 4.1.2. */
#define PPI_HEADER         8
#define PPI_COMMON         2
#define PPI_CHECK_SEQUENCE 0x0001
#define PPI_CHECK_WRONG    0x0004
#define LINKTYPE_WIRELESS  105

/* CAPWAP's header, RFC 5415 section 4.3, in its first 32 bits. */
#define CAPWAP_TYPE      0xff000000U /* version and type: both 0 */
#define CAPWAP_WORDS     19
#define CAPWAP_BINDING   9
#define CAPWAP_MASK      0x1fU
#define CAPWAP_NATIVE    0x00000100U
#define CAPWAP_FRAGMENT  0x00000080U
#define CAPWAP_KEEPALIVE 0x00000008U
#define BINDING_WIRELESS 1

static uint16_t take_le16(struct cursor *cursor)
{
	return __builtin_bswap16(cursor_be16(cursor));
}

static uint32_t take_le32(struct cursor *cursor)
{
	return __builtin_bswap32(cursor_be32(cursor));
}

/* An A-MSDU: frames of one receiver and many senders, each padded to four bytes but for the last. */
static void take_aggregate(struct dissector *dissector, struct cursor frames)
{
	const unsigned int layers = dissector->layers;
	const bool is_cut = dissector->is_cut;

	while (cursor_left(&frames) > 0) {
		const uint8_t *head = cursor_take(&frames, SUBFRAME_HEADER);
		size_t length = head ? (size_t)head[12] << 8 | head[13] : 0;
		const uint8_t *payload = cursor_take(&frames, length);

		if (!head || !payload) {
			dissector_malformed(dissector, MALFORMED_LINK);
			return;
		}
		dissector->layers = layers;
		dissector->is_cut = is_cut;
		if (link_set_stations(dissector, head + sizeof(struct mac), head))
			llc_take(dissector, cursor_over(payload, length));
		if (cursor_left(&frames) > 0)
			cursor_skip(&frames, -(SUBFRAME_HEADER + length) & 3);
	}
}

/* What of the header's fixed part is needed. */
struct header {
	const uint8_t *address[4]; /* as section 9.2.4.3 numbers them; the last only between access points */
	uint8_t kind;
	uint8_t flags;
	bool is_aggregate;
};

/* Reads the header and leaves ${frame} behind it. shape: false, and counted, where it is of no data to be read. */
static bool take_header(struct dissector *dissector, struct cursor *frame, struct wireless_form form,
                        struct header *header)
{
	const uint8_t *start = cursor_take(frame, HEADER_MIN);
	bool is_swapped;

	if (!start) {
		dissector_malformed(dissector, MALFORMED_LINK);
		return false;
	}
	/* Never both: a frame that an access point hands on has a direction, and then the flags are not 8. */
	is_swapped = form.may_be_swapped && (start[0] & KIND_MASK) != KIND_DATA && (start[1] & KIND_MASK) == KIND_DATA;
	*header = (struct header){ .address = { start + 4, start + 10, start + 16, NULL },
		                   .kind = start[is_swapped],
		                   .flags = start[!is_swapped] };
	if ((header->kind & KIND_MASK) != KIND_DATA || header->kind & KIND_EMPTY || header->flags & FLAG_PROTECTED) {
		dissector->statistics.link_unknown++;
		return false;
	}
	if (header->flags & FLAG_MORE_FRAGMENTS || start[SEQUENCE_AT + is_swapped] & FRAGMENT_MASK) {
		dissector->statistics.fragments++;
		return false;
	}
	if (header->flags & FLAG_TO_DS && header->flags & FLAG_FROM_DS)
		header->address[3] = cursor_take(frame, sizeof(struct mac));
	if (header->kind & KIND_QOS) {
		header->is_aggregate = cursor_u8(frame) & QOS_AGGREGATE;
		cursor_skip(frame, header->flags & FLAG_ORDER ? 5 : 1);
	}
	if (form.is_padded && !frame->failed)
		cursor_skip(frame, -(size_t)(frame->at - start) & 3);
	if (frame->failed)
		dissector_malformed(dissector, MALFORMED_LINK);
	return !frame->failed;
}

void wireless_take(struct dissector *dissector, struct cursor frame, struct wireless_form form)
{
	const uint8_t *source, *destination;
	struct header header;

	if (!dissector_enter(dissector) || !take_header(dissector, &frame, form, &header))
		return;
	if (header.is_aggregate) {
		take_aggregate(dissector, frame);
		return;
	}
	destination = header.address[header.flags & FLAG_TO_DS ? 2 : 0];
	if (header.flags & FLAG_FROM_DS)
		source = header.address[header.flags & FLAG_TO_DS ? 3 : 2];
	else
		source = header.address[1];
	if (link_set_stations(dissector, source, destination))
		llc_take(dissector, frame);
}

/* A frame whose check sequence stands at its end, or is known to be wrong. */
static void take_checked(struct dissector *dissector, struct cursor frame, bool has_check, bool is_wrong,
                         struct wireless_form form)
{
	if (is_wrong || (has_check && cursor_left(&frame) < CHECK_SEQUENCE)) {
		dissector_malformed(dissector, MALFORMED_LINK);
		return;
	}
	if (has_check && !dissector->frame->is_short)
		frame = cursor_over(frame.at, cursor_left(&frame) - CHECK_SEQUENCE);
	wireless_take(dissector, frame, form);
}

/* The flags in a radiotap header of which ${header} has all but the first four bytes; 0 where it has none. */
static uint8_t radiotap_flags(struct cursor header)
{
	const uint8_t *start = header.at;
	uint32_t present = take_le32(&header), word = present;

	while (word & RADIOTAP_MORE)
		word = take_le32(&header);
	if (header.failed || !(present & RADIOTAP_FLAGS))
		return 0;
	if (present & RADIOTAP_TIME) {
		cursor_skip(&header, -(size_t)(header.at - start + 4) & 7);
		cursor_skip(&header, 8);
	}
	return cursor_u8(&header);
}

void wireless_take_radiotap(struct dissector *dissector, struct cursor frame)
{
	uint8_t version = cursor_u8(&frame), flags;
	const uint8_t *header;
	size_t length;

	cursor_skip(&frame, 1);
	length = take_le16(&frame);
	header = length < 8 ? NULL : cursor_take(&frame, length - 4);
	if (!header || version != 0) {
		dissector_malformed(dissector, MALFORMED_LINK);
		return;
	}
	flags = radiotap_flags(cursor_over(header, length - 4));
	take_checked(dissector, frame, flags & RADIOTAP_CHECK_SEQUENCE, flags & RADIOTAP_CHECK_WRONG,
	             (struct wireless_form){ .is_padded = flags & RADIOTAP_PADDED });
}

/* The flags of the field that is common to all of 802.11, behind its time; 0 where there is none. */
static uint16_t ppi_flags(struct cursor fields)
{
	while (cursor_left(&fields) > 0) {
		uint16_t type = take_le16(&fields);
		size_t length = take_le16(&fields);

		if (type == PPI_COMMON) {
			cursor_skip(&fields, 8);
			return take_le16(&fields);
		}
		cursor_skip(&fields, length);
	}
	return 0;
}

void wireless_take_ppi(struct dissector *dissector, struct cursor frame)
{
	const uint8_t *fields;
	uint16_t flags;
	uint32_t link;
	size_t length;

	cursor_skip(&frame, 2); /* version, flags */
	length = take_le16(&frame);
	link = take_le32(&frame);
	fields = length < PPI_HEADER ? NULL : cursor_take(&frame, length - PPI_HEADER);
	if (!fields) {
		dissector_malformed(dissector, MALFORMED_LINK);
		return;
	}
	if (link != LINKTYPE_WIRELESS) {
		dissector->statistics.link_unknown++;
		return;
	}
	flags = ppi_flags(cursor_over(fields, length - PPI_HEADER));
	take_checked(dissector, frame, flags & PPI_CHECK_SEQUENCE, flags & PPI_CHECK_WRONG,
	             (struct wireless_form){ .is_padded = false });
}

bool wireless_take_capwap(struct dissector *dissector, struct cursor payload)
{
	uint32_t header = cursor_be32(&payload);
	size_t length = (header >> CAPWAP_WORDS & CAPWAP_MASK) * 4;

	if (payload.failed || header & CAPWAP_TYPE || length < 8)
		return false;
	cursor_skip(&payload, length - 4);
	if (payload.failed)
		return false;
	if (header & CAPWAP_FRAGMENT)
		dissector->statistics.fragments++;
	else if (header & CAPWAP_KEEPALIVE)
		return true;
	else if (!(header & CAPWAP_NATIVE))
		tunnel_take_ethernet(dissector, payload);
	else if ((header >> CAPWAP_BINDING & CAPWAP_MASK) == BINDING_WIRELESS)
		/* Cisco's access points write the frame control and the sequence control the other way round. */
		wireless_take(dissector, payload, (struct wireless_form){ .may_be_swapped = true });
	else
		dissector->statistics.link_unknown++;
	return true;
}

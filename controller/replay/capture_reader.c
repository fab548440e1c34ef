/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "controller/replay/capture_reader.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "controller/replay/capture_reader_internal.h"

#define PCAP_MICROSECONDS 0xa1b2c3d4U
#define PCAP_NANOSECONDS  0xa1b23c4dU
#define PCAP_MODIFIED     0xa1b2cd34U /* of patched Linux tools about 1999: eight bytes more a frame */
#define PCAPNG_SECTION    0x0a0d0d0aU

#define PCAP_FILE_HEADER     24
#define PCAP_FRAME_HEADER    16
#define PCAP_MODIFIED_HEADER 24
#define PCAP_LINK_MASK       0xffffU /* above it: how many bytes of check sequence a frame ends with */

int capture_reader_new(capture_source *source, void *context, struct capture_reader **reader)
{
	struct capture_reader *made = calloc(1, sizeof(*made));

	if (!made)
		return -ENOMEM;
	made->buffer = malloc(CAPTURE_BUFFER);
	if (!made->buffer) {
		free(made);
		return -ENOMEM;
	}
	made->source = source;
	made->context = context;
	*reader = made;
	return 0;
}

void capture_reader_free(struct capture_reader *reader)
{
	if (!reader)
		return;
	free(reader->interfaces);
	free(reader->buffer);
	free(reader);
}

/* ---- bytes ---- */

static void fill(struct capture_reader *reader, size_t length)
{
	memmove(reader->buffer, reader->buffer + reader->at, reader->end - reader->at);
	reader->offset += reader->at;
	reader->end -= reader->at;
	reader->at = 0;
	while (reader->end < length && !reader->ended) {
		long got = reader->source(reader->context, reader->buffer + reader->end, CAPTURE_BUFFER - reader->end,
		                          &reader->failure);

		if (got <= 0)
			reader->ended = got < 0 ? (int)got : 1;
		else
			reader->end += (size_t)got;
	}
}

const uint8_t *capture_need(struct capture_reader *reader, size_t length)
{
	if (reader->end - reader->at < length)
		fill(reader, length);
	return reader->end - reader->at < length ? NULL : reader->buffer + reader->at;
}

int capture_damaged(const struct capture_reader *reader, struct error *reterr, const char *format, ...)
{
	char text[ERROR_TEXT_MAX / 2];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	return error_set(reterr, -EBADMSG, "at byte %llu: %s", (unsigned long long)(reader->offset + reader->at), text);
}

int capture_cut(struct capture_reader *reader, const char *what, struct error *reterr)
{
	if (reader->ended < 0)
		return error_set(reterr, reader->ended, "at byte %llu: %s",
		                 (unsigned long long)(reader->offset + reader->end), reader->failure.text);
	return capture_damaged(reader, reterr, "the file is cut: %zu bytes are left of %s", reader->end - reader->at,
	                       what);
}

uint16_t capture_u16(const struct capture_reader *reader, const uint8_t *bytes)
{
	uint16_t number;

	memcpy(&number, bytes, sizeof(number));
	return reader->is_swapped ? __builtin_bswap16(number) : number;
}

uint32_t capture_u32(const struct capture_reader *reader, const uint8_t *bytes)
{
	uint32_t number;

	memcpy(&number, bytes, sizeof(number));
	return reader->is_swapped ? __builtin_bswap32(number) : number;
}

/* ---- frames ---- */

static enum link_type link_type(uint32_t link)
{
	switch (link) {
	case 0:   /* NULL */
	case 108: /* LOOP */
		return LINK_NULL;
	case 1:
		return LINK_ETHERNET;
	case 9:   /* PPP */
	case 50:  /* PPP_HDLC */
	case 104: /* C_HDLC */
		return LINK_SERIAL;
	case 12:  /* DLT_RAW of most systems */
	case 14:  /* DLT_RAW of OpenBSD */
	case 101: /* RAW */
	case 228: /* IPV4 */
	case 229: /* IPV6 */
		return LINK_RAW_IP;
	case 105: /* IEEE802_11 */
		return LINK_WIRELESS;
	case 127: /* IEEE802_11_RADIOTAP */
		return LINK_RADIOTAP;
	case 192: /* PPI */
		return LINK_PPI;
	case 239: /* NFLOG */
		return LINK_NFLOG;
	case 113: /* LINUX_SLL */
		return LINK_COOKED;
	case 276: /* LINUX_SLL2 */
		return LINK_COOKED2;
	default:
		return LINK_OTHER;
	}
}

void capture_frame(struct capture_reader *reader, struct frame *frame, uint32_t link, const uint8_t *bytes,
                   size_t length, uint64_t captured_ns)
{
	reader->frames++;
	reader->last_ns = captured_ns;
	*frame = (struct frame){
		.bytes = bytes,
		.length = length,
		.link = link_type(link),
		.number = reader->frames,
		.captured_ns = captured_ns,
	};
}

static int pcap_next(struct capture_reader *reader, struct frame *frame, struct error *reterr)
{
	const uint8_t *header = capture_need(reader, reader->header_length);
	uint32_t length, original;
	uint64_t seconds;

	if (!header && reader->ended > 0 && reader->at == reader->end)
		return 0;
	if (!header)
		return capture_cut(reader, "a frame's header", reterr);
	seconds = capture_u32(reader, header);
	length = capture_u32(reader, header + 8);
	original = capture_u32(reader, header + 12);
	if (reader->is_old && original < length)
		length = original;
	if (length > CAPTURE_FRAME_MAX)
		return capture_damaged(reader, reterr, "frame %llu claims %u bytes, more than %u",
		                       (unsigned long long)reader->frames + 1, length, CAPTURE_FRAME_MAX);
	header = capture_need(reader, reader->header_length + length);
	if (!header)
		return capture_cut(reader, "a frame", reterr);
	reader->at += reader->header_length + length;
	capture_frame(reader, frame, reader->link, header + reader->header_length, length,
	              seconds * 1000000000U + (uint64_t)capture_u32(reader, header + 4) * reader->fraction_ns);
	frame->is_short = length < original;
	frame->wire_length = original;
	return 1;
}

/* The file header: magic, version (2, 2), two obsolete words, snap length, link type. */
static int pcap_begin(struct capture_reader *reader, uint32_t magic, struct error *reterr)
{
	const uint8_t *header = capture_need(reader, PCAP_FILE_HEADER);
	uint16_t major, minor;

	if (!header)
		return capture_cut(reader, "the file's header", reterr);
	major = capture_u16(reader, header + 4);
	minor = capture_u16(reader, header + 6);
	if (major != 2)
		return capture_damaged(reader, reterr, "a pcap file of version %u.%u, not 2", major, minor);
	reader->is_old = minor < 4;
	reader->link = capture_u32(reader, header + 20) & PCAP_LINK_MASK;
	reader->fraction_ns = magic == PCAP_NANOSECONDS ? 1 : 1000;
	reader->header_length = magic == PCAP_MODIFIED ? PCAP_MODIFIED_HEADER : PCAP_FRAME_HEADER;
	reader->at += PCAP_FILE_HEADER;
	reader->next = pcap_next;
	return 0;
}

static int begin(struct capture_reader *reader, struct error *reterr)
{
	static const uint32_t magics[] = { PCAP_MICROSECONDS, PCAP_NANOSECONDS, PCAP_MODIFIED };
	const uint8_t *bytes = capture_need(reader, sizeof(uint32_t));
	uint32_t magic;

	if (!bytes && reader->ended < 0)
		return capture_cut(reader, "the file", reterr);
	if (!bytes)
		return error_set(reterr, -EBADMSG, "this is no capture file: it is %s",
		                 reader->end == 0 ? "empty" : "shorter than a header");
	memcpy(&magic, bytes, sizeof(magic));
	if (magic == PCAPNG_SECTION) {
		reader->next = capture_pcapng_next;
		return 0;
	}
	for (size_t i = 0; i < ARRAY_SIZE(magics); i++) {
		reader->is_swapped = magic == __builtin_bswap32(magics[i]);
		if (magic == magics[i] || reader->is_swapped)
			return pcap_begin(reader, magics[i], reterr);
	}
	return error_set(reterr, -EBADMSG, "this is no capture file: neither pcap nor pcapng");
}

int capture_reader_next(struct capture_reader *reader, struct frame *frame, struct error *reterr)
{
	int result = reader->next ? 0 : begin(reader, reterr);

	return result < 0 ? result : reader->next(reader, frame, reterr);
}

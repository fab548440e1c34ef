/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * capture_reader_internal: what the readers of the two formats share.
 *
 * Owns:    see capture_reader.h.
 * Context: controller/replay/capture_*.c only.
 */
#ifndef ISOWARD_CONTROLLER_REPLAY_CAPTURE_READER_INTERNAL_H
#define ISOWARD_CONTROLLER_REPLAY_CAPTURE_READER_INTERNAL_H

#include "controller/replay/capture_reader.h"

/* One interface of a pcapng section. */
struct capture_interface {
	uint32_t link; /* LINKTYPE_* */
	uint32_t snap_length;
	uint8_t resolution; /* if_tsresol: a power of ten, or of two where the highest bit is set */
	int64_t offset_s;   /* if_tsoffset */
};

struct capture_reader {
	capture_source *source;
	void *context;
	int (*next)(struct capture_reader *reader, struct frame *frame, struct error *reterr); /* of the format found */
	uint8_t *buffer;
	size_t at;       /* first unread byte in it */
	size_t end;      /* past the last byte in it */
	uint64_t offset; /* in the file, of the buffer's first byte */
	int ended;       /* the source is at its end: 1, or what it failed with */
	struct error failure;
	uint64_t frames;
	uint64_t last_ns;
	bool is_swapped; /* the numbers stand in the other byte order than this machine's */
	/* pcap */
	size_t header_length; /* of a frame */
	uint32_t link;
	uint32_t fraction_ns; /* of one unit of the time's fraction */
	bool is_old;          /* before 2.4: the two lengths may stand the other way round */
	/* pcapng */
	struct capture_interface *interfaces;
	size_t interface_count;
	size_t interface_capacity;
};

/*
 * capture_need lends the next ${length} bytes, up to CAPTURE_BUFFER, without moving on; NULL where the file ends before
 * them or its source failed.
 */
const uint8_t *capture_need(struct capture_reader *reader, size_t length);

/* capture_cut says in ${reterr} why capture_need gave nothing within ${what}. returns the error's code. */
int capture_cut(struct capture_reader *reader, const char *what, struct error *reterr);

/* capture_damaged says in ${reterr} at which byte ${reader} stands and, by ${format}, what is wrong. returns -EBADMSG.
 */
int capture_damaged(const struct capture_reader *reader, struct error *reterr, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* capture_u16 reads the 16-bit number at ${bytes} in the file's byte order. */
uint16_t capture_u16(const struct capture_reader *reader, const uint8_t *bytes);

/* capture_u32 reads the 32-bit number at ${bytes} in the file's byte order. */
uint32_t capture_u32(const struct capture_reader *reader, const uint8_t *bytes);

/* capture_frame fills ${frame}: ${length} ${bytes} of LINKTYPE ${link}, captured at ${captured_ns}. */
void capture_frame(struct capture_reader *reader, struct frame *frame, uint32_t link, const uint8_t *bytes,
                   size_t length, uint64_t captured_ns);

/* capture_pcapng_next is capture_reader_next for pcapng, which begins at a section header. */
int capture_pcapng_next(struct capture_reader *reader, struct frame *frame, struct error *reterr);

#endif

/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * capture_reader: frames out of the bytes of a capture file, pcap or pcapng.
 *
 * Both formats in both byte orders; pcap with microseconds or nanoseconds, with the longer headers of an old Linux
 * variant; pcapng with any number of sections and interfaces, each of its own link type and clock.
 *
 * Owns:    one buffer of CAPTURE_BUFFER bytes, and the interfaces of the present pcapng section.
 * Limits:  a frame of CAPTURE_FRAME_MAX bytes, CAPTURE_INTERFACES_MAX interfaces a section; beyond these the file is
 *          held to be damaged.
 * Context: reads only by its source; no clock. Replay.
 * Trust:   hostile input; fuzzed by tests/fuzz/fuzz_capture_reader.c.
 * Source:  draft-ietf-opsawg-pcap, draft-ietf-opsawg-pcapng; LINKTYPE_* of tcpdump.org.
 */
#ifndef ISOWARD_CONTROLLER_REPLAY_CAPTURE_READER_H
#define ISOWARD_CONTROLLER_REPLAY_CAPTURE_READER_H

#include <stddef.h>
#include <stdint.h>

#include "controller/sensor/dissect/dissector.h"
#include "policy/base/error.h"

#define CAPTURE_BUFFER         (1U << 20)
#define CAPTURE_FRAME_MAX      262144U /* as tcpdump's largest */
#define CAPTURE_INTERFACES_MAX 4096U

/*
 * Gives up to ${size} further bytes of the file at ${bytes}.
 * shape: how many, 0 at the end. errors: negative errno with ${reterr} set.
 */
typedef long capture_source(void *context, uint8_t *bytes, size_t size, struct error *reterr);

struct capture_reader;

/*
 * capture_reader_new makes a reader at ${reader} that reads by ${source}, called with ${context}.
 * ownership: the caller's, to free with capture_reader_free; context must outlive it. errors: -ENOMEM.
 */
int capture_reader_new(capture_source *source, void *context, struct capture_reader **reader);

/* capture_reader_free releases ${reader}; NULL is allowed. */
void capture_reader_free(struct capture_reader *reader);
CLEANUP_DEFINE(struct capture_reader, capture_reader_free);

/*
 * capture_reader_next fills ${frame} with the next frame; its bytes are borrowed until the next call. Of an unknown
 * link type it is LINK_OTHER. A file may end where a frame would begin.
 * shape: 1 a frame, 0 the end. errors: -EBADMSG the file is no capture, damaged or cut, with the offset and what is
 *        wrong; -ENOMEM; those of the source. frame untouched unless 1 is returned.
 */
int capture_reader_next(struct capture_reader *reader, struct frame *frame, struct error *reterr);

#endif

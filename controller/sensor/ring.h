/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * ring: read frames from a packet socket's memory-mapped ring, opened by capture_open in another process.
 *
 * Owns:    the descriptor and its mapping, from ring_map on.
 * Limits:  RING_BATCH frames a call, so that one interface cannot keep the others waiting.
 * Context: sensor process; needs no capability and makes no copy.
 * Trust:   headers are the kernel's, still no offset is followed out of the ring; the bytes of a frame are hostile.
 * Source:  packet(7), Documentation/networking/packet_mmap.rst, linux/if_packet.h.
 */
#ifndef ISOWARD_CONTROLLER_SENSOR_RING_H
#define ISOWARD_CONTROLLER_SENSOR_RING_H

#include <stddef.h>
#include <stdint.h>

#include "controller/message.h"
#include "controller/sensor/dissect/dissector.h"
#include "policy/base/error.h"
#include "policy/base/memory.h"

#define RING_BATCH 256

struct ring;

/* Called for each frame; its bytes are gone once it returns. */
typedef void ring_callback(const struct frame *frame, void *context);

/*
 * ring_map maps the ring of ${kind} and ${geometry} behind ${fd} into a new ${ring}; frames are reported as of
 * ${ifindex}.
 * ownership: ${fd} is the ring's on success, the caller's on failure.
 * errors: -EINVAL a geometry that cannot be; -ENOMEM; other negative errno of mmap(2).
 */
int ring_map(int fd, uint32_t ifindex, enum capture_kind kind, const struct capture_geometry *geometry,
             struct ring **ring, struct error *reterr);

/* ring_free unmaps ${ring} and closes its descriptor; NULL is allowed. */
void ring_free(struct ring *ring);
CLEANUP_DEFINE(struct ring, ring_free);

/* ring_fd borrows the descriptor to poll. */
int ring_fd(const struct ring *ring);

/* ring_ifindex tells the interface that was given to ring_map. */
uint32_t ring_ifindex(const struct ring *ring);

/*
 * ring_read calls ${callback} with ${context} for each frame that is ready, RING_BATCH (and the rest of a block) at
 * most, and gives them back to the kernel. shape: returns the number of frames.
 */
unsigned int ring_read(struct ring *ring, ring_callback *callback, void *context);

/*
 * ring_statistics adds the frames and the drops since the last call to ${frames} and ${dropped}.
 * errors: negative errno, numbers untouched.
 */
int ring_statistics(struct ring *ring, uint64_t *frames, uint64_t *dropped);

/*
 * ring_clear_error takes the pending socket error, so that poll does not report it again; an interface that went down
 * leaves ENETDOWN and, once up, fills the ring as before.
 * shape: returns the errno taken, 0 where there was none.
 */
int ring_clear_error(struct ring *ring);

#endif

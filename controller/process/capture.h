/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * capture: open a packet socket with its filter and ring, to be passed to the sensor.
 *
 * Two rings an interface. The urgent one (TPACKET_V2) hands over frame by frame and wakes its reader at once; the bulk
 * one (TPACKET_V3) hands over whole blocks, cheap under load but as late as its timer, which cannot be below a
 * millisecond. DHCP is urgent: the device waits behind it. From sendto on a veth peer to the reader, one frame in 3 to
 * 4 ms, p50: TPACKET_V2 50 us; TPACKET_V3 650 us with a timer of 1 ms, 5.3 ms with the 10 ms used here (Linux 6.18, two
 * busy cores).
 *
 * Owns:    nothing; the descriptor is the caller's.
 * Limits:  frames longer than CAPTURE_FRAME_SIZE less its header are cut.
 * Context: controller process, CAP_NET_RAW.
 * Trust:   the filter is locked (SO_LOCK_FILTER) before the descriptor leaves this process.
 * Source:  packet(7), Documentation/networking/packet_mmap.rst, linux/if_packet.h, linux/filter.h.
 */
#ifndef ISOWARD_CONTROLLER_PROCESS_CAPTURE_H
#define ISOWARD_CONTROLLER_PROCESS_CAPTURE_H

#include <stdint.h>

#include "controller/message.h"
#include "policy/base/error.h"

#define CAPTURE_FRAME_SIZE 2048

/*
 * capture_open opens the ring of ${kind} on interface ${ifindex} into ${fd}, the caller's to close, and tells its
 * ${geometry}. Nothing is received before filter and ring are in place.
 * errors: -EPERM no CAP_NET_RAW; -ENODEV no such interface; other negative errno. Results untouched on failure.
 */
int capture_open(uint32_t ifindex, enum capture_kind kind, int *fd, struct capture_geometry *geometry,
                 struct error *reterr);

#endif

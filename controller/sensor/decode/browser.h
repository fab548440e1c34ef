/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * browser: announcements of the Windows browser service, in mailslots of NetBIOS datagrams, over UDP or IPX.
 *
 * A host announces its name, its Windows version and what it serves. The master browser of a domain announces the
 * domain besides, with a version that is not its own: that goes to fields of the domain's.
 *
 * Owns:    nothing.
 * Limits:  a datagram in one piece; other mailslots are not read.
 * Context: pure. Sensor process and replay.
 * Trust:   hostile input; fuzzed by tests/fuzz/fuzz_netbios.c.
 * Source:  RFC 1002 section 4.4, Novell's IPX router specification, chapter 2 (header, NetBIOS over IPX), [MS-MAIL]
 * section 2.2, [MS-BRWS] section 2.2, [MS-CIFS] section 2.2.4.33.
 */
#ifndef ISOWARD_CONTROLLER_SENSOR_DECODE_BROWSER_H
#define ISOWARD_CONTROLLER_SENSOR_DECODE_BROWSER_H

#include "controller/sensor/decode/decoder.h"

/* browser_decode is the decoder of the NetBIOS datagram service, UDP port 138. shape, errors: as datagram_decode. */
int browser_decode(const struct datagram *datagram, struct fields *fields, enum malformed_reason *reason);

/*
 * browser_decode_ipx is the decoder of IPX packets, from the IPX header on, with a mailslot in NMPI or in NetBIOS over
 * IPX: what a network without TCP/IP used for the same. shape, errors: as datagram_decode.
 */
int browser_decode_ipx(const struct datagram *datagram, struct fields *fields, enum malformed_reason *reason);

#endif

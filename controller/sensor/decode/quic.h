/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * quic: the ClientHello in a client's Initial packets.
 *
 * Initial packets are encrypted with keys that follow from what stands in them, so anybody may read them. A hello over
 * several datagrams is put together from those the dissector kept. Once it was told, it is not told again when the same
 * bytes come again; what follows it at the stream's next bytes is the hello after a HelloRetryRequest.
 *
 * Owns:    nothing; the memory of a direction keeps the ID whose keys are used, and where the next hello begins.
 * Limits:  QUIC_CRYPTO_MAX bytes of the handshake; versions 1, 2, the drafts 23 to 34 and mvfst's.
 * Context: pure but for crypto.h's handles. Sensor process and replay.
 * Trust:   hostile input; fuzzed by tests/fuzz/fuzz_quic.c.
 * Source:  RFC 9000 sections 12, 17.2 and 19, RFC 9001 section 5, RFC 9369 section 3, draft-ietf-quic-tls-23 and -29.
 */
#ifndef ISOWARD_CONTROLLER_SENSOR_DECODE_QUIC_H
#define ISOWARD_CONTROLLER_SENSOR_DECODE_QUIC_H

#include "controller/sensor/decode/decoder.h"

#define QUIC_CRYPTO_MAX 16384

/* quic_decode is the decoder of QUIC in ${datagram}. shape: datagram_decode. */
int quic_decode(const struct datagram *datagram, struct fields *fields, enum malformed_reason *reason);

#endif

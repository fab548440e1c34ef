/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * protocols: which decoder is asked about what, as two tables.
 *
 * Owns:    nothing; the tables are constant.
 * Context: pure. Sensor process and replay.
 */
#ifndef ISOWARD_CONTROLLER_SENSOR_DISSECT_PROTOCOLS_H
#define ISOWARD_CONTROLLER_SENSOR_DISSECT_PROTOCOLS_H

#include "controller/sensor/decode/decoder.h"

#define PROTOCOL_PORTS_MAX 4

/* A decoder of datagrams is asked where one port is its own; with no ports it is asked about what no other took. */
struct datagram_protocol {
	enum protocol protocol;
	uint16_t ports[PROTOCOL_PORTS_MAX]; /* 0 ends them */
	datagram_decode *decode;
};

/* A decoder of streams is asked about the head of every new direction, in the order of the table. */
struct stream_protocol {
	enum protocol protocol;
	stream_decode *decode;
};

/* protocols_datagram lends the table of datagram decoders, ${count} long. */
const struct datagram_protocol *protocols_datagram(size_t *count);

/* protocols_stream lends the table of stream decoders, ${count} long. */
const struct stream_protocol *protocols_stream(size_t *count);

#endif

/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * tls_hello: the ClientHello and the ServerHello of TLS and DTLS, wherever they were found.
 *
 * Owns:    nothing; what is read borrows from the message.
 * Limits:  TLS_EXTENSIONS_MAX extensions; the rest of a hello with more is not read.
 * Context: pure. Sensor process and replay.
 * Trust:   hostile input; fuzzed by tests/fuzz/fuzz_tls.c.
 * Source:  RFC 8446 section 4.1, RFC 5246 section 7.4.1, RFC 6066 section 3, RFC 7301, RFC 6347 section 4.3.2.
 */
#ifndef ISOWARD_CONTROLLER_SENSOR_DECODE_TLS_HELLO_H
#define ISOWARD_CONTROLLER_SENSOR_DECODE_TLS_HELLO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "policy/base/cursor.h"
#include "policy/fields.h"

#define TLS_EXTENSIONS_MAX 128

#define TLS_VERSION_SSL2 0x0002
#define TLS_VERSION_SSL3 0x0300
#define TLS_VERSION_1_0  0x0301
#define TLS_VERSION_1_2  0x0303
#define TLS_VERSION_1_3  0x0304

#define TLS_EXTENSION_NAME        0
#define TLS_EXTENSION_GROUPS      10
#define TLS_EXTENSION_POINTS      11
#define TLS_EXTENSION_SIGNATURES  13
#define TLS_EXTENSION_ALPN        16
#define TLS_EXTENSION_DELEGATED   34
#define TLS_EXTENSION_VERSIONS    43
#define TLS_EXTENSION_CERTIFICATE 50

/* What carried the hello, as JA4 writes it. */
enum tls_carrier {
	TLS_OVER_TCP = 't',
	TLS_OVER_QUIC = 'q',
	TLS_OVER_UDP = 'd', /* DTLS */
};

/* Bytes of the message. */
struct tls_part {
	const uint8_t *bytes;
	size_t length;
};

struct tls_client_hello {
	enum tls_carrier carrier;
	uint16_t version; /* legacy_version */
	bool has_name;    /* the extension is there, whatever it holds */
	bool is_ssl2;     /* of the form of SSL 2.0: it has none of what follows */
	uint16_t extensions[TLS_EXTENSIONS_MAX];
	size_t extension_count;
	struct tls_part ciphers;             /* pairs of bytes, as sent; likewise groups, signatures and versions */
	struct tls_part groups;              /* extension 10 */
	struct tls_part points;              /* 11, bytes */
	struct tls_part signatures;          /* 13 */
	struct tls_part signatures_other[2]; /* of delegated credentials, 34, and of certificates, 50 */
	struct tls_part versions;            /* 43 */
	struct tls_part alpn;                /* 16: names, a byte of length before each */
	struct tls_part name;                /* 0: the host_name in it */
};

struct tls_server_hello {
	uint16_t version; /* chosen: that of extension 43 where it is there */
	uint16_t cipher;
	bool is_retry; /* HelloRetryRequest, RFC 8446 section 4.1.3 */
};

/* tls_is_grease tells whether ${number} is one of those that mean nothing, RFC 8701 section 2. */
bool tls_is_grease(uint16_t number);

/* tls_part_number reads the pair of bytes number ${index} of ${part}. */
uint16_t tls_part_number(const struct tls_part *part, size_t index);

/*
 * tls_client_hello_read reads the body of a ClientHello of ${length} ${bytes} (behind the handshake header) that came
 * over ${carrier} into ${hello}. An extension whose inside is wrong counts as empty.
 * errors: -EBADMSG, hello untouched.
 */
int tls_client_hello_read(const uint8_t *bytes, size_t length, enum tls_carrier carrier,
                          struct tls_client_hello *hello);

/* tls_server_hello_read reads the body of a ServerHello of ${length} ${bytes} into ${hello}. errors: -EBADMSG. */
int tls_server_hello_read(const uint8_t *bytes, size_t length, struct tls_server_hello *hello);

/* tls_client_hello_best tells the best version that ${hello} offers; of versions that are none of ours, none. */
uint16_t tls_client_hello_best(const struct tls_client_hello *hello);

/* tls_client_hello_add adds what ${hello} says, and its fingerprints, to ${fields}. */
void tls_client_hello_add(const struct tls_client_hello *hello, struct fields *fields);

/* tls_server_hello_add adds what ${hello} says to ${fields}. */
void tls_server_hello_add(const struct tls_server_hello *hello, struct fields *fields);

#endif

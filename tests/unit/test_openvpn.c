/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "controller/sensor/decode/openvpn.h"
#include "controller/sensor/decode/rdp_udp.h"
#include "policy/base/memory.h"
#include "tests/unit/stream_test.h"

#define CLIENT      false
#define CONTROL     0x20
#define ACKNOWLEDGE 0x28
#define RESET       0x38
#define HELLO_BYTES 50

/* A record with a ClientHello of one cipher, that ends before the extensions. */
static void put_hello(struct bytes *bytes)
{
	put(bytes, "\x16\x03\x01\x00\x2d\x01\x00\x00\x29\x03\x03", 11);
	put_zeros(bytes, 33); /* random, no session */
	put(bytes, "\x00\x02\xc0\x2f\x01\x00", 6);
}

/* A packet's head, signed with ${signature} bytes, with ${acks} acknowledgements. */
static void put_head(struct bytes *bytes, unsigned int operation, size_t signature, unsigned int acks, size_t number)
{
	put8(bytes, operation);
	put_text(bytes, "session1");
	for (size_t i = 0; i < signature; i++)
		put8(bytes, 0x5a);
	put_zeros(bytes, signature ? 8 : 0);
	put8(bytes, acks);
	put_zeros(bytes, acks * 4UL);
	if (acks)
		put_text(bytes, "session2");
	if (operation != ACKNOWLEDGE)
		put_be32(bytes, number);
}

/* A control packet number ${number} with the hello's bytes from ${start} up to ${end}. */
static void put_part(struct bytes *bytes, size_t signature, unsigned int acks, size_t number, size_t start, size_t end)
{
	struct bytes hello = { .length = 0 };

	put_hello(&hello);
	assert_int_equal(hello.length, HELLO_BYTES);
	put_head(bytes, CONTROL, signature, acks, number);
	put(bytes, hello.byte + start, end - start);
}

/* With two bytes of length before it, as over TCP, and as datagrams are kept. */
static void put_framed(struct bytes *bytes, const struct bytes *packet)
{
	put_be16(bytes, packet->length);
	put(bytes, packet->byte, packet->length);
}

static int give_datagram(struct connection *connection, datagram_decode *decode, const struct bytes *bytes,
                         const struct bytes *earlier)
{
	uint8_t *exact = malloc(bytes->length + 1);
	struct datagram datagram = { .bytes = exact, .length = bytes->length };
	int result;

	assert_non_null(exact);
	memcpy(exact, bytes->byte, bytes->length);
	if (earlier) {
		datagram.earlier = earlier->byte;
		datagram.earlier_length = earlier->length;
	}
	fields_clear(&connection->fields);
	result = decode(&datagram, &connection->fields, &connection->reason);
	free(exact);
	return result;
}

static void reads_every_signature(void **state)
{
	static const size_t signatures[] = { 0, 16, 20, 28, 32, 48, 64 };
	struct connection connection = { .taken = 0 };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(signatures); i++)
		for (unsigned int acks = 0; acks < 9; acks += 4) {
			struct bytes packet = { .length = 0 };

			put_part(&packet, signatures[i], acks, 1, 0, HELLO_BYTES);
			if (give_datagram(&connection, openvpn_decode, &packet, NULL) != 1)
				fail_msg("signed with %zu bytes", signatures[i]);
			assert_string_equal(shown(&connection, FIELD_TLS_MESSAGE), "client-hello");
			assert_string_equal(shown(&connection, FIELD_TLS_CIPHERS), "49199");
		}
}

static void joins_datagrams_by_number(void **state)
{
	struct connection connection = { .taken = 0 };
	struct bytes first = { .length = 0 }, second = { .length = 0 }, third = { .length = 0 };
	struct bytes kept = { .length = 0 }, acknowledgement = { .length = 0 };

	(void)state;
	put_part(&first, 20, 0, 1, 0, 20);
	put_part(&second, 20, 0, 2, 20, 30);
	put_part(&third, 20, 0, 3, 30, HELLO_BYTES);
	put_head(&acknowledgement, ACKNOWLEDGE, 20, 1, 0);
	assert_int_equal(give_datagram(&connection, openvpn_decode, &acknowledgement, NULL), 0);
	assert_int_equal(give_datagram(&connection, openvpn_decode, &third, NULL), 0); /* signed, nobody knows how */
	assert_int_equal(give_datagram(&connection, openvpn_decode, &first, NULL), -EAGAIN);
	put_framed(&kept, &first);
	assert_int_equal(give_datagram(&connection, openvpn_decode, &acknowledgement, &kept), -EAGAIN);
	put_framed(&kept, &acknowledgement);
	assert_int_equal(give_datagram(&connection, openvpn_decode, &third, &kept), -EAGAIN);
	put_framed(&kept, &third);
	assert_int_equal(give_datagram(&connection, openvpn_decode, &third, &kept), -EAGAIN); /* sent again */
	put_framed(&kept, &third);
	assert_int_equal(give_datagram(&connection, openvpn_decode, &second, &kept), 1);
	assert_string_equal(shown(&connection, FIELD_TLS_CIPHERS), "49199");
	while (kept.length < 64 * (third.length + 2))
		put_framed(&kept, &third);
	assert_int_equal(give_datagram(&connection, openvpn_decode, &second, &kept), 0);
}

static void reads_streams(void **state)
{
	struct connection connection = { .taken = 0 };
	struct bytes packet = { .length = 0 }, stream = { .length = 0 };
	size_t reset, acknowledgement;

	(void)state;
	put_head(&packet, RESET, 0, 0, 0);
	put_framed(&stream, &packet);
	reset = stream.length;
	for (size_t cut = 0; cut < reset; cut++)
		assert_int_equal(give(&connection, openvpn_decode_stream, CLIENT, stream.byte, cut), -EAGAIN);
	assert_int_equal(give(&connection, openvpn_decode_stream, CLIENT, stream.byte, reset), 1);
	assert_int_equal(connection.taken, reset);
	packet.length = stream.length = 0;
	put_head(&packet, ACKNOWLEDGE, 0, 1, 0);
	put_framed(&stream, &packet);
	acknowledgement = stream.length;
	for (size_t number = 1; number < 4; number++) {
		packet.length = 0;
		put_part(&packet, 0, 0, number, (number - 1) * 20, number < 3 ? number * 20 : HELLO_BYTES);
		put_framed(&stream, &packet);
	}
	assert_int_equal(give(&connection, openvpn_decode_stream, CLIENT, stream.byte, stream.length), 1);
	assert_int_equal(connection.taken, acknowledgement);
	assert_int_equal(connection.fields.length, 0);
	for (size_t cut = acknowledgement; cut < stream.length; cut++)
		assert_int_equal(give(&connection, openvpn_decode_stream, CLIENT, stream.byte + acknowledgement,
		                      cut - acknowledgement),
		                 -EAGAIN);
	assert_int_equal(give(&connection, openvpn_decode_stream, CLIENT, stream.byte + acknowledgement,
	                      stream.length - acknowledgement),
	                 1);
	assert_string_equal(shown(&connection, FIELD_TLS_CIPHERS), "49199");
	assert_int_equal(connection.taken, SIZE_MAX);
}

/* Encrypted control packets are no handshake that could be read; other protocols are none at all. */
static void gives_up_what_is_none(void **state)
{
	struct connection connection = { .memory = { 0 } };
	struct bytes packet = { .length = 0 }, stream = { .length = 0 };

	(void)state;
	assert_int_equal(give(&connection, openvpn_decode_stream, CLIENT, "GET / HTTP/1.1\r\n", 16), 0);
	assert_int_equal(give(&connection, openvpn_decode_stream, CLIENT, "\x00\x0e\x16\x03", 4), 0);
	put_head(&packet, RESET, 0, 0, 7); /* its number is not the first */
	put_framed(&stream, &packet);
	assert_int_equal(give(&connection, openvpn_decode_stream, CLIENT, stream.byte, stream.length), 0);
	connection.memory[0] = 1;
	packet.length = stream.length = 0;
	put_head(&packet, CONTROL, 0, 0, 1);
	put_zeros(&packet, 60);
	put_framed(&stream, &packet);
	assert_int_equal(give(&connection, openvpn_decode_stream, CLIENT, stream.byte, stream.length), 1);
	assert_int_equal(connection.taken, SIZE_MAX);
	assert_int_equal(connection.fields.length, 0);
	assert_int_equal(give_datagram(&connection, openvpn_decode, &packet, NULL), 0);
	packet.length = 0;
	assert_int_equal(give_datagram(&connection, openvpn_decode, &packet, NULL), 0);
}

/* The sender puts the first byte in the place of the eighth. */
static void put_prefixed(struct bytes *bytes, uint8_t prefix, const struct bytes *packet)
{
	size_t start = bytes->length;

	put8(bytes, prefix);
	put(bytes, packet->byte, packet->length);
	bytes->byte[start] = bytes->byte[start + 7];
	bytes->byte[start + 7] = prefix;
}

static void reads_remote_desktop(void **state)
{
	static const struct {
		const char *head;
		size_t length;
		uint8_t prefix;
		int result;
	} heads[] = {
		{ "\x04\xc0\x64\x00\x01\x00", 6, 0xe0, 1 },
		{ "\x14\xc1\x01\xf4\x01\x64\x00\x64\x00\x01\x00", 11, 0xe0, 1 },
		{ "\x45\xc0\x07\x00\x01\x02\x03\x04\x12\xaa\xaa\x20\x64\x00\x01\x00", 16, 0xe0, 1 },
		{ "\x45\xc0\x07\x00\x01\x02\x03\x04\x02\xaa\xaa\x20\x64\x00\x01\x00", 16, 0xe0, 1 },
		{ "\x45\xc0\x07\x00\x01\x02\x03\x02\xaa\xaa\x20\x64\x00\x01\x00", 15, 0xe0, 0 }, /* ten delayed */
		{ "\x04\xc0\x64\x00\x01\x00", 6, 0xf0, 0 },                                      /* filling */
		{ "\x0c\xc0\x64\x00\x01\x00", 6, 0xe0, 0 },                                      /* a vector */
		{ "\x10\xc0\x64\x00\x64\x00\x01\x00", 8, 0xe0, 0 },                              /* no data */
	};
	struct connection connection = { .taken = 0 };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(heads); i++) {
		struct bytes packet = { .length = 0 }, datagram = { .length = 0 };

		put(&packet, heads[i].head, heads[i].length);
		put_hello(&packet);
		put_prefixed(&datagram, heads[i].prefix, &packet);
		if (give_datagram(&connection, rdp_udp_decode, &datagram, NULL) != heads[i].result)
			fail_msg("head %zu", i);
		if (heads[i].result > 0)
			assert_string_equal(shown(&connection, FIELD_TLS_CIPHERS), "49199");
		for (datagram.length--; datagram.length > 0; datagram.length--)
			assert_int_equal(give_datagram(&connection, rdp_udp_decode, &datagram, NULL), 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_every_signature), cmocka_unit_test(joins_datagrams_by_number),
		cmocka_unit_test(reads_streams),         cmocka_unit_test(gives_up_what_is_none),
		cmocka_unit_test(reads_remote_desktop),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

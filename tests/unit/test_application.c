/* SPDX-License-Identifier: GPL-3.0-or-later */
/* nDPI's judgement of packets made here, and what is done with it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "controller/sensor/dissect/application.h"

#define HEADERS    40 /* IPv4 and TCP without options: RFC 791, RFC 9293 */
#define PACKET_MAX 600
#define NOW        UINT64_C(1700000000000)

struct bench {
	struct application *application;
	uint32_t forgotten[4]; /* flows that a state was taken from */
	size_t forgotten_count;
	struct fields fields;
	uint32_t sequence;
};

static void forget(uint32_t flow, void *context)
{
	struct bench *bench = context;

	if (bench->forgotten_count < 4)
		bench->forgotten[bench->forgotten_count] = flow;
	bench->forgotten_count++;
}

static int set_up(void **state)
{
	struct bench *bench = calloc(1, sizeof(*bench));

	assert_non_null(bench);
	assert_int_equal(application_new(forget, bench, &bench->application), 0);
	*state = bench;
	return 0;
}

static int tear_down(void **state)
{
	struct bench *bench = *state;

	application_free(bench->application);
	free(bench);
	return 0;
}

static void put16(uint8_t *at, size_t value)
{
	at[0] = (uint8_t)(value >> 8);
	at[1] = (uint8_t)value;
}

static void put32(uint8_t *at, uint32_t value)
{
	put16(at, value >> 16);
	put16(at + 2, value & 0xffff);
}

static const uint8_t somebody[4] = { 203, 0, 113, 5 };

/*
 * Shows ${length} bytes of ${payload} from a client's port 40000 to ${port} of ${server}. shape: as application_take.
 */
static bool show_to(struct bench *bench, uint32_t handle, const uint8_t server[4], uint16_t port, const void *payload,
                    size_t length)
{
	static const uint8_t client[4] = { 10, 40, 0, 9 };
	uint8_t packet[PACKET_MAX] = { 0x45, [8] = 64, [9] = 6 };

	assert_true(HEADERS + length <= sizeof(packet));
	put16(packet + 2, HEADERS + length);
	memcpy(packet + 12, client, sizeof(client));
	memcpy(packet + 16, server, sizeof(client));
	put16(packet + 20, 40000);
	put16(packet + 22, port);
	put32(packet + 24, 1000 + bench->sequence);
	put32(packet + 28, 5000);
	packet[32] = 5 << 4;
	packet[33] = 0x18; /* PSH, ACK */
	put16(packet + 34, 64240);
	memcpy(packet + HEADERS, payload, length);
	bench->sequence += (uint32_t)length;
	fields_clear(&bench->fields);
	return application_take(bench->application, handle, packet, HEADERS + length, NOW, &bench->fields);
}

static bool show(struct bench *bench, uint32_t handle, uint16_t port, const void *payload, size_t length)
{
	return show_to(bench, handle, somebody, port, payload, length);
}

static void assert_field(const struct bench *bench, enum field field, const char *wanted)
{
	struct field_value value;
	char text[128];

	if (!fields_find(&bench->fields, field, &value)) {
		assert_string_equal("", wanted);
		return;
	}
	field_show(&value, text, sizeof(text));
	assert_string_equal(text, wanted);
}

/*
 * A ClientHello of TLS 1.2 (RFC 5246 section 7.4.1.2) for ${name}, without the extension (RFC 6066 section 3) where
 * that is "". shape: its length.
 */
static size_t client_hello(const char *name, uint8_t hello[PACKET_MAX])
{
	static const uint8_t head[] = { 22, 3, 1, 0, 0, 1, 0, 0, 0, 3, 3 };
	static const uint8_t suites[] = {
		0, 0, 4, 0xc0, 0x2f, 0xc0, 0x30, 1, 0
	}; /* no session; two suites; no compression */
	size_t at = sizeof(head), length = strlen(name);

	memset(hello, 0, PACKET_MAX);
	memcpy(hello, head, sizeof(head));
	for (size_t i = 0; i < 32; i++)
		hello[at++] = (uint8_t)(i * 37 + 11);
	memcpy(hello + at, suites, sizeof(suites));
	at += sizeof(suites);
	put16(hello + at, length ? length + 9 : 0);
	at += 2;
	if (length) {
		put16(hello + at + 2, length + 5);
		put16(hello + at + 4, length + 3);
		put16(hello + at + 7, length);
		memcpy(hello + at + 9, name, length);
		at += length + 9;
	}
	put16(hello + 3, at - 5);
	put16(hello + 7, at - 9);
	return at;
}

static void test_peer_to_peer(void **state)
{
	static const char handshake[] = "\x13"
					"BitTorrent protocol\0\0\0\0\0\x10\0\5aaaaabbbbbcccccddddd-TR3000-eeeeefffffgg";
	struct bench *bench = *state;
	uint32_t handle = application_begin(bench->application, 7);

	assert_true(show(bench, handle, 51413, handshake, sizeof(handshake) - 1));
	assert_field(bench, FIELD_APPLICATION, "BitTorrent");
	assert_field(bench, FIELD_APPLICATION_CATEGORY, "Download");
	application_end(bench->application, handle);
	assert_int_equal(bench->forgotten_count, 0);
}

static void test_a_name_tells_what_is_behind_tls(void **state)
{
	struct bench *bench = *state;
	uint32_t handle = application_begin(bench->application, 7);
	uint8_t hello[PACKET_MAX];
	size_t length = client_hello("web.whatsapp.com", hello);

	assert_true(show(bench, handle, 443, hello, length));
	assert_field(bench, FIELD_APPLICATION, "TLS.WhatsApp");
	assert_field(bench, FIELD_APPLICATION_CATEGORY, "Chat");
	/* On no port that has a meaning: nothing is guessed by one. */
	application_end(bench->application, handle);
	handle = application_begin(bench->application, 8);
	bench->sequence = 0;
	assert_true(show(bench, handle, 7777, hello, length));
	assert_field(bench, FIELD_APPLICATION, "TLS.WhatsApp");
}

/* By nDPI's list of their addresses, without which it is TLS like any other, and no finding. */
static void test_a_relay_of_tor_is_known(void **state)
{
	static const uint8_t relay[4] = { 97, 107, 139, 108 };
	struct bench *bench = *state;
	uint8_t hello[PACKET_MAX];
	size_t length = client_hello("", hello);
	uint32_t handle = application_begin(bench->application, 7);

	assert_true(show_to(bench, handle, relay, 443, hello, length));
	assert_field(bench, FIELD_APPLICATION, "TLS.Tor");
	assert_field(bench, FIELD_APPLICATION_CATEGORY, "VPN");
}

static void test_of_tls_alone_more_is_wanted(void **state)
{
	struct bench *bench = *state;
	uint32_t handle = application_begin(bench->application, 7);
	uint8_t hello[PACKET_MAX];
	size_t length = client_hello("", hello), shown = 1;

	while (!show(bench, handle, 443, hello, length) && shown <= APPLICATION_PACKETS_MAX)
		shown++;
	assert_in_range(shown, 2, APPLICATION_PACKETS_MAX);
	assert_field(bench, FIELD_APPLICATION, "TLS");
}

/* A well-known port is no reason: what is not recognised stays so, after as many packets as are looked at. */
static void test_what_nobody_knows(void **state)
{
	static const char words[] = "nobody speaks like this, \1\2\3\4\5\6\7";
	struct bench *bench = *state;
	uint32_t handle = application_begin(bench->application, 7);

	for (size_t i = 1; i < APPLICATION_PACKETS_MAX; i++)
		assert_false(show(bench, handle, 443, words, sizeof(words) - 1));
	assert_true(show(bench, handle, 443, words, sizeof(words) - 1));
	assert_field(bench, FIELD_APPLICATION, "");
	assert_int_equal(bench->fields.length, 0);
}

static void test_a_name_of_quic(void **state)
{
	static const char known[] = "www.youtube.com", unknown[] = "pacs.hospital.example";
	struct bench *bench = *state;

	fields_clear(&bench->fields);
	assert_false(application_take_name(bench->application, (const uint8_t *)unknown, sizeof(unknown) - 1,
	                                   &bench->fields));
	assert_int_equal(bench->fields.length, 0);
	assert_true(
		application_take_name(bench->application, (const uint8_t *)known, sizeof(known) - 1, &bench->fields));
	assert_field(bench, FIELD_APPLICATION, "QUIC.YouTube");
}

/* The flow that was begun first gives way, is told, and its state serves the next one as new. */
static void test_as_many_flows_as_there_is_room_for(void **state)
{
	struct bench *bench = *state;
	uint8_t hello[PACKET_MAX];
	size_t length = client_hello("web.whatsapp.com", hello);
	uint32_t first = application_begin(bench->application, 100), handle;

	assert_false(show(bench, first, 443, "\0", 1)); /* something of the first is kept */
	for (uint32_t i = 1; i < APPLICATION_STATES_MAX; i++)
		assert_int_not_equal(application_begin(bench->application, 100 + i), first);
	assert_int_equal(bench->forgotten_count, 0);
	handle = application_begin(bench->application, 9999);
	assert_int_equal(handle, first);
	assert_int_equal(bench->forgotten_count, 1);
	assert_int_equal(bench->forgotten[0], 100);
	bench->sequence = 0;
	assert_true(show(bench, handle, 443, hello, length));
	assert_field(bench, FIELD_APPLICATION, "TLS.WhatsApp");
	application_end(bench->application, handle);
	application_end(bench->application, handle); /* once is enough */
	application_begin(bench->application, 1);
	assert_int_equal(bench->forgotten_count, 2);
	assert_int_equal(bench->forgotten[1], 101);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_peer_to_peer, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_a_name_tells_what_is_behind_tls, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_a_relay_of_tor_is_known, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_of_tls_alone_more_is_wanted, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_what_nobody_knows, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_a_name_of_quic, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_as_many_flows_as_there_is_room_for, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

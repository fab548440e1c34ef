/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "controller/sensor/decode/dhcp4.h"
#include "policy/base/memory.h"

#define HEADER       240 /* up to and with the magic cookie */
#define SNAME_OFFSET 44
#define FILE_OFFSET  108
#define MESSAGE_MAX  1500
#define REQUEST      "\x35\x01\x03" /* option 53: DHCPREQUEST */
#define ACK          "\x35\x01\x05"
#define END          "\xff"

struct message_bytes {
	uint8_t byte[MESSAGE_MAX];
	size_t length;
};

/* Makes a message of ${operation} that ends in the ${length} bytes of ${options}. */
static void make(struct message_bytes *bytes, uint8_t operation, const void *options, size_t length)
{
	static const uint8_t head[] = { 0, 1, 6, 0, 0xde, 0xad, 0xbe, 0xef };

	memset(bytes, 0, sizeof(*bytes));
	memcpy(bytes->byte, head, sizeof(head));
	bytes->byte[0] = operation;
	memcpy(bytes->byte + 28, "\x44\x4b\x5d\x00\x00\x01", 6);
	memcpy(bytes->byte + HEADER - 4, "\x63\x82\x53\x63", 4);
	memcpy(bytes->byte + HEADER, options, length);
	bytes->length = HEADER + length;
}

#define MAKE(bytes, operation, options) make(bytes, operation, options, sizeof(options) - 1)

static int decode(const struct message_bytes *bytes, struct observation_dhcp4 *dhcp4, enum malformed_reason *reason)
{
	return dhcp4_decode(bytes->byte, bytes->length, dhcp4, reason);
}

struct vector {
	const char *name;
	uint8_t operation;
	const char *options;
	size_t options_length;
	int result;
	enum malformed_reason reason;
};

#define OPTIONS(text) (text), sizeof(text) - 1
#define GOOD          1, MALFORMED_COUNT
#define NOTHING       0, MALFORMED_COUNT
#define BAD(reason)   -EBADMSG, MALFORMED_DHCP_##reason

static const struct vector vectors[] = {
	{ "request", 1, OPTIONS(REQUEST END), GOOD },
	{ "no end option", 1, OPTIONS(REQUEST), GOOD },
	{ "pads, then the type", 1, OPTIONS("\0\0\0" REQUEST END), GOOD },
	{ "bytes after the end are none", 1, OPTIONS(REQUEST END "\x0c\xff"), GOOD },
	{ "empty host name", 1, OPTIONS(REQUEST "\x0c\x00" END), GOOD },
	{ "unknown option", 1,
	  OPTIONS(REQUEST "\xe0\x02"
	                  "xy" END),
	  GOOD },
	{ "short option 81 counts as absent", 1, OPTIONS(REQUEST "\x51\x02\x00\x00" END), GOOD },
	{ "BOOTP", 1, OPTIONS(END), NOTHING },
	{ "no options at all", 1, OPTIONS(""), NOTHING },
	{ "lease query", 1, OPTIONS("\x35\x01\x0a" END), NOTHING },
	{ "type 0", 1, OPTIONS("\x35\x01\x00" END), NOTHING },
	{ "operation 0", 0, OPTIONS(REQUEST END), BAD(OPERATION) },
	{ "operation 3", 3, OPTIONS(REQUEST END), BAD(OPERATION) },
	{ "a client that acknowledges", 1, OPTIONS(ACK END), BAD(OPERATION) },
	{ "a server that requests", 2, OPTIONS(REQUEST END), BAD(OPERATION) },
	{ "option without length", 1, OPTIONS(REQUEST "\x0c"), BAD(OPTION_CUT) },
	{ "option one byte short", 1,
	  OPTIONS(REQUEST "\x0c\x04"
	                  "abc"),
	  BAD(OPTION_CUT) },
	{ "option of 255 in nothing", 1, OPTIONS(REQUEST "\x37\xff"), BAD(OPTION_CUT) },
	{ "type of two bytes", 1, OPTIONS("\x35\x02\x03\x03" END), BAD(OPTION_LENGTH) },
	{ "type of no byte", 1, OPTIONS("\x35\x00" END), BAD(OPTION_LENGTH) },
	{ "type twice", 1, OPTIONS(REQUEST REQUEST END), BAD(OPTION_LENGTH) },
	{ "lease of three bytes", 2, OPTIONS(ACK "\x33\x03\0\0\1" END), BAD(OPTION_LENGTH) },
	{ "lease of nine bytes", 2,
	  OPTIONS(ACK "\x33\x09"
	              "123456789" END),
	  BAD(OPTION_LENGTH) },
	{ "server of no byte", 2, OPTIONS(ACK "\x36\x00" END), BAD(OPTION_LENGTH) },
	{ "requested address of five bytes", 1,
	  OPTIONS(REQUEST "\x32\x05"
	                  "12345" END),
	  BAD(OPTION_LENGTH) },
	{ "size of one byte", 1, OPTIONS(REQUEST "\x39\x01\x05" END), BAD(OPTION_LENGTH) },
	{ "overload 0", 1, OPTIONS(REQUEST "\x34\x01\x00" END), BAD(OVERLOAD_VALUE) },
	{ "overload 4", 1, OPTIONS(REQUEST "\x34\x01\x04" END), BAD(OVERLOAD_VALUE) },
	{ "overload of two bytes", 1, OPTIONS(REQUEST "\x34\x02\x01\x01" END), BAD(OPTION_LENGTH) },
	{ "overload with empty file and sname", 1, OPTIONS(REQUEST "\x34\x01\x03" END), GOOD },
};

static void decodes_vectors(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(vectors); i++) {
		const struct vector *vector = &vectors[i];
		struct observation_dhcp4 dhcp4, before;
		enum malformed_reason reason = MALFORMED_COUNT;
		struct message_bytes bytes;
		int result;

		make(&bytes, vector->operation, vector->options, vector->options_length);
		memset(&dhcp4, 0x5a, sizeof(dhcp4));
		memcpy(&before, &dhcp4, sizeof(before));
		result = decode(&bytes, &dhcp4, &reason);
		if (result != vector->result || reason != vector->reason)
			fail_msg("%s: result %d, reason %u", vector->name, result, (unsigned int)reason);
		if (result <= 0)
			assert_memory_equal(&dhcp4, &before, sizeof(dhcp4));
	}
}

struct header_vector {
	const char *name;
	size_t at;
	uint8_t value;
	enum malformed_reason reason;
};

static void refuses_headers(void **state)
{
	static const struct header_vector headers[] = {
		{ "token ring", 1, 6, MALFORMED_DHCP_HARDWARE },
		{ "hardware address of 16 bytes", 2, 16, MALFORMED_DHCP_HARDWARE },
		{ "hardware address of no byte", 2, 0, MALFORMED_DHCP_HARDWARE },
		{ "hardware address of a group", 28, 0x45, MALFORMED_DHCP_HARDWARE },
		{ "cookie", 239, 0x64, MALFORMED_DHCP_COOKIE },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(headers); i++) {
		enum malformed_reason reason = MALFORMED_COUNT;
		struct observation_dhcp4 dhcp4;
		struct message_bytes bytes;

		MAKE(&bytes, 1, REQUEST END);
		bytes.byte[headers[i].at] = headers[i].value;
		if (decode(&bytes, &dhcp4, &reason) != -EBADMSG || reason != headers[i].reason)
			fail_msg("%s: reason %u", headers[i].name, (unsigned int)reason);
	}
}

static void refuses_every_cut_of_the_header(void **state)
{
	(void)state;
	for (size_t length = 0; length < HEADER; length++) {
		enum malformed_reason reason = MALFORMED_COUNT;
		struct observation_dhcp4 dhcp4;
		struct message_bytes bytes;

		MAKE(&bytes, 1, "");
		bytes.length = length;
		assert_int_equal(decode(&bytes, &dhcp4, &reason), -EBADMSG);
		assert_int_equal(reason, MALFORMED_DHCP_SHORT);
	}
}

static void expect_address(const struct address *address, uint8_t a, uint8_t b, uint8_t c, uint8_t d)
{
	const uint8_t bytes[4] = { a, b, c, d };
	const struct address expected = address_v4(bytes);

	assert_true(address_equal(address, &expected));
}

static void expect_octets(const struct octets *octets, const char *text)
{
	assert_int_equal(octets->length, strlen(text));
	assert_memory_equal(octets->byte, text, octets->length);
	assert_int_equal(octets->cut, 0);
}

static void fills_every_field(void **state)
{
	struct observation_dhcp4 dhcp4;
	enum malformed_reason reason;
	struct message_bytes bytes;

	(void)state;
	MAKE(&bytes, 2,
	     ACK "\x0c\x04"
	         "CT-2"
	         "\x32\x04\x0a\x14\x00\x09"
	         "\x33\x04\x00\x00\x0e\x10"
	         "\x36\x04\x0a\x14\x00\x01"
	         "\x37\x04\x01\x79\x03\x06"
	         "\x39\x02\x05\xdc"
	         "\x3c\x05"
	         "udhcp"
	         "\x3d\x03\x01"
	         "ab"
	         "\x51\x07\x00\x00\x00"
	         "ct-2"
	         "\x52\x03\x01\x01"
	         "p"
	         "\xa1\x09"
	         "https://m" END);
	memcpy(bytes.byte + 12, "\x0a\x14\x00\x02", 4);
	memcpy(bytes.byte + 16, "\x0a\x14\x00\x09", 4);
	memcpy(bytes.byte + 24, "\x0a\x14\x00\xfe", 4);
	assert_int_equal(decode(&bytes, &dhcp4, &reason), 1);
	assert_int_equal(dhcp4.message, DHCP4_ACK);
	assert_int_equal(dhcp4.from_server, 1);
	assert_int_equal(dhcp4.transaction, 0xdeadbeef);
	assert_memory_equal(dhcp4.client.byte, "\x44\x4b\x5d\x00\x00\x01", 6);
	expect_address(&dhcp4.client_address, 10, 20, 0, 2);
	expect_address(&dhcp4.your_address, 10, 20, 0, 9);
	expect_address(&dhcp4.relay_address, 10, 20, 0, 254);
	expect_address(&dhcp4.requested_address, 10, 20, 0, 9);
	expect_address(&dhcp4.server, 10, 20, 0, 1);
	assert_int_equal(dhcp4.lease_s, 3600);
	assert_int_equal(dhcp4.message_size_max, 1500);
	expect_octets(&dhcp4.host_name, "CT-2");
	expect_octets(&dhcp4.parameter_list, "\x01\x79\x03\x06");
	expect_octets(&dhcp4.vendor_class, "udhcp");
	expect_octets(&dhcp4.client_id, "\x01"
	                                "ab");
	expect_octets(&dhcp4.fqdn, "ct-2");
	expect_octets(&dhcp4.relay_info, "\x01\x01p");
	expect_octets(&dhcp4.mud_url, "https://m");
}

static void absent_fields_are_none(void **state)
{
	struct observation_dhcp4 dhcp4;
	enum malformed_reason reason;
	struct message_bytes bytes;

	(void)state;
	MAKE(&bytes, 1, REQUEST "\x32\x04\0\0\0\0" END);
	assert_int_equal(decode(&bytes, &dhcp4, &reason), 1);
	assert_int_equal(dhcp4.client_address.family, FAMILY_NONE);
	assert_int_equal(dhcp4.requested_address.family, FAMILY_NONE);
	assert_int_equal(dhcp4.server.family, FAMILY_NONE);
	assert_int_equal(dhcp4.lease_s, 0);
	assert_int_equal(dhcp4.host_name.length, 0);
}

/* RFC 3396 section 7: parts are joined in the order options field, file, sname. */
static void joins_parts_over_the_areas(void **state)
{
	struct observation_dhcp4 dhcp4;
	enum malformed_reason reason;
	struct message_bytes bytes;

	(void)state;
	MAKE(&bytes, 1,
	     "\x3c\x02"
	     "on"
	     "\x34\x01\x03" REQUEST "\x3c\x02"
	     "e-" END);
	memcpy(bytes.byte + FILE_OFFSET,
	       "\x3c\x03"
	       "two"
	       "\xff",
	       6);
	memcpy(bytes.byte + SNAME_OFFSET,
	       "\x3c\x06"
	       "-three"
	       "\x34\x01\x09\xff",
	       12); /* its option 52 is nothing */
	assert_int_equal(decode(&bytes, &dhcp4, &reason), 1);
	expect_octets(&dhcp4.vendor_class, "one-two-three");
}

static void reads_areas_only_where_overloaded(void **state)
{
	struct observation_dhcp4 dhcp4;
	enum malformed_reason reason = MALFORMED_COUNT;
	struct message_bytes bytes;

	(void)state;
	MAKE(&bytes, 1, REQUEST "\x34\x01\x02" END);
	memcpy(bytes.byte + FILE_OFFSET,
	       "\x0c\x01"
	       "f"
	       "\xff",
	       4);
	memcpy(bytes.byte + SNAME_OFFSET,
	       "\x0c\x01"
	       "s"
	       "\xff",
	       4);
	assert_int_equal(decode(&bytes, &dhcp4, &reason), 1);
	expect_octets(&dhcp4.host_name, "s");

	memset(bytes.byte + SNAME_OFFSET, 0, 64);
	memcpy(bytes.byte + SNAME_OFFSET + 62, "\x0c\x01", 2); /* would run over into file */
	assert_int_equal(decode(&bytes, &dhcp4, &reason), -EBADMSG);
	assert_int_equal(reason, MALFORMED_DHCP_OPTION_CUT);
}

static void cuts_what_is_longer_than_octets(void **state)
{
	struct observation_dhcp4 dhcp4;
	enum malformed_reason reason;
	struct message_bytes bytes;
	uint8_t options[3 + 2 * (2 + 200) + 1] = REQUEST;

	(void)state;
	for (size_t part = 0; part < 2; part++) {
		uint8_t *option = options + 3 + part * 202;

		option[0] = 61;
		option[1] = 200;
		memset(option + 2, part ? 'b' : 'a', 200);
	}
	options[sizeof(options) - 1] = 0xff;
	make(&bytes, 1, options, sizeof(options));
	assert_int_equal(decode(&bytes, &dhcp4, &reason), 1);
	assert_int_equal(dhcp4.client_id.length, OCTETS_MAX);
	assert_int_equal(dhcp4.client_id.cut, 1);
	assert_int_equal(dhcp4.client_id.byte[199], 'a');
	assert_int_equal(dhcp4.client_id.byte[254], 'b');
}

/* 257 bytes are not 1, whatever eight bits make of it. */
static void counts_fixed_options_without_wrapping(void **state)
{
	uint8_t options[2 + 255 + 2 + 2 + 1] = { 53, 255, 1 };
	struct observation_dhcp4 dhcp4;
	enum malformed_reason reason = MALFORMED_COUNT;
	struct message_bytes bytes;

	(void)state;
	memcpy(options + 2 + 255, "\x35\x02\x01\x01\xff", 5);
	make(&bytes, 1, options, sizeof(options));
	assert_int_equal(decode(&bytes, &dhcp4, &reason), -EBADMSG);
	assert_int_equal(reason, MALFORMED_DHCP_OPTION_LENGTH);
}

struct fqdn_vector {
	const char *options;
	size_t length;
	const char *name;
};

static void reads_names_of_option_81(void **state)
{
	static const struct fqdn_vector names[] = {
		{ OPTIONS(REQUEST "\x51\x08\x04\0\0\x02"
		                  "ct\x01"
		                  "x" END),
		  "ct.x" }, /* a partial name */
		{ OPTIONS(REQUEST "\x51\x09\x04\0\0\x02"
		                  "ct\x01"
		                  "x\x00" END),
		  "ct.x" },
		{ OPTIONS(REQUEST "\x51\x06\x04\0\0\x09"
		                  "ct" END),
		  "" },                                                  /* a label past the end */
		{ OPTIONS(REQUEST "\x51\x05\x04\0\0\xc0\x0c" END), "" }, /* compression is not allowed */
		{ OPTIONS(REQUEST "\x51\x03\x04\0\0" END), "" },
		{ OPTIONS(REQUEST "\x51\x07\x01\0\0"
		                  "ct.x" END),
		  "ct.x" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		struct observation_dhcp4 dhcp4;
		enum malformed_reason reason;
		struct message_bytes bytes;

		make(&bytes, 1, names[i].options, names[i].length);
		assert_int_equal(decode(&bytes, &dhcp4, &reason), 1);
		expect_octets(&dhcp4.fqdn, names[i].name);
	}
}

/* What binds nobody is told all the same: by a relay's lease query (RFC 4388), by BOOTP. */
static void tells_other_messages(void **state)
{
	static struct fields fields;
	enum malformed_reason reason = MALFORMED_COUNT;
	uint8_t bytes[300] = { 1, 1, 6 };
	struct mac relay = { { 0x44, 0x4b, 0x5d, 0, 0, 0xfe } }, client = { { 0 } };
	struct datagram datagram = { .bytes = bytes, .length = sizeof(bytes), .source = &relay };
	static const uint8_t query[] = { 0x63, 0x82, 0x53, 0x63, 53, 1, 10, 12, 1, 'a', 255 };
	struct field_value name;
	struct observation_dhcp4 dhcp4;

	(void)state;
	memcpy(bytes + 236, query, sizeof(query));
	assert_int_equal(dhcp4_decode(bytes, sizeof(bytes), &dhcp4, &reason), 0);
	fields_clear(&fields);
	assert_int_equal(dhcp4_decode_other(&datagram, &fields, &reason), 1);
	assert_int_equal(fields_number(&fields, FIELD_DHCP_MESSAGE, 0), 10);
	assert_int_equal(fields_number(&fields, FIELD_DHCP_OPERATION, 0), 1);
	assert_false(fields_find(&fields, FIELD_HOST_NAME, &name)); /* not the relay's */
	datagram.source = &client;
	fields_clear(&fields);
	assert_int_equal(dhcp4_decode_other(&datagram, &fields, &reason), 1);
	assert_true(fields_find(&fields, FIELD_HOST_NAME, &name));
	bytes[236] = 0; /* no cookie: the options are somebody else's */
	fields_clear(&fields);
	assert_int_equal(dhcp4_decode(bytes, sizeof(bytes), &dhcp4, &reason), -EBADMSG);
	assert_int_equal(dhcp4_decode_other(&datagram, &fields, &reason), 1);
	assert_int_equal(fields_number(&fields, FIELD_DHCP_MESSAGE, 0), 0);
	assert_int_equal(fields_number(&fields, FIELD_DHCP_OPERATION, 0), 1);
	datagram.length = 200;
	assert_int_equal(dhcp4_decode_other(&datagram, &fields, &reason), -EBADMSG);
	assert_int_equal(reason, MALFORMED_DHCP_SHORT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(decodes_vectors),
		cmocka_unit_test(refuses_headers),
		cmocka_unit_test(refuses_every_cut_of_the_header),
		cmocka_unit_test(fills_every_field),
		cmocka_unit_test(absent_fields_are_none),
		cmocka_unit_test(joins_parts_over_the_areas),
		cmocka_unit_test(reads_areas_only_where_overloaded),
		cmocka_unit_test(cuts_what_is_longer_than_octets),
		cmocka_unit_test(counts_fixed_options_without_wrapping),
		cmocka_unit_test(reads_names_of_option_81),
		cmocka_unit_test(tells_other_messages),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

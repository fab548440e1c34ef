/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "controller/sensor/decode/dicom.h"
#include "policy/base/memory.h"
#include "tests/unit/stream_test.h"

#define STORAGE  "1.2.840.10008.5.1.4.1.1."
#define EXPLICIT "1.2.840.10008.1.2.1"
#define IMPLICIT "1.2.840.10008.1.2"
#define WORKLIST "1.2.840.10008.5.1.4.31"
#define COMMIT   "1.2.840.10008.1.20.1"
#define CLIENT   false
#define SERVER   true

static size_t open_item(struct bytes *bytes, unsigned int type)
{
	put8(bytes, type);
	put8(bytes, 0);
	put_be16(bytes, 0);
	return bytes->length;
}

static void close_item(struct bytes *bytes, size_t from)
{
	set_be16(bytes, from - 2, bytes->length - from);
}

static void put_item(struct bytes *bytes, unsigned int type, const char *text)
{
	size_t from = open_item(bytes, type);

	put_text(bytes, text);
	close_item(bytes, from);
}

static void put_head(struct bytes *bytes, unsigned int type, const char *called, const char *calling)
{
	char titles[33];

	bytes->length = 0;
	put8(bytes, type);
	put_zeros(bytes, 5);
	put_be16(bytes, 1);
	put_zeros(bytes, 2);
	snprintf(titles, sizeof(titles), "%-16s%-16s", called, calling);
	put_text(bytes, titles);
	put_zeros(bytes, 32);
	put_item(bytes, 0x10, "1.2.840.10008.3.1.1.1");
}

static void put_context(struct bytes *bytes, const char *abstract, const char *first, const char *second)
{
	size_t from = open_item(bytes, 0x20);

	put_be32(bytes, 0x01000000);
	put_item(bytes, 0x30, abstract);
	put_item(bytes, 0x40, first);
	if (second)
		put_item(bytes, 0x40, second);
	close_item(bytes, from);
}

static void put_result(struct bytes *bytes, unsigned int result, const char *transfer)
{
	size_t from = open_item(bytes, 0x21);

	put_be16(bytes, 0x0100);
	put_be16(bytes, result << 8);
	put_item(bytes, 0x40, transfer);
	close_item(bytes, from);
}

static void put_role(struct bytes *bytes, const char *uid, unsigned int user, unsigned int provider)
{
	size_t from = open_item(bytes, 0x54);

	put_be16(bytes, strlen(uid));
	put_text(bytes, uid);
	put8(bytes, user);
	put8(bytes, provider);
	close_item(bytes, from);
}

static size_t open_user(struct bytes *bytes, const char *implementation, const char *version)
{
	size_t from = open_item(bytes, 0x50);

	put_be32(bytes, 0x51000004);
	put_be32(bytes, 16384);
	put_item(bytes, 0x52, implementation);
	if (version)
		put_item(bytes, 0x55, version);
	return from;
}

static void finish(struct bytes *bytes)
{
	set_be16(bytes, 2, (bytes->length - 6) >> 16);
	set_be16(bytes, 4, bytes->length - 6);
}

static void put_user(struct bytes *bytes, const char *implementation, const char *version)
{
	close_item(bytes, open_user(bytes, implementation, version));
	finish(bytes);
}

static void scanner_request(struct bytes *bytes)
{
	put_head(bytes, 1, "ARCHIVE", "CT_EAST");
	put_context(bytes, STORAGE "2", EXPLICIT, IMPLICIT);
	put_context(bytes, COMMIT, IMPLICIT, NULL);
	put_user(bytes, "1.2.3.4.5", "SCAN 7.1");
}

static void test_request(void **state)
{
	struct connection connection = { 0 };
	struct bytes bytes;

	(void)state;
	scanner_request(&bytes);
	for (size_t cut = 0; cut < bytes.length; cut++)
		assert_int_equal(give(&connection, dicom_decode, CLIENT, bytes.byte, cut), -EAGAIN);
	put_text(&bytes, "more");
	assert_int_equal(give(&connection, dicom_decode, CLIENT, bytes.byte, bytes.length), 1);
	assert_int_equal(connection.taken, bytes.length - 4);
	assert_string_equal(shown(&connection, FIELD_DICOM_PDU), "1");
	assert_string_equal(shown(&connection, FIELD_DICOM_CALLING), "CT_EAST");
	assert_string_equal(shown(&connection, FIELD_DICOM_CALLING_ECHO), "");
	assert_string_equal(shown(&connection, FIELD_DICOM_CALLED), "ARCHIVE");
	assert_string_equal(shown(&connection, FIELD_DICOM_IMPLEMENTATION), "1.2.3.4.5");
	assert_string_equal(shown(&connection, FIELD_DICOM_VERSION), "SCAN 7.1");
	assert_string_equal(shown(&connection, FIELD_DICOM_LENGTH_MAX), "16384");
	assert_string_equal(shown(&connection, FIELD_DICOM_CONTEXT), STORAGE "2 " COMMIT);
	assert_string_equal(shown(&connection, FIELD_DICOM_TRANSFER), EXPLICIT " " IMPLICIT " " IMPLICIT);
	assert_string_equal(shown(&connection, FIELD_DICOM_RESULT), "");
	assert_string_equal(shown(&connection, FIELD_DICOM_ROLE), "stores ct commits storage");
}

static void test_answer(void **state)
{
	struct connection connection = { 0 };
	struct bytes bytes;

	(void)state;
	scanner_request(&bytes);
	assert_int_equal(give(&connection, dicom_decode, CLIENT, bytes.byte, bytes.length), 1);
	put_head(&bytes, 2, "ARCHIVE", "CT_EAST");
	put_result(&bytes, 0, EXPLICIT);
	put_result(&bytes, 0, IMPLICIT);
	put_user(&bytes, "1.2.3.9", NULL);
	assert_int_equal(give(&connection, dicom_decode, SERVER, bytes.byte, bytes.length), 1);
	/* the caller's title is none of the server's */
	assert_string_equal(shown(&connection, FIELD_DICOM_CALLING), "");
	assert_string_equal(shown(&connection, FIELD_DICOM_CALLING_ECHO), "CT_EAST");
	assert_string_equal(shown(&connection, FIELD_DICOM_VERSION), "");
	assert_string_equal(shown(&connection, FIELD_DICOM_RESULT), "0 0");
	assert_string_equal(shown(&connection, FIELD_DICOM_TRANSFER), EXPLICIT " " IMPLICIT);
	assert_string_equal(shown(&connection, FIELD_DICOM_ROLE), "accepts storage confirms storage");
}

static void test_answer_that_refuses(void **state)
{
	static const struct {
		unsigned int first, second;
		const char *role;
	} answers[] = { { 0, 4, "" }, { 4, 0, "" }, { 4, 4, "" }, { 0, 0, "accepts storage confirms storage" } };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(answers); i++) {
		struct connection connection = { 0 };
		struct bytes bytes;

		scanner_request(&bytes);
		assert_int_equal(give(&connection, dicom_decode, CLIENT, bytes.byte, bytes.length), 1);
		put_head(&bytes, 2, "ARCHIVE", "CT_EAST");
		put_result(&bytes, answers[i].first, EXPLICIT);
		put_result(&bytes, answers[i].second, IMPLICIT);
		put_user(&bytes, "1.2.3.9", NULL);
		assert_int_equal(give(&connection, dicom_decode, SERVER, bytes.byte, bytes.length), 1);
		assert_string_equal(shown(&connection, FIELD_DICOM_ROLE), answers[i].role);
	}
}

/* An answer whose request was not seen says nothing of what was accepted. */
static void test_answer_alone(void **state)
{
	struct connection connection = { 0 };
	struct bytes bytes;

	(void)state;
	put_head(&bytes, 2, "ARCHIVE", "CT_EAST");
	put_result(&bytes, 0, EXPLICIT);
	put_user(&bytes, "1.2.3.9", NULL);
	assert_int_equal(give(&connection, dicom_decode, SERVER, bytes.byte, bytes.length), 1);
	assert_string_equal(shown(&connection, FIELD_DICOM_IMPLEMENTATION), "1.2.3.9");
	assert_string_equal(shown(&connection, FIELD_DICOM_ROLE), "");
}

static void test_roles(void **state)
{
	static const struct {
		const char *contexts[5];
		const char *role;
	} requests[] = {
		{ { STORAGE "4" }, "stores mr" },
		{ { STORAGE "4.1", STORAGE "7" }, "stores mr stores captures" },
		{ { STORAGE "6.1", STORAGE "3.1", STORAGE "88.33" }, "stores us stores reports" },
		{ { STORAGE "20", STORAGE "2" }, "stores ct stores nm" },
		{ { STORAGE "128", STORAGE "4" }, "stores mr stores pet" },
		{ { STORAGE "1.2", STORAGE "13.1.3" }, "stores mammo" },
		{ { STORAGE "1.1", STORAGE "1" }, "stores xr" },
		{ { STORAGE "12.1", STORAGE "13.1.1" }, "stores angio" },
		{ { STORAGE "9.1.1" }, "stores ecg" },
		{ { STORAGE "66" }, "stores objects" },
		{ { STORAGE "2", STORAGE "4" }, "stores many" },
		{ { STORAGE "6.1", STORAGE "2", WORKLIST }, "stores many queries worklist" },
		{ { STORAGE "2", STORAGE "1", STORAGE "12.1", STORAGE "77.1.1" }, "stores many" },
		{ { WORKLIST, "1.2.840.10008.3.1.2.3.3" }, "queries worklist performs steps" },
		{ { "1.2.840.10008.5.1.4.1.2.2.1", "1.2.840.10008.5.1.4.1.2.2.2" },
		  "queries archive moves from archive" },
		{ { "1.2.840.10008.5.1.4.1.2.1.3" }, "gets from archive" },
		{ { "1.2.840.10008.5.1.1.9" }, "prints" },
		{ { "1.2.840.10008.1.1" }, "verifies" },
		{ { "1.2.840.10008.5.1.4.1.1" }, "stores objects" },
		{ { "1.2.840.10008.5.1.4.1.11" }, "" },
		{ { "1.2.840.100080.1.1" }, "" },
		{ { "1.2.840.10008." }, "" },
		{ { "1.3.12.2.1107.5.9.1" }, "" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(requests); i++) {
		struct connection connection = { 0 };
		struct bytes bytes;

		put_head(&bytes, 1, "A", "B");
		for (size_t k = 0; k < 5 && requests[i].contexts[k]; k++)
			put_context(&bytes, requests[i].contexts[k], IMPLICIT, NULL);
		put_user(&bytes, "1.2", NULL);
		assert_int_equal(give(&connection, dicom_decode, CLIENT, bytes.byte, bytes.length), 1);
		assert_string_equal(shown(&connection, FIELD_DICOM_ROLE), requests[i].role);
	}
}

/* An archive that comes back to confirm is the provider of storage commitment; one that fetches stores nothing. */
static void test_role_selection(void **state)
{
	struct connection connection = { 0 };
	struct bytes bytes;
	size_t user;

	(void)state;
	put_head(&bytes, 1, "CT_EAST", "ARCHIVE");
	put_context(&bytes, COMMIT, IMPLICIT, NULL);
	put_context(&bytes, STORAGE "2", IMPLICIT, NULL);
	put_context(&bytes, STORAGE "20", IMPLICIT, NULL);
	user = open_user(&bytes, "1.2.3.9", NULL);
	put_role(&bytes, COMMIT, 0, 1);
	put_role(&bytes, STORAGE "2", 0, 1);
	put_role(&bytes, STORAGE "20", 1, 1);
	close_item(&bytes, user);
	finish(&bytes);
	assert_int_equal(give(&connection, dicom_decode, CLIENT, bytes.byte, bytes.length), 1);
	assert_string_equal(shown(&connection, FIELD_DICOM_ROLE), "stores nm confirms storage");
}

static void test_passcode(void **state)
{
	struct connection connection = { 0 };
	struct bytes bytes;
	struct field_value value;
	size_t user, identity;

	(void)state;
	put_head(&bytes, 1, "A", "B");
	user = open_user(&bytes, "1.2.3.9", NULL);
	identity = open_item(&bytes, 0x58);
	put_be16(&bytes, 0x0200);
	put_be16(&bytes, 6);
	put_text(&bytes, "warden");
	put_be16(&bytes, 6);
	put_text(&bytes, "sesame");
	close_item(&bytes, identity);
	close_item(&bytes, user);
	finish(&bytes);
	assert_int_equal(give(&connection, dicom_decode, CLIENT, bytes.byte, bytes.length), 1);
	assert_string_equal(shown(&connection, FIELD_CREDENTIALS), "dicom");
	for (size_t at = 0; fields_next(&connection.fields, &at, &value);)
		assert_null(memmem(value.bytes, value.length, "warden", 6)
		                    ?: memmem(value.bytes, value.length, "sesame", 6));
}

/* Titles and UIDs without their padding. */
static void test_padding(void **state)
{
	struct connection connection = { 0 };
	struct bytes bytes;
	size_t user, item;

	(void)state;
	put_head(&bytes, 1, "  A  ", "");
	user = open_item(&bytes, 0x50);
	item = open_item(&bytes, 0x52);
	put(&bytes, "1.2.3\0", 6);
	close_item(&bytes, item);
	close_item(&bytes, user);
	finish(&bytes);
	memset(bytes.byte + 26, 0, 16);
	assert_int_equal(give(&connection, dicom_decode, CLIENT, bytes.byte, bytes.length), 1);
	assert_string_equal(shown(&connection, FIELD_DICOM_CALLED), "A");
	assert_string_equal(shown(&connection, FIELD_DICOM_CALLING), "");
	assert_string_equal(shown(&connection, FIELD_DICOM_IMPLEMENTATION), "1.2.3");
}

/* More contexts than fields hold come in parts that miss none; with ${each} transfer syntaxes a context. */
static void check_parts(size_t contexts, size_t each, const char *role)
{
	struct connection connection = { 0 };
	struct bytes bytes;
	size_t at = 0, parts = 0, seen = 0, transfers = 0, names = 0;
	char roles[64] = "";
	char uid[64];

	put_head(&bytes, 1, "ARCHIVE", "GATEWAY");
	for (size_t i = 0; i < contexts; i++) {
		size_t from = open_item(&bytes, 0x20);

		put_be32(&bytes, 0x01000000);
		snprintf(uid, sizeof(uid), STORAGE "%zu.%zu", i % 13 + 1, i);
		put_item(&bytes, 0x30, uid);
		for (size_t k = 0; k < each; k++)
			put_item(&bytes, 0x40, EXPLICIT);
		close_item(&bytes, from);
	}
	put_user(&bytes, "1.2.3.4.5", "GATE 1");
	while (at < bytes.length) {
		size_t left = bytes.length - at;
		struct field_value value;

		int result = give(&connection, dicom_decode, CLIENT, bytes.byte + at,
		                  left < STREAM_BYTES_MAX ? left : STREAM_BYTES_MAX);

		assert_true(result == 1 || result == STREAM_MORE);
		assert_true(connection.taken > 0 && connection.taken <= left);
		assert_int_equal(connection.fields.cut, 0);
		if (parts == 0)
			snprintf(roles, sizeof(roles), "%s", shown(&connection, FIELD_DICOM_ROLE));
		for (size_t walk = 0; fields_next(&connection.fields, &walk, &value);) {
			if (value.field == FIELD_DICOM_CONTEXT) {
				snprintf(uid, sizeof(uid), STORAGE "%zu.%zu", seen % 13 + 1, seen);
				assert_int_equal(value.length, strlen(uid));
				assert_memory_equal(value.bytes, uid, value.length);
				seen++;
			}
			transfers += value.field == FIELD_DICOM_TRANSFER;
			names += value.field == FIELD_DICOM_VERSION;
		}
		if (result == 1)
			at += connection.taken;
		else
			assert_int_equal(connection.taken, bytes.length); /* all parts stand where the message ends */
		parts++;
	}
	assert_true(parts > 1);
	assert_int_equal(seen, contexts);
	assert_int_equal(transfers, contexts * each);
	assert_int_equal(names, 1);
	assert_string_equal(roles, role);
	/* and what follows is a PDU of its own */
	assert_int_equal(give(&connection, dicom_decode, CLIENT, "\x04\0\0\1\0\0more", 10), 1);
	assert_int_equal(connection.taken, 65542);
	assert_int_equal(connection.fields.length, 0);
}

static void test_parts(void **state)
{
	(void)state;
	check_parts(128, 2, "stores many");
	check_parts(100, 20, "stores many"); /* more than is gathered of a stream */
}

/* What is no association is refused at once, whatever it is; what could be one is waited for. */
static void test_not_dicom(void **state)
{
	static const struct {
		const char *bytes;
		size_t length;
		int result;
	} heads[] = {
		{ "", 0, -EAGAIN },
		{ "\x01", 1, -EAGAIN },
		{ "\x01\x00\x00\x00\x00\xcd\x00", 7, -EAGAIN },
		{ "\x16\x03\x01", 3, 0 },
		{ "GET /", 5, 0 },
		{ "\x01\x00\x10", 3, 0 },
		{ "\x01\x00\x00\x00\x00\xcd\x00\x02", 8, 0 },
		{ "\x04\x00\x00\x00\x00\x10", 6, 0 },
		{ "\x03", 1, -EAGAIN },
		{ "\x03\x00\x00\x00\x00\x04\x00", 7, -EAGAIN },
		{ "\x03\x00\x00\x13\x0e", 5, 0 }, /* TPKT */
		{ "\x03\x00\x00\x00\x00\x04\x01\x01\x01\x01", 10, 0 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(heads); i++) {
		struct connection connection = { 0 };

		assert_int_equal(give(&connection, dicom_decode, CLIENT, heads[i].bytes, heads[i].length),
		                 heads[i].result);
	}
}

/* A rejection and an abort are passed over, and so is all that comes after an association. */
static void test_passed_over(void **state)
{
	struct connection connection = { 0 };

	(void)state;
	assert_int_equal(give(&connection, dicom_decode, SERVER, "\x03\0\0\0\0\4\0\1\1\7", 10), 1);
	assert_int_equal(connection.taken, 10);
	assert_int_equal(connection.fields.length, 0);
	memset(&connection, 0, sizeof(connection));
	assert_int_equal(give(&connection, dicom_decode, SERVER, "\x07\0\0\0\0\4\0\0\2\0", 10), 1);
	assert_int_equal(connection.taken, 10);
	assert_int_equal(connection.fields.length, 0);
}

static void test_malformed(void **state)
{
	struct bytes bytes;
	struct connection connection = { 0 };

	(void)state;
	scanner_request(&bytes);
	set_be16(&bytes, bytes.length - 10, 400); /* the version's item runs past the PDU */
	assert_int_equal(give(&connection, dicom_decode, CLIENT, bytes.byte, bytes.length), -EBADMSG);
	assert_int_equal(connection.reason, MALFORMED_DICOM);
	assert_int_equal(connection.memory[0], 0);
	assert_int_equal(connection.fields.length, 0);
	scanner_request(&bytes);
	set_be16(&bytes, 74 + 2, 60000); /* the first item */
	assert_int_equal(give(&connection, dicom_decode, CLIENT, bytes.byte, bytes.length), -EBADMSG);
	scanner_request(&bytes);
	set_be16(&bytes, 4, 10); /* a PDU too short for titles */
	assert_int_equal(give(&connection, dicom_decode, CLIENT, bytes.byte, bytes.length), -EBADMSG);
	assert_int_equal(connection.reason, MALFORMED_DICOM);
	scanner_request(&bytes);
	bytes.byte[30] = '\n';
	assert_int_equal(give(&connection, dicom_decode, CLIENT, bytes.byte, bytes.length), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_request),
		cmocka_unit_test(test_answer),
		cmocka_unit_test(test_answer_that_refuses),
		cmocka_unit_test(test_answer_alone),
		cmocka_unit_test(test_roles),
		cmocka_unit_test(test_role_selection),
		cmocka_unit_test(test_passcode),
		cmocka_unit_test(test_padding),
		cmocka_unit_test(test_parts),
		cmocka_unit_test(test_not_dicom),
		cmocka_unit_test(test_passed_over),
		cmocka_unit_test(test_malformed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

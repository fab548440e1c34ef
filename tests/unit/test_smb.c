/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "controller/sensor/decode/smb.h"
#include "policy/base/memory.h"
#include "tests/unit/ntlm_messages.h"

#define CLIENT       false
#define SERVER       true
#define UNICODE      0x8000
#define NEGOTIATE    0x72
#define SETUP        0x73
#define TREE_CONNECT 0x75

static void put_frame(struct bytes *bytes)
{
	bytes->length = 0;
	put_be32(bytes, 0);
}

static void close_frame(struct bytes *bytes)
{
	set_be16(bytes, 2, bytes->length - 4);
}

/* An SMB1 message of ${words} at ${parameters} and then ${data}. */
static void put_smb1(struct bytes *bytes, unsigned int command, bool is_reply, unsigned int flags,
                     const struct bytes *parameters, const struct bytes *data)
{
	put_frame(bytes);
	put_text(bytes, "\xffSMB");
	put8(bytes, command);
	put_zeros(bytes, 4);
	put8(bytes, is_reply ? 0x80 : 0);
	put_le16(bytes, flags);
	put_zeros(bytes, 20);
	put8(bytes, (unsigned int)parameters->length / 2);
	put(bytes, parameters->byte, parameters->length);
	put_le16(bytes, data->length);
	put(bytes, data->byte, data->length);
	close_frame(bytes);
}

static void put_smb2(struct bytes *bytes, unsigned int command, bool is_reply)
{
	put_frame(bytes);
	put_text(bytes, "\xfeSMB");
	put_le16(bytes, 64);
	put_zeros(bytes, 6);
	put_le16(bytes, command);
	put_le16(bytes, 1);
	put_le32(bytes, is_reply);
	put_zeros(bytes, 44);
}

/* Every cut of a message that is read needs more; the whole is taken. */
static void take(struct connection *connection, bool from_server, const struct bytes *bytes)
{
	for (size_t cut = 0; cut < bytes->length; cut++)
		assert_int_equal(give(connection, smb_decode, from_server, bytes->byte, cut), -EAGAIN);
	assert_int_equal(give(connection, smb_decode, from_server, bytes->byte, bytes->length), 1);
	assert_int_equal(connection->taken, bytes->length);
}

static void test_negotiate_1(void **state)
{
	static const char only_1[] = "\2PC NETWORK PROGRAM 1.0\0\2NT LM 0.12";
	static const char both[] = "\2NT LM 0.12\0\2SMB 2.002\0\2SMB 2.???";
	struct connection connection = { 0 };
	struct bytes none = { .length = 0 }, data = { .length = 0 }, bytes;

	(void)state;
	put(&data, only_1, sizeof(only_1));
	put_smb1(&bytes, NEGOTIATE, false, UNICODE, &none, &data);
	take(&connection, CLIENT, &bytes);
	assert_string_equal(shown(&connection, FIELD_SMB_RESPONSE), "0");
	assert_string_equal(shown(&connection, FIELD_SMB_DIALECT), "PC NETWORK PROGRAM 1.0 NT LM 0.12");
	assert_string_equal(shown(&connection, FIELD_SMB_BEST_DIALECT), "smb1");
	data.length = 0;
	put(&data, both, sizeof(both));
	put_smb1(&bytes, NEGOTIATE, false, UNICODE, &none, &data);
	take(&connection, CLIENT, &bytes);
	assert_string_equal(shown(&connection, FIELD_SMB_DIALECT), "NT LM 0.12 SMB 2.002 SMB 2.???");
	assert_string_equal(shown(&connection, FIELD_SMB_BEST_DIALECT), ""); /* how good its SMB 2 is, is told next */
}

static void test_negotiate_1_reply(void **state)
{
	struct connection connection = { 0 };
	struct bytes parameters = { .length = 0 }, data = { .length = 0 }, bytes;

	(void)state;
	put_le16(&parameters, 1);
	put_zeros(&parameters, 32);
	put_zeros(&data, 16);
	put_smb1(&bytes, NEGOTIATE, true, UNICODE, &parameters, &data);
	take(&connection, SERVER, &bytes);
	assert_string_equal(shown(&connection, FIELD_SMB_RESPONSE), "1");
	assert_string_equal(shown(&connection, FIELD_SMB_BEST_DIALECT), "smb1");
	parameters.length = 0;
	put_le16(&parameters, 0xffff); /* none of them */
	put_smb1(&bytes, NEGOTIATE, true, UNICODE, &parameters, &data);
	take(&connection, SERVER, &bytes);
	assert_string_equal(shown(&connection, FIELD_SMB_BEST_DIALECT), "");
}

/* The forms of a session setup, by their count of words. */
static void check_setup(bool is_reply, size_t words, size_t secret_at, size_t strings_before, bool is_unicode)
{
	struct connection connection = { 0 };
	struct bytes parameters = { .length = 0 }, data = { .length = 0 }, token = { .length = 0 }, bytes;
	bool has_token = words == 12 || words == 4;

	put_ntlm_negotiate(&token, "DESK-7");
	put_zeros(&parameters, 2 * words);
	if (has_token)
		put(&data, token.byte, token.length);
	else if (secret_at)
		put_text(&data, "SECRET!!");
	if (secret_at) {
		parameters.byte[secret_at] = (uint8_t)data.length;
		parameters.byte[secret_at + 1] = (uint8_t)(data.length >> 8);
	}
	if (is_unicode && (4 + 32 + 1 + parameters.length + 2 + data.length) % 2 != 0)
		put8(&data,
		     0); /* strings begin at an even offset from the header: the frame's four bytes do not matter */
	for (size_t i = 0; i < strings_before; i++) {
		if (is_unicode) {
			put_wide(&data, "warden");
			put_le16(&data, 0);
		} else {
			put(&data, "warden", 7);
		}
	}
	if (is_unicode) {
		put_wide(&data, "Windows 10 19045");
		put_le16(&data, 0);
		put_wide(&data, "Windows 10 6.3");
		put_le16(&data, 0);
	} else {
		put(&data, "Windows 10 19045", 17);
		put(&data, "Windows 10 6.3", 15);
	}
	put_smb1(&bytes, SETUP, is_reply, is_unicode ? UNICODE : 0, &parameters, &data);
	take(&connection, is_reply, &bytes);
	assert_string_equal(shown(&connection, FIELD_SMB_RESPONSE), is_reply ? "1" : "0");
	assert_string_equal(shown(&connection, FIELD_SMB_SYSTEM), "Windows 10 19045");
	assert_string_equal(shown(&connection, FIELD_SMB_LAN_MANAGER), "Windows 10 6.3");
	assert_string_equal(shown(&connection, FIELD_NTLM_WORKSTATION), has_token ? "DESK-7" : "");
	assert_false(is_told(&connection, "warden"));
	assert_false(is_told(&connection, "SECRET"));
}

static void test_setup_1(void **state)
{
	(void)state;
	for (unsigned int unicode = 0; unicode < 2; unicode++) {
		check_setup(false, 12, 14, 0, unicode);
		check_setup(false, 13, 14, 2, unicode); /* the old secret */
		check_setup(false, 13, 16, 2, unicode); /* the new one */
		check_setup(false, 10, 14, 2, unicode);
		check_setup(true, 4, 6, 0, unicode);
		check_setup(true, 3, 0, 0, unicode);
	}
}

static void test_setup_1_secret_too_long(void **state)
{
	struct connection connection = { 0 };
	struct bytes parameters = { .length = 0 }, data = { .length = 0 }, bytes;

	(void)state;
	put_zeros(&parameters, 24);
	parameters.byte[14] = 200;
	put_text(&data, "Windows");
	put_smb1(&bytes, SETUP, false, 0, &parameters, &data);
	take(&connection, CLIENT, &bytes);
	assert_int_equal(connection.fields.length, 0);
}

static void put_dialects(struct bytes *bytes, const unsigned int *dialects, size_t count)
{
	put_smb2(bytes, 0, false);
	put_le16(bytes, 36);
	put_le16(bytes, count);
	put_zeros(bytes, 32);
	for (size_t i = 0; i < count; i++)
		put_le16(bytes, dialects[i]);
	close_frame(bytes);
}

static void test_negotiate_2(void **state)
{
	static const unsigned int some[] = { 0x0202, 0x0311, 0x0210, 0x0fff };
	static const struct {
		unsigned int dialect;
		const char *best;
	} chosen[] = { { 0x0202, "2.0.2" }, { 0x0210, "2.1" },   { 0x0300, "3.0" },
		       { 0x0302, "3.0.2" }, { 0x0311, "3.1.1" }, { 0x02ff, "" } };
	struct connection connection = { 0 };
	struct bytes bytes;

	(void)state;
	put_dialects(&bytes, some, ARRAY_SIZE(some));
	take(&connection, CLIENT, &bytes);
	assert_string_equal(shown(&connection, FIELD_SMB2_RESPONSE), "0");
	assert_string_equal(shown(&connection, FIELD_SMB2_DIALECT), "514,785,528,4095");
	assert_string_equal(shown(&connection, FIELD_SMB_BEST_DIALECT), "3.1.1");
	for (size_t i = 0; i < ARRAY_SIZE(chosen); i++) {
		put_smb2(&bytes, 0, true);
		put_le16(&bytes, 65);
		put_le16(&bytes, 1);
		put_le16(&bytes, chosen[i].dialect);
		put_zeros(&bytes, 59);
		close_frame(&bytes);
		take(&connection, SERVER, &bytes);
		assert_string_equal(shown(&connection, FIELD_SMB2_RESPONSE), "1");
		assert_string_equal(shown(&connection, FIELD_SMB_BEST_DIALECT), chosen[i].best);
	}
}

/* More dialects than there are bytes for, and more than are told. */
static void test_dialects_are_bounded(void **state)
{
	unsigned int many[SMB_DIALECTS_MAX + 1];
	struct connection connection = { 0 };
	struct field_value value;
	struct bytes bytes;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(many); i++)
		many[i] = 0x0202;
	put_dialects(&bytes, many, ARRAY_SIZE(many));
	take(&connection, CLIENT, &bytes);
	assert_true(fields_find(&connection.fields, FIELD_SMB2_DIALECT, &value));
	assert_int_equal(value.length, 2 * SMB_DIALECTS_MAX);
	put_dialects(&bytes, many, 2);
	bytes.byte[4 + 64 + 2] = 200;
	take(&connection, CLIENT, &bytes);
	assert_string_equal(shown(&connection, FIELD_SMB2_DIALECT), "514,514");
}

static void put_setup_2(struct bytes *bytes, bool is_reply, const struct bytes *token, size_t offset)
{
	put_smb2(bytes, 1, is_reply);
	put_zeros(bytes, is_reply ? 4 : 12);
	put_le16(bytes, offset);
	put_le16(bytes, token->length);
	put_zeros(bytes, is_reply ? 0 : 8);
	put(bytes, token->byte, token->length);
	close_frame(bytes);
}

static void test_setup_2(void **state)
{
	struct connection connection = { 0 };
	struct bytes token = { .length = 0 }, bytes;

	(void)state;
	put_ntlm_authenticate(&token, "WARD", "DESK-7");
	put_setup_2(&bytes, false, &token, 88);
	take(&connection, CLIENT, &bytes);
	assert_string_equal(shown(&connection, FIELD_SMB2_RESPONSE), "0");
	assert_string_equal(shown(&connection, FIELD_NTLM_HOST), "DESK-7");
	assert_false(is_told(&connection, "warden"));
	token.length = 0;
	put_ntlm_challenge(&token, "WARD", "FILES", "files.ward.test");
	put_setup_2(&bytes, true, &token, 72);
	take(&connection, SERVER, &bytes);
	assert_string_equal(shown(&connection, FIELD_SMB2_RESPONSE), "1");
	assert_string_equal(shown(&connection, FIELD_NTLM_COMPUTER), "FILES");
	token.length = 0;
	put_text(&token, "a ticket of Kerberos");
	put_setup_2(&bytes, true, &token, 72);
	take(&connection, SERVER, &bytes);
	assert_int_equal(connection.fields.length, 0);
	put_setup_2(&bytes, true, &token, 73); /* its last byte behind the message */
	assert_int_equal(give(&connection, smb_decode, SERVER, bytes.byte, bytes.length), -EBADMSG);
	assert_int_equal(connection.reason, MALFORMED_SMB);
}

/* Of a NetBIOS session's request the caller's name is its own; the answer and keep-alives are passed over. */
static void test_session_request(void **state)
{
	struct connection connection = { 0 };
	struct bytes bytes = { .length = 0 };

	(void)state;
	put_be32(&bytes, 0x81000044);
	put(&bytes, " EGEJEMEFFDCACACACACACACACACACACA", 34);
	put(&bytes, " EEEFFDELCNDHCACACACACACACACACAAA", 34);
	take(&connection, CLIENT, &bytes);
	assert_string_equal(shown(&connection, FIELD_NETBIOS_NAME), "DESK-7");
	assert_int_equal(give(&connection, smb_decode, SERVER, "\x82\0\0\0", 4), 1);
	assert_int_equal(connection.taken, 4);
	assert_int_equal(connection.fields.length, 0);
	assert_int_equal(give(&connection, smb_decode, CLIENT, "\x85\0\0\0", 4), 1);
	assert_int_equal(connection.taken, 4);
}

/* What is not read is not gathered either: a write of a megabyte is passed over by its header. */
static void test_passed_over(void **state)
{
	struct connection connection = { 0 };
	struct bytes bytes;

	(void)state;
	put_smb2(&bytes, 9, false);
	set_be16(&bytes, 0, 0x0010);
	assert_int_equal(give(&connection, smb_decode, CLIENT, bytes.byte, 30), 1);
	assert_int_equal(connection.taken, 0x100000 + 4);
	assert_int_equal(connection.fields.length, 0);
}

static void test_not_smb(void **state)
{
	static const struct {
		const char *bytes;
		size_t length;
		int result;
	} heads[] = {
		{ "", 0, -EAGAIN },
		{ "\0\0\0", 3, -EAGAIN },
		{ "\0\0\0\x40", 4, -EAGAIN },
		{ "\0\0\0\x40\x6a", 5, 0 }, /* Kerberos over TCP */
		{ "\0\0\0\x40\xffSMC", 8, 0 },
		{ "\x16\x03\x01", 3, 0 },
		{ "\x81\0\0\x45", 4, 0 },
		{ "\x82\0\0\1", 4, 0 },
		{ "\x85\0\0\0", 4, 0 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(heads); i++) {
		struct connection connection = { 0 };

		assert_int_equal(give(&connection, smb_decode, CLIENT, heads[i].bytes, heads[i].length),
		                 heads[i].result);
	}
}

static void test_malformed(void **state)
{
	struct connection connection = { 0 };
	struct bytes parameters = { .length = 0 }, data = { .length = 0 }, bytes;

	(void)state;
	put_smb1(&bytes, NEGOTIATE, false, 0, &parameters, &data);
	bytes.byte[4 + 32] = 40; /* words past the message */
	assert_int_equal(give(&connection, smb_decode, CLIENT, bytes.byte, bytes.length), -EBADMSG);
	assert_int_equal(connection.reason, MALFORMED_SMB);
	assert_int_equal(connection.fields.length, 0);
	put_smb2(&bytes, 0, false);
	close_frame(&bytes);
	assert_int_equal(give(&connection, smb_decode, CLIENT, bytes.byte, bytes.length), -EBADMSG);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_negotiate_1), cmocka_unit_test(test_negotiate_1_reply),
		cmocka_unit_test(test_setup_1),     cmocka_unit_test(test_setup_1_secret_too_long),
		cmocka_unit_test(test_negotiate_2), cmocka_unit_test(test_dialects_are_bounded),
		cmocka_unit_test(test_setup_2),     cmocka_unit_test(test_session_request),
		cmocka_unit_test(test_passed_over), cmocka_unit_test(test_not_smb),
		cmocka_unit_test(test_malformed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "controller/sensor/decode/banner.h"
#include "controller/sensor/decode/socks.h"
#include "policy/base/memory.h"
#include "tests/unit/stream_test.h"

#define CLIENT false
#define SERVER true

static int say(struct connection *connection, stream_decode *decode, bool side, const char *text)
{
	return give(connection, decode, side, text, strlen(text));
}

static void reads_ftp(void **state)
{
	struct connection connection = { 0 };

	(void)state;
	assert_int_equal(say(&connection, ftp_decode, SERVER, "220-Ward FTP"), -EAGAIN);
	assert_int_equal(say(&connection, ftp_decode, SERVER, "220-Ward FTP\r\n220-of the\r\n220 printer.\r\n"), 1);
	assert_string_equal(shown(&connection, FIELD_FTP_BANNER), "Ward FTP of the printer.");
	assert_int_equal(say(&connection, ftp_decode, CLIENT, "USER a\r\nPASS sesame\r\n"), 1);
	assert_int_equal(connection.taken, 8);
	assert_int_equal(connection.fields.length, 0);
	assert_int_equal(say(&connection, ftp_decode, CLIENT, "PASS sesame\r\n"), 1);
	assert_string_equal(shown(&connection, FIELD_CREDENTIALS), "ftp");
	assert_null(memmem(connection.fields.byte, connection.fields.length, "sesame", 6));
	assert_int_equal(say(&connection, ftp_decode, SERVER, "331 Go on\r\n"), 1);
	assert_int_equal(connection.fields.length, 0);
	assert_int_equal(say(&connection, ftp_decode, SERVER, "\x16\x03\x03"), 0); /* behind AUTH TLS */
	assert_int_equal(say(&connection, ftp_decode, CLIENT, "\x16\x03\x03"), 0);
}

static void reads_smtp(void **state)
{
	struct connection connection = { 0 };

	(void)state;
	assert_int_equal(say(&connection, ftp_decode, SERVER, "220 mx ESMTP Mailer 4\r\n"), 0);
	assert_int_equal(say(&connection, smtp_decode, SERVER, "220 ward FTP ready\r\n"), 0);
	assert_int_equal(say(&connection, smtp_decode, SERVER, "220 mx ESMTP Mailer 4\r\n"), 1);
	assert_string_equal(shown(&connection, FIELD_SMTP_BANNER), "mx ESMTP Mailer 4");
	assert_int_equal(say(&connection, ftp_decode, CLIENT, "EHLO a\r\n"), 0);
	assert_int_equal(say(&connection, smtp_decode, CLIENT, "EHLO a\r\n"), 1);
	assert_int_equal(say(&connection, smtp_decode, CLIENT, "AUTH PLAIN c2VzYW1l\r\n"), 1);
	assert_string_equal(shown(&connection, FIELD_CREDENTIALS), "smtp");
	assert_null(memmem(connection.fields.byte, connection.fields.length, "c2VzYW1l", 8));
	assert_true(connection.taken > STREAM_BYTES_MAX);
}

static void reads_ssh(void **state)
{
	struct connection connection = { 0 };
	char line[300];

	(void)state;
	assert_int_equal(say(&connection, ssh_decode, CLIENT, "SS"), -EAGAIN);
	assert_int_equal(say(&connection, ssh_decode, CLIENT, "SSL"), 0);
	assert_int_equal(say(&connection, ssh_decode, CLIENT, "SSH-2.0-Shell_1.2 x"), -EAGAIN);
	assert_int_equal(say(&connection, ssh_decode, CLIENT, "SSH-2.0-Shell_1.2 x\r\nmore"), 1);
	assert_string_equal(shown(&connection, FIELD_SSH_BANNER), "SSH-2.0-Shell_1.2 x");
	memset(line, 'a', sizeof(line));
	memcpy(line, "SSH-", 4);
	assert_int_equal(give(&connection, ssh_decode, SERVER, line, sizeof(line)), -EBADMSG);
	assert_int_equal(connection.reason, MALFORMED_BANNER);
	assert_int_equal(connection.fields.length, 0);
}

static void reads_telnet(void **state)
{
	struct connection connection = { 0 };

	(void)state;
	assert_int_equal(say(&connection, telnet_decode, SERVER, "Ward\r\nlogin: "), 0); /* no option, another port */
	assert_int_equal(say(&connection, telnet_decode, SERVER, "\xff"), -EAGAIN);
	assert_int_equal(say(&connection, telnet_decode, SERVER, "\xff\xfd\x18\xff"), 1);
	assert_int_equal(connection.taken, 3);
	assert_int_equal(connection.fields.length, 0);
	assert_int_equal(say(&connection, telnet_decode, SERVER, "\xff\xfa\x18\x01\xff\xf0\r\nWard  Printer"), -EAGAIN);
	assert_int_equal(
		say(&connection, telnet_decode, SERVER, "\xff\xfa\x18\x01\xff\xf0\r\nWard  Printer\r\nlogin: "), 1);
	assert_string_equal(shown(&connection, FIELD_TELNET_BANNER), "Ward Printer login:");
	assert_string_equal(shown(&connection, FIELD_CREDENTIALS), "");
	assert_int_equal(say(&connection, telnet_decode, SERVER, "root\r\n"), -EAGAIN);
	assert_int_equal(say(&connection, telnet_decode, SERVER, "root\r\nPassword: "), 1);
	assert_string_equal(shown(&connection, FIELD_CREDENTIALS), "telnet");
	assert_int_equal(say(&connection, telnet_decode, CLIENT, "\xff\xfb\x18"), 1);
	assert_int_equal(connection.fields.length, 0);
	assert_true(connection.taken > STREAM_BYTES_MAX);
}

static void passes_over_socks(void **state)
{
	struct connection connection = { 0 };

	(void)state;
	assert_int_equal(say(&connection, socks_decode, SERVER, "\x05\x02"), 0); /* nobody asked */
	assert_int_equal(give(&connection, socks_decode, CLIENT, "\x05\x02\x00\x02", 4), 1);
	assert_int_equal(give(&connection, socks_decode, SERVER, "\x05\x02", 2), 1);
	assert_int_equal(give(&connection, socks_decode, CLIENT, "\x01\x01u\x02pw", 6), 1);
	assert_int_equal(connection.taken, 6);
	assert_int_equal(give(&connection, socks_decode, SERVER, "\x01\x00", 2), 1);
	assert_int_equal(give(&connection, socks_decode, CLIENT, "\x05\x01\x00\x03\x04pacs\x01", 10), -EAGAIN);
	assert_int_equal(give(&connection, socks_decode, CLIENT, "\x05\x01\x00\x03\x04pacs\x01\xbb", 11), 1);
	assert_int_equal(give(&connection, socks_decode, SERVER, "\x05\x00\x00\x01\x0a\x00\x00\x01\x00\x50", 10), 1);
	assert_int_equal(connection.fields.length, 0);
	assert_int_equal(give(&connection, socks_decode, CLIENT, "\x16\x03\x01", 3), 0);
	assert_int_equal(give(&connection, socks_decode, SERVER, "\x16\x03\x01", 3), 0);
}

static void passes_over_socks4(void **state)
{
	struct connection connection = { 0 };

	(void)state;
	assert_int_equal(give(&connection, socks_decode, CLIENT, "\x04\x01\x00\x50\x00\x00\x00\x01me\x00pacs", 15),
	                 -EAGAIN);
	assert_int_equal(give(&connection, socks_decode, CLIENT, "\x04\x01\x00\x50\x00\x00\x00\x01me\x00pacs\x00", 16),
	                 1);
	assert_int_equal(connection.taken, 16);
	assert_int_equal(give(&connection, socks_decode, SERVER, "\x00\x5a\x00\x50\x00\x00\x00\x01", 8), 1);
	assert_int_equal(give(&connection, socks_decode, CLIENT, "GET / HTTP/1.1", 14), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_ftp),         cmocka_unit_test(reads_smtp),
		cmocka_unit_test(reads_ssh),         cmocka_unit_test(reads_telnet),
		cmocka_unit_test(passes_over_socks), cmocka_unit_test(passes_over_socks4),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

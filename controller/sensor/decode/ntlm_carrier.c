/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "controller/sensor/decode/ntlm_carrier.h"

#include <errno.h>

#include "controller/sensor/decode/ntlm.h"
#include "policy/base/memory.h"

#define LDAP_SEQUENCE  0x30
#define LDAP_INTEGER   0x02
#define LDAP_OPERATION 0x60 /* application tags, of which bind's are the first two */
#define RPC_HEADER     16
#define TDS_HEADER     8

/* What the head of a message says: how long it is, and whether it may carry NTLM. */
struct carrier {
	size_t total;
	bool may_carry;
};

/* RFC 4511: LDAPMessage ::= SEQUENCE { messageID, protocolOp … }. 1, 0 or -EAGAIN. */
static int read_ldap(const uint8_t *bytes, size_t length, struct carrier *carrier)
{
	size_t header = 2, content = 0, number;

	if (bytes[0] != LDAP_SEQUENCE)
		return 0;
	if (length < 2)
		return -EAGAIN;
	content = bytes[1];
	if (bytes[1] & 0x80) {
		size_t octets = bytes[1] & 0x7f;

		if (octets == 0 || octets > 4)
			return 0;
		header += octets;
		if (length < header)
			return -EAGAIN;
		content = 0;
		for (size_t i = 2; i < header; i++)
			content = content << 8 | bytes[i];
	}
	if (length < header + 2)
		return length > header && bytes[header] != LDAP_INTEGER ? 0 : -EAGAIN;
	number = bytes[header + 1];
	if (bytes[header] != LDAP_INTEGER || number == 0 || number > 4)
		return 0;
	if (length < header + 3 + number)
		return -EAGAIN;
	if ((bytes[header + 2 + number] & 0xc0) != 0x40) /* class: application */
		return 0;
	*carrier = (struct carrier){ header + content, (bytes[header + 2 + number] & 0xfe) == LDAP_OPERATION };
	return 1;
}

/* C706 section 12.6.3.1, connection-oriented; bind, its answers and what alters it are types 11 to 16. */
static int read_rpc(const uint8_t *bytes, size_t length, struct carrier *carrier)
{
	size_t total;

	if (bytes[0] != 5 || (length > 1 && bytes[1] > 1) || (length > 2 && bytes[2] > 20) ||
	    (length > 4 && (bytes[4] & 0xef) != 0))
		return 0;
	if (length < RPC_HEADER)
		return -EAGAIN;
	if ((bytes[5] | bytes[6] | bytes[7]) != 0)
		return 0;
	total = bytes[4] & 0x10 ? bytes[8] | (size_t)bytes[9] << 8 : bytes[9] | (size_t)bytes[8] << 8;
	if (total < RPC_HEADER)
		return 0;
	*carrier = (struct carrier){ total, bytes[2] >= 11 && bytes[2] <= 16 && (bytes[10] | bytes[11]) != 0 };
	return 1;
}

/* [MS-TDS] 2.2.3.1: an answer, LOGIN7, SSPI or PRELOGIN, in window 0. */
static int read_tds(const uint8_t *bytes, size_t length, struct carrier *carrier)
{
	size_t total;

	if (bytes[0] != 0x04 && (bytes[0] < 0x10 || bytes[0] > 0x12))
		return 0;
	if (length > 1 && bytes[1] > 1)
		return 0;
	if (length < TDS_HEADER)
		return -EAGAIN;
	total = (size_t)bytes[2] << 8 | bytes[3];
	if (total < TDS_HEADER || bytes[6] > 1 || bytes[7] != 0)
		return 0;
	*carrier = (struct carrier){ total, true };
	return 1;
}

int ntlm_carrier_decode(const struct stream *stream, size_t *taken, struct fields *fields,
                        enum malformed_reason *reason)
{
	static int (*const readers[])(const uint8_t *, size_t, struct carrier *) = { read_ldap, read_rpc, read_tds };
	struct carrier carrier = { 0 };
	int result = 0;

	(void)reason;
	if (stream->length == 0)
		return -EAGAIN;
	for (size_t i = 0; i < ARRAY_SIZE(readers) && result == 0; i++)
		result = readers[i](stream->bytes, stream->length, &carrier);
	if (result <= 0)
		return result;
	if (carrier.may_carry && stream->length < carrier.total) {
		if (stream->length < STREAM_BYTES_MAX)
			return -EAGAIN;
		carrier.may_carry = false;
	}
	if (carrier.may_carry)
		ntlm_add(stream->bytes, carrier.total, fields);
	*taken = carrier.total;
	return 1;
}

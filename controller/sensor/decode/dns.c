/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "controller/sensor/decode/dns.h"

#include <errno.h>

#include "controller/sensor/decode/dns_message.h"
#include "controller/sensor/decode/dns_self.h"
#include "policy/base/cursor.h"

#define DNS_PORT        53
#define OPERATION_QUERY 0
#define LENGTH_BYTES    2 /* before a message in a stream; RFC 1035 section 4.2.2 */

static int refuse(struct fields *fields, enum malformed_reason *reason)
{
	fields_clear(fields);
	*reason = MALFORMED_DNS;
	return -EBADMSG;
}

/* Tells all of the message; who answers whom is told by an identification in ${is_unicast} alone; the zone that an
 * update names is no question. */
static int tell_message(const uint8_t *bytes, size_t length, bool is_unicast, struct fields *fields)
{
	struct dns_message message;
	struct dns_record record;
	int result = dns_message_open(&message, bytes, length);

	if (result < 0)
		return result;
	fields_add_number(fields, FIELD_DNS_RESPONSE, message.is_response);
	message.tells_lifetime = is_unicast;
	if (is_unicast)
		fields_add_number(fields, FIELD_DNS_ID, message.id);
	while (!fields->cut && (result = dns_message_next(&message, &record)) > 0) {
		if (record.section == DNS_QUESTION && message.operation != OPERATION_QUERY)
			continue;
		result = dns_message_tell(&message, &record, fields);
		if (result < 0)
			return result;
	}
	return result < 0 ? result : 1;
}

int dns_decode(const struct datagram *datagram, struct fields *fields, enum malformed_reason *reason)
{
	int result = tell_message(datagram->bytes, datagram->length, true, fields);

	return result < 0 ? refuse(fields, reason) : result;
}

int dns_stream_decode(const struct stream *stream, size_t *taken, struct fields *fields, enum malformed_reason *reason)
{
	struct cursor cursor = cursor_over(stream->bytes, stream->length);
	size_t length;
	int result;

	if (stream->server_port != DNS_PORT)
		return 0;
	length = cursor_be16(&cursor);
	if (cursor.failed)
		return -EAGAIN;
	*taken = LENGTH_BYTES + length;
	if (*taken > STREAM_BYTES_MAX) /* a zone's transfer: passed over */
		return 1;
	if (cursor_left(&cursor) < length)
		return -EAGAIN;
	result = tell_message(cursor.at, length, true, fields);
	return result < 0 ? refuse(fields, reason) : result;
}

int mdns_decode(const struct datagram *datagram, struct fields *fields, enum malformed_reason *reason)
{
	int result = mdns_tell_self(datagram, fields);

	if (result >= 0)
		result = tell_message(datagram->bytes, datagram->length, false, fields);
	return result < 0 ? refuse(fields, reason) : result;
}

int llmnr_decode(const struct datagram *datagram, struct fields *fields, enum malformed_reason *reason)
{
	int result = llmnr_tell_self(datagram, fields);

	if (result >= 0)
		result = tell_message(datagram->bytes, datagram->length, false, fields);
	return result < 0 ? refuse(fields, reason) : result;
}

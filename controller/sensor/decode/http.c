/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "controller/sensor/decode/http.h"

#include <errno.h>
#include <string.h>

#include "controller/sensor/decode/head.h"
#include "controller/sensor/decode/http_secret.h"
#include "controller/sensor/decode/ntlm.h"
#include "policy/base/memory.h"

#define VERSION        "HTTP/1."
#define METHOD_MAX     24
#define START_LINE_MAX 16384
#define CHUNK_LINE_MAX 256
#define CHUNK_SIZE_MAX ((uint64_t)1 << 40)
#define FORM_TYPE      "application/x-www-form-urlencoded"

#define REST SIZE_MAX /* a body up to the connection's end */

/* What is kept of a direction. */
#define MEMORY_MESSAGE 1U  /* HTTP was met */
#define MEMORY_CHUNKS  2U  /* in a body of chunks */
#define MEMORY_HEAD    4U  /* the last request was HEAD: its answer has no body, whatever it says */
#define MEMORY_CONNECT 8U  /* the last request was CONNECT */
#define MEMORY_OTHER   16U /* another protocol may follow */

/* What a head says of what follows it. */
struct body {
	uint64_t length;
	bool has_length;
	bool is_chunked;
	bool is_form;
	bool is_upgrade;
};

static bool is_method_letter(uint8_t byte)
{
	return (byte >= 'A' && byte <= 'Z') || byte == '-' || byte == '_';
}

/* A request of HTTP/0.9, which tells no version: nothing but GET, a path and a blank line. 1, 0, -EAGAIN. */
static int begins_simple(const struct stream *stream)
{
	struct cursor cursor = cursor_over(stream->bytes, stream->length);
	struct span line = { 0 }, method, address;
	size_t left;

	head_line(&cursor, &line);
	method = span_word(&line);
	address = span_word(&line);
	if (method.length != strlen("GET") || memcmp(method.bytes, "GET", method.length) != 0 || address.length == 0 ||
	    address.bytes[0] != '/' || line.length > 0)
		return 0;
	left = cursor_left(&cursor);
	if (left == 0 || (left == 1 && cursor.at[0] == '\r'))
		return -EAGAIN;
	return head_line(&cursor, &line) && line.length == 0;
}

/* A request line that was cut, ${rest} of it behind the method: whole as far as it is taken where the version began. */
static bool begins_cut(struct span rest)
{
	struct span address;

	span_word(&rest); /* the blank */
	address = span_word(&rest);
	return address.length > 0 && rest.length > 0 &&
	       memcmp(rest.bytes, VERSION, rest.length < strlen(VERSION) ? rest.length : strlen(VERSION)) == 0;
}

/* A request line: 1, 0, -EAGAIN. */
static int begins_request(const struct stream *stream)
{
	size_t method = 0, length = stream->length;
	const uint8_t *end;
	struct span line;

	while (method < length && method <= METHOD_MAX && is_method_letter(stream->bytes[method]))
		method++;
	if (method == length && method <= METHOD_MAX)
		return -EAGAIN;
	if (method == 0 || method > METHOD_MAX || stream->bytes[method] != ' ')
		return 0;
	end = memchr(stream->bytes, '\n', length);
	if (!end && stream->is_cut && begins_cut((struct span){ stream->bytes + method, length - method }))
		return 1;
	if (!end)
		return length < START_LINE_MAX ? -EAGAIN : 0;
	line = (struct span){ stream->bytes, (size_t)(end - stream->bytes) };
	if (memmem(line.bytes + method, line.length - method, " " VERSION, strlen(" " VERSION)))
		return 1;
	return begins_simple(stream);
}

/* A status line: 1, 0, -EAGAIN. */
static int begins_answer(const struct stream *stream)
{
	size_t known = stream->length < strlen(VERSION) ? stream->length : strlen(VERSION);

	if (memcmp(stream->bytes, VERSION, known) != 0)
		return 0;
	return known < strlen(VERSION) ? -EAGAIN : 1;
}

static void read_body_header(const struct header *header, struct body *body)
{
	if (span_is(&header->name, "Content-Length"))
		body->has_length = span_number(&header->value, &body->length) && body->length < CHUNK_SIZE_MAX;
	else if (span_is(&header->name, "Transfer-Encoding"))
		body->is_chunked |= span_holds(&header->value, "chunked");
	else if (span_is(&header->name, "Content-Type"))
		body->is_form = span_starts(&header->value, FORM_TYPE);
	else if (span_is(&header->name, "Upgrade"))
		body->is_upgrade = true;
}

static void add_span(struct fields *fields, enum field field, const struct span *span)
{
	if (span->length)
		fields_add(fields, field, span->bytes, span->length);
}

/* The bytes behind the head that are passed over with it. */
static size_t body_length(const struct body *body, uint32_t *memory)
{
	if (body->is_chunked) { /* before Content-Length, RFC 9112 section 6.3 */
		*memory |= MEMORY_CHUNKS;
		return 0;
	}
	return body->has_length ? (size_t)body->length : 0;
}

static void add_address(const struct span *address, struct fields *fields, bool *has_password)
{
	char hidden[HTTP_ADDRESS_MAX];
	size_t length = http_address_hide(address, hidden, has_password);

	fields_add(fields, FIELD_HTTP_URI, hidden, length);
}

/* RFC 4559: NTLM by its name, or within SPNEGO's. */
static void add_ntlm(const struct span *value, struct fields *fields)
{
	static const char *const schemes[] = { "NTLM ", "Negotiate " };

	for (size_t i = 0; i < ARRAY_SIZE(schemes); i++) {
		size_t scheme = strlen(schemes[i]);

		if (span_starts(value, schemes[i]))
			ntlm_add_base64(value->bytes + scheme, value->length - scheme, fields);
	}
}

/* Tells whether a password goes by in clear; of NTLM what says who the sender is, is taken. */
static bool read_authorization(const struct span *value, struct fields *fields)
{
	add_ntlm(value, fields);
	return span_starts(value, "Basic ");
}

static void add_challenge(const struct span *value, struct fields *fields)
{
	add_span(fields, FIELD_HTTP_AUTHENTICATE, value);
	add_ntlm(value, fields);
}

static size_t take_request(const struct stream *stream, size_t head, struct fields *fields)
{
	struct cursor cursor = cursor_over(stream->bytes, head);
	struct body body = { 0 };
	struct span line = { 0 }, method, address, form;
	struct header header;
	bool has_password, is_basic = false;

	if (!head_line(&cursor, &line))
		line = (struct span){ stream->bytes, head };
	method = span_word(&line);
	address = span_word(&line);
	add_span(fields, FIELD_HTTP_METHOD, &method);
	add_address(&address, fields, &has_password);
	while (head_next(&cursor, &header)) {
		if (span_is(&header.name, "Host"))
			add_span(fields, FIELD_HTTP_HOST, &header.value);
		else if (span_is(&header.name, "User-Agent"))
			add_span(fields, FIELD_HTTP_USER_AGENT, &header.value);
		else if (span_is(&header.name, "Authorization") || span_is(&header.name, "Proxy-Authorization"))
			is_basic |= read_authorization(&header.value, fields);
		else
			read_body_header(&header, &body);
	}
	form = (struct span){ stream->bytes + head, stream->length - head };
	if (body.has_length && body.length < form.length)
		form.length = (size_t)body.length;
	if (is_basic)
		fields_add_text(fields, FIELD_CREDENTIALS, "http-basic");
	if (has_password || (body.is_form && http_form_has_password(&form)))
		fields_add_text(fields, FIELD_CREDENTIALS, "http-form");
	*stream->memory = MEMORY_MESSAGE | (span_is(&method, "HEAD") ? MEMORY_HEAD : 0) |
	                  (span_is(&method, "CONNECT") ? MEMORY_CONNECT | MEMORY_OTHER : 0) |
	                  (body.is_upgrade ? MEMORY_OTHER : 0);
	return head + body_length(&body, stream->memory);
}

/* RFC 9112 section 6.3. */
static size_t answer_body(const struct stream *stream, uint64_t code, const struct body *body)
{
	if (code == 101 || (code >= 200 && code < 300 && *stream->peer_memory & MEMORY_CONNECT)) {
		*stream->memory |= MEMORY_OTHER;
		return 0;
	}
	if (code < 200 || code == 204 || code == 304 || *stream->peer_memory & MEMORY_HEAD)
		return 0;
	if (!body->is_chunked && !body->has_length)
		return REST;
	return body_length(body, stream->memory);
}

static size_t take_answer(const struct stream *stream, size_t head, struct fields *fields)
{
	struct cursor cursor = cursor_over(stream->bytes, head);
	struct body body = { 0 };
	struct span line = { 0 }, word;
	struct header header;
	uint64_t code = 0;
	size_t rest;

	head_line(&cursor, &line);
	span_word(&line);
	word = span_word(&line);
	if (word.length == 3 && span_number(&word, &code))
		fields_add_number(fields, FIELD_HTTP_CODE, code);
	while (head_next(&cursor, &header)) {
		if (span_is(&header.name, "Server"))
			add_span(fields, FIELD_HTTP_SERVER, &header.value);
		else if (span_is(&header.name, "WWW-Authenticate"))
			add_challenge(&header.value, fields);
		else if (span_is(&header.name, "Content-Type"))
			add_span(fields, FIELD_HTTP_TYPE, &header.value);
		else
			read_body_header(&header, &body);
	}
	*stream->memory = MEMORY_MESSAGE;
	rest = answer_body(stream, code, &body);
	return rest == REST ? REST : head + rest;
}

/* The size of a chunk, RFC 9112 section 7.1. shape: false where the line is none. */
static bool chunk_size(const struct span *line, uint64_t *size)
{
	size_t at = 0;

	*size = 0;
	for (; at < line->length; at++) {
		uint8_t byte = line->bytes[at], lower = byte | 0x20;
		unsigned int digit;

		if (byte >= '0' && byte <= '9')
			digit = byte - '0';
		else if (lower >= 'a' && lower <= 'f')
			digit = lower - 'a' + 10U;
		else
			break;
		*size = *size << 4 | digit;
		if (*size > CHUNK_SIZE_MAX)
			return false;
	}
	return at > 0 &&
	       (at == line->length || line->bytes[at] == ';' || line->bytes[at] == ' ' || line->bytes[at] == '\t');
}

static int take_chunk(const struct stream *stream, size_t *taken, enum malformed_reason *reason)
{
	struct cursor cursor = cursor_over(stream->bytes, stream->length);
	struct span line;
	uint64_t size;
	size_t trailer;

	if (!head_line(&cursor, &line)) {
		if (stream->length <= CHUNK_LINE_MAX)
			return -EAGAIN;
		*reason = MALFORMED_HTTP;
		return -EBADMSG;
	}
	if (!chunk_size(&line, &size)) {
		*reason = MALFORMED_HTTP;
		return -EBADMSG;
	}
	*taken = (size_t)(cursor.at - stream->bytes);
	if (size > 0) {
		*taken += (size_t)size + 2;
		return 1;
	}
	trailer = head_length(cursor.at, cursor_left(&cursor));
	if (trailer == 0)
		return -EAGAIN;
	*taken += trailer;
	*stream->memory &= ~MEMORY_CHUNKS;
	return 1;
}

/* Empty lines before a request, RFC 9112 section 2.2. */
static size_t empty_lines(const struct stream *stream)
{
	size_t length = 0;

	while (length < stream->length && (stream->bytes[length] == '\r' || stream->bytes[length] == '\n'))
		length++;
	return length;
}

/* The whole lines of a head that was cut, or what there is of its first. */
static size_t lines_length(const struct stream *stream)
{
	const uint8_t *end = memrchr(stream->bytes, '\n', stream->length);

	return end ? (size_t)(end - stream->bytes) + 1 : stream->length;
}

int http_decode(const struct stream *stream, size_t *taken, struct fields *fields, enum malformed_reason *reason)
{
	size_t head, passed;
	int request, answer;
	bool is_cut;

	if (stream->length == 0)
		return -EAGAIN;
	if (*stream->memory & MEMORY_CHUNKS)
		return take_chunk(stream, taken, reason);
	passed = *stream->memory & MEMORY_MESSAGE ? empty_lines(stream) : 0;
	if (passed > 0) {
		*taken = passed;
		return 1;
	}
	request = begins_request(stream);
	answer = begins_answer(stream);
	if (request <= 0 && answer <= 0)
		return request < 0 || answer < 0 ? -EAGAIN : 0;
	head = head_length(stream->bytes, stream->length);
	is_cut = head == 0 && stream->is_cut;
	if (is_cut)
		head = lines_length(stream);
	if (head == 0 && stream->length < STREAM_BYTES_MAX)
		return -EAGAIN;
	if (head == 0) {
		*reason = MALFORMED_HTTP;
		return -EBADMSG;
	}
	*taken = request > 0 ? take_request(stream, head, fields) : take_answer(stream, head, fields);
	if (is_cut) { /* how long the body is may stand in what was left off */
		*taken = stream->length;
		*stream->memory &= ~MEMORY_CHUNKS;
	}
	return 1;
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
#define _GNU_SOURCE
#include "web/server.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/event.h>
#include <event2/http.h>
#include <event2/keyvalq_struct.h>
#include <event2/listener.h>
#include <event2/util.h>

#include "web/api.h"
#include "web/assets.h"
#include "web/query.h"

#define ACCEPT_PAUSE_MS  200
#define STREAM_TIMEOUT_S 86400 /* a stream lives on its heartbeats */
#define CACHE_NEVER      "no-store"
#define CACHE_CHECK      "no-cache"

/* What every answer carries: nothing from elsewhere, nowhere else, in nobody's frame. */
static const char *const SECURITY_HEADERS[][2] = {
	{ "Content-Security-Policy", "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self';"
	                             " img-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'" },
	{ "X-Content-Type-Options", "nosniff" },
	{ "Referrer-Policy", "no-referrer" },
	{ "Cross-Origin-Resource-Policy", "same-origin" },
	{ "Cross-Origin-Opener-Policy", "same-origin" },
};

struct stream {
	struct evhttp_request *request;
	struct evhttp_connection *connection;
};

struct web_server {
	struct event_base *base;
	struct evhttp *http;
	const struct web_source *source;
	struct event *push_timer;
	struct event *heartbeat_timer;
	struct status status;
	uint64_t since_ms;
	uint64_t pushed_ms; /* monotonic */
	uint64_t requests;
	uint64_t refused;
	unsigned int stream_count;
	struct stream streams[WEB_STREAMS_MAX];
	char own_name[256];
};

static uint64_t clock_ms(clockid_t clock)
{
	struct timespec now;

	clock_gettime(clock, &now);
	return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

static struct api_view view_of(const struct web_server *server)
{
	return (struct api_view){
		.source = server->source,
		.status = &server->status,
		.now_ms = clock_ms(CLOCK_REALTIME),
		.since_ms = server->since_ms,
		.requests = server->requests,
		.streams = server->stream_count,
		.refused_streams = server->refused,
	};
}

static void add_headers(struct evhttp_request *request, const char *type, const char *cache)
{
	struct evkeyvalq *headers = evhttp_request_get_output_headers(request);

	for (size_t i = 0; i < ARRAY_SIZE(SECURITY_HEADERS); i++)
		evhttp_add_header(headers, SECURITY_HEADERS[i][0], SECURITY_HEADERS[i][1]);
	evhttp_add_header(headers, "Content-Type", type);
	evhttp_add_header(headers, "Cache-Control", cache);
}

static void reply_text(struct evhttp_request *request, int code, const char *reason, const char *text)
{
	struct evbuffer *body = evbuffer_new();

	add_headers(request, "text/plain; charset=utf-8", CACHE_NEVER);
	if (body)
		evbuffer_add_printf(body, "%s\n", text);
	evhttp_send_reply(request, code, reason, body);
	if (body)
		evbuffer_free(body);
}

static void free_body(const void *bytes, size_t length, void *body)
{
	(void)bytes;
	(void)length;
	free(body);
}

static const char *reason_of(int code)
{
	switch (code) {
	case 200:
		return "OK";
	case 400:
		return "Bad Request";
	case 404:
		return "Not Found";
	default:
		return "Internal Server Error";
	}
}

static void reply_api(struct web_server *server, struct evhttp_request *request, const char *path, const char *query)
{
	struct api_view view = view_of(server);
	struct api_reply reply = { 0 };
	struct evbuffer *body = evbuffer_new();

	if (!body || api_get(&view, path, query, &reply) ||
	    evbuffer_add_reference(body, reply.body, reply.length, free_body, reply.body)) {
		free(reply.body);
		reply_text(request, 503, "Service Unavailable", "out of memory, try again");
	} else {
		add_headers(request, reply.type, CACHE_NEVER);
		evhttp_send_reply(request, reply.code, reason_of(reply.code), body);
	}
	if (body)
		evbuffer_free(body);
}

static const struct web_asset *asset_of(const char *path)
{
	if (strcmp(path, "/") == 0)
		path = "/index.html";
	for (size_t i = 0; i < WEB_ASSET_COUNT; i++) {
		if (strcmp(path, WEB_ASSETS[i].path) == 0)
			return &WEB_ASSETS[i];
	}
	return NULL;
}

/* FNV-1a over the bytes: it changes with each build that changes the file, no more is asked of it. */
static void tag_of(const struct web_asset *asset, char tag[24])
{
	uint64_t hash = 14695981039346656037ULL;

	for (size_t i = 0; i < asset->length; i++)
		hash = (hash ^ asset->bytes[i]) * 1099511628211ULL;
	snprintf(tag, 24, "\"%016" PRIx64 "\"", hash);
}

static void reply_asset(struct evhttp_request *request, const struct web_asset *asset)
{
	const char *known = evhttp_find_header(evhttp_request_get_input_headers(request), "If-None-Match");
	struct evbuffer *body = evbuffer_new();
	char tag[24];

	tag_of(asset, tag);
	add_headers(request, asset->type, CACHE_CHECK);
	evhttp_add_header(evhttp_request_get_output_headers(request), "ETag", tag);
	if (known && strcmp(known, tag) == 0)
		evhttp_send_reply(request, 304, "Not Modified", NULL);
	else if (body && !evbuffer_add_reference(body, asset->bytes, asset->length, NULL, NULL))
		evhttp_send_reply(request, 200, "OK", body);
	else
		evhttp_send_reply(request, 503, "Service Unavailable", NULL);
	if (body)
		evbuffer_free(body);
}

/* A connection that fails lets go of a request whose answer has not ended: such a one is ours to end. */
static void on_stream_closed(struct evhttp_connection *connection, void *argument)
{
	struct web_server *server = argument;

	for (unsigned int i = 0; i < server->stream_count; i++) {
		struct evhttp_request *request = server->streams[i].request;

		if (server->streams[i].connection != connection)
			continue;
		server->streams[i] = server->streams[--server->stream_count];
		if (!evhttp_request_get_connection(request))
			evhttp_send_reply_end(request);
		return;
	}
}

static size_t unsent_of(const struct stream *stream)
{
	return evbuffer_get_length(bufferevent_get_output(evhttp_connection_get_bufferevent(stream->connection)));
}

static void send_to(const struct stream *stream, const char *text)
{
	struct evbuffer *chunk;

	if (unsent_of(stream) > WEB_BACKLOG_MAX) {
		evhttp_connection_free(stream->connection); /* and on_stream_closed takes it off the list */
		return;
	}
	chunk = evbuffer_new();
	if (!chunk)
		return;
	if (!evbuffer_add(chunk, text, strlen(text)))
		evhttp_send_reply_chunk(stream->request, chunk);
	evbuffer_free(chunk);
}

/* The event of the present status as the stream's text, the caller's; NULL when out of memory. */
static char *changed_text(const struct web_server *server)
{
	struct api_view view = view_of(server);
	char *status = NULL;
	char *text = NULL;

	if (api_status_text(&view, &status))
		return NULL;
	if (asprintf(&text, "event: changed\ndata: %s\n\n", status) < 0)
		text = NULL;
	free(status);
	return text;
}

/* From the last to the first: sending may take the one sent to out of the list. */
static void send_to_all(struct web_server *server, const char *text)
{
	for (unsigned int i = server->stream_count; i > 0; i--)
		send_to(&server->streams[i - 1], text);
}

static void push(struct web_server *server)
{
	char *text = server->stream_count ? changed_text(server) : NULL;

	server->pushed_ms = clock_ms(CLOCK_MONOTONIC);
	if (text)
		send_to_all(server, text);
	free(text);
}

static void on_push_timer(evutil_socket_t fd, short what, void *argument)
{
	(void)fd;
	(void)what;
	push(argument);
}

static void on_heartbeat(evutil_socket_t fd, short what, void *argument)
{
	(void)fd;
	(void)what;
	send_to_all(argument, ": alive\n\n");
}

static void begin_stream(struct web_server *server, struct evhttp_request *request)
{
	struct evhttp_connection *connection = evhttp_request_get_connection(request);
	char *text;

	if (evhttp_request_get_command(request) == EVHTTP_REQ_HEAD) {
		add_headers(request, "text/event-stream", CACHE_NEVER);
		evhttp_send_reply(request, 200, "OK", NULL);
		return;
	}
	if (server->stream_count == WEB_STREAMS_MAX) {
		server->refused++;
		reply_text(request, 503, "Service Unavailable", "too many open pages, this one has to poll");
		return;
	}
	add_headers(request, "text/event-stream", CACHE_NEVER);
	evhttp_connection_set_timeout(connection, STREAM_TIMEOUT_S);
	evhttp_connection_set_closecb(connection, on_stream_closed, server);
	server->streams[server->stream_count++] = (struct stream){ .request = request, .connection = connection };
	evhttp_send_reply_start(request, 200, "OK");
	text = changed_text(server);
	send_to(&server->streams[server->stream_count - 1], text ? text : ": starting\n\n");
	free(text);
}

static bool may_answer(struct web_server *server, struct evhttp_request *request)
{
	struct evkeyvalq *input = evhttp_request_get_input_headers(request);
	enum evhttp_cmd_type command = evhttp_request_get_command(request);

	if (!query_host_allowed(evhttp_find_header(input, "Host"), server->own_name)) {
		reply_text(request, 421, "Misdirected Request",
		           "this page answers to its address, to localhost and to its machine's name only");
		return false;
	}
	if (command != EVHTTP_REQ_GET && command != EVHTTP_REQ_HEAD) {
		evhttp_add_header(evhttp_request_get_output_headers(request), "Allow", "GET, HEAD");
		reply_text(request, 405, "Method Not Allowed", "GET and HEAD only");
		return false;
	}
	return true;
}

static void on_request(struct evhttp_request *request, void *argument)
{
	struct web_server *server = argument;
	const struct evhttp_uri *uri = evhttp_request_get_evhttp_uri(request);
	const char *path = uri ? evhttp_uri_get_path(uri) : NULL;
	const struct web_asset *asset;

	server->requests++;
	if (!may_answer(server, request))
		return;
	path = path && *path ? path : "/";
	asset = asset_of(path);
	if (strcmp(path, API_STREAM) == 0)
		begin_stream(server, request);
	else if (asset)
		reply_asset(request, asset);
	else if (strcmp(path, API_METRICS) == 0 || strncmp(path, API_PREFIX, strlen(API_PREFIX)) == 0)
		reply_api(server, request, path, evhttp_uri_get_query(uri));
	else
		reply_text(request, 404, "Not Found", "there is nothing here");
}

static void resume_accepting(evutil_socket_t fd, short what, void *listener)
{
	(void)fd;
	(void)what;
	evconnlistener_enable(listener);
}

/* Out of descriptors the listener stays readable: pause, or the loop would spin until somebody leaves. */
static void on_accept_error(struct evconnlistener *listener, void *argument)
{
	const struct timeval pause = { .tv_usec = ACCEPT_PAUSE_MS * 1000 };

	(void)argument;
	evconnlistener_disable(listener);
	if (event_base_once(evconnlistener_get_base(listener), -1, EV_TIMEOUT, resume_accepting, listener, &pause))
		evconnlistener_enable(listener);
}

static int listen_on(struct web_server *server, int listen_fd, struct error *reterr)
{
	struct evconnlistener *listener = NULL;

	if (!evutil_make_socket_nonblocking(listen_fd))
		listener = evconnlistener_new(server->base, NULL, NULL, LEV_OPT_CLOSE_ON_FREE | LEV_OPT_CLOSE_ON_EXEC,
		                              WEB_CONNECTIONS_MAX, listen_fd);
	if (!listener) {
		int code = errno ? -errno : -ENOMEM;

		close(listen_fd);
		return error_set(reterr, code, "web: cannot listen: %s", strerror(-code));
	}
	evconnlistener_set_error_cb(listener, on_accept_error);
	if (!evhttp_bind_listener(server->http, listener)) {
		evconnlistener_free(listener);
		return error_set(reterr, -ENOMEM, "web: out of memory");
	}
	return 0;
}

static int set_up(struct web_server *server)
{
	const struct timeval heartbeat = { .tv_sec = WEB_HEARTBEAT_S };

	server->http = evhttp_new(server->base);
	server->push_timer = event_new(server->base, -1, 0, on_push_timer, server);
	server->heartbeat_timer = event_new(server->base, -1, EV_PERSIST, on_heartbeat, server);
	if (!server->http || !server->push_timer || !server->heartbeat_timer ||
	    event_add(server->heartbeat_timer, &heartbeat))
		return -ENOMEM;
	/* Methods we refuse are let through to us, so that the refusal carries our headers. */
	evhttp_set_allowed_methods(server->http, EVHTTP_REQ_GET | EVHTTP_REQ_HEAD | EVHTTP_REQ_POST | EVHTTP_REQ_PUT |
	                                                 EVHTTP_REQ_DELETE | EVHTTP_REQ_OPTIONS | EVHTTP_REQ_PATCH);
	evhttp_set_max_body_size(server->http, 0);
	evhttp_set_max_headers_size(server->http, WEB_HEADERS_MAX);
	evhttp_set_timeout(server->http, WEB_TIMEOUT_S);
	evhttp_set_gencb(server->http, on_request, server);
	return 0;
}

int web_server_new(struct event_base *base, int listen_fd, const struct web_source *source, struct web_server **server,
                   struct error *reterr)
{
	struct web_server *made CLEANUP(web_server_free) = calloc(1, sizeof(*made));
	int result = made ? 0 : -ENOMEM;

	if (!result) {
		made->base = base;
		made->source = source;
		made->since_ms = clock_ms(CLOCK_REALTIME);
		gethostname(made->own_name, sizeof(made->own_name) - 1);
		result = set_up(made);
	}
	if (result) {
		close(listen_fd);
		return error_set(reterr, result, "web: out of memory");
	}
	result = listen_on(made, listen_fd, reterr);
	if (!result)
		*server = take_ptr(&made);
	return result;
}

void web_server_free(struct web_server *server)
{
	if (!server)
		return;
	if (server->http)
		evhttp_free(server->http);
	if (server->push_timer)
		event_free(server->push_timer);
	if (server->heartbeat_timer)
		event_free(server->heartbeat_timer);
	free(server);
}

void web_server_status(struct web_server *server, const struct status *status)
{
	uint64_t now = clock_ms(CLOCK_MONOTONIC);
	uint64_t since_push = now - server->pushed_ms;
	struct timeval wait = { 0 };

	if (status->enforcement != server->status.enforcement)
		server->since_ms = clock_ms(CLOCK_REALTIME);
	server->status = *status;
	if (event_pending(server->push_timer, EV_TIMEOUT, NULL))
		return;
	if (since_push >= WEB_PUSH_MS) {
		push(server);
		return;
	}
	wait.tv_usec = (suseconds_t)(WEB_PUSH_MS - since_push) * 1000;
	event_add(server->push_timer, &wait);
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The server over a real socket: a child runs it, the test is the browser. */
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>
#include <event2/event.h>

#include "policy/base/memory.h"
#include "web/server.h"

#define ANSWER_MAX  (1 << 17)
#define DEADLINE_MS 10000

struct fixture {
	pid_t child;
	uint16_t port;
	char answer[ANSWER_MAX];
};

static int no_summary(void *context, struct web_summary *summary)
{
	(void)context;
	*summary = (struct web_summary){ 0 };
	return 0;
}

static int no_zone(void *context, web_zone_each *each, void *argument)
{
	const struct web_zone zone = { .name = "pumps", .label = "Pumps", .coverage = "full" };

	(void)context;
	return each(&zone, argument);
}

static int no_kind(void *context, web_denied_total_each *each, void *argument)
{
	(void)context;
	(void)each;
	(void)argument;
	return 0;
}

static int no_findings(void *context, web_finding_total_each *each, void *argument)
{
	(void)context;
	(void)each;
	(void)argument;
	return 0;
}

static int no_rules(void *context, web_rule_counter_each *each, void *argument)
{
	(void)context;
	(void)each;
	(void)argument;
	return 0;
}

static int no_pairs(void *context, web_pair_counter_each *each, void *argument)
{
	(void)context;
	(void)each;
	(void)argument;
	return 0;
}

static struct status status_now = { .enforcement = ENFORCEMENT_ACTIVE, .site = "Riverside" };

static void tell_status(evutil_socket_t fd, short what, void *server)
{
	(void)fd;
	(void)what;
	status_now.frames++;
	web_server_status(server, &status_now);
}

/* 20 ms between statuses: far more often than pages may be told. */
static void run_server(int listen_fd)
{
	const struct web_source source = { .summary = no_summary,
		                           .each_zone = no_zone,
		                           .each_denied_kind = no_kind,
		                           .each_finding_total = no_findings,
		                           .each_place_counter = no_rules,
		                           .each_pair_counter = no_pairs };
	const struct timeval often = { .tv_usec = 20000 };
	struct event_base *base = event_base_new();
	struct web_server *server = NULL;
	struct event *timer;

	if (web_server_new(base, listen_fd, &source, &server, NULL))
		_exit(2);
	signal(SIGPIPE, SIG_IGN); /* as in the web process */
	tell_status(-1, 0, server);
	timer = event_new(base, -1, EV_PERSIST, tell_status, server);
	event_add(timer, &often);
	event_base_dispatch(base);
	_exit(3);
}

static int set_up(void **state)
{
	struct fixture *fixture = calloc(1, sizeof(*fixture));
	struct sockaddr_in address = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t length = sizeof(address);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	assert_int_equal(bind(fd, (struct sockaddr *)&address, length), 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)&address, &length), 0);
	assert_int_equal(listen(fd, 16), 0);
	fixture->port = ntohs(address.sin_port);
	fixture->child = fork();
	assert_true(fixture->child >= 0);
	if (fixture->child == 0)
		run_server(fd);
	close(fd);
	*state = fixture;
	return 0;
}

/* A child that is gone already has crashed. */
static int tear_down(void **state)
{
	struct fixture *fixture = *state;
	int alive = waitpid(fixture->child, NULL, WNOHANG) == 0;

	if (alive) {
		kill(fixture->child, SIGKILL);
		waitpid(fixture->child, NULL, 0);
	}
	free(fixture);
	return alive ? 0 : -1;
}

static int dial(const struct fixture *fixture)
{
	struct sockaddr_in address = { .sin_family = AF_INET,
		                       .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
		                       .sin_port = htons(fixture->port) };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	assert_int_equal(connect(fd, (struct sockaddr *)&address, sizeof(address)), 0);
	return fd;
}

/* Reads into the fixture's answer until ${until} stands in it or the stream ends; false at the deadline. */
static int read_until(struct fixture *fixture, int fd, const char *until)
{
	size_t length = 0;
	struct pollfd ready = { .fd = fd, .events = POLLIN };

	fixture->answer[0] = '\0';
	while (length + 1 < ANSWER_MAX && poll(&ready, 1, DEADLINE_MS) > 0) {
		ssize_t got = read(fd, fixture->answer + length, ANSWER_MAX - 1 - length);

		if (got <= 0)
			return until == NULL;
		length += (size_t)got;
		fixture->answer[length] = '\0';
		if (until && strstr(fixture->answer, until))
			return 1;
	}
	return 0;
}

static const char *ask(struct fixture *fixture, const char *request)
{
	int fd = dial(fixture);

	/* the server may answer and close before it has read all */
	(void)send(fd, request, strlen(request), MSG_NOSIGNAL);
	assert_true(read_until(fixture, fd, NULL));
	close(fd);
	return fixture->answer;
}

static void assert_holds(const char *answer, const char *text)
{
	if (!strstr(answer, text))
		fail_msg("no \"%s\" in: %.2000s", text, answer);
}

#define HOST  "Host: 127.0.0.1\r\n"
#define CLOSE "Connection: close\r\n\r\n"

static void test_answers(void **state)
{
	static const struct {
		const char *request, *code, *holds;
	} VECTORS[] = {
		{ "GET / HTTP/1.1\r\n" HOST CLOSE, "200", "<title>Isoward</title>" },
		{ "GET /app.js HTTP/1.1\r\n" HOST CLOSE, "200", "text/javascript" },
		{ "GET /style.css?x=1 HTTP/1.1\r\n" HOST CLOSE, "200", "text/css" },
		{ "HEAD / HTTP/1.1\r\n" HOST CLOSE, "200", "ETag: \"" },
		{ "HEAD /api/v1/stream HTTP/1.1\r\n" HOST CLOSE, "200", "text/event-stream" },
		{ "GET /api/v1/status HTTP/1.1\r\nHost: localhost:8080\r\n" CLOSE, "200", "\"site\":\"Riverside\"" },
		{ "GET /api/v1/zones HTTP/1.0\r\n" HOST CLOSE, "200", "\"name\":\"pumps\"" },
		{ "GET /api/v1/devices?limit=0 HTTP/1.1\r\n" HOST CLOSE, "400", "{\"error\":\"limit" },
		{ "GET /metrics HTTP/1.1\r\n" HOST CLOSE, "200", "isoward_enforcement{state=\"active\"} 1" },
		{ "GET /nothing HTTP/1.1\r\n" HOST CLOSE, "404", "nosniff" },
		{ "GET /../../etc/passwd HTTP/1.1\r\n" HOST CLOSE, "404", "nosniff" },
		{ "GET / HTTP/1.1\r\nHost: evil.example\r\n" CLOSE, "421", "frame-ancestors 'none'" },
		{ "GET / HTTP/1.1\r\n" CLOSE, "421", "nosniff" },
		{ "POST / HTTP/1.1\r\n" HOST "Content-Length: 0\r\n" CLOSE, "405", "Allow: GET, HEAD" },
		{ "DELETE /api/v1/status HTTP/1.1\r\n" HOST CLOSE, "405", "Allow: GET, HEAD" },
		{ "POST / HTTP/1.1\r\n" HOST "Content-Length: 9\r\n" CLOSE "123456789", "413", "" },
		{ "GARBAGE\r\n\r\n", "400", "" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(VECTORS); i++) {
		const char *answer = ask(*state, VECTORS[i].request);

		if (strncmp(answer + strlen("HTTP/1.1 "), VECTORS[i].code, 3) != 0)
			fail_msg("%s: %.40s", VECTORS[i].request, answer);
		assert_holds(answer, VECTORS[i].holds);
	}
}

static void test_strict_headers(void **state)
{
	const char *answer = ask(*state, "GET / HTTP/1.1\r\n" HOST CLOSE);

	assert_holds(answer, "Content-Security-Policy: default-src 'none'; script-src 'self'; style-src 'self';");
	assert_holds(answer, "X-Content-Type-Options: nosniff\r\n");
	assert_holds(answer, "Referrer-Policy: no-referrer\r\n");
	assert_holds(answer, "Cache-Control: no-cache\r\n");
	assert_holds(ask(*state, "GET /api/v1/status HTTP/1.1\r\n" HOST CLOSE), "Cache-Control: no-store\r\n");
}

static void test_known_tag_is_not_sent_again(void **state)
{
	struct fixture *fixture = *state;
	char request[256];
	const char *tag = strstr(ask(fixture, "HEAD /app.js HTTP/1.1\r\n" HOST CLOSE), "ETag: ");

	assert_non_null(tag);
	snprintf(request, sizeof(request), "GET /app.js HTTP/1.1\r\n" HOST "If-None-Match: %.18s\r\n" CLOSE, tag + 6);
	assert_holds(ask(fixture, request), "HTTP/1.1 304");
}

static void test_long_headers_are_refused(void **state)
{
	struct fixture *fixture = *state;
	size_t size = WEB_HEADERS_MAX + 1024;
	char *request = calloc(1, size + 128);
	int length = sprintf(request, "GET / HTTP/1.1\r\n" HOST "X: ");

	memset(request + length, 'x', size);
	strcpy(request + length + size, "\r\n" CLOSE);
	ask(fixture, request);
	assert_null(strstr(fixture->answer, "200 OK"));
	free(request);
}

static int open_stream(struct fixture *fixture, const char *until)
{
	int fd = dial(fixture);
	const char *request = "GET /api/v1/stream HTTP/1.1\r\n" HOST "\r\n";

	assert_int_equal(write(fd, request, strlen(request)), (ssize_t)strlen(request));
	if (!read_until(fixture, fd, until))
		fail_msg("no \"%s\" in: %.500s", until, fixture->answer);
	return fd;
}

static size_t count_of(const char *text, const char *what)
{
	size_t count = 0;

	for (const char *at = text; (at = strstr(at, what)); at++)
		count++;
	return count;
}

/* The clock of the last event in the answer. */
static uint64_t last_now(const struct fixture *fixture)
{
	const char *at = fixture->answer;
	uint64_t now = 0;

	while ((at = strstr(at, "\"now\":"))) {
		at += strlen("\"now\":");
		now = strtoull(at, NULL, 10);
	}
	return now;
}

static void test_stream_is_throttled(void **state)
{
	struct fixture *fixture = *state;
	int fd = open_stream(fixture, "event: changed\ndata: {\"site\":\"Riverside\"");
	uint64_t begin;
	size_t events = 0;

	assert_true(read_until(fixture, fd, "}\n\n")); /* the greeting is no push: count from the one after it */
	begin = last_now(fixture);
	while (last_now(fixture) < begin + 4 * WEB_PUSH_MS) {
		assert_true(read_until(fixture, fd, "}\n\n"));
		events += count_of(fixture->answer, "event: changed");
	}
	assert_in_range(events, 2, 5);
	close(fd);
}

static void test_streams_are_capped_and_their_places_given_back(void **state)
{
	struct fixture *fixture = *state;
	int fds[WEB_STREAMS_MAX];
	int tries = 0;

	for (int round = 0; round < 3; round++) {
		for (int i = 0; i < WEB_STREAMS_MAX; i++)
			fds[i] = open_stream(fixture, "event: changed");
		assert_holds(ask(fixture, "GET /api/v1/stream HTTP/1.1\r\n" HOST CLOSE), "HTTP/1.1 503");
		for (int i = 0; i < WEB_STREAMS_MAX; i++)
			close(fds[i]);
		do {
			poll(NULL, 0, 20);
		} while (!strstr(ask(fixture, "GET /metrics HTTP/1.1\r\n" HOST CLOSE), "isoward_web_streams 0\n") &&
		         ++tries < 250);
	}
	assert_holds(fixture->answer, "isoward_web_streams 0\n");
	assert_holds(fixture->answer, "isoward_web_refused_total 3\n");
}

static void test_reset_streams_do_no_harm(void **state)
{
	struct fixture *fixture = *state;
	struct linger reset = { .l_onoff = 1 };

	for (int i = 0; i < 100; i++) {
		int fd = open_stream(fixture, i % 2 ? "event: changed" : "HTTP/1.1 200");

		setsockopt(fd, SOL_SOCKET, SO_LINGER, &reset, sizeof(reset));
		close(fd);
	}
	assert_holds(ask(fixture, "GET /api/v1/status HTTP/1.1\r\n" HOST CLOSE), "HTTP/1.1 200");
}

static void test_out_of_descriptors_recovers(void **state)
{
	struct fixture *fixture = *state;
	struct rlimit limit = { .rlim_cur = 24, .rlim_max = 24 };
	int fds[40];

	assert_int_equal(prlimit(fixture->child, RLIMIT_NOFILE, &limit, NULL), 0);
	for (size_t i = 0; i < ARRAY_SIZE(fds); i++)
		fds[i] = dial(fixture);
	poll(NULL, 0, 100);
	for (size_t i = 0; i < ARRAY_SIZE(fds); i++)
		close(fds[i]);
	assert_holds(ask(fixture, "GET /api/v1/status HTTP/1.1\r\n" HOST CLOSE), "HTTP/1.1 200");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_answers, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_strict_headers, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_known_tag_is_not_sent_again, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_long_headers_are_refused, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_stream_is_throttled, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_streams_are_capped_and_their_places_given_back, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_reset_streams_do_no_harm, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_out_of_descriptors_recovers, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "controller/sensor/sensor.h"

#include <assert.h>
#include <errno.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <time.h>
#include <unistd.h>

#include "controller/message.h"
#include "controller/sensor/dissect/dissector.h"
#include "controller/sensor/ring.h"
#include "netlink/nflog_packets.h"
#include "policy/base/log.h"
#include "policy/base/memory.h"

#define EVENTS_MAX            32
#define FLOW_DATAGRAMS_A_TURN 4

static_assert(MALFORMED_COUNT <= MALFORMED_REASONS_MAX, "each reason has its counter in the message");

/* 10 MB of flows when all were met, 8 MB of streams when all wait at once, 9 MB of nDPI. */
static const struct dissector_options dissecting = {
	.flows_max = 65536, .streams_max = 256, .messages_max = 8, .applications = true
};

struct capture {
	struct ring *ring; /* NULL where free */
	enum capture_kind kind;
};

struct sensor {
	int controller_fd;
	int epoll_fd;
	struct dissector *dissector;
	struct capture captures[SENSOR_RINGS_MAX];
	int flow_packets_fd; /* -1 until the controller gives it */
	uint8_t *flow_packets;
	struct sensor_statistics statistics;
	bool changed;          /* since statistics were sent */
	uint64_t sent_ms;      /* monotonic */
	bool controller_stuck; /* the last observation did not get through */
	bool ended;
	int failure; /* of the socket to the controller; negative errno */
	struct message message;
};

static uint64_t now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

static uint64_t wall_clock_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

static void log_capture(enum log_level level, const char *event, uint32_t ifindex, const char *text)
{
	char number[16];

	snprintf(number, sizeof(number), "%u", ifindex);
	log_event(level, event, "ifindex", number, "text", text, NULL);
}

/* Sends sensor->message, patiently once. errors: -EAGAIN it was dropped; others end the sensor. */
static int send_message(struct sensor *sensor)
{
	struct pollfd writable = { .fd = sensor->controller_fd, .events = POLLOUT };
	int result = message_send(sensor->controller_fd, &sensor->message, -1);

	if (result == -EAGAIN && !sensor->controller_stuck && poll(&writable, 1, SENSOR_PATIENCE_MS) > 0)
		result = message_send(sensor->controller_fd, &sensor->message, -1);
	if (result == -ENOBUFS || result == -ENOMEM)
		result = -EAGAIN;
	sensor->controller_stuck = result == -EAGAIN;
	if (result < 0 && result != -EAGAIN)
		sensor->failure = result;
	return result;
}

static void take_observation(const struct observation *observation, void *context)
{
	struct sensor *sensor = context;

	sensor->message.type = MESSAGE_OBSERVATION;
	memcpy(&sensor->message.observation, observation, observation_size(observation));
	message_fit(&sensor->message);
	if (!sensor->failure && send_message(sensor) == -EAGAIN)
		sensor->statistics.observations_lost++;
}

static void take_frame(const struct frame *frame, void *context)
{
	struct sensor *sensor = context;

	dissector_take(sensor->dissector, frame);
	sensor->changed = true;
}

static void count_drops(struct sensor *sensor, struct ring *ring)
{
	uint64_t delivered = 0; /* frames are counted as they are read */

	ring_statistics(ring, &delivered, &sensor->statistics.dropped);
}

static void remove_capture(struct sensor *sensor, struct capture *capture)
{
	count_drops(sensor, capture->ring);
	sensor->changed = true;
	/* Closing takes it out of the epoll set unless the sender's copy is still open; so say it. */
	epoll_ctl(sensor->epoll_fd, EPOLL_CTL_DEL, ring_fd(capture->ring), NULL);
	ring_free(take_ptr(&capture->ring));
}

/* Deletes the captures of ${ifindex}: those of ${kind}, or all where it is CAPTURE_KIND_COUNT. */
static void delete_captures(struct sensor *sensor, uint32_t ifindex, enum capture_kind kind)
{
	for (size_t i = 0; i < SENSOR_RINGS_MAX; i++) {
		struct capture *capture = &sensor->captures[i];

		if (capture->ring && ring_ifindex(capture->ring) == ifindex &&
		    (kind == CAPTURE_KIND_COUNT || kind == capture->kind))
			remove_capture(sensor, capture);
	}
}

static struct capture *free_capture(struct sensor *sensor)
{
	for (size_t i = 0; i < SENSOR_RINGS_MAX; i++)
		if (!sensor->captures[i].ring)
			return &sensor->captures[i];
	return NULL;
}

/* Takes ${fd} over. A capture that was there already is replaced: the controller opens anew what it restarts. */
static void add_capture(struct sensor *sensor, const struct message_capture *wanted, int fd)
{
	enum capture_kind kind = (enum capture_kind)wanted->kind;
	struct epoll_event event = { .events = EPOLLIN };
	struct error error = { 0 };
	struct capture *capture;

	delete_captures(sensor, wanted->ifindex, kind);
	capture = free_capture(sensor);
	if (!capture)
		error_set(&error, -E2BIG, "no more than %d rings", SENSOR_RINGS_MAX);
	else if (ring_map(fd, wanted->ifindex, kind, &wanted->geometry, &capture->ring, &error) == 0)
		capture->kind = kind;
	if (error.code < 0) {
		log_capture(LEVEL_ERROR, "capture-failed", wanted->ifindex, error.text);
		close(fd);
		return;
	}
	event.data.ptr = capture;
	if (epoll_ctl(sensor->epoll_fd, EPOLL_CTL_ADD, fd, &event) < 0) {
		log_capture(LEVEL_ERROR, "capture-failed", wanted->ifindex, strerror(errno));
		ring_free(take_ptr(&capture->ring));
	}
}

static void take_flow_packet(const struct nflog_packet *packet, void *context)
{
	const struct frame frame = { .bytes = packet->bytes,
		                     .length = packet->length,
		                     .link = LINK_RAW_IP,
		                     .ifindex = packet->in_ifindex,
		                     .captured_ns = packet->captured_ns ? packet->captured_ns : wall_clock_ns(),
		                     .source = &packet->source,
		                     .destination = &packet->destination };

	if (frame.ifindex)
		take_frame(&frame, context);
}

static void read_flow_packets(struct sensor *sensor)
{
	int result = nflog_packets_read(sensor->flow_packets_fd, sensor->flow_packets, FLOW_DATAGRAMS_A_TURN,
	                                take_flow_packet, sensor);

	if (result == -ENOBUFS) /* how many, the kernel does not tell */
		sensor->statistics.dropped++;
}

/* Takes ${fd} over. The controller gives it once, to each sensor that it starts. */
static void add_flow_packets(struct sensor *sensor, int fd)
{
	struct epoll_event event = { .events = EPOLLIN, .data.ptr = &sensor->flow_packets_fd };

	if (sensor->flow_packets_fd >= 0 || epoll_ctl(sensor->epoll_fd, EPOLL_CTL_ADD, fd, &event) < 0) {
		log_capture(LEVEL_ERROR, "capture-failed", 0, "the packets of flows cannot be watched");
		close(fd);
		return;
	}
	sensor->flow_packets_fd = fd;
}

static void handle_message(struct sensor *sensor, const struct message *message, int fd)
{
	if (message->type == MESSAGE_CAPTURE_ADD && message->capture.kind == CAPTURE_FLOWS && fd >= 0) {
		add_flow_packets(sensor, fd);
		return;
	}
	if (message->type == MESSAGE_CAPTURE_ADD && fd >= 0) {
		add_capture(sensor, &message->capture, fd);
		return;
	}
	if (message->type == MESSAGE_CAPTURE_DELETE)
		delete_captures(sensor, message->capture.ifindex, CAPTURE_KIND_COUNT);
	else
		log_event(LEVEL_WARNING, "message-unexpected", NULL);
	if (fd >= 0)
		close(fd);
}

static void read_controller(struct sensor *sensor)
{
	for (;;) {
		struct message message;
		int fd = -1;
		int result = message_receive(sensor->controller_fd, &message, &fd);

		if (result > 0) {
			handle_message(sensor, &message, fd);
			continue;
		}
		if (result == 0)
			sensor->ended = true;
		else if (result == -EBADMSG)
			log_event(LEVEL_WARNING, "message-malformed", NULL);
		else if (result != -EAGAIN && result != -EINTR)
			sensor->failure = result;
		return;
	}
}

static void count_frames(struct sensor *sensor)
{
	const struct dissector_statistics *counted = dissector_statistics(sensor->dissector);

	sensor->statistics.frames = counted->frames;
	sensor->statistics.flows_evicted = counted->flows_evicted;
	sensor->statistics.streams_refused = counted->streams_refused;
	sensor->statistics.segments_lost = counted->segments_lost;
	sensor->statistics.fragments = counted->fragments;
	sensor->statistics.link_unknown = counted->link_unknown;
	memcpy(sensor->statistics.malformed, counted->malformed, sizeof(counted->malformed));
}

static void send_statistics(struct sensor *sensor)
{
	uint64_t now = now_ms();

	if (!sensor->changed || now - sensor->sent_ms < SENSOR_STATISTICS_MS)
		return;
	for (size_t i = 0; i < SENSOR_RINGS_MAX; i++)
		if (sensor->captures[i].ring)
			count_drops(sensor, sensor->captures[i].ring);
	count_frames(sensor);
	message_make(&sensor->message, MESSAGE_SENSOR_STATISTICS);
	sensor->message.statistics = sensor->statistics;
	sensor->sent_ms = now;
	if (send_message(sensor) == 0)
		sensor->changed = false;
}

static void read_ring(struct sensor *sensor, const struct epoll_event *event)
{
	const struct capture *capture = event->data.ptr;

	if (event->events & (EPOLLERR | EPOLLHUP))
		ring_clear_error(capture->ring);
	ring_read(capture->ring, take_frame, sensor);
}

static bool is_ring(const struct sensor *sensor, const struct epoll_event *event)
{
	return event->data.ptr && event->data.ptr != &sensor->flow_packets_fd;
}

/* Urgent rings first; the controller last, as it may take rings away that stand in ${events}. */
static void handle_events(struct sensor *sensor, const struct epoll_event *events, int count)
{
	for (int kind = CAPTURE_URGENT; kind < CAPTURE_RING_COUNT; kind++)
		for (int i = 0; i < count; i++) {
			const struct capture *capture = events[i].data.ptr;

			if (is_ring(sensor, &events[i]) && (int)capture->kind == kind)
				read_ring(sensor, &events[i]);
		}
	for (int i = 0; i < count; i++)
		if (events[i].data.ptr == &sensor->flow_packets_fd)
			read_flow_packets(sensor);
	for (int i = 0; i < count; i++)
		if (!events[i].data.ptr)
			read_controller(sensor);
}

static int run(struct sensor *sensor)
{
	struct epoll_event controller = { .events = EPOLLIN, .data.ptr = NULL };

	if (epoll_ctl(sensor->epoll_fd, EPOLL_CTL_ADD, sensor->controller_fd, &controller) < 0)
		return -errno;
	while (!sensor->ended && !sensor->failure) {
		struct epoll_event events[EVENTS_MAX];
		int count =
			epoll_wait(sensor->epoll_fd, events, EVENTS_MAX, sensor->changed ? SENSOR_STATISTICS_MS : -1);

		if (count < 0 && errno != EINTR)
			return -errno;
		handle_events(sensor, events, count);
		send_statistics(sensor);
	}
	/* A controller that is gone is the end, not a failure. */
	return sensor->failure == -EPIPE || sensor->failure == -ECONNRESET ? 0 : sensor->failure;
}

int sensor_run(int controller_fd)
{
	struct sensor *sensor = calloc(1, sizeof(*sensor));
	int result;

	if (!sensor)
		return -ENOMEM;
	/* nDPI reads the dates of certificates as local time: UTC by this name alone is read from no file. */
	if (setenv("TZ", ":", 1) < 0) {
		free(sensor);
		return -ENOMEM;
	}
	sensor->controller_fd = controller_fd;
	sensor->flow_packets_fd = -1;
	sensor->flow_packets = malloc(NFLOG_PACKETS_BYTES);
	sensor->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	result = sensor->epoll_fd < 0 ? -errno : 0;
	if (result == 0 && !sensor->flow_packets)
		result = -ENOMEM;
	if (result == 0)
		result = dissector_new(&dissecting, take_observation, sensor, &sensor->dissector);
	if (result == 0)
		result = run(sensor);
	for (size_t i = 0; i < SENSOR_RINGS_MAX; i++)
		if (sensor->captures[i].ring)
			remove_capture(sensor, &sensor->captures[i]);
	dissector_free(sensor->dissector);
	if (sensor->flow_packets_fd >= 0)
		close(sensor->flow_packets_fd);
	if (sensor->epoll_fd >= 0)
		close(sensor->epoll_fd);
	free(sensor->flow_packets);
	free(sensor);
	return result;
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "policy/finding/detector.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <uthash.h>
#include <utlist.h>

#include "policy/finding/look.h"
#include "policy/services.h"

#define MINUTE_MS     60000U
#define PROTOCOL_TCP6 6 /* IANA */

struct memory_key {
	struct mac mac;
	struct address address;
};

/* What is remembered of a device. */
struct memory {
	struct memory_key key;
	uint64_t minute_ms; /* in which ${told} counts */
	uint32_t told;
	struct look_memory look;
	struct memory *prev, *next;
	UT_hash_handle hh;
};

struct detector {
	struct detector_options options;
	detector_emit *emit;
	void *context;
	struct memory *memories;
	struct memory *quiet; /* the one met longest ago first */
	struct claims *claims;
	uint64_t suppressed;
	uint64_t forgotten;
};

int detector_new(const struct detector_options *options, detector_emit *emit, void *context, struct detector **detector)
{
	struct detector *made = calloc(1, sizeof(*made));
	int result = made ? 0 : -ENOMEM;

	if (result < 0)
		return result;
	made->options = *options;
	if (!made->options.subjects_max)
		made->options.subjects_max = DETECTOR_SUBJECTS_MAX;
	made->emit = emit;
	made->context = context;
	result = claims_new(made->options.subjects_max, &made->claims);
	if (result < 0) {
		free(made);
		return result;
	}
	*detector = made;
	return 0;
}

void detector_free(struct detector *detector)
{
	struct memory *memory, *next;

	if (!detector)
		return;
	HASH_ITER (hh, detector->memories, memory, next) {
		HASH_DELETE(hh, detector->memories, memory);
		free(memory);
	}
	claims_free(detector->claims);
	free(detector);
}

static bool has_mac(const struct mac *mac)
{
	static const struct mac none;

	return !mac_equal(mac, &none);
}

static void forget_one(struct detector *detector)
{
	struct memory *memory = detector->quiet;

	HASH_DELETE(hh, detector->memories, memory);
	DL_DELETE(detector->quiet, memory);
	free(memory);
	detector->forgotten++;
}

/* The device is its MAC where it has one, else its address. NULL: no memory, and nothing is told of it. */
static struct memory *memory_of(struct detector *detector, const struct subject *subject)
{
	struct memory_key key;
	struct memory *memory;

	memset(&key, 0, sizeof(key));
	if (has_mac(&subject->mac))
		key.mac = subject->mac;
	else
		key.address = subject->address;
	HASH_FIND(hh, detector->memories, &key, sizeof(key), memory);
	if (memory) {
		DL_DELETE(detector->quiet, memory);
		DL_APPEND(detector->quiet, memory);
		return memory;
	}
	memory = calloc(1, sizeof(*memory));
	if (!memory)
		return NULL;
	if (HASH_COUNT(detector->memories) >= detector->options.subjects_max)
		forget_one(detector);
	memory->key = key;
	HASH_ADD(hh, detector->memories, key, sizeof(memory->key), memory);
	DL_APPEND(detector->quiet, memory);
	return memory;
}

static bool within_rate(struct detector *detector, struct memory *memory, uint64_t now_ms)
{
	if (now_ms < memory->minute_ms || now_ms - memory->minute_ms >= MINUTE_MS) {
		memory->minute_ms = now_ms;
		memory->told = 0;
	}
	if (memory->told < DETECTOR_RATE) {
		memory->told++;
		return true;
	}
	detector->suppressed++;
	return false;
}

static struct look look_at(struct detector *detector, const struct subject *subject, uint64_t now_ms)
{
	struct memory *memory = memory_of(detector, subject);

	return (struct look){ .detector = detector,
		              .subject = subject,
		              .memory = memory ? &memory->look : NULL,
		              .claims = detector->claims,
		              .is_gateway = detector->options.is_gateway,
		              .now_ms = now_ms,
		              .peer = { .family = FAMILY_NONE } };
}

/* Of the others the evidence says which site it was, or it does not matter: one finding, not one for each address. */
static bool tells_peer(enum finding_type type)
{
	return type == FINDING_REMOTE_DESKTOP || type == FINDING_CREDENTIALS || type == FINDING_PHI_PROTOCOL;
}

void look_tell(const struct look *look, enum finding_type type, const char *format, ...)
{
	struct finding finding = { .type = (uint8_t)type,
		                   .mac = look->subject->mac,
		                   .address = look->subject->address,
		                   .first_ms = look->now_ms,
		                   .last_ms = look->now_ms,
		                   .count = 1 };
	struct memory *memory = memory_of(look->detector, look->subject);
	va_list values;

	if (!memory || !within_rate(look->detector, memory, look->now_ms))
		return;
	if (tells_peer(type))
		finding.peer = look->peer;
	va_start(values, format);
	vsnprintf(finding.evidence, sizeof(finding.evidence), format, values);
	va_end(values);
	snprintf(finding.zone, sizeof(finding.zone), "%s", look->subject->zone);
	look->detector->emit(&finding, look->detector->context);
}

void detector_observe(struct detector *detector, const struct observation *observation, const struct subject *subject)
{
	struct look look = look_at(detector, subject, observation->captured_ns / 1000000);

	look_message(&look, observation);
}

/* Its system came with the device and goes with it: it is renewed as firmware, by its maker, or not at all. */
static bool is_embedded(const char *class)
{
	static const char *const embedded[] = { "building", "camera",  "console", "embedded",
		                                "iot",      "network", "printer", "storage" };

	for (size_t i = 0; i < ARRAY_SIZE(embedded); i++)
		if (look_class_within(class, embedded[i]))
			return true;
	return false;
}

void detector_judged(struct detector *detector, const struct subject *subject, uint64_t now_ms)
{
	struct look look = look_at(detector, subject, now_ms);

	if (subject->os[0] && subject->ended[0])
		look_tell(&look, is_embedded(subject->class) ? FINDING_OLD_FIRMWARE : FINDING_OLD_OS,
		          "%s, support ended %s%s%s%s", subject->os, subject->ended, subject->ended_why[0] ? " (" : "",
		          subject->ended_why, subject->ended_why[0] ? ")" : "");
	if (!subject->class[0] && subject->is_default_zone)
		look_tell(&look, FINDING_UNKNOWN_DEVICE, "nothing it said so far tells what it is");
}

void detector_conflict(struct detector *detector, const struct subject *subject, const char *was, const char *how,
                       uint64_t now_ms)
{
	struct look look = look_at(detector, subject, now_ms);

	look_tell(&look, FINDING_SPOOF_IDENTITY, "was %s, %s", was[0] ? was : "unrecognised", how);
}

void detector_spoofed(struct detector *detector, const struct subject *subject, const struct address *claimed,
                      uint64_t now_ms)
{
	struct look look = look_at(detector, subject, now_ms);
	char shown[ADDRESS_TEXT_MAX];

	look_tell(&look, FINDING_SPOOF_IP, "sends as %s, which is not its own", address_format(claimed, shown));
}

void detector_routes(struct detector *detector, const struct subject *subject, size_t addresses, uint64_t now_ms)
{
	struct look look = look_at(detector, subject, now_ms);

	if (look_class_within(subject->class, "network") || look_class_within(subject->class, "medical/server"))
		return;
	look_tell(&look, FINDING_ROGUE_ROUTER, "%zu addresses live behind it", addresses);
}

static bool is_service(const char *name, const struct conversation *conversation)
{
	const struct service_builtin *service = service_builtin_by_name(name);

	for (size_t i = 0; service && i < service->range_count; i++)
		if (service->ranges[i].protocol == conversation->protocol &&
		    conversation->destination_port >= service->ranges[i].first &&
		    conversation->destination_port <= service->ranges[i].last)
			return true;
	return false;
}

void detector_refused(struct detector *detector, const struct refused_flow *flow, const struct subject *subject,
                      uint64_t now_ms)
{
	struct look look = look_at(detector, subject, now_ms);
	const struct conversation *conversation = &flow->conversation;
	const char *to = flow->to_zone[0] ? flow->to_zone : "no zone";
	char service[SERVICE_TEXT_MAX];

	look.peer = conversation->destination;
	look_connected(&look, conversation);
	snprintf(service, sizeof(service), "%s/%u", conversation->protocol == PROTOCOL_TCP6 ? "tcp" : "udp",
	         conversation->destination_port);
	if (!flow->is_clinical) {
		if (is_service("web", conversation) || is_service("quic", conversation))
			look_tell(&look, FINDING_BROWSING, "refused %s to %s", service, to);
		return;
	}
	if (is_service("lateral", conversation))
		look_tell(&look, FINDING_ADMIN_PROTOCOL, "refused %s to %s", service, to);
	else
		look_tell(&look, FINDING_DENIED, "refused %s to %s", service, to);
}

uint64_t detector_suppressed(const struct detector *detector)
{
	return detector->suppressed;
}

uint64_t detector_forgotten(const struct detector *detector)
{
	return detector->forgotten + claims_forgotten(detector->claims);
}

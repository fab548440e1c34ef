/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * api: a request's path and query in, the answer's bytes out; no socket, no clock.
 *
 * Owns:    the body of a reply is the caller's, to release with free().
 * Limits:  those of query.h; the lists inside one device's answer have API_DETAIL_MAX rows, that of its relations has
 *          API_RELATIONS_MAX.
 * Context: pure but for the source it asks. Web process.
 * Trust:   path and query are a stranger's; texts of the source go out as JSON strings, never as markup.
 */
#ifndef ISOWARD_WEB_API_H
#define ISOWARD_WEB_API_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "web/source.h"
#include "web/status.h"

#define API_PREFIX        "/api/v1/"
#define API_STREAM        "/api/v1/stream"
#define API_METRICS       "/metrics"
#define API_DETAIL_MAX    200
#define API_RELATIONS_MAX 40

/* What a request sees of the world. */
struct api_view {
	const struct web_source *source;
	const struct status *status;
	uint64_t now_ms;          /* wall clock */
	uint64_t since_ms;        /* wall clock: enforcement has been what it is since then */
	uint64_t requests;        /* answered by this process */
	unsigned int streams;     /* open event streams */
	uint64_t refused_streams; /* streams and connections over the limit */
};

struct api_reply {
	int code;         /* HTTP status */
	const char *type; /* Content-Type, a literal */
	char *body;       /* terminated */
	size_t length;
};

/*
 * api_get answers GET ${path} with ${query} (the text behind '?', or NULL) from ${view} into ${reply}.
 * shape: 200; 400 with {"error":…} for a bad query; 404 for an unknown path or device; 500 where the source failed.
 * errors: -ENOMEM, reply untouched.
 */
int api_get(const struct api_view *view, const char *path, const char *query, struct api_reply *reply);

/* api_status_text writes the status as JSON into a new string at ${text}, the caller's. errors: -ENOMEM. */
int api_status_text(const struct api_view *view, char **text);

/* api_enforcement_name gives the fixed name of ${enforcement}: "starting", "active", "unknown" or "degraded". */
const char *api_enforcement_name(uint8_t enforcement);

/*
 * metrics_write writes ${view} as Prometheus text into a new string at ${text} of ${length}, the caller's.
 * errors: -ENOMEM; what the source returned. Untouched on failure.
 */
int metrics_write(const struct api_view *view, char **text, size_t *length);

#endif

/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * log: one event name and its key=value pairs a line, for the journal and for people.
 *
 * Owns:    the name of the process shown in each line.
 * Limits:  LOG_LINE_MAX bytes a line; values are quoted and escaped when they hold anything but plain characters.
 * Context: controller, sensor and web; policy/, netlink/ and web/ code returns errors and leaves logging to main.
 * Source:  level prefixes "<3>" … "<7>": sd-daemon(3), used when JOURNAL_STREAM is set.
 */
#ifndef ISOWARD_POLICY_BASE_LOG_H
#define ISOWARD_POLICY_BASE_LOG_H

#include <stdbool.h>
#include <stdint.h>

#define LOG_LINE_MAX 2048

enum log_level {
	LEVEL_ERROR = 3,
	LEVEL_WARNING = 4,
	LEVEL_NOTICE = 5,
	LEVEL_INFO = 6,
	LEVEL_DEBUG = 7,
};

/* A limiter of what a packet can trigger: ${burst} lines an interval, the held back ones are counted. */
struct log_limit {
	uint64_t window_start_ms;
	uint32_t written;
	uint32_t held_back;
};

/* log_open names this ${process} and sets the highest ${level} that is written. */
void log_open(const char *process, enum log_level level);

/*
 * log_event writes one line: ${event}, then pairs of `const char *key, const char *value`, ended by NULL.
 * shape: log_event(LEVEL_NOTICE, "sensor-restarted", "pid", text, NULL)
 */
void log_event(enum log_level level, const char *event, ...) __attribute__((sentinel));

/*
 * log_allowed tells whether a line may be written at ${now_ms} (monotonic) under ${limit} of 10 lines in 10 seconds;
 * when a window opens after some were held back, their number is put into ${held_back} (else 0).
 */
bool log_allowed(struct log_limit *limit, uint64_t now_ms, uint32_t *held_back);

#endif

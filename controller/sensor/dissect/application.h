/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * application: which application a flow is of, by its first packets: nDPI's judgement.
 *
 * nDPI may guess neither by port nor by address alone; but what a TLS connection to a relay of Tor is, it knows by its
 * list of their addresses, a megabyte of its tables. Its QUIC is left out, for it decrypts with libgcrypt, which reads
 * files when it is first used, and the sensor has none: the name in a ClientHello comes from the QUIC decoder instead.
 *
 * The dates in a certificate it reads with mktime, which looks for the time zone's file, unless TZ is ":".
 *
 * Owns:    nDPI's tables (about 5.5 MB) and the states of flows that are not recognised yet.
 * Limits:  APPLICATION_STATES_MAX flows at once, 700 bytes each and what nDPI keeps of a handshake beside them; the
 *          flow that was begun first gives way. APPLICATION_PACKETS_MAX packets with payload a flow.
 * Context: single-threaded; opens no file and no socket, also when it is made. Sensor process and replay.
 * Trust:   nDPI reads a stranger's bytes: it is the reason that the sensor may do so little.
 */
#ifndef ISOWARD_CONTROLLER_SENSOR_DISSECT_APPLICATION_H
#define ISOWARD_CONTROLLER_SENSOR_DISSECT_APPLICATION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "policy/fields.h"

#define APPLICATION_STATES_MAX  4096
#define APPLICATION_PACKETS_MAX 10

struct application;

/* Called for the owner ${flow} of a state that is taken away from it. */
typedef void application_forget(uint32_t flow, void *context);

/* application_new makes ${application}, that calls ${forget} with ${context}. errors: -ENOMEM. ownership: the caller's.
 */
int application_new(application_forget *forget, void *context, struct application **application);

/* application_free releases ${application}; NULL is allowed. */
void application_free(struct application *application);

/*
 * application_begin gives ${flow} a state.
 * shape: its handle, never 0.
 */
uint32_t application_begin(struct application *application, uint32_t flow);

/* application_end releases the state of ${handle}. */
void application_end(struct application *application, uint32_t handle);

/*
 * application_take shows ${length} bytes of ${packet}, from the IP header on, at ${now_ms}, and adds what the flow of
 * ${handle} is to ${fields} once that is known.
 * shape: true when it is decided, with fields where it was recognised; false: more packets are wanted.
 */
bool application_take(struct application *application, uint32_t handle, const uint8_t *packet, size_t length,
                      uint64_t now_ms, struct fields *fields);

/*
 * application_take_name adds to ${fields} what a QUIC connection to the server called ${name} of ${length} bytes is.
 * shape: false, nothing added, where the name says nothing.
 */
bool application_take_name(struct application *application, const uint8_t *name, size_t length, struct fields *fields);

#endif

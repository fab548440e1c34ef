/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * sensor: the process that reads what strangers send, and does nothing else.
 *
 * Owns:    the rings whose sockets the controller passed to it.
 * Limits:  SENSOR_RINGS_MAX rings. Where the controller falls behind, the sensor waits SENSOR_PATIENCE_MS, frames
 *          queueing in the rings, then drops observations and counts them until one gets through.
 * Context: its own process, after sandbox_enter(SANDBOX_SENSOR).
 * Trust:   messages from the controller are checked; frames are hostile.
 */
#ifndef ISOWARD_CONTROLLER_SENSOR_SENSOR_H
#define ISOWARD_CONTROLLER_SENSOR_SENSOR_H

#define SENSOR_RINGS_MAX     128
#define SENSOR_PATIENCE_MS   100
#define SENSOR_STATISTICS_MS 1000

/*
 * sensor_run reads captures and sends observations over ${controller_fd}, which it borrows, until the controller closes
 * its end. Statistics follow once in SENSOR_STATISTICS_MS while they change.
 * shape: returns 0 at the end. errors: negative errno of the socket or of epoll.
 */
int sensor_run(int controller_fd);

#endif

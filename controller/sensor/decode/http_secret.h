/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * http_secret: passwords in addresses and forms, to be told of and never taken.
 *
 * Owns:    nothing.
 * Limits:  HTTP_ADDRESS_MAX characters of an address.
 * Context: pure. Sensor process and replay.
 * Trust:   hostile input; fuzzed by tests/fuzz/fuzz_http.c.
 * Source:  RFC 3986 section 3.2.1, WHATWG URL application/x-www-form-urlencoded.
 */
#ifndef ISOWARD_CONTROLLER_SENSOR_DECODE_HTTP_SECRET_H
#define ISOWARD_CONTROLLER_SENSOR_DECODE_HTTP_SECRET_H

#include <stdbool.h>
#include <stddef.h>

#include "controller/sensor/decode/head.h"

#define HTTP_ADDRESS_MAX 2048

/* http_form_has_password tells whether ${form} ("user=a&password=b") names a password that is not empty. */
bool http_form_has_password(const struct span *form);

/*
 * http_address_hide writes ${address} into ${hidden}, with "***" for what is a password in it.
 * shape: the length; ${has_password} tells whether one was there.
 */
size_t http_address_hide(const struct span *address, char hidden[HTTP_ADDRESS_MAX], bool *has_password);

#endif

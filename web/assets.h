/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * assets: the files of web/static, embedded at build time by web/embed.cmake.
 *
 * Owns:    constant bytes.
 */
#ifndef ISOWARD_WEB_ASSETS_H
#define ISOWARD_WEB_ASSETS_H

#include <stddef.h>

struct web_asset {
	const char *path; /* "/index.html" */
	const char *type; /* the Content-Type */
	const unsigned char *bytes;
	size_t length;
};

extern const struct web_asset WEB_ASSETS[];
extern const size_t WEB_ASSET_COUNT;

#endif

/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * server: the page over HTTP; the only file that sees evhttp.
 *
 * Owns:    its evhttp and the listening socket; borrows base and source, which must outlive it.
 * Limits:  no request body, WEB_HEADERS_MAX bytes of headers, WEB_TIMEOUT_S for a request, WEB_STREAMS_MAX event
 *          streams (then 503), one push in WEB_PUSH_MS; a stream that does not read is closed at WEB_BACKLOG_MAX
 *          bytes. Connections: the process's RLIMIT_NOFILE (WEB_CONNECTIONS_MAX above what it holds); at the limit
 *          accepting pauses, it does not spin.
 * Context: web process, one thread. GET and HEAD only; nothing a request says changes anything.
 * Trust:   hostile input. Names in Host other than ours are refused (DNS rebinding).
 * Source:  WHATWG HTML 9.2 (server-sent events), RFC 9110, CSP level 3.
 */
#ifndef ISOWARD_WEB_SERVER_H
#define ISOWARD_WEB_SERVER_H

#include "policy/base/error.h"
#include "policy/base/memory.h"
#include "web/source.h"
#include "web/status.h"

#define WEB_HEADERS_MAX     8192
#define WEB_TIMEOUT_S       15
#define WEB_CONNECTIONS_MAX 256
#define WEB_STREAMS_MAX     64
#define WEB_PUSH_MS         250
#define WEB_HEARTBEAT_S     10
#define WEB_BACKLOG_MAX     65536

struct event_base;
struct web_server;

/*
 * web_server_new serves ${source} on the bound socket ${listen_fd} in the event loop ${base} as a new ${server}.
 * errors: -ENOMEM, or what listen(2) says. ownership: listen_fd becomes the server's, also on failure.
 */
int web_server_new(struct event_base *base, int listen_fd, const struct web_source *source, struct web_server **server,
                   struct error *reterr);

/* web_server_free closes every connection and releases ${server}; NULL is allowed. */
void web_server_free(struct web_server *server);
CLEANUP_DEFINE(struct web_server, web_server_free);

/* web_server_status takes the latest ${status} and tells the open streams, not more often than WEB_PUSH_MS. */
void web_server_status(struct web_server *server, const struct status *status);

#endif

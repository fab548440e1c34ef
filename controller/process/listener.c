/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "controller/process/listener.h"

#include <errno.h>
#include <netdb.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <systemd/sd-daemon.h>
#include <unistd.h>

#define BACKLOG 64

static int handed_over(struct error *reterr)
{
	int count = sd_listen_fds(1);

	if (count <= 0)
		return -ENOENT;
	if (count > 1 || sd_is_socket(SD_LISTEN_FDS_START, AF_UNSPEC, SOCK_STREAM, 1) <= 0)
		return error_set(reterr, -EINVAL,
		                 "%d descriptors were handed over; one listening stream socket is taken", count);
	return SD_LISTEN_FDS_START;
}

static bool port_is_valid(const char *text)
{
	size_t digits = strspn(text, "0123456789");

	return digits > 0 && digits <= 5 && !text[digits] && strtoul(text, NULL, 10) <= UINT16_MAX;
}

static int split(const char *where, char host[128], const char **port)
{
	const char *colon = strrchr(where, ':');
	size_t length;

	/* getaddrinfo takes 99999 for a port and cuts it to sixteen bits */
	if (!colon || colon == where || !port_is_valid(colon + 1))
		return -EINVAL;
	length = (size_t)(colon - where);
	if (where[0] == '[') {
		if (where[length - 1] != ']')
			return -EINVAL;
		where++;
		length -= 2;
	}
	if (length == 0 || length >= 128)
		return -EINVAL;
	memcpy(host, where, length);
	host[length] = '\0';
	*port = colon + 1;
	return 0;
}

static int listen_on(const struct addrinfo *info, const char *where, struct error *reterr)
{
	int fd = socket(info->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	int one = 1, code;

	if (fd >= 0 && setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one)) == 0 &&
	    bind(fd, info->ai_addr, info->ai_addrlen) == 0 && listen(fd, BACKLOG) == 0)
		return fd;
	code = -errno;
	if (fd >= 0)
		close(fd);
	if (code == -EADDRINUSE)
		return error_set(reterr, code,
		                 "--listen %s: the port is in use; stop what uses it or name another port", where);
	return error_set(reterr, code, "--listen %s: %s; name an address of this machine", where, strerror(-code));
}

int listener_open(const char *where, struct error *reterr)
{
	struct addrinfo hints = { .ai_flags = AI_NUMERICHOST | AI_NUMERICSERV | AI_PASSIVE,
		                  .ai_socktype = SOCK_STREAM };
	struct addrinfo *info;
	const char *port;
	char host[128];
	int fd = handed_over(reterr);

	if (fd != -ENOENT)
		return fd;
	if (split(where, host, &port) < 0 || getaddrinfo(host, port, &hints, &info) != 0)
		return error_set(reterr, -EINVAL,
		                 "--listen %s: not an address and port; right would be 127.0.0.1:8080 or [::1]:8080",
		                 where);
	fd = listen_on(info, where, reterr);
	freeaddrinfo(info);
	return fd;
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "netlink/socket.h"

#include <errno.h>
#include <sys/socket.h>
#include <sys/time.h>

int socket_open(int bus, unsigned int groups, int receive_bytes, struct mnl_socket **opened, bool *privileged)
{
	struct timeval timeout = { .tv_sec = SOCKET_TIMEOUT_S };
	struct mnl_socket *new = mnl_socket_open2(bus, SOCK_CLOEXEC);
	bool forced;
	int fd;

	if (!new)
		return -errno;
	if (mnl_socket_bind(new, groups, MNL_SOCKET_AUTOPID) < 0) {
		int rc = -errno;

		mnl_socket_close(new);
		return rc;
	}
	fd = mnl_socket_get_fd(new);
	/* The forced form passes net.core.rmem_max and needs CAP_NET_ADMIN; with less room losses only come earlier. */
	forced = setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &receive_bytes, sizeof(receive_bytes)) == 0;
	if (!forced)
		setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &receive_bytes, sizeof(receive_bytes));
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &timeout, sizeof(timeout));
	if (privileged)
		*privileged = forced;
	*opened = new;
	return 0;
}

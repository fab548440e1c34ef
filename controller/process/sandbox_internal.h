/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * sandbox_internal: the parts of the sandbox that have a file of their own.
 *
 * Owns:    nothing.
 * Context: called by sandbox_enter alone.
 */
#ifndef ISOWARD_CONTROLLER_PROCESS_SANDBOX_INTERNAL_H
#define ISOWARD_CONTROLLER_PROCESS_SANDBOX_INTERNAL_H

#include "controller/process/sandbox.h"

/* sandbox_fail sets "${step}: the text of ${code}" and returns ${code}. */
int sandbox_fail(struct error *reterr, const char *step, int code);

/*
 * sandbox_restrict_files leaves this process no file to open but those below ${readable}, for reading; none at all
 * where it is NULL. Where the kernel can, TCP bind and connect, signals to and abstract sockets of others go, too.
 * errors: -EOPNOTSUPP, -ENOSYS the kernel has no Landlock; other negative errno.
 */
int sandbox_restrict_files(const char *readable, struct error *reterr);

/* sandbox_filter_calls loads the system call filter of ${role}, whose message socket is ${message_fd}. */
int sandbox_filter_calls(enum sandbox_role role, int message_fd, struct error *reterr);

#endif

/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * sysctls: the kernel settings that enforcement needs, set while it stands and put back by `isoward clear`.
 *
 * The value found before the first change is kept in the store (meta "sysctls", a line "path=value" each), so that a
 * restart does not take our own value for the original.
 *
 * Owns:    nothing; borrows the store.
 * Context: controller process, CAP_NET_ADMIN in the network namespace.
 * Source:  Documentation/networking/ip-sysctl.rst.
 */
#ifndef ISOWARD_CONTROLLER_ENFORCEMENT_SYSCTLS_H
#define ISOWARD_CONTROLLER_ENFORCEMENT_SYSCTLS_H

#include <stdbool.h>

#include "controller/store/store.h"
#include "policy/base/error.h"
#include "policy/policy.h"

/*
 * sysctls_set_global turns on forwarding (net.ipv4.ip_forward) and off redirects, which would tell devices a way
 * around the gateway. errors: -EACCES and other errnos with the path.
 */
int sysctls_set_global(struct store *store, struct error *reterr);

/*
 * sysctls_set_interface sets what ${interface} needs under ${isolation}: proxy_arp_pvlan for isolated switch ports
 * (RFC 3069) without delay, no redirects, forwarding. errors: as above; -ENOENT where it has vanished.
 */
int sysctls_set_interface(struct store *store, const char *interface, enum policy_isolation isolation,
                          struct error *reterr);

#define SYSCTL_TEXT_MAX 192

/*
 * sysctls_global_hold tells whether what sysctls_set_global set is still so; ${changed} says the first that is not:
 * "ipv4/ip_forward is 0". /proc/sys tells nobody of changes (inotify(7) does not see them): it is read. No store, no
 * lock.
 */
bool sysctls_global_hold(char changed[SYSCTL_TEXT_MAX]);

/* sysctls_interface_hold tells the same of what sysctls_set_interface set for ${interface} under ${isolation}. */
bool sysctls_interface_hold(const char *interface, enum policy_isolation isolation, char changed[SYSCTL_TEXT_MAX]);

/* sysctls_restore puts every kept value back and forgets it; what has vanished meanwhile is passed over. */
int sysctls_restore(struct store *store, struct error *reterr);

#endif

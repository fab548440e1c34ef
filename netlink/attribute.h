/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * attribute: netlink attributes sorted by type, and read only where they have the length they should have.
 *
 * Owns:    nothing; slots borrow from the message.
 * Context: controller process; private to netlink/. libmnl bounds each attribute by the message.
 * Source:  linux/netlink.h.
 */
#ifndef ISOWARD_NETLINK_ATTRIBUTE_H
#define ISOWARD_NETLINK_ATTRIBUTE_H

#include <libmnl/libmnl.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * attribute_parse puts the attributes of ${header} that follow ${offset} bytes of payload into ${slots} by type, types
 * above ${most} left out. shape: ${slots} has ${most} + 1 entries, NULL where there is none.
 */
void attribute_parse(const struct nlmsghdr *header, size_t offset, const struct nlattr **slots, uint16_t most);

/* attribute_parse_nested is attribute_parse for what is inside ${nested}; NULL has nothing inside. */
void attribute_parse_nested(const struct nlattr *nested, const struct nlattr **slots, uint16_t most);

/* attribute_text borrows the text of ${attribute}; NULL where there is none or it does not end with a NUL. */
const char *attribute_text(const struct nlattr *attribute);

/* attribute_u32 reads ${attribute} as it stands in the message into ${value}; false where it is not a 32-bit number. */
bool attribute_u32(const struct nlattr *attribute, uint32_t *value);

/* attribute_be64 reads ${attribute} into ${value}, host order; false where it is not a 64-bit number. */
bool attribute_be64(const struct nlattr *attribute, uint64_t *value);

/* attribute_copy_text copies ${length} bytes of text at ${from}, cut to ${size} with its terminator, to ${text}. */
void attribute_copy_text(char *text, size_t size, const char *from, size_t length);

#endif

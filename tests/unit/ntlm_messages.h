/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * ntlm_messages: NTLM messages for tests, as [MS-NLMP] lays them out.
 *
 * Context: unit tests; tests/unit/stream_test.h.
 */
#ifndef ISOWARD_TESTS_NTLM_MESSAGES_H
#define ISOWARD_TESTS_NTLM_MESSAGES_H

#include "tests/unit/stream_test.h"

#define NTLM_FLAGS   0x02000001U /* a version, names in Unicode */
#define NTLM_VERSION "\x0a\x00\x65\x4a\0\0\0\x0f"

static inline void put_wide(struct bytes *bytes, const char *text)
{
	for (; *text; text++)
		put_le16(bytes, (uint8_t)*text);
}

static inline void put_part(struct bytes *bytes, size_t length, size_t offset)
{
	put_le16(bytes, length);
	put_le16(bytes, length);
	put_le32(bytes, offset);
}

static inline void put_ntlm_negotiate(struct bytes *bytes, const char *workstation)
{
	put(bytes, "NTLMSSP", 8);
	put_le32(bytes, 1);
	put_le32(bytes, NTLM_FLAGS);
	put_part(bytes, 0, 0);
	put_part(bytes, strlen(workstation), 40);
	put(bytes, NTLM_VERSION, 8);
	put_text(bytes, workstation);
}

static inline void put_attribute(struct bytes *bytes, size_t number, const char *text)
{
	put_le16(bytes, number);
	put_le16(bytes, 2 * strlen(text));
	put_wide(bytes, text);
}

static inline void put_ntlm_challenge(struct bytes *bytes, const char *target, const char *computer, const char *dns)
{
	size_t name = 2 * strlen(target), info = 2 * strlen(computer) + 2 * strlen(dns) + 12;

	put(bytes, "NTLMSSP", 8);
	put_le32(bytes, 2);
	put_part(bytes, name, 56);
	put_le32(bytes, NTLM_FLAGS);
	put_text(bytes, "SECRET!!"); /* the challenge */
	put_zeros(bytes, 8);
	put_part(bytes, info, 56 + name);
	put(bytes, NTLM_VERSION, 8);
	put_wide(bytes, target);
	put_attribute(bytes, 1, computer);
	put_attribute(bytes, 3, dns);
	put_zeros(bytes, 4);
}

static inline void put_ntlm_authenticate(struct bytes *bytes, const char *domain, const char *host)
{
	size_t at = 88, lengths[] = { 8, 8, 2 * strlen(domain), 12, 2 * strlen(host), 0 };

	put(bytes, "NTLMSSP", 8);
	put_le32(bytes, 3);
	for (size_t i = 0; i < 6; i++) {
		put_part(bytes, lengths[i], at);
		at += lengths[i];
	}
	put_le32(bytes, NTLM_FLAGS);
	put(bytes, NTLM_VERSION, 8);
	put_zeros(bytes, 16);
	put_text(bytes, "SECRET!!SECRET!!");
	put_wide(bytes, domain);
	put_wide(bytes, "warden");
	put_wide(bytes, host);
}

/* Tells whether ${text}, in one byte a letter or two, stands in any field of ${connection}. */
static inline int is_told(const struct connection *connection, const char *text)
{
	struct bytes wide = { .length = 0 };
	struct field_value value;

	put_wide(&wide, text);
	for (size_t at = 0; fields_next(&connection->fields, &at, &value);)
		if (memmem(value.bytes, value.length, text, strlen(text)) ||
		    memmem(value.bytes, value.length, wide.byte, wide.length))
			return 1;
	return 0;
}

#endif

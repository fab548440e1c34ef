/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "controller/sensor/decode/http_secret.h"

#include <string.h>

#include "policy/base/memory.h"

#define HIDDEN "***"

static const char *const password_names[] = { "password", "passwd", "passwort", "pass", "pwd", "psw", "passphrase" };

/* The pair at the head of ${form}, cut off it: its name, and its value behind "=". */
static void next_pair(struct span *form, struct span *name, struct span *value)
{
	const uint8_t *end = memchr(form->bytes, '&', form->length), *equals;
	size_t length = end ? (size_t)(end - form->bytes) : form->length;

	*name = (struct span){ form->bytes, length };
	*value = (struct span){ form->bytes + length, 0 };
	equals = memchr(form->bytes, '=', length);
	if (equals) {
		name->length = (size_t)(equals - form->bytes);
		*value = (struct span){ equals + 1, length - name->length - 1 };
	}
	length += end ? 1 : 0;
	form->bytes += length;
	form->length -= length;
}

static bool is_password(const struct span *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(password_names); i++) {
		size_t length = strlen(password_names[i]);
		struct span end = *name;

		/* "user_password" and "user[password]" too */
		if (end.length && end.bytes[end.length - 1] == ']')
			end.length--;
		if (end.length < length)
			continue;
		end = (struct span){ end.bytes + end.length - length, length };
		if (span_is(&end, password_names[i]))
			return true;
	}
	return false;
}

bool http_form_has_password(const struct span *form)
{
	struct span rest = *form, name, value;

	while (rest.length) {
		next_pair(&rest, &name, &value);
		if (value.length && is_password(&name))
			return true;
	}
	return false;
}

/* An address that is being written. */
struct shown {
	char *text;
	size_t length;
};

static void show(struct shown *shown, const void *bytes, size_t length)
{
	size_t room = HTTP_ADDRESS_MAX - shown->length;

	if (length > room)
		length = room;
	if (length)
		memcpy(shown->text + shown->length, bytes, length);
	shown->length += length;
}

/* "http://user:secret@host": what stands between the second colon and "@". */
static void show_path(struct shown *shown, const struct span *path, bool *has_password)
{
	const uint8_t *slashes = memmem(path->bytes, path->length, "://", 3);
	const uint8_t *from = slashes ? slashes + 3 : path->bytes, *end = path->bytes + path->length;
	const uint8_t *slash = memchr(from, '/', (size_t)(end - from));
	const uint8_t *at = slashes ? memchr(from, '@', (size_t)((slash ? slash : end) - from)) : NULL;
	const uint8_t *colon = at ? memchr(from, ':', (size_t)(at - from)) : NULL;

	if (!colon) {
		show(shown, path->bytes, path->length);
		return;
	}
	*has_password = true;
	show(shown, path->bytes, (size_t)(colon + 1 - path->bytes));
	show(shown, HIDDEN, strlen(HIDDEN));
	show(shown, at, (size_t)(end - at));
}

size_t http_address_hide(const struct span *address, char hidden[HTTP_ADDRESS_MAX], bool *has_password)
{
	const uint8_t *question = memchr(address->bytes, '?', address->length);
	struct span path = { address->bytes, question ? (size_t)(question - address->bytes) : address->length };
	struct span query = { address->bytes + path.length, address->length - path.length }, name, value;
	struct shown shown = { .text = hidden };

	*has_password = false;
	show_path(&shown, &path, has_password);
	if (query.length) {
		show(&shown, query.bytes, 1);
		query.bytes++;
		query.length--;
	}
	while (query.length) {
		const uint8_t *start = query.bytes;

		next_pair(&query, &name, &value);
		if (value.length && is_password(&name)) {
			const uint8_t *end = value.bytes + value.length;

			*has_password = true;
			show(&shown, start, (size_t)(value.bytes - start));
			show(&shown, HIDDEN, strlen(HIDDEN));
			show(&shown, end, (size_t)(query.bytes - end));
		} else {
			show(&shown, start, (size_t)(query.bytes - start));
		}
	}
	return shown.length;
}

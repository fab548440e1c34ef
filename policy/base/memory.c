/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "policy/base/memory.h"

#include <errno.h>
#include <stdint.h>

int memory_reserve(void **array, size_t *capacity, size_t needed, size_t element_size)
{
	size_t room = *capacity ? *capacity : 8;
	void *grown;

	if (needed <= *capacity)
		return 0;
	while (room < needed) {
		if (room > SIZE_MAX / 2)
			return -ENOMEM;
		room *= 2;
	}
	grown = reallocarray(*array, room, element_size);
	if (!grown)
		return -ENOMEM;
	*array = grown;
	*capacity = room;
	return 0;
}

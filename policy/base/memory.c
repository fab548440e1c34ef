/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "policy/base/memory.h"

#include <errno.h>
#include <stdint.h>
#include <sys/mman.h>

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
	/* asked here and not left to reallocarray: a sanitizer ends the program at its overflow check */
	if (element_size && room > SIZE_MAX / element_size)
		return -ENOMEM;
	grown = reallocarray(*array, room, element_size);
	if (!grown)
		return -ENOMEM;
	*array = grown;
	*capacity = room;
	return 0;
}

void memory_prefer_large(void *block, size_t size)
{
	uintptr_t begin = ((uintptr_t)block + MEMORY_LARGE_BYTES - 1) / MEMORY_LARGE_BYTES * MEMORY_LARGE_BYTES;
	uintptr_t end = ((uintptr_t)block + size) / MEMORY_LARGE_BYTES * MEMORY_LARGE_BYTES;
	size_t skipped = begin - (uintptr_t)block;

	if (begin < end)
		(void)madvise((char *)block + skipped, end - begin, MADV_HUGEPAGE);
}

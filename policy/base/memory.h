/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * memory: scope-bound release, pointer hand-over and the sizes of arrays.
 *
 * Owns:    nothing.
 * Context: pure.
 */
#ifndef ISOWARD_POLICY_BASE_MEMORY_H
#define ISOWARD_POLICY_BASE_MEMORY_H

#include <stddef.h>
#include <stdlib.h>

/* CLEANUP_DEFINE makes `release_at_scope_end` functions for CLEANUP(free_function); put it after the prototype. */
#define CLEANUP_DEFINE(type, free_function)                                                                            \
	static inline void free_function##_at(type **slot)                                                             \
	{                                                                                                              \
		if (*slot)                                                                                             \
			free_function(*slot);                                                                          \
	}                                                                                                              \
	struct cleanup_needs_a_semicolon

/* CLEANUP(x_free) on a declaration of `struct x *p` calls x_free(p) when the scope ends and p is not NULL. */
#define CLEANUP(free_function) __attribute__((cleanup(free_function##_at)))

/* free_at makes CLEANUP(free) work for any pointer; ${slot} is the pointer's address. */
static inline void free_at(void *slot)
{
	free(*(void **)slot);
}

/* take_ptr hands the pointer in ${slot} to the caller and leaves NULL behind. */
#define take_ptr(slot)                                                                                                 \
	__extension__({                                                                                                \
		__typeof__(*(slot)) taken_ = *(slot);                                                                  \
		*(slot) = NULL;                                                                                        \
		taken_;                                                                                                \
	})

#define ARRAY_SIZE(array) (sizeof(array) / sizeof((array)[0]))

/*
 * memory_reserve makes room in the growable array at ${array} for ${needed} elements of ${element_size} bytes;
 * ${capacity} is the present room and is raised, doubling, when it does not suffice.
 * errors: -ENOMEM, with array and capacity untouched.
 * ownership: the caller keeps the array and releases it with free().
 */
int memory_reserve(void **array, size_t *capacity, size_t needed, size_t element_size);

#define MEMORY_LARGE_BYTES (2U << 20) /* of a large page */

/*
 * memory_prefer_large asks the kernel for large pages in those parts of ${block}, of ${size} bytes, that span some. It
 * is a wish: nothing depends on it but time, where touching a page for the first time costs more than filling it.
 */
void memory_prefer_large(void *block, size_t size);

#endif

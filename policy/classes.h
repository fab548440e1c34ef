/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * classes: the tree of device classes, which recognition assigns and policy names.
 *
 * One list for both: a policy that names a class which no device can ever get is wrong, and is refused where it is
 * read.
 *
 * Owns:    nothing; the list is constant.
 * Context: pure.
 */
#ifndef ISOWARD_POLICY_CLASSES_H
#define ISOWARD_POLICY_CLASSES_H

#include <stdbool.h>

/* All classes by their whole names, "medical/imaging/ct", in the order of strcmp; ends with NULL. */
extern const char *const class_names[];

/* class_known tells whether ${class} stands in the tree, letter by letter. */
bool class_known(const char *class);

#endif

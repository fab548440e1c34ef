/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * yaml_tree: one YAML document as a tree of nodes, each with its line and column.
 *
 * Scalars are text and nothing else: "no", "0x10" and 44:4b:5d:00:00:01 stay what was written; what a value must be
 * is known by the one who reads the key. Anchors, aliases, tags and directives are refused: they serve to hide.
 *
 * Owns:    its nodes and their text; yaml_tree_free releases them.
 * Limits:  YAML_DEPTH_MAX, YAML_NODES_MAX; more is -E2BIG.
 * Context: pure.
 * Trust:   hostile bytes; fuzzed by tests/fuzz/fuzz_policy.c.
 * Source:  https://yaml.org/spec/1.1/
 */
#ifndef ISOWARD_POLICY_YAML_TREE_H
#define ISOWARD_POLICY_YAML_TREE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "policy/base/memory.h"
#include "policy/language/report.h"

#define YAML_DEPTH_MAX 32
#define YAML_NODES_MAX 2500000

enum yaml_kind {
	YAML_SCALAR,
	YAML_SEQUENCE,
	YAML_MAPPING,
};

struct yaml_node {
	struct place place;
	enum yaml_kind kind : 8;
	bool quoted : 1;         /* scalar in quotes or a block: an empty one is meant */
	uint32_t child_count;    /* items of a sequence, keys of a mapping */
	const char *text;        /* scalar, terminated and without NUL inside; "" for the other kinds */
	struct yaml_node *first; /* first item or key */
	struct yaml_node *last;
	struct yaml_node *next;  /* next item or key */
	struct yaml_node *value; /* of a key; never NULL in a finished tree */
};

struct yaml_tree;

/*
 * yaml_tree_read reads the text of ${report} into a new ${tree}, the caller's to free; of ${nodes_left}, shared by all
 * the trees of a policy and YAML_NODES_MAX at first, it takes what the tree has.
 * errors: -EINVAL not YAML, or a part of YAML that is refused, with the place; -E2BIG over a limit; -ENOMEM.
 *         tree untouched on failure.
 */
int yaml_tree_read(struct report *report, size_t *nodes_left, struct yaml_tree **tree);

/* yaml_tree_free releases ${tree}; NULL is allowed. */
void yaml_tree_free(struct yaml_tree *tree);
CLEANUP_DEFINE(struct yaml_tree, yaml_tree_free);

/* yaml_tree_root borrows the document of ${tree}; NULL where the text holds none. */
const struct yaml_node *yaml_tree_root(const struct yaml_tree *tree);

/* yaml_node_find borrows the key node ${name} of ${mapping}; NULL where there is none. */
const struct yaml_node *yaml_node_find(const struct yaml_node *mapping, const char *name);

/* yaml_node_is_empty tells whether ${node} is a value left out ("key:" and nothing after it). */
bool yaml_node_is_empty(const struct yaml_node *node);

/* yaml_kind_name names ${node}'s kind in messages: "text", "a list", "a mapping", "nothing". */
const char *yaml_kind_name(const struct yaml_node *node);

#endif

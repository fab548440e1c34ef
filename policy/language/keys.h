/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * keys: the policy language as tables: every key with its shape, default, help and reader.
 *
 * One table reads the file; the same table says what is known, suggests what was meant, and can be printed as a
 * schema or a manual. A key that is not in a table is an error.
 *
 * Owns:    nothing; the tables are constant.
 * Context: pure.
 */
#ifndef ISOWARD_POLICY_KEYS_H
#define ISOWARD_POLICY_KEYS_H

#include "policy/language/yaml_tree.h"

struct parse;
struct key_table;

enum key_shape {
	SHAPE_TEXT,     /* one scalar; read is called with it */
	SHAPE_NUMBER,   /* one scalar of decimal digits */
	SHAPE_FLAG,     /* true or false */
	SHAPE_LIST,     /* one scalar or a list of them, not empty; read is called for each; where inner has keys also a
	                 * mapping with them, for which read is called once */
	SHAPE_MAPPING,  /* a mapping with the keys of inner */
	SHAPE_NAMED,    /* a mapping of the author's names; read is called for each name and its value */
	SHAPE_SEQUENCE, /* a list of mappings with the keys of inner; read is called for each */
};

/*
 * Reads one value: ${key} is where the value's name stands, ${into} what keys_read was given.
 * errors: 0 to go on, also after an error was noted with report_at; negative errno to stop.
 */
typedef int key_reader(struct parse *parse, const struct yaml_node *key, const struct yaml_node *value, void *into);

struct key {
	const char *name;
	enum key_shape shape;
	bool required;
	const char *by_default; /* in words; NULL where the key is required */
	const char *help;
	const char *example;
	key_reader *read;
	const struct key_table *inner; /* what is inside: of SHAPE_MAPPING, of each entry of SHAPE_NAMED and
	                                * SHAPE_SEQUENCE the keys; of the other shapes the form of the scalars; NULL
	                                * where any text will do */
};

/*
 * The keys of a mapping, the form of a scalar, or, for a value that may be either, both. What is said of the form
 * serves schema and manual; the readers of the keys enforce it, and more than can be said here.
 */
struct key_table {
	const char *what; /* "a zone" */
	const struct key *keys;
	size_t count;
	const char *const *one_of;    /* of these keys exactly one must stand; ends with NULL */
	const char *const *any_of;    /* of these keys at least one must stand; ends with NULL */
	const char *const *words;     /* the scalar is one of these; ends with NULL */
	const char *pattern;          /* or fits this, in the syntax of JSON Schema (ECMA-262) */
	unsigned int least;           /* the smallest number */
	unsigned int most;            /* the largest number, or the most bytes of a text; 0 where it is not said */
	bool is_number;               /* the scalar is a number also where the shape does not say so */
	bool or_list;                 /* an entry of SHAPE_NAMED may be one scalar or a list of them instead */
	bool not_empty;               /* a mapping has at least one of the keys, a list of mappings at least one */
	const char *const *main_only; /* of the root: these an included file may not have; ends with NULL */
	const char *const *each_file; /* of the root: these each file must have; ends with NULL */
};

/*
 * keys_read reads the mapping ${node} by ${table}, in the table's order and not the file's, so that a later key can
 * refer to an earlier one. ${owner} names the mapping in messages ("zone 'pumps'"); ${into} is handed to the readers.
 * errors: those of the readers; -EINVAL not a mapping, an unknown key, a wrong shape, a required key left out.
 */
int keys_read(struct parse *parse, const struct key_table *table, const struct yaml_node *node, const char *owner,
              void *into);

/*
 * keys_read_all is keys_read of ${count} mappings ${nodes} as if they were one: each key of ${table} is read in all of
 * them, in their order, before the next key. Where none has a required key the last one lacks it.
 */
int keys_read_all(struct parse *parse, const struct key_table *table, const struct yaml_node *const *nodes,
                  size_t count, const char *owner, void *into);

/*
 * keys_read_list calls ${read} for ${value} where it is one scalar, or for each scalar of the list it is; ${name} is
 * the key's in messages.
 * errors: those of the reader; -EINVAL neither, or an empty list.
 */
int keys_read_list(struct parse *parse, const char *name, const struct yaml_node *key, const struct yaml_node *value,
                   key_reader *read, void *into);

/* keys_policy borrows the table of the whole language: the root from which every other is reached. */
const struct key_table *keys_policy(void);

#endif

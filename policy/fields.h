/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * fields: the values that one message of a device's traffic held, packed one behind the other, each with what it is.
 *
 * Every decoder fills it, every user walks it: evidence, findings and what `isoward replay` prints come from the same
 * values. What a field is stands in policy/field_list.h, once.
 *
 * Owns:    its bytes inline.
 * Limits:  FIELDS_BYTES_MAX bytes together, FIELD_VALUE_MAX a value; what does not fit is left off and ${cut} tells.
 * Context: pure.
 * Trust:   the values are a stranger's bytes, never terminated, never text until shown by field_show; fields that
 *          came from another process go through fields_hold first.
 */
#ifndef ISOWARD_POLICY_FIELDS_H
#define ISOWARD_POLICY_FIELDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "policy/base/address.h"
#include "policy/field_list.h"

#define FIELDS_BYTES_MAX 6144
#define FIELD_VALUE_MAX  2048

/* Shown: four characters a byte at most, and the terminator. */
#define FIELD_TEXT_MAX (FIELD_VALUE_MAX * 4 + 1)

#define FIELD_CONSTANT(id, name, shape, keep, group) FIELD_##id,
enum field {
	FIELD_NONE,
	FIELD_LIST(FIELD_CONSTANT) FIELD_COUNT
};
#undef FIELD_CONSTANT

/* How a field's bytes are read and shown. */
enum field_shape {
	SHAPE_TEXT,      /* shown with control characters, backslash and what is no UTF-8 escaped as \xNN */
	SHAPE_BYTES,     /* shown as lower-case hexadecimal */
	SHAPE_NUMBER,    /* 1 to 8 bytes, big-endian; shown in decimal */
	SHAPE_NUMBERS8,  /* a list of bytes; shown as "1,3,6" */
	SHAPE_NUMBERS16, /* a list of big-endian pairs; shown as "4865,4866" */
	SHAPE_MAC,       /* six bytes */
	SHAPE_ADDRESS,   /* four or sixteen bytes */
};

/* What a field is evidence of: within one group only the strongest reason counts in full. */
enum field_group {
	GROUP_NONE,
	GROUP_PREFIX,      /* the maker of its network adapter */
	GROUP_DHCP,        /* the DHCP client software */
	GROUP_NAME,        /* what somebody called it */
	GROUP_SYN,         /* the TCP stack */
	GROUP_DNS,         /* whom it looks for */
	GROUP_HTTP,        /* the HTTP clients on it */
	GROUP_TLS,         /* the TLS clients on it */
	GROUP_SERVER,      /* the services it offers, by their own words */
	GROUP_DISCOVERY,   /* what it announces itself as */
	GROUP_WINDOWS,     /* SMB, NTLM, browser announcements */
	GROUP_DICOM,       /* the DICOM software */
	GROUP_DICOM_ROLE,  /* what it does by DICOM */
	GROUP_HL7,         /* the HL7 software */
	GROUP_HL7_ROLE,    /* what it does by HL7 */
	GROUP_GEAR,        /* LLDP and CDP: make and model */
	GROUP_GEAR_ROLE,   /* LLDP and CDP: capabilities */
	GROUP_APPLICATION, /* the applications on it */
	GROUP_COUNT
};

struct field_info {
	const char *name;
	enum field_shape shape;
	uint8_t keep; /* different values that a device's facts keep; 0 where it is no evidence */
	enum field_group group;
};

struct fields {
	uint16_t length; /* bytes used */
	uint8_t cut;     /* 1 where a value did not fit */
	uint8_t byte[FIELDS_BYTES_MAX];
};

/* One value, borrowed from the fields it stands in. */
struct field_value {
	enum field field;
	const uint8_t *bytes;
	size_t length;
};

/* field_info tells what ${field} is; a field out of range is FIELD_NONE, named "". */
const struct field_info *field_info(enum field field);

/* field_by_name finds the field called ${name} of ${length} characters; FIELD_NONE where there is none. */
enum field field_by_name(const char *name, size_t length);

/* fields_clear makes ${fields} empty. */
void fields_clear(struct fields *fields);

/*
 * fields_add appends ${length} ${bytes} as a value of ${field}; one longer than FIELD_VALUE_MAX is cut to it.
 * shape: false, and marked as cut, where it did not fit whole.
 */
bool fields_add(struct fields *fields, enum field field, const void *bytes, size_t length);

/* fields_add_text appends the terminated ${text}. shape: as fields_add. */
bool fields_add_text(struct fields *fields, enum field field, const char *text);

/*
 * fields_add_terminated appends the text in ${length} ${bytes} up to a NUL, which need not be there; nothing where it
 * is empty. shape: as fields_add.
 */
bool fields_add_terminated(struct fields *fields, enum field field, const uint8_t *bytes, size_t length);

/* fields_add_number appends ${number}, in as few big-endian bytes as hold it. shape: as fields_add. */
bool fields_add_number(struct fields *fields, enum field field, uint64_t number);

/* fields_add_mac appends ${mac}. shape: as fields_add. */
bool fields_add_mac(struct fields *fields, enum field field, const struct mac *mac);

/* fields_add_address appends ${address}; nothing where it is FAMILY_NONE. shape: as fields_add. */
bool fields_add_address(struct fields *fields, enum field field, const struct address *address);

/*
 * fields_next gives the value behind ${*at} and moves it on; a walk begins at 0.
 * shape: false at the end.
 */
bool fields_next(const struct fields *fields, size_t *at, struct field_value *value);

/* fields_find gives the first value of ${field}. shape: false where there is none, value untouched. */
bool fields_find(const struct fields *fields, enum field field, struct field_value *value);

/* fields_number reads the first value of ${field} as a number, or ${otherwise} where there is none. */
uint64_t fields_number(const struct fields *fields, enum field field, uint64_t otherwise);

/* fields_hold tells whether ${fields}, from another process, are what an honest one can have made. */
bool fields_hold(const struct fields *fields);

/* field_number reads ${value} as a big-endian number; 0 where it is longer than eight bytes. */
uint64_t field_number(const struct field_value *value);

/* field_address reads ${value} as an address; FAMILY_NONE where it has another length than four or sixteen. */
struct address field_address(const struct field_value *value);

/* field_mac reads ${value} into ${mac}. shape: false where it has another length than six, mac untouched. */
bool field_mac(const struct field_value *value, struct mac *mac);

/*
 * field_show writes ${value} as its shape is shown, terminated, into ${size} bytes at ${text}; cut where there is no
 * room. shape: the characters written.
 */
size_t field_show(const struct field_value *value, char *text, size_t size);

#endif

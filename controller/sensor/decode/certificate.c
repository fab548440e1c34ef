/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "controller/sensor/decode/certificate.h"

#include <errno.h>
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/x509.h>
#include <string.h>

#include "policy/base/cursor.h"
#include "policy/base/memory.h"

/* X.690 section 8.1.2 */
#define DER_BOOLEAN      0x01
#define DER_INTEGER      0x02
#define DER_OCTET_STRING 0x04
#define DER_OBJECT       0x06
#define DER_SEQUENCE     0x30
#define DER_VERSION      0xa0 /* RFC 5280 section 4.1: [0] explicit, likewise below */
#define DER_EXTENSIONS   0xa3
#define NAME_DNS         0x82 /* RFC 5280 section 4.2.1.6: [2] implicit */
#define NAME_ADDRESS     0x87

#define NAME_BYTES_MAX 4096

/* id-ce-subjectAltName, 2.5.29.17 */
static const uint8_t object_names[] = { 0x55, 0x1d, 0x11 };

/* One element: its content, and all of it. */
struct element {
	uint8_t tag;
	struct cursor content;
	const uint8_t *bytes;
	size_t length;
};

/* Takes the element at ${cursor}; lengths of up to three bytes, X.690 section 8.1.3. */
static bool take(struct cursor *cursor, struct element *element)
{
	const uint8_t *start = cursor->at, *content;
	size_t length;

	element->tag = cursor_u8(cursor);
	length = cursor_u8(cursor);
	if (length == 0x81)
		length = cursor_u8(cursor);
	else if (length == 0x82)
		length = cursor_be16(cursor);
	else if (length >= 0x80)
		cursor->failed = true;
	content = cursor_take(cursor, length);
	if (!content)
		return false;
	element->content = cursor_over(content, length);
	element->bytes = start;
	element->length = (size_t)(content - start) + length;
	return true;
}

static bool take_tagged(struct cursor *cursor, uint8_t tag, struct element *element)
{
	return cursor_left(cursor) && cursor->at[0] == tag && take(cursor, element);
}

/* What of a certificate is of interest. */
struct parts {
	struct element issuer;
	struct element subject;
	struct element extensions; /* without content where there are none */
};

static bool find_parts(const uint8_t *bytes, size_t length, struct parts *parts)
{
	struct cursor cursor = cursor_over(bytes, length);
	struct element whole, passed;
	struct cursor fields;

	if (!take_tagged(&cursor, DER_SEQUENCE, &whole) || !take_tagged(&whole.content, DER_SEQUENCE, &whole))
		return false;
	fields = whole.content;
	take_tagged(&fields, DER_VERSION, &passed);
	if (!take_tagged(&fields, DER_INTEGER, &passed) ||  /* serial number */
	    !take_tagged(&fields, DER_SEQUENCE, &passed) || /* signature */
	    !take_tagged(&fields, DER_SEQUENCE, &parts->issuer) ||
	    !take_tagged(&fields, DER_SEQUENCE, &passed) || /* validity */
	    !take_tagged(&fields, DER_SEQUENCE, &parts->subject) ||
	    !take_tagged(&fields, DER_SEQUENCE, &passed)) /* key */
		return false;
	while (cursor_left(&fields) && take(&fields, &passed))
		if (passed.tag == DER_EXTENSIONS)
			take_tagged(&passed.content, DER_SEQUENCE, &parts->extensions);
	return true;
}

static void bio_done(BIO **bio)
{
	BIO_free(*bio);
}

static void name_done(X509_NAME **name)
{
	X509_NAME_free(*name);
}

static void add_name(const struct element *element, enum field field, struct fields *fields)
{
	const unsigned char *at = element->bytes;
	__attribute__((cleanup(name_done))) X509_NAME *name = NULL;
	__attribute__((cleanup(bio_done))) BIO *shown = BIO_new(BIO_s_mem());
	char *text = NULL;
	long length;

	if (!shown || element->length > NAME_BYTES_MAX)
		return;
	name = d2i_X509_NAME(NULL, &at, (long)element->length);
	/* UTF-8 as it is; controls and what would look like another name are escaped by OpenSSL */
	if (name && X509_NAME_print_ex(shown, name, 0, XN_FLAG_RFC2253 & ~(unsigned long)ASN1_STRFLGS_ESC_MSB) >= 0) {
		length = BIO_get_mem_data(shown, &text);
		if (length > 0)
			fields_add(fields, field, text, (size_t)length);
	}
	ERR_clear_error();
}

static void add_alternative(const struct element *name, struct fields *fields)
{
	struct address address = { .family = FAMILY_NONE };
	char text[ADDRESS_TEXT_MAX];
	size_t length = cursor_left(&name->content);

	if (name->tag == NAME_DNS && length)
		fields_add(fields, FIELD_TLS_CERTIFICATE_NAME, name->content.at, length);
	if (name->tag != NAME_ADDRESS)
		return;
	if (length == 4)
		address = address_v4(name->content.at);
	if (length == 16)
		address = address_v6(name->content.at);
	if (address.family == FAMILY_NONE)
		return;
	address_format(&address, text);
	fields_add_text(fields, FIELD_TLS_CERTIFICATE_NAME, text);
}

static void add_alternatives(struct cursor value, struct fields *fields)
{
	struct element names, name;

	if (!take_tagged(&value, DER_SEQUENCE, &names))
		return;
	for (unsigned int i = 0; i < CERTIFICATE_NAMES_MAX && cursor_left(&names.content); i++)
		if (take(&names.content, &name))
			add_alternative(&name, fields);
}

static void add_extensions(struct cursor extensions, struct fields *fields)
{
	struct element extension, object, passed, value;

	while (cursor_left(&extensions) && take_tagged(&extensions, DER_SEQUENCE, &extension)) {
		if (!take_tagged(&extension.content, DER_OBJECT, &object))
			continue;
		take_tagged(&extension.content, DER_BOOLEAN, &passed); /* critical */
		if (take_tagged(&extension.content, DER_OCTET_STRING, &value) &&
		    cursor_left(&object.content) == sizeof(object_names) &&
		    memcmp(object.content.at, object_names, sizeof(object_names)) == 0)
			add_alternatives(value.content, fields);
	}
}

int certificate_add(const uint8_t *bytes, size_t length, struct fields *fields)
{
	struct parts parts = { 0 };

	if (length > CERTIFICATE_BYTES_MAX || !find_parts(bytes, length, &parts))
		return -EBADMSG;
	add_name(&parts.subject, FIELD_TLS_SUBJECT, fields);
	add_name(&parts.issuer, FIELD_TLS_ISSUER, fields);
	add_extensions(parts.extensions.content, fields);
	return 0;
}

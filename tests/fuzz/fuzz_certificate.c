/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Any bytes as a certificate. */
#include <errno.h>
#include <stdlib.h>

#include "controller/sensor/decode/certificate.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fields fields;
	int result;

	fields_clear(&fields);
	result = certificate_add(data, size, &fields);
	if ((result != 0 && result != -EBADMSG) || !fields_hold(&fields) || (result < 0 && fields.length > 0))
		abort();
	return 0;
}

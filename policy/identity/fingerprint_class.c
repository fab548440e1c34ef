/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "policy/identity/fingerprint_rule.h"

#include <string.h>

/* The tree of classes, in the order of strcmp; a rule may name no other, so that a slip is found at start. */
static const char *const classes[] = {
	"building",
	"camera",
	"computer",
	"computer/server",
	"computer/thin-client",
	"computer/workstation",
	"console",
	"embedded",
	"iot",
	"iot/appliance",
	"iot/hub",
	"iot/plug",
	"iot/sensor",
	"medical",
	"medical/consumer",
	"medical/imaging",
	"medical/imaging/angio",
	"medical/imaging/ct",
	"medical/imaging/dental",
	"medical/imaging/endoscopy",
	"medical/imaging/mammo",
	"medical/imaging/mr",
	"medical/imaging/nm",
	"medical/imaging/us",
	"medical/imaging/xr",
	"medical/infusion-pump",
	"medical/lab",
	"medical/monitor",
	"medical/server",
	"medical/ventilator",
	"network",
	"network/ap",
	"network/router",
	"network/switch",
	"phone",
	"phone/ip",
	"phone/mobile",
	"printer",
	"storage",
	"tablet",
};

static int compare_name(const void *key, const void *element)
{
	return strcmp(key, *(const char *const *)element);
}

const char *fingerprints_class(size_t index)
{
	return index < ARRAY_SIZE(classes) ? classes[index] : NULL;
}

bool fingerprint_class_known(const char *class)
{
	return bsearch(class, classes, ARRAY_SIZE(classes), sizeof(classes[0]), compare_name) != NULL;
}

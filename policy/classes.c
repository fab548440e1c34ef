/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "policy/classes.h"

#include <stdlib.h>
#include <string.h>

#include "policy/base/memory.h"

const char *const class_names[] = {
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
	NULL,
};

static int compare_name(const void *key, const void *element)
{
	return strcmp(key, *(const char *const *)element);
}

bool class_known(const char *class)
{
	return bsearch(class, class_names, ARRAY_SIZE(class_names) - 1, sizeof(class_names[0]), compare_name) != NULL;
}

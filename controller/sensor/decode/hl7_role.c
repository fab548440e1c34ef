/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "controller/sensor/decode/hl7_role.h"

#include "policy/base/memory.h"

struct name_kind {
	const char *name;
	enum hl7_kind kind;
};

/* Below MDC_DEV_, the first that stands in the name; pumps before all, for what they meter is named too. */
static const struct name_kind devices[] = {
	{ "PUMP_INFUS", HL7_KIND_PUMP },   { "_VENT", HL7_KIND_VENTILATOR },    { "ANESTH", HL7_KIND_VENTILATOR },
	{ "MON_", HL7_KIND_VITALS },       { "METER_PRESS", HL7_KIND_VITALS },  { "PRESS_BLD", HL7_KIND_VITALS },
	{ "ECG", HL7_KIND_VITALS },        { "ANALY_SAT_O2", HL7_KIND_VITALS }, { "PULS", HL7_KIND_VITALS },
	{ "METER_TEMP", HL7_KIND_VITALS }, { "METER_PHYSIO", HL7_KIND_VITALS }, { "ANALY_RESP", HL7_KIND_VITALS },
	{ "ANALY_CARD", HL7_KIND_VITALS },
};

/* What is observed, by its MDC name. */
static const struct name_kind observed[] = {
	{ "PUMP", HL7_KIND_PUMP },
	{ "MDC_FLOW_FLUID", HL7_KIND_PUMP },
	{ "MDC_VOL_FLUID", HL7_KIND_PUMP },
	{ "MDC_INFUS", HL7_KIND_PUMP },
	{ "MDC_VENT_", HL7_KIND_VENTILATOR },
	{ "MDC_PRESS_BLD", HL7_KIND_VITALS },
	{ "MDC_ECG_", HL7_KIND_VITALS },
	{ "MDC_PULS_", HL7_KIND_VITALS },
	{ "MDC_TEMP_", HL7_KIND_VITALS },
	{ "MDC_RESP_RATE", HL7_KIND_VITALS },
	{ "MDC_TTHOR_RESP", HL7_KIND_VITALS },
};

/* LOINC's panel of vital signs (85353-1) and the codes that monitors report them by. */
static const char *const vital_signs[] = {
	"8867-4",  /* heart rate */
	"9279-1",  /* respiratory rate */
	"2708-6",  /* oxygen saturation */
	"59408-5", /* by pulse oximetry */
	"8480-6",  /* systolic blood pressure */
	"8462-4",  /* diastolic */
	"8478-0",  /* mean */
	"8310-5",  /* body temperature */
	"8889-8",  /* heart rate by pulse oximetry */
};

/* By message type, and event where one is named; the first that fits counts. */
static const struct {
	const char *type;
	const char *event;
	const char *role;
} messages[] = {
	{ "ACK", NULL, "acknowledges" },    { "MCF", NULL, "acknowledges" },    { "ORA", NULL, "acknowledges" },
	{ "ADT", NULL, "admits" },          { "ORM", NULL, "orders" },          { "OMG", NULL, "orders" },
	{ "OML", NULL, "orders" },          { "OMI", NULL, "orders" },          { "OMS", NULL, "orders" },
	{ "ORR", NULL, "answers orders" },  { "ORG", NULL, "answers orders" },  { "ORL", NULL, "answers orders" },
	{ "ORI", NULL, "answers orders" },  { "ORP", NULL, "answers orders" },  { "RRG", NULL, "answers orders" },
	{ "RRE", NULL, "answers orders" },  { "RRD", NULL, "answers orders" },  { "RRA", NULL, "answers orders" },
	{ "OUL", NULL, "reports lab" },     { "SSU", NULL, "reports lab" },     { "ESU", NULL, "reports lab" },
	{ "INU", NULL, "reports lab" },     { "SIU", NULL, "schedules" },       { "MDM", NULL, "documents" },
	{ "DFT", NULL, "bills" },           { "BAR", NULL, "bills" },           { "MFN", NULL, "keeps master files" },
	{ "QBP", NULL, "queries" },         { "QRY", NULL, "queries" },         { "QCN", NULL, "queries" },
	{ "RSP", NULL, "answers queries" }, { "ADR", NULL, "answers queries" }, { "ORF", NULL, "answers queries" },
	{ "VXU", NULL, "documents" },       { "PPR", NULL, "documents" },       { "ORU", "R42", "reports pump" },
	{ "ORU", "R30", "reports lab" },    { "ORU", "R31", "reports lab" },    { "ORU", "R32", "reports lab" },
};

static unsigned int find_kind(const struct name_kind *kinds, size_t count, const struct hl7_span *name)
{
	for (size_t i = 0; i < count; i++)
		if (hl7_contains(name, kinds[i].name))
			return kinds[i].kind;
	return 0;
}

unsigned int hl7_kind_of_device(const struct hl7_span *name)
{
	return hl7_contains(name, "MDC_DEV_") ? find_kind(devices, ARRAY_SIZE(devices), name) : 0;
}

unsigned int hl7_kind_of_code(const struct hl7_span *code, const struct hl7_span *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(vital_signs); i++)
		if (hl7_is(code, vital_signs[i]))
			return HL7_KIND_VITALS;
	if (!hl7_contains(name, "MDC_") && !hl7_contains(name, "MDCX_"))
		return 0;
	return find_kind(observed, ARRAY_SIZE(observed), name);
}

/* One word of three for the kinds of devices spoken of; whole devices count before their parts. */
static const char *by_kind(const struct hl7_subject *subject, const char *const words[4], const char *many,
                           const char *none)
{
	unsigned int kinds = subject->systems ? subject->systems : subject->parts;

	if (kinds & HL7_KIND_LAB && kinds != HL7_KIND_LAB)
		kinds &= ~(unsigned int)HL7_KIND_LAB;
	switch (kinds) {
	case HL7_KIND_PUMP:
		return words[0];
	case HL7_KIND_VENTILATOR:
		return words[1];
	case HL7_KIND_VITALS:
		return words[2];
	case HL7_KIND_LAB:
		return words[3];
	case 0:
		return none;
	}
	/* a monitor shows what the pump and the ventilator beside it do; whole devices of several kinds are a gateway's
	 */
	return subject->systems ? many : NULL;
}

static bool is_any(const struct hl7_span *span, const char *const *texts, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (hl7_is(span, texts[i]))
			return true;
	return false;
}

const char *hl7_role(const struct hl7_subject *subject)
{
	static const char *const reports[] = { "reports pump", "reports ventilator", "reports vitals",
		                               "reports lab results" };
	static const char *const alerts[] = { "alerts pump", "alerts ventilator", "alerts vitals", "forwards alerts" };
	static const char *const alarms[] = { "R40", "R41" };
	static const char *const prescriptions[] = { "RGV", "OMP", "RDE", "RDS", "RAS" };

	if (is_any(&subject->type, prescriptions, ARRAY_SIZE(prescriptions)))
		return (subject->systems | subject->parts) & HL7_KIND_PUMP ? "orders pump" : "orders medication";
	for (size_t i = 0; i < ARRAY_SIZE(messages); i++)
		if (hl7_is(&subject->type, messages[i].type) &&
		    (!messages[i].event || hl7_is(&subject->event, messages[i].event)))
			return messages[i].role;
	if (!hl7_is(&subject->type, "ORU"))
		return NULL;
	if (!is_any(&subject->event, alarms, ARRAY_SIZE(alarms)))
		return by_kind(subject, reports, "reports many", "reports results");
	return subject->sender_is_identified ? by_kind(subject, alerts, "forwards alerts", "forwards alerts")
	                                     : "forwards alerts";
}

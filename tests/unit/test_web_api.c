/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "policy/base/address.h"
#include "policy/base/memory.h"
#include "web/api.h"

#define DEVICES 7
#define HOSTILE "<b id=planted>\"\\\x01\xff"

/* A source of DEVICES devices; fails with the errno its context holds. */
static int fake_summary(void *context, struct web_summary *summary)
{
	*summary = (struct web_summary){ .devices = DEVICES, .medical = 4, .computers = 3 };
	return *(int *)context;
}

static int fake_zone(void *context, web_zone_each *each, void *argument)
{
	const struct web_zone zone = { .name = "pu\"mps", .label = "Pumps", .coverage = "full", .devices = 7 };

	return *(int *)context ? *(int *)context : each(&zone, argument);
}

static int fake_device(void *context, const struct web_device_filter *filter, web_device_each *each, void *argument)
{
	struct web_device device = {
		.name = HOSTILE,
		.host_name = "",
		.class = "medical/imaging/ct",
		.vendor = "",
		.model = "Revolution",
		.os = "",
		.zone = "imaging",
		.zone_why = "",
		.interface = "eth",
		.addresses = "10.0.0.1 fe80::1",
		.confidence = 91,
		.doubted = true,
	};
	char mac[MAC_TEXT_MAX];
	int result = *(int *)context;

	device.mac = mac;
	for (unsigned int i = 0, told = 0; !result && i < DEVICES && told < filter->limit; i++) {
		snprintf(mac, sizeof(mac), "44:4b:5d:00:00:%02x", i);
		if ((*filter->mac && strcmp(filter->mac, mac) != 0) || strcmp(mac, filter->after) <= 0)
			continue;
		result = each(&device, argument);
		told++;
	}
	return result;
}

static int fake_count(void *context, const struct web_device_filter *filter, uint64_t *count)
{
	(void)filter;
	*count = DEVICES;
	return *(int *)context;
}

static int fake_binding(void *context, const char *mac, web_binding_each *each, void *argument)
{
	const struct web_binding binding = { .address = "10.0.0.1", .interface = "eth", .source = "dhcp" };

	(void)mac;
	return *(int *)context ? *(int *)context : each(&binding, argument);
}

static int fake_evidence(void *context, const char *mac, web_evidence_each *each, void *argument)
{
	const struct web_evidence evidence = {
		.source = "oui", .value = mac, .class = "", .why = HOSTILE, .weight = -5
	};

	return *(int *)context ? *(int *)context : each(&evidence, argument);
}

static int fake_relation(void *context, const char *mac, size_t limit, web_relation_each *each, void *argument)
{
	const struct web_relation relation = {
		.kind = "behind", .mac = "02:5a:3e:00:00:77", .device = HOSTILE, .why = mac
	};

	return *(int *)context || !limit ? *(int *)context : each(&relation, argument);
}

static int fake_change(void *context, const char *mac, size_t limit, web_zone_change_each *each, void *argument)
{
	const struct web_zone_change change = { .from_zone = "", .to_zone = "imaging", .why = mac };

	return *(int *)context || !limit ? *(int *)context : each(&change, argument);
}

static int fake_denied(void *context, const char *mac, size_t limit, web_denied_each *each, void *argument)
{
	const struct web_denied denied = {
		.mac = mac,
		.device = "x",
		.source = "10.0.0.1",
		.destination = "192.0.2.1",
		.from_zone = "a",
		.to_zone = "b",
		.kind = "spoof",
		.why = "",
		.protocol = 6,
		.port = 443,
	};

	return *(int *)context || !limit ? *(int *)context : each(&denied, argument);
}

static int fake_total(void *context, size_t limit, web_denied_total_each *each, void *argument)
{
	const struct web_denied_total total = { .mac = "", .device = "10.0.0.1", .kind = "spoof", .flows = 3 };

	return *(int *)context || !limit ? *(int *)context : each(&total, argument);
}

static int fake_kind(void *context, web_denied_total_each *each, void *argument)
{
	return fake_total(context, 1, each, argument);
}

static int fake_reported(void *context, const char *mac, size_t limit, web_reported_each *each, void *argument)
{
	const struct web_reported reported = {
		.flow = { .mac = mac,
		          .device = "x",
		          .source = "10.0.0.1",
		          .destination = "192.0.2.1",
		          .from_zone = "a",
		          .to_zone = "b",
		          .kind = "observed",
		          .why = "would be refused",
		          .protocol = 6,
		          .port = 443 },
		.rule = HOSTILE,
	};

	return *(int *)context || !limit ? *(int *)context : each(&reported, argument);
}

static int fake_reported_total(void *context, size_t limit, web_reported_total_each *each, void *argument)
{
	const struct web_reported_total total = {
		.rule = "rule 'r' at p.yaml:9", .kind = "observed", .flows = 3, .devices = 2
	};

	return *(int *)context || !limit ? *(int *)context : each(&total, argument);
}

static int fake_finding(void *context, const char *mac, const char *type, size_t limit, web_finding_each *each,
                        void *argument)
{
	const struct web_finding finding = { .type = *type ? type : "user-practice/chat",
		                             .mac = mac,
		                             .device = "x",
		                             .address = "10.0.0.1",
		                             .peer = "",
		                             .zone = "pcs",
		                             .evidence = HOSTILE,
		                             .count = 4 };

	return *(int *)context || !limit ? *(int *)context : each(&finding, argument);
}

static int fake_finding_total(void *context, web_finding_total_each *each, void *argument)
{
	const struct web_finding_total total = {
		.type = "user-practice/chat", .findings = 2, .devices = 1, .count = 9
	};

	return *(int *)context ? *(int *)context : each(&total, argument);
}

static int fake_rule_counter(void *context, web_rule_counter_each *each, void *argument)
{
	const struct web_rule_counter rules[] = {
		{ .place = "po\"licy.yaml:12",
		  .name = "",
		  .services = "web",
		  .verdict = "allow",
		  .refused_packets = 3 },
		{ .place = "b.yaml:1",
		  .name = "",
		  .services = "smb",
		  .verdict = "deny",
		  .observed = true,
		  .observed_packets = 4 },
	};

	if (*(int *)context)
		return *(int *)context;
	return each(&rules[0], argument) || each(&rules[1], argument);
}

static int fake_pair_counter(void *context, web_pair_counter_each *each, void *argument)
{
	const struct web_pair_counter pair = {
		.from_zone = "pumps", .to_zone = "internet", .packets = 500, .bytes = 4
	};

	return *(int *)context ? *(int *)context : each(&pair, argument);
}

static int fake_event(void *context, const char *mac, size_t limit, web_event_each *each, void *argument)
{
	const struct web_event event = { .kind = "spoof", .mac = mac, .text = HOSTILE, .count = 2 };

	return *(int *)context || !limit ? *(int *)context : each(&event, argument);
}

static struct web_source source_of(int *failure)
{
	return (struct web_source){
		.context = failure,
		.summary = fake_summary,
		.each_zone = fake_zone,
		.each_device = fake_device,
		.count_devices = fake_count,
		.each_binding = fake_binding,
		.each_evidence = fake_evidence,
		.each_relation = fake_relation,
		.each_zone_change = fake_change,
		.each_denied = fake_denied,
		.each_denied_total = fake_total,
		.each_denied_kind = fake_kind,
		.each_reported = fake_reported,
		.each_reported_total = fake_reported_total,
		.each_finding = fake_finding,
		.each_finding_total = fake_finding_total,
		.each_rule_counter = fake_rule_counter,
		.each_place_counter = fake_rule_counter,
		.each_pair_counter = fake_pair_counter,
		.each_event = fake_event,
	};
}

static struct api_reply get(int failure, const char *path, const char *query)
{
	struct status status = { .enforcement = ENFORCEMENT_ACTIVE, .site = "Riverside", .sensor_alive = 1 };
	struct web_source source = source_of(&failure);
	struct api_view view = { .source = &source, .status = &status, .now_ms = 5 };
	status.counters[COUNTER_DETECTOR_FORGOTTEN] = 7;
	status.counters[COUNTER_LINK_UNKNOWN] = 8;
	status.rules_found = 0xfeedbeef;
	status.rules_equal = 1;
	status.repaired_elements = 3;
	struct api_reply reply = { 0 };

	assert_int_equal(api_get(&view, path, query, &reply), 0);
	assert_int_equal(strlen(reply.body), reply.length);
	return reply;
}

static void test_answers(void **state)
{
	static const struct {
		const char *path, *query;
		int code;
		const char *holds;
	} VECTORS[] = {
		{ "/api/v1/status", NULL, 200, "\"enforcement\":\"active\"" },
		{ "/api/v1/summary", NULL, 200, "\"denied_by_kind\":[{" },
		{ "/api/v1/zones", NULL, 200, "{\"zones\":[{\"name\":\"pu\\\"mps\"" },
		{ "/api/v1/devices", NULL, 200, "\"addresses\":[\"10.0.0.1\",\"fe80::1\"]" },
		{ "/api/v1/devices", NULL, 200, "\"name\":\"<b id=planted>\\\"\\\\\\u0001?\"" },
		{ "/api/v1/devices", NULL, 200, "\"model\":\"Revolution\"" },
		{ "/api/v1/devices", "limit=7", 200, "\"total\":7" },
		{ "/api/v1/devices", "limit=2", 200, "\"doubted\":true,\"random_mac\":false" },
		{ "/api/v1/devices", "limit=2", 200,
		  "\"relations\":[{\"kind\":\"behind\",\"mac\":\"02:5a:3e:00:00:77\",\"device\":\"<b id=planted>" },
		{ "/api/v1/devices/44:4b:5d:00:00:03", NULL, 200, "\"why\":\"44:4b:5d:00:00:03\"}]},\"evidence\":[{" },
		{ "/api/v1/devices", "limit=2", 200, "\"next\":\"44:4b:5d:00:00:01\"" },
		{ "/api/v1/devices", "limit=2&after=44:4b:5d:00:00:01", 200, "\"next\":\"44:4b:5d:00:00:03\"" },
		{ "/api/v1/devices", "limit=x", 400, "{\"error\":\"limit: " },
		{ "/api/v1/devices/44:4B:5D:00:00:03", NULL, 200, "\"device\":{\"mac\":\"44:4b:5d:00:00:03\"" },
		{ "/api/v1/devices/44:4b:5d:00:00:03", "q=a&zone=b", 200, "\"zone_history\":[{" },
		{ "/api/v1/devices/44:4b:5d:00:00:09", NULL, 404, "{\"error\":\"no such device\"}" },
		{ "/api/v1/devices/x", NULL, 404, "{\"error\":" },
		{ "/api/v1/denied", NULL, 200, "\"by_device\":[{\"mac\":\"\",\"device\":\"10.0.0.1\"" },
		{ "/api/v1/reported", NULL, 200,
		  "\"by_rule\":[{\"rule\":\"rule 'r' at p.yaml:9\",\"kind\":\"observed\"" },
		{ "/api/v1/reported", NULL, 200, "\"rule\":\"<b id=planted>\\\"\\\\\\u0001?\"}" },
		{ "/api/v1/findings", NULL, 200, "\"by_type\":[{\"type\":\"user-practice/chat\",\"findings\":2" },
		{ "/api/v1/findings", "type=outdated", 200, "\"type\":\"outdated\"" },
		{ "/api/v1/findings", "type=%27", 400, "{\"error\":\"type: " },
		{ "/api/v1/devices/44:4b:5d:00:00:03", NULL, 200, "\"findings\":[{\"type\":\"user-practice/chat\"" },
		{ "/api/v1/events", NULL, 200, "{\"events\":[{" },
		{ "/api/v1/counters", NULL, 200, "{\"rules\":[{\"rule\":\"po\\\"licy.yaml:12\",\"name\":\"\"" },
		{ "/api/v1/counters", NULL, 200, "\"observe\":true,\"allowed_packets\":0" },
		{ "/api/v1/counters", NULL, 200,
		  "\"refused\":[{\"from\":\"pumps\",\"to\":\"internet\",\"packets\":500,\"bytes\":4,\"default_"
		  "packets\":0" },
		{ "/metrics", NULL, 200,
		  "isoward_rule_packets_total{rule=\"po\\\"licy.yaml:12\",verdict=\"allow\"} 0\n"
		  "isoward_rule_packets_total{rule=\"po\\\"licy.yaml:12\",verdict=\"refuse\"} 3\n"
		  "isoward_rule_packets_total{rule=\"b.yaml:1\",verdict=\"observe\"} 4\n" },
		{ "/metrics", NULL, 200, "isoward_refused_packets_total{from=\"pumps\",to=\"internet\"} 500\n" },
		{ "/api/v1/", NULL, 404, "{\"error\":" },
		{ "/api/v1/status/", NULL, 404, "{\"error\":" },
		{ "/metrics", NULL, 200, "isoward_zone_devices{zone=\"pu\\\"mps\"} 7\n" },
		{ "/metrics", NULL, 200, "isoward_findings{type=\"user-practice/chat\"} 2\n" },
		{ "/metrics", NULL, 200, "isoward_enforcement{state=\"active\"} 1\n" },
		{ "/metrics", NULL, 200,
		  "# TYPE isoward_detector_forgotten_total counter\n"
		  "isoward_detector_forgotten_total 7\n" },
		{ "/metrics", NULL, 200, "isoward_link_unknown_total 8\n" },
		{ "/api/v1/status", NULL, 200, "\"detector_forgotten\":7" },
		{ "/api/v1/status", NULL, 200, "\"link_unknown\":8," },
		{ "/api/v1/status", NULL, 200, "\"rules_found\":\"00000000feedbeef\",\"rules_equal\":true" },
		{ "/metrics", NULL, 200, "isoward_rules_found{digest=\"00000000feedbeef\"} 1\n" },
		{ "/metrics", NULL, 200, "isoward_repairs_total{kind=\"elements\"} 3\n" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(VECTORS); i++) {
		struct api_reply reply = get(0, VECTORS[i].path, VECTORS[i].query);

		if (reply.code != VECTORS[i].code || !strstr(reply.body, VECTORS[i].holds))
			fail_msg("%s?%s: %d %s", VECTORS[i].path, VECTORS[i].query, reply.code, reply.body);
		free(reply.body);
	}
}

static void test_last_page_has_no_next(void **state)
{
	struct api_reply reply = get(0, "/api/v1/devices", "limit=7");

	(void)state;
	assert_null(strstr(reply.body, "\"next\""));
	free(reply.body);
}

static void test_failing_source(void **state)
{
	static const char *const PATHS[] = {
		"/api/v1/summary", "/api/v1/zones",    "/api/v1/devices",  "/api/v1/devices/44:4b:5d:00:00:03",
		"/api/v1/denied",  "/api/v1/events",   "/api/v1/reported", "/api/v1/findings",
		"/metrics",        "/api/v1/counters",
	};
	struct api_reply reply;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(PATHS); i++) {
		reply = get(-EIO, PATHS[i], NULL);
		assert_int_equal(reply.code, 500);
		assert_string_equal(reply.body, "{\"error\":\"the inventory cannot be read\"}");
		free(reply.body);
	}
}

static void test_no_memory_leaves_the_reply(void **state)
{
	int failure = -ENOMEM;
	struct status status = { 0 };
	struct web_source source = source_of(&failure);
	struct api_view view = { .source = &source, .status = &status };
	struct api_reply reply = { .code = 7 };

	(void)state;
	assert_int_equal(api_get(&view, "/api/v1/zones", NULL, &reply), -ENOMEM);
	assert_int_equal(api_get(&view, "/metrics", NULL, &reply), -ENOMEM);
	assert_int_equal(reply.code, 7);
	assert_null(reply.body);
}

static void test_enforcement_names(void **state)
{
	(void)state;
	assert_string_equal(api_enforcement_name(ENFORCEMENT_STARTING), "starting");
	assert_string_equal(api_enforcement_name(ENFORCEMENT_DEGRADED), "degraded");
	assert_string_equal(api_enforcement_name(200), "unknown");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_answers),           cmocka_unit_test(test_last_page_has_no_next),
		cmocka_unit_test(test_failing_source),    cmocka_unit_test(test_no_memory_leaves_the_reply),
		cmocka_unit_test(test_enforcement_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

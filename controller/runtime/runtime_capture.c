/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "controller/enforcement/sysctls.h"
#include "controller/process/capture.h"
#include "controller/runtime/runtime_internal.h"
#include "policy/base/log.h"

#define LINKS_RETRY_MS 200 /* a storm that loses news would have us read all the time */

static void log_trouble(const char *event, const char *interface, const struct error *error)
{
	char text[ERROR_TEXT_MAX + ERROR_FILE_MAX];

	log_event(LEVEL_WARNING, event, "interface", interface, "text", error_format(error, text, sizeof(text)), NULL);
}

static int pass_ring(struct runtime *runtime, const struct interface *interface, enum capture_kind kind,
                     struct error *reterr)
{
	struct message message;
	int fd, result;

	message_make(&message, MESSAGE_CAPTURE_ADD);
	message.capture.ifindex = interface->ifindex;
	message.capture.kind = (uint32_t)kind;
	result = capture_open(interface->ifindex, kind, &fd, &message.capture.geometry, reterr);
	if (result < 0)
		return result;
	result = message_send(runtime->children[CHILD_SENSOR].fd, &message, fd);
	close(fd);
	return result < 0 ? error_set(reterr, result, "the sensor does not take the ring: %s", strerror(-result)) : 0;
}

void runtime_pass_flows(struct runtime *runtime)
{
	struct message message;
	struct error error = { 0 };
	int result;

	message_make(&message, MESSAGE_CAPTURE_ADD);
	message.capture.kind = CAPTURE_FLOWS;
	result = message_send(runtime->children[CHILD_SENSOR].fd, &message, runtime->flow_packets_fd);
	if (result < 0) {
		error_set(&error, result, "the sensor does not take the packets of flows: %s", strerror(-result));
		log_trouble("capture-failed", "all", &error);
	}
}

static void release(struct runtime *runtime, struct interface *interface)
{
	struct message message;

	if (!interface->captured)
		return;
	interface->captured = false;
	runtime->status.interfaces--;
	message_make(&message, MESSAGE_CAPTURE_DELETE);
	message.capture.ifindex = interface->ifindex;
	if (runtime->children[CHILD_SENSOR].fd >= 0)
		message_send(runtime->children[CHILD_SENSOR].fd, &message, -1); /* a sensor gone has no rings */
	log_event(LEVEL_NOTICE, "capture-ended", "interface", interface->name, NULL);
}

static void capture(struct runtime *runtime, struct interface *interface)
{
	struct error error = { 0 };
	int result;

	if (interface->captured || runtime->children[CHILD_SENSOR].fd < 0)
		return;
	writer_lock(&runtime->writer);
	result = sysctls_set_interface(runtime->store, interface->name, runtime->enforcement.policy->isolation, &error);
	writer_unlock(&runtime->writer);
	if (result < 0)
		log_trouble("sysctl-failed", interface->name, &error);
	error = (struct error){ 0 };
	for (int kind = 0; kind < CAPTURE_RING_COUNT && result >= 0; kind++)
		result = pass_ring(runtime, interface, (enum capture_kind)kind, &error);
	if (result < 0) {
		log_trouble("capture-failed", interface->name, &error);
		return;
	}
	interface->captured = true;
	runtime->status.interfaces++;
	log_event(LEVEL_NOTICE, "capture-begun", "interface", interface->name, NULL);
}

static void follow(struct runtime *runtime, struct interface *interface)
{
	/* A ring outlives a flap; it does not outlive the interface or its being clinical. */
	if (!interface->clinical)
		release(runtime, interface);
	else
		capture(runtime, interface);
}

void runtime_capture_all(struct runtime *runtime)
{
	for (size_t i = 0; i < runtime->interfaces.count; i++)
		follow(runtime, &runtime->interfaces.at[i]);
}

void runtime_capture_forget(struct runtime *runtime)
{
	for (size_t i = 0; i < runtime->interfaces.count; i++)
		runtime->interfaces.at[i].captured = false;
	runtime->status.interfaces = 0;
}

/*
 * First the name, in a transaction of its own: from then on what comes in by it meets the guard. What comes in before
 * is not guarded, for as long as the kernel's word takes to get here.
 */
static void renamed(struct runtime *runtime, const char *from, const struct interface *interface)
{
	struct enforcement *enforcement = &runtime->enforcement;

	if (interface->former[0] && enforcement_alias(enforcement, interface->name, true) < 0)
		enforcement->unknown = true;
	runtime_flush(runtime);
	learner_interface_renamed(&runtime->learner, from, interface);
	enforcement_alias(enforcement, from, false);
	runtime_flush(runtime);
	log_event(LEVEL_WARNING, "interface-renamed", "from", from, "to", interface->name, NULL);
	recorder_event(&runtime->recorder, "interface-renamed", NULL, runtime_now_ms(), "%s is called %s now%s", from,
	               interface->name,
	               interface->former[0] ? ", which the policy does not know; guarded as before" : "");
}

void runtime_interface_trouble(const struct runtime *runtime, char *text, size_t size)
{
	for (size_t i = 0; i < runtime->interfaces.count; i++) {
		const struct interface *interface = &runtime->interfaces.at[i];

		if (!interface->former[0])
			continue;
		snprintf(text, size,
		         "the clinical interface %s is called %s now, which the policy does not name; it is guarded as "
		         "before: give it its name back or write the new one under gateway: clinical",
		         interface->former, interface->name);
		return;
	}
}

void runtime_link(const struct link_event *event, void *context)
{
	struct runtime *runtime = context;
	struct interface *interface = interfaces_by_index(&runtime->interfaces, event->ifindex);
	uint16_t vlan = interface ? interface->vlan : 0;
	struct interface before = interface ? *interface : (struct interface) {
		.ifindex = 0
	};

	neighbours_forget_names(runtime->enforcement.neighbours);
	if (event->change == LINK_GONE && interface) {
		release(runtime, interface);
		if (interface->former[0] && enforcement_alias(&runtime->enforcement, interface->name, false) == 0)
			runtime_flush(runtime);
	}
	interface = interfaces_apply(&runtime->interfaces, event, runtime->enforcement.policy);
	if (!interface || !runtime->base)
		return;
	if (event->change == LINK_ADDRESS_PRESENT) {
		learner_own_address(&runtime->learner, &event->prefix.address, runtime_now_ms());
		learner_bind_pinned(&runtime->learner, runtime_now_ms());
		runtime_flush(runtime);
	}
	if (event->change != LINK_PRESENT)
		return;
	if (before.clinical && strcmp(before.name, interface->name) != 0)
		renamed(runtime, before.name, interface);
	follow(runtime, interface);
	if (interface->vlan != vlan) {
		learner_interface_changed(&runtime->learner, interface);
		runtime_flush(runtime);
	}
	if (interface->clinical && interface->up)
		enforcement_hold_neighbours(&runtime->enforcement, &runtime->inventory, interface->name);
}

void runtime_read_links(struct runtime *runtime)
{
	struct interfaces *interfaces = &runtime->interfaces;
	uint64_t now = runtime_monotonic_ms();
	const struct interface *unseen;
	struct error error = { 0 };

	if (!runtime->links_unknown || now - runtime->links_asked_ms < LINKS_RETRY_MS)
		return;
	runtime->links_asked_ms = now;
	interfaces_forget_seen(interfaces);
	if (links_dump(runtime->links, runtime_link, runtime, &error) < 0) {
		runtime_log_error(LEVEL_WARNING, "links-unknown", &error);
		return;
	}
	runtime->links_unknown = false;
	while ((unseen = interfaces_unseen(interfaces)) != NULL)
		runtime_link(&(struct link_event){ .change = LINK_GONE, .ifindex = unseen->ifindex }, runtime);
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "controller/sensor/dissect/application.h"

#include <errno.h>
#include <ndpi_api.h>
#include <stdlib.h>
#include <string.h>

#define NAME_MAX_BYTES 256
#define MASK_BITS      32U
#define GENERIC_MORE   3 /* packets after "TLS" or "HTTP" alone: a name may follow */

struct state {
	uint32_t flow;
	uint8_t packets;
	uint8_t generic;
	bool is_used;
};

struct application {
	struct ndpi_detection_module_struct *module;
	application_forget *forget;
	void *context;
	size_t state_size;
	uint32_t next; /* the state that was begun first, once all are used */
	struct state states[APPLICATION_STATES_MAX];
	uint8_t *flows; /* nDPI's, state_size bytes each */
};

int application_new(application_forget *forget, void *context, struct application **application)
{
	struct application *made = calloc(1, sizeof(*made));
	NDPI_PROTOCOL_BITMASK wanted;

	if (!made)
		return -ENOMEM;
	made->forget = forget;
	made->context = context;
	made->module = ndpi_init_detection_module((ndpi_init_prefs)(ndpi_dont_init_libgcrypt));
	made->state_size = (ndpi_detection_get_sizeof_ndpi_flow_struct() + 63UL) & ~63UL;
	made->flows = calloc(APPLICATION_STATES_MAX, made->state_size);
	if (!made->module || !made->flows) {
		application_free(made);
		return -ENOMEM;
	}
	NDPI_BITMASK_SET_ALL(wanted);
	wanted.fds_bits[NDPI_PROTOCOL_QUIC / MASK_BITS] &= ~(1U << NDPI_PROTOCOL_QUIC % MASK_BITS);
	ndpi_set_protocol_detection_bitmask2(made->module, &wanted);
	ndpi_finalize_initialization(made->module);
	*application = made;
	return 0;
}

static struct ndpi_flow_struct *flow_of(const struct application *application, uint32_t handle)
{
	return (struct ndpi_flow_struct *)(void *)(application->flows + (handle - 1) * application->state_size);
}

void application_end(struct application *application, uint32_t handle)
{
	struct state *state = &application->states[handle - 1];
	struct ndpi_flow_struct *flow = flow_of(application, handle);

	if (!state->is_used)
		return;
	state->is_used = false;
	ndpi_free_flow_data(flow);
	memset(flow, 0, application->state_size);
}

void application_free(struct application *application)
{
	if (!application)
		return;
	if (application->flows)
		for (uint32_t i = 1; i <= APPLICATION_STATES_MAX; i++)
			application_end(application, i);
	if (application->module)
		ndpi_exit_detection_module(application->module);
	free(application->flows);
	free(application);
}

uint32_t application_begin(struct application *application, uint32_t flow)
{
	uint32_t index = application->next;
	struct state *state = &application->states[index];

	application->next = (index + 1) % APPLICATION_STATES_MAX;
	if (state->is_used) {
		application->forget(state->flow, application->context);
		application_end(application, index + 1);
	}
	*state = (struct state){ .flow = flow, .is_used = true };
	return index + 1;
}

static void add_protocol(struct application *application, ndpi_protocol protocol, struct fields *fields)
{
	char name[NAME_MAX_BYTES];
	const char *category = ndpi_category_get_name(application->module, protocol.category);

	fields_add_text(fields, FIELD_APPLICATION,
	                ndpi_protocol2name(application->module, protocol, name, sizeof(name)));
	if (category && protocol.category != NDPI_PROTOCOL_CATEGORY_UNSPECIFIED)
		fields_add_text(fields, FIELD_APPLICATION_CATEGORY, category);
}

static bool is_known(const ndpi_protocol *protocol)
{
	return protocol->app_protocol != NDPI_PROTOCOL_UNKNOWN || protocol->master_protocol != NDPI_PROTOCOL_UNKNOWN;
}

/* What carries many applications, while it is not known which. */
static bool is_generic(const ndpi_protocol *protocol)
{
	uint16_t known = protocol->app_protocol ? protocol->app_protocol : protocol->master_protocol;

	return known == NDPI_PROTOCOL_TLS || known == NDPI_PROTOCOL_HTTP || known == NDPI_PROTOCOL_STUN;
}

bool application_take(struct application *application, uint32_t handle, const uint8_t *packet, size_t length,
                      uint64_t now_ms, struct fields *fields)
{
	struct state *state = &application->states[handle - 1];
	struct ndpi_flow_struct *flow = flow_of(application, handle);
	ndpi_protocol protocol;
	u_int8_t guessed = 0;

	if (length > UINT16_MAX)
		length = UINT16_MAX;
	protocol = ndpi_detection_process_packet(application->module, flow, packet, (unsigned short)length, now_ms);
	state->packets++;
	if (is_generic(&protocol) && state->generic++ < GENERIC_MORE && state->packets < APPLICATION_PACKETS_MAX)
		return false;
	if (!is_known(&protocol)) {
		if (state->packets < APPLICATION_PACKETS_MAX)
			return false;
		protocol = ndpi_detection_giveup(application->module, flow, 0, &guessed);
	}
	if (is_known(&protocol) && !guessed)
		add_protocol(application, protocol, fields);
	return true;
}

bool application_take_name(struct application *application, const uint8_t *name, size_t length, struct fields *fields)
{
	ndpi_protocol_match_result match = { 0 };
	ndpi_protocol protocol = { .master_protocol = NDPI_PROTOCOL_QUIC };
	char copy[NAME_MAX_BYTES];
	int known;

	if (length == 0 || length >= sizeof(copy))
		return false;
	memcpy(copy, name, length);
	copy[length] = '\0';
	known = ndpi_match_string_subprotocol(application->module, copy, (u_int)length, &match);
	if (known <= NDPI_PROTOCOL_UNKNOWN)
		return false;
	protocol.app_protocol = (uint16_t)known;
	protocol.category = match.protocol_category;
	add_protocol(application, protocol, fields);
	return true;
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "controller/sensor/dissect/dissector_internal.h"

#define PORTS          65536
#define DECODERS_MAX   32 /* bits of a word */
#define WELL_KNOWN     1024
#define PASSING        32768 /* from here on systems take the ports of clients: Linux; others from 49152 */
#define SECOND_NS      1000000000ULL
#define MILLISECOND_NS 1000000ULL

#define ECHO_REPLY    0
#define ECHO_REQUEST  8
#define ECHO6_REQUEST 128
#define ECHO6_REPLY   129

void dissector_forget_application(struct dissector *dissector, struct flow *flow)
{
	if (flow->application)
		application_end(dissector->application, flow->application);
	flow->application = 0;
	flow->is_recognised = false;
}

static void give_total(const struct dissector *dissector, const struct flow *flow)
{
	const struct flow_count *count = &dissector->counts[flow_index(dissector->flows, flow)];
	const struct flow_key *key = &flow->key;
	unsigned int client = flow->told_client;
	struct flow_total total = {
		.conversation = { .source_port = key->port[client],
		                  .destination_port = key->port[!client],
		                  .protocol = key->protocol },
		.packets = count->packets,
		.bytes = count->bytes,
	};

	total.conversation.source.family = total.conversation.destination.family = key->family;
	memcpy(total.conversation.source.byte, key->address[client], sizeof(key->address[client]));
	memcpy(total.conversation.destination.byte, key->address[!client], sizeof(key->address[!client]));
	dissector->options.flow_end(&total, dissector->context);
}

static void take_leave(struct flow *flow, void *context)
{
	struct dissector *dissector = context;

	if (dissector->counts)
		give_total(dissector, flow);
	streams_farewell(dissector, flow);
	dissector_forget_application(dissector, flow);
}

static void forget_application(uint32_t flow, void *context)
{
	struct dissector *dissector = context;

	flow_at(dissector->flows, flow)->application = 0;
	flow_at(dissector->flows, flow)->is_recognised = true;
}

/* Notes that the decoder ${bit} has ${port}. */
static int index_port(struct dissector *dissector, uint16_t port, uint32_t bit)
{
	uint8_t *slot = &dissector->datagrams_by_port[port];

	if (*slot == 0) {
		if (dissector->indexed_ports == UINT8_MAX)
			return -E2BIG;
		*slot = ++dissector->indexed_ports;
	}
	dissector->datagrams_of[*slot] |= bit;
	return 0;
}

/* For each port the decoders that have it, so that a datagram is not compared with all of them. */
static int index_datagrams(struct dissector *dissector)
{
	size_t count;
	const struct datagram_protocol *protocols = protocols_datagram(&count);

	if (count > DECODERS_MAX)
		return -E2BIG;
	dissector->datagram_protocols = protocols;
	dissector->datagrams_by_port = calloc(PORTS, sizeof(*dissector->datagrams_by_port));
	if (!dissector->datagrams_by_port)
		return -ENOMEM;
	for (size_t i = 0; i < count; i++) {
		if (protocols[i].ports[0] == 0)
			dissector->datagrams_any_port |= 1U << i;
		for (size_t j = 0; j < PROTOCOL_PORTS_MAX && protocols[i].ports[j]; j++)
			if (index_port(dissector, protocols[i].ports[j], 1U << i) < 0)
				return -E2BIG;
	}
	return 0;
}

/* Makes room for what each flow comes to: touched when the flow is, and only where somebody asks. */
static int count_flows(struct dissector *dissector)
{
	uint32_t flows_max = dissector->options.flows_max ? dissector->options.flows_max : 1;

	dissector->counts = calloc(flows_max, sizeof(*dissector->counts));
	return dissector->counts ? 0 : -ENOMEM;
}

int dissector_new(const struct dissector_options *options, dissector_emit *emit, void *context,
                  struct dissector **dissector)
{
	struct dissector *made = calloc(1, sizeof(*made));
	int result;

	if (!made)
		return -ENOMEM;
	made->options = *options;
	made->emit = emit;
	made->context = context;
	made->stream_protocols = protocols_stream(&made->stream_count);
	result = made->stream_count > DECODERS_MAX ? -E2BIG : index_datagrams(made);
	if (result == 0)
		result = flow_table_new(options->flows_max, take_leave, made, &made->flows);
	if (result == 0 && options->flow_end)
		result = count_flows(made);
	if (result == 0)
		result = streams_new(options->streams_max, &made->streams);
	if (result == 0)
		result = fragments_new(&made->fragments);
	if (result == 0 && options->applications)
		result = application_new(forget_application, made, &made->application);
	if (result < 0) {
		dissector_free(made);
		return result;
	}
	*dissector = made;
	return 0;
}

void dissector_free(struct dissector *dissector)
{
	if (!dissector)
		return;
	application_free(dissector->application);
	fragments_free(dissector->fragments);
	streams_free(dissector->streams);
	flow_table_free(dissector->flows);
	free(dissector->counts);
	free(dissector->datagrams_by_port);
	free(dissector);
}

void dissector_give(struct dissector *dissector, enum observation_type type, enum protocol protocol)
{
	dissector->made.type = (uint8_t)type;
	dissector->made.protocol = (uint8_t)protocol;
	dissector->statistics.observations++;
	dissector->emit(&dissector->made, dissector->context);
}

int dissector_ask(struct dissector *dissector, enum protocol protocol, datagram_decode *decode,
                  const struct datagram *datagram)
{
	enum malformed_reason reason = MALFORMED_LINK;
	int result;

	fields_clear(&dissector->made.fields);
	result = decode(datagram, &dissector->made.fields, &reason);
	if (result == -EBADMSG)
		dissector_malformed(dissector, reason);
	else if (result > 0 && dissector->made.fields.length > 0)
		dissector_give(dissector, OBSERVATION_FIELDS, protocol);
	return result;
}

/* Which side was connected to, where no SYN says so: the one with a port that services have. */
static unsigned int guess_client(const struct flow_key *key, unsigned int sender)
{
	static const uint16_t bounds[] = { WELL_KNOWN, PASSING };

	for (size_t i = 0; i < sizeof(bounds) / sizeof(bounds[0]); i++) {
		bool sender_serves = key->port[sender] < bounds[i];
		bool other_serves = key->port[!sender] < bounds[i];

		if (sender_serves != other_serves)
			return sender_serves ? !sender : sender;
	}
	return sender;
}

/* The key's form of a conversation: an echo's answer belongs to its request. */
static bool key_conversation(struct conversation *conversation)
{
	uint8_t protocol = conversation->protocol;
	uint16_t type = conversation->source_port;
	bool answers = false;

	if (protocol != NUMBER_ICMP && protocol != NUMBER_ICMPV6)
		return false;
	answers = type == (protocol == NUMBER_ICMP ? ECHO_REPLY : ECHO6_REPLY);
	if (answers)
		type = protocol == NUMBER_ICMP ? ECHO_REQUEST : ECHO6_REQUEST;
	conversation->source_port = conversation->destination_port = type;
	return answers;
}

static void count_packet(struct dissector *dissector, const struct flow *flow, bool is_new)
{
	struct flow_count *count = &dissector->counts[flow_index(dissector->flows, flow)];
	const struct frame *frame = dissector->frame;

	if (is_new)
		*count = (struct flow_count){ 0 };
	count->packets++;
	count->bytes += frame->wire_length > frame->length ? frame->wire_length : frame->length;
}

struct flow_packet dissector_flow(struct dissector *dissector, bool opens, bool answers)
{
	struct conversation keyed = dissector->made.conversation;
	struct flow_packet packet = { .is_new = false };
	struct flow_key key;
	struct flow *flow;

	answers |= key_conversation(&keyed);
	packet.sender = flow_key_make(&keyed, &key);
	flow = flow_take(dissector->flows, &key, dissector->now_s, &packet.is_new,
	                 &dissector->statistics.flows_evicted);
	if ((opens || answers) && !flow->is_opened) {
		flow->client = (uint8_t)(opens ? packet.sender : !packet.sender);
		flow->is_opened = true;
	} else if (packet.is_new) {
		flow->client = (uint8_t)guess_client(&key, packet.sender);
	}
	if (packet.is_new)
		flow->told_client = flow->client;
	if (dissector->counts)
		count_packet(dissector, flow, packet.is_new);
	dissector->made.conversation.from_server = packet.sender != flow->client;
	packet.flow = flow;
	if (packet.is_new) {
		dissector->statistics.flows++;
		if (dissector->options.report_flows)
			dissector_give(dissector, OBSERVATION_FLOW, PROTOCOL_FLOW);
	}
	return packet;
}

/* What the flow is describes its client, whichever side's packet told it. */
static void give_application(struct dissector *dissector)
{
	struct observation *made = &dissector->made;
	const struct conversation conversation = made->conversation;
	const struct mac source = made->source;
	const struct mac destination = made->destination;

	if (made->fields.length == 0)
		return;
	if (conversation.from_server) {
		made->source = destination;
		made->destination = source;
		made->conversation.source = conversation.destination;
		made->conversation.destination = conversation.source;
		made->conversation.source_port = conversation.destination_port;
		made->conversation.destination_port = conversation.source_port;
		made->conversation.from_server = 0;
	}
	dissector_give(dissector, OBSERVATION_FIELDS, PROTOCOL_FLOW);
	made->source = source;
	made->destination = destination;
	made->conversation = conversation;
}

void dissector_recognise(struct dissector *dissector, const struct flow_packet *packet)
{
	struct application *application = dissector->application;
	struct flow *flow = packet->flow;

	if (!application || flow->is_recognised || dissector->is_cut)
		return;
	if (!flow->application)
		flow->application = application_begin(application, flow_index(dissector->flows, flow));
	fields_clear(&dissector->made.fields);
	if (!application_take(application, flow->application, dissector->packet,
	                      (size_t)(dissector->packet_end - dissector->packet),
	                      dissector->made.captured_ns / MILLISECOND_NS, &dissector->made.fields))
		return;
	application_end(application, flow->application);
	flow->application = 0;
	flow->is_recognised = true;
	give_application(dissector);
}

void dissector_recognise_name(struct dissector *dissector, const struct flow_packet *packet)
{
	struct field_value value;
	uint8_t name[FIELD_VALUE_MAX];

	if (!dissector->application || packet->flow->is_recognised ||
	    !fields_find(&dissector->made.fields, FIELD_TLS_NAME, &value))
		return;
	memcpy(name, value.bytes, value.length);
	fields_clear(&dissector->made.fields);
	if (application_take_name(dissector->application, name, value.length, &dissector->made.fields))
		give_application(dissector);
}

void dissector_take(struct dissector *dissector, const struct frame *frame)
{
	struct observation *made = &dissector->made;

	/* All but the values, which a decoder clears: they are many, and most frames have none. */
	memset(made, 0, OBSERVATION_HEAD);
	made->outgoing = frame->outgoing;
	made->vlan = frame->vlan;
	made->ifindex = frame->ifindex;
	made->frame = frame->number;
	made->captured_ns = frame->captured_ns;
	dissector->frame = frame;
	dissector->layers = 0;
	dissector->now_s = (uint32_t)(frame->captured_ns / SECOND_NS);
	dissector->is_group = false;
	dissector->is_cut = false;
	dissector->statistics.frames++;
	link_take(dissector);
}

void dissector_flush(struct dissector *dissector)
{
	flow_table_clear(dissector->flows);
	fragments_clear(dissector->fragments);
}

const struct dissector_statistics *dissector_statistics(const struct dissector *dissector)
{
	return &dissector->statistics;
}

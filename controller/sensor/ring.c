/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "controller/sensor/ring.h"

#include <errno.h>
#include <linux/if_packet.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#define RING_SIZE_MAX  (1U << 28)
#define FRAME_SIZE_MIN 256
/* Of the frames in a block of version 3: the kernel's own V3_ALIGNMENT, half of TPACKET_ALIGNMENT. */
#define BLOCK_ALIGNMENT 8

#define NS_PER_S     1000000000ULL
#define VLAN_ID_MASK 0x0fff

/* TPACKET_ALIGN, in unsigned arithmetic: where the kernel puts the struct sockaddr_ll behind a header. */
#define LINK_OFFSET(header) ((uint32_t)((sizeof(header) + 15U) & ~(size_t)15U))

struct ring {
	int fd;
	uint32_t ifindex;
	enum capture_kind kind;
	struct capture_geometry geometry;
	uint8_t *map;
	size_t size;
	uint32_t next; /* frame (urgent) or block (bulk) that the kernel fills next */
};

/* What both header versions tell of one frame. */
struct slot {
	const uint8_t *start;
	size_t room; /* bytes from start to the end of its frame or block */
	uint32_t link_offset;
	uint32_t data_offset;
	uint32_t length;
	uint32_t status;
	uint32_t tag;
	uint64_t captured_ns;
};

static int check_geometry(const struct capture_geometry *geometry)
{
	uint64_t size = (uint64_t)geometry->block_size * geometry->block_count;

	if (geometry->frame_size < FRAME_SIZE_MIN || geometry->frame_size % TPACKET_ALIGNMENT != 0)
		return -EINVAL;
	if (geometry->block_size < geometry->frame_size || geometry->block_size % geometry->frame_size != 0)
		return -EINVAL;
	if (size == 0 || size > RING_SIZE_MAX)
		return -EINVAL;
	return (uint64_t)geometry->frame_count * geometry->frame_size == size ? 0 : -EINVAL;
}

int ring_map(int fd, uint32_t ifindex, enum capture_kind kind, const struct capture_geometry *geometry,
             struct ring **ring, struct error *reterr)
{
	size_t size = (size_t)geometry->block_size * geometry->block_count;
	struct ring *made;
	void *map;

	if (check_geometry(geometry) < 0)
		return error_set(reterr, -EINVAL, "ring of interface %u: impossible geometry", ifindex);
	made = calloc(1, sizeof(*made));
	if (!made)
		return error_set(reterr, -ENOMEM, "ring of interface %u: no memory", ifindex);
	map = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (map == MAP_FAILED) {
		int code = -errno;

		free(made);
		return error_set(reterr, code, "ring of interface %u: mmap: %s", ifindex, strerror(-code));
	}
	*made = (struct ring){
		.fd = fd, .ifindex = ifindex, .kind = kind, .geometry = *geometry, .map = map, .size = size
	};
	*ring = made;
	return 0;
}

void ring_free(struct ring *ring)
{
	if (!ring)
		return;
	munmap(ring->map, ring->size);
	close(ring->fd);
	free(ring);
}

int ring_fd(const struct ring *ring)
{
	return ring->fd;
}

uint32_t ring_ifindex(const struct ring *ring)
{
	return ring->ifindex;
}

/* The kernel puts a struct sockaddr_ll at ${link_offset} and the frame at ${data_offset}. */
static void deliver(const struct ring *ring, const struct slot *slot, ring_callback *callback, void *context)
{
	struct frame frame = { .bytes = slot->start + slot->data_offset,
		               .length = slot->length,
		               .link = LINK_ETHERNET,
		               .ifindex = ring->ifindex,
		               .captured_ns = slot->captured_ns };
	struct sockaddr_ll link;

	if (slot->room < slot->link_offset + sizeof(link) || slot->room < slot->data_offset ||
	    slot->room - slot->data_offset < slot->length)
		return;
	memcpy(&link, slot->start + slot->link_offset, sizeof(link));
	frame.outgoing = link.sll_pkttype == PACKET_OUTGOING;
	if (slot->status & TP_STATUS_VLAN_VALID)
		frame.vlan = slot->tag & VLAN_ID_MASK;
	callback(&frame, context);
}

/*
 * The status word is the lock: what the kernel wrote before it set TP_STATUS_USER is seen after it was read so
 * (acquire), and our reads are over before it is given back (release).
 */
static uint32_t status_load(const uint32_t *status)
{
	return __atomic_load_n(status, __ATOMIC_ACQUIRE);
}

static void status_give_back(uint32_t *status)
{
	__atomic_store_n(status, TP_STATUS_KERNEL, __ATOMIC_RELEASE);
}

static unsigned int read_frames(struct ring *ring, ring_callback *callback, void *context)
{
	unsigned int count = 0;

	while (count < RING_BATCH) {
		uint8_t *start = ring->map + (size_t)ring->next * ring->geometry.frame_size;
		struct tpacket2_hdr *header = (struct tpacket2_hdr *)(void *)start;
		uint32_t status = status_load(&header->tp_status);
		struct slot slot = {
			.start = start,
			.room = ring->geometry.frame_size,
			.link_offset = LINK_OFFSET(*header),
			.status = status,
		};

		if (!(status & TP_STATUS_USER))
			break;
		slot.data_offset = header->tp_mac;
		slot.length = header->tp_snaplen;
		slot.tag = header->tp_vlan_tci;
		slot.captured_ns = header->tp_sec * NS_PER_S + header->tp_nsec;
		deliver(ring, &slot, callback, context);
		status_give_back(&header->tp_status);
		ring->next = (ring->next + 1) % ring->geometry.frame_count;
		count++;
	}
	return count;
}

static unsigned int read_block(const struct ring *ring, const uint8_t *block, ring_callback *callback, void *context)
{
	const struct tpacket_block_desc *description = (const void *)block;
	uint32_t count = description->hdr.bh1.num_pkts;
	size_t offset = description->hdr.bh1.offset_to_first_pkt;

	for (uint32_t i = 0; i < count; i++) {
		const struct tpacket3_hdr *header = (const void *)(block + offset);
		struct slot slot = { .start = block + offset, .link_offset = LINK_OFFSET(*header) };

		if (offset % BLOCK_ALIGNMENT != 0 || offset > ring->geometry.block_size - sizeof(*header))
			return i;
		slot.room = ring->geometry.block_size - offset;
		slot.data_offset = header->tp_mac;
		slot.length = header->tp_snaplen;
		slot.status = header->tp_status;
		slot.tag = header->hv1.tp_vlan_tci;
		slot.captured_ns = header->tp_sec * NS_PER_S + header->tp_nsec;
		deliver(ring, &slot, callback, context);
		offset += header->tp_next_offset;
	}
	return count;
}

static unsigned int read_blocks(struct ring *ring, ring_callback *callback, void *context)
{
	unsigned int count = 0;

	while (count < RING_BATCH) {
		uint8_t *block = ring->map + (size_t)ring->next * ring->geometry.block_size;
		struct tpacket_block_desc *description = (struct tpacket_block_desc *)(void *)block;

		if (!(status_load(&description->hdr.bh1.block_status) & TP_STATUS_USER))
			break;
		count += read_block(ring, block, callback, context);
		status_give_back(&description->hdr.bh1.block_status);
		ring->next = (ring->next + 1) % ring->geometry.block_count;
	}
	return count;
}

unsigned int ring_read(struct ring *ring, ring_callback *callback, void *context)
{
	return ring->kind == CAPTURE_URGENT ? read_frames(ring, callback, context)
	                                    : read_blocks(ring, callback, context);
}

int ring_statistics(struct ring *ring, uint64_t *frames, uint64_t *dropped)
{
	union tpacket_stats_u statistics = { 0 };
	socklen_t length = ring->kind == CAPTURE_URGENT ? sizeof(statistics.stats1) : sizeof(statistics.stats3);

	if (getsockopt(ring->fd, SOL_PACKET, PACKET_STATISTICS, &statistics, &length) < 0)
		return -errno;
	/* Both versions begin with the same two numbers, and the kernel counts the dropped among the packets. */
	*frames += statistics.stats1.tp_packets - statistics.stats1.tp_drops;
	*dropped += statistics.stats1.tp_drops;
	return 0;
}

int ring_clear_error(struct ring *ring)
{
	int pending = 0;
	socklen_t length = sizeof(pending);

	getsockopt(ring->fd, SOL_SOCKET, SO_ERROR, &pending, &length);
	return pending;
}

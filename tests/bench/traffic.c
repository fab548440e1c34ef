/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * traffic: what is sent through the gateway while it is measured.
 *
 * usage: bench_traffic FROM TO MODE AMOUNT RATE
 * FROM and TO are files of network namespaces: eth0 of the first is a device behind the gateway 10.16.0.1, eth0 of the
 * second is the server 10.8.0.10. udp/5001 may pass, udp/6999 may not.
 *        flood    numbered datagrams to both ports, RATE a second to each, until the standard input ends; it prints
 *                 "sent N lost N refused N leaked N gap N", gap the longest silence of what may pass, in microseconds
 *        packets  64 byte frames of 64 flows for AMOUNT milliseconds, RATE a second (0: as many as go); it prints
 *                 "sent N received N us N"
 *        bursts   the same frames, AMOUNT times 64 at once; it prints "sent N received N ps N": picoseconds of
 * processor a packet, forwarding included, in the burst than which a quarter of all were cheaper flows    AMOUNT
 * datagrams, each a flow of its own, RATE a second; it prints the same refused  as packets, but to udp/6999 and up, and
 * each frame a flow of its own connect  TCP connections to tcp/5002, 32 at a time, opened and reset, for AMOUNT
 * milliseconds; it prints "opened N failed N us N"
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <netinet/in.h>
#include <poll.h>
#include <sched.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define SERVER       "10.8.0.10"
#define ROUTER       "10.16.0.1"
#define ALLOWED      5001
#define PORTS        900 /* from ALLOWED on */
#define CONNECT_PORT 5002
#define REFUSED      6999
#define BATCH        64
#define FRAME        60 /* without the checksum that makes it 64 on a wire */
#define PARALLEL     32
#define BUFFER_BYTES (64 << 20)
#define SETTLE_US    300000

struct ends {
	const char *from, *to;
	long amount;
	long rate;
};

static int64_t now_us(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * INT64_C(1000000) + now.tv_nsec / 1000;
}

static void die(const char *what)
{
	fprintf(stderr, "bench_traffic: %s: %s\n", what, strerror(errno));
	exit(1);
}

static void enter(const char *namespace)
{
	int fd = open(namespace, O_RDONLY | O_CLOEXEC);

	if (fd < 0 || setns(fd, CLONE_NEWNET) < 0)
		die(namespace);
	close(fd);
}

static struct sockaddr_in at_port(uint16_t port)
{
	struct sockaddr_in name = { .sin_family = AF_INET, .sin_port = htons(port) };

	inet_pton(AF_INET, SERVER, &name.sin_addr);
	return name;
}

static int open_socket(int type, uint16_t bound)
{
	int fd = socket(AF_INET, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	struct sockaddr_in name = at_port(bound);
	int bytes = BUFFER_BYTES;
	int on = 1;

	if (fd < 0)
		die("socket");
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &bytes, sizeof(bytes));
	if (bound && bind(fd, (struct sockaddr *)&name, sizeof(name)) < 0)
		die("bind");
	return fd;
}

/* How many are due by now at ${rate} a second, of which ${sent} are out. */
static long due(int64_t begin, long rate, long sent)
{
	return (long)((now_us() - begin) * rate / 1000000) - sent;
}

/* ---- flood ---- */

struct flood {
	int sender, allowed, refused;
	uint64_t sent, received, refused_sent, leaked;
	int64_t last_us, gap_us;
};

static void flood_receive(struct flood *flood)
{
	uint64_t number;
	int64_t now = now_us();

	while (recv(flood->allowed, &number, sizeof(number), 0) == (ssize_t)sizeof(number)) {
		flood->received++;
		if (flood->last_us && now - flood->last_us > flood->gap_us)
			flood->gap_us = now - flood->last_us;
		flood->last_us = now;
	}
	while (recv(flood->refused, &number, sizeof(number), 0) == (ssize_t)sizeof(number))
		flood->leaked++;
}

static void flood_send(struct flood *flood)
{
	struct sockaddr_in allowed = at_port(ALLOWED);
	struct sockaddr_in refused = at_port(REFUSED);

	if (sendto(flood->sender, &flood->sent, sizeof(flood->sent), 0, (struct sockaddr *)&allowed, sizeof(allowed)) >
	    0)
		flood->sent++;
	if (sendto(flood->sender, &flood->sent, sizeof(flood->sent), 0, (struct sockaddr *)&refused, sizeof(refused)) >
	    0)
		flood->refused_sent++;
}

static void flood_run(const struct ends *ends)
{
	struct flood flood = { 0 };
	struct pollfd input = { STDIN_FILENO, POLLIN, 0 };
	int64_t begin, end;

	enter(ends->from);
	flood.sender = open_socket(SOCK_DGRAM, 0);
	enter(ends->to);
	flood.allowed = open_socket(SOCK_DGRAM, ALLOWED);
	flood.refused = open_socket(SOCK_DGRAM, REFUSED);
	begin = now_us();
	while (poll(&input, 1, 0) == 0) {
		long wanted = due(begin, ends->rate, (long)flood.sent);

		for (long i = 0; i < wanted && i < BATCH; i++)
			flood_send(&flood);
		flood_receive(&flood);
		if (wanted <= 0)
			usleep(100);
	}
	for (end = now_us(); now_us() < end + SETTLE_US; usleep(1000))
		flood_receive(&flood);
	printf("sent %lu lost %lu refused %lu leaked %lu gap %ld\n", flood.sent, flood.sent - flood.received,
	       flood.refused_sent, flood.leaked, flood.gap_us);
}

/* ---- packets and flows ---- */

static uint16_t sum_of(const uint8_t *header)
{
	uint32_t sum = 0;

	for (unsigned int i = 0; i < 20; i += 2)
		sum += (uint32_t)header[i] << 8 | header[i + 1];
	sum = (sum & 0xffff) + (sum >> 16);
	return (uint16_t) ~((sum & 0xffff) + (sum >> 16));
}

/* The gateway's MAC as this namespace knows it: it is asked once by a datagram that nobody waits for. */
static void find_router(uint8_t mac[6])
{
	int fd = open_socket(SOCK_DGRAM, 0);
	struct sockaddr_in port = at_port(ALLOWED);
	char line[256], address[64], text[64];
	FILE *table;

	for (int i = 0; i < 200; i++) {
		sendto(fd, "", 0, 0, (struct sockaddr *)&port, sizeof(port));
		usleep(10000);
		table = fopen("/proc/thread-self/net/arp", "r");
		while (table && fgets(line, sizeof(line), table)) {
			if (sscanf(line, "%63s %*s %*s %63s", address, text) != 2 || strcmp(address, ROUTER) != 0 ||
			    strcmp(text, "00:00:00:00:00:00") == 0)
				continue;
			sscanf(text, "%hhx:%hhx:%hhx:%hhx:%hhx:%hhx", &mac[0], &mac[1], &mac[2], &mac[3], &mac[4],
			       &mac[5]);
			fclose(table);
			close(fd);
			return;
		}
		if (table)
			fclose(table);
	}
	errno = EHOSTUNREACH;
	die(ROUTER);
}

static int open_wire(uint8_t frame[FRAME])
{
	int fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);
	struct sockaddr_ll link = { .sll_family = AF_PACKET, .sll_ifindex = (int)if_nametoindex("eth0") };
	struct sockaddr_in server = at_port(ALLOWED);
	struct ifreq request = { .ifr_name = "eth0" };
	uint16_t sum;

	if (fd < 0 || bind(fd, (struct sockaddr *)&link, sizeof(link)) < 0 || ioctl(fd, SIOCGIFHWADDR, &request) < 0)
		die("eth0");
	find_router(frame);
	memcpy(frame + 6, request.ifr_hwaddr.sa_data, 6);
	if (ioctl(fd, SIOCGIFADDR, &request) < 0)
		die("address");
	memcpy(frame + 12, "\x08\x00\x45\x00\x00\x2e\x00\x00\x00\x00\x40\x11", 12); /* 46 bytes of UDP, TTL 64 */
	memcpy(frame + 26, (const uint8_t *)&request.ifr_addr + offsetof(struct sockaddr_in, sin_addr), 4);
	memcpy(frame + 30, &server.sin_addr, 4);
	sum = sum_of(frame + 14);
	frame[24] = (uint8_t)(sum >> 8);
	frame[25] = (uint8_t)sum;
	frame[39] = 26; /* UDP's length; no checksum */
	return fd;
}

/* ${flow} becomes a port from ${first} on, and one of the sender's. */
static void set_ports(uint8_t frame[FRAME], uint16_t first, unsigned long flow)
{
	unsigned long from = 10000 + flow / PORTS % 50000;
	unsigned long to = first + flow % PORTS;

	frame[34] = (uint8_t)(from >> 8);
	frame[35] = (uint8_t)from;
	frame[36] = (uint8_t)(to >> 8);
	frame[37] = (uint8_t)to;
}

/* UDP datagrams that have come into this thread's namespace, whether there was room for them or not. */
static long datagrams_received(void)
{
	FILE *table = fopen("/proc/thread-self/net/snmp", "r");
	long taken = 0, no_port = 0, no_room = 0;
	char line[1024];

	while (table && fgets(line, sizeof(line), table))
		if (sscanf(line, "Udp: %ld %ld %ld", &taken, &no_port, &no_room) == 3)
			break;
	if (table)
		fclose(table);
	return taken + no_port + no_room;
}

static void open_sinks(void)
{
	/* somebody is there, so that no port unreachable comes back */
	for (unsigned int port = 0; port < PORTS; port++) {
		int fd = open_socket(SOCK_DGRAM, (uint16_t)(ALLOWED + port));
		int least = 0;

		setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &least, sizeof(least));
	}
}

enum kind {
	KIND_PACKETS, /* of 64 flows, for a time */
	KIND_FLOWS,   /* so many, each a flow of its own */
	KIND_REFUSED, /* each a flow of its own, for a time */
};

/* A batch of frames, each of a flow of its own. */
struct volley {
	int wire;
	uint8_t frames[BATCH][FRAME];
	struct iovec vectors[BATCH];
	struct mmsghdr messages[BATCH];
};

/* To the ports from ${first} on. It leaves from ${ends->from}, whereas the thread stays in ${ends->to}. */
static void volley_load(struct volley *volley, const struct ends *ends, uint16_t first)
{
	enter(ends->from);
	volley->wire = open_wire(volley->frames[0]);
	for (unsigned int i = 0; i < BATCH; i++) {
		memcpy(volley->frames[i], volley->frames[0], FRAME);
		set_ports(volley->frames[i], first, i);
		volley->vectors[i] = (struct iovec){ volley->frames[i], FRAME };
		volley->messages[i].msg_hdr = (struct msghdr){ .msg_iov = &volley->vectors[i], .msg_iovlen = 1 };
	}
	enter(ends->to);
	open_sinks();
}

static long volley_send(struct volley *volley, unsigned int count)
{
	int done = sendmmsg(volley->wire, volley->messages, count, 0);

	return done > 0 ? done : 0;
}

static void packets_run(const struct ends *ends, enum kind kind)
{
	uint16_t first = kind == KIND_REFUSED ? REFUSED : ALLOWED;
	static struct volley volley;
	long sent = 0, before;
	int64_t begin, end;

	volley_load(&volley, ends, first);
	before = datagrams_received();
	begin = now_us();
	while (kind == KIND_FLOWS ? sent < ends->amount : now_us() < begin + ends->amount * 1000) {
		long wanted = ends->rate ? due(begin, ends->rate, sent) : BATCH;

		if (wanted <= 0) {
			usleep(50);
			continue;
		}
		for (unsigned int i = 0; kind != KIND_PACKETS && i < BATCH; i++)
			set_ports(volley.frames[i], first, (unsigned long)sent + i);
		sent += volley_send(&volley, wanted < BATCH ? (unsigned int)wanted : BATCH);
	}
	end = now_us();
	usleep(SETTLE_US);
	printf("sent %ld received %ld us %ld\n", sent, datagrams_received() - before, end - begin);
}

/* ---- bursts ---- */

#define WARM_BURSTS 50 /* until the first packets of each flow are told */

static int64_t processor_ns(void)
{
	struct timespec spent;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &spent);
	return spent.tv_sec * INT64_C(1000000000) + spent.tv_nsec;
}

static int by_size(const void *one, const void *other)
{
	int64_t a = *(const int64_t *)one;
	int64_t b = *(const int64_t *)other;

	return (a > b) - (a < b);
}

/*
 * Forwarding is on the sender's account, and a burst is short: most of many are undisturbed, whatever else the machine
 * does. The sender goes before all others, or the kernel's own thread would forward in its stead.
 */
static void bursts_run(const struct ends *ends)
{
	static struct volley volley;
	struct sched_param turn = { .sched_priority = 1 };
	int64_t *spent = calloc((size_t)ends->amount, sizeof(*spent));
	long sent = 0, before;

	if (!spent || ends->amount <= 0)
		die("bursts");
	volley_load(&volley, ends, ALLOWED);
	for (unsigned int i = 0; i < WARM_BURSTS; i++)
		volley_send(&volley, BATCH);
	usleep(SETTLE_US);
	before = datagrams_received();
	if (sched_setscheduler(0, SCHED_FIFO, &turn) < 0)
		die("scheduler");
	for (long i = 0; i < ends->amount; i++) {
		int64_t begin = processor_ns();

		sent += volley_send(&volley, BATCH);
		spent[i] = processor_ns() - begin;
	}
	turn.sched_priority = 0;
	sched_setscheduler(0, SCHED_OTHER, &turn);
	usleep(SETTLE_US);
	qsort(spent, (size_t)ends->amount, sizeof(*spent), by_size);
	printf("sent %ld received %ld ps %ld\n", sent, datagrams_received() - before,
	       spent[ends->amount / 4] * 1000 / BATCH);
	free(spent);
}

/* ---- connections ---- */

static int connect_one(void)
{
	struct sockaddr_in name = at_port(CONNECT_PORT);
	struct linger reset = { .l_onoff = 1 };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	setsockopt(fd, SOL_SOCKET, SO_LINGER, &reset, sizeof(reset));
	if (connect(fd, (struct sockaddr *)&name, sizeof(name)) < 0 && errno != EINPROGRESS) {
		close(fd);
		return -1;
	}
	return fd;
}

static void accept_all(int listener)
{
	int fd;

	while ((fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC)) >= 0)
		close(fd);
}

static void watch(int epoll, int fd, uint32_t events)
{
	struct epoll_event event = { .events = events, .data.fd = fd };

	if (epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event) < 0)
		die("epoll");
}

static void connect_run(const struct ends *ends)
{
	struct epoll_event events[BATCH];
	int epoll = epoll_create1(EPOLL_CLOEXEC);
	long opened = 0, failed = 0, open_now = 0;
	int64_t begin;
	int listener;

	enter(ends->to);
	listener = open_socket(SOCK_STREAM, CONNECT_PORT);
	if (listen(listener, 4096) < 0)
		die("listen");
	watch(epoll, listener, EPOLLIN);
	enter(ends->from);
	begin = now_us();
	while (now_us() < begin + ends->amount * 1000) {
		while (open_now < PARALLEL) {
			int fd = connect_one();

			if (fd < 0) {
				failed++;
				break;
			}
			watch(epoll, fd, EPOLLOUT);
			open_now++;
		}
		for (int i = epoll_wait(epoll, events, BATCH, 1); i-- > 0;) {
			if (events[i].data.fd == listener) {
				accept_all(listener);
				continue;
			}
			if (events[i].events & (EPOLLERR | EPOLLHUP))
				failed++;
			else
				opened++;
			close(events[i].data.fd);
			open_now--;
		}
	}
	printf("opened %ld failed %ld us %ld\n", opened, failed, now_us() - begin);
}

int main(int argc, char **argv)
{
	struct ends ends;

	if (argc != 6) {
		fprintf(stderr,
		        "usage: bench_traffic FROM TO flood|packets|bursts|flows|refused|connect AMOUNT RATE\n");
		return 2;
	}
	ends = (struct ends){ argv[1], argv[2], strtol(argv[4], NULL, 10), strtol(argv[5], NULL, 10) };
	if (strcmp(argv[3], "flood") == 0)
		flood_run(&ends);
	else if (strcmp(argv[3], "connect") == 0)
		connect_run(&ends);
	else if (strcmp(argv[3], "bursts") == 0)
		bursts_run(&ends);
	else if (strcmp(argv[3], "refused") == 0)
		packets_run(&ends, KIND_REFUSED);
	else
		packets_run(&ends, strcmp(argv[3], "flows") == 0 ? KIND_FLOWS : KIND_PACKETS);
	return 0;
}

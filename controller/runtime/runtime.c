/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "controller/runtime/runtime.h"

#include <errno.h>
#include <limits.h>
#include <malloc.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "controller/enforcement/sysctls.h"
#include "controller/files.h"
#include "controller/process/listener.h"
#include "controller/process/sandbox.h"
#include "controller/runtime/runtime_internal.h"
#include "netlink/nflog_packets.h"
#include "policy/base/log.h"

#define LARGE_BLOCK (1 << 20) /* bytes; goes back to the system as it is released */

static uint64_t clock_ms(clockid_t clock)
{
	struct timespec now;

	clock_gettime(clock, &now);
	return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

uint64_t runtime_now_ms(void)
{
	return clock_ms(CLOCK_REALTIME);
}

uint64_t runtime_monotonic_ms(void)
{
	return clock_ms(CLOCK_MONOTONIC);
}

/* ---- the stored inventory ---- */

/* The VLAN of its interface as it is now; else the one that was last seen in its frames. */
static uint16_t vlan_of(const struct runtime *runtime, const struct store_device *row)
{
	for (size_t i = 0; i < runtime->interfaces.count; i++)
		if (runtime->interfaces.at[i].vlan && strcmp(runtime->interfaces.at[i].name, row->interface) == 0)
			return runtime->interfaces.at[i].vlan;
	return row->vlan;
}

static int load_device(const struct store_device *row, void *context)
{
	struct runtime *runtime = context;
	struct device *device = inventory_add_device(&runtime->inventory, &row->mac, row->first_seen_ms);
	struct words *words = &runtime->inventory.words;
	const struct traits traits = { .class = row->class,
		                       .vendor = row->vendor,
		                       .model = row->model,
		                       .os = row->os,
		                       .zone_why = row->zone_why,
		                       .stored_zone = row->zone,
		                       .interface = row->interface };

	if (!device)
		return 0; /* above the cap: counted there */
	if (words_set(words, &device->name, row->name) < 0 ||
	    words_set(words, &device->host_name, row->host_name) < 0 ||
	    inventory_describe(&runtime->inventory, device, &traits) < 0)
		return -ENOMEM;
	device->vlan = vlan_of(runtime, row);
	device->confidence = row->confidence;
	device->pinned = row->pinned;
	device->conflict = row->conflict;
	device->doubted = row->doubted;
	device->behind = row->behind;
	device->carried_count = row->carried;
	device->last_seen_ms = row->last_seen_ms;
	return 0;
}

static int load_facts(const struct facts *facts, void *context)
{
	struct runtime *runtime = context;
	struct device *device = inventory_device(&runtime->inventory, &facts->mac);

	if (!device)
		return 0;
	if (facts_copy(facts, &device->facts) < 0)
		return -ENOMEM;
	relatives_file(&runtime->inventory.relatives, &device->relative); /* who its kin are is stored already */
	return 0;
}

/* Of its device's bindings the oldest is the first. */
static void stand_by_age(const struct device *device)
{
	for (size_t i = device->binding_count; i-- > 1;) {
		struct binding *last = device->bindings[i];

		if (device->bindings[i - 1]->since_ms <= last->since_ms)
			break;
		device->bindings[i] = device->bindings[i - 1];
		device->bindings[i - 1] = last;
	}
}

static int load_binding(const struct store_binding *row, void *context)
{
	struct runtime *runtime = context;
	struct device *device = inventory_device(&runtime->inventory, &row->mac);
	struct binding *binding =
		device ? inventory_bind(&runtime->inventory, device, &row->address, row->interface) : NULL;

	if (!binding)
		return 0;
	binding->source = strcmp(row->source, "arp") == 0   ? BINDING_ARP
	                  : strcmp(row->source, "pin") == 0 ? BINDING_PIN
	                                                    : BINDING_DHCP;
	binding->suspect = strcmp(row->source, "dhcp-suspect") == 0;
	binding->since_ms = row->since_ms;
	binding->heard_ms = row->since_ms;
	binding->lease_until_ms = row->lease_until_ms;
	stand_by_age(device);
	return 0;
}

static int load_name(const struct store_name *row, void *context)
{
	struct runtime *runtime = context;
	int result = known_names_restore(runtime->known, row->name, &row->address, row->until_ms);

	return result == -ENOSPC ? 0 : result;
}

/* What enforcing needs: who lives where, and has which address. What devices said (load_facts) comes after. */
static int load_inventory(struct runtime *runtime, struct error *reterr)
{
	int result = store_load_devices(runtime->store, load_device, runtime, reterr);

	if (result >= 0)
		result = store_load_bindings(runtime->store, load_binding, runtime, reterr);
	if (result >= 0)
		result = store_load_names(runtime->store, load_name, runtime, reterr);
	inventory_all_stored(&runtime->inventory);
	return result < 0 ? result : 0;
}

/* ---- start ---- */

/* The children's user: our own where the installation made one, else nobody. */
static int find_user(struct child_setup *setup, struct error *reterr)
{
	const struct passwd *user = getpwnam("isoward");

	if (!user)
		user = getpwnam("nobody");
	if (!user || user->pw_uid == 0)
		return error_set(reterr, -ENOENT,
		                 "there is neither a user isoward nor nobody; make one: useradd -r isoward");
	setup->uid = user->pw_uid;
	setup->gid = user->pw_gid;
	return 0;
}

/* The web process reads the inventory by its group. */
static int share_store(const struct runtime *runtime, struct error *reterr)
{
	static const char *const files[] = { "", "/" STORE_FILE, "/" STORE_FILE "-wal", "/" STORE_FILE "-shm" };

	for (size_t i = 0; i < ARRAY_SIZE(files); i++) {
		char path[PATH_MAX];

		snprintf(path, sizeof(path), "%s%s", runtime->options->state, files[i]);
		if (chown(path, (uid_t)-1, runtime->setup.gid) < 0 && errno != ENOENT)
			return error_set_at(reterr, -errno, path, 0, 0,
			                    "cannot be given to the web process's group: %s", strerror(errno));
	}
	return 0;
}

static int open_store(struct runtime *runtime, struct error *reterr)
{
	const char *state = runtime->options->state;
	int result;

	if (mkdir(state, 0750) < 0 && errno != EEXIST)
		return error_set_at(reterr, -errno, state, 0, 0,
		                    "the state folder cannot be made: %s; name another with --state", strerror(errno));
	result = store_open(state, &runtime->store, reterr);
	if (result < 0)
		return result;
	return share_store(runtime, reterr);
}

/* ---- recognition ---- */

static void *read_recognition(void *context)
{
	struct recognition *recognition = context;

	recognition->result =
		files_load_fingerprints(recognition->directory, &recognition->fingerprints, &recognition->error);
	return NULL;
}

static int begin_recognition(struct runtime *runtime, struct error *reterr)
{
	struct recognition *recognition = &runtime->recognition;
	int result;

	recognition->directory = runtime->options->fingerprints;
	result = pthread_create(&recognition->thread, NULL, read_recognition, recognition);
	recognition->runs = result == 0;
	return result == 0 ? 0
	                   : error_set(reterr, -result, "no thread to read what devices are recognised by: %s",
	                               strerror(result));
}

static void end_recognition(struct runtime *runtime)
{
	if (runtime->recognition.runs)
		pthread_join(runtime->recognition.thread, NULL);
	runtime->recognition.runs = false;
	runtime->fingerprints = runtime->recognition.fingerprints;
}

/* Waits for what was begun: nothing is enforced whose devices could not be told apart from then on. */
static int open_recognition(struct runtime *runtime, struct error *reterr)
{
	int result;

	end_recognition(runtime);
	if (runtime->recognition.result < 0) {
		*reterr = runtime->recognition.error;
		return runtime->recognition.result;
	}
	runtime->learner.fingerprints = runtime->fingerprints;
	result = watch_init(&runtime->watch, &runtime->recorder, runtime->fingerprints);
	if (result == 0)
		runtime->learner.watch = &runtime->watch;
	return result;
}

static void read_replaced(void *context)
{
	struct runtime *runtime = context;
	struct error error = { 0 };

	if (counters_read(&runtime->enforcement, &runtime->counters, &error) < 0)
		runtime_log_error(LEVEL_WARNING, "counters-failed", &error);
}

static void replaced_are_gone(void *context)
{
	struct runtime *runtime = context;

	counters_began_anew(&runtime->counters);
}

static int open_kernel(struct runtime *runtime, struct error *reterr)
{
	const struct nft_farewell farewell = { read_replaced, replaced_are_gone, runtime };
	int result = enforcement_open(&runtime->enforcement, reterr);

	if (result == 0)
		nft_set_farewell(runtime->enforcement.nft, &farewell);
	if (result == 0)
		result = nflog_open(PLAN_NFLOG_GROUP, &runtime->nflog, reterr); /* also keeps a second Isoward out */
	if (result == 0)
		result = nflog_packets_open(PLAN_FIRST_GROUP, &runtime->flow_packets_fd, reterr);
	if (result == 0)
		result = links_open(&runtime->links, reterr);
	return result;
}

static int start_children(struct runtime *runtime, struct error *reterr)
{
	int result = 0;

	runtime->base = event_base_new();
	if (!runtime->base)
		return error_set(reterr, -ENOMEM, "no memory for the event loop");
	for (int role = 0; role < CHILD_COUNT && result == 0; role++)
		result = runtime_start_child(runtime, (enum child_role)role, reterr);
	return result;
}

static int enter_sandbox(const struct runtime *runtime, struct error *reterr)
{
	const struct sandbox_options options = {
		.state_directory = runtime->options->state,
		.message_fd = -1,
		.uid = runtime->setup.uid,
		.gid = runtime->setup.gid,
	};

	return sandbox_enter(SANDBOX_CONTROLLER, &options, reterr);
}

static int enforce(struct runtime *runtime, struct policy **policy, struct error *reterr)
{
	int result;

	runtime->enforcement.policy = *policy; /* lent for the dump: names are held against it */
	result = links_dump(runtime->links, runtime_link, runtime, reterr);
	runtime->enforcement.policy = NULL;
	if (result == 0)
		result = runtime_check_interfaces(runtime, *policy, reterr);
	if (result == 0)
		result = load_inventory(runtime, reterr);
	if (result == 0)
		result = open_recognition(runtime, reterr);
	if (result == 0)
		result = runtime_put_in_force(runtime, *policy, reterr);
	if (runtime->enforcement.policy == *policy)
		*policy = NULL;
	/* Before anything judges a device by what it said: the rules do not, and nothing is heard until the loop. */
	if (result == 0)
		result = store_load_facts(runtime->store, load_facts, runtime, reterr);
	if (result >= 0)
		runtime_follow_policy(runtime);
	/* Forwarding begins only now: the rules are there before the first packet is judged. */
	return result < 0 ? result : sysctls_set_global(runtime->store, reterr);
}

static void name_changed(uint16_t names, const struct address *address, bool known, void *context)
{
	struct runtime *runtime = context;

	enforcement_know(&runtime->enforcement, names, address, known); /* without memory the rules are laid anew */
}

static int open_names(struct runtime *runtime, struct error *reterr)
{
	if (known_names_new(KNOWN_PAIRS_MAX, name_changed, runtime, &runtime->known) < 0)
		return error_set(reterr, -ENOMEM, "no memory for the addresses of names");
	runtime->enforcement.known = runtime->known;
	runtime->learner.known = runtime->known;
	return 0;
}

static int start(struct runtime *runtime, struct error *reterr)
{
	CLEANUP(policy_free) struct policy *policy = NULL;
	int result = runtime_read_policy(runtime, &policy, reterr);

	if (result == 0)
		result = find_user(&runtime->setup, reterr);
	if (result == 0)
		result = begin_recognition(runtime, reterr);
	if (result == 0)
		result = runtime->setup.listener = listener_open(runtime->options->listen, reterr);
	if (result >= 0)
		result = open_store(runtime, reterr);
	if (result == 0)
		result = open_kernel(runtime, reterr);
	if (result == 0)
		result = open_names(runtime, reterr);
	if (result == 0)
		result = enforce(runtime, &policy, reterr);
	if (result == 0)
		result = enter_sandbox(runtime, reterr);
	if (result == 0) /* after the sandbox, which holds for threads made in it */
		result = writer_start(&runtime->writer, runtime->store, runtime->fingerprints, reterr);
	return result < 0 ? result : start_children(runtime, reterr);
}

static void stop(struct runtime *runtime)
{
	for (int role = 0; role < CHILD_COUNT; role++) {
		if (runtime->child_events[role])
			event_free(runtime->child_events[role]);
		child_stop(&runtime->children[role]);
	}
	runtime_leave_kernel(runtime);
	if (runtime->base)
		event_base_free(runtime->base);
	links_close(runtime->links);
	nflog_close(runtime->nflog);
	if (runtime->flow_packets_fd >= 0)
		close(runtime->flow_packets_fd);
	enforcement_close(&runtime->enforcement);
	inventory_done(&runtime->inventory);
	counters_done(&runtime->counters);
	recorder_done(&runtime->recorder);
	store_close(runtime->store);
	watch_done(&runtime->watch);
	known_names_free(runtime->known);
	end_recognition(runtime);
	fingerprints_free(runtime->fingerprints);
}

static int need_root(const char *command, struct error *reterr)
{
	if (geteuid() == 0)
		return 0;
	return error_set(reterr, -EPERM, "isoward %s changes the firewall and needs root; try: sudo isoward %s …",
	                 command, command);
}

/* Unless it is told sizes, the C library keeps twice the largest block that there ever was: 150 MiB, of a start. */
static void give_memory_back(void)
{
	mallopt(M_MMAP_THRESHOLD, LARGE_BLOCK);
	mallopt(M_TRIM_THRESHOLD, LARGE_BLOCK);
}

int runtime_run(const struct options *options, struct error *reterr)
{
	static struct runtime runtime;
	int result = need_root("run", reterr);

	if (result < 0)
		return result;
	signal(SIGPIPE, SIG_IGN);
	umask(0027);
	give_memory_back();
	runtime = (struct runtime){ .options = options,
		                    .flow_packets_fd = -1,
		                    .setup = { .state_directory = options->state, .listener = -1 } };
	for (int role = 0; role < CHILD_COUNT; role++)
		runtime.children[role] = (struct child){ .role = (enum child_role)role, .fd = -1 };
	policy_files_init(&runtime.files);
	inventory_init(&runtime.inventory);
	recorder_init(&runtime.recorder);
	runtime.learner = (struct learner){ .inventory = &runtime.inventory,
		                            .enforcement = &runtime.enforcement,
		                            .interfaces = &runtime.interfaces,
		                            .recorder = &runtime.recorder };
	runtime.status.started_ms = runtime_now_ms();
	result = start(&runtime, reterr);
	if (result >= 0)
		result = runtime_loop(&runtime, reterr);
	writer_stop(&runtime.writer);
	if (result >= 0)
		runtime_write_rest(&runtime);
	stop(&runtime);
	return result;
}

static int release_neighbour(const struct store_binding *binding, void *context)
{
	neighbours_release(context, binding->interface, &binding->address);
	return 0;
}

static int release_neighbours(struct store *store, struct error *reterr)
{
	CLEANUP(neighbours_close) struct neighbours *neighbours = NULL;
	int result = neighbours_open(&neighbours, reterr);

	if (result == 0)
		result = store_load_bindings(store, release_neighbour, neighbours, reterr);
	if (result >= 0)
		neighbours_flush(neighbours); /* what is refused is gone already */
	return result < 0 ? result : 0;
}

int runtime_clear(const struct options *options, struct error *reterr)
{
	CLEANUP(nft_close) struct nft *nft = NULL;
	CLEANUP(store_close) struct store *store = NULL;
	int result = need_root("clear", reterr);

	if (result == 0)
		result = nft_open(&nft, reterr);
	if (result == 0)
		result = nft_clear(nft, reterr);
	if (result == 0)
		result = store_open(options->state, &store, reterr);
	if (result == 0)
		result = release_neighbours(store, reterr);
	return result < 0 ? result : sysctls_restore(store, reterr);
}

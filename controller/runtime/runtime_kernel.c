/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "controller/runtime/reporter.h"
#include "controller/runtime/runtime_internal.h"
#include "policy/base/log.h"

#define REPAIR_SOON_MS      100 /* after a repair: whoever fights with us does not take all our time */
#define REPAIR_RETRY_MS     1000
#define SUSPECT_MS          5 /* a stranger's script has often more than one transaction */
#define QUIET_MS            1000
#define LOOK_MS             1000  /* whether anybody committed anything: one question */
#define VERIFY_MS           60000 /* others change their tables all the time: ours is read so often at most */
#define BREAK_OFF_MS        10000
#define DATAGRAMS_A_TURN    1
#define TRIES               2     /* elements alone, then the whole */
#define VERIFIED_ROUGHLY_MS 10000 /* what is shown need not change each second */

static void wake(struct event *timer, unsigned int ms)
{
	struct timeval wait = { .tv_sec = ms / 1000, .tv_usec = (ms % 1000) * 1000 };

	if (timer && !evtimer_pending(timer, NULL))
		evtimer_add(timer, &wait);
}

void runtime_want_verification(struct runtime *runtime)
{
	runtime->verification.due = true;
	wake(runtime->verification.begin, SUSPECT_MS);
}

/* ---- the whole ---- */

static void set_repair(struct runtime *runtime, unsigned int ms)
{
	runtime->verification.repair_waits = true;
	wake(runtime->verification.repair, ms);
}

/* What was laid anew is read once, to see that it is there. */
static void replaced(struct runtime *runtime)
{
	struct verification *verification = &runtime->verification;

	verification->repaired_ms = runtime_monotonic_ms();
	verification->suspect = false;
	runtime_want_verification(runtime);
	log_event(LEVEL_NOTICE, "kernel-repaired", "why", verification->why, NULL);
}

void runtime_flush(struct runtime *runtime)
{
	struct error error = { 0 };
	uint32_t repairs = runtime->enforcement.repairs;

	if (runtime->enforcement.unknown) {
		set_repair(runtime, REPAIR_SOON_MS);
		return;
	}
	if (enforcement_flush(&runtime->enforcement, &runtime->inventory, &error) < 0)
		set_repair(runtime, REPAIR_RETRY_MS);
	if (error.code != 0)
		runtime_log_error(LEVEL_ERROR, "kernel-refused", &error);
	if (runtime->enforcement.repairs != repairs)
		replaced(runtime);
}

static void repair_whole(struct runtime *runtime)
{
	struct verification *verification = &runtime->verification;
	struct error error = { 0 };

	if (enforcement_flush(&runtime->enforcement, &runtime->inventory, &error) < 0) {
		runtime_log_error(LEVEL_ERROR, "repair-failed", &error);
		set_repair(runtime, REPAIR_RETRY_MS);
		return;
	}
	replaced(runtime);
	recorder_event(&runtime->recorder, "rules-repaired", NULL, runtime_now_ms(),
	               "another program changed the rules (%s); they were put back whole",
	               verification->why[0] ? verification->why : "how is not known");
	verification->why[0] = '\0';
}

static void on_repair(evutil_socket_t fd, short what, void *context)
{
	struct runtime *runtime = context;

	(void)fd;
	(void)what;
	runtime->verification.repair_waits = false;
	if (runtime->enforcement.unknown)
		repair_whole(runtime);
}

/* At once, but not more often than each REPAIR_SOON_MS. */
static void want_whole(struct runtime *runtime)
{
	struct verification *verification = &runtime->verification;
	uint64_t since = runtime_monotonic_ms() - verification->repaired_ms;

	runtime->enforcement.unknown = true;
	if (since >= REPAIR_SOON_MS)
		repair_whole(runtime);
	else
		set_repair(runtime, (unsigned int)(REPAIR_SOON_MS - since));
}

/* ---- elements ---- */

static void each_element(const char *set, nft_take_element *take, void *taker, void *context)
{
	const struct runtime *runtime = context;

	enforcement_each_element(&runtime->enforcement, &runtime->inventory, set, take, taker);
}

static void repair_elements(struct runtime *runtime)
{
	struct verification *verification = &runtime->verification;
	const struct plan_change *changes = NULL;
	struct error error = { 0 };
	int count = nft_verify_changes(runtime->enforcement.verify, &changes), out = 0;

	if (count < 0) {
		want_whole(runtime);
		return;
	}
	for (int i = 0; i < count; i++)
		out += changes[i].type == CHANGE_DELETE;
	if (enforcement_repair(&runtime->enforcement, changes, (size_t)count, &error) < 0) {
		runtime_log_error(LEVEL_WARNING, "elements-not-repaired", &error);
		want_whole(runtime);
		return;
	}
	verification->repaired_ms = runtime_monotonic_ms();
	log_event(LEVEL_NOTICE, "elements-repaired", "why", verification->why, NULL);
	recorder_event(&runtime->recorder, "rules-repaired", NULL, runtime_now_ms(),
	               "another program changed the rules (%s); elements taken out: %d, put back: %d",
	               verification->why, out, count - out);
	verification->why[0] = '\0';
	runtime_want_verification(runtime);
}

/* ---- verification ---- */

static void broken_off(struct runtime *runtime, int code)
{
	struct verification *verification = &runtime->verification;

	if (code == -ECANCELED) { /* it was laid anew meanwhile: that is to be read */
		runtime_want_verification(runtime);
		return;
	}
	verification->broken_off++;
	/* What a stranger did may not wait until nothing else goes on. */
	if (verification->suspect) {
		snprintf(verification->why, sizeof(verification->why), "it could not be read: %s", strerror(-code));
		want_whole(runtime);
	} else {
		verification->due = true;
	}
}

static void found_equal(struct runtime *runtime)
{
	struct verification *verification = &runtime->verification;

	verification->suspect = verification->again;
	verification->due |= verification->again;
	verification->again = false;
	verification->tries = 0;
	verification->trouble = (struct error){ 0 };
	verification->verified_ms = runtime_now_ms();
}

/* Put right whole, and nobody changed anything since: to do it again would not help, and would not end. */
static bool is_in_vain(struct runtime *runtime)
{
	struct verification *verification = &runtime->verification;
	uint32_t others = verification->others;

	if (nft_count_others(runtime->enforcement.nft, &others, NULL) < 0 || others != verification->others)
		verification->tries = 0;
	verification->others = others;
	return verification->tries++ >= TRIES;
}

static void found_different(struct runtime *runtime, const struct nft_verdict *verdict)
{
	struct verification *verification = &runtime->verification;
	struct enforcement *enforcement = &runtime->enforcement;

	verification->again = false;
	if (is_in_vain(runtime)) {
		verification->suspect = false;
		verification->trouble = (struct error){ 0 };
		error_set(&verification->trouble, -EIO,
		          "the kernel's rules are not those that were put there, and replacing them did not help: %s",
		          verdict->what);
		runtime_log_error(LEVEL_ERROR, "kernel-differs", &verification->trouble);
		return;
	}
	snprintf(verification->why, sizeof(verification->why), "%s", verdict->what);
	if (verdict->elements_only && verification->tries == 1 &&
	    nft_verify_search(enforcement->verify, enforcement->nft, enforcement->plan, each_element, runtime) == 0)
		event_add(verification->readable, NULL);
	else
		want_whole(runtime);
}

static void on_answer(evutil_socket_t fd, short what, void *context)
{
	struct runtime *runtime = context;
	struct verification *verification = &runtime->verification;
	struct enforcement *enforcement = &runtime->enforcement;
	bool searched = nft_verify_searches(enforcement->verify);
	int result = nft_verify_step(enforcement->verify, enforcement->nft, DATAGRAMS_A_TURN);

	(void)fd;
	(void)what;
	if (result == 0)
		return;
	event_del(verification->readable);
	if (result < 0) {
		broken_off(runtime, result);
	} else if (searched) {
		repair_elements(runtime);
	} else {
		const struct nft_verdict *verdict = nft_verify_verdict(enforcement->verify);

		verification->runs++;
		verification->equal = verdict->equal;
		if (verdict->equal)
			found_equal(runtime);
		else
			found_different(runtime, verdict);
	}
}

static void begin(struct runtime *runtime)
{
	struct verification *verification = &runtime->verification;
	int result;

	if (runtime->enforcement.unknown || nft_verify_active(runtime->enforcement.verify))
		return; /* what is under way ends by itself; a replacement is read when it is done */
	verification->begun_ms = runtime_monotonic_ms();
	verification->due = false;
	result = nft_verify_begin(runtime->enforcement.verify, runtime->enforcement.nft);
	if (result == 0)
		event_add(verification->readable, NULL);
	else
		broken_off(runtime, result);
}

static void on_begin(evutil_socket_t fd, short what, void *context)
{
	(void)fd;
	(void)what;
	begin(context);
}

/* Where nobody but we committed anything since all was equal, it still is. */
static void look(struct runtime *runtime, uint64_t now)
{
	struct verification *verification = &runtime->verification;
	uint64_t wall = runtime_now_ms();
	bool unchanged = false;

	verification->looked_ms = now;
	if (nft_verify_unchanged(runtime->enforcement.verify, runtime->enforcement.nft, &unchanged) < 0)
		return;
	if (!unchanged && now - verification->begun_ms >= VERIFY_MS)
		begin(runtime);
	else if (unchanged && wall - verification->verified_ms >= VERIFIED_ROUGHLY_MS)
		verification->verified_ms = wall;
}

void runtime_verify(struct runtime *runtime)
{
	struct verification *verification = &runtime->verification;
	uint64_t now = runtime_monotonic_ms();

	if (nft_verify_active(runtime->enforcement.verify)) {
		if (now - verification->begun_ms < BREAK_OFF_MS)
			return;
		event_del(verification->readable);
		nft_verify_cancel(runtime->enforcement.verify);
		broken_off(runtime, -ETIMEDOUT);
	} else if (verification->due && !runtime->enforcement.unknown) {
		wake(verification->begin, now - verification->begun_ms >= QUIET_MS ? 0 : QUIET_MS);
	} else if (now - verification->looked_ms >= LOOK_MS) {
		look(runtime, now);
	}
}

static void on_monitor(evutil_socket_t fd, short what, void *context)
{
	struct runtime *runtime = context;
	struct verification *verification = &runtime->verification;
	bool quiet = runtime_monotonic_ms() - verification->repaired_ms >= QUIET_MS;

	(void)fd;
	(void)what;
	if (nft_monitor_readable(runtime->enforcement.monitor, nft_port(runtime->enforcement.nft)) == 0)
		return;
	verification->suspect = true;
	verification->due = true;
	verification->again = nft_verify_active(runtime->enforcement.verify);
	wake(verification->begin, quiet ? SUSPECT_MS : REPAIR_SOON_MS);
}

int runtime_watch_kernel(struct runtime *runtime, struct error *reterr)
{
	struct verification *verification = &runtime->verification;
	int changes = nft_monitor_fd(runtime->enforcement.monitor),
	    answers = nft_verify_fd(runtime->enforcement.verify);

	verification->monitor = event_new(runtime->base, changes, EV_READ | EV_PERSIST, on_monitor, runtime);
	verification->readable = event_new(runtime->base, answers, EV_READ | EV_PERSIST, on_answer, runtime);
	verification->begin = evtimer_new(runtime->base, on_begin, runtime);
	verification->repair = evtimer_new(runtime->base, on_repair, runtime);
	if (!verification->monitor || !verification->readable || !verification->begin || !verification->repair ||
	    event_add(verification->monitor, NULL) < 0)
		return error_set(reterr, -ENOMEM, "no memory for the event loop");
	verification->due = true; /* what was just put there is read once */
	return 0;
}

void runtime_leave_kernel(struct runtime *runtime)
{
	struct event *events[] = { runtime->verification.monitor, runtime->verification.readable,
		                   runtime->verification.begin, runtime->verification.repair };

	for (size_t i = 0; i < ARRAY_SIZE(events); i++)
		if (events[i])
			event_free(events[i]);
}

void runtime_fill_kernel_status(struct runtime *runtime)
{
	const struct verification *verification = &runtime->verification;
	const struct nft_verdict *verdict = nft_verify_verdict(runtime->enforcement.verify);
	struct status *status = &runtime->status;

	status->rules_wanted = verdict->wanted;
	status->rules_found = verdict->found;
	status->rules_equal = verification->equal;
	status->rules_verified_ms = verification->verified_ms;
	status->repaired_elements = runtime->enforcement.repaired_elements;
	status->counters[COUNTER_RULE_EVENTS_LOST] = nft_monitor_losses(runtime->enforcement.monitor);
	status->counters[COUNTER_VERIFICATIONS_BROKEN_OFF] = verification->broken_off;
	if (verification->trouble.code != 0 && !status->trouble[0]) {
		status->enforcement = ENFORCEMENT_DEGRADED;
		error_format(&verification->trouble, status->trouble, sizeof(status->trouble));
	} else if (!verification->equal && verification->runs && status->enforcement == ENFORCEMENT_ACTIVE) {
		status->enforcement = ENFORCEMENT_UNKNOWN;
	}
}

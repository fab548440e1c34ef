/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "controller/enforcement/sysctls.h"
#include "controller/runtime/runtime_internal.h"
#include "policy/base/log.h"

#define LOOKS_A_TICK 4 /* a dozen small files each; ten ticks a second */
#define ROUND_MS     1000
#define TELL_MS      10000 /* whoever sets it again and again is told of so often */

static bool holds(const struct runtime *runtime, const struct interface *interface, char changed[SYSCTL_TEXT_MAX])
{
	if (!interface)
		return sysctls_global_hold(changed);
	return !interface->captured ||
	       sysctls_interface_hold(interface->name, runtime->enforcement.policy->isolation, changed);
}

/* The value that was there before us is kept in the store, which another thread writes. */
static int set_again(struct runtime *runtime, const struct interface *interface, struct error *reterr)
{
	int result;

	writer_lock(&runtime->writer);
	result = interface ? sysctls_set_interface(runtime->store, interface->name,
	                                           runtime->enforcement.policy->isolation, reterr)
	                   : sysctls_set_global(runtime->store, reterr);
	writer_unlock(&runtime->writer);
	return result;
}

static void look(struct runtime *runtime, const struct interface *interface)
{
	struct settings *settings = &runtime->settings;
	uint64_t now = runtime_monotonic_ms();
	char changed[SYSCTL_TEXT_MAX], text[ERROR_TEXT_MAX + ERROR_FILE_MAX];
	struct error error = { 0 };
	bool tell;
	int result;

	if (holds(runtime, interface, changed))
		return;
	result = set_again(runtime, interface, &error);
	settings->restored += result == 0;
	tell = settings->told_ms == 0 || now - settings->told_ms >= TELL_MS;
	if (!tell)
		return;
	settings->told_ms = now;
	if (result < 0)
		log_event(LEVEL_ERROR, "setting-not-restored", "text", error_format(&error, text, sizeof(text)), NULL);
	recorder_event(&runtime->recorder, "setting-restored", NULL, runtime_now_ms(),
	               result == 0
	                       ? "another program changed a setting of the kernel (net/%s); it was set again"
	                       : "another program changed a setting of the kernel (net/%s); it could not be set again",
	               changed);
}

void runtime_keep_settings(struct runtime *runtime)
{
	struct settings *settings = &runtime->settings;

	uint64_t now = runtime_monotonic_ms();

	if (settings->next > runtime->interfaces.count)
		settings->next = 0; /* some are gone */
	if (settings->next == 0 && now - settings->round_ms < ROUND_MS)
		return;
	if (settings->next == 0)
		settings->round_ms = now;
	for (int looks = 0; looks < LOOKS_A_TICK; looks++) {
		look(runtime, settings->next == 0 ? NULL : &runtime->interfaces.at[settings->next - 1]);
		if (settings->next++ >= runtime->interfaces.count) {
			settings->next = 0;
			return;
		}
	}
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "policy/language/parse.h"

#include "policy/classes.h"

/* What the readers of these values check, as far as a pattern can say it. */

const struct key_table parse_name_form = { .what = "a name",
	                                   .pattern = "^[a-z][a-z0-9-]*$",
	                                   .most = POLICY_NAME_MAX - 1 };

const struct key_table parse_label_form = { .what = "a line of text", .most = POLICY_LABEL_MAX - 1 };

const struct key_table parse_why_form = { .what = "a line of text", .most = POLICY_WHY_MAX - 1 };

const struct key_table parse_class_form = { .what = "a class", .words = class_names };

const struct key_table parse_glob_form = { .what = "a pattern",
	                                   .pattern = "^[^\\[\\]\\\\]+$",
	                                   .most = MEMBER_TEXT_MAX - 1 };

const struct key_table parse_interface_form = { .what = "an interface",
	                                        .pattern = "^[A-Za-z0-9._-]+[*]?$",
	                                        .most = INTERFACE_NAME_MAX - 1 };

const struct key_table parse_vlan_form = { .what = "a VLAN", .least = 1, .most = PARSE_VLAN_MAX, .is_number = true };

const struct key_table parse_mac_form = { .what = "a MAC address", .pattern = "^[0-9A-Fa-f]{2}(:[0-9A-Fa-f]{2}){5}$" };

const struct key_table parse_network_form = { .what = "a network", .pattern = "^[0-9A-Fa-f:.]+(/[0-9]{1,3})?$" };

const struct key_table parse_address_form = { .what = "an address", .pattern = "^[0-9A-Fa-f:.]+$" };

const struct key_table parse_term_form = { .what = "a service", .pattern = PARSE_TERM_PATTERN };

const struct key_table parse_date_form = { .what = "a date", .pattern = "^[0-9]{4}-[0-9]{2}-[0-9]{2}$" };

const struct key_table parse_window_form = {
	.what = "hours",
	.pattern = "^((Mon|Tue|Wed|Thu|Fri|Sat|Sun)(-(Mon|Tue|Wed|Thu|Fri|Sat|Sun))?"
		   "(,(Mon|Tue|Wed|Thu|Fri|Sat|Sun)(-(Mon|Tue|Wed|Thu|Fri|Sat|Sun))?)* )?"
		   "[0-2][0-9]:[0-5][0-9]-[0-2][0-9]:[0-5][0-9]$"
};

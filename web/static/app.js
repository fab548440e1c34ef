/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The page. Every text that a device may have chosen goes into the document as text, never as markup.
 * State comes by server-sent events; where they fail it is polled, and the page says so.
 */
'use strict';

const API = '/api/v1/';
const PAGE = 100;            /* devices a page */
const REFRESH_MS = 2000;     /* the lists are read again at most this often */
const SLOW_MS = 15000;       /* … and at least this often, so that a silent death is noticed */
const POLL_MS = 3000;        /* without events */
const OFFENDERS = 8;
const COUNTED = 10;          /* pairs of zones, and rules never met, that are shown */

const STATES = {
	starting: ['Starting', 'The gateway is putting its rules into the kernel.'],
	active: ['Enforcing', 'The kernel holds the policy. Every zone is held to it.'],
	unknown: ['Not certain', 'Something else changed the kernel’s rules, or reports were lost. It is being repaired.'],
	degraded: ['Degraded', 'The last good rules stand, but something is wrong.'],
};
const KINDS = {
	'web-browsing': ['Web browsing', 'warn'],
	'lateral-movement': ['Lateral movement', 'bad'],
	'spoof': ['Spoofing', 'bad'],
	'to-gateway': ['To the gateway', 'warn'],
	rogue: ['Acts as router or server', 'bad'],
	'other': ['Other', ''],
};
const REPORTS = {
	'observed': ['Only observed', 'accent', 'The rule decides nothing yet; this is what it would have decided'],
	'allowed': ['Allowed', 'good', 'The rule allows it and logs it'],
};
const EVENTS = {
	'spoof': ['Spoofing', 'bad'],
	'identity-conflict': ['Identity changed', 'bad'],
	'rogue-dhcp': ['Rogue DHCP server', 'bad'],
	'device-new': ['New device', 'accent'],
	'zone-changed': ['Zone changed', 'good'],
	'rules-by-time': ['Rules by time', 'accent'],
};
const FINDINGS = {
	'user-practice/browsing': ['Browsing', 'warn'],
	'user-practice/chat': ['Chat', 'warn'],
	'user-practice/download': ['Programs downloaded', 'bad'],
	'user-practice/remote-desktop': ['Remote desktop', 'warn'],
	'user-practice/peer-to-peer': ['Peer to peer', 'bad'],
	'user-practice/streaming': ['Streaming', 'warn'],
	'user-practice/personal-vpn': ['Personal VPN', 'bad'],
	'outdated/os': ['Outdated system', 'bad'],
	'outdated/protocol': ['Outdated protocol', 'warn'],
	'outdated/firmware': ['Outdated firmware', 'warn'],
	'lateral/scan': ['Scan', 'bad'],
	'lateral/admin-protocol': ['Admin protocol', 'bad'],
	'lateral/denied': ['Refused to a neighbour', 'warn'],
	'spoof/ip': ['Foreign address', 'bad'],
	'spoof/mac': ['Foreign MAC', 'bad'],
	'spoof/identity': ['Identity changed', 'bad'],
	'rogue/dhcp': ['Rogue DHCP server', 'bad'],
	'rogue/ra': ['Rogue IPv6 router', 'bad'],
	'rogue/router': ['Rogue router', 'bad'],
	'unknown-device': ['Unknown device', ''],
	'cleartext/credentials': ['Password in clear', 'bad'],
	'cleartext/phi-protocol': ['Patient data in clear', 'warn'],
};
const RELATIONS = {
	'same-device': ['Same device', 'accent'],
	'likely-same-device': ['Likely the same device', ''],
	'behind': ['Behind', 'warn'],
	'before': ['Stands before', ''],
	'stands-before': ['Stands before many', 'warn'],
};
const COVERAGE = {
	'full': ['Full', 'good', 'Traffic inside the VLAN passes the gateway, too'],
	'on-link': ['Full, IPv6 blocked', 'warn', 'IPv6 inside one VLAN is kept apart by the switch ports, whatever the policy says: advertise the prefixes off-link'],
	'between-vlans': ['Between VLANs only', 'warn', 'Traffic inside one VLAN does not pass the gateway: isolate the switch ports'],
	'network': ['Network', '', 'Addresses outside the clinical VLANs'],
};
/* Fields are named in words; only these need others. */
const SOURCES = { 'oui': 'Vendor prefix', 'dhcp-parameters': 'DHCP options asked for', 'dhcp-vendor': 'DHCP vendor class', 'tls-name': 'TLS server asked for', 'dns-question': 'DNS name asked for', 'application': 'Application' };
const ACRONYMS = new Set(['dhcp', 'dhcp6', 'mud', 'url', 'dns', 'mdns', 'llmnr', 'ssdp', 'snmp', 'tcp', 'http', 'sip', 'ftp', 'ssh', 'smtp', 'tls', 'ja3', 'ja4', 'smb', 'ntlm', 'rdp', 'dicom', 'hl7', 'udi', 'lldp', 'cdp']);
const sourceWords = (name) => SOURCES[name] || name.split('-').map((word, at) =>
	(ACRONYMS.has(word) ? word.toUpperCase() : at ? word : word[0].toUpperCase() + word.slice(1))).join(' ');
const PROTOCOLS = { 1: 'icmp', 2: 'igmp', 6: 'tcp', 17: 'udp', 58: 'icmpv6', 132: 'sctp' };

const by = (id) => document.getElementById(id);
const whole = new Intl.NumberFormat('en-GB');
const clock = new Intl.DateTimeFormat('en-GB', { dateStyle: 'medium', timeStyle: 'medium' });

/* An element with attributes and children; strings become text nodes. */
function make(tag, attributes, ...children) {
	const element = document.createElement(tag);
	for (const [key, value] of Object.entries(attributes || {})) {
		if (value !== undefined && value !== null && value !== false)
			element.setAttribute(key, value === true ? '' : value);
	}
	element.append(...children.filter((child) => child !== null && child !== undefined && child !== ''));
	return element;
}

const text = (value) => (value === undefined || value === null || value === '' ? '–' : String(value));
const number = (value) => whole.format(value || 0);
const tag = (words, tone, title) => make('span', { class: 'tag ' + (tone || ''), title }, words);
const kindTag = (kind, count) => {
	const [words, tone] = KINDS[kind] || [kind, ''];
	return tag(count ? words + ' ' + number(count) : words, tone);
};

function ago(ms) {
	const seconds = Math.max(0, Math.round((Date.now() + skew - ms) / 1000));
	if (seconds < 5)
		return 'just now';
	if (seconds < 60)
		return seconds + ' s ago';
	if (seconds < 3600)
		return Math.floor(seconds / 60) + ' min ago';
	if (seconds < 172800)
		return Math.floor(seconds / 3600) + ' h ago';
	return Math.floor(seconds / 86400) + ' days ago';
}

function when(ms) {
	if (!ms)
		return '–';
	const date = new Date(ms);
	return make('time', { datetime: date.toISOString(), title: clock.format(date), 'data-at': ms }, ago(ms));
}

/* "medical/imaging/ct": its last part in words, the whole as a hint. */
function classWords(name) {
	if (!name)
		return 'Unknown';
	const part = name.slice(name.lastIndexOf('/') + 1).replaceAll('-', ' ');
	return part.length <= 3 ? part.toUpperCase() : part[0].toUpperCase() + part.slice(1);
}

function protocolPort(protocol, port) {
	const name = PROTOCOLS[protocol] || 'protocol ' + protocol;
	if (protocol === 1 || protocol === 58)
		return name + ' type ' + (port >> 8);
	return port ? name + '/' + port : name;
}

const deviceName = (device) => device.name || device.host_name || device.mac;

let skew = 0;                /* the gateway's clock less ours */
let status = null;
let zoneLabels = new Map();

/* ---- state of enforcement ---- */

function fact(words, value, alarm) {
	return make('div', { class: alarm ? 'alarm' : undefined }, make('dt', {}, words), make('dd', {}, value));
}

/* The digest of the kernel's rules, beside that of what it was told where they differ. */
function rulesFact() {
	if (!status.rules_verified)
		return ['Kernel rules', 'not read yet'];
	const digest = status.rules_found.slice(0, 8);
	if (status.rules_equal)
		return ['Kernel rules', make('span', { title: 'The kernel holds what it was told: ' + status.rules_found }, digest + ' ✓')];
	return ['Kernel rules', digest + ', not ' + status.rules_wanted.slice(0, 8)];
}

function showFacts() {
	by('facts').replaceChildren(
		fact('Sensor', status.sensor_alive ? 'Alive' : 'Down', !status.sensor_alive),
		fact('Interfaces', number(status.interfaces)),
		fact('Addresses', number(status.device_elements)),
		fact('Policy epoch', (status.epoch & 0x7fffffff).toString(16).padStart(8, '0')),
		fact('Frames read', number(status.frames)),
		fact('Malformed', number(status.frames_malformed)),
		fact('Dropped', number(status.frames_dropped), status.frames_dropped > 0),
		fact('Reports lost', number(status.reports_lost), status.reports_lost > 0),
		fact('Repairs', number(status.repairs + status.repaired_elements)),
		fact(...rulesFact(), !status.rules_equal && status.rules_verified > 0));
}

function setText(id, words) {
	if (by(id).textContent !== words)
		by(id).textContent = words;
}

function showStatus(next) {
	status = next;
	skew = status.now - Date.now();
	const [title, words] = STATES[status.enforcement] || STATES.unknown;
	by('state').dataset.state = status.enforcement;
	setText('site', status.site || 'Isoward');
	document.title = title + ' · ' + (status.site || 'Isoward');
	setText('state-title', title);
	setText('state-text', words);
	by('state-trouble').hidden = !status.trouble;
	setText('state-trouble', status.trouble);
	by('state-since').replaceChildren('since ', when(status.since), make('br'), 'policy loaded ', when(status.policy_loaded));
	by('state-since').title = (status.policy_file || '') + (status.included_files ? ' with ' + status.included_files : '');
	showFacts();
}

function showLost() {
	by('state').dataset.state = 'lost';
	setText('state-title', 'Connection lost');
	setText('state-text', 'The figures below are the last ones received' + (status ? ', the state was: ' + status.enforcement : '') +
		'. The kernel keeps enforcing without this page.');
	by('state-trouble').hidden = true;
	document.title = 'Connection lost · Isoward';
}

/* ---- zones and figures ---- */

function zoneRow(zone) {
	const [words, tone, hint] = COVERAGE[zone.coverage] || [zone.coverage, '', ''];
	const name = zone.devices ? make('button', { type: 'button', class: 'name', title: 'Show its devices' }, zone.label)
	                          : make('span', {}, zone.label);
	if (zone.devices)
		name.addEventListener('click', () => filterZone(zone.name));
	return make('tr', {},
		make('td', {}, name, zone.label !== zone.name ? make('span', { class: 'sub' }, zone.name) : null,
		     zone.default ? make('span', { class: 'sub' }, 'for whatever is unknown') : null),
		make('td', { class: 'number' }, zone.coverage === 'network' && !zone.devices ? '–' : number(zone.devices)),
		make('td', {}, tag(words, tone, hint)),
		make('td', { class: 'number' }, number(zone.refused_packets)));
}

function showZones(zones) {
	zoneLabels = new Map(zones.map((zone) => [zone.name, zone.label]));
	if (!by('zones').contains(document.activeElement))
		by('zones').replaceChildren(...zones.map(zoneRow));
	const select = by('zone');
	const names = zones.map((zone) => zone.name).join('\n');
	if (select.dataset.names === names)
		return;
	const chosen = select.value;
	select.replaceChildren(make('option', { value: '' }, 'All zones'),
		...zones.map((zone) => make('option', { value: zone.name }, zone.label)));
	select.value = zoneLabels.has(chosen) ? chosen : '';
	select.dataset.names = names;
}

function barRow(words, share, shown, theirs) {
	const fill = make('div', { class: 'bar-fill' + (theirs ? ' theirs' : '') });
	fill.style.width = Math.min(100, share) + '%';
	return [make('span', { class: theirs ? 'quiet' : '' }, words),
		make('div', { class: 'bar-track', 'aria-hidden': 'true' }, fill), make('b', {}, shown)];
}

function comparison(what, part, all, theirs, theirWords) {
	const share = all ? 100 * part / all : 0;
	const shown = !all ? '–' : share > 0 && share < 1 ? '< 1 %' : Math.round(share) + ' %';
	return make('li', {}, make('span', { class: 'what' }, what),
		make('div', { class: 'pair' }, ...barRow('Here', share, shown, false),
		     ...barRow('50 hospitals', theirs, theirWords, true)));
}

function showSummary(answer) {
	const summary = answer.summary;
	const counts = new Map(answer.denied_by_kind.map((row) => [row.kind, row]));
	const all = answer.denied_by_kind.reduce((sum, row) => sum + row.flows, 0);
	const flows = (kind) => (counts.has(kind) ? counts.get(kind).flows : 0);
	by('compare').replaceChildren(
		comparison('Devices that are medical', summary.medical, summary.devices, 25, '< 25 %'),
		comparison('Devices that are PCs', summary.computers, summary.devices, 43, '43 %'),
		comparison('Medical devices that are infusion pumps', summary.infusion_pumps, summary.medical, 50, '~50 %'),
		comparison('User practice (browsing) among refused attempts', flows('web-browsing'), all, 41, '41 %'));
	by('kinds').replaceChildren(...Object.entries(KINDS).map(([kind, [words, tone]]) => {
		const row = counts.get(kind);
		return make('li', { class: row && tone === 'bad' ? 'hot' : undefined },
			make('span', {}, words), make('b', {}, number(flows(kind))),
			make('span', { class: 'quiet' }, ...(row ? ['last ', when(row.last_seen)] : ['none seen'])));
	}));
}

/* ---- refused attempts ---- */

let allOffenders = false;

function offenderRow(rows) {
	const last = Math.max(...rows.map((row) => row.last_seen));
	const name = make(rows[0].mac ? 'button' : 'span', { class: 'name', type: rows[0].mac ? 'button' : undefined }, rows[0].device);
	if (rows[0].mac)
		name.addEventListener('click', () => showDevice(rows[0].mac));
	return make('tr', {}, make('td', {}, name),
		make('td', {}, make('div', { class: 'tags' }, ...rows.map((row) => kindTag(row.kind, row.flows)))),
		make('td', {}, when(last)));
}

function showOffenders(totals) {
	const groups = new Map();
	for (const row of totals) {
		const key = row.mac || row.device;
		groups.set(key, [...(groups.get(key) || []), row]);
	}
	const sum = (rows) => rows.reduce((total, row) => total + row.flows, 0);
	const sorted = [...groups.values()].sort((a, b) => sum(b) - sum(a));
	const shown = allOffenders ? sorted : sorted.slice(0, OFFENDERS);
	if (!by('offenders').contains(document.activeElement))
		by('offenders').replaceChildren(...(shown.length ? shown.map(offenderRow) : [emptyRow(3, 'No device has tried anything the policy forbids.')]));
	by('offenders-more').hidden = sorted.length <= OFFENDERS;
	setText('offenders-more', allOffenders ? 'Show fewer' : 'Show all ' + number(sorted.length));
}

const zoneLabel = (name) => zoneLabels.get(name) || name || '?';

function deniedRow(row) {
	return make('tr', { title: row.why },
		make('td', {}, make('span', {}, row.device + ' → ' + row.destination + ' '),
		     make('span', { class: 'mono' }, protocolPort(row.protocol, row.port)),
		     make('span', { class: 'sub' }, (row.from_zone ? zoneLabel(row.from_zone) : 'no zone') + ' → ' + (row.to_zone ? zoneLabel(row.to_zone) : 'no zone'))),
		make('td', {}, kindTag(row.kind)),
		make('td', { class: 'number' }, number(row.flows)),
		make('td', {}, when(row.last_seen)));
}

function showDenied(answer) {
	showOffenders(answer.by_device);
	by('denied').replaceChildren(...(answer.denied.length ? answer.denied.map(deniedRow) : [emptyRow(4, 'Nothing has been refused.')]));
}

/* ---- counters: who is refused the most by whom, and the rules that no packet has met since Isoward was started ---- */

function pairRow(row) {
	return make('tr', {}, make('td', {}, zoneLabel(row.from) + ' → ' + (row.to ? zoneLabel(row.to) : 'no zone')),
		make('td', { class: 'number' }, number(row.packets)), make('td', { class: 'number' }, number(row.default_packets)));
}

function idleRow(row) {
	return make('tr', {}, make('td', {}, make('span', {}, row.name || row.rule), row.name ? make('span', { class: 'sub' }, row.rule) : null),
		make('td', { class: 'mono' }, row.services), make('td', {}, row.verdict + (row.observe ? ', on trial' : '')));
}

function showCounters(answer) {
	const idle = answer.rules.filter((row) => !row.allowed_packets && !row.refused_packets && !row.observed_packets);
	by('counters-card').hidden = !answer.rules.length && !answer.refused.length;
	setText('rules-idle-count', answer.rules.length ? number(idle.length) + ' of ' + number(answer.rules.length) : '');
	by('refused-pairs').replaceChildren(...(answer.refused.length ? answer.refused.slice(0, COUNTED).map(pairRow) : [emptyRow(3, 'Nothing has been refused.')]));
	by('rules-idle').replaceChildren(...(idle.length ? idle.slice(0, COUNTED).map(idleRow) : [emptyRow(3, 'Every rule has been met.')]));
}

/* ---- what rules report without refusing it; the card is there only where a rule does ---- */

const reportTag = (kind) => tag(...(REPORTS[kind] || [kind, '', '']));

function reportedRuleRow(row) {
	return make('tr', {}, make('td', {}, make('span', {}, row.rule), make('span', { class: 'sub' }, reportTag(row.kind))),
		make('td', { class: 'number' }, number(row.devices)), make('td', { class: 'number' }, number(row.flows)),
		make('td', {}, when(row.last_seen)));
}

function reportedRow(row) {
	return make('tr', { title: row.rule },
		make('td', {}, make('span', {}, row.device + ' → ' + row.destination + ' '),
		     make('span', { class: 'mono' }, protocolPort(row.protocol, row.port)), make('span', { class: 'sub' }, row.why)),
		make('td', {}, reportTag(row.kind)),
		make('td', { class: 'number' }, number(row.flows)),
		make('td', {}, when(row.last_seen)));
}

function showReported(answer) {
	by('reported-card').hidden = !answer.by_rule.length;
	by('reported-rules').replaceChildren(...answer.by_rule.map(reportedRuleRow));
	by('reported').replaceChildren(...answer.reported.map(reportedRow));
}

/* ---- findings: by type, and those of the chosen type ---- */

let findingType = '';

const findingTag = (type) => tag(...(FINDINGS[type] || [type, '']));

function findingChoice(type, words, count) {
	const button = make('button', { type: 'button', 'data-type': type }, words, make('b', {}, number(count)));
	button.addEventListener('click', () => {
		findingType = type;
		loadFindings().catch(ignore);
	});
	return make('li', {}, button);
}

function deviceButton(mac, words) {
	const button = make('button', { class: 'name', type: 'button' }, words);
	button.addEventListener('click', () => showDevice(mac));
	return button;
}

function findingRow(row) {
	return make('tr', {},
		make('td', {}, row.mac ? deviceButton(row.mac, row.device || row.mac) : row.address,
		     make('span', { class: 'sub' }, zoneLabel(row.zone))),
		make('td', {}, findingTag(row.type), make('span', { class: 'sub' }, row.evidence + (row.peer ? ' → ' + row.peer : ''))),
		make('td', { class: 'number' }, number(row.count)),
		make('td', {}, when(row.last_seen)));
}

function showFindings(answer) {
	const all = answer.by_type.reduce((sum, row) => sum + row.findings, 0);
	if (findingType && !answer.by_type.some((row) => row.type === findingType))
		findingType = '';
	const pressed = by('finding-types').contains(document.activeElement) ? document.activeElement.dataset.type : null;
	by('finding-types').replaceChildren(findingChoice('', 'All', all),
			...answer.by_type.map((row) => findingChoice(row.type, (FINDINGS[row.type] || [row.type])[0], row.findings)));
	if (pressed !== null)        /* the buttons are new, the focus stays */
		(by('finding-types').querySelector('[data-type="' + pressed + '"]') || by('finding-types').querySelector('button')).focus();
	by('finding-types').hidden = !all;
	by('findings-lead').hidden = !all;
	by('findings').replaceChildren(...(answer.findings.length ? answer.findings.map(findingRow) : [emptyRow(4, 'Nothing has been found amiss.')]));
}

async function loadFindings() {
	const query = new URLSearchParams({ limit: 12 });
	if (findingType)
		query.set('type', findingType);
	showFindings(await get('findings?' + query));
	for (const button of by('finding-types').querySelectorAll('button'))
		button.setAttribute('aria-pressed', String(button.dataset.type === findingType));
}

const emptyRow = (columns, words) => make('tr', {}, make('td', { class: 'empty', colspan: columns }, words));

/* ---- events ---- */

function eventRow(event) {
	const [words, tone] = EVENTS[event.kind] || [event.kind.replaceAll('-', ' '), ''];
	return make('li', {}, when(event.last_at), make('span', {}, tag(words, tone)),
		make('p', {}, event.text + (event.count > 1 ? ' (' + number(event.count) + ' times)' : '')),
		make('span', { class: 'mono' }, event.mac));
}

function showEvents(events) {
	by('events').replaceChildren(...(events.length ? events.map(eventRow) : [make('li', { class: 'empty' }, 'Nothing has happened yet.')]));
}

/* ---- devices: one page at a time, rows updated where they stand so that focus and selection stay ---- */

const pages = [''];          /* the MAC each page begins after */
let nextAfter = null;
const rows = new Map();      /* MAC to its row */
const open = new Map();      /* MAC to its detail row */

/* What it has to do with others, one tag a kind. */
function relationTags(device) {
	const of = (...kinds) => device.relations.filter((relation) => kinds.includes(relation.kind));
	const hint = (relations) => relations.map((relation) => (relation.device ? relation.device + ': ' : '') + relation.why).join('\n');
	const kin = of('same-device', 'likely-same-device');
	const behind = of('behind');
	const before = of('before', 'stands-before');
	return [
		kin.length ? tag(number(kin.length + 1) + ' MACs', 'accent', hint(kin)) : null,
		behind.length ? tag('Behind ' + (behind[0].device || behind[0].mac), 'warn', hint(behind)) : null,
		before.length ? tag('Stands before others', 'warn', hint(before)) : null,
		device.random_mac ? tag('Random MAC', '', 'Its MAC is made up; the same device may come with another one') : null];
}

function nameCell(device) {
	const tags = make('span', { class: 'tags' },
		device.conflict ? tag('Identity changed', 'bad', 'Held in quarantine until an operator pins it') : null,
		device.doubted ? tag('Looks like another', 'warn', 'Its identity changed; the policy leaves it where it is') : null,
		...relationTags(device),
		device.pinned ? tag('Pinned', 'accent', 'The operator chose its zone') : null);
	const under = device.name && device.host_name && device.name !== device.host_name ? device.host_name : device.vendor;
	return [under ? make('span', { class: 'sub' }, under) : null,
		make('span', { class: 'sub narrow' }, device.addresses[0] || 'no address'), tags.childNodes.length ? tags : null].filter(Boolean);
}

function classCell(device) {
	const level = make('i');
	level.style.width = device.confidence + '%';
	return [make('span', { title: device.class }, classWords(device.class)),
		device.class ? make('span', { class: 'sub' }, make('span', { class: 'confidence', 'aria-hidden': 'true' }, level), device.confidence + ' % sure')
		             : make('span', { class: 'sub' }, 'not enough evidence')];
}

function fillRow(row, device) {
	const key = JSON.stringify(device);
	if (row.dataset.key === key)
		return;
	row.dataset.key = key;
	const button = row.querySelector('button');
	button.lastChild.textContent = deviceName(device);
	row.cells[0].replaceChildren(button, ...nameCell(device));
	row.cells[1].replaceChildren(...(device.addresses.length ? device.addresses.slice(0, 3) : ['–']).map((address) => make('div', {}, address)),
		make('span', { class: 'sub mono' }, device.mac));
	row.cells[2].replaceChildren(...classCell(device));
	row.cells[3].replaceChildren(make('span', {}, zoneLabel(device.zone)), make('span', { class: 'sub' }, device.zone_why));
	row.cells[4].replaceChildren(when(device.last_seen));
}

function newRow(mac) {
	const button = make('button', { type: 'button', class: 'name', 'aria-expanded': 'false' },
		make('span', { class: 'twist', 'aria-hidden': 'true' }, '›'), document.createTextNode(mac));
	const row = make('tr', { class: 'row' }, make('td', {}, button), make('td', { class: 'wide' }),
		make('td', { class: 'middle' }), make('td'), make('td', { class: 'middle' }));
	row.addEventListener('click', (event) => {
		if (!event.target.closest('button') && String(window.getSelection()) !== '')
			return;
		toggle(mac);
	});
	return row;
}

function toggle(mac) {
	const row = rows.get(mac);
	const opened = open.get(mac);
	if (!row)
		return;
	row.querySelector('button').setAttribute('aria-expanded', String(!opened));
	row.classList.toggle('open', !opened);
	if (opened) {
		opened.remove();
		open.delete(mac);
		return;
	}
	const detail = make('tr', { class: 'detail' }, make('td', { colspan: 5 }, make('p', { class: 'quiet' }, 'Reading…')));
	open.set(mac, detail);
	row.after(detail);
	loadDetail(mac);
}

function table(heads, lines, none, style) {
	if (!lines.length)
		return make('p', { class: 'quiet' }, none);
	return make('div', { class: 'scroll' }, make('table', { class: style },
		make('thead', {}, make('tr', {}, ...heads.map((head) => make('th', { scope: 'col' }, head)))),
		make('tbody', {}, ...lines.map((cells) => make('tr', {}, ...cells.map((cell) => make('td', {}, cell)))))));
}

function about(device) {
	const pairs = [['MAC', make('span', { class: 'mono' }, device.mac)], ['Address', text(device.addresses.join(', '))],
		['Host name', text(device.host_name)], ['Class', text(device.class)], ['Vendor', text(device.vendor)], ['Model', text(device.model)],
		['System', text(device.os)], ['Interface', text(device.interface + (device.vlan ? ', VLAN ' + device.vlan : ''))], ['Zone', zoneLabel(device.zone)],
		['Why', text(device.zone_why)], ['First seen', when(device.first_seen)], ['Last seen', when(device.last_seen)]];
	return make('dl', { class: 'about' }, ...pairs.flatMap(([name, value]) => [make('dt', {}, name), make('dd', {}, value)]));
}

/* A device that is not in the inventory is only a MAC. */
function relatedName(relation) {
	if (!relation.device)
		return make('span', { class: 'mono' }, relation.mac);
	const button = make('button', { type: 'button', class: 'name' }, relation.device);
	button.addEventListener('click', () => showDevice(relation.mac));
	return button;
}

function detailOf(answer) {
	const part = (title, content, wide) => make('div', { class: wide ? 'whole' : '' }, make('h3', {}, title), content);
	return make('div', { class: 'detail-grid' },
		part('About', about(answer.device)),
		part('Evidence', table(['Seen', 'Value', 'Speaks for', 'Weight'], answer.evidence.map((row) => [
			make('span', { title: row.why }, sourceWords(row.source)), row.value,
			make('span', {}, text(row.class), make('span', { class: 'sub' }, row.why)),
			row.class ? (row.weight > 0 ? '+' : '') + (row.weight / 100).toFixed(2) : '–']), 'Nothing has spoken for any class.', 'evidence')),
		part('Findings', table(['Finding', 'Evidence', 'Times', 'Last'], answer.findings.map((row) => [
			findingTag(row.type), row.evidence + (row.peer ? ' → ' + row.peer : ''), number(row.count), when(row.last_seen)]), 'Nothing amiss.'), true),
		part('Addresses held', table(['Address', 'By', 'Since', 'Lease until'], answer.bindings.map((row) => [
			row.address, row.source.toUpperCase() + ' on ' + row.interface, when(row.since),
			row.lease_until ? clock.format(new Date(row.lease_until)) : '–']), 'None.')),
		part('Related devices', table(['Device', 'How', 'Why'], answer.device.relations.map((row) => [
			row.mac ? relatedName(row) : '–', tag(...(RELATIONS[row.kind] || [row.kind, ''])), row.why]), 'It stands alone.', 'related')),
		part('Zone history', table(['When', 'Zone', 'Why'], answer.zone_history.map((row) => [
			when(row.at), (row.from_zone ? zoneLabel(row.from_zone) + ' → ' : '') + zoneLabel(row.to_zone), row.why]), 'It has always been where it is.'), true),
		part('Refused', table(['To', 'Kind', 'Flows', 'Last'], answer.denied.map((row) => [
			make('span', {}, row.destination + ' ' + protocolPort(row.protocol, row.port), make('span', { class: 'sub' }, row.why)),
			kindTag(row.kind), number(row.flows), when(row.last_seen)]), 'It has tried nothing the policy forbids.', 'tried'), true));
}

async function loadDetail(mac) {
	const cell = open.get(mac).cells[0];
	try {
		const answer = await get('devices/' + mac);
		const key = JSON.stringify(answer);
		if (cell.dataset.key !== key)
			cell.replaceChildren(detailOf(answer));
		cell.dataset.key = key;
	} catch (error) {
		if (error.code === 404)
			cell.replaceChildren(make('p', { class: 'quiet' }, 'This device is no longer in the inventory.'));
	}
}

function showDevices(answer) {
	const body = by('rows');
	const devices = answer.devices;
	const macs = new Set(devices.map((device) => device.mac));
	body.querySelectorAll('.empty').forEach((cell) => cell.parentNode.remove());
	for (const [mac, row] of rows) {
		if (macs.has(mac))
			continue;
		row.remove();
		rows.delete(mac);
		if (open.has(mac))
			open.get(mac).remove();
		open.delete(mac);
	}
	let at = body.firstChild;
	for (const device of devices) {
		const row = rows.get(device.mac) || newRow(device.mac);
		rows.set(device.mac, row);
		fillRow(row, device);
		if (at === row)
			at = row.nextSibling;
		else
			body.insertBefore(row, at);
		const detail = open.get(device.mac);
		if (detail && detail === at)
			at = at.nextSibling;
		else if (detail)
			row.after(detail);
	}
	if (!devices.length)
		body.append(emptyRow(5, by('search').value || by('zone').value ? 'No device matches.' : 'No device has been seen yet.'));
	nextAfter = answer.next || null;
	const first = (pages.length - 1) * PAGE;
	setText('range', devices.length ? number(first + 1) + '–' + number(first + devices.length) + ' of ' + number(answer.total) : 'None');
	by('previous').disabled = pages.length < 2;
	by('next').disabled = !nextAfter;
}

let devicesAsked = 0;

async function loadDevices() {
	const asked = ++devicesAsked;
	const query = new URLSearchParams({ limit: PAGE });
	if (by('search').value.trim())
		query.set('q', by('search').value.trim());
	if (by('zone').value)
		query.set('zone', by('zone').value);
	if (pages[pages.length - 1])
		query.set('after', pages[pages.length - 1]);
	const answer = await get('devices?' + query);
	if (asked !== devicesAsked)
		return;              /* a later question has been asked meanwhile */
	showDevices(answer);
	await Promise.all([...open.keys()].map(loadDetail));
}

function turnTo(after) {
	pages.push(after);
	loadDevices().catch(ignore);
}

function restart() {
	pages.length = 1;
	return loadDevices().catch(ignore);
}

function filterZone(name) {
	by('search').value = '';
	by('zone').value = name;
	restart();
	by('devices').scrollIntoView();
	by('devices').focus({ preventScroll: true });
}

async function showDevice(mac) {
	by('search').value = mac;
	by('zone').value = '';
	await restart();
	if (!open.has(mac))
		toggle(mac);
	by('devices').scrollIntoView();
	const row = rows.get(mac);
	if (row)
		row.querySelector('button').focus({ preventScroll: true });
}

/* ---- talking to the gateway ---- */

const ignore = () => {};

async function get(what) {
	const answer = await fetch(API + what, { cache: 'no-store', signal: AbortSignal.timeout(10000) });
	if (!answer.ok)
		throw Object.assign(new Error(what + ': ' + answer.status), { code: answer.status });
	return answer.json();
}

let link = '';
let refreshed = 0;           /* when the last one began */
let refreshTook = 0;
let refreshing = false;
let refreshTimer = null;

function showLink(state) {
	const words = { live: 'Live', polling: 'Polling', lost: 'Connection lost' };
	const pill = document.querySelector('.link');
	if (link === state)
		return;
	link = state;
	pill.dataset.link = state;
	setText('link-text', words[state]);
	if (state === 'lost')
		showLost();
}

async function refresh() {
	if (refreshing)
		return;
	refreshing = true;
	refreshed = Date.now();
	try {
		const zones = await get('zones');
		showZones(zones.zones);
		const [summary, denied, reported, counters, events] = await Promise.all([get('summary'), get('denied?limit=12'),
			get('reported?limit=12'), get('counters'), get('events?limit=60')]);
		showSummary(summary);
		showDenied(denied);
		showCounters(counters);
		showReported(reported);
		await loadFindings();
		showEvents(events.events);
		await loadDevices();
		if (link === 'lost')
			await pollStatus();
	} catch (error) {
		if (!error.code)     /* no answer at all */
			showLink('lost');
	} finally {
		refreshing = false;
		refreshTook = Date.now() - refreshed;
	}
}

/* A change asks for a refresh; many changes share one, and a gateway that answers slowly is asked less often. A hidden
 * page reads nothing. */
function refreshSoon() {
	if (refreshTimer || document.hidden)
		return;
	refreshTimer = setTimeout(() => {
		refreshTimer = null;
		refresh();
	}, Math.max(0, refreshed + Math.max(REFRESH_MS, 4 * refreshTook) - Date.now()));
}

async function pollStatus() {
	showStatus(await get('status'));
	showLink(stream && stream.readyState === EventSource.OPEN ? 'live' : 'polling');
}

let stream = null;
let pollTimer = null;

function poll() {
	pollTimer = null;
	pollStatus().then(refreshSoon, () => showLink('lost')).finally(() => {
		if (!stream || stream.readyState !== EventSource.OPEN)
			pollLater();
	});
}

function pollLater() {
	if (!pollTimer)
		pollTimer = setTimeout(poll, POLL_MS);
}

function listen() {
	stream = new EventSource(API + 'stream');
	stream.addEventListener('changed', (event) => {
		link = link === 'lost' ? '' : link;
		showLink('live');
		showStatus(JSON.parse(event.data));
		refreshSoon();
	});
	stream.addEventListener('error', () => {
		const ended = stream.readyState === EventSource.CLOSED;
		poll();
		if (ended)           /* refused: too many pages are open, or something other answers */
			setTimeout(listen, SLOW_MS);
	});
}

function tick() {
	for (const element of document.querySelectorAll('time[data-at]')) {
		const words = ago(Number(element.dataset.at));
		if (element.textContent !== words)
			element.textContent = words;
	}
	if (!document.hidden && Date.now() - refreshed > SLOW_MS)
		refresh();
}

function begin() {
	let typing = null;
	by('search').addEventListener('input', () => {
		clearTimeout(typing);
		typing = setTimeout(restart, 200);
	});
	by('zone').addEventListener('change', restart);
	by('filter').addEventListener('submit', (event) => {
		event.preventDefault();
		restart();
	});
	by('next').addEventListener('click', () => nextAfter && turnTo(nextAfter));
	by('previous').addEventListener('click', () => {
		if (pages.length > 1)
			pages.pop();
		loadDevices().catch(ignore);
	});
	by('offenders-more').addEventListener('click', () => {
		allOffenders = !allOffenders;
		refresh();
	});
	document.addEventListener('visibilitychange', refreshSoon);
	setInterval(tick, 5000);
	refresh();
	listen();
}

begin();

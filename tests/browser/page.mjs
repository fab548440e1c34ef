// SPDX-License-Identifier: GPL-3.0-or-later
// page: loads the page of a running hospital in Chromium and tells what it shows, one JSON object a line.
//
// usage: node page.mjs URL SCREENSHOT < expectations, one JSON object: { texts: [...], live: "..." }
// It says {"step":"live"} when it waits for the text ${live} to appear without being loaded again.
import { mkdirSync, readFileSync } from "node:fs";
import { dirname } from "node:path";
import { chromium } from "playwright-core";

const [url, screenshot] = process.argv.slice(2);
const expected = JSON.parse(readFileSync(0, "utf8"));
const tell = (step, more) => console.log(JSON.stringify({ step, ...more }));
const trouble = [];
const outside = [];

const browser = await chromium.launch({
	executablePath: process.env.CHROMIUM || "/usr/bin/chromium",
	args: ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"],
});
let status = 0;
try {
	const context = await browser.newContext({ viewport: { width: 1280, height: 900 } });
	await context.addInitScript(() => {
		globalThis.violations = [];
		document.addEventListener("securitypolicyviolation", (event) => {
			globalThis.violations.push(`${event.violatedDirective} ${event.blockedURI}`);
		});
	});
	const page = await context.newPage();
	page.on("console", (message) => {
		if (message.type() === "error" || message.type() === "warning") trouble.push(message.text());
	});
	page.on("pageerror", (error) => trouble.push(String(error)));
	page.on("request", (request) => {
		if (!request.url().startsWith(url) && !request.url().startsWith("data:")) outside.push(request.url());
	});

	const answer = await page.goto(url, { waitUntil: "load", timeout: 15000 });
	tell("loaded", { status: answer.status(), headers: answer.headers() });
	tell("texts", { missing: await missingTexts(page, expected.texts, 10000) });

	tell("live", {});
	const marked = await page.evaluate(() => (globalThis.notReloaded = true));
	const live = await missingTexts(page, [expected.live], 20000);
	tell("lived", { missing: live, same: marked && (await page.evaluate(() => globalThis.notReloaded === true)) });

	if (screenshot) {
		mkdirSync(dirname(screenshot), { recursive: true });
		await page.screenshot({ path: screenshot, fullPage: true });
	}
	tell("markup", { planted: await page.locator("u").count() });
	tell("focus", await tabThrough(page));
	await page.setViewportSize({ width: 390, height: 844 });
	const width = await page.evaluate(() => Math.max(document.documentElement.scrollWidth, document.body.scrollWidth));
	tell("phone", { width, wide: width > 390 ? await widest(page) : [] });
	if (screenshot) await page.screenshot({ path: screenshot.replace(/\.png$/, "-phone.png"), fullPage: true });
	tell("contrast", { poor: await poorContrast(page) });
	tell("quiet", { trouble, outside, violations: await page.evaluate(() => globalThis.violations) });
} catch (error) {
	tell("failed", { error: String(error) });
	status = 1;
} finally {
	await browser.close();
}
process.exitCode = status;

// Wait until every text stands somewhere in the page; return those that never came.
async function missingTexts(page, texts, timeout) {
	const find = (wanted) => {
		const shown = document.body.textContent.replace(/\s+/g, " ").toLowerCase();
		return wanted.filter((text) => !shown.includes(text.toLowerCase()));
	};
	const deadline = Date.now() + timeout;
	for (;;) {
		const missing = await page.evaluate(find, texts);
		if (!missing.length || Date.now() > deadline) return missing;
		await new Promise((resolve) => setTimeout(resolve, 50));
	}
}

// Walk the page by the Tab key: what got the focus, and what got it without showing it.
async function tabThrough(page) {
	await page.evaluate(() => document.activeElement?.blur());
	const visited = [];
	const unseen = [];
	for (let count = 0; count < 12; count++) {
		await page.keyboard.press("Tab");
		const at = await page.evaluate(() => {
			const element = document.activeElement;
			if (!element || element === document.body) return null;
			const style = getComputedStyle(element);
			const ring = style.outlineStyle !== "none" && parseFloat(style.outlineWidth) > 0;
			return { what: element.outerHTML.slice(0, 80), ring: ring || style.boxShadow !== "none" };
		});
		if (!at) break;
		visited.push(at.what);
		if (!at.ring) unseen.push(at.what);
	}
	return { visited: visited.length, unseen };
}

async function widest(page) {
	return page.evaluate(() => [...document.querySelectorAll("*")]
		.filter((element) => element.getBoundingClientRect().right > 391)
		.slice(0, 5).map((element) => element.outerHTML.slice(0, 120)));
}

// Texts whose contrast with what is behind them is below WCAG 2.1 level AA, 1.4.3.
async function poorContrast(page) {
	return page.evaluate(() => {
		const channels = (color) => (color.match(/[\d.]+/g) || []).map(Number);
		const luminance = ([r, g, b]) => {
			const [x, y, z] = [r, g, b].map((v) => ((v /= 255) <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4));
			return 0.2126 * x + 0.7152 * y + 0.0722 * z;
		};
		const behind = (element) => {
			for (let at = element; at; at = at.parentElement) {
				const color = channels(getComputedStyle(at).backgroundColor);
				if (color.length === 3 || color[3] === 1) return color;
			}
			return [255, 255, 255];
		};
		const poor = new Set();
		for (const element of document.querySelectorAll("body *")) {
			const own = [...element.childNodes].some((node) => node.nodeType === 3 && node.data.trim());
			const style = getComputedStyle(element);
			if (!own || style.visibility === "hidden" || !element.getClientRects().length) continue;
			const [light, dark] = [luminance(channels(style.color)), luminance(behind(element))].sort((a, b) => b - a);
			const ratio = (light + 0.05) / (dark + 0.05);
			const large = parseFloat(style.fontSize) >= 24 || (parseFloat(style.fontSize) >= 18.66 && style.fontWeight >= 700);
			if (ratio < (large ? 3 : 4.5)) poor.add(`${ratio.toFixed(2)} ${element.outerHTML.slice(0, 80)}`);
		}
		return [...poor].slice(0, 8);
	});
}

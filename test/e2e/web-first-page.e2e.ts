import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import axe from 'axe-core';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { builtWeb } from '../world/built-web.js';
import { inChromium, launchChromium } from '../world/chromium.js';
import { onEmbedded } from '../world/engines.js';
import { World } from '../world/world.js';

const rules = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];

/** A page with all that it complained of. */
interface Seen {
  readonly page: Page;
  readonly complaints: string[];
}

describe('the files of the web application', () => {
  let world: World;
  beforeAll(async () => {
    world = await World.start(await onEmbedded(), { web: builtWeb(), browserDevicesEach: 1 });
  }, 60_000);
  afterAll(() => world.stop());

  it('are served with what a page may do, and with the digest of each script and style', async () => {
    const answer = await fetch(`${world.url}/`);
    const text = await answer.text();
    const policy = answer.headers.get('content-security-policy') ?? '';
    expect(policy).toContain("default-src 'none'");
    expect(policy).toContain("require-trusted-types-for 'script'");
    expect(policy.replace("'self' 'wasm-unsafe-eval'", "'self'")).not.toMatch(/unsafe|https?:|\*/);
    expect(text).not.toMatch(/<script(?![^>]*\ssrc=)|\sstyle=|\son[a-z]+=|https?:\/\//);
    const named = [...text.matchAll(/(?:src|href)="(\/assets\/[^"]+\.(?:js|css))" integrity="sha384-([^"]+)"/g)];
    expect(named.length).toBeGreaterThanOrEqual(2);
    expect([...text.matchAll(/\/assets\/[^"]+\.(?:js|css)"/g)]).toHaveLength(named.length);
    for (const [, path, digest] of named) {
      const file = await fetch(`${world.url}${path}`);
      const bytes = Buffer.from(await file.arrayBuffer());
      expect(createHash('sha384').update(bytes).digest('base64')).toBe(digest);
      expect(file.headers.get('cross-origin-resource-policy')).toBe('same-origin');
      expect(file.headers.get('x-content-type-options')).toBe('nosniff');
    }
  });

  it('are those of the build alone', async () => {
    const paths = ['/assets/', '/assets/../index.html', '/assets/%2e%2e/index.html', '/index.html', '/assets/x.js'];
    for (const path of paths) expect((await fetch(`${world.url}${path}`)).status).toBe(404);
    expect((await fetch(`${world.url}/`, { method: 'POST' })).status).toBe(404);
  });

  it('are at most 350 kB as they travel', async () => {
    const text = await (await fetch(`${world.url}/`)).text();
    let bytes = 0;
    for (const [, path] of text.matchAll(/"(\/assets\/[^"]+)"/g)) {
      const { headers } = await fetch(`${world.url}${path}`, { headers: { 'accept-encoding': 'br' } });
      bytes += Number(headers.get('content-length'));
    }
    expect(bytes).toBeGreaterThan(10_000);
    expect(bytes).toBeLessThan(350_000);
  });
});

inChromium('the first page', () => {
  let world: World;
  let browser: Browser;

  beforeAll(async () => {
    world = await World.start(await onEmbedded(), { web: builtWeb(), browserDevicesEach: 1 });
    browser = await launchChromium();
  }, 60_000);
  afterAll(async () => {
    await browser.close();
    await world.stop();
  });

  async function open(options: BrowserContextOptions = {}): Promise<Seen> {
    const context = await browser.newContext(options);
    const page = await context.newPage();
    const complaints: string[] = [];
    page.on('console', (message) => {
      if (message.type() !== 'log') complaints.push(message.text());
    });
    page.on('pageerror', (error) => complaints.push(String(error)));
    page.on('request', (request) => {
      if (new URL(request.url()).origin !== world.url) complaints.push(request.url());
    });
    await page.goto(world.url);
    await page.waitForSelector('dl');
    await page.waitForSelector('.people');
    return { page, complaints };
  }

  /** What axe finds on a page, by rule and place. */
  async function faults(page: Page): Promise<string[]> {
    await page.evaluate(axe.source);
    const run = `axe.run({ runOnly: ${JSON.stringify(rules)} }).then(({ violations }) =>
      violations.flatMap(({ id, nodes }) => nodes.map(({ target }) => id + ' ' + target.join(' '))))`;
    return page.evaluate(run);
  }

  it('says what this is and whom one talks to, under its own policy, and asks nobody else', async () => {
    const { page, complaints } = await open();
    expect(await page.textContent('h1')).toBe('Work on a case together, across borders');
    expect(await page.textContent('.banner')).toContain('Demonstration');
    const hash = (await page.textContent('.hash'))?.replaceAll(' ', '');
    expect(hash).toBe(world.server.federationHash);
    expect(await page.locator('.checks li[data-there="true"]').count()).toBe(5);
    expect(complaints).toEqual([]);
  });

  it('runs no text as a script', async () => {
    const { page } = await open();
    const tried = await page.evaluate(`(() => {
      const refused = (run) => { try { run(); return false; } catch { return true; } };
      return [
        refused(() => { document.createElement('div').innerHTML = '<b>x</b>'; }),
        refused(() => { document.createElement('script').textContent = 'globalThis.ran = 1'; }),
        refused(() => setTimeout('globalThis.ran = 1')),
        refused(() => trustedTypes.createPolicy('default', {})),
      ];
    })()`);
    expect(tried).toEqual([true, true, true, true]);
  });

  it.each<[string, BrowserContextOptions]>([
    ['light', { colorScheme: 'light' }],
    ['dark', { colorScheme: 'dark' }],
    ['forced colours', { forcedColors: 'active' }],
    ['a narrow screen at twice the size', { viewport: { width: 320, height: 640 }, deviceScaleFactor: 2 }],
  ])('has nothing that axe finds, in %s', async (_, options) => {
    const { page } = await open(options);
    expect(await faults(page)).toEqual([]);
    const overflow = 'document.documentElement.scrollWidth - document.documentElement.clientWidth';
    expect(await page.evaluate(overflow)).toBe(0);
  });

  it.each([
    ['fr-BE', 'fr', 'Langue'],
    ['de', 'de', 'Sprache'],
    ['es', 'es', 'Idioma'],
    ['nl', 'nl', 'Taal'],
  ])('speaks to a browser of %s, marked as unreviewed', async (locale, language, label) => {
    const { page } = await open({ locale });
    expect(await page.getAttribute('html', 'lang')).toBe(language);
    expect(await page.textContent('.choice span')).toBe(label);
    expect(await page.locator('.aside').count()).toBe(1);
    expect(await faults(page)).toEqual([]);
  });

  it('remembers the language that was chosen', async () => {
    const { page } = await open();
    await page.selectOption('select', 'nl');
    expect(await page.textContent('.choice span')).toBe('Taal');
    await page.reload();
    expect(await page.textContent('.choice span')).toBe('Taal');
  });

  it('has no text that is not of a catalogue', async () => {
    const { page } = await open({ locale: 'en-XA' });
    const plain = await page.evaluate(`(() => {
      const walker = document.createTreeWalker(document.querySelector('#page'), NodeFilter.SHOW_TEXT);
      const found = [];
      while (walker.nextNode()) {
        const { textContent, parentElement } = walker.currentNode;
        const isData = parentElement.closest('[translate="no"], option, code, [aria-hidden="true"]') !== null;
        if (!isData && /\\p{L}/u.test(textContent) && !/^\\s*⟦.*⟧\\s*$/s.test(textContent)) found.push(textContent);
      }
      return found;
    })()`);
    expect(plain).toEqual([]);
    expect(await page.textContent('h1')).toMatch(/^⟦/);
  });

  it('is used by keyboard: a way past the head, then what can be changed, each with a visible focus', async () => {
    const { page } = await open();
    const stops: string[] = [];
    for (let i = 0; i < 3; i++) {
      await page.keyboard.press('Tab');
      stops.push(await page.evaluate('document.activeElement.className || document.activeElement.localName'));
      const style = 'getComputedStyle(document.activeElement).outlineStyle';
      expect(await page.evaluate(style)).toBe('solid');
    }
    expect(stops).toEqual(['skip', 'select', 'person']);
  });

  it('says what to do when the server does not answer, and asks again', async () => {
    const context = await browser.newContext();
    const page = await context.newPage();
    let isDown = true;
    await page.route('**/graphql', (route) => (isDown ? route.abort() : route.continue()));
    await page.goto(world.url);
    await page.waitForSelector('p.warning');
    expect(await page.textContent('p.warning')).toContain('Nothing was lost');
    isDown = false;
    await page.click('button');
    await page.waitForSelector('dl');
  });

  it.each([
    ['words that turn text around', { version: '0.1\u202etxt.exe' }, '0.1�txt.exe'],
    ['markup', { version: '<img src=x onerror=alert(1)>' }, '�img src�x onerror�alert�1��'],
  ])('shows %s of a lying server as plain signs', async (_, lie, shown) => {
    const context = await browser.newContext();
    const page = await context.newPage();
    await page.route('**/graphql', async (route) => {
      const answer = (await (await route.fetch()).json()) as { data: { server: object } };
      await route.fulfill({ json: { data: { server: { ...answer.data.server, ...lie } } } });
    });
    await page.goto(world.url);
    await page.waitForSelector('dl');
    expect(await page.textContent('dd:last-of-type')).toBe(shown);
  });

  it('believes no answer of another form', async () => {
    const context = await browser.newContext();
    const page = await context.newPage();
    await page.route('**/graphql', (route) => route.fulfill({ json: { data: { server: { federationHash: 'ff' } } } }));
    await page.goto(world.url);
    await page.waitForSelector('p.warning');
    expect(await page.locator('dl').count()).toBe(0);
  });
});

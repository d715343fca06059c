import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import axe from 'axe-core';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { builtWeb } from '../world/built-web.js';
import { inChromium, launchChromium } from '../world/chromium.js';
import { onEmbedded } from '../world/engines.js';
import { World } from '../world/world.js';

const rules = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];
/** Where screenshots go, for whoever wants to look at the pages. */
const shots = process.env['ROGATORY_TEST_SHOTS'];

const NOTE = 'Berth 12 at 04:00.\n<script>globalThis.ran = 1</script>\u202e';

inChromium('people of the demonstration in the web application', () => {
  let world: World;
  let browser: Browser;
  let hers: Page;
  let again: Page;
  const complaints: string[] = [];

  const open = async (options: BrowserContextOptions = {}): Promise<Page> => {
    const page = await (await browser.newContext(options)).newPage();
    page.setDefaultTimeout(20_000);
    page.on('console', (message) => {
      if (message.type() !== 'log') complaints.push(message.text());
    });
    page.on('pageerror', (error) => complaints.push(String(error)));
    page.on('request', (request) => {
      if (new URL(request.url()).host !== new URL(world.url).host) complaints.push(request.url());
    });
    await page.goto(world.url);
    return page;
  };
  const signIn = async (page: Page, name: string): Promise<void> => {
    await page.click(`button:has-text("${name}")`);
    await page.waitForSelector('.who');
  };
  const faults = async (page: Page, name: string): Promise<readonly string[]> => {
    await page.evaluate(axe.source);
    const run = `axe.run({ runOnly: ${JSON.stringify(rules)} }).then(({ violations }) =>
      violations.flatMap(({ id, nodes }) => nodes.map(({ target }) => id + ' ' + target.join(' '))))`;
    const found: string[] = [];
    for (const scheme of ['light', 'dark', 'forced'] as const) {
      const isForced = scheme === 'forced';
      await page.emulateMedia({ forcedColors: isForced ? 'active' : 'none', colorScheme: isForced ? 'light' : scheme });
      if (shots !== undefined) await page.screenshot({ path: join(shots, `${name}-${scheme}.png`), fullPage: true });
      found.push(...(await page.evaluate<string[]>(run)).map((fault) => `${scheme}: ${fault}`));
    }
    await page.emulateMedia({ forcedColors: 'none', colorScheme: 'light' });
    return found;
  };

  beforeAll(async () => {
    if (shots !== undefined) await mkdir(shots, { recursive: true });
    world = await World.start(await onEmbedded(), { web: builtWeb(), browserDevicesEach: 2 });
    browser = await launchChromium();
  }, 60_000);
  afterAll(async () => {
    await browser.close();
    await world.stop();
  });

  it('are offered by state, and one click signs in', async () => {
    hers = await open();
    await hers.waitForSelector('.people');
    expect(await hers.locator('h3').allTextContents()).toEqual(['Aurelia', 'Borealia', 'Cassiteria']);
    expect(await hers.locator('.person').count()).toBe(12);
    expect(await faults(hers, 'first')).toEqual([]);
    await signIn(hers, 'Astrid Adam');
    await hers.waitForSelector('text=You are in no case yet.');
    expect(await hers.textContent('.who strong')).toBe('Astrid Adam');
    expect(await hers.textContent('.banner')).toContain('Demonstration');
    expect(await faults(hers, 'cases')).toEqual([]);
  });

  it('begin a case that says who can read it', async () => {
    await hers.fill('form input', 'Harbour of Aurelia');
    await hers.click('form button');
    await hers.waitForSelector('h1:has-text("Harbour of Aurelia")');
    expect(await hers.textContent('#people + ul')).toContain('Astrid Adam');
    expect(await hers.textContent('#people + ul')).toContain('leads the case');
    expect(await faults(hers, 'case')).toEqual([]);
  });

  it('hear in another window what is written in the first', async () => {
    again = await open();
    await signIn(again, 'Astrid Adam');
    await again.click('.cases .person');
    await again.waitForSelector('h1:has-text("Harbour of Aurelia")');
    await hers.fill('textarea', 'We open on Monday.\n<b>Not bold</b> \u202etxt');
    await hers.click('form button');
    await again.waitForSelector('.words');
    expect(await again.textContent('.words')).toBe('We open on Monday.\n<b>Not bold</b> �txt');
    expect(await faults(again, 'messages')).toEqual([]);
  });

  it('come from the first page to the first opened document in at most six clicks', async () => {
    const page = await open();
    await page.waitForSelector('.people');
    await page.evaluate(`globalThis.clicks = 0;
      addEventListener('click', ({ isTrusted }) => { if (isTrusted) globalThis.clicks++; }, true)`);
    await signIn(page, 'Birgit Bosch');
    await page.fill('form input', 'Lantern');
    await page.click('form button');
    const [chooser] = await Promise.all([page.waitForEvent('filechooser'), page.click('input[type=file]')]);
    await chooser.setFiles({ name: 'note\u202egpj.txt', mimeType: 'image/png', buffer: Buffer.from(NOTE) });
    await page.click('.document button');
    await page.waitForSelector('dialog');
    expect(await faults(page, 'why')).toEqual([]);
    await page.click('dialog button[type=submit]');
    expect(await page.textContent('.opened pre')).toBe('Berth 12 at 04:00.\n<script>globalThis.ran = 1</script>�');
    expect(await page.evaluate('globalThis.ran')).toBeUndefined();
    expect(await page.textContent('.opened h3')).toBe('note�gpj.txt');
    expect(await page.evaluate('globalThis.clicks')).toBeLessThanOrEqual(6);
    expect(await faults(page, 'document')).toEqual([]);
    const [saved] = await Promise.all([page.waitForEvent('download'), page.click('.opened button')]);
    expect(saved.suggestedFilename()).toBe('note_gpj.txt');
    expect(await readFile(await saved.path(), 'utf8')).toBe(NOTE);
  });

  it('share a case with another state, in two windows', async () => {
    const [lead] = browser.contexts().at(-1)?.pages() ?? [];
    if (lead === undefined) throw new Error('no page');
    const guest = await open();
    await signIn(guest, 'Cilla Caro');
    await lead.selectOption('form select', { label: 'Cilla Caro, Investigating judge (XC)' });
    await lead.click('text=Everything written so far');
    await lead.waitForSelector('text=You have not compared keys');
    expect(await faults(lead, 'invite')).toEqual([]);
    await lead.click('text=Invite, as somebody');
    await guest.waitForSelector('.offer');
    expect(await guest.textContent('.offer')).toContain('Birgit Bosch, Prosecutor, drug trafficking (XB)');
    expect(await faults(guest, 'offer')).toEqual([]);
    await guest.click('.offer button');
    await lead.click('text=Admit to the case');
    await guest.click('.cases .person:has-text("Lantern")');
    await guest.waitForSelector('.document');
    await guest.click('.document button');
    await guest.click('dialog button[type=submit]');
    expect(await guest.textContent('.opened pre')).toContain('Berth 12 at 04:00.');
    await guest.fill('textarea', 'Seen in Cassiteria.');
    await guest.click('text=Send');
    await lead.waitForSelector('.words:has-text("Seen in Cassiteria.")');
    expect(await lead.textContent('#people + ul')).toContain('Cilla Caro');
    await guest.context().close();
  });

  it('say why they read once for a case, and again after they signed out', async () => {
    const [page] = browser.contexts().at(-1)?.pages() ?? [];
    if (page === undefined) throw new Error('no page');
    await page.click('.opened .plainly');
    await page.click('.document button');
    await page.waitForSelector('.opened pre');
    expect(await page.locator('dialog').count()).toBe(0);
    await page.click('text=Sign out');
    await signIn(page, 'Birgit Bosch');
    await page.click('.cases .person');
    await page.click('.document button');
    await page.waitForSelector('dialog');
    await page.keyboard.press('Escape');
    await page.waitForSelector('dialog', { state: 'detached' });
    expect(await page.locator('.opened').count()).toBe(0);
  });

  it('open nothing that was changed on its way', async () => {
    const [page] = browser.contexts().at(-1)?.pages() ?? [];
    if (page === undefined) throw new Error('no page');
    await page.route('**/uploads/*/content', async (route) => {
      const answer = await route.fetch();
      const body = Buffer.from(await answer.body());
      body[body.length - 1] = (body.at(-1) ?? 0) ^ 1;
      await route.fulfill({ response: answer, body });
    });
    await page.click('.document button');
    await page.click('dialog button[type=submit]');
    expect(await page.textContent('[role=alert]')).toMatch(/\(crypto\/|\(client\/|\(e2ee\//);
    expect(await page.locator('.opened').count()).toBe(0);
  });

  it('find a case by its title, on the device alone', async () => {
    await again.click('text=All cases');
    await again.waitForSelector('.cases .person');
    await again.waitForLoadState('networkidle');
    const asked: string[] = [];
    again.on('request', (request) => asked.push(request.postData() ?? request.url()));
    await again.fill('input[type=search]', 'nowhere');
    await again.waitForSelector('text=No title fits.');
    await again.fill('input[type=search]', 'HARB');
    await again.waitForSelector('.cases .person');
    expect(asked.filter((told) => /nowhere|harb/i.test(told))).toEqual([]);
  });

  it('are the same device after a reload, and nobody after they signed out', async () => {
    await again.reload();
    await signIn(again, 'Astrid Adam');
    await again.waitForSelector('.cases .person');
    await again.click('text=Sign out');
    await again.waitForSelector('.people');
    expect(await again.locator('text=Harbour').count()).toBe(0);
  });

  it('are told when no device is left', async () => {
    const third = await open();
    await third.click('button:has-text("Astrid Adam")');
    await third.waitForSelector('[role=alert]');
    await third.waitForSelector('text=No device left');
    expect(complaints.filter((told) => !told.includes('404'))).toEqual([]);
  });

  it('sign in nowhere when the server hands out what is no device', async () => {
    const page = await open();
    const lie = { keyStore: Buffer.alloc(200, 7).toString('base64'), witnessPolicy: '' };
    await page.route('**/demo/devices/**', (route) => route.fulfill({ json: lie }));
    await page.click('button:has-text("Blanca Bray")');
    await page.waitForSelector('[role=alert]');
    expect(await page.locator('.who').count()).toBe(0);
  });
});

import { readFile, truncate, stat, rename } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { DemoServer } from './testing/demo-server.js';
import { Stage } from './testing/stage.js';

describe('an auditor exports the log on the command line', () => {
  let stage: Stage;
  let server: DemoServer;
  const profile = (name: string) => ['--profile', stage.path(`data/demo/${name}`)];
  const exported = (target: string, ...more: readonly string[]) => {
    const why = ['--purpose', 'lawfulness', '--reason', 'half-yearly review'];
    return stage.json(['audit', 'export', stage.path(target), ...why, ...more, ...profile('auditor-xa')]);
  };

  beforeAll(async () => {
    stage = await Stage.open();
    server = await DemoServer.start(stage.path('data'));
    stage.passphraseFile = stage.path('data/demo/passphrase.txt');
    await stage.json(['login', ...profile('prosecutor-xa')]);
    await stage.json(['login', ...profile('auditor-xa')]);
  }, 180_000);
  afterAll(async () => {
    await server?.stop();
    await stage.close();
  }, 60_000);

  it('in every form, each verified before it gets its name', async () => {
    const { end } = await exported('log.ndjson');
    expect(end).toBeGreaterThan(3);
    const lines = (await readFile(stage.path('log.ndjson'), 'utf8')).trimEnd().split('\n');
    expect(lines).toHaveLength(Number(end) + 2);
    const range = ['--first', '0', '--end', '4'];
    await exported('log.csv', '--format', 'csv', ...range);
    expect((await readFile(stage.path('log.csv'), 'utf8')).trimEnd().split('\r\n')).toHaveLength(5);
    for (const format of ['ocsf', 'cloudevents']) {
      await exported(format, '--format', format, ...range);
      const events = (await readFile(stage.path(format), 'utf8')).trimEnd().split('\n');
      expect(events.map((line) => typeof JSON.parse(line))).toEqual(Array(4).fill('object'));
    }
    await exported('log', '--format', 'tlog');
    await stage.json(['audit', 'trust', '--out', stage.path('trust.json'), ...profile('auditor-xa')]);
    const report = await stage.json([
      'audit',
      'verify',
      stage.path('log'),
      '--trust',
      stage.path('trust.json'),
      ...profile('auditor-xa'),
    ]);
    expect(report['isSound']).toBe(true);
  });

  it('goes on with what broke off, in the middle of a line as well', async () => {
    const whole = stage.path('log.ndjson');
    const part = stage.path('again.ndjson.part');
    await rename(whole, part);
    await truncate(part, (await stat(part)).size - 1_500);
    const told = await exported('again.ndjson');
    const lines = (await readFile(stage.path('again.ndjson'), 'utf8')).trimEnd().split('\n');
    expect(lines).toHaveLength(Number(told['end']) + 2);
    const taken = await stage.run([
      'audit',
      'export',
      stage.path('again.ndjson'),
      '--purpose',
      'lawfulness',
      '--reason',
      'x',
      ...profile('auditor-xa'),
      '--json',
    ]);
    expect(taken.out).toContain('cli/exists');
    const member = await stage.run([
      'audit',
      'export',
      stage.path('no.ndjson'),
      '--purpose',
      'lawfulness',
      '--reason',
      'x',
      ...profile('prosecutor-xa'),
      '--json',
    ]);
    expect(member.out).toContain('access/refused');
  });
});

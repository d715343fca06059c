import { spawnSync } from 'node:child_process';
import { readFile, truncate, stat, rename, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { DemoServer } from './testing/demo-server.js';
import { Stage } from './testing/stage.js';

/** As it is given to courts. */
const verifier = fileURLToPath(new URL('../../verify/dist/rogatory-verify.mjs', import.meta.url));

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

  it('keeps a record and a report that the single-file verifier judges without a server', async () => {
    const as = profile('auditor-xa');
    const purpose = ['--purpose', 'lawfulness'];
    await stage.json(['audit', 'trust', '--out', stage.path('pinned.json'), ...as]);
    await stage.json(['directory', 'export', '--out', stage.path('directory.rgd'), ...as]);
    const listed = await stage.json(['audit', 'list', ...purpose, '--event', 'audit.export', ...as]);
    const [{ recordId }] = listed['records'] as [{ recordId: string }];
    const kept = await stage.json(['audit', 'record', recordId, ...purpose, '--out', stage.path('record.json'), ...as]);
    expect(kept).toMatchObject({ recordId, groups: expect.arrayContaining(['who', 'act']) });
    await stage.json(['audit', 'report', ...purpose, '--text', 'nothing', '--out', stage.path('report.json'), ...as]);
    const ownProfile = await readFile(stage.path('data/demo/auditor-xa/profile.json'), 'utf8');
    const { rootHash } = JSON.parse(ownProfile) as { readonly rootHash: string };
    const judged = (kind: string, file: string) => {
      const trust = ['--trust', stage.path('pinned.json'), '--directory', stage.path('directory.rgd')];
      const words = [kind, stage.path(file), ...trust, '--federation-root', rootHash, '--json'];
      const { status, stdout } = spawnSync(process.execPath, [verifier, ...words], { encoding: 'utf8' });
      const { claims } = JSON.parse(stdout) as { claims: readonly { claim: string; verdict: string }[] };
      return { status, ...Object.fromEntries(claims.map(({ claim, verdict }) => [claim, verdict])) };
    };
    const pinned = 'verified (pinned keys)';
    const proven = { status: 0, checkpoint: pinned, inclusion: pinned, openings: pinned, devices: pinned };
    expect(judged('record', 'record.json')).toMatchObject(proven);
    expect(judged('report', 'report.json')).toMatchObject({ ...proven, report: pinned, counts: pinned });
    // Another record's proof is none of this one.
    const text = await readFile(stage.path('record.json'), 'utf8');
    await writeFile(
      stage.path('moved.json'),
      text.replace(/index (\d+)/, (_, index) => `index ${Number(index) + 1}`),
    );
    expect(judged('record', 'moved.json')).toMatchObject({ status: 1 });
    const again = ['audit', 'record', recordId, ...purpose, '--out', stage.path('record.json'), ...as, '--json'];
    expect((await stage.run(again)).out).toContain('cli/exists');
  });
});

import { mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { toHex } from '@rogatory/kernel';
import { readProfile } from './run/profile.js';
import { answers, DemoServer } from './testing/demo-server.js';
import { raiseCommand } from './testing/raise-command.js';
import { Stage } from './testing/stage.js';

interface Listed {
  readonly [name: string]: readonly { readonly [field: string]: unknown }[];
}

describe('the command line against a real server', () => {
  let stage: Stage;
  let server: DemoServer;
  let caseId = '';
  let judge = '';
  let beforeRemoval = '';

  const profile = (name: string) => ['--profile', stage.path(`data/demo/${name}`)];
  const as = (name: string, ...words: readonly string[]) => stage.json([...words, ...profile(name)]);
  const tried = (name: string, ...words: readonly string[]) => stage.run([...words, ...profile(name), '--json']);
  const codeOf = (said: { readonly out: string }): unknown =>
    (JSON.parse(said.out) as { readonly error?: { readonly code: string } }).error?.code;
  const idOf = async (name: string): Promise<string> => String((await as(name, 'login'))['personId']);

  beforeAll(async () => {
    stage = await Stage.open();
    server = await DemoServer.start(stage.path('data'));
    stage.passphraseFile = stage.path('data/demo/passphrase.txt');
  }, 180_000);

  afterAll(async () => {
    await server?.stop();
    await stage.close();
  }, 60_000);

  it('keeps its folder private and pins its server', async () => {
    expect((await stat(stage.path('data'))).mode & 0o077).toBe(0);
    expect((await readdir(stage.path('data/demo'))).filter((name) => name.endsWith('-xa')).sort()).toEqual([
      'auditor-xa',
      'judge-xa',
      'liaison-xa',
      'oversight-registrar-xa',
      'prosecutor-xa',
      'registrar-xa',
    ]);
    const login = await as('prosecutor-xa', 'login');
    expect(login).toMatchObject({ state: 'XA', postKind: 'prosecutor', isDemo: true, directorySize: 103 });
    const { name, ...whoami } = await as('prosecutor-xa', 'whoami');
    expect(whoami).toMatchObject({ personId: login['personId'], postKind: 'prosecutor' });
    expect(name).toMatch(/^[A-Z]\S+ \S+/);
  });

  it('brings a judge of another state into a case', async () => {
    const prosecutor = await idOf('prosecutor-xa');
    judge = await idOf('judge-xb');
    const created = await as(
      'prosecutor-xa',
      'case',
      'create',
      '--title',
      'Operation Lantern',
      '--compartment',
      'Finances',
    );
    caseId = String(created['caseId']);

    const early = await tried('prosecutor-xa', 'case', 'show', judge.slice(0, 12));
    expect(codeOf(early)).toBe('cli/not-found');

    const words = String(
      ((await as('prosecutor-xa', 'directory', 'contact', judge)) as Listed)['contacts']?.[0]?.['fingerprint'],
    );
    const wrong = words.split(' ').reverse().join(' ');
    expect(codeOf(await tried('prosecutor-xa', 'directory', 'contact', judge, '--compare', wrong))).toBe(
      'cli/not-confirmed',
    );
    await as('prosecutor-xa', 'directory', 'contact', judge, '--compare', words);
    await as('judge-xb', 'directory', 'contact', prosecutor, '--accept');

    const offer = ['--person', judge, '--role', 'contributor', '--history', 'all', '--compartment', 'Finances'];
    const invited = await as('prosecutor-xa', 'case', 'invite', caseId, ...offer);
    const invitationId = String(invited['invitationId']);
    expect(codeOf(await tried('prosecutor-xa', 'case', 'admit', caseId, invitationId))).toBe('cli/not-accepted');
    const accepted = await as('judge-xb', 'case', 'accept', invitationId.slice(0, 8));
    expect(accepted['fingerprint']).toBe(created['fingerprint']);
    const meantOtherwise = await tried('prosecutor-xa', 'case', 'admit', caseId, invitationId, '--role', 'reader');
    expect(codeOf(meantOtherwise)).toBe('cli/arguments');
    expect(await as('prosecutor-xa', 'case', 'admit', caseId, invitationId)).toMatchObject({
      compartments: 2,
      history: ['all'],
      terms: { role: 'contributor', history: 'all', sponsorId: prosecutor, person: { state: 'XB' } },
    });
    const again = await stage.run(['case', 'admit', caseId, invitationId, ...profile('prosecutor-xa')]);
    expect(again.out).toContain('is a member already; nothing was changed');
  }, 60_000);

  it('hands a document over under a hostile name, verified and harmless', async () => {
    await writeFile(stage.path('evidence.bin'), Buffer.alloc(700_000, 'evidence'));
    const name = '../../evil\u001b[31m\u202etxt.exe';
    const added = await as(
      'prosecutor-xa',
      'document',
      'add',
      caseId,
      'evidence.bin',
      '--name',
      name,
      '--handling',
      'H2',
    );
    const listed = await stage.run(['document', 'list', caseId, ...profile('judge-xb')]);
    expect(listed.out).toContain('../../evil\\u{1b}[31m\\u{202e}txt.exe');

    await mkdir(stage.path('out'));
    const why = ['--justification', 'Needed for the hearing', '--legal-basis', 'trial', '--instrument', 'JIT-7'];
    const get = ['document', 'get', caseId, String(added['documentId']), ...why, '--out', 'out'];
    await as('judge-xb', ...get);
    const [fetched] = await readdir(stage.path('out'));
    expect(fetched).toBe('_.._evil_[31m_txt.exe');
    expect(await readFile(stage.path(`out/${fetched}`))).toEqual(await readFile(stage.path('evidence.bin')));
    expect(codeOf(await tried('judge-xb', ...get))).toBe('client/file-exists');
    expect(await readdir(stage.path('out'))).toEqual([fetched]);
  }, 60_000);

  it('says what is wrong with a call, before anything is sent', async () => {
    const add = (...words: readonly string[]) => tried('prosecutor-xa', 'document', 'add', caseId, ...words);
    expect(codeOf(await add('nowhere.zip'))).toBe('cli/file-access');
    expect(codeOf(await add(stage.folder))).toBe('cli/file-format');
    expect(codeOf(await add(stage.path('evidence.bin'), '--name', 'x'.repeat(201)))).toBe('cli/arguments');
    const why = ['--legal-basis', 'trial', '--justification'];
    const get = (...words: readonly string[]) => tried('judge-xb', 'document', 'get', caseId, ...words);
    expect(codeOf(await get('nothing.zip', ...why, 'x'))).toBe('cli/not-found');
    expect(codeOf(await get('plain.bin', ...why, ' '))).toBe('cli/arguments');
    expect(codeOf(await tried('judge-xb', 'message', 'post', caseId, '--text', ''))).toBe('cli/arguments');
    const unknown = JSON.parse((await tried('judge-xb', 'case', 'lst')).out) as {
      error: { details: { reason: string } };
    };
    expect(unknown.error.details.reason).toContain("unknown command 'lst'");
  }, 60_000);

  it('carries messages live, shows one history to both, and cuts off who is removed', async () => {
    const watch = ['message', 'watch', caseId, '--from', '0', '--count', '1', '--json', ...profile('judge-xb')];
    const watching = stage.run(watch);
    const posted = await as('prosecutor-xa', 'message', 'post', caseId, '--text', 'Read \u001b[2Jthis', '--wants-ack');
    expect(JSON.parse((await watching).out)).toMatchObject({
      messageId: posted['messageId'],
      text: 'Read \u001b[2Jthis',
    });
    await as('judge-xb', 'message', 'ack', caseId, String(posted['messageId']));
    const [document] = ((await as('judge-xb', 'document', 'list', caseId)) as Listed)['documents'] ?? [];
    const reference = String(document?.['documentId']);
    const answer = ['--text', 'Page 7', '--reference', reference];
    const replied = await as('judge-xb', 'message', 'reply', caseId, String(posted['messageId']), ...answer);
    expect(replied['threadId']).toBe(posted['messageId']);
    const messages = await stage.run(['message', 'list', caseId, ...profile('prosecutor-xa')]);
    expect(messages.out).toContain('Read \\u{1b}[2Jthis');
    expect(messages.out).toContain('acknowledged by Blanca Bray');
    expect(messages.out).toContain(`in answer to ${String(posted['messageId']).slice(0, 12)}`);
    expect(messages.out).toContain(`refers to document ${reference.slice(0, 12)}, version 1`);

    const headsOf = async (name: string) =>
      ((await as(name, 'case', 'heads', caseId)) as Listed)['heads']?.map(({ chainHash, contentRoot }) => [
        chainHash,
        contentRoot,
      ]);
    expect(await headsOf('judge-xb')).toEqual(await headsOf('prosecutor-xa'));

    // Each has stated the heads by opening the case, and each reads what the other stated.
    const [root] = ((await as('prosecutor-xa', 'case', 'heads', caseId)) as Listed)['heads'] ?? [];
    expect(root).toMatchObject({ confirmedBy: 1, otherDevices: 7 });

    await as('prosecutor-xa', 'document', 'withdraw', caseId, reference, '--reason', 'the wrong file');
    const why = ['--justification', 'Needed', '--legal-basis', 'trial', '--out', stage.path('out/withdrawn.bin')];
    expect(codeOf(await tried('judge-xb', 'document', 'get', caseId, reference, ...why))).toBe('access/refused');
    expect((await readdir(stage.path('out'))).filter((name) => name.includes('withdrawn'))).toEqual([]);

    beforeRemoval = new Date().toISOString();
    await as('prosecutor-xa', 'member', 'remove', caseId, judge);
    expect(codeOf(await tried('judge-xb', 'message', 'list', caseId))).toBe('access/refused');
  }, 60_000);

  it('admits with history from a date on, opens single items of before, and nothing else of that time', async () => {
    await as('prosecutor-xa', 'message', 'post', caseId, '--text', 'Under the key after the removal');
    const liaison = await idOf('liaison-xc');
    await as('prosecutor-xa', 'directory', 'contact', liaison, '--accept');
    const offer = ['--person', liaison, '--role', 'liaison', '--history', 'from-date', '--from', beforeRemoval];
    const invitationId = String((await as('prosecutor-xa', 'case', 'invite', caseId, ...offer))['invitationId']);
    await as('liaison-xc', 'case', 'accept', invitationId);
    const admit = ['case', 'admit', caseId, invitationId];
    expect(codeOf(await tried('prosecutor-xa', ...admit))).toBe('cli/arguments');
    await as('prosecutor-xa', ...admit, '--from', beforeRemoval);
    const before = await as('liaison-xc', 'message', 'list', caseId);
    const since = { text: 'Under the key after the removal' };
    expect(before).toMatchObject({ sealedToThisDevice: 2, messages: [since] });

    const { messages } = (await as('prosecutor-xa', 'message', 'list', caseId)) as Listed;
    const answer = String(messages?.[1]?.['messageId']);
    const disclose = ['member', 'disclose', caseId, liaison];
    expect(codeOf(await tried('prosecutor-xa', ...disclose))).toBe('cli/arguments');
    expect(await as('prosecutor-xa', ...disclose, '--message', answer)).toMatchObject({ disclosed: 1 });
    const after = await as('liaison-xc', 'message', 'list', caseId);
    expect(after).toMatchObject({ sealedToThisDevice: 1, messages: [{ messageId: answer, text: 'Page 7' }, since] });
    expect(await as('liaison-xc', 'member', 'reseal', caseId)).toMatchObject({ answered: 0 });
  }, 60_000);

  it('prolongs the certificate of a device by itself and one registrar, and it goes on as before', async () => {
    await as('prosecutor-xa', 'directory', 'export', '--out', stage.path('directory.bundle'));
    const paper = await as('prosecutor-xa', 'enrol', 'renew', '--bundle', 'directory.bundle', '--out', 'renewal.paper');
    expect(codeOf(await tried('prosecutor-xa', 'enrol', 'submit', 'renewal.paper'))).toBe('directory/threshold');
    const key = stage.path('data/demo/registrar-xa/registrar.key');
    await stage.json(['paper', 'sign', 'renewal.paper', '-k', key, '--expect', String(paper['fingerprint'])]);
    expect(await as('prosecutor-xa', 'enrol', 'submit', 'renewal.paper')).toMatchObject({ submitted: 1, size: 104 });
    await as('prosecutor-xa', 'message', 'post', caseId, '--text', 'Written under the next certificate');
    const { messages } = (await as('liaison-xc', 'message', 'list', caseId)) as Listed;
    expect(messages?.at(-1)).toMatchObject({ text: 'Written under the next certificate' });
  }, 60_000);

  it('shows an auditor who did what and why, and no content', async () => {
    const purpose = ['--purpose', 'lawfulness'];
    await as('auditor-xb', 'login');
    const { records } = (await as(
      'auditor-xb',
      'audit',
      'list',
      ...purpose,
      '--event',
      'doc.read',
      '--outcome',
      'allowed',
    )) as Listed;
    expect(records?.[0]).toMatchObject({
      event: 'doc.read',
      outcome: 'allowed',
      reason: 'trial JIT-7',
      isSigned: true,
    });
    const record = await as('auditor-xb', 'audit', 'show', String(records?.[0]?.['recordId']), ...purpose);
    expect(record['justification']).toBe('Needed for the hearing');
    const index = String(records?.[0]?.['index']);
    const byIndex = await as('auditor-xb', 'audit', 'show', index, ...purpose);
    const { recordId, justification } = record;
    expect(byIndex).toMatchObject({ recordId, justification, index: Number(index) });
    const beyond = await tried('auditor-xb', 'audit', 'show', '999999999', ...purpose);
    expect(codeOf(beyond)).toBe('cli/not-found');
    expect(record['provenInTreeOf']).toBeGreaterThan(0);
    const denied = (await as('auditor-xb', 'audit', 'list', ...purpose, '--outcome', 'denied')) as Listed;
    expect(denied['records']?.length).toBeGreaterThan(0);
    expect(codeOf(await tried('prosecutor-xa', 'audit', 'list', ...purpose))).toBe('access/refused');
  }, 60_000);

  it('verifies the live log, and keeps receipts that verify with it', async () => {
    const { server: url } = JSON.parse(await readFile(stage.path('data/demo/auditor-xa/profile.json'), 'utf8')) as {
      server: string;
    };
    await as('prosecutor-xa', 'audit', 'receipts', '--out', stage.path('receipts'));
    // To who may not see it, the log is not "missing": that would be a false alarm.
    expect(codeOf(await tried('prosecutor-xa', 'audit', 'verify', url))).toBe('cli/not-auditor');
    expect(await as('auditor-xa', 'audit', 'receipts')).toMatchObject({ overdue: [] });
    const policy = ['--policy', stage.path('data/witnesses/policy')];
    const report = await as('auditor-xa', 'audit', 'verify', url, '--receipts', stage.path('receipts'), ...policy);
    expect(report['isSound']).toBe(true);
    const [log, trust] = [stage.path('log'), stage.path('log-trust.json')];
    await as('auditor-xa', 'audit', 'verify', url, '--keep', log);
    await as('auditor-xa', 'audit', 'trust', '--out', trust);
    expect((await stage.json(['audit', 'verify', log, '--trust', trust, ...policy]))['isSound']).toBe(true);
    expect((report as Listed)['claims']?.map(({ claim, outcome }) => `${String(claim)} ${String(outcome)}`)).toEqual([
      'checkpoint holds',
      'witnesses holds',
      'tree holds',
      // Those of the proofs in the receipts.
      'earlier-heads holds',
      'leaves holds',
      'order holds',
      'receipts holds',
    ]);
  }, 60_000);

  it('enrols a further person by two registrars, and ends them again', async () => {
    const authorityId = String((await as('registrar-xa', 'login'))['authorityId']);
    const folder = stage.path('data/demo');
    const wish = [
      '--root',
      `${folder}/root.json`,
      '--authority',
      authorityId,
      '--name',
      'Nora New',
      '--post-name',
      'Prosecutor',
    ];
    const request = await stage.json(['enrol', 'request', '--profile', 'nora', ...wish, '-o', 'nora.request']);
    const key = (name: string) => `${folder}/${name}/registrar.key`;
    const certify = ['enrol', 'certify', 'nora.request', '--post-kind', 'prosecutor', '-o', 'nora.paper'];
    const paper = await stage.json([...certify, '-k', key('registrar-xa'), '--expect', String(request['fingerprint'])]);
    expect(codeOf(await tried('registrar-xa', 'enrol', 'submit', 'nora.paper'))).toBe('directory/threshold');
    const words = String(paper['fingerprint']);
    await stage.json(['paper', 'sign', 'nora.paper', '-k', key('registrar-xa-2'), '--expect', words]);
    expect(await as('registrar-xa', 'enrol', 'submit', 'nora.paper')).toMatchObject({ submitted: 2, size: 106 });

    const { server: url } = JSON.parse(await readFile(`${folder}/registrar-xa/profile.json`, 'utf8')) as {
      server: string;
    };
    const nora = await stage.json(['login', '--profile', 'nora', '--server', url]);
    expect(nora).toMatchObject({ postKind: 'prosecutor', state: 'XA' });
    await as(
      'registrar-xa',
      'directory',
      'revoke',
      '--device',
      String(nora['deviceId']),
      '--reason',
      'lost',
      '-k',
      key('registrar-xa'),
    );
    const after = await stage.run(['case', 'list', '--profile', 'nora', '--json']);
    expect(after.exitCode).toBe(1);
  }, 60_000);

  it('finds the demonstration well, and says that it is one', async () => {
    const said = await tried('prosecutor-xa', 'doctor', '--data', stage.path('data'));
    expect(said.exitCode).toBe(0);
    const { findings } = JSON.parse(said.out) as { findings: { check: string; verdict: string; says: string }[] };
    const { rootHash } = await readProfile(stage.path('data/demo/prosecutor-xa'));
    expect(findings.find(({ check }) => check === 'federation')?.says).toContain(toHex(rootHash));
    const verdicts = Object.fromEntries(findings.map(({ check, verdict }) => [check, verdict]));
    expect(verdicts).toMatchObject({
      server: 'well',
      pins: 'well',
      clock: 'well',
      federation: 'attention',
      ...{ certificates: 'well', witnesses: 'well' },
      'key store': 'attention',
    });
    const { clock } = stage;
    const inAYear = { ...clock, nowMs: () => clock.nowMs() + 365 * 24 * 3_600_000 };
    stage.clock = inAYear;
    const late = JSON.parse((await tried('prosecutor-xa', 'doctor')).out) as { findings: object[] };
    stage.clock = clock;
    expect(late.findings).toContainEqual(expect.objectContaining({ check: 'certificates', verdict: 'attention' }));
  });

  it('S03: shows what the device refused at the case, in doctor and by itself, until it is cleared', async () => {
    const concern = { kind: 'history-refused', compartmentId: caseId, code: 'chain/signature' } as const;
    const root = { name: 'rogatory', summary: 'for this test', commands: [raiseCommand(concern)] };
    const { error } = await stage.run(['raise', ...profile('prosecutor-xa')], [], { root });
    expect(error).toContain('the server showed a history that does not hold');
    expect(await as('prosecutor-xa', 'case', 'show', caseId)).toMatchObject({ alarms: [{ ...concern, times: 1 }] });
    expect((await stage.run(['case', 'show', caseId, ...profile('prosecutor-xa')])).out).toMatch(
      /^ALARM {2}.*does not hold/,
    );
    const doctor = await tried('prosecutor-xa', 'doctor');
    const { findings } = JSON.parse(doctor.out) as { findings: object[] };
    expect(doctor.exitCode).toBe(1);
    expect(findings).toContainEqual(expect.objectContaining({ check: 'alarms', verdict: 'wrong' }));
    expect(await as('prosecutor-xa', 'alarms', '--clear')).toMatchObject({ alarms: [concern], isCleared: true });
    expect(await as('prosecutor-xa', 'alarms')).toEqual({ alarms: [], isCleared: false });
  });

  it('stops when asked, starts again, and has everything still', async () => {
    expect(await server.stop()).toBe(0);
    const down = await tried('prosecutor-xa', 'case', 'list');
    expect(codeOf(down)).toBe('client/network');
    server = await DemoServer.start(stage.path('data'));
    const { cases } = (await as('prosecutor-xa', 'case', 'list')) as Listed;
    expect(cases).toMatchObject([{ title: 'Operation Lantern' }]);
  }, 60_000);

  it('says that its port is taken, and leaves nothing behind that is in the way of the next start', async () => {
    expect(await server.stop()).toBe(0);
    const other = createServer();
    await new Promise<void>((done) => other.listen(0, '127.0.0.1', done));
    const { port } = other.address() as AddressInfo;
    await expect(DemoServer.start(stage.path('data'), port)).rejects.toThrow('server/port-in-use');
    await new Promise((done) => other.close(done));
    server = await DemoServer.start(stage.path('data'), port);
    expect(await answers(`http://127.0.0.1:${port}/`)).toBe(true);
  }, 60_000);

  it('leaves neither server nor witnesses behind when it is killed', async () => {
    const { server: url } = await readProfile(stage.path('data/demo/prosecutor-xa'));
    const policy = await readFile(stage.path('data/witnesses/policy'), 'utf8');
    const witnesses = [...policy.matchAll(/^witness .* (http:\S+)$/gm)].map(([, at]) => `${String(at)}/health`);
    const answering = () => Promise.all([String(url), ...witnesses].map(answers));
    expect(await answering()).toEqual([true, true, true, true]);
    await server.kill();
    expect(await answers(String(url))).toBe(false);
    server = await DemoServer.start(stage.path('data'));
    expect(await answering()).toEqual([false, false, false, false]);
  }, 60_000);
});

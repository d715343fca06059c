import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { DemoServer } from './testing/demo-server.js';
import { type Said, Stage } from './testing/stage.js';

interface Failed {
  readonly error: { readonly code: string; readonly hint: string; readonly details: object };
}

describe('states share tasks on the command line', () => {
  let stage: Stage;
  let server: DemoServer;
  let caseId = '';
  let judge = '';
  let search = '';

  const profile = (name: string) => ['--profile', stage.path(`data/demo/${name}`)];
  const as = (name: string, ...words: readonly string[]) => stage.json([...words, ...profile(name)]);
  const told = (name: string, ...words: readonly string[]): Promise<Said> => stage.run([...words, ...profile(name)]);
  const refused = async (name: string, ...words: readonly string[]) => {
    const said = await told(name, ...words, '--json');
    return { ...(JSON.parse(said.out) as Failed).error, exitCode: said.exitCode };
  };
  /** What a person of one of the two states does with the search. */
  const does = (name: string, change: string, ...words: readonly string[]) =>
    as(name, 'task', change, caseId, search, ...words);

  beforeAll(async () => {
    stage = await Stage.open();
    server = await DemoServer.start(stage.path('data'));
    stage.passphraseFile = stage.path('data/demo/passphrase.txt');
    judge = String((await as('judge-xb', 'login'))['personId']);
    const lead = (...words: readonly string[]) => as('prosecutor-xa', ...words);
    caseId = String((await lead('case', 'create', '--title', 'Operation Harbour'))['caseId']);
    const people = { 'judge-xb': judge, 'liaison-xa': String((await as('liaison-xa', 'login'))['personId']) };
    for (const [name, role] of [
      ['judge-xb', 'contributor'],
      ['liaison-xa', 'liaison'],
    ] as const) {
      await lead('directory', 'contact', people[name], '--accept');
      const offer = ['--person', people[name], '--role', role, '--history', 'all'];
      const invitation = String((await lead('case', 'invite', caseId, ...offer))['invitationId']);
      await as(name, 'case', 'accept', invitation);
      await lead('case', 'admit', caseId, invitation);
    }
  }, 300_000);

  afterAll(async () => {
    await server?.stop();
    await stage.close();
  }, 60_000);

  it('a liaison officer proposes a task to a judge of another state, due by the clocks of a zone', async () => {
    const words = ['--title', 'Search at \u001b[2Jaddress 4', '--text', 'Secure phones first.', '--estimate', '90'];
    const steps = ['--step', 'warrant read out', '--step', 'phones seized'];
    const due = ['--due', '2037-07-01 09:30', '--zone', 'Europe/Paris'];
    const proposed = await as('liaison-xa', 'task', 'propose', caseId, '--person', judge, ...words, ...steps, ...due);
    search = String(proposed['taskId']);
    expect(proposed).toMatchObject({
      ...{ state: 'proposed', version: 1, owner: 'XA', estimateMinutes: 90 },
      due: { at: '2037-07-01T07:30:00.000Z', zone: 'Europe/Paris', local: '2037-07-01 09:30' },
      assignee: { state: 'XB', name: 'Blanca Bray, Investigating judge (XB)' },
    });
    const { out } = await told('judge-xb', 'task', 'list', caseId, '--compare');
    expect(out).toContain('2037-07-01 09:30 Europe/Paris');
    expect(out).toContain('Search at \\u{1b}[2Jaddress 4');
    const mine = await as('judge-xb', 'task', 'mine');
    expect(mine).toMatchObject({ view: 'mine', tasks: [{ caseId, taskId: search, state: 'proposed' }] });
    expect(await as('judge-xb', 'task', 'mine', '--view', 'overdue')).toMatchObject({ tasks: [] });
    expect(await as('liaison-xa', 'task', 'mine', '--view', 'awaiting')).toMatchObject({ tasks: [{ taskId: search }] });
  }, 120_000);

  it('says what is wrong with a wish, before anything is sent', async () => {
    const propose = (...words: readonly string[]) =>
      refused('liaison-xa', 'task', 'propose', caseId, '--title', 'Hearing', ...words);
    const to = ['--person', judge];
    for (const wrong of [
      [],
      [...to, '--authority', judge],
      [...to, '--due', '2037-07-01 09:30'],
      [...to, '--due', '2037-02-30 09:30', '--zone', 'Europe/Paris'],
      [...to, '--due', '2037-07-01 09:30', '--zone', 'Europe/Atlantis'],
      [...to, '--estimate', 'long'],
    ]) {
      expect(await propose(...wrong)).toMatchObject({ code: 'cli/arguments', exitCode: 2 });
    }
    expect((await propose(...to, '--after', '012345')).code).toBe('cli/not-found');
    expect((await refused('judge-xb', 'task', 'decline', caseId, search, '--reason', ' ')).code).toBe('cli/arguments');
    expect((await refused('judge-xb', 'task', 'tick', caseId, search, '7')).code).toBe('cli/arguments');
  }, 120_000);

  it('whoever acts for the other side, out of turn or on what is past is refused, with what to do', async () => {
    const change = (name: string, ...words: readonly string[]) => refused(name, 'task', ...words);
    const early = await change('liaison-xa', 'verify', caseId, search);
    expect(early).toMatchObject({ code: 'task/transition', details: { state: 'proposed' }, exitCode: 1 });
    expect((await change('liaison-xa', 'accept', caseId, search)).code).toBe('task/side');
    expect(await does('liaison-xa', 'edit', '--title', 'Search at address 5')).toMatchObject({
      ...{ version: 2, title: 'Search at address 5', text: 'Secure phones first.', estimateMinutes: 90 },
    });
    const stale = await change('judge-xb', 'accept', caseId, search, '--seen', '1');
    expect(stale).toMatchObject({ code: 'task/stale', details: { version: 2 } });
    expect(stale.hint).toContain('rogatory task show');
    const { exitCode, error } = await told('judge-xb', 'task', 'accept', caseId, search, '--seen', '1');
    expect(exitCode).toBe(1);
    expect(error).toMatch(/the task was changed since \(task\/stale\)\n {2}version: 2\nhint: somebody was faster/);
    const after = await as('judge-xb', 'task', 'show', caseId, search.slice(0, 8));
    expect(after).toMatchObject({
      state: 'proposed',
      version: 2,
      possible: ['accept', 'decline', 'hand-over', 'comment'],
    });
  }, 120_000);

  it('the judge does it, and the liaison officer verifies it; both read who did what', async () => {
    expect(await does('judge-xb', 'accept', '--seen', '2')).toMatchObject({ state: 'accepted', version: 3 });
    await does('judge-xb', 'start');
    await does('judge-xb', 'block', '--reason', 'waits for the warrant');
    expect((await told('liaison-xa', 'task', 'show', caseId, search)).out).toContain(
      'blocked, version 5: waits for the warrant',
    );
    await does('judge-xb', 'start');
    await does('judge-xb', 'tick', '2');
    await does('liaison-xa', 'comment', '--text', 'Both phones?');
    expect(await does('judge-xb', 'done')).toMatchObject({ state: 'done', doneBy: judge });
    expect(await as('liaison-xa', 'task', 'mine', '--view', 'review')).toMatchObject({ tasks: [{ taskId: search }] });
    await does('liaison-xa', 'send-back', '--reason', 'the second phone is missing');
    await does('judge-xb', 'done');
    expect(await does('liaison-xa', 'verify')).toMatchObject({ state: 'verified', version: 12 });
    const { history, steps, possible } = await as('judge-xb', 'task', 'show', caseId, search);
    expect(steps).toMatchObject([{ isDone: false }, { number: 2, text: 'phones seized', isDone: true }]);
    expect(possible).toEqual([]);
    expect(
      (history as { action: string; author: { name: string } }[]).map(({ action, author }) => [action, author.name]),
    ).toEqual([
      ['propose', 'Arno Aras'],
      ['edit', 'Arno Aras'],
      ['accept', 'Blanca Bray'],
      ['start', 'Blanca Bray'],
      ['block', 'Blanca Bray'],
      ['start', 'Blanca Bray'],
      ['check', 'Blanca Bray'],
      ['comment', 'Arno Aras'],
      ['finish', 'Blanca Bray'],
      ['sendBack', 'Arno Aras'],
      ['finish', 'Blanca Bray'],
      ['verify', 'Arno Aras'],
    ]);
    const { out } = await told('liaison-xa', 'task', 'show', caseId, search);
    expect(out).toMatch(/\n {2}8 {2}\S+Z {2}Arno Aras \(XA, liaison\) {2}commented\n {5}Both phones\?\n/);
    expect(out).toMatch(/Blanca Bray \(XB, contributor\) {2}reported done\n/);
    expect((await refused('judge-xb', 'task', 'comment', caseId, search, '--text', 'late')).code).toBe(
      'task/transition',
    );
  }, 300_000);

  it('what comes first is done first; the plan names what decides, and a declined task goes to others', async () => {
    const propose = (title: string, ...words: readonly string[]) =>
      as('liaison-xa', 'task', 'propose', caseId, '--title', title, ...words);
    const warrant = String((await propose('Warrant', '--person', judge, '--estimate', '60'))['taskId']);
    const due = ['--due', '2027-01-31T06:00', '--zone', 'Europe/Paris'];
    const second = await propose('Arrest', '--person', judge, '--estimate', '30', '--after', warrant, ...due);
    const arrest = String(second['taskId']);
    const circle = await refused('liaison-xa', 'task', 'edit', caseId, warrant, '--after', arrest);
    expect(circle.code).toBe('task/cycle');
    expect(await as('judge-xb', 'task', 'plan', caseId)).toMatchObject({
      criticalPath: [warrant, arrest],
      tasks: [
        { title: 'Warrant', latestEnd: '2027-01-31T04:30:00.000Z' },
        { title: 'Arrest', latestEnd: '2027-01-31T05:00:00.000Z' },
      ],
    });
    for (const change of ['accept', 'start']) await as('judge-xb', 'task', change, caseId, arrest);
    expect((await refused('judge-xb', 'task', 'done', caseId, arrest)).code).toBe('task/open-dependency');

    await as('judge-xb', 'task', 'decline', caseId, warrant, '--reason', 'not competent');
    const { authorityId } = await as('liaison-xa', 'directory', 'show', judge);
    const office = ['--authority', String(authorityId)];
    const again = await told('liaison-xa', 'task', 'assign', caseId, warrant, ...office);
    expect(again.out).toContain('Warrant: assigned anew. Now proposed, version 3.');
    expect(again.out).toContain('It is for Public Prosecution Office against Organised Crime of');
    const post = ['--person', judge];
    expect(await as('judge-xb', 'task', 'hand-over', caseId, warrant, ...post)).toMatchObject({ state: 'proposed' });
    const own = String((await as('liaison-xa', 'login'))['personId']);
    expect((await refused('judge-xb', 'task', 'hand-over', caseId, warrant, '--person', own)).code).toBe(
      'cli/arguments',
    );
    expect(await as('liaison-xa', 'task', 'cancel', caseId, warrant, '--reason', 'solved')).toMatchObject({
      ...{ state: 'cancelled', reason: 'solved' },
    });
    expect(await as('judge-xb', 'task', 'done', caseId, arrest)).toMatchObject({ state: 'done' });
    expect(await as('liaison-xa', 'task', 'list', caseId, '--open')).toMatchObject({ tasks: [{ taskId: arrest }] });
  }, 300_000);
});

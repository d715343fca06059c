import { writeFile } from 'node:fs/promises';
import { execFileSync, spawnSync } from 'node:child_process';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { rootCommand } from '../commands/root.command.js';
import { Stage } from '../testing/stage.js';
import { type CommandSpec, optionsOf } from './command-spec.js';
import { hintFor } from './hints.js';

/** Every command with the words that lead to it. */
function commandsOf(spec: CommandSpec, path: readonly string[] = []): [string, CommandSpec][] {
  const own: [string, CommandSpec][] = spec.run === undefined ? [] : [[path.join(' '), spec]];
  return [...own, ...(spec.commands ?? []).flatMap((child) => commandsOf(child, [...path, child.name]))];
}

const commands = commandsOf(rootCommand);

describe('the command tree', () => {
  let stage: Stage;

  beforeAll(async () => {
    stage = await Stage.open();
  });

  afterAll(() => stage.close());

  it.each(commands.map(([name]) => name))('offers --json and --help on "%s"', async (name) => {
    const said = await stage.run([...name.split(' '), '--help']);
    expect(said.exitCode).toBe(0);
    expect(said.out).toContain(`rogatory ${name}`);
    expect(said.out).toContain('--json');
  });

  it.each(commands)('takes no secret on the command line of "%s"', (_, spec) => {
    const flags = optionsOf(spec).map(({ flags: text }) => text);
    expect(flags.filter((text) => /pass|secret|token|seed/.test(text) && !text.endsWith('<file>'))).toEqual([]);
  });

  it('has every command that acts as a device take a profile', () => {
    const acting = commands.filter(([, { needsProfile }]) => needsProfile).map(([name]) => name);
    expect(acting.length).toBeGreaterThan(40);
    expect(acting.every((name) => !name.startsWith('federation'))).toBe(true);
  });
});

describe('a call that cannot work', () => {
  let stage: Stage;

  beforeAll(async () => {
    stage = await Stage.open();
  });

  afterAll(() => stage.close());

  it.each([
    [['case', 'create'], 'cli/arguments'],
    [['case', 'nonsense'], 'cli/arguments'],
    [['case'], 'cli/arguments'],
    [['document', 'get', 'abcdef', 'abcdef', '--justification', 'x', '--legal-basis', 'curiosity'], 'cli/arguments'],
    [['case', 'list'], 'cli/no-profile'],
    [['case', 'list', '--profile', 'nowhere'], 'cli/no-profile'],
    [['access', 'explain', 'mutation.readEverything'], 'cli/arguments'],
    [['federation', 'init', '--threshold', '1', '--key', 'a', '--key', 'b', '--out', 'x'], 'cli/file-access'],
    [['completion', 'powershell'], 'cli/arguments'],
    [['serve'], 'config/invalid'],
    [['federation', 'show', 'nowhere.bundle'], 'cli/file-access'],
  ])('answers %j with one document, a code and a hint', async (words, code) => {
    const said = await stage.run([...words, '--json']);
    expect(said.exitCode).toBe(code === 'cli/file-access' ? 1 : 2);
    expect(JSON.parse(said.out)).toMatchObject({ error: { code, hint: expect.any(String) } });
    expect(said.error).toContain('hint: ');
  });

  it('asks for the command that is missing, and not about its options', async () => {
    const said = await stage.run(['case', '--json']);
    expect(JSON.parse(said.out)).toMatchObject({ error: { details: { reason: 'name a command' } } });
  });

  it('has a hint for every family of failure', () => {
    for (const family of ['usage', 'refused', 'verification', 'codec', 'unavailable', 'internal'] as const)
      expect(hintFor('other/code', family)).toMatch(/docs\/errors\.md|rogatory doctor/);
    expect(hintFor('cli/arguments', 'usage')).not.toBe(hintFor('other/code', 'usage'));
    expect(hintFor('cli/server-start', 'refused', 'audit/log-set-back')).toContain('audit recover');
    expect(hintFor('cli/server-start', 'refused', 'toString')).toBe(hintFor('cli/server-start', 'refused'));
  });

  it('says that it was stopped, whatever the work failed with then', async () => {
    const stop = new AbortController();
    const failing: CommandSpec = {
      name: 'rogatory',
      summary: 'x',
      run: () => {
        stop.abort();
        return Promise.reject(new DOMException('aborted', 'AbortError'));
      },
    };
    const said = await stage.run(['--json'], [], { root: failing, signal: stop.signal });
    expect(said.exitCode).toBe(130);
    expect(JSON.parse(said.out)).toMatchObject({ error: { code: 'cli/stopped', hint: expect.any(String) } });
  });

  it('lists all faults of a configuration at once', async () => {
    const said = await stage.run(['serve', '--json']);
    const { error } = JSON.parse(said.out) as { error: { faults: { setting: string }[] } };
    const settings = error.faults.map(({ setting }) => setting);
    expect(settings).toEqual(expect.arrayContaining(['profile', 'dataFolder', 'publicUrl', 'federation.rootFile']));
  });

  it('refuses a passphrase that is too short or typed differently', async () => {
    const words = ['keys', 'new', '--kind', 'root', '--label', 'x', '--out', 'x.key'];
    expect((await stage.run(words, ['short', 'short'])).error).toContain('cli/passphrase-mismatch');
    expect((await stage.run(words, ['a long passphrase', 'another passphrase'])).error).toContain(
      'cli/passphrase-mismatch',
    );
  });
});

describe('the policy on the command line', () => {
  let stage: Stage;

  beforeAll(async () => {
    stage = await Stage.open();
  });

  afterAll(() => stage.close());

  it.each([
    [['mutation.addDocument', '--post-kind', 'judge', '--role', 'contributor'], true],
    [['mutation.addDocument', '--post-kind', 'judge', '--role', 'reader'], false],
    [['mutation.addDocument', '--post-kind', 'judge'], false],
    [['query.auditRecords', '--post-kind', 'auditor'], true],
    [['query.auditRecords', '--post-kind', 'prosecutor'], false],
    [['query.cases'], false],
    [['query.server'], true],
  ])('explains %j', async (words, isAllowed) => {
    expect(await stage.json(['access', 'explain', ...words])).toMatchObject({ isAllowed });
  });

  it('prints operations and roles', async () => {
    const { out } = await stage.run(['access', 'list']);
    expect(out).toContain('mutation.openDocument');
    expect(out).toContain('| act | lead |');
    const { roles } = (await stage.json(['access', 'list'])) as { roles: Record<string, string[]> };
    expect(roles['reader']).toContain('acknowledge');
    expect(roles['reader']).not.toContain('post');
    expect(roles['lead']).toContain('disclose');
  });
});

describe('completion', () => {
  let stage: Stage;

  beforeAll(async () => {
    stage = await Stage.open();
  });

  afterAll(() => stage.close());

  /** What bash would offer after these words. */
  async function offered(words: readonly string[]): Promise<string[]> {
    const { out } = await stage.run(['completion', 'bash']);
    const list = words.map((word) => `'${word}'`).join(' ');
    const script = `${out}\nCOMP_WORDS=(${list})\nCOMP_CWORD=${words.length - 1}\n_rogatory\nprintf '%s\\n' "\${COMPREPLY[@]}"`;
    await writeFile(stage.path('completion.bash'), script);
    return execFileSync('bash', [stage.path('completion.bash')], { encoding: 'utf8' })
      .trim()
      .split('\n');
  }

  const hasBash = spawnSync('bash', ['--version']).status === 0;
  (hasBash ? it : it.skip)('offers commands and options where they belong, in a real bash', async () => {
    expect(await offered(['rogatory', 'do'])).toEqual(['document', 'doctor']);
    expect(await offered(['rogatory', 'case', 're'])).toEqual(['revoke-invitation', 'reopen']);
    expect(await offered(['rogatory', 'document', 'get', '--j'])).toEqual(['--justification', '--json']);
    expect(await offered(['rogatory', 'document', '--j'])).toEqual(['']);
  });

  it.each(['zsh', 'fish'])('knows every command in %s', async (shell) => {
    const { out } = await stage.run(['completion', shell]);
    for (const [name] of commands) expect(out).toContain(name.split(' ').at(-1));
  });
});

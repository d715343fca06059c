import { readFile, writeFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { systemRandom } from '@rogatory/kernel';
import { floorPassphraseCost } from '@rogatory/crypto/passphrase';
import { verifyBundle } from './bundle.js';
import { encodeKeyFile, encodePublicKeyFile, type KeyKind, newKeyFile, newLock } from './key-file.js';
import { Stage } from '../testing/stage.js';

const PASSPHRASE = 'a passphrase of the test';

describe('a ceremony of holders who work apart', () => {
  let stage: Stage;
  let officeId = '';

  /** As `keys new`, at the cheapest cost that is accepted. */
  async function key(kind: KeyKind, name: string): Promise<void> {
    const lock = await newLock(PASSPHRASE, floorPassphraseCost, systemRandom);
    const file = newKeyFile({ kind, label: name }, lock, systemRandom);
    await writeFile(stage.path(`${name}.key`), encodeKeyFile(file));
    await writeFile(stage.path(`${name}.pub`), encodePublicKeyFile(file));
  }

  async function wordsOf(paper: string): Promise<string> {
    const { fingerprint } = await stage.json(['paper', 'show', paper]);
    return String(fingerprint);
  }

  async function sign(paper: string, holder: string, more: readonly string[] = []) {
    return stage.run(['paper', 'sign', paper, '--key', `${holder}.key`, '--expect', await wordsOf(paper), ...more]);
  }

  beforeAll(async () => {
    stage = await Stage.open();
    await writeFile(stage.path('passphrase'), `${PASSPHRASE}\n`);
    stage.passphraseFile = stage.path('passphrase');
    for (const name of ['root-1', 'root-2', 'root-3', 'stranger']) await key('root', name);
    for (const name of ['reg-1', 'reg-2', 'body-reg-1', 'body-reg-2']) await key('registrar', name);
    await key('oversight', 'body');
    const keys = ['root-1', 'root-2', 'root-3'].flatMap((name) => ['--key', `${name}.pub`]);
    await stage.json(['federation', 'init', '--threshold', '2', ...keys, '--out', 'root.paper']);
  });

  afterAll(() => stage.close());

  it('makes a root that two of three holders signed on copies of their own', async () => {
    expect((await sign('root.paper', 'root-1', ['--out', 'root.1'])).exitCode).toBe(0);
    const early = await stage.run(['paper', 'assemble', 'root.1', '--bundle', 'dir.bundle', '--json']);
    expect(early.exitCode).toBe(1);
    expect(JSON.parse(early.out)).toMatchObject({
      error: { code: 'cli/signatures-missing', details: { present: 1, needed: 2 } },
    });

    expect((await sign('root.paper', 'root-3', ['--out', 'root.3'])).exitCode).toBe(0);
    const outputs = ['--root-out', 'root.json', '--entry-out', 'root.entry'];
    const made = await stage.json(['federation', 'assemble', 'root.1', 'root.3', '--bundle', 'dir.bundle', ...outputs]);
    expect(made).toMatchObject({ size: 1, added: 1 });
    const { bundle } = verifyBundle(await readFile(stage.path('dir.bundle')));
    expect(await readFile(stage.path('root.entry'))).toEqual(Buffer.from(bundle.entries[0]!));
  });

  it('shows the same words to every holder, before and after signing', async () => {
    expect(await wordsOf('root.1')).toBe(await wordsOf('root.paper'));
    expect(await wordsOf('root.3')).toBe(await wordsOf('root.paper'));
  });

  it('signs nothing whose words were not compared', async () => {
    const wrong = 'abandon ability able about above absent absorb abstract absurd abuse';
    const said = await stage.run(['paper', 'sign', 'root.paper', '-k', 'root-2.key', '--expect', wrong, '--json']);
    expect(said.exitCode).toBe(1);
    expect(JSON.parse(said.out)).toMatchObject({ error: { code: 'cli/not-confirmed' } });
    expect(JSON.parse(await readFile(stage.path('root.paper'), 'utf8'))).toMatchObject({ parts: [{ signatures: [] }] });
  });

  it('refuses a holder who is not on the list when the paper is assembled', async () => {
    await sign('root.paper', 'root-1', ['--out', 'foreign.1']);
    await sign('foreign.1', 'stranger');
    const said = await stage.run(['paper', 'assemble', 'foreign.1', '--bundle', 'foreign.bundle', '--json']);
    expect(JSON.parse(said.out)).toMatchObject({ error: { code: 'cli/wrong-holder' } });
    await expect(readFile(stage.path('foreign.bundle'))).rejects.toThrow('ENOENT');
  });

  it('refuses a registrar under a root file, and a second signature of one key', async () => {
    const registrar = await sign('root.paper', 'reg-1');
    expect(registrar.exitCode).toBe(1);
    expect(registrar.error).toContain('cli/wrong-holder');
    const twice = await sign('root.1', 'root-1');
    expect(twice.error).toContain('cli/wrong-holder');
  });

  it('refuses a wrong passphrase and leaves the paper as it was', async () => {
    await writeFile(stage.path('wrong'), 'another passphrase\n');
    const before = await readFile(stage.path('root.paper'), 'utf8');
    const said = await sign('root.paper', 'root-2', ['--passphrase-file', 'wrong']);
    expect(said.exitCode).toBe(1);
    expect(said.error).toContain('crypto/open');
    expect(said.error).toContain('hint: the passphrase is wrong');
    expect(await readFile(stage.path('root.paper'), 'utf8')).toBe(before);
  });

  it.each([
    [
      'a threshold in the readable half',
      (text: string) => text.replace('"threshold": 2', '"threshold": 3'),
      'cli/tampered',
    ],
    [
      'a fingerprint word',
      (text: string) => text.replace(/"fingerprint": "\w+ /, '"fingerprint": "abandon '),
      'cli/tampered',
    ],
    ['a bit of the body', flipped('body'), 'cli/'],
    ['a bit of a signature', flipped('signature'), 'crypto/signature'],
    [
      'a field that nobody knows',
      (text: string) => text.replace('"format"', '"note": "hello",\n  "format"'),
      'cli/file-format',
    ],
    ['the end', (text: string) => text.slice(0, -20), 'cli/file-format'],
  ])('refuses a paper with %s changed', async (_, change, code) => {
    const text = await readFile(stage.path('root.1'), 'utf8');
    const changed = change(text);
    expect(changed).not.toBe(text);
    await writeFile(stage.path('changed'), changed);
    const said = await stage.run(['paper', 'show', 'changed']);
    expect(said.exitCode).toBe(1);
    expect(said.error).toContain(code);
  });

  it('admits an oversight body, and an authority that it reviews', async () => {
    const body = [
      '--name',
      'Oversight Body',
      '--state',
      'AA',
      '--kind',
      'oversightBody',
      '--oversight-key',
      'body.pub',
    ];
    await stage.json([
      'federation',
      'admit',
      '--bundle',
      'dir.bundle',
      ...body,
      ...registrars('body-reg'),
      '-o',
      'body.paper',
    ]);
    await bothRootHoldersSign('body.paper');
    const shown = await stage.json(['federation', 'show', 'dir.bundle']);
    const bodyId = (shown['authorities'] as { authorityId: string }[])[0]!.authorityId;

    const facts = [
      '--name',
      'Prosecution Office',
      '--state',
      'AA',
      '--kind',
      'prosecutionOffice',
      '--instrument',
      'EIO',
    ];
    const by = ['--oversight', bodyId, '--language', 'en'];
    await stage.json([
      'federation',
      'admit',
      '--bundle',
      'dir.bundle',
      ...facts,
      ...by,
      ...registrars('reg'),
      '-o',
      'office.paper',
    ]);
    await bothRootHoldersSign('office.paper');
    const after = await stage.json(['federation', 'show', 'dir.bundle']);
    officeId = (after['authorities'] as { authorityId: string }[])[1]!.authorityId;
    expect(after['size']).toBe(3);
  });

  it('enrols the first registrar by two registrar keys', async () => {
    const wish = [
      '--root',
      'root.json',
      '--authority',
      officeId,
      '--name',
      'Rita Registrar',
      '--post-name',
      'First registrar',
    ];
    const request = await stage.json(['enrol', 'request', '--profile', 'rita', ...wish, '-o', 'rita.request']);
    const words = String(request['fingerprint']);
    const certify = [
      'enrol',
      'certify',
      'rita.request',
      '-k',
      'reg-1.key',
      '--post-kind',
      'registrar',
      '-o',
      'rita.paper',
    ];
    const unread = await stage.run([...certify, '--expect', 'not the words']);
    expect(unread.error).toContain('cli/not-confirmed');
    await stage.json([...certify, '--expect', words]);

    const alone = await stage.run(['paper', 'assemble', 'rita.paper', '--bundle', 'dir.bundle']);
    expect(alone.error).toContain('directory/threshold');
    expect((await sign('rita.paper', 'reg-2')).exitCode).toBe(0);
    expect(await stage.json(['paper', 'assemble', 'rita.paper', '--bundle', 'dir.bundle'])).toMatchObject({
      size: 5,
      added: 2,
    });
    const people = await stage.json(['federation', 'show', 'dir.bundle']);
    const office = (people['authorities'] as { persons: unknown[] }[])[1]!;
    expect(office.persons).toEqual([{ personId: request['personId'], postKind: 'registrar', devices: 1 }]);
  });

  it('replaces the root by one that holders of both signed', async () => {
    await key('root', 'root-4');
    const keys = ['root-2', 'root-3', 'root-4'].flatMap((name) => ['--key', `${name}.pub`]);
    await stage.json([
      'federation',
      'succeed',
      '--bundle',
      'dir.bundle',
      '--threshold',
      '2',
      ...keys,
      '-o',
      'next.paper',
    ]);
    await sign('next.paper', 'root-4');
    await sign('next.paper', 'root-2');
    const early = await stage.run(['paper', 'assemble', 'next.paper', '--bundle', 'dir.bundle']);
    expect(early.error).toContain('cli/signatures-missing');
    await sign('next.paper', 'root-1');
    const before = await stage.json(['federation', 'show', 'dir.bundle']);
    expect((await stage.run(['paper', 'assemble', 'next.paper', '--bundle', 'dir.bundle'])).error).toBe('');
    const after = await stage.json(['federation', 'show', 'dir.bundle']);
    expect(after['size']).toBe(Number(before['size']) + 1);
    expect(after['rootHash']).toBe(before['rootHash']);
  });

  it('refuses a directory whose entries were reordered or changed', async () => {
    const bytes = new Uint8Array(await readFile(stage.path('dir.bundle')));
    bytes[bytes.length - 5]! ^= 1;
    await writeFile(stage.path('changed.bundle'), bytes);
    const said = await stage.run(['federation', 'show', 'changed.bundle']);
    expect(said.exitCode).toBe(1);
  });

  it('overwrites no file that is there', async () => {
    const keys = ['root-1', 'root-2'].flatMap((name) => ['--key', `${name}.pub`]);
    const said = await stage.run(['federation', 'init', '--threshold', '2', ...keys, '--out', 'root.paper']);
    expect(said.error).toContain('cli/exists');
  });

  function registrars(prefix: string): string[] {
    return ['--threshold', '2', '--registrar', `${prefix}-1.pub`, '--registrar', `${prefix}-2.pub`];
  }

  async function bothRootHoldersSign(paper: string): Promise<void> {
    await sign(paper, 'root-1');
    await sign(paper, 'root-2');
    await stage.json(['federation', 'assemble', paper, '--bundle', 'dir.bundle']);
  }
});

/** One bit of the first base64 field of this name is another. */
function flipped(field: string): (text: string) => string {
  return (text) =>
    text.replace(new RegExp(`"${field}": "([^"]+)"`), (_, value: string) => {
      const bytes = Buffer.from(value, 'base64');
      bytes[20]! ^= 1;
      return `"${field}": "${bytes.toString('base64')}"`;
    });
}

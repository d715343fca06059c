import { describe, expect, it } from '@jest/globals';
import { RogatoryError, utf8 } from '@rogatory/kernel';
import { addCosignatures, cosignCheckpoint, openCheckpoint, signCheckpoint } from './checkpoint.js';
import { evaluateQuorum, openPolicyCheckpoint, verifyCheckpoint } from './policy.js';
import { parsePolicy } from './policy-parsing.js';
import { testingSigner } from './testing/memory-log.js';
import { encodeVerifierKey, keyTypes } from './verifier-key.js';

function code(run: () => unknown): string | undefined {
  try {
    run();
    return undefined;
  } catch (error) {
    return error instanceof RogatoryError ? String(error.code) : 'not a typed error';
  }
}

const log = testingSigner('log.example/audit', keyTypes.log, 1);
const names = ['X1', 'X2', 'X3', 'Y1', 'Y2', 'Y3'] as const;
const witnesses = names.map((name, i) => testingSigner(`${name}.example`, keyTypes.cosignature, 10 + i));
const vkey = (i: number): string => encodeVerifierKey(witnesses[i]!.key);
const logLine = `log ${encodeVerifierKey(log.key)}\n`;
const witnessLines = names.map((name, i) => `witness ${name} ${vkey(i)}\n`).join('');
const example = `# two organisations\n${logLine}\n${witnessLines}
group X-witnesses 2 X1 X2 X3
group Y-witnesses any Y1 Y2 Y3
\t group  X-and-Y\tall X-witnesses Y-witnesses \n  # comment\nquorum X-and-Y\n`;

async function cosigned(by: readonly number[], timeSeconds = 1_700_000_000): Promise<Uint8Array> {
  const origin = log.key.name;
  const bytes = await signCheckpoint({ origin, size: 3, root: new Uint8Array(32).fill(1) }, [log]);
  const open = openCheckpoint(bytes, { origin, logKeys: [log.key] });
  const lines = await Promise.all(by.map((i) => cosignCheckpoint(open, witnesses[i]!, timeSeconds)));
  return addCosignatures(
    open,
    lines,
    witnesses.map(({ key }) => key),
  );
}

describe('the example of tlog-policy', () => {
  const policy = parsePolicy(utf8(example));

  it('is read', () => {
    expect(policy.logs).toHaveLength(1);
    expect(policy.witnesses.map(({ name }) => name)).toEqual(names);
    expect(policy.groups).toMatchObject([{ threshold: 2 }, { threshold: 1 }, { threshold: 2 }]);
    expect(policy.quorum).toBe('X-and-Y');
  });

  it.each([
    [[0, 1, 3], true],
    [[0, 2, 5], true],
    [[0, 1, 2, 3, 4, 5], true],
    [[0, 3, 4, 5], false],
    [[0, 1, 2], false],
    [[3], false],
    [[], false],
  ] as [number[], boolean][])('cosigned by %j: %s', async (by, fulfilled) => {
    const bytes = await cosigned(by);
    const verdict = evaluateQuorum(openPolicyCheckpoint(bytes, policy), policy);
    expect(verdict.fulfilled).toBe(fulfilled);
    expect(verdict.witnesses.map(({ name }) => name)).toEqual(by.map((i) => names[i]));
    expect(code(() => verifyCheckpoint(bytes, policy))).toBe(fulfilled ? undefined : 'tlog/quorum');
  });

  it('can ask for times', async () => {
    const bytes = await cosigned([0, 1, 3], 1_700_000_000);
    expect(verifyCheckpoint(bytes, policy, { notAfterSeconds: 1_700_000_000 }).size).toBe(3);
    expect(code(() => verifyCheckpoint(bytes, policy, { notAfterSeconds: 1_699_999_999 }))).toBe('tlog/quorum');
    expect(code(() => verifyCheckpoint(bytes, policy, { notBeforeSeconds: 1_700_000_001 }))).toBe('tlog/quorum');
    expect(evaluateQuorum(openPolicyCheckpoint(bytes, policy), policy).latestSeconds).toBe(1_700_000_000);
  });

  it('knows no other log', async () => {
    const other = testingSigner('log.example/other', keyTypes.log, 1);
    const bytes = await signCheckpoint({ origin: other.key.name, size: 3, root: new Uint8Array(32) }, [other]);
    expect(code(() => verifyCheckpoint(bytes, policy))).toBe('tlog/origin');
    const forged = testingSigner('log.example/audit', keyTypes.log, 99);
    const bad = await signCheckpoint({ origin: forged.key.name, size: 3, root: new Uint8Array(32) }, [forged]);
    expect(code(() => verifyCheckpoint(bad, policy))).toBe('tlog/unknown-signer');
  });
});

describe('policy files', () => {
  it.each([
    ['no witness', `${logLine}quorum none\n`],
    ['no log', 'quorum none\n'],
    ['one witness as quorum', `witness w ${vkey(0)}\nquorum w\n`],
    [
      'URLs',
      `log ${encodeVerifierKey(log.key)} https://log.example/\nwitness w ${vkey(0)} https://w.example/\nquorum w\n`,
    ],
    ['names of other octets', `witness ł ${vkey(0)}\nquorum ł\n`],
  ])('%s is fine', (_, text) => {
    expect(code(() => parsePolicy(utf8(text)))).toBeUndefined();
  });

  it('quorum none asks for the log alone', async () => {
    const policy = parsePolicy(utf8(`${logLine}quorum none\n`));
    expect(verifyCheckpoint(await cosigned([]), policy).size).toBe(3);
  });

  it.each([
    ['no quorum', logLine],
    ['two quorums', 'quorum none\nquorum none\n'],
    ['a cut last line', `witness w ${vkey(0)}\nquorum w`],
    ['nothing', ''],
    ['an unknown keyword', 'quorum none\nmirror x\n'],
    ['an unknown quorum', 'quorum w\n'],
    ['a quorum before its witness', `quorum w\nwitness w ${vkey(0)}\n`],
    ['a duplicate name', `witness w ${vkey(0)}\nwitness w ${vkey(1)}\nquorum w\n`],
    ['a witness named none', `witness none ${vkey(0)}\nquorum none\n`],
    ['a duplicate witness key', `witness w ${vkey(0)}\nwitness v ${vkey(0)}\nquorum w\n`],
    ['a duplicate log', `${logLine}${logLine}quorum none\n`],
    [
      'a key under two names',
      `witness w ${vkey(0)}\nwitness v ${encodeVerifierKey(testingSigner('other.example', keyTypes.cosignature, 10).key)}\nquorum w\n`,
    ],
    [
      'a key as log and witness',
      `log ${encodeVerifierKey(testingSigner('l.example', keyTypes.log, 10).key)}\nwitness w ${vkey(0)}\nquorum w\n`,
    ],
    ['a log key as witness', `witness w ${encodeVerifierKey(log.key)}\nquorum w\n`],
    ['a witness key as log', `log ${vkey(0)}\nquorum none\n`],
    ['a group of none', `witness w ${vkey(0)}\ngroup g any none\nquorum g\n`],
    ['an empty group', `witness w ${vkey(0)}\ngroup g any\nquorum w\n`],
    ['a group of itself', 'group g any g\nquorum g\n'],
    ['a group of a later one', `witness w ${vkey(0)}\ngroup g any h\ngroup h any w\nquorum g\n`],
    ['a member twice in a group', `witness w ${vkey(0)}\ngroup g 2 w w\nquorum g\n`],
    ['a member of two groups', `witness w ${vkey(0)}\ngroup g any w\ngroup h any w\nquorum g\n`],
    ['threshold 0', `witness w ${vkey(0)}\ngroup g 0 w\nquorum g\n`],
    ['threshold 2 of 1', `witness w ${vkey(0)}\ngroup g 2 w\nquorum g\n`],
    ['threshold 01', `witness w ${vkey(0)}\ngroup g 01 w\nquorum g\n`],
    ['a superfluous item', `witness w ${vkey(0)} https://w.example/ more\nquorum w\n`],
    ['a carriage return', 'quorum none\r\n'],
    ['a delete character', '# \u007f\nquorum none\n'],
    ['a huge file', `${'# x\n'.repeat(70_000)}quorum none\n`],
    [
      'too many logs',
      `${Array.from({ length: 65 }, (_, i) => `log ${encodeVerifierKey(testingSigner(`l${i}`, keyTypes.log, 60 + i).key)}\n`).join('')}quorum none\n`,
    ],
  ])('%s is refused', (_, text) => {
    expect(code(() => parsePolicy(utf8(text)))).toBe('tlog/policy');
  });

  it('an unknown key type is refused, not skipped', () => {
    const unknown = 'PeterNeumann+173116ae+ZRpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW';
    expect(code(() => parsePolicy(utf8(`witness w ${unknown}\nquorum none\n`)))).toBe('tlog/key-type');
    expect(code(() => parsePolicy(utf8('witness w +++\nquorum none\n')))).toBe('tlog/key');
  });

  it('holds 32 logs, 32 witnesses and 32 groups, and 128 witnesses in one quorum', () => {
    const many = (count: number, line: (i: number) => string): string =>
      Array.from({ length: count }, (_, i) => line(i)).join('');
    const witness = (i: number): string =>
      `witness w${i} ${encodeVerifierKey(testingSigner(`w${i}.example`, keyTypes.cosignature, 100 + i).key)}\n`;
    const logs = many(
      32,
      (i) => `log ${encodeVerifierKey(testingSigner(`l${i}.example`, keyTypes.log, 40 + i).key)}\n`,
    );
    const groups = many(32, (i) => `group g${i} any w${i}\n`);
    expect(parsePolicy(utf8(`${logs}${many(32, witness)}${groups}quorum g31\n`)).groups).toHaveLength(32);
    const members = Array.from({ length: 128 }, (_, i) => `w${i}`).join(' ');
    expect(parsePolicy(utf8(`${many(128, witness)}group all 86 ${members}\nquorum all\n`)).witnesses).toHaveLength(128);
  });
});

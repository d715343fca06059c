/**
 * E10: lies generated from the schema, one at each answer of each session, are refused or harmless.
 * Honest sessions of every part of the SDK are recorded at a real server, on devices whose clock stands still and whose
 * randomness is seeded, so that each can be played again to the byte. Then each is played again with one lie in it. What the
 * person sees must be the truth, a typed error, a word that only the server can have, or an earlier state that the device has
 * no sign against; and nothing that the client sends beside the honest session may hold plaintext, keys or boxes for
 * strangers. 300 lies by name, 10,200 with `--long`; `ROGATORY_E10_LIES` sets another number,
 * `ROGATORY_E10_TAKE` picks one session.
 */
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { onEmbedded } from '../world/engines.js';
import { World } from '../world/world.js';
import { Canaries } from './canaries.js';
import { Corpus } from './e10/corpus.js';
import { afterLie, lieAt, type LyingParts, type Outcome } from './e10/lying.js';
import { type Mutation, mutationsOf } from './e10/mutations.js';
import { ReplayTransport } from './e10/replay-transport.js';
import { type AnswerFields, answerFields } from './e10/schema-fields.js';
import { notReached } from './e10/reach.js';
import { recordSessions } from './e10/sessions.js';
import { replay, type Studio, type Take } from './e10/studio.js';
import { serversWords } from './e10/verdict.js';
import { hurry } from './e10/ways.js';
import { isLong, report } from './report.js';
import { Seeded } from './seeded.js';

const seed = 20_261_124;
const wanted = Number(process.env['ROGATORY_E10_LIES'] ?? (isLong ? 10_200 : 300));
const afterwards = new Set(['first contact', 'read for the first time', 'read what is new', 'download', 'accept']);

let world: World;
let studio: Studio;
let fields: AnswerFields;
let all: readonly Mutation[];
let outcomes: readonly Outcome[];
let parts: LyingParts;
let secondLooks = 0;

const takeOf = (name: string): Take => {
  const take = studio.takes.find((recorded) => recorded.name === name);
  if (take === undefined) throw new Error(`no session ${name}`);
  return take;
};

beforeAll(async () => {
  world = await World.start(await onEmbedded());
  const canaries = new Canaries('E10');
  studio = await recordSessions(world, canaries, seed);
  hurry();
  fields = answerFields();
  for (const { content } of world.devices.values()) {
    const seeds = {
      'signing seed': content.signingSeed,
      'kem seed': content.kemSeed,
      'state key': content.localStateKey,
    };
    for (const [name, secret] of Object.entries(seeds)) {
      secret.use((bytes) => canaries.watch(`${name} of ${content.deviceId}`, bytes.slice()));
    }
  }
  const members = ['prosecutor-xa', 'judge-xb', 'liaison-xc'];
  const verified = new Set(members.map((profile) => world.keysOf(profile).deviceId as string));
  parts = { canaries, stranger: world.keysOf('judge-xc'), verified };
}, 180_000);
afterAll(() => world.stop());

it('an honest session plays again to the byte, so that a difference is the lie’s', async () => {
  const tookMs: Record<string, string> = {};
  for (const take of studio.takes) {
    const transport = new ReplayTransport(take.origin, take.exchanges);
    const startedAt = performance.now();
    const seen = await replay(take, transport);
    tookMs[take.name] = `${Math.round(performance.now() - startedAt)} ms, ${take.exchanges.length} answers`;
    expect([take.name, transport.departures.map(({ operation }) => operation)]).toEqual([take.name, []]);
    expect([take.name, seen]).toEqual([take.name, take.seen]);
  }
  report('honest sessions played again', tookMs);
}, 60_000);

it(
  `every lie is refused with a typed error, or shows nothing but the truth`,
  async () => {
    all = generated();
    const chosen = spread(all, wanted);
    const done: Outcome[] = [];
    for (const mutation of chosen) done.push(await lieAt(takeOf(mutation.take), mutation, parts));
    outcomes = done;
    const broken = outcomes.flatMap(({ mutation: { id }, verdict }) =>
      verdict.kind === 'broken' ? [`${id}: ${verdict.why}`] : [],
    );
    expect(broken).toEqual([]);
  },
  60_000 + wanted * 1_000,
);

it('no plaintext, no key, and no key box for a stranger leaves a client under a lie', () => {
  expect(outcomes.flatMap(({ mutation: { id }, escapes }) => escapes.map((escape) => `${id}: ${escape}`))).toEqual([]);
  const control = Buffer.from(JSON.stringify({ item: Buffer.from(parts.canaries.text('title')).toString('base64') }));
  expect(parts.canaries.search('control', control).length).toBeGreaterThan(0);
});

it(
  'a lie does not stay: told the truth afterwards, the device shows the truth or refuses',
  async () => {
    const looks = outcomes.filter(({ mutation: { take } }) => afterwards.has(take));
    const chosen = looks.filter((_, n) => n % Math.max(1, Math.floor(looks.length / (wanted / 10))) === 0);
    const broken: string[] = [];
    for (const { mutation } of chosen) {
      const verdict = await afterLie(takeOf(mutation.take), mutation);
      if (verdict.kind === 'broken') broken.push(`${mutation.id}: ${verdict.why}`);
    }
    secondLooks = chosen.length;
    expect(broken).toEqual([]);
    expect(secondLooks).toBeGreaterThan(0);
  },
  60_000 + wanted * 1_000,
);

it('reports', () => {
  const operations = new Set(outcomes.map(({ mutation: { operation } }) => operation));
  const untouched = [...fields.keys()].filter((operation) => !all.some((mutation) => mutation.operation === operation));
  if (process.env['ROGATORY_E10_TAKE'] === undefined) {
    expect(untouched.toSorted()).toEqual(Object.keys(notReached).toSorted());
  }
  const touched = new Set(all.map(({ operation, field }) => `${operation} ${field}`));
  const known = [...fields].flatMap(([operation, paths]) => [...paths.keys()].map((path) => `${operation} ${path}`));
  const kinds = (kind: string): number => outcomes.filter(({ verdict }) => verdict.kind === kind).length;
  const codes = new Set(outcomes.flatMap(({ verdict }) => (verdict.kind === 'refused' ? [verdict.code] : [])));
  report(`lies at recorded sessions, seed ${seed}`, {
    'sessions recorded': studio.takes.length,
    'answers in them': studio.takes.reduce((sum, { exchanges }) => sum + exchanges.length, 0),
    'operations of the SDK lied about': `${operations.size}, not reached: ${untouched.join(', ') || 'none'}`,
    'fields of the schema lied about': `${known.filter((field) => touched.has(field)).length} of ${known.length}`,
    'distinct lies generated': all.length,
    'distinct lies played': new Set(outcomes.map(({ mutation: { id } }) => id)).size,
    'refused with a typed error': `${kinds('refused')}, by ${codes.size} codes`,
    'same as the truth': kinds('same'),
    'a word that is the server’s own': kinds('servers-word'),
    'an earlier state, nothing against it known': kinds('withheld'),
    'shown otherwise, untyped or without end': kinds('broken'),
    'lies that brought a client to say something else': outcomes.filter(({ departures }) => departures > 0).length,
    'plaintext, keys or boxes that left': outcomes.filter(({ escapes }) => escapes.length > 0).length,
    'second looks after a lie': secondLooks,
  });
  const words = outcomes.flatMap(({ verdict }) => (verdict.kind === 'servers-word' ? verdict.paths : []));
  const used = serversWords.filter(({ path }) => words.some((word) => path.test(word)));
  report('words of the server that were shown', Object.fromEntries(used.map(({ path, why }) => [path.source, why])));
  expect(outcomes.length).toBe(wanted);
  expect(operations.size).toBeGreaterThan(15);
});

function generated(): Mutation[] {
  const corpus = new Corpus(fields);
  for (const { exchanges } of studio.takes) for (const exchange of exchanges) corpus.take(exchange);
  for (const prekey of studio.prekeysOf('judge-xc')) corpus.plant('Prekeys', 'prekeys.prekey', prekey);
  const draw = new Seeded(seed);
  const only = process.env['ROGATORY_E10_TAKE'];
  return studio.takes
    .filter(({ name }) => only === undefined || name === only)
    .flatMap(({ name, exchanges }) =>
      exchanges.flatMap((exchange, index) => mutationsOf({ take: name, index, exchange, corpus, draw })),
    );
}

/**
 * As many, taken evenly from every field of every operation and every kind of lie; of those that differ in session and place
 * only, every second one from the shortest session, for a lie there is as good and sooner told.
 */
function spread(mutations: readonly Mutation[], count: number): Mutation[] {
  const lengths = new Map(studio.takes.map(({ name, exchanges }) => [name, exchanges.length]));
  const groups = new Map<string, Mutation[]>();
  for (const mutation of new Seeded(seed).shuffled(mutations)) {
    const { operation, field, kind } = mutation;
    const name = `${operation} ${field} ${kind.replaceAll(/\d+/g, '')}`;
    groups.set(name, [...(groups.get(name) ?? []), mutation]);
  }
  const lengthOf = ({ take }: Mutation): number => lengths.get(take) ?? 0;
  const rows = [...groups.values()].map((row) => {
    const short = row.toSorted((a, b) => lengthOf(a) - lengthOf(b));
    return [...new Set(row.flatMap((mutation, n) => [short[n] ?? mutation, mutation]))];
  });
  const chosen: Mutation[] = [];
  for (let round = 0; chosen.length < Math.min(count, mutations.length); round++) {
    for (const row of new Seeded(seed + round).shuffled(rows)) {
      const next = row[round];
      if (next !== undefined && chosen.length < count) chosen.push(next);
    }
  }
  return chosen;
}

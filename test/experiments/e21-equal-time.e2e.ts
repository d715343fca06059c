/**
 * E21: the time of a refusal does not tell what exists: "absent" and "forbidden" take equally long, a device that is known
 * and one that is not as well.
 * A stranger asks a server in a process of its own for things of a case that is not theirs and for things that are not
 * there, in turns and in random order; the same is done with logins. Each pair gives one difference; a signed-rank test and
 * the median of the differences judge them. A control with a known delay shows that the test can fail; it comes first, and
 * where the machine is too busy to show it, all take up to eight times as many pairs. 80 pairs of each and an effect of at
 * most 6 % by name; 20,000 pairs and 1 % with `--long`. `ROGATORY_E21_PAIRS` chooses another number.
 */
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { decide } from '@rogatory/access';
import { limits } from '@rogatory/kernel';
import { ServerProcess } from '../fault/server-process.js';
import { onQuickEngine } from '../world/engines.js';
import { World } from '../world/world.js';
import { caseReads, caseWrites } from './e19/case-probes.js';
import { type Actor, Cast } from './e19/cast.js';
import { fileProbes, logProbes, personalProbes } from './e19/other-probes.js';
import type { Probe } from './e19/probe.js';
import { LoginProbe } from './e21/login-probe.js';
import { comparePaired, type PairedResult } from './e21/paired.js';
import { TimedChannel } from './e21/timed-channel.js';
import { isLong, report } from './report.js';
import { Seeded } from './seeded.js';

const leastPairs = Number(process.env['ROGATORY_E21_PAIRS'] ?? (isLong ? 20_000 : 80));
/** As many more pairs a busy machine may take before the control has to be told apart. */
const MOST_ROUNDS = 8;
const mostEffect = isLong ? 0.01 : 0.06;
const SIGNIFICANT = 0.01;
const WARM_UPS = 20;
/** What the control adds to one of two arms, as a part of their time. */
const CONTROL = 0.25;

interface Measured extends PairedResult {
  readonly name: string;
}

type Arm = () => Promise<string>;

/** Both have to differ for a verdict: by more than the bound, and by more than chance among so many comparisons. */
function tellsApart({ effect, chance }: PairedResult, comparisons: number): boolean {
  return Math.abs(effect) > mostEffect && chance < SIGNIFICANT / comparisons;
}

onQuickEngine('E21, O09: refusals take equally long', (database) => {
  let world: World;
  let server: ServerProcess;
  let channel: TimedChannel;
  let probes: readonly Probe[];
  let stranger: Actor;
  let over: Promise<void>;
  const ending = deferred<undefined>();
  const draw = new Seeded(20_261_123);
  /** As many as the control, which comes first, needed: the noisier the machine, the more. */
  let pairs = leastPairs;

  beforeAll(async () => {
    world = await World.start(await database());
    const cast = await Cast.assemble(world);
    channel = new TimedChannel(world.url);
    const found = cast.actors.find(({ name }) => name === 'stranger');
    if (found === undefined) throw new Error('no stranger');
    stranger = found;
    const all = [
      ...caseReads(cast),
      ...caseWrites(cast),
      ...personalProbes(cast),
      ...fileProbes(cast),
      ...logProbes(cast),
    ];
    const asked = all.filter(
      ({ operation, absent, facts }) =>
        absent !== undefined &&
        !operation.startsWith('subscription.') &&
        !decide(stranger.principal, operation, facts(stranger)).isAllowed,
    );
    probes = asked.filter(
      ({ operation }, at) => isLong || asked.findIndex((other) => other.operation === operation) === at,
    );
    const { promise: started, resolve: start, reject: fail } = deferred<ServerProcess>();
    // The world's own server is away until the end.
    over = world.restart(async () => {
      start(await ServerProcess.start(world.configuration));
      await ending.promise;
    });
    over.catch(fail);
    server = await started;
  }, 120_000);
  afterAll(async () => {
    await server.stop();
    ending.resolve(undefined);
    await over;
    await world.stop();
  });

  /** Both arms in turns, in random order, after some that do not count. @returns the times, and every code that was told. */
  async function measure(
    name: string,
    one: Arm,
    other: Arm,
  ): Promise<Measured & { readonly codes: readonly string[] }> {
    const times: [number[], number[]] = [[], []];
    const codes = new Set<string>();
    for (let pair = -WARM_UPS; pair < pairs; pair++) {
      const order = draw.next() < 0.5 ? ([0, 1] as const) : ([1, 0] as const);
      for (const arm of order) {
        codes.add(await (arm === 0 ? one : other)());
        if (pair >= 0) times[arm].push(channel.lastMs);
      }
    }
    return { name, ...comparePaired(...times), codes: [...codes] };
  }

  it(
    'a server that took longer for one of them would be found',
    async () => {
      const [probe] = probes;
      if (probe === undefined) throw new Error('nothing to ask');
      const ask = async () => (await probe.ask(channel, stranger, { isAbsent: true })).code;
      const { median } = await measure('as it is', ask, ask);
      const slowed = async () => {
        channel.extraMs = median * CONTROL;
        const code = await ask();
        channel.extraMs = 0;
        return code;
      };
      let result = await measure('slowed', ask, slowed);
      while (!tellsApart(result, 1) && pairs < leastPairs * MOST_ROUNDS) {
        pairs *= 2;
        result = await measure('slowed', ask, slowed);
      }
      report(`control: ${CONTROL * 100} % added to one arm, ${pairs} pairs`, { 'told apart': lineOf(result) });
      expect(tellsApart(result, 1)).toBe(true);
    },
    120_000 + leastPairs * MOST_ROUNDS * 400,
  );

  it(
    'the absent and the forbidden, of every operation that names something',
    async () => {
      expect(probes.length).toBeGreaterThan(10);
      const measured: Measured[] = [];
      for (const probe of probes) {
        const ask = (isAbsent: boolean) => async () => (await probe.ask(channel, stranger, { isAbsent })).code;
        const result = await measure(`${probe.operation} ${probe.variant}`.trim(), ask(true), ask(false));
        expect([result.name, result.codes]).toEqual([result.name, ['access/refused']]);
        measured.push(result);
      }
      const worst = measured.toSorted((a, b) => Math.abs(b.effect) - Math.abs(a.effect));
      report(`absent against forbidden, ${world.configuration.database.kind}, ${pairs} pairs each`, {
        operations: measured.length,
        ...Object.fromEntries(worst.slice(0, 5).map((result) => [result.name, lineOf(result)])),
      });
      expect(measured.filter((result) => tellsApart(result, measured.length)).map(lineOf)).toEqual([]);
    },
    120_000 + leastPairs * MOST_ROUNDS * 2_000,
  );

  it(
    'O09: devices that are known and devices that are not, at login',
    async () => {
      const login = new LoginProbe(world);
      // Beyond this bound all failures are counted in a sum, whoever they name.
      for (let tries = 0; tries <= limits.loginFailuresPerMinute; tries++)
        await login.attempt(channel, tries % 2 === 0);
      const attempt = (isKnown: boolean) => () => login.attempt(channel, isKnown);
      const result = await measure('mutation.login', attempt(false), attempt(true));
      report('login with a foreign key', { 'unknown against known device': lineOf(result) });
      // Recorded one by one, or counted once the minute's number is used up: alike for both.
      expect(['login/refused', 'login/too-many-attempts']).toEqual(expect.arrayContaining([...result.codes]));
      expect(tellsApart(result, 1) ? lineOf(result) : undefined).toBeUndefined();
    },
    120_000 + leastPairs * MOST_ROUNDS * 200,
  );
});

function lineOf({ name, effect, chance, median }: Measured): string {
  return `${name}: ${(effect * 100).toFixed(2)} % of ${median.toFixed(2)} ms, p = ${chance.toPrecision(2)}`;
}

function deferred<Value>() {
  let resolve: (value: Value) => void = () => undefined;
  let reject: (error: unknown) => void = () => undefined;
  const promise = new Promise<Value>((done, failed) => {
    resolve = done;
    reject = failed;
  });
  return { promise, resolve, reject };
}

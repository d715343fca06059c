/**
 * E19: whoever asks for whatever over the wire gets exactly what the policy table decides, and the absent looks like the forbidden.
 * Every root field of the schema and every route, each type of link and class of item, in the root of a case, in a further
 * compartment and in a closed case; by nobody, a stranger, each role, a member of another compartment, an auditor, a
 * registrar, a removed member and a revoked device. Then once more with documents made of the schema that ask for every
 * field there is. With `--long` on PostgreSQL as well, and all variants of the second pass.
 */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { decide, operations, type Operation } from '@rogatory/access';
import { onEachEngine, onEmbedded, type WorldDatabase } from '../world/engines.js';
import { World } from '../world/world.js';
import { builtWeb } from '../world/built-web.js';
import { caseReads, caseWrites } from './e19/case-probes.js';
import { type Actor, type ActorName, actorNames, Cast } from './e19/cast.js';
import { Channel, type Exchange, trustedDocument } from './e19/channel.js';
import { rootFields, wholeDocument } from './e19/documents.js';
import { farewell, fileProbes, logProbes, personalProbes } from './e19/other-probes.js';
import { type Probe, refused, type Wish } from './e19/probe.js';
import { isLong, report } from './report.js';

const all = Object.keys(operations) as Operation[];
/** Who asks for the absent; a void session is told the same about everything. */
const twinAskers: readonly ActorName[] = isLong
  ? actorNames.filter((name) => name !== 'revoked')
  : ['stranger', 'lead'];
/** Who asks for every field. */
const fieldAskers: readonly ActorName[] = isLong
  ? actorNames
  : ['nobody', 'stranger', 'lead', 'reader', 'auditor', 'registrar'];
const titleOf = ({ operation, variant }: Probe): string => `${operation} ${variant}`.trim();

/** One answer, with what the policy says of it. */
interface Cell {
  readonly actor: Actor;
  readonly isAdmitted: boolean;
  readonly expected: RegExp;
  readonly exchange: Exchange;
}

const onEngines = isLong
  ? onEachEngine
  : (name: string, suite: (open: () => Promise<WorldDatabase>) => void) => describe(name, () => suite(onEmbedded));

onEngines('E19, O02, A01: the access matrix over the wire', (open) => {
  let world: World;
  let cast: Cast;
  let channel: Channel;
  let probes: readonly Probe[];
  const counted = { cells: 0, admitted: 0, refused: 0, twins: 0, fields: 0 };

  beforeAll(async () => {
    world = await World.start(await open(), { web: builtWeb(), browserDevicesEach: 8 });
    cast = await Cast.assemble(world);
    channel = new Channel(world.url);
    probes = [
      ...caseReads(cast),
      ...caseWrites(cast),
      ...personalProbes(cast),
      ...fileProbes(cast),
      ...logProbes(cast),
    ];
  }, 120_000);
  afterAll(async () => {
    report('E19: access matrix', { actors: actorNames.length, probes: probes.length, ...counted });
    await world.stop();
  });

  /** What everybody is told; those first who are told nothing, since what is asked may be gone after it was had once. */
  async function row(probe: Probe, wish: Wish, names: readonly ActorName[] = actorNames): Promise<readonly Cell[]> {
    const actors = cast.actors.filter(({ name }) => names.includes(name));
    const cells = actors.map((actor) => ({ actor, ...expectationOf(probe, actor) }));
    const asked = async (isAdmitted: boolean): Promise<Cell[]> =>
      Promise.all(
        cells
          .filter((cell) => cell.isAdmitted === isAdmitted)
          .map(async (cell) => ({ ...cell, exchange: await probe.ask(channel, cell.actor, wish) })),
      );
    return [...(await asked(false)), ...(await asked(true))];
  }

  /** The codes that were told and those that the policy demands, by actor. */
  function verdicts(cells: readonly Cell[]): { readonly told: object; readonly demanded: object } {
    const told: Record<string, string> = {};
    const demanded: Record<string, string> = {};
    for (const { actor, expected, exchange } of cells) {
      told[actor.name] = exchange.code;
      demanded[actor.name] = expected.test(exchange.code) ? exchange.code : String(expected);
    }
    return { told, demanded };
  }

  async function isAsDecided(
    probe: Probe,
    wish: Wish,
    names = actorNames as readonly ActorName[],
  ): Promise<readonly Cell[]> {
    const cells = await row(probe, wish, names);
    const { told, demanded } = verdicts(cells);
    expect({ [titleOf(probe)]: told }).toEqual({ [titleOf(probe)]: demanded });
    counted.cells += cells.length;
    counted.admitted += cells.filter(({ isAdmitted }) => isAdmitted).length;
    counted.refused += cells.filter(({ isAdmitted }) => !isAdmitted).length;
    return cells;
  }

  it('asks for every operation of the policy, the schema and the routes', () => {
    const asked = new Set<string>([...probes, farewell()].map(({ operation }) => operation));
    expect([...asked].sort()).toEqual(all.toSorted());
    // The web application has a route for each of its files, all of one operation.
    const mounted = new Set(world.server.routes.flatMap(({ operation }) => operation ?? []));
    expect([...rootFields(world.server.schema), ...mounted].toSorted()).toEqual([...asked].sort());
  });

  it('everybody is told what the policy table decides; what is forbidden and what is not there is one answer, byte for byte', async () => {
    const everywhere = new Map<string | undefined, Set<string>>();
    for (const probe of probes) {
      const cells = await isAsDecided(probe, { isAbsent: false });
      const shapes = shapesOf(probe, cells);
      const twins = probe.absent === undefined ? [] : await row(probe, { isAbsent: true }, twinAskers);
      for (const shape of shapesOf(probe, twins)) shapes.add(shape);
      counted.twins += twins.length;
      const codes = twins.map(({ exchange }) => exchange.code).filter((code) => probe.absent?.test(code) !== true);
      expect({ [titleOf(probe)]: [codes, [...shapes]] }).toEqual({ [titleOf(probe)]: [[], [...shapes].slice(0, 1)] });
      const way = probe.operation.startsWith('mutation.') ? 'query' : probe.operation.split('.', 1)[0];
      for (const shape of shapes) everywhere.set(way, (everywhere.get(way) ?? new Set()).add(shape));
    }
    // Nor does the answer tell what was asked: one form for all queries and mutations, one for sockets, one for routes.
    expect([...everywhere.values()].map(({ size }) => size)).toEqual([1, 1, 1]);
  }, 300_000);

  it('O04: nothing is answered on the wrong channel', async () => {
    const told = [];
    for (const name of ['lead', 'nobody', 'auditor'] as const) {
      const actor = cast.actor(name);
      for (const operation of rootFields(world.server.schema)) {
        const ask = { document: trustedDocument(operation), variables: {} };
        const isLive = operation.startsWith('subscription.');
        const exchange = await (isLive ? channel.graphql(actor, ask) : channel.subscribe(actor, ask));
        told.push([name, operation, exchange.code]);
      }
    }
    expect(told.filter(([, , code]) => !/^(request\/invalid|access\/refused)$/.test(String(code)))).toEqual([]);
  });

  describe('where any document runs', () => {
    beforeAll(async () => {
      await world.restart(undefined, { admitsAnyDocument: true });
      await cast.beginAgain();
      channel = new Channel(world.url);
    }, 60_000);

    it('whoever asks for every field there is gets all of them or nothing, as the policy table decides', async () => {
      const seen = new Set<string>();
      const fields = new Set<string>();
      for (const probe of probes.filter(({ operation, variant }) => isFirstOf(probes, operation, variant))) {
        const whole = wholeDocument(world.server.schema, probe.operation);
        for (const field of whole.fields) fields.add(field);
        const cells = await isAsDecided(probe, { isAbsent: false, document: whole.document }, fieldAskers);
        for (const { exchange, expected } of cells) {
          if (expected === refused) expect(exchange.body).not.toMatch(/"data":\{/);
          if (exchange.code === 'data') for (const name of namesIn(exchange.body)) seen.add(name);
        }
      }
      counted.fields = fields.size;
      expect(fields.size).toBeGreaterThan(90);
      expect(seen.size).toBeGreaterThan(40);
    }, 120_000);

    it('O06, X01: neither introspection nor a batch nor a second root field is answered', async () => {
      const lead = cast.actor('lead');
      for (const query of [
        '{ __schema { types { name } } }',
        '{ __type(name: "Case") { fields { name } } }',
        '{ whoAmI { personId } server { version } }',
        '{ a: whoAmI { personId } b: whoAmI { personId } }',
        'query A { whoAmI { personId } } query B { whoAmI { personId } }',
        '{ whoAmI { personIdd } }',
      ]) {
        const { code, body } = await channel.graphql(lead, { document: { query }, variables: {} });
        expect([query, code]).toEqual([query, 'request/invalid']);
        expect(body).not.toMatch(/did you mean|__schema|personId/i);
      }
    });
  });

  it('a session ends for whoever ends it', async () => {
    await isAsDecided(farewell(), { isAbsent: false });
    const after = await Promise.all(
      cast.actors.map(async (actor) => {
        const ask = { document: trustedDocument('query.whoAmI'), variables: {} };
        return (await channel.graphql(actor, ask)).code;
      }),
    );
    expect(after.sort()).toEqual(['access/refused', ...Array<string>(actorNames.length - 1).fill('login/session')]);
  });
});

/** What the policy says, in terms of what is told: a device whose session is void is no longer anybody at all. */
function expectationOf(probe: Probe, actor: Actor): Pick<Cell, 'isAdmitted' | 'expected'> {
  if (actor.name === 'revoked') return { isAdmitted: false, expected: /^login\/session$/ };
  const { isAllowed: isAdmitted } = decide(actor.principal, probe.operation, probe.facts(actor));
  return { isAdmitted, expected: isAdmitted ? probe.admitted : refused };
}

/** Every refusal as it came. Whoever has no session gets no socket: that is another answer, and says nothing of any object. */
function shapesOf({ operation }: Probe, cells: readonly Cell[]): Set<string> {
  const told = cells.filter(({ actor }) => !operation.startsWith('subscription.') || actor.token !== undefined);
  const refusals = told.filter(({ exchange }) => exchange.code === 'access/refused');
  return new Set(refusals.map(({ exchange }) => exchange.shape));
}

/** Documents differ by root field: one way of asking is enough for each, except in the long mode. */
function isFirstOf(probes: readonly Probe[], operation: Operation, variant: string): boolean {
  if (operation.startsWith('route.')) return false;
  return isLong || probes.find((probe) => probe.operation === operation)?.variant === variant;
}

function namesIn(body: string): string[] {
  return [...body.matchAll(/"([A-Za-z_]+)":/g)].flatMap(([, name]) => name ?? []);
}

import { describe, expect, it } from '@jest/globals';
import { type PersonId, utf8 } from '@rogatory/kernel';
import { caseRoles, decodeSignedItem, itemClasses, keyKinds, type SignedItem } from '@rogatory/protocol';
import fc from 'fast-check';
import { composeAdd, composeRemove } from '../compose/membership.js';
import { composeReseal, composeRotate } from '../compose/renewal.js';
import type { ComposedLink } from '../compose/scene.js';
import { writeObstacles } from '../items/compose-item.js';
import { openItem } from '../items/item-sealing.js';
import { epochBook } from '../keys/epoch-book.js';
import type { EpochRecord } from '../keys/epoch-keyring.js';
import { boxAttacks, poisoned, resigned } from '../testing/adversary.js';
import type { CaseDevice } from '../testing/case-device.js';
import { pick } from '../testing/history.js';
import { CaseWorld } from '../testing/case-world.js';
import { propertyTimeoutMs, runs } from '../testing/runs.js';

const fieldAttacks = ['none', 'key-commit', 'read-commit', 'archive'] as const;
const attacks = fc.array(
  fc.record({
    box: fc.constantFrom(...boxAttacks),
    field: fc.constantFrom(...fieldAttacks),
    victims: fc.nat({ max: 15 }),
    poster: fc.nat({ max: 9 }),
    alarm: fc.boolean(),
  }),
  { minLength: 1, maxLength: 4 },
);

/** A case of four honest persons and one malicious member. */
class BesiegedCase {
  readonly world: CaseWorld;
  readonly id;
  readonly founder: CaseDevice;
  readonly enemy: CaseDevice;
  readonly honest: readonly CaseDevice[];
  readonly items: SignedItem[] = [];

  constructor(seed: number, enemyRole: 1 | 2) {
    this.world = new CaseWorld(seed);
    this.id = this.world.caseCompartment;
    const devices = this.world.persons.map((_, person) => this.world.firstDeviceOf(person));
    const [founder, enemy, ...others] = devices as [CaseDevice, CaseDevice, ...CaseDevice[]];
    this.founder = founder;
    this.enemy = enemy;
    this.honest = [founder, ...others];
    for (const device of [enemy, ...others]) {
      const role = device === enemy ? enemyRole : caseRoles.contributor;
      this.admit(device.personId, role);
    }
  }

  get state() {
    return this.world.server.state(this.id);
  }

  admit(personId: PersonId, role: 1 | 2): void {
    this.world.tick(1);
    const admission = { personId, role, history: { kind: 'all' }, notAfterMs: this.world.notAfterMs } as const;
    this.founder.send(composeAdd(this.founder.scene(this.id), admission));
  }

  syncAll(): void {
    for (const device of this.world.devices.values()) device.sync(this.id);
  }

  /** A new epoch by the enemy, for which a non-lead invents a complaint; spoiled as told. */
  strike(attack: { box: (typeof boxAttacks)[number]; field: (typeof fieldAttacks)[number]; victims: number }): void {
    const { enemy, id } = this;
    this.world.tick(1);
    const newest = this.world.server.log(id).findLast((entry) => entry.kind === 'link');
    if (newest?.kind !== 'link') throw new RangeError('no link');
    const cause = { complaintHash: enemy.complain({ entry: currentEpochEntry(this), fault: { kind: 'missing' } }) };
    const scene = enemy.scene(id);
    const victims = new Set(this.honest.flatMap(({ id: device }, i) => ((attack.victims >> i) & 1 ? [device] : [])));
    const spoilt = poisoned(scene, composeRotate(scene, cause), { attack: attack.box, victims });
    enemy.send(withField(enemy, id, spoilt, attack.field));
  }

  post(number: number): void {
    this.syncAll();
    const mayWrite = (device: CaseDevice) =>
      writeObstacles(device.writeScene(this.id), itemClasses.message).length === 0;
    const writers = this.honest.filter(mayWrite);
    if (writers.length === 0) return;
    this.items.push(decodeSignedItem(pick(writers, number).post(this.id, utf8('honest')).bytes));
  }

  /** Honest devices tell what they lack, and whoever can reseals it. */
  heal(): void {
    this.syncAll();
    for (const device of this.honest) {
      const missing = epochsOf(this.state.epoch).filter((epoch) => !device.keyring(this.id).canRead(epoch));
      for (const author of this.honest) {
        const able = missing.filter((epoch) => author.keyring(this.id).canRead(epoch));
        if (author === device || able.length === 0) continue;
        author.send(composeReseal(author.scene(this.id), { deviceId: device.id, epochs: able }));
        device.sync(this.id);
      }
    }
  }
}

function epochsOf(newest: number): number[] {
  return Array.from({ length: newest }, (_, i) => i + 1);
}

function currentEpochEntry(siege: BesiegedCase) {
  const entry = siege.world.server
    .log(siege.id)
    .findLast((found) => found.kind === 'link' && found.applied.startsEpoch);
  if (entry?.kind !== 'link') throw new RangeError('no epoch');
  return entry;
}

function withField(
  enemy: CaseDevice,
  id: BesiegedCase['id'],
  composed: ComposedLink,
  field: (typeof fieldAttacks)[number],
): ComposedLink {
  const { link } = composed.signed;
  const bent = {
    none: {},
    'key-commit': { keyCommit: enemy.random(32) },
    'read-commit': { readCommit: enemy.random(32) },
    archive: { archive: enemy.random(link.archive.length) },
  }[field];
  return { ...composed, ...resigned(enemy.scene(id), { ...link, ...bent }) };
}

describe('property 4: one malicious member among honest ones', () => {
  it(
    "stops neither a lead's removal nor history from healing",
    () => {
      const plan = fc.record({ seed: fc.nat(), isLead: fc.boolean(), strikes: attacks });
      const poisonedEpochs = { found: 0 };
      fc.assert(
        fc.property(plan, ({ seed, isLead, strikes }) => {
          const siege = new BesiegedCase(seed, isLead ? caseRoles.lead : caseRoles.contributor);
          const { founder, enemy, honest, world, id } = siege;
          siege.post(seed);
          for (const strike of strikes) {
            siege.strike(strike);
            siege.post(strike.poster);
            if (strike.alarm) siege.heal();
          }
          poisonedEpochs.found += honest.reduce((sum, device) => sum + device.faults.length, 0);
          // The enemy's last link lands between the making and the sending of the removal.
          world.tick(1);
          const overtaken = composeRemove(founder.scene(id), enemy.personId);
          siege.strike({ box: 'garbage', field: 'none', victims: 15 });
          expect(() => founder.send(overtaken)).toThrow(expect.objectContaining({ code: 'chain/stale-head' }));
          founder.send(composeRemove(founder.scene(id), enemy.personId));
          expect(siege.state.members.persons.has(enemy.personId)).toBe(false);
          siege.syncAll();
          for (const device of honest) expect(device.keyring(id).holdsChainKey(siege.state.epoch)).toBe(true);
          siege.post(seed);
          siege.heal();
          expectHealed(siege);
        }),
        { seed: 4, numRuns: runs(40) },
      );
      expect(poisonedEpochs.found).toBeGreaterThan(0);
    },
    propertyTimeoutMs,
  );
});

/** Whatever one honest device can read, all can; and so can whoever is admitted with all history afterwards. */
function expectHealed(siege: BesiegedCase): void {
  const { honest, id, founder } = siege;
  const readable = founder.keyring(id).readableEpochs();
  for (const device of honest) expect(device.keyring(id).readableEpochs()).toEqual(readable);
  const book = epochBook(siege.state);
  for (const item of siege.items) {
    const record = book.epoch(item.header.epoch) as EpochRecord;
    for (const device of honest) expect(openItem(item, record, device.keyring(id))).toEqual(utf8('honest'));
  }
  const known = honest.map((device) =>
    device
      .keyring(id)
      .exportEntries()
      .filter(({ kind }) => kind === keyKinds.chain),
  );
  for (const entries of known) expect(entries.length).toBe(readable.length);
}

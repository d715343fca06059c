import { limits, systemRandom } from '@rogatory/kernel';
import { applyLink, boxLeaf, verifyBox, withSignaturesAhead } from '@rogatory/chain';
import { ChainWorld } from '@rogatory/chain/testing';
import { encapsulate } from '@rogatory/crypto/seal';
import { isSignature, ProvenSignatures } from '@rogatory/crypto/verify';
import { threadSignatureCheck } from '@rogatory/client/node';
import {
  composeAdd,
  composeCase,
  composeDeviceAdd,
  composeRemove,
  composeRotate,
  contactPins,
  decideContact,
  EpochKeyring,
  takeBox,
} from '@rogatory/e2ee';
import { FederationWorld } from '@rogatory/pki/testing';
import { caseRoles, decodeBox, encodeSignedLink, linkTypes, signaturePurposes } from '@rogatory/protocol';
import { inclusionProof, leafHash, nodeHash } from '@rogatory/tlog';
import { atMost } from '../figures.mjs';
import { alternate, bothMilliseconds, median, medianRatio, milliseconds } from '../measure.mjs';

/** @typedef {import('../figures.mjs').Figure} Figure */
/** @typedef {import('@rogatory/pki/testing').WorldDevice} WorldDevice */

/** As many devices as a person may have, less one for the first person, who adds it in a measurement. */
const DEVICES_EACH = 10;
const DEVICES = 1_000;

/** A case of 1,000 devices, one more person outside it and one more device of its author. */
function makeCase() {
  const federation = new FederationWorld(77);
  const office = federation.authority(federation.oversightBody());
  /** @type {WorldDevice[]} */
  const devices = [];
  while (devices.length < DEVICES) {
    const holder = federation.person(office);
    const first = federation.device(holder);
    const count = Math.min(devices.length === 0 ? DEVICES_EACH - 1 : DEVICES_EACH, DEVICES - devices.length);
    devices.push(first);
    for (let more = 1; more < count; more++) devices.push(federation.device(holder, first));
  }
  const [author] = devices;
  if (author === undefined) throw new Error('no device');
  const people = [...new Set(devices.map(({ person }) => person.id))].filter((id) => id !== author.person.id);
  const guest = federation.device(federation.person(office));
  let trust = new Map();
  for (const personId of [...people, guest.person.id]) {
    const decision = { personId, pin: contactPins.accepted, nowMs: federation.nowMs };
    trust = new Map(decideContact(trust, federation.view, decision));
  }
  const notAfterMs = federation.nowMs + limits.maxCertificateMs;
  /** What its author composes from, at the directory of now. */
  const scene = () => ({
    author: { deviceId: author.id, personId: author.person.id, signingKey: author.signing },
    directory: federation.state,
    directoryHead: { ...federation.state.head, timeMs: federation.nowMs },
    prekeysOf: () => [],
    trust,
    time: federation.time,
    random: systemRandom,
  });
  const members = people.map((personId) => ({ personId, role: caseRoles.contributor, notAfterMs }));
  const genesis = composeCase(scene(), { notAfterMs, members });
  return { federation, devices, author, guest, notAfterMs, scene, genesis };
}

/** RFC 6962 proof of one box, as the server makes it. @param {readonly Uint8Array[]} boxes @param {number} index */
function proofOf(boxes, index) {
  let level = boxes.map((bytes) => leafHash(boxLeaf(decodeBox(bytes), bytes)));
  const levels = [level];
  while (level.length > 1) {
    /** @type {Uint8Array[]} */
    const above = [];
    for (let i = 0; i + 1 < level.length; i += 2) above.push(nodeHash(hashIn(level, i), hashIn(level, i + 1)));
    levels.push(above);
    level = above;
  }
  /** @type {import('@rogatory/tlog').HashReader} */
  const reader = { readHashes: async (nodes) => nodes.map(({ level: at, index: i }) => hashIn(levels[at] ?? [], i)) };
  return inclusionProof(index, boxes.length, reader);
}

/** @param {readonly Uint8Array[]} hashes @param {number} index @returns {Uint8Array} */
function hashIn(hashes, index) {
  const found = hashes[index];
  if (found === undefined) throw new Error('no such hash');
  return found;
}

/** @param {ReturnType<typeof makeCase>} made @param {number} rounds @returns {Promise<Figure[]>} */
async function composing({ devices, guest, notAfterMs, scene, genesis }, rounds) {
  const linkScene = { ...scene(), state: genesis.next, keyring: genesis.keyring };
  const kemKeys = devices.map(({ kem }) => kem.publicKey);
  const someone = devices.at(-1)?.person.id;
  if (someone === undefined) throw new Error('no member');
  const admission = {
    personId: guest.person.id,
    role: caseRoles.contributor,
    history: /** @type {const} */ ({ kind: 'all' }),
    notAfterMs,
  };
  /** @type {Record<string, number[]>} */
  const processor = { rotate: [], admit: [], remove: [] };
  /** @param {string} name @param {() => unknown} work */
  const both = (name, work) => async () => {
    const { clockMs, processorMs } = await bothMilliseconds(work);
    processor[name]?.push(processorMs);
    return clockMs;
  };
  const taken = await alternate(
    {
      rotate: both('rotate', () => composeRotate(linkScene)),
      admit: both('admit', () => composeAdd(linkScene, admission)),
      remove: both('remove', () => composeRemove(linkScene, someone)),
      floor: () => milliseconds(() => kemKeys.forEach((key) => encapsulate(key, systemRandom))),
    },
    { rounds },
  );
  const baseline = { name: '1,000 bare X-Wing encapsulations', value: median(taken.floor) };
  return /** @type {const} */ (['rotate', 'admit', 'remove']).flatMap((name) => {
    const figure = `${DEVICES.toLocaleString('en-US')} devices: ${name}`;
    const value = median(taken[name]);
    const ratio = medianRatio(taken[name], taken.floor);
    const onProcessor = { name: `${figure}, processor time`, unit: 'ms', value: median(processor[name] ?? []) };
    return [
      { name: figure, unit: 'ms', value, baseline, ratio, target: atMost(1000, value, 'at most 1,000 ms') },
      onProcessor,
    ];
  });
}

/** One device takes the new key. @param {ReturnType<typeof makeCase>} made @param {number} rounds @returns {Promise<Figure[]>} */
async function receiving({ federation, devices, scene, genesis }, rounds) {
  const rotated = composeRotate({ ...scene(), state: genesis.next, keyring: genesis.keyring });
  const bytes = encodeSignedLink(rotated.signed);
  const directory = federation.state;
  /** @type {number[]} */
  const times = [];
  /** @type {number[]} */
  const processor = [];
  /** @type {number[]} */
  const sizes = [];
  for (let round = -3; round < rounds; round++) {
    const index = Math.floor(((round + 3) * (DEVICES - 1)) / (rounds + 3));
    const box = hashIn(rotated.boxes, index);
    const proof = await proofOf(rotated.boxes, index);
    const own = devices.find(({ id }) => id === decodeBox(box).deviceId);
    if (own === undefined) throw new Error('a box for nobody');
    const keys = { deviceId: own.id, deviceKey: own.kem, prekeys: [] };
    const keyring = new EpochKeyring();
    const cpu = process.cpuUsage();
    const start = performance.now();
    const applied = applyLink(genesis.next, bytes, { directory });
    const decoded = verifyBox(applied, { bytes: box, proof }, directory);
    const outcome = takeBox({ applied, box: { bytes: box, decoded }, own: keys, keyring });
    const time = performance.now() - start;
    const used = process.cpuUsage(cpu);
    if (outcome.kind !== 'learned') throw new Error('a member did not learn the key');
    if (round < 0) continue;
    times.push(time);
    processor.push((used.user + used.system) / 1000);
    sizes.push(bytes.length + box.length + proof.length * 32);
  }
  const size = Math.max(...sizes);
  return [
    {
      name: 'download per device (link, box, proof; largest)',
      unit: 'bytes',
      value: size,
      target: atMost(2500, size, 'at most 2,500 bytes'),
    },
    {
      name: 'processing per device',
      unit: 'ms',
      value: median(times),
      target: atMost(5, median(times), 'at most 5 ms'),
    },
    { name: 'processing per device, processor time', unit: 'ms', value: median(processor) },
  ];
}

/** @param {ReturnType<typeof makeCase>} made @param {number} rounds @returns {Promise<Figure>} */
async function deviceAdd({ federation, author, scene, genesis }, rounds) {
  const further = federation.device(author.person, author);
  const linkScene = { ...scene(), state: genesis.next, keyring: genesis.keyring };
  // The new device belongs to the author, who need not pin themself.
  const taken = await alternate({ add: () => milliseconds(() => composeDeviceAdd(linkScene, further.id)) }, { rounds });
  const value = median(taken.add);
  return { name: 'a further device of a member', unit: 'ms', value, target: atMost(20, value, 'at most 20 ms') };
}

/** A chain of real links: rotations and changes of role, alternating. @param {number} count */
function makeChain(count) {
  const world = new ChainWorld(5);
  const { federation } = world;
  const office = federation.authority(federation.oversightBody());
  const lead = federation.device(federation.person(office));
  const other = federation.device(federation.person(office));
  const first = [world.leaf(lead, caseRoles.lead), world.leaf(other, caseRoles.contributor)];
  const genesis = world.genesis(lead, first).bytes;
  let state = world.apply(undefined, genesis).state;
  const links = [genesis];
  for (let i = 1; i < count; i++) {
    const role = i % 4 < 2 ? caseRoles.reader : caseRoles.contributor;
    const made =
      i % 2 === 0
        ? world.link(state, linkTypes.rotate, { signer: lead })
        : world.link(state, linkTypes.role, { signer: lead, body: { personId: other.person.id, role } });
    links.push(made.bytes);
    state = world.apply(state, made.bytes).state;
  }
  return { world, links, lead };
}

/** @param {number} count @param {number} rounds @returns {Promise<Figure[]>} */
async function replay(count, rounds) {
  const { world, links, lead } = makeChain(count);
  const check = threadSignatureCheck();
  const told = links.map((bytes) => ({ isLink: true, bytes }));
  const message = new Uint8Array(800).fill(7);
  const purpose = signaturePurposes.link;
  const claim = { purpose, publicKey: lead.signing.publicKey, message, signature: lead.signing.sign(purpose, message) };
  /** @type {number[]} */
  const processor = [];
  const taken = await alternate(
    {
      ours: async () => {
        const { clockMs, processorMs } = await bothMilliseconds(async () => {
          const proven = new ProvenSignatures(check);
          const facts = { ...world.facts('replay'), proven };
          /** @type {import('@rogatory/chain').ChainState | undefined} */
          let state;
          for await (const slice of withSignaturesAhead(told, proven, facts.directory)) {
            for (const { bytes } of slice) state = applyLink(state, bytes, facts).state;
          }
          if (state?.head.seq !== count - 1) throw new Error('the replay ended elsewhere');
        });
        processor.push(processorMs);
        return clockMs;
      },
      base: () =>
        milliseconds(() => {
          for (let i = 0; i < count; i++) if (!isSignature(claim)) throw new Error('a good signature was refused');
        }),
    },
    { rounds, warmUps: 0 },
  );
  const value = median(taken.ours);
  const target = atMost(2000, value, 'at most 2,000 ms');
  const name = `replay of ${count.toLocaleString('en-US')} links`;
  return [
    {
      ...{ name, unit: 'ms', value, ratio: medianRatio(taken.ours, taken.base) },
      baseline: { name: 'as many bare signature checks, one thread', value: median(taken.base) },
      ...(count === 10_000 ? { target } : {}),
    },
    { name: `${name}, processor time`, unit: 'ms', value: median(processor) },
  ];
}

/** @type {import('../figures.mjs').Section} */
export const section = {
  title: '3. A compartment of 1,000 devices',
  run: async ({ isShort }) => {
    const rounds = isShort ? 3 : 7;
    const made = makeCase();
    const figures = [
      ...(await composing(made, rounds)),
      ...(await receiving(made, 5 * rounds)),
      await deviceAdd(made, rounds),
      ...(await replay(isShort ? 2_000 : 10_000, 3)),
    ];
    return {
      figures,
      notes: [
        'Processor time is what the work would take with a core to itself; it tells more than the clock on a loaded machine.',
        '101 persons with up to 10 devices each. Composing includes the judgement of each recipient by the directory, the ' +
          'sealing of 1,000 boxes, their Merkle root and the check of the whole link by our own verifier.',
        'Processing is what a device does with a link: verify link, box and proof, decapsulate, learn the key.',
        'A replay goes the way of the SDK: the signatures of the links to come are checked in a thread meanwhile.',
      ],
    };
  },
};

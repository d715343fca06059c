import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { BytesTarget, bytesSource, type Client, FetchTransport, openClient, type OpenDocument } from '@rogatory/client';
import { FileStateStore } from '@rogatory/client/node';
import { type CaseId, type CompartmentId, type ObjectId, toHex, UnavailableError } from '@rogatory/kernel';
import { legalBases } from '@rogatory/protocol';
import { admitAll } from '../../world/admission.js';
import type { WorldDatabase } from '../../world/engines.js';
import { World } from '../../world/world.js';
import type { Seeded } from '../seeded.js';
import { keepingGrant } from './kept-grant.js';

const justification = { legalBasis: legalBases.oversight, instrument: 'E14' };
const FILE_BYTES = 150_000; // three segments
const MESSAGES = 3;

export interface StagedCase {
  readonly caseId: CaseId;
  readonly room: CompartmentId;
}

/** A server with several cases and a document, and a judge whose device keeps its state in files. */
export class Stage {
  readonly world: World;
  /** State of the judge's device. */
  readonly folder: string;
  readonly cases: readonly StagedCase[];
  readonly #documentId: ObjectId;

  private constructor(parts: {
    readonly world: World;
    readonly folder: string;
    readonly cases: readonly StagedCase[];
    readonly documentId: ObjectId;
  }) {
    this.world = parts.world;
    this.folder = parts.folder;
    this.cases = parts.cases;
    this.#documentId = parts.documentId;
  }

  static async start(database: WorldDatabase, count: number, draw: Seeded): Promise<Stage> {
    const world = await World.start(database);
    const folder = await mkdtemp(join(tmpdir(), 'rogatory-flips-'));
    const lead = await world.client('prosecutor-xa');
    const stateStore = await FileStateStore.open(folder);
    const cases: StagedCase[] = [];
    for (let n = 0; n < count; n++) {
      const open = await lead.cases.create({ title: `Case ${n}`, compartments: ['Evidence'] });
      const room = open.compartments[1]?.compartmentId;
      if (room === undefined) throw new Error('no compartment');
      await admitAll(world, { lead, leader: 'prosecutor-xa', open }, { 'judge-xb': { stateStore } });
      for (let k = 0; k < MESSAGES; k++) await lead.messages.post(open, room, { text: `${n}.${k}`, subject: 'flips' });
      cases.push({ caseId: open.caseId, room });
    }
    const [first] = cases;
    if (first === undefined) throw new Error('no case');
    const open = await lead.cases.open(first.caseId);
    const { objectId: documentId } = await lead.documents.upload(
      open,
      first.room,
      bytesSource('extract', draw.bytes(FILE_BYTES)),
    );
    return new Stage({ world, folder, cases, documentId });
  }

  /** The judge's device, started anew on its files. */
  async judge(way: 'as ever' | 'with a kept grant' = 'as ever'): Promise<Client> {
    const transport = new FetchTransport({ server: this.world.url, build: 'rogatory-e14/1' });
    return openClient({
      keys: this.world.keysOf('judge-xb'),
      keyStorage: { read: async () => undefined, replace: async () => undefined },
      stateStore: await FileStateStore.open(this.folder),
      transport: way === 'as ever' ? transport : keepingGrant(transport),
    });
  }

  /** Messages of a case as the judge's device shows them. */
  async readCase(n: number): Promise<string> {
    const { caseId, room } = this.#case(n);
    const client = await this.judge();
    const compartment = (await client.cases.open(caseId)).compartment(room);
    const messages = client.messages.list(compartment).map(({ text, subject, position }) => [text, subject, position]);
    return JSON.stringify([messages, client.messages.sealed(compartment).length]);
  }

  /** A way to fetch the document again and again, and what it gives. A file is finished only when all of it held. */
  async fetching(): Promise<() => Promise<string>> {
    const { client, document, compartment } = await this.#document('with a kept grant');
    return async () => {
      const target = new BytesTarget();
      try {
        await client.documents.download(compartment, document, target, { justification });
      } catch (error) {
        if (target.bytes !== undefined) throw new TypeError('a file was finished that did not hold', { cause: error });
        throw error;
      }
      return toHex(target.bytes ?? new Uint8Array());
    };
  }

  /** A range of the document, verified with what the device keeps of it. */
  async readRange(): Promise<string> {
    const { client, document, compartment } = await this.#document('as ever');
    const read: string[] = [];
    const range = { offset: 70_000, length: 100 };
    for await (const chunk of client.documents.read(compartment, document, { justification, ...range })) {
      read.push(toHex(chunk));
    }
    return read.join('');
  }

  /** Leaves an upload begun behind. */
  async interrupt(): Promise<void> {
    const client = await this.judge();
    const { caseId, room } = this.#case(0);
    const open = await client.cases.open(caseId);
    const whole = bytesSource('cut off', new Uint8Array(20 * 1024 * 1024));
    const read = async (offset: number, into: Uint8Array): Promise<Uint8Array> => {
      if (offset > 0) throw new UnavailableError('client/storage', 'the source cannot be read');
      return whole.read(offset, into);
    };
    const outcome = await client.documents.upload(open, room, { ...whole, read }).then(
      () => 'uploaded',
      () => 'cut off',
    );
    if (outcome !== 'cut off') throw new Error('the upload went through');
  }

  async stop(): Promise<void> {
    await rm(this.folder, { recursive: true, force: true });
    await this.world.stop();
  }

  async #document(way: 'as ever' | 'with a kept grant') {
    const { caseId, room } = this.#case(0);
    const client = await this.judge(way);
    const compartment = (await client.cases.open(caseId)).compartment(room);
    const document: OpenDocument = client.documents.find(compartment, this.#documentId);
    return { client, document, compartment };
  }

  #case(n: number): StagedCase {
    const staged = this.cases[n];
    if (staged === undefined) throw new Error(`no case ${n}`);
    return staged;
  }
}

import { type CompartmentId, type DeviceId, fromBase64, parseUtf8, toBase64, toHex, UnavailableError } from '@rogatory/kernel';
import { SigningKey } from '@rogatory/crypto/sign';
import { actPayloadHash, verifyActSignature, verifySignature } from '@rogatory/crypto/verify';
import { applyItem, applyLink, boxLeaf, type ChainState, verifyBoxes } from '@rogatory/chain';
import {
  auditEvents,
  decodeBox,
  decodeSignedAct,
  decodeSignedHeartbeat,
  decodeSignedInvitation,
  decodeSignedItem,
  decodeSignedLink,
  decodeSignedLoginStatement,
  decodeSignedPrekey,
  encodeReceiptPromise,
  encodeSignedReceiptPromise,
  FILE_HEADER_BYTES,
  signaturePurposes,
} from '@rogatory/protocol';
import type { FederationWorld } from '@rogatory/pki/testing';
import { emptyRoot, encodeVerifierKey, Frontier, keyTypes, leafHash, signCheckpoint, verifierKey } from '@rogatory/tlog';
import type {
  ContentRequest,
  GraphqlAnswer,
  GraphqlRequest,
  HttpFailure,
  PartUpload,
  Transport,
} from '../transport/transport.js';

const DIRECTORY_ORIGIN = 'rogatory.test/directory/log';
const AUDIT_ORIGIN = 'rogatory.test/audit/log/2026h2';

interface StoredEvent {
  readonly isLink: boolean;
  readonly bytes: Uint8Array;
  readonly receivedAtMs: number;
  readonly boxes: readonly Uint8Array[];
}

interface StoredUpload {
  readonly compartmentId: string;
  readonly sealedBytes: number;
  readonly parts: Map<number, Uint8Array>;
}

type Variables = Readonly<Record<string, unknown>>;

/** An error as the real server tells it. */
export class Told extends Error {
  readonly code: string;
  readonly family: string;

  constructor(code: string, family = 'refused') {
    super(code);
    this.code = code;
    this.family = family;
  }
}

/**
 * An honest server in memory, behind the transport port: verifies sessions, acts, links and items like the real one and
 * orders them. Tests make it lie through `tamper`.
 */
export class MemoryServer {
  readonly federation: FederationWorld;
  readonly #logKey: SigningKey;
  readonly #promiseKey: SigningKey;
  readonly #states = new Map<string, ChainState>();
  readonly #logs = new Map<string, StoredEvent[]>();
  readonly #prekeys = new Map<string, Uint8Array>();
  readonly #heartbeats = new Map<string, Map<DeviceId, Uint8Array>>();
  readonly #complaints = new Map<string, Uint8Array[]>();
  readonly #invitations = new Map<string, { invitation: Uint8Array; acceptances: Uint8Array[] }>();
  readonly uploads = new Map<string, StoredUpload>();
  readonly #documents = new Map<string, string>();
  readonly #tokens = new Map<string, DeviceId>();
  readonly #challenges = new Map<string, string>();
  readonly #counters = new Map<string, number>();
  readonly #watchers = new Map<string, Set<() => void>>();
  /** Names of operations in the order in which they came. */
  readonly calls: string[] = [];
  /** Changes answers: what a lying server or proxy would do. */
  tamper: (name: string, data: Record<string, unknown>) => Record<string, unknown> = (_, data) => data;
  /** Fails a request before it is looked at, as a broken network does. */
  breakRequest: (name: string) => boolean = () => false;
  /** Loses the answer of a request that was carried out. */
  loseAnswer: (name: string) => boolean = () => false;
  breakPart: (index: number) => boolean = () => false;
  /** Cuts a download off after so many bytes. */
  cutDownloadAt: number | undefined;

  constructor(federation: FederationWorld) {
    this.federation = federation;
    this.#logKey = SigningKey.generate(federation.random);
    this.#promiseKey = SigningKey.generate(federation.random);
  }

  transport(): Transport {
    return {
      origin: 'https://rogatory.test',
      request: (request) => this.#request(request),
      subscribe: (request, signal) => this.#subscribe(request, signal),
      putPart: (upload) => this.#putPart(upload),
      getContent: (request) => this.#getContent(request),
      getFile: async () => undefined,
      close: async () => undefined,
    };
  }

  state(id: string): ChainState {
    const state = this.#states.get(id);
    if (state === undefined) throw new Told('access/refused');
    return state;
  }

  log(id: string): readonly StoredEvent[] {
    return this.#logs.get(id) ?? [];
  }

  async #request(request: GraphqlRequest): Promise<GraphqlAnswer> {
    const { name } = request.operation;
    this.calls.push(name);
    if (this.breakRequest(name)) throw new UnavailableError('client/network', 'broken by the test');
    try {
      const device = this.#device(request);
      const actId = this.#act(request, device);
      const result = await this.#answer(name, (request.variables ?? {}) as Variables, device);
      if (this.loseAnswer(name)) throw new Lost();
      const data = this.tamper(name, { [request.operation.rootField]: result });
      return { data, ...(actId === undefined ? {} : { extensions: { receipt: this.#receipt(actId) } }) };
    } catch (error) {
      if (error instanceof Lost) throw new UnavailableError('client/network', 'lost by the test');
      const code = error instanceof Error && 'code' in error ? String(error.code) : undefined;
      if (code === undefined) throw error;
      const family = error instanceof Error && 'family' in error ? error.family : 'refused';
      return { errors: [{ extensions: { code, family, retryable: false, details: {} } }] };
    }
  }

  #device({ proof }: GraphqlRequest): DeviceId | undefined {
    if (proof.accessToken === undefined) return undefined;
    const device = this.#tokens.get(proof.accessToken);
    const isLive = device !== undefined && this.federation.view.isDeviceLive(device, this.federation.nowMs);
    if (!isLive) throw new Told('access/refused');
    return device;
  }

  /** The checks of the real server, as far as a client can get them wrong. */
  #act({ proof, variables }: GraphqlRequest, device: DeviceId | undefined): string | undefined {
    if (proof.act === undefined) return undefined;
    const signed = decodeSignedAct(proof.act);
    const { act } = signed;
    const certificate = device && this.federation.view.device(device)?.certificate;
    if (certificate === undefined || act.deviceId !== device) throw new Told('audit/act', 'verification');
    verifyActSignature(signed, certificate.signingKey);
    if (act.counter <= (this.#counters.get(device) ?? 0)) throw new Told('audit/counter-reused');
    this.#counters.set(device, act.counter);
    if (auditEvents[act.operation].needsWhy !== (proof.why !== undefined)) throw new Told('audit/reason-missing');
    const payload = payloadOf(variables as Variables);
    const isBound = payload === undefined || toHex(act.payloadHash) === toHex(actPayloadHash(payload));
    if (!isBound) throw new Told('audit/act', 'verification');
    return act.actId;
  }

  #receipt(recordId: string) {
    const signedBytes = encodeReceiptPromise({
      logOrigin: AUDIT_ORIGIN,
      recordId: recordId as never,
      leafHash: new Uint8Array(32),
      deadlineMs: this.federation.nowMs + 10_000,
    });
    const signature = this.#promiseKey.sign(signaturePurposes.receiptPromise, signedBytes);
    return { recordId, promise: toBase64(encodeSignedReceiptPromise({ signedBytes, signature })) };
  }

  async #answer(name: string, variables: Variables, device: DeviceId | undefined): Promise<unknown> {
    const handlers: Readonly<Record<string, () => unknown>> = {
      Server: () => this.#server(),
      RequestChallenge: () => this.#challenge(String(variables['deviceId'])),
      Login: () => this.#login(bytesOf(variables['statement'])),
      RefreshSession: () => {
        throw new Told('access/refused');
      },
      Logout: () => true,
      WhoAmI: () => this.#whoAmI(device as DeviceId),
      DirectoryEntries: () => this.#directory(Number(variables['from'])),
      PublishPrekeys: () => this.#publish(listOf(variables['prekeys'])),
      Prekeys: () => (variables['deviceIds'] as string[]).map((id) => this.#prekey(id)),
      Cases: () => ({ cases: this.#caseList(device as DeviceId), endCursor: null, hasMore: false }),
      Case: () => this.#case(String(variables['caseId']), device as DeviceId),
      CreateCase: () => this.#append(variables['links'] as LinkInput[]),
      AppendLinks: () => this.#append(variables['links'] as LinkInput[]),
      ContentLog: () => this.#contentLog(String(variables['compartmentId']), Number(variables['from'])),
      Boxes: () => this.#boxes(String(variables['compartmentId']), Number(variables['fromSeq']), device as DeviceId),
      Heartbeats: () => [...(this.#heartbeats.get(String(variables['compartmentId'])) ?? new Map()).values()].map(toBase64),
      SendHeartbeat: () => this.#heartbeat(bytesOf(variables['heartbeat'])),
      Complaints: () => (this.#complaints.get(String(variables['compartmentId'])) ?? []).map(toBase64),
      Complain: () => this.#complain(String(variables['complaint'])),
      PostItem: () => this.#post(bytesOf(variables['item'])),
      Invite: () => this.#invite(bytesOf(variables['invitation'])),
      AcceptInvitation: () => this.#accept(bytesOf(variables['acceptance'])),
      Invitations: () => ({ invitations: this.#invitationList() }),
      BeginUpload: () => this.#beginUpload(String(variables['compartmentId']), Number(variables['sealedBytes'])),
      CancelUpload: () => this.uploads.delete(String(variables['uploadId'])),
      Uploads: () => [...this.uploads].map(([id, upload]) => uploadOf(id, upload)),
      AddDocument: () => this.#addDocument(bytesOf(variables['item']), String(variables['uploadId'])),
      OpenDocument: () => this.#openDocument(String(variables['objectId']), Number(variables['version'])),
    };
    const handler = handlers[name];
    if (handler === undefined) throw new RangeError(`no ${name}`);
    return handler();
  }

  #server() {
    return {
      federationHash: toHex(this.federation.pinnedRootHash),
      federationRoot: toBase64(this.federation.entries[0] as Uint8Array),
      auditOrigin: AUDIT_ORIGIN,
      directoryOrigin: DIRECTORY_ORIGIN,
      logKeys: [encodeVerifierKey(this.#verifier)],
      promiseKey: toBase64(this.#promiseKey.publicKey),
      timeMs: this.federation.nowMs,
      demo: true,
      suite: 1,
      version: 'test',
    };
  }

  get #verifier() {
    return verifierKey({ name: DIRECTORY_ORIGIN, type: keyTypes.log, publicKey: this.#logKey.publicKey });
  }

  #challenge(deviceId: string) {
    const challenge = toBase64(this.federation.random(32));
    this.#challenges.set(challenge, deviceId);
    return { challenge, expiresAtMs: this.federation.nowMs + 60_000 };
  }

  #login(bytes: Uint8Array) {
    const { statement, signedBytes, signature } = decodeSignedLoginStatement(bytes);
    const device = this.federation.view.device(statement.deviceId);
    const isAsked = this.#challenges.get(toBase64(statement.challenge)) === statement.deviceId;
    if (device === undefined || !isAsked || statement.audience !== 'https://rogatory.test') throw new Told('access/refused');
    const publicKey = device.certificate.signingKey;
    verifySignature({ purpose: signaturePurposes.login, publicKey, message: signedBytes, signature });
    const accessToken = toHex(this.federation.random(16));
    this.#tokens.set(accessToken, statement.deviceId);
    const accessExpiresAtMs = this.federation.nowMs + 300_000;
    return { accessToken, accessExpiresAtMs, refreshToken: 'r', refreshExpiresAtMs: accessExpiresAtMs };
  }

  #whoAmI(deviceId: DeviceId) {
    const person = this.federation.view.device(deviceId)?.personId;
    const ids = { deviceId, personId: person, postId: '0'.repeat(32), authorityId: '0'.repeat(32) };
    return { ...ids, state: 'AA', postKind: 'prosecutor', sessionEndsAtMs: this.federation.nowMs };
  }

  async #directory(from: number) {
    const { state, entries, nowMs } = this.federation;
    const { size, root } = state.head;
    const signer = { key: this.#verifier, sign: async (bytes: Uint8Array) => this.#logKey.signRaw(bytes) };
    const note = await signCheckpoint({ origin: DIRECTORY_ORIGIN, size, root }, [signer]);
    const page = entries.slice(from, from + 7).map((bytes, i) => ({
      index: from + i,
      bytes: toBase64(bytes),
      receivedAtMs: nowMs,
      card: null,
    }));
    const head = { size, root: toBase64(root), checkpoint: parseUtf8(note), timeMs: nowMs };
    return { entries: page, head, hasMore: from + page.length < entries.length };
  }

  #publish(prekeys: readonly Uint8Array[]): boolean {
    for (const bytes of prekeys) this.#prekeys.set(decodeSignedPrekey(bytes).prekey.deviceId, bytes);
    return true;
  }

  #prekey(deviceId: string) {
    const bytes = this.#prekeys.get(deviceId);
    return { deviceId, prekey: bytes === undefined ? null : toBase64(bytes) };
  }

  #caseList(device: DeviceId) {
    const roots = [...this.#states.values()].filter(({ isRoot, members }) => isRoot && members.device(device));
    return roots.map(({ caseId }) => this.#case(caseId, device));
  }

  #case(caseId: string, device: DeviceId) {
    const all = [...this.#states.values()].filter((state) => (state.caseId as string) === caseId);
    const mine = all.filter(({ members }) => members.device(device) !== undefined);
    if (mine.length === 0) throw new Told('access/refused');
    const compartments = mine.map((state) => this.#headOf(state));
    return { caseId, isClosed: this.state(caseId).isClosed, createdAtMs: 0, compartments };
  }

  #headOf({ compartmentId, head, epoch, content }: ChainState) {
    const place = { compartmentId, chainSeq: head.seq, linkHash: toBase64(head.linkHash), epoch };
    return { ...place, contentSize: content.size, contentRoot: toBase64(content.root), role: 'lead' };
  }

  #facts(id: string, caseId: string) {
    const root = id === caseId ? undefined : this.#states.get(caseId);
    return {
      directory: this.federation.state,
      reception: { receivedAtMs: this.federation.nowMs },
      complaint: (hash: Uint8Array) => (void hash, (this.#complaints.get(id) ?? [])[0]),
      ...(root && { root }),
    };
  }

  #append(inputs: readonly LinkInput[]) {
    const before = new Map(this.#states);
    const written: { id: string; event: StoredEvent }[] = [];
    try {
      for (const input of inputs) {
        const bytes = fromBase64(input.link);
        const { link } = decodeSignedLink(bytes);
        const applied = applyLink(this.#states.get(link.compartmentId), bytes, this.#facts(link.compartmentId, link.caseId));
        const boxes = input.boxes.map(fromBase64);
        verifyBoxes(applied, boxes, this.federation.state);
        this.#states.set(link.compartmentId, applied.state);
        const event = { isLink: true, bytes, receivedAtMs: this.federation.nowMs, boxes };
        written.push({ id: link.compartmentId, event });
      }
    } catch (error) {
      this.#states.clear();
      for (const [id, state] of before) this.#states.set(id, state);
      throw error;
    }
    for (const { id, event } of written) this.#store(id, event);
    const heads = [...new Set(written.map(({ id }) => id))].map((id) => this.#headOf(this.state(id)));
    return { __typename: 'LinksAppended', heads, receivedAtMs: this.federation.nowMs };
  }

  #post(bytes: Uint8Array) {
    const { header } = decodeSignedItem(bytes);
    const { compartmentId, caseId } = header;
    const applied = applyItem(this.state(compartmentId), bytes, this.#facts(compartmentId, caseId));
    this.#states.set(compartmentId, applied.state);
    this.#store(compartmentId, { isLink: false, bytes, receivedAtMs: this.federation.nowMs, boxes: [] });
    const { size, root } = applied.state.content;
    const facts = { contentSize: size, contentRoot: toBase64(root), receivedAtMs: this.federation.nowMs };
    return { __typename: 'ItemPosted', position: applied.contentIndex, ...facts };
  }

  #store(id: string, event: StoredEvent): void {
    const log = this.#logs.get(id);
    if (log === undefined) this.#logs.set(id, [event]);
    else log.push(event);
    for (const wake of this.#watchers.get(id) ?? []) wake();
  }

  #contentLog(id: string, from: number) {
    const events = this.log(id).slice(from, from + 3).map((event, i) => eventOf(event, from + i));
    const { content } = this.state(id);
    const hasMore = from + events.length < content.size;
    return { events, size: content.size, root: toBase64(content.size === 0 ? emptyRoot() : content.root), hasMore };
  }

  #boxes(id: string, fromSeq: number, device: DeviceId) {
    const links = this.log(id).filter(({ isLink }) => isLink);
    const boxes = links.flatMap(({ boxes: all }, seq) => {
      const index = all.findIndex((bytes) => decodeBox(bytes).deviceId === device);
      if (seq < fromSeq || index < 0) return [];
      const leaves = all.map((bytes) => leafHash(boxLeaf(decodeBox(bytes), bytes)));
      return [{ seq, bytes: toBase64(all[index] as Uint8Array), proof: proofOf(leaves, index).map(toBase64) }];
    });
    return { boxes, hasMore: false };
  }

  #heartbeat(bytes: Uint8Array): boolean {
    const { heartbeat } = decodeSignedHeartbeat(bytes);
    const known = this.#heartbeats.get(heartbeat.compartmentId) ?? new Map<DeviceId, Uint8Array>();
    this.#heartbeats.set(heartbeat.compartmentId, known.set(heartbeat.deviceId, bytes));
    return true;
  }

  #complain(complaint: string): boolean {
    const bytes = fromBase64(complaint);
    const id = toHex(bytes.slice(20, 52));
    this.#complaints.set(id, [...(this.#complaints.get(id) ?? []), bytes]);
    return true;
  }

  #invite(bytes: Uint8Array): boolean {
    const { invitation } = decodeSignedInvitation(bytes);
    this.#invitations.set(invitation.invitationId, { invitation: bytes, acceptances: [] });
    return true;
  }

  #accept(bytes: Uint8Array): boolean {
    this.#invitations.get(toHex(bytes.slice(4, 20)))?.acceptances.push(bytes);
    return true;
  }

  #invitationList() {
    return [...this.#invitations.values()].map(({ invitation, acceptances }) => ({
      invitation: toBase64(invitation),
      acceptances: acceptances.map(toBase64),
      isRevoked: false,
      usesLeft: 1,
    }));
  }

  #beginUpload(compartmentId: string, sealedBytes: number) {
    const id = toHex(this.federation.random(16));
    this.uploads.set(id, { compartmentId, sealedBytes, parts: new Map() });
    return uploadOf(id, this.uploads.get(id) as StoredUpload);
  }

  #addDocument(item: Uint8Array, uploadId: string) {
    const upload = this.uploads.get(uploadId);
    if (upload === undefined || stored(upload).length !== upload.sealedBytes) throw new Told('documents/incomplete');
    const { header } = decodeSignedItem(item);
    this.#documents.set(`${header.objectId}:${header.version}`, uploadId);
    return this.#post(item);
  }

  #openDocument(objectId: string, version: number) {
    const uploadId = this.#documents.get(`${objectId}:${version}`);
    const upload = uploadId === undefined ? undefined : this.uploads.get(uploadId);
    if (upload === undefined) throw new Told('access/refused');
    return { uploadId, sealedBytes: upload.sealedBytes, grant: 'grant', expiresAtMs: this.federation.nowMs + 60_000 };
  }

  async #putPart({ uploadId, index, bytes }: PartUpload): Promise<HttpFailure | undefined> {
    if (this.breakPart(index)) throw new UnavailableError('client/network', 'broken by the test');
    this.uploads.get(uploadId)?.parts.set(index, bytes.slice());
    return undefined;
  }

  async #getContent({ uploadId, from, to }: ContentRequest): Promise<AsyncIterable<Uint8Array> | HttpFailure> {
    const upload = this.uploads.get(uploadId);
    if (upload === undefined) return { status: 404, code: 'access/refused' };
    const bytes = stored(upload).slice(from, to + 1);
    const cut = to >= FILE_HEADER_BYTES ? this.cutDownloadAt : undefined;
    return chunks(cut === undefined ? bytes : bytes.slice(0, cut));
  }

  async *#subscribe({ variables, proof }: GraphqlRequest, signal: AbortSignal): AsyncIterable<GraphqlAnswer> {
    this.calls.push('Subscribe');
    this.#act({ proof, variables } as GraphqlRequest, this.#device({ proof } as GraphqlRequest));
    const { compartmentId, after } = variables as { compartmentId: CompartmentId; after: number };
    const watchers = this.#watchers.get(compartmentId) ?? new Set();
    this.#watchers.set(compartmentId, watchers);
    let at = after + 1;
    while (!signal.aborted) {
      const event = this.log(compartmentId)[at];
      if (event !== undefined) {
        yield { data: { compartmentEvents: eventOf(event, at++) } };
        continue;
      }
      await new Promise<void>((resolve) => {
        const done = (): void => {
          watchers.delete(done);
          resolve();
        };
        watchers.add(done);
        signal.addEventListener('abort', done, { once: true });
      });
    }
  }
}

class Lost extends Error {}

interface LinkInput {
  readonly link: string;
  readonly boxes: readonly string[];
}

function payloadOf(variables: Variables): Uint8Array[] | undefined {
  const { links, item, prekeys, heartbeat } = variables;
  if (Array.isArray(links)) return (links as LinkInput[]).map(({ link }) => fromBase64(link));
  if (Array.isArray(prekeys)) return listOf(prekeys);
  const single = item ?? heartbeat;
  return single === undefined ? undefined : [bytesOf(single)];
}

function bytesOf(value: unknown): Uint8Array {
  return fromBase64(String(value));
}

function listOf(value: unknown): Uint8Array[] {
  return (value as string[]).map(fromBase64);
}

function eventOf({ isLink, bytes, receivedAtMs }: StoredEvent, position: number) {
  return { position, isLink, bytes: toBase64(bytes), receivedAtMs };
}

function uploadOf(uploadId: string, { compartmentId, sealedBytes, parts }: StoredUpload) {
  const count = Math.ceil((sealedBytes - FILE_HEADER_BYTES) / (32 * (2 ** 18 + 16)));
  const facts = { partBytes: 32 * (2 ** 18 + 16), parts: count, receivedParts: [...parts.keys()], expiresAtMs: 0 };
  return { uploadId, compartmentId, sealedBytes, ...facts };
}

function stored({ parts }: StoredUpload): Uint8Array {
  const ordered = [...parts].sort(([a], [b]) => a - b).map(([, bytes]) => Buffer.from(bytes));
  return new Uint8Array(Buffer.concat(ordered));
}

async function* chunks(bytes: Uint8Array): AsyncIterable<Uint8Array> {
  for (let at = 0; at < bytes.length; at += 50_000) yield bytes.slice(at, at + 50_000);
}

function proofOf(leaves: readonly Uint8Array[], index: number): Uint8Array[] {
  if (leaves.length <= 1) return [];
  const split = 2 ** Math.ceil(Math.log2(leaves.length) - 1);
  const [left, right] = [leaves.slice(0, split), leaves.slice(split)];
  return index < split ? [...proofOf(left, index), rootOfLeaves(right)] : [...proofOf(right, index - split), rootOfLeaves(left)];
}

function rootOfLeaves(leaves: readonly Uint8Array[]): Uint8Array {
  const frontier = new Frontier();
  for (const leaf of leaves) frontier.append(leaf);
  return frontier.root();
}

import {
  type CompartmentId,
  type DeviceId,
  fromBase64,
  parseUtf8,
  toBase64,
  toHex,
  UnavailableError,
} from '@rogatory/kernel';
import { SigningKey } from '@rogatory/crypto/sign';
import { actPayloadHash, verifyActSignature, verifySignature } from '@rogatory/crypto/verify';
import {
  auditEvents,
  decodeSignedAct,
  decodeSignedInvitation,
  decodeSignedLoginStatement,
  decodeSignedPrekey,
  encodeReceiptPromise,
  encodeSignedReceiptPromise,
  signaturePurposes,
} from '@rogatory/protocol';
import type { FederationWorld } from '@rogatory/pki/testing';
import { encodeVerifierKey, keyTypes, signCheckpoint, verifierKey } from '@rogatory/tlog';
import type { GraphqlAnswer, GraphqlRequest, Transport } from '../transport/transport.js';
import { eventOf, type LinkInput, MemoryCases, Told } from './memory-cases.js';
import { entryOfState, MemoryAnchors, type ToldEpoch } from './memory-anchors.js';
import { MemoryFiles } from './memory-files.js';

const DIRECTORY_ORIGIN = 'rogatory.test/audit/directory';
const AUDIT_ORIGIN = 'rogatory.test/audit/log/2026h2';

type Variables = Readonly<Record<string, unknown>>;

/**
 * An honest server in memory, behind the transport port: verifies sessions, acts, links and items like the real one and
 * orders them. Tests make it lie through `tamper`.
 */
export class MemoryServer {
  readonly federation: FederationWorld;
  readonly cases: MemoryCases;
  readonly files: MemoryFiles;
  readonly anchors: MemoryAnchors;
  readonly #logKey: SigningKey;
  readonly #promiseKey: SigningKey;
  readonly #prekeys = new Map<string, Uint8Array>();
  readonly #invitations = new Map<string, { invitation: Uint8Array; acceptances: Uint8Array[] }>();
  readonly #tokens = new Map<string, DeviceId>();
  readonly #challenges = new Map<string, string>();
  readonly #counters = new Map<string, number>();
  /** Names of operations in the order in which they came. */
  readonly calls: string[] = [];
  /** Changes answers: what a lying server or proxy would do. */
  tamper: (name: string, data: Record<string, unknown>) => Record<string, unknown> = (_, data) => data;
  /** Puts cosignatures under the newest head of the directory; without it the server has no witnesses. */
  witness: ((note: Uint8Array) => Promise<Uint8Array>) | undefined;
  /** Changes what the newest epoch says; with undefined it names no compartment. */
  epoch: (honest: ToldEpoch) => ToldEpoch | undefined = (honest) => honest;
  /** Fails a request before it is looked at, as a broken network does. */
  breakRequest: (name: string) => boolean = () => false;
  /** Loses the answer of a request that was carried out. */
  loseAnswer: (name: string) => boolean = () => false;

  constructor(federation: FederationWorld) {
    this.federation = federation;
    this.cases = new MemoryCases(federation);
    this.files = new MemoryFiles(federation);
    this.#logKey = SigningKey.generate(federation.random);
    this.#promiseKey = SigningKey.generate(federation.random);
    this.anchors = new MemoryAnchors(federation.random);
  }

  transport(): Transport {
    return {
      origin: 'https://rogatory.test',
      request: (request) => this.#request(request),
      subscribe: (request, signal) => this.#subscribe(request, signal),
      putPart: (upload) => this.files.putPart(upload),
      getContent: (request) => this.files.getContent(request),
      getFile: async () => undefined,
      getStream: async () => ({ status: 404, code: undefined }),
      close: async () => undefined,
    };
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
      Cases: () => ({ cases: this.cases.caseList(device as DeviceId), endCursor: null, hasMore: false }),
      Case: () => this.cases.case(String(variables['caseId']), device as DeviceId),
      CreateCase: () => this.cases.append(variables['links'] as LinkInput[]),
      AppendLinks: () => this.cases.append(variables['links'] as LinkInput[]),
      ContentLog: () => this.cases.contentLog(String(variables['compartmentId']), Number(variables['from'])),
      Boxes: () =>
        this.cases.boxes(String(variables['compartmentId']), Number(variables['fromSeq']), device as DeviceId),
      CompartmentAnchor: () => this.#anchor(String(variables['compartmentId'])),
      Heartbeats: () => this.cases.heartbeats(String(variables['compartmentId'])),
      SendHeartbeat: () => this.cases.heartbeat(bytesOf(variables['heartbeat'])),
      Complaints: () => this.cases.complaints(String(variables['compartmentId'])),
      Complain: () => this.cases.complain(String(variables['complaint'])),
      PostItem: () => this.cases.post(bytesOf(variables['item'])),
      Invite: () => this.#invite(bytesOf(variables['invitation'])),
      AcceptInvitation: () => this.#accept(bytesOf(variables['acceptance'])),
      Invitations: () => ({ invitations: this.#invitationList() }),
      BeginUpload: () => this.files.beginUpload(String(variables['compartmentId']), Number(variables['sealedBytes'])),
      CancelUpload: () => this.files.uploads.delete(String(variables['uploadId'])),
      Uploads: () => this.files.list(),
      AddDocument: () => {
        this.files.addDocument(bytesOf(variables['item']), String(variables['uploadId']));
        return this.cases.post(bytesOf(variables['item']));
      },
      OpenDocument: () => this.files.openDocument(String(variables['objectId']), Number(variables['version'])),
    };
    const handler = handlers[name];
    if (handler === undefined) throw new RangeError(`no ${name}`);
    return handler();
  }

  async #anchor(id: string) {
    const entry = entryOfState(this.cases.state(id));
    const told = this.epoch({ origin: AUDIT_ORIGIN, epochMs: this.federation.nowMs, entry });
    return told === undefined ? [] : [await this.anchors.show(told)];
  }

  #server() {
    return {
      federationHash: toHex(this.federation.pinnedRootHash),
      federationRoot: toBase64(this.federation.entries[0] as Uint8Array),
      auditOrigin: AUDIT_ORIGIN,
      directoryOrigin: DIRECTORY_ORIGIN,
      logKeys: [this.logKeyText, this.anchors.verifierKeyOf(AUDIT_ORIGIN)],
      promiseKey: toBase64(this.#promiseKey.publicKey),
      timeMs: this.federation.nowMs,
      demo: true,
      suite: 1,
      version: 'test',
      ...{ witnesses: 0, unwitnessedSinceMs: null },
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
    if (device === undefined || !isAsked || statement.audience !== 'https://rogatory.test')
      throw new Told('access/refused');
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
    const rest = { state: 'AA', postKind: 'prosecutor', sessionEndsAtMs: this.federation.nowMs, reviewDueMs: null };
    return { ...ids, ...rest };
  }

  /** Verifier key of its logs. */
  get logKeyText(): string {
    return encodeVerifierKey(this.#verifier);
  }

  /** A head of the directory under the key of its log: whatever head a lying server likes. */
  directoryNote(head: { readonly size: number; readonly root: Uint8Array }): Promise<Uint8Array> {
    const signer = { key: this.#verifier, sign: async (bytes: Uint8Array) => this.#logKey.signRaw(bytes) };
    return signCheckpoint({ origin: DIRECTORY_ORIGIN, ...head }, [signer]);
  }

  async #directory(from: number) {
    const { state, entries, nowMs } = this.federation;
    const { size, root } = state.head;
    const note = await this.directoryNote({ size, root });
    const page = entries.slice(from, from + 7).map((bytes, i) => ({
      index: from + i,
      bytes: toBase64(bytes),
      receivedAtMs: nowMs,
      card: null,
    }));
    const head = { size, root: toBase64(root), checkpoint: parseUtf8(note), timeMs: nowMs };
    const witnessed = this.witness === undefined ? null : parseUtf8(await this.witness(note));
    return { entries: page, head, witnessed, hasMore: from + page.length < entries.length };
  }

  #publish(prekeys: readonly Uint8Array[]): boolean {
    for (const bytes of prekeys) this.#prekeys.set(decodeSignedPrekey(bytes).prekey.deviceId, bytes);
    return true;
  }

  #prekey(deviceId: string) {
    const bytes = this.#prekeys.get(deviceId);
    return { deviceId, prekey: bytes === undefined ? null : toBase64(bytes) };
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

  async *#subscribe({ variables, proof }: GraphqlRequest, signal: AbortSignal): AsyncIterable<GraphqlAnswer> {
    this.calls.push('Subscribe');
    this.#act({ proof, variables } as GraphqlRequest, this.#device({ proof } as GraphqlRequest));
    const { compartmentId, after } = variables as { compartmentId: CompartmentId; after: number };
    const watchers = this.cases.watchers.get(compartmentId) ?? new Set();
    this.cases.watchers.set(compartmentId, watchers);
    let at = after + 1;
    while (!signal.aborted) {
      const event = this.cases.log(compartmentId)[at];
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

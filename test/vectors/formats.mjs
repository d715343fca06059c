/**
 * The project's own code for each kind of vector: how it decodes, encodes, derives and verifies. The vectors are tested
 * through this table, and were first made through it; `second/` shares nothing with it.
 */
import * as chain from '@rogatory/chain';
import * as e2ee from '@rogatory/e2ee';
import { concatBytes, Secret, toHex } from '@rogatory/kernel';
import * as protocol from '@rogatory/protocol';
import {
  actHash,
  checkKemKey,
  checkSigningKey,
  checkSuite,
  hash,
  sha256,
  verifySignature,
} from '@rogatory/crypto/verify';

const { contexts, signaturePurposes: purposes } = protocol;

/**
 * @typedef {{ purpose: number, publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array }} Claim
 * @typedef {object} Format
 * @property {(bytes: Uint8Array) => any} decode
 * @property {(decoded: any) => Uint8Array} encode
 * @property {(decoded: any, bytes: Uint8Array) => Record<string, Uint8Array>} [derive]
 * @property {(decoded: any, signer: Uint8Array) => Claim[]} [claims] `signer` is the key that the vector names
 * @property {(decoded: any) => { suite?: number, signing?: Uint8Array[], kem?: Uint8Array[] }} [demands]
 */

/** @param {number} purpose @returns {(decoded: any, signer: Uint8Array) => Claim[]} */
const signedBy = (purpose) => (decoded, publicKey) => [
  { purpose, publicKey, message: decoded.signedBytes, signature: decoded.signature },
];

/** @param {number} purpose @param {any} decoded @returns {Claim[]} */
const bySigners = (purpose, { signedBytes: message, signatures }) =>
  signatures.map((/** @type {any} */ { publicKey, signature }) => ({ purpose, publicKey, message, signature }));

/** Nobody's key: what an index beyond the list stands for. */
const nobody = new Uint8Array(32);

/** @param {number} purpose @param {Uint8Array} message @param {{ keys: Uint8Array, signatures: any[] }} list keys in a row @returns {Claim[]} */
const byList = (purpose, message, { keys, signatures }) =>
  signatures.map(({ keyIndex, signature }) => {
    const publicKey = keys.slice(32 * keyIndex, 32 * keyIndex + 32);
    return { purpose, publicKey: publicKey.length === 32 ? publicKey : nobody, message, signature };
  });

/** @param {string} context @param {any} decoded */
const hashed = (context, { signedBytes }) => hash(/** @type {any} */ (context), signedBytes);

/** @type {Record<string, Format>} */
const directory = {
  'federation-root': {
    decode: protocol.decodeSignedFederationRoot,
    encode: (decoded) =>
      protocol.encodeSignedFederationRoot({ ...decoded, signedBytes: protocol.encodeFederationRoot(decoded.root) }),
    derive: (decoded) => ({ rootHash: hashed(contexts.root, decoded) }),
    // The vector names the keys of the version before, in a row.
    claims: ({ root, signedBytes, signatures, previousSignatures }, keys) => [
      ...byList(purposes.root, signedBytes, { keys: concatBytes(...root.keys), signatures }),
      ...byList(purposes.root, signedBytes, { keys, signatures: previousSignatures }),
    ],
    demands: ({ root }) => ({ suite: root.suite, signing: root.keys }),
  },
  'authority-record': {
    decode: protocol.decodeSignedAuthorityRecord,
    encode: (decoded) =>
      protocol.encodeSignedAuthorityRecord({ ...decoded, signedBytes: protocol.encodeAuthorityRecord(decoded.record) }),
    // The vector names the root's keys, in a row.
    claims: ({ signedBytes, signatures }, keys) => byList(purposes.authority, signedBytes, { keys, signatures }),
    demands: ({ record }) => ({ suite: record.suite, signing: record.registrarKeys, kem: [record.oversightKemKey] }),
  },
  'person-certificate': {
    decode: protocol.decodeSignedPersonCertificate,
    encode: (decoded) =>
      protocol.encodeSignedPersonCertificate({
        ...{ ...decoded, signedBytes: protocol.encodePersonCertificate(decoded.certificate) },
      }),
    derive: (decoded) => ({ certificateHash: hashed(contexts.certificate, decoded) }),
    claims: (decoded) => bySigners(purposes.personCertificate, decoded),
    demands: ({ certificate }) => certificate,
  },
  'device-certificate': {
    decode: protocol.decodeSignedDeviceCertificate,
    encode: (decoded) =>
      protocol.encodeSignedDeviceCertificate({
        ...{ ...decoded, signedBytes: protocol.encodeDeviceCertificate(decoded.certificate) },
      }),
    derive: (decoded) => ({
      certificateHash: hashed(contexts.certificate, decoded),
      kemKeyHash: hash(contexts.kemKey, decoded.certificate.kemKey),
    }),
    claims: (decoded) => {
      const { certificate, signedBytes: message, proofOfPossession: signature } = decoded;
      const proof = { purpose: purposes.proofOfPossession, publicKey: certificate.signingKey, message, signature };
      return [proof, ...bySigners(purposes.deviceCertificate, decoded)];
    },
    demands: ({ certificate }) => ({
      ...{ suite: certificate.suite, signing: [certificate.signingKey], kem: [certificate.kemKey] },
    }),
  },
  revocation: {
    decode: protocol.decodeSignedRevocation,
    encode: (decoded) =>
      protocol.encodeSignedRevocation({ ...decoded, signedBytes: protocol.encodeRevocation(decoded.revocation) }),
    claims: (decoded) => bySigners(purposes.revocation, decoded),
    demands: ({ revocation }) => revocation,
  },
  card: {
    decode: protocol.decodePersonCard,
    encode: protocol.encodePersonCard,
    derive: (_, bytes) => ({ cardHash: hash(contexts.card, bytes) }),
  },
  prekey: {
    decode: protocol.decodeSignedPrekey,
    encode: (decoded) =>
      protocol.encodeSignedPrekey({ ...decoded, signedBytes: protocol.encodePrekey(decoded.prekey) }),
    derive: (decoded) => ({ prekeyHash: hashed(contexts.prekey, decoded) }),
    claims: signedBy(purposes.prekey),
    demands: ({ prekey }) => ({ suite: prekey.suite, kem: [prekey.kemKey] }),
  },
  'enrolment-request': {
    decode: protocol.decodeEnrolmentRequest,
    encode: (decoded) =>
      protocol.encodeEnrolmentRequest({
        certificateBytes: protocol.encodeDeviceCertificate(decoded.certificate),
        proofOfPossession: decoded.proofOfPossession,
        cardBytes: decoded.card === undefined ? new Uint8Array(0) : protocol.encodePersonCard(decoded.card),
      }),
    derive: (_, bytes) => ({ fingerprint: hash(contexts.enrolment, bytes) }),
    claims: ({ certificate, certificateBytes: message, proofOfPossession: signature }) => [
      { purpose: purposes.proofOfPossession, publicKey: certificate.signingKey, message, signature },
    ],
    demands: ({ certificate }) => ({
      ...{ suite: certificate.suite, signing: [certificate.signingKey], kem: [certificate.kemKey] },
    }),
  },
  'directory-bundle': { decode: protocol.decodeDirectoryBundle, encode: protocol.encodeDirectoryBundle },
};

/** @type {Record<string, Format>} */
const cases = {
  link: {
    decode: protocol.decodeSignedLink,
    encode: (decoded) => protocol.encodeSignedLink({ ...decoded, ...protocol.encodeLink(decoded.link) }),
    derive: ({ signedBytes, contextBytes }, bytes) => ({
      linkHash: chain.linkHash(signedBytes),
      contextHash: chain.linkContext(contextBytes),
      logLeaf: chain.contentLeaf(bytes),
    }),
    claims: signedBy(purposes.link),
    demands: ({ link }) => link,
  },
  member: {
    decode: (bytes) => {
      const reader = new protocol.ByteReader(bytes, 1024);
      const member = protocol.readMember(reader);
      reader.end();
      return member;
    },
    encode: protocol.encodeMember,
    derive: (decoded) => ({ memberLeaf: chain.memberLeaf(decoded) }),
  },
  box: {
    decode: protocol.decodeBox,
    encode: protocol.encodeBox,
    derive: (decoded, bytes) => ({ boxHash: chain.boxHash(bytes), boxLeaf: chain.boxLeaf(decoded, bytes) }),
  },
  'key-entries': {
    decode: (bytes) => ({ entries: protocol.decodeKeyEntries(bytes) }),
    encode: ({ entries }) => protocol.encodeKeyEntries(entries),
  },
  'disclosed-keys': {
    decode: (bytes) => ({ keys: e2ee.decodeDisclosedKeys(bytes) }),
    encode: ({ keys }) => e2ee.encodeDisclosedKeys(keys),
  },
  item: {
    decode: protocol.decodeSignedItem,
    encode: (decoded) =>
      protocol.encodeSignedItem({ ...decoded, headerBytes: protocol.encodeItemHeader(decoded.header) }),
    derive: (decoded, bytes) => ({ itemHash: chain.itemHash(decoded), logLeaf: chain.contentLeaf(bytes) }),
    claims: ({ headerBytes, sealed, signature }, publicKey) => {
      const message = protocol.itemSignedBytes(headerBytes, chain.itemBodyHash(sealed));
      return [{ purpose: purposes.item, publicKey, message, signature }];
    },
    demands: ({ header }) => header,
  },
  message: { decode: protocol.decodeMessageContent, encode: protocol.encodeMessageContent },
  manifest: { decode: protocol.decodeDocumentManifest, encode: protocol.encodeDocumentManifest },
  withdrawal: { decode: protocol.decodeWithdrawal, encode: protocol.encodeWithdrawal },
  acknowledgement: { decode: protocol.decodeAcknowledgement, encode: protocol.encodeAcknowledgement },
  'case-info': { decode: protocol.decodeCaseInfo, encode: protocol.encodeCaseInfo },
  'carried-head': { decode: protocol.decodeCarriedHead, encode: protocol.encodeCarriedHead },
  'task-facts': { decode: protocol.decodeTaskFacts, encode: protocol.encodeTaskFacts },
  'task-content': { decode: protocol.decodeTaskContent, encode: protocol.encodeTaskContent },
  'file-header': {
    decode: protocol.decodeFileHeader,
    encode: protocol.encodeFileHeader,
    derive: (_, bytes) => ({ headerHash: sha256(bytes) }),
  },
};

/** @type {Record<string, Format>} */
const statements = {
  heartbeat: {
    decode: protocol.decodeSignedHeartbeat,
    encode: (decoded) =>
      protocol.encodeSignedHeartbeat({ ...decoded, signedBytes: protocol.encodeHeartbeat(decoded.heartbeat) }),
    claims: signedBy(purposes.heartbeat),
  },
  complaint: {
    decode: protocol.decodeSignedComplaint,
    encode: (decoded) =>
      protocol.encodeSignedComplaint({ ...decoded, signedBytes: protocol.encodeComplaint(decoded.complaint) }),
    derive: (decoded) => ({ complaintHash: hashed(contexts.complaint, decoded) }),
    claims: signedBy(purposes.complaint),
  },
  invitation: {
    decode: protocol.decodeSignedInvitation,
    encode: (decoded) =>
      protocol.encodeSignedInvitation({ ...decoded, signedBytes: protocol.encodeInvitation(decoded.invitation) }),
    derive: (decoded) => ({ invitationHash: hashed(contexts.invitation, decoded) }),
    claims: signedBy(purposes.invitation),
  },
  acceptance: {
    decode: protocol.decodeSignedAcceptance,
    encode: (decoded) =>
      protocol.encodeSignedAcceptance({ ...decoded, signedBytes: protocol.encodeAcceptance(decoded.acceptance) }),
    claims: signedBy(purposes.acceptance),
  },
  'witness-read': {
    decode: protocol.decodeSignedWitnessRead,
    encode: (decoded) =>
      protocol.encodeSignedWitnessRead({ ...decoded, signedBytes: protocol.encodeWitnessRead(decoded.read) }),
    claims: signedBy(purposes.witnessRead),
  },
  'login-statement': {
    decode: protocol.decodeSignedLoginStatement,
    encode: (decoded) =>
      protocol.encodeSignedLoginStatement({
        ...decoded,
        signedBytes: protocol.encodeLoginStatement(decoded.statement),
      }),
    claims: signedBy(purposes.login),
  },
  act: {
    decode: protocol.decodeSignedAct,
    encode: (decoded) => protocol.encodeSignedAct({ ...decoded, signedBytes: protocol.encodeAct(decoded.act) }),
    derive: ({ signedBytes }) => ({ actHash: actHash(signedBytes) }),
    claims: signedBy(purposes.auditAct),
  },
  'receipt-promise': {
    decode: protocol.decodeSignedReceiptPromise,
    encode: (decoded) =>
      protocol.encodeSignedReceiptPromise({ ...decoded, signedBytes: protocol.encodeReceiptPromise(decoded.promise) }),
    claims: signedBy(purposes.receiptPromise),
  },
};

/** @type {Record<string, Format>} */
const kept = {
  why: { decode: protocol.decodeWhy, encode: protocol.encodeWhy },
  'audit-who': { decode: protocol.decodeAuditWho, encode: protocol.encodeAuditWho },
  'audit-what': { decode: protocol.decodeAuditWhat, encode: protocol.encodeAuditWhat },
  'audit-source': { decode: protocol.decodeAuditSource, encode: protocol.encodeAuditSource },
  'audit-leaf': {
    decode: protocol.decodeAuditLeaf,
    encode: protocol.encodeAuditLeaf,
    derive: (_, bytes) => ({ leafHash: sha256(new Uint8Array(1), bytes) }),
  },
  'key-store-file': {
    decode: protocol.decodeKeyStoreFile,
    encode: protocol.encodeKeyStoreFile,
    demands: ({ suite }) => ({ suite }),
  },
  'key-store-content': { decode: e2ee.decodeKeyStoreContent, encode: e2ee.encodeKeyStoreContent },
};

/** @type {Record<string, Format>} */
const operations = {
  'operation-facts': { decode: protocol.decodeOperationFacts, encode: protocol.encodeOperationFacts },
  'operation-plan': { decode: protocol.decodeOperationPlan, encode: protocol.encodeOperationPlan },
  'board-entry': { decode: protocol.decodeBoardEntry, encode: protocol.encodeBoardEntry },
  'operation-reason': {
    decode: (bytes) => ({ reason: protocol.decodeOperationReason(bytes) }),
    encode: ({ reason }) => protocol.encodeOperationReason(reason),
  },
  'freeze-content': { decode: protocol.decodeFreezeContent, encode: protocol.encodeFreezeContent },
  endorsement: {
    decode: protocol.decodeSignedEndorsement,
    encode: (decoded) =>
      protocol.encodeSignedEndorsement({ ...decoded, signedBytes: protocol.encodeEndorsement(decoded.endorsement) }),
    claims: signedBy(purposes.endorsement),
  },
};

/** @type {Record<string, Format>} */
export const formats = { ...directory, ...cases, ...statements, ...kept, ...operations };

/** @param {string} kind @returns {Format} */
export function formatOf(kind) {
  const format = formats[kind];
  if (format === undefined) throw new RangeError(`no format ${kind}`);
  return format;
}

/**
 * Everything that can be checked of an object by itself: form, suite, keys, signatures.
 * @param {string} kind @param {Uint8Array} bytes @param {Uint8Array} [signer] @returns {any} what was decoded
 */
export function accept(kind, bytes, signer = nobody) {
  const format = formatOf(kind);
  const decoded = format.decode(bytes);
  const { suite, signing = [], kem = [] } = format.demands?.(decoded) ?? {};
  if (suite !== undefined) checkSuite(suite);
  for (const key of signing) checkSigningKey(key);
  for (const key of kem) checkKemKey(key);
  for (const claim of format.claims?.(decoded, signer) ?? []) verifySignature(/** @type {any} */ (claim));
  return decoded;
}

/** Parts of a decoded object that repeat its bytes. */
const repeated = new Set(['signedBytes', 'contextBytes', 'headerBytes', 'certificateBytes']);

/** A decoded object as JSON: bytes in hexadecimal, what is absent left out. @param {any} value @returns {any} */
export function plain(value) {
  if (value instanceof Uint8Array) return toHex(value);
  if (value instanceof Secret) return value.use(toHex);
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).filter(([key, part]) => part !== undefined && !repeated.has(key));
  return Object.fromEntries(entries.map(([key, part]) => [key, plain(part)]));
}

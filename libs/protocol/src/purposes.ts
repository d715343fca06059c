/**
 * The closed registry of what a signature may be for. A signature made for one purpose verifies for no other
 * (docs/spec/conventions.md). Numbers are never reused.
 */
export const signaturePurposes = {
  root: 1,
  authority: 2,
  personCertificate: 3,
  deviceCertificate: 4,
  proofOfPossession: 5,
  prekey: 6,
  revocation: 7,
  link: 8,
  item: 9,
  heartbeat: 10,
  complaint: 11,
  login: 12,
  auditAct: 13,
  receiptPromise: 14,
  invitation: 15,
  acceptance: 16,
  endorsement: 17,
  witnessRead: 18,
} as const;
export type SignaturePurpose = (typeof signaturePurposes)[keyof typeof signaturePurposes];

/** What a key-committing AEAD use is for; part of the key derivation, so nothing opens under another purpose. */
export const aeadPurposes = {
  box: 1,
  archive: 2,
  item: 3,
  fileKeyWrap: 4,
  keyStore: 5,
  localState: 6,
  justification: 7,
  disclosure: 8,
  auditOpening: 9,
} as const;
export type AeadPurpose = (typeof aeadPurposes)[keyof typeof aeadPurposes];

/** Context strings of hashes and key derivations; each is followed by a zero byte on the wire. */
export const contexts = {
  signature: 'rogatory/sig/v1',
  aead: 'rogatory/aead/v1',
  epochKey: 'rogatory/epoch-key/v1',
  keyCommit: 'rogatory/key-commit/v1',
  read: 'rogatory/read/v1',
  readCommit: 'rogatory/read-commit/v1',
  archive: 'rogatory/archive/v1',
  itemKey: 'rogatory/item-key/v1',
  wrapKey: 'rogatory/wrap-key/v1',
  exportKey: 'rogatory/export-key/v1',
  file: 'rogatory/file/v1',
  caseId: 'rogatory/case-id/v1',
  linkHash: 'rogatory/link/v1',
  linkContext: 'rogatory/link-context/v1',
  memberLeaf: 'rogatory/member/v1',
  boxLeaf: 'rogatory/box-leaf/v1',
  boxHash: 'rogatory/box/v1',
  itemHash: 'rogatory/item/v1',
  itemBody: 'rogatory/item-body/v1',
  complaint: 'rogatory/complaint/v1',
  invitation: 'rogatory/invitation/v1',
  kemKey: 'rogatory/kem-key/v1',
  kemCiphertext: 'rogatory/kem-ciphertext/v1',
  prekey: 'rogatory/prekey/v1',
  certificate: 'rogatory/certificate/v1',
  card: 'rogatory/card/v1',
  root: 'rogatory/root/v1',
  registrarKey: 'rogatory/registrar-key/v1',
  act: 'rogatory/act/v1',
  actPayload: 'rogatory/act-payload/v1',
  fingerprint: 'rogatory/fingerprint/v1',
  caseFingerprint: 'rogatory/case-fingerprint/v1',
  enrolment: 'rogatory/enrolment/v1',
  aadHash: 'rogatory/aad/v1',
  aeadCommit: 'rogatory/aead-commit/v1',
  loginChallenge: 'rogatory/login-challenge/v1',
  refreshToken: 'rogatory/refresh-token/v1',
  auditCommitment: 'rogatory/audit-commitment/v1',
  auditOpening: 'rogatory/rest/v1',
  epochPosition: 'rogatory/epoch-position/v1',
  epochDigest: 'rogatory/epoch-digest/v1',
  epochHeads: 'rogatory/epoch-heads/v1',
  epochSecret: 'rogatory/epoch-secret/v1',
  finding: 'rogatory/finding/v1',
  findingSettings: 'rogatory/finding-settings/v1',
  calendar: 'rogatory/calendar/v1',
  resultSheet: 'rogatory/result-sheet/v1',
} as const;
export type Context = (typeof contexts)[keyof typeof contexts];

/** Cryptographic suites (docs/spec/conventions.md). 3 and 4 are reserved and refused. */
export const suites = { xwing: 1, x25519: 2 } as const;
export type Suite = (typeof suites)[keyof typeof suites];
/** The floor compiled into every client: nothing below is read or written (I15). */
export const currentSuite: Suite = suites.xwing;

export const sizes = {
  signature: 64,
  signingKey: 32,
  kemPublicKey: 1216,
  kemCiphertext: 1120,
  kemSharedSecret: 32,
  hash: 32,
  key: 32,
  nonce: 24,
  commitment: 32,
  tag: 16,
} as const;

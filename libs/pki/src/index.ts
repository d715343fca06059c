export * from './card.js';
export * from './ceremony/enrolment.js';
export * from './ceremony/federation.js';
export type { Signers } from './ceremony/signatures.js';
export * from './directory-records.js';
export {
  applyEntry,
  DirectoryResumption,
  DirectoryState,
  type DirectoryViews,
  emptyDirectory,
  resumeDirectory,
} from './directory-state.js';
export { DirectoryView, isNoAuthority } from './directory-view.js';
export * from './fingerprint.js';
export type { DirectoryErrorCode, DirectoryUsageCode } from './pki.errors.js';
export * from './prekey.js';
export { registrarKeyIdOf } from './registrar-key.js';
export * from './role-ceiling.js';
export { kemKeyHashOf } from './rules/authority-rules.js';
export { certificateHashOf } from './rules/person-rules.js';
export { rootHashOf } from './rules/root-rules.js';

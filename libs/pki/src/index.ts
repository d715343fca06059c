export * from './directory-records.js';
export { applyEntry, DirectoryState, type DirectoryViews, emptyDirectory, resumeDirectory } from './directory-state.js';
export { DirectoryView, isNoAuthority } from './directory-view.js';
export type { DirectoryErrorCode } from './pki.errors.js';
export * from './role-ceiling.js';
export { kemKeyHashOf } from './rules/authority-rules.js';
export { certificateHashOf } from './rules/person-rules.js';
export { rootHashOf } from './rules/root-rules.js';

export { type FolderLock, lockFolder } from './folder-lock.js';
export { isSystemError, readIfThere, replaceFile, syncFolder } from './durable-file.js';
export { DurableFolder } from './durable-folder.js';
export { loadOrCreateSecret, loadSecret } from './secret-file.js';

export type { DirectorySource } from './application/directory-source.js';
export { type RunningWitness, startWitness, type WitnessOptions } from './run-witness.js';
export { originHash } from './storage/folder-heads.js';
export { followLog, makeWitness } from './storage/witness-folder.js';

/** What a thread that seals segments needs of the formats, and nothing that takes time to load. */
export { ByteWriter } from './codec.js';
export * from './file-header.js';
export { sizes } from './purposes.js';

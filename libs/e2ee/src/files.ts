/** How a file is cut and hashed, and nothing else of the library: a thread that seals segments loads this and starts at once. */
export * from './files/file-layout.js';
export * from './files/segment-leaf.js';

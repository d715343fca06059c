/** Segments of files and nothing else of the library: a thread that seals them loads no WebAssembly and starts at once. */
export { padme } from './seal/padding.js';
export {
  MAX_FILE_SEGMENTS,
  openSegment,
  sealSegment,
  sealSegmentInto,
  SEGMENT_OVERHEAD_BYTES,
  type SegmentPlace,
} from './seal/segment-sealing.js';
export { sha256 } from './sha256.js';

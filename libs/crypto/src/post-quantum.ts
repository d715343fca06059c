/** ML-DSA-44 (FIPS 204): cosignatures of witnesses that outlast Ed25519. */
export { isMlDsaSignature, MlDsaKey, mlDsaSizes } from './ml-dsa.js';

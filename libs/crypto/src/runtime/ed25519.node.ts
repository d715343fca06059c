import { createRequire } from 'node:module';
import { nativeEd25519 } from './ed25519.native.js';
import { ed25519 as portable } from './ed25519.portable.js';

/** The addon of this platform as the package brings it; nothing is built, downloaded or looked for elsewhere. */
function loadAddon(): unknown {
  // Not by the package's own entry: that one takes twenty times as long, for wrappers of what is not used here.
  return createRequire(import.meta.url)(
    `sodium-native/prebuilds/${process.platform}-${process.arch}/sodium-native.node`,
  );
}

/** Twice the speed where the addon loads and proves itself, the same verdicts everywhere. */
export const ed25519 = nativeEd25519(loadAddon) ?? portable;

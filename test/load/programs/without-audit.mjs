/**
 * The server of the product without auditing, which the product itself has no switch for: after a SIGUSR2, no record is
 * built, sealed, stored or sequenced, and no promise is signed. Until then it works as it is, so that people can log in
 * and make a case. For the benchmark alone; whoever uses it takes away the foreign keys to the records first.
 */
import { register } from 'node:module';

register('./without-audit-loader.mjs', import.meta.url);
process.on('SIGUSR2', () => {
  Reflect.set(globalThis, Symbol.for('rogatory.bench.without-audit'), true);
});
await import('../../../apps/api/dist/main.js');

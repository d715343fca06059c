import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/**
 * Frees what died young, at once. A cipher of Node gives each segment in memory of its own, which only a collection
 * frees, and V8 lets 32 MiB of it gather in every thread; does nothing where V8 offers no collection.
 */
export function collectorOfYoung(): () => void {
  // The name of the collector shows in contexts made while the flag is set, and nowhere else.
  setFlagsFromString('--expose-gc');
  const collect: unknown = runInNewContext('globalThis.gc');
  setFlagsFromString('--no-expose-gc');
  return typeof collect === 'function'
    ? () => void Reflect.apply(collect, undefined, [{ type: 'minor' }])
    : () => undefined;
}

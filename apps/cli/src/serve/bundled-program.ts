import { readFileSync, statSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';

/**
 * The file to start a server or a witness from: the bundle that the build made, or `main` where there is none or where a
 * module of ours is not the one that went into it any more. Both are the same program; the bundle starts in half the time.
 */
export function bundledProgram(main: string, name: 'server' | 'witness'): string {
  const folder = join(dirname(main), 'bundle');
  const program = join(folder, `${name}.mjs`);
  try {
    const inputs = inputsOf(JSON.parse(readFileSync(join(folder, 'inputs.json'), 'utf8')));
    const isWhole = inputs.length > 0 && inputs.every((input) => isUnchanged(folder, input));
    return isWhole && statSync(program).isFile() ? program : main;
  } catch {
    return main;
  }
}

/** Path, length and time of each module; read without a library, because every start waits for it. */
function inputsOf(listing: unknown): readonly unknown[] {
  const inputs: unknown = typeof listing === 'object' && listing !== null ? Reflect.get(listing, 'inputs') : undefined;
  return Array.isArray(inputs) ? inputs : [];
}

function isUnchanged(folder: string, input: unknown): boolean {
  if (!Array.isArray(input)) return false;
  const entry: readonly unknown[] = input;
  const [path, bytes, modifiedMs] = entry;
  if (typeof path !== 'string') return false;
  const found = statSync(resolve(folder, path), { throwIfNoEntry: false });
  return found !== undefined && found.size === bytes && found.mtimeMs === modifiedMs;
}

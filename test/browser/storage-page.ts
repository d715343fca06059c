import {
  type BrowserProfile,
  chosenFileTarget,
  listBrowserProfiles,
  openBrowserProfile,
  openPrivateTarget,
  type PrivateTarget,
  removeBrowserProfile,
  removePrivateFiles,
} from '@rogatory/client/browser';

/** Those of the browser: this program is checked with the types of Node. */
declare const navigator: { readonly storage: { getDirectory(): Promise<Folder> } };
interface Folder {
  getFileHandle(name: string, options: { readonly create: boolean }): Promise<Handle>;
}
interface Handle {
  getFile(): Promise<{ arrayBuffer(): Promise<ArrayBuffer> }>;
}
declare const Worker: new (path: string, options: { readonly type: 'module' }) => never;

/** Where the storage of a tab is driven from outside: bytes go in and out as lists of numbers. */
const profiles = new Map<string, BrowserProfile>();
const holds = new Map<number, () => void>();
const targets = new Map<string, PrivateTarget>();
let held = 0;

function profile(name: string): BrowserProfile {
  const found = profiles.get(name) ?? openBrowserProfile(name);
  profiles.set(name, found);
  return found;
}

function target(name: string): PrivateTarget {
  const found = targets.get(name);
  if (found === undefined) throw new RangeError('no such target');
  return found;
}

const told = (bytes: Uint8Array | undefined): number[] | undefined => bytes && [...bytes];

/** What a failure is called, by its code. */
async function outcome<Value>(work: () => Promise<Value>): Promise<{ readonly value?: Value; readonly code?: string }> {
  try {
    return { value: await work() };
  } catch (error) {
    const code: unknown = typeof error === 'object' && error !== null ? Reflect.get(error, 'code') : undefined;
    return { code: typeof code === 'string' ? code : String(error) };
  }
}

export const storagePage = {
  read: (of: string, name: string) => outcome(async () => told(await profile(of).stateStore.read(name))),
  write: (of: string, name: string, bytes: readonly number[]) =>
    outcome(() => profile(of).stateStore.write(name, Uint8Array.from(bytes))),
  append: (of: string, name: string, bytes: readonly number[]) =>
    outcome(() => profile(of).stateStore.append(name, Uint8Array.from(bytes))),
  readRecords: (of: string, name: string) =>
    outcome(async () => (await profile(of).stateStore.readRecords(name)).map((record) => [...record])),
  remove: (of: string, name: string) => outcome(() => profile(of).stateStore.remove(name)),
  list: (of: string) => outcome(() => profile(of).stateStore.list()),
  /** Answers once inside; `leave` lets go. */
  enter: (of: string) =>
    new Promise<number>((resolve, reject) => {
      const number = ++held;
      const inside = profile(of).stateStore.exclusive(
        () =>
          new Promise<void>((leave) => {
            holds.set(number, leave);
            resolve(number);
          }),
      );
      inside.catch(reject);
    }),
  leave: async (number: number) => holds.get(number)?.(),
  profiles: () => outcome(listBrowserProfiles),
  removeProfile: (name: string) => outcome(() => removeBrowserProfile(name)),
  keys: (of: string) => outcome(async () => told(await profile(of).keyStorage.read())),
  replaceKeys: (of: string, bytes: readonly number[]) =>
    outcome(() => profile(of).keyStorage.replace(Uint8Array.from(bytes))),
  openTarget: (name: string) =>
    outcome(async () => {
      const worker = () => new Worker('/private-file-worker.js', { type: 'module' });
      targets.set(name, await openPrivateTarget(name, worker));
    }),
  writeTarget: (name: string, offset: number, bytes: readonly number[]) =>
    outcome(() => target(name).write(offset, Uint8Array.from(bytes))),
  targetSize: (name: string) => outcome(() => target(name).size()),
  readTarget: (name: string, offset: number, length: number) =>
    outcome(async () => told(await target(name).read(offset, new Uint8Array(length)))),
  endTarget: (name: string, way: 'commit' | 'close' | 'discard') => outcome(() => target(name)[way]()),
  truncateTarget: (name: string, length: number) => outcome(() => target(name).truncate(length)),
  wholeTarget: (name: string) =>
    outcome(async () => [...new Uint8Array(await (await target(name).file()).arrayBuffer())]),
  /** Saves to a file as somebody who chose its place, and tells what stands there before and after the end. */
  saveTo: (name: string, pieces: readonly (readonly number[])[], end: 'commit' | 'discard') =>
    outcome(async () => {
      const handle = await (await navigator.storage.getDirectory()).getFileHandle(name, { create: true });
      const told = async () => [...new Uint8Array(await (await handle.getFile()).arrayBuffer())];
      const chosen = await chosenFileTarget(handle as Parameters<typeof chosenFileTarget>[0]);
      let at = 0;
      for (const piece of pieces) {
        await chosen.write(at, Uint8Array.from(piece));
        at += piece.length;
      }
      await chosen.truncate(at - 1);
      const before = await told();
      await chosen[end]();
      return { size: await chosen.size(), before, after: await told() };
    }),
  removeFiles: () => outcome(removePrivateFiles),
};

export type StoragePage = typeof storagePage;

Object.assign(globalThis, { storage: storagePage, isReady: true });

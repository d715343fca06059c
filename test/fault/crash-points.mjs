/**
 * Named crash points of a real server, which the product itself has no switch for: loaded before it with `--import`, this
 * wraps the places where something becomes durable or leaves (statements, commits, what follows them, files, answers) and
 * ends the process with SIGKILL at the one it was told. It is told over a local socket, one line of JSON each way:
 * `{"do":"record"}`, `{"do":"passed"}`, `{"do":"arm","point":NAME,"nth":N}`.
 */
import fs from 'node:fs';
import fsPromises from 'node:fs/promises';
import { ServerResponse } from 'node:http';
import { syncBuiltinESMExports } from 'node:module';
import { createServer } from 'node:net';
import { basename } from 'node:path';
import { createInterface } from 'node:readline';

/** @type {Map<string, number> | undefined} how often each point was passed, while somebody counts */
let passed;
/** @type {{ point: string, left: number } | undefined} */
let armed;

/** @param {string} point */
function pass(point) {
  passed?.set(point, (passed.get(point) ?? 0) + 1);
  if (armed === undefined || armed.point !== point) return;
  armed.left--;
  if (armed.left === 0) process.kill(process.pid, 'SIGKILL');
}

/** @param {string} name @returns {Promise<Record<string, { prototype: object }>>} a module of the built product, the one that the server itself loads */
const own = (name) => import(new URL(`../../libs/${name}.js`, import.meta.url).href);

/**
 * Puts a point before a method of a class and one behind what it promises.
 * @param {object} prototype @param {string} method @param {(self: object, args: unknown[]) => string | undefined} nameOf
 */
function around(prototype, method, nameOf) {
  const original = /** @type {(...args: unknown[]) => unknown} */ (Reflect.get(prototype, method));
  /** @this {object} @param {unknown[]} args */
  const wrapped = function (...args) {
    const name = nameOf(this, args);
    if (name === undefined) return original.apply(this, args);
    pass(`before ${name}`);
    const result = original.apply(this, args);
    if (!(result instanceof Promise)) {
      pass(`after ${name}`);
      return result;
    }
    return result.then((value) => {
      pass(`after ${name}`);
      return value;
    });
  };
  Reflect.set(prototype, method, wrapped);
}

/** @type {WeakMap<object, string>} what the transaction of a scope wrote first */
const written = new WeakMap();

/** What a statement changes, by its own words; undefined for one that only reads. @param {unknown} statement */
function changeOf(statement) {
  const text = typeof statement === 'string' ? statement : String(Reflect.get(Object(statement), 'text'));
  const [, verb, table] = /\b(INSERT INTO|UPDATE|DELETE FROM)\s+([a-z_]+)/.exec(text) ?? [];
  return verb === undefined ? undefined : `${verb.split(' ')[0]?.toLowerCase()} ${table}`;
}

const { TransactionScope } = await own('platform/database/dist/transaction-scope');
for (const method of ['execute', 'queryRows', 'queryOne']) {
  around(TransactionScope.prototype, method, (scope, [statement]) => {
    const change = changeOf(statement);
    if (change !== undefined && !written.has(scope)) written.set(scope, change);
    return change;
  });
}
around(TransactionScope.prototype, 'commit', (scope) => {
  const first = written.get(scope);
  return first === undefined ? undefined : `the commit of ${first}`;
});
const { afterCommit } = /** @type {{ afterCommit: (action: () => void) => void }} */ (TransactionScope.prototype);
Reflect.set(
  TransactionScope.prototype,
  'afterCommit',
  /** @this {object} @param {() => void} action */
  function (action) {
    afterCommit.call(this, () => {
      const name = `what follows the commit of ${written.get(this) ?? 'nothing'}`;
      pass(`before ${name}`);
      action();
      pass(`after ${name}`);
    });
  },
);

const { FolderBlobStore } = await own('platform/blobs/dist/folder-blob-store');
around(FolderBlobStore.prototype, 'putPart', () => 'a part of a file');
around(FolderBlobStore.prototype, 'delete', () => 'the end of a file');
around(ServerResponse.prototype, 'end', () => 'an answer');

/** The same for every life: no digits, no random names. @param {unknown} path */
const kindOf = (path) => basename(String(path)).replaceAll(/[0-9a-f-]{12,}|\d+/g, '#');
for (const call of /** @type {const} */ (['link', 'rename'])) {
  around(fsPromises, call, (_, [, path]) => `${call} to ${kindOf(path)}`);
}
around(fs, 'renameSync', (_, [, path]) => `rename to ${kindOf(path)}`);
around(fs, 'fdatasyncSync', () => 'a sync of the embedded database');
syncBuiltinESMExports();

/** @param {{ do: string, point?: string, nth?: number }} told */
function obey(told) {
  if (told.do === 'record') passed = new Map();
  if (told.do === 'arm') armed = { point: told.point ?? '', left: told.nth ?? 1 };
  return told.do === 'passed' ? Object.fromEntries(passed ?? []) : {};
}

createServer((socket) => {
  createInterface({ input: socket }).on('line', (line) => socket.write(`${JSON.stringify(obey(JSON.parse(line)))}\n`));
  socket.on('error', () => undefined);
})
  .listen(process.env['ROGATORY_TEST_CRASH_SOCKET'])
  .unref();

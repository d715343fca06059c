import { readdirSync, readFileSync } from 'node:fs';
import { join, relative, sep } from 'node:path';
import ts from 'typescript';

/** @typedef {{ rule: string, file: string, line: number, message: string }} Finding */
/** @typedef {{ path: string, text: string }} TextFile */

const skippedFolders = new Set(['node_modules', 'dist', 'coverage', '.git', '.rogatory']);
const generated = /\.generated\.tsx?$/;
const testFile = /\.(spec|contract|e2e|bench)\.tsx?$|^test\/|^libs\/testing\/|\/testing(\.ts$|\/)/;

/**
 * Paths of all files below a root, with `/` between folders, sorted; dependencies and build output left out.
 * @param {string} root @returns {string[]}
 */
export function listFiles(root) {
  /** @type {string[]} */
  const found = [];
  /** @param {string} folder */
  const visit = (folder) => {
    for (const entry of readdirSync(folder, { withFileTypes: true })) {
      const path = join(folder, entry.name);
      if (entry.isDirectory()) {
        if (!skippedFolders.has(entry.name)) visit(path);
      } else if (entry.isFile()) found.push(relative(root, path).split(sep).join('/'));
    }
  };
  visit(root);
  return found.sort();
}

/** @param {string} root @param {string} path @returns {TextFile} */
export function readText(root, path) {
  return { path, text: readFileSync(join(root, path), 'utf8') };
}

/** Hand-written program text: what the size, name and type rules speak about. @param {string} path */
export function isProgram(path) {
  return /^(apps|libs|test|tools)\//.test(path) && /\.(ts|tsx|mjs|cjs)$/.test(path) && !generated.test(path);
}

/** @param {string} path */
export function isTest(path) {
  return testFile.test(path);
}

/** @param {TextFile} file @returns {ts.SourceFile} */
export function parse(file) {
  const kind = file.path.endsWith('.tsx') ? ts.ScriptKind.TSX : ts.ScriptKind.TS;
  return ts.createSourceFile(file.path, file.text, ts.ScriptTarget.ES2023, true, kind);
}

/**
 * Calls `see` for a node and everything below it, parents first.
 * @param {ts.Node} node @param {(node: ts.Node) => void} see
 */
export function walk(node, see) {
  see(node);
  ts.forEachChild(node, (child) => walk(child, see));
}

/** @param {ts.SourceFile} source @param {ts.Node} node */
export function lineOf(source, node) {
  return source.getLineAndCharacterOfPosition(node.getStart(source)).line + 1;
}

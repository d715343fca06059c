/**
 * How many small faults the tests of a pure library notice: `node tools/mutate.mjs libs/deadlines`. Run by name, it takes
 * minutes. Each mutant is one changed place in one source; it is killed when a test fails or does not end. Every mutant
 * that lives is listed and counts as one, also where the changed program means the same. Exits 1 below 90 %.
 *
 * The specs run without Jest, in a process for each mutant, with its `expect` and the few other functions that they use.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { transformSync } from '@swc/core';
import ts from 'typescript';

/** @typedef {{ file: string, start: number, end: number, text: string, line: number, was: string }} Mutant */

const LEAST_PERCENT = 90;
const TIMEOUT_MS = 20_000;
const root = join(import.meta.dirname, '..');

/** Written beside the specs in place of Jest. */
const harness = `import { expect } from 'expect';
const tests = [];
export { expect };
export const describe = (name, body) => body();
export const it = (name, run) => tests.push(run);
it.each = (rows) => (name, run) => rows.forEach((row) => tests.push(() => (Array.isArray(row) ? run(...row) : run(row))));
export const runAll = async () => { for (const run of tests) await run(); return tests.length; };
`;

/** @type {ReadonlyMap<ts.SyntaxKind, readonly string[]>} */
const operators = new Map([
  [ts.SyntaxKind.PlusToken, ['-']],
  [ts.SyntaxKind.MinusToken, ['+']],
  [ts.SyntaxKind.AsteriskToken, ['/']],
  [ts.SyntaxKind.SlashToken, ['*']],
  [ts.SyntaxKind.PercentToken, ['*']],
  [ts.SyntaxKind.LessThanToken, ['<=', '>=']],
  [ts.SyntaxKind.LessThanEqualsToken, ['<', '>']],
  [ts.SyntaxKind.GreaterThanToken, ['>=', '<=']],
  [ts.SyntaxKind.GreaterThanEqualsToken, ['>', '<']],
  [ts.SyntaxKind.EqualsEqualsEqualsToken, ['!==']],
  [ts.SyntaxKind.ExclamationEqualsEqualsToken, ['===']],
  [ts.SyntaxKind.AmpersandAmpersandToken, ['||']],
  [ts.SyntaxKind.BarBarToken, ['&&']],
  [ts.SyntaxKind.QuestionQuestionToken, ['&&']],
  [ts.SyntaxKind.PlusEqualsToken, ['-=']],
  [ts.SyntaxKind.MinusEqualsToken, ['+=']],
]);

/** What may stand in the place of a node: texts of its source. @param {ts.Node} node @returns {readonly string[]} */
function replacements(node) {
  if (ts.isNumericLiteral(node)) return [`(${node.text} + 1)`];
  if (ts.isStringLiteral(node) || ts.isNoSubstitutionTemplateLiteral(node)) return node.text === '' ? [`'x'`] : [`''`];
  if (node.kind === ts.SyntaxKind.TrueKeyword) return ['false'];
  if (node.kind === ts.SyntaxKind.FalseKeyword) return ['true'];
  if (ts.isPrefixUnaryExpression(node) && node.operator === ts.SyntaxKind.ExclamationToken)
    return [node.operand.getText()];
  if (ts.isPostfixUnaryExpression(node)) {
    return [`${node.operand.getText()}${node.operator === ts.SyntaxKind.PlusPlusToken ? '--' : '++'}`];
  }
  if (ts.isThrowStatement(node)) return [';'];
  if (ts.isExpressionStatement(node)) return [';'];
  return isCondition(node) ? ['true', 'false'] : (operators.get(node.kind) ?? []);
}

/** @param {ts.Node} node */
function isCondition(node) {
  const { parent } = node;
  if (parent === undefined) return false;
  if (ts.isIfStatement(parent)) return parent.expression === node;
  return ts.isConditionalExpression(parent) && parent.condition === node;
}

/** Places that are no program: imports, types, names. @param {ts.Node} node */
function isOutside(node) {
  return (
    ts.isImportDeclaration(node) ||
    ts.isExportDeclaration(node) ||
    ts.isTypeNode(node) ||
    ts.isInterfaceDeclaration(node) ||
    ts.isTypeAliasDeclaration(node)
  );
}

/** @param {string} file @param {string} source @returns {Mutant[]} */
function mutantsOf(file, source) {
  const tree = ts.createSourceFile(file, source, ts.ScriptTarget.ES2022, true);
  /** @type {Mutant[]} */
  const found = [];
  /** @param {ts.Node} node */
  const visit = (node) => {
    if (isOutside(node)) return;
    const [start, end] = [node.getStart(), node.getEnd()];
    const isName = ts.isPropertyAssignment(node.parent ?? tree) && node.parent?.getChildAt(0) === node;
    const line = tree.getLineAndCharacterOfPosition(start).line + 1;
    for (const text of isName ? [] : replacements(node)) {
      found.push({ file, start, end, text, line, was: source.slice(start, end).split('\n')[0] ?? '' });
    }
    ts.forEachChild(node, visit);
  };
  visit(tree);
  return found;
}

/** @param {string} source @param {string} filename */
function compiled(source, filename) {
  const { code } = transformSync(source, {
    filename,
    jsc: { parser: { syntax: 'typescript' }, target: 'es2022' },
    module: { type: 'es6' },
    swcrc: false,
  });
  return code.replace(/(['"])@jest\/globals\1/, `'./harness.js'`);
}

/** @param {string} folder @returns {'failed' | 'passed' | 'endless'} */
function tested(folder) {
  const { status, error } = spawnSync(process.execPath, [join(folder, 'main.js')], {
    timeout: TIMEOUT_MS,
    stdio: 'ignore',
  });
  if (error !== undefined) return 'endless';
  return status === 0 ? 'passed' : 'failed';
}

/** @param {string} folder @param {Readonly<Record<string, string>>} sources all files of the library, specs too */
function layOut(folder, sources) {
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'));
  const specs = Object.keys(sources).filter((file) => file.endsWith('.spec.ts'));
  // Properties last: most mutants fall to an example in a fraction of the time.
  const imports = specs.toSorted((a, b) => Number(a.includes('.properties.')) - Number(b.includes('.properties.')));
  const main = [
    `import { runAll } from './harness.js';`,
    ...imports.map((file) => `await import('./${file.replace(/\.ts$/, '.js')}');`),
    'if ((await runAll()) === 0) process.exitCode = 1;',
  ];
  writeFileSync(join(folder, 'package.json'), '{"type":"module"}');
  writeFileSync(join(folder, 'harness.js'), harness);
  writeFileSync(join(folder, 'main.js'), main.join('\n'));
  for (const [file, source] of Object.entries(sources)) {
    writeFileSync(join(folder, file.replace(/\.ts$/, '.js')), compiled(source, file));
  }
}

/** @param {string} folder @param {Readonly<Record<string, string>>} sources @param {readonly Mutant[]} mutants */
function survivorsOf(folder, sources, mutants) {
  /** @type {Mutant[]} */
  const alive = [];
  for (const mutant of mutants) {
    const source = sources[mutant.file] ?? '';
    const target = join(folder, mutant.file.replace(/\.ts$/, '.js'));
    writeFileSync(
      target,
      compiled(source.slice(0, mutant.start) + mutant.text + source.slice(mutant.end), mutant.file),
    );
    if (tested(folder) === 'passed') {
      alive.push(mutant);
      console.log(`lives: ${mutant.file}:${mutant.line} ${mutant.was} -> ${mutant.text}`);
    }
    writeFileSync(target, compiled(source, mutant.file));
  }
  return alive;
}

function main() {
  const library = process.argv[2];
  if (library === undefined) throw new Error('name a library, such as libs/deadlines');
  const src = join(root, library, 'src');
  const sources = Object.fromEntries(readdirSync(src).map((file) => [file, readFileSync(join(src, file), 'utf8')]));
  const mutable = Object.keys(sources).filter((file) => !/\.(spec|data)\.ts$|^index\.ts$/.test(file));
  const mutants = mutable.flatMap((file) => mutantsOf(file, sources[file] ?? ''));
  console.log(`${mutants.length} mutants of ${mutable.length} files`);
  const folder = mkdtempSync(join(tmpdir(), 'mutants-'));
  try {
    layOut(folder, sources);
    if (tested(folder) !== 'passed') throw new Error('the tests fail without a mutant');
    const alive = survivorsOf(folder, sources, mutants);
    const percent = (100 * (mutants.length - alive.length)) / mutants.length;
    console.log(`${mutants.length - alive.length} of ${mutants.length} mutants killed: ${percent.toFixed(1)} %`);
    if (percent < LEAST_PERCENT) process.exitCode = 1;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

main();

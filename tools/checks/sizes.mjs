import ts from 'typescript';
import { isProgram, isTest, lineOf, listFiles, parse, readText, walk } from './source-files.mjs';

/** @typedef {import('./source-files.mjs').Finding} Finding */

/** Hard limits of STYLE.md. A function should stay under 30 lines; 70 is where the machine stops it. */
export const budgets = { fileLines: 400, functionLines: 70, parameters: 4, constructorDependencies: 5 };

/** @param {ts.Node} node @returns {node is ts.FunctionLikeDeclaration} */
function isFunction(node) {
  return ts.isFunctionLike(node) && 'body' in node && node.body !== undefined;
}

/**
 * In a test file a function that holds tests is a chapter, not a function: only single tests and plain functions count.
 * @param {ts.Node} node
 */
function isSuiteChapter(node) {
  let holdsTests = false;
  walk(node, (inner) => {
    if (ts.isCallExpression(inner) && /^(describe|it|test)\b/.test(inner.expression.getText())) holdsTests = true;
  });
  return holdsTests;
}

/** @param {ts.FunctionLikeDeclaration} node */
function nameOf(node) {
  if (ts.isConstructorDeclaration(node)) return 'constructor';
  if (node.name !== undefined) return node.name.getText();
  return ts.isVariableDeclaration(node.parent) ? node.parent.name.getText() : 'function';
}

/** @param {ts.SourceFile} source @param {ts.FunctionLikeDeclaration} node @returns {number} */
function linesOf(source, node) {
  const first = source.getLineAndCharacterOfPosition(node.getStart(source)).line;
  return source.getLineAndCharacterOfPosition(node.getEnd()).line - first + 1;
}

/**
 * Files, functions, parameter lists and constructors that exceed the budgets.
 * @param {string} root @returns {Finding[]}
 */
export function checkSizes(root) {
  return listFiles(root)
    .filter(isProgram)
    .flatMap((path) => checkFile(root, path));
}

/** @param {string} root @param {string} path @returns {Finding[]} */
function checkFile(root, path) {
  const file = readText(root, path);
  const source = parse(file);
  /** @type {Finding[]} */
  const findings = [];
  const lines = file.text.split('\n').length - (file.text.endsWith('\n') ? 1 : 0);
  if (lines > budgets.fileLines) {
    findings.push({ rule: 'file-lines', file: path, line: 1, message: `${lines} lines, at most ${budgets.fileLines}` });
  }
  walk(source, (node) => {
    if (isFunction(node)) findings.push(...checkFunction(source, node));
  });
  return findings;
}

/** @param {ts.SourceFile} source @param {ts.FunctionLikeDeclaration} node @returns {Finding[]} */
function checkFunction(source, node) {
  const at = { file: source.fileName, line: lineOf(source, node) };
  const name = nameOf(node);
  /** @type {Finding[]} */
  const findings = [];
  const lines = linesOf(source, node);
  if (lines > budgets.functionLines && !(isTest(source.fileName) && isSuiteChapter(node))) {
    findings.push({
      rule: 'function-lines',
      ...at,
      message: `${name}: ${lines} lines, at most ${budgets.functionLines}`,
    });
  }
  const parameters = node.parameters.filter((parameter) => parameter.name.getText() !== 'this').length;
  if (ts.isConstructorDeclaration(node) && parameters > budgets.constructorDependencies) {
    const message = `${parameters} constructor dependencies, at most ${budgets.constructorDependencies}`;
    findings.push({ rule: 'constructor-dependencies', ...at, message });
  }
  if (!ts.isConstructorDeclaration(node) && parameters > budgets.parameters) {
    const message = `${name}: ${parameters} parameters, at most ${budgets.parameters} (else an options object)`;
    findings.push({ rule: 'parameters', ...at, message });
  }
  return findings;
}

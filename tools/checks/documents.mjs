import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import ts from 'typescript';
import { listFiles, readText } from './source-files.mjs';

/** @typedef {import('./source-files.mjs').Finding} Finding */
/** @typedef {{ file: string, line: number, name: string, text: string }} Example */

const link = /\]\(([^)\s]+)\)/g;
const external = /^([a-z][a-z0-9+.-]*:|#)/;

/**
 * Documentation that no longer fits the program: TypeScript examples that do not compile, relative links that lead
 * nowhere. Examples import our packages by name, as a reader would. Needs the build (`tsc -b`).
 * @param {string} root @returns {Finding[]}
 */
export function checkDocuments(root) {
  const files = listFiles(root).filter((path) => path.endsWith('.md'));
  return [
    ...files.flatMap((file) => deadLinks(root, file)),
    ...compile(
      root,
      files.flatMap((file) => examplesOf(root, file)),
    ),
  ];
}

/** @param {string} root @param {string} file @returns {Finding[]} */
function deadLinks(root, file) {
  return readText(root, file)
    .text.split('\n')
    .flatMap((line, index) =>
      [...line.matchAll(link)]
        .map(([, target = '']) => target)
        .filter(
          (target) => !external.test(target) && !existsSync(join(root, dirname(file), target.split('#')[0] ?? '')),
        )
        .map((target) => ({ rule: 'dead-link', file, line: index + 1, message: `leads nowhere: ${target}` })),
    );
}

/** @param {string} root @param {string} file @returns {Example[]} */
function examplesOf(root, file) {
  /** @type {Example[]} */
  const examples = [];
  /** @type {{ line: number, lines: string[] } | undefined} */
  let open;
  for (const [index, line] of readText(root, file).text.split('\n').entries()) {
    if (open === undefined && /^```(ts|typescript)\s*$/.test(line)) open = { line: index + 2, lines: [] };
    else if (open !== undefined && line.startsWith('```')) {
      const name = join(root, `${file}.${open.line}.ts`);
      examples.push({ file, line: open.line, name, text: `${open.lines.join('\n')}\nexport {};\n` });
      open = undefined;
    } else open?.lines.push(line);
  }
  return examples;
}

/** @param {string} root @param {readonly Example[]} examples @returns {Finding[]} */
function compile(root, examples) {
  if (examples.length === 0) return [];
  const { config } = ts.readConfigFile(join(root, 'tsconfig.base.json'), ts.sys.readFile);
  const { options } = ts.convertCompilerOptionsFromJson(config.compilerOptions, root);
  const settings = { ...options, composite: false, declaration: false, noEmit: true };
  const host = ts.createCompilerHost(settings);
  const { fileExists, readFile, getSourceFile } = host;
  /** @param {string} name */
  const textOf = (name) => examples.find((example) => example.name === name)?.text;
  host.fileExists = (name) => textOf(name) !== undefined || fileExists(name);
  host.readFile = (name) => textOf(name) ?? readFile(name);
  host.getSourceFile = (name, version) => {
    const text = textOf(name);
    return text === undefined ? getSourceFile(name, version) : ts.createSourceFile(name, text, version);
  };
  const names = examples.map(({ name }) => name);
  return ts.getPreEmitDiagnostics(ts.createProgram(names, settings, host)).flatMap((problem) => {
    const example = examples.find(({ name }) => name === problem.file?.fileName);
    if (example === undefined) return [];
    const row = problem.file?.getLineAndCharacterOfPosition(problem.start ?? 0).line ?? 0;
    const message = ts.flattenDiagnosticMessageText(problem.messageText, ' ');
    return [{ rule: 'example', file: example.file, line: example.line + row, message }];
  });
}

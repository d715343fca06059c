import { mkdirSync, mkdtempSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { bundledProgram } from './bundled-program.js';

describe('the program of a server', () => {
  let folder: string;
  let main: string;
  let listing: string;
  let program: string;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'rogatory-program-'));
    main = join(folder, 'main.js');
    program = join(folder, 'bundle', 'server.mjs');
    listing = join(folder, 'bundle', 'inputs.json');
    mkdirSync(join(folder, 'bundle'));
    writeFileSync(main, '// one');
    writeFileSync(program, '// both');
    const { size, mtimeMs } = statSync(main);
    writeFileSync(listing, JSON.stringify({ lock: '', inputs: [['../main.js', size, mtimeMs]] }));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  it('is the bundle while its modules are those that went into it', () => {
    expect(bundledProgram(main, 'server')).toBe(program);
  });

  it.each([
    ['a module has another length', () => writeFileSync(main, '// longer')],
    ['a module was written again', () => utimesSync(main, new Date(), new Date(Date.now() + 5_000))],
    ['a module is gone', () => rmSync(main)],
    ['the bundle is gone', () => rmSync(program)],
    ['nobody says what went into it', () => rmSync(listing)],
    ['what went into it cannot be read', () => writeFileSync(listing, '{"inputs":"none"}')],
    ['nothing went into it', () => writeFileSync(listing, '{"inputs":[]}')],
  ])('is the module itself when %s', (_, change) => {
    change();
    expect(bundledProgram(main, 'server')).toBe(main);
  });
});

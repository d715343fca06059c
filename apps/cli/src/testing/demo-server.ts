import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const program = fileURLToPath(new URL('../../dist/main.js', import.meta.url));

/** `rogatory serve --demo` as a process of its own, on a free port. */
export class DemoServer {
  readonly #child: ChildProcess;

  private constructor(child: ChildProcess) {
    this.#child = child;
  }

  static async start(dataFolder: string, port = 0): Promise<DemoServer> {
    if (!existsSync(program)) throw new Error('run "npm run build" first');
    const words = ['serve', '--demo', '--data', dataFolder, '--port', String(port), '--json'];
    const child = spawn(process.execPath, [program, ...words], { stdio: ['ignore', 'pipe', 'pipe'] });
    const lines: string[] = [];
    await new Promise<void>((done, fail) => {
      const hear = (line: string): void => {
        lines.push(line);
        if (line.startsWith('{"url":"http://127.0.0.1:')) done();
      };
      for (const input of [child.stdout, child.stderr]) createInterface({ input }).on('line', hear);
      child.once('close', () => fail(new Error(lines.join('\n'))));
    });
    return new DemoServer(child);
  }

  async stop(): Promise<number | null> {
    if (this.#child.exitCode !== null) return this.#child.exitCode;
    const ended = new Promise<number | null>((done) => this.#child.once('exit', done));
    this.#child.kill('SIGTERM');
    return ended;
  }

  /**
   * Ends the command without a chance to do anything about it. Resolves when its server has ended as well: until then that
   * holds the standard error which both of them write to.
   */
  async kill(): Promise<void> {
    const closed = new Promise((done) => this.#child.once('close', done));
    this.#child.kill('SIGKILL');
    await closed;
  }
}

/** Whether anything at all answers there. */
export async function answers(url: string): Promise<boolean> {
  try {
    await (await fetch(url)).arrayBuffer();
    return true;
  } catch {
    return false;
  }
}

// Plain JavaScript, because Jest loads its global set-up without the transform that the tests get.
import { execFile, spawn } from 'node:child_process';
import { chownSync, existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
const READY_TIMEOUT_MS = 30_000;
const READY_POLL_MS = 50;

/** The newest local PostgreSQL that the product supports. @returns {string | undefined} folder of its binaries */
function findBinaries() {
  const root = '/usr/lib/postgresql';
  const debian = existsSync(root)
    ? readdirSync(root)
        .filter((version) => Number(version) >= 15)
        .sort((a, b) => Number(b) - Number(a))
        .map((version) => join(root, version, 'bin'))
    : [];
  const onPath = (process.env.PATH ?? '').split(':').filter((folder) => folder !== '');
  return [...debian, ...onPath].find(
    (folder) => existsSync(join(folder, 'initdb')) && existsSync(join(folder, 'postgres')),
  );
}

/** PostgreSQL refuses to run as root. @returns {Promise<{ uid: number, gid: number } | {}>} */
async function unprivileged() {
  if (process.getuid?.() !== 0) return {};
  for (const user of ['postgres', 'nobody']) {
    try {
      const [uid, gid] = await Promise.all([run('id', ['-u', user]), run('id', ['-g', user])]);
      return { uid: Number(uid.stdout), gid: Number(gid.stdout) };
    } catch {
      // No such user here.
    }
  }
  throw new Error('no unprivileged user to run PostgreSQL as');
}

/** @param {string} binaries @param {string} folder @param {object} as */
async function waitUntilReady(binaries, folder, as) {
  const end = Date.now() + READY_TIMEOUT_MS;
  for (;;) {
    try {
      await run(join(binaries, 'pg_isready'), ['-q', '-h', folder], { ...as, cwd: folder });
      return;
    } catch (error) {
      if (Date.now() > end) throw error;
      await new Promise((resolve) => setTimeout(resolve, READY_POLL_MS));
    }
  }
}

const SETTINGS = {
  listen_addresses: '', // reachable by its socket only, which lies in a private folder
  fsync: 'off',
  synchronous_commit: 'off',
  full_page_writes: 'off',
  max_connections: '200',
  shared_buffers: '64MB',
};

/**
 * Starts a scratch PostgreSQL for one test run: own folder, own user, a Unix socket and no port.
 * @param {Readonly<Record<string, string>>} [changed] settings that differ from those of tests, which do without durability
 * @returns {Promise<{ url: string, stop: () => Promise<void> } | undefined>} undefined when there are no binaries
 */
export async function startPostgres(changed = {}) {
  const binaries = findBinaries();
  if (binaries === undefined || process.platform === 'win32') return undefined;
  const as = await unprivileged();
  const folder = mkdtempSync(join(tmpdir(), 'rogatory-pg-'));
  if ('uid' in as) chownSync(folder, as.uid, as.gid);
  const data = join(folder, 'data');
  await run(join(binaries, 'initdb'), ['-D', data, '-U', 'tester', '-A', 'trust', '-E', 'UTF8', '--locale=C', '-N'], {
    ...as,
    cwd: folder,
  });
  const settings = { ...SETTINGS, ...changed, unix_socket_directories: folder };
  const args = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
  // The shell ends the server when its input closes, so it also goes when the test run is killed.
  const script = '"$@" </dev/null & server=$!; cat >/dev/null; kill -INT $server; wait $server';
  const server = spawn('sh', ['-c', script, 'postgres', join(binaries, 'postgres'), '-D', data, ...args], {
    ...as,
    cwd: folder,
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  const exited = new Promise((resolve) => server.once('exit', resolve));
  const stop = async () => {
    server.stdin.end();
    await exited;
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    await waitUntilReady(binaries, folder, as);
  } catch (error) {
    await stop();
    throw error;
  }
  return { url: `postgres://tester@localhost/postgres?host=${encodeURIComponent(folder)}`, stop };
}

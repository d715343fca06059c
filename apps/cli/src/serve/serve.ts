import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { limits } from '@rogatory/kernel';
import { serverEnvironment } from '@rogatory/platform-config/client';
import type { Call } from '../run/call.js';
import type { CliContext } from '../run/context.js';
import { refusedError } from '../run/cli.errors.js';
import { isPresent, makePrivateFolder, readBounded } from '../run/files.js';
import { harmlessJson } from '../run/harmless.js';
import { exitCodes, type Outcome } from '../run/outcome.js';
import { demoBrowserDevices, demoCalendarsFile, ensureDemoFolder, pointProfilesAt } from './demo-folder.js';
import { DemoWitnesses, demoPolicyFile } from './demo-witnesses.js';
import { freePort } from './free-port.js';
import { type RunningServer, startServerProcess } from './server-process.js';

const DEMO_PORT = 4000;

/** `serve`: runs until it is stopped. */
export async function serve(call: Call): Promise<Outcome> {
  return call.flag('demo') ? serveDemo(call) : serveConfigured(call);
}

async function serveDemo(call: Call): Promise<Outcome> {
  const { context } = call;
  const startedAtMs = context.clock.monotonicMs();
  const dataFolder = call.path(call.optional('data') ?? '.rogatory');
  const wanted = call.whole('port', { min: 0, max: 65_535, fallback: DEMO_PORT });
  // A login names the server's address, so that the port must be known before the server starts.
  const port = wanted === 0 ? await freePort() : wanted;
  await makePrivateFolder(dataFolder);
  const server = `http://127.0.0.1:${port}`;
  const witnesses = await DemoWitnesses.open(dataFolder, context);
  const isFirst = await ensureDemoFolder({ dataFolder, server, witnessPolicy: witnesses.pinnedPolicy }, context);
  const calendars = await demoCalendarsFile(dataFolder);
  const devices = await demoBrowserDevices(dataFolder);
  const environment = serverEnvironment({
    ROGATORY_PROFILE: 'demo',
    ROGATORY_DATA_FOLDER: dataFolder,
    ROGATORY_LISTEN_HOST: '127.0.0.1',
    ROGATORY_LISTEN_PORT: String(port),
    ROGATORY_AUDIT_POLICY_FILE: demoPolicyFile(dataFolder),
    ...(calendars === undefined ? {} : { ROGATORY_AUDIT_CALENDARS_FILE: calendars }),
    ...(devices === undefined ? {} : { ROGATORY_DEMO_DEVICES_FOLDER: devices }),
    ...(await builtWeb()),
  });
  try {
    await witnesses.start();
    const [running] = await Promise.all([
      startServerProcess(environment, context),
      pointProfilesAt(dataFolder, server),
    ]);
    await vouchedFor(running, witnesses, context).catch(async (error: unknown) => {
      await running.stop();
      throw error;
    });
    const elapsedMs = Math.round(context.clock.monotonicMs() - startedAtMs);
    const { url } = running.ready;
    for (const line of whatToTry({ dataFolder, url, isFirst, elapsedMs })) context.console.error(line);
    return await untilEnd(call, running);
  } finally {
    await witnesses.stop();
  }
}

/** The web application beside this program, where it was built. */
async function builtWeb(): Promise<Readonly<Record<`ROGATORY_${string}`, string>>> {
  const folder = fileURLToPath(new URL('../../../web/dist/site', import.meta.url));
  return (await isPresent(join(folder, 'index.html'))) ? { ROGATORY_WEB_FOLDER: folder } : {};
}

const QUORUM_MS = 10_000;
const LOOK_AGAIN_MS = 50;

/**
 * Brings the witnesses to the logs of the server. Nobody is told that a new server is ready before a quorum spoke for its
 * directory: clients believe no other.
 */
async function vouchedFor({ ready }: RunningServer, witnesses: DemoWitnesses, context: CliContext): Promise<void> {
  await witnesses.ready();
  if (!(await witnesses.follow(ready))) return;
  const untilMs = context.clock.monotonicMs() + QUORUM_MS;
  while (!(await isPublished(ready.url))) {
    if (context.signal.aborted) return;
    if (context.clock.monotonicMs() > untilMs) throw refusedError('cli/witness-start', { reason: 'no quorum' });
    await new Promise((resolve) => setTimeout(resolve, LOOK_AGAIN_MS));
  }
}

async function isPublished(url: string): Promise<boolean> {
  const answer = await fetch(`${url}/directory/log/checkpoint`).catch(() => undefined);
  await answer?.body?.cancel();
  return answer?.ok === true;
}

/** Without `--demo` everything is configured; the configuration is checked here first, so that all faults show at once. */
async function serveConfigured(call: Call): Promise<Outcome> {
  const { loadConfiguration } = await import('@rogatory/platform-config');
  const data = call.optional('data');
  const port = call.optional('port');
  const overrides = {
    ...(data === undefined ? {} : { dataFolder: call.path(data) }),
    ...(port === undefined ? {} : { 'listen.port': port }),
  };
  const configuration = loadConfiguration(overrides);
  if (configuration.profile !== 'demo') await refuseDemoIdentities(configuration.dataFolder);
  const environment = serverEnvironment({
    ...(data === undefined ? {} : { ROGATORY_DATA_FOLDER: call.path(data) }),
    ...(port === undefined ? {} : { ROGATORY_LISTEN_PORT: port }),
  });
  const running = await startServerProcess(environment, call.context);
  call.context.console.error(`rogatory is ready at ${running.ready.url}`);
  return untilEnd(call, running);
}

/** @throws RefusedError `cli/demo-identities` when a directory that would be imported holds some. */
async function refuseDemoIdentities(dataFolder: string): Promise<void> {
  if (await isPresent(join(dataFolder, 'demo'))) throw refusedError('cli/demo-identities', { folder: 'demo' });
  const path = join(dataFolder, 'federation', 'directory.bundle');
  if (!(await isPresent(path))) return;
  const { verifyBundle } = await import('../ceremony/bundle.js');
  const { state } = verifyBundle(await readBounded(path, limits.maxDirectoryBundleBytes));
  if (state.view.authorities().some(({ record }) => record.isDemo)) throw refusedError('cli/demo-identities');
}

/** With `--json` the document comes as soon as the server answers: whoever started it waits for that. */
async function untilEnd(call: Call, { ready, ended }: RunningServer): Promise<Outcome> {
  const { context } = call;
  if (call.flag('json')) context.console.out(harmlessJson({ url: ready.url, isDemo: call.flag('demo') }));
  const exitCode = await ended;
  const wasAsked = context.signal.aborted;
  if (!wasAsked && exitCode !== 0) throw refusedError('cli/server-start', { exitCode });
  return { json: null, lines: [], isTold: true, exitCode: exitCodes.done };
}

interface Start {
  readonly dataFolder: string;
  readonly url: string;
  readonly isFirst: boolean;
  readonly elapsedMs: number;
}

function whatToTry({ dataFolder, url, isFirst, elapsedMs }: Start): string[] {
  const demo = join(dataFolder, 'demo');
  return [
    '',
    `rogatory is ready at ${url} after ${(elapsedMs / 1000).toFixed(1)} s${isFirst ? ', with a federation made just now' : ''}.`,
    'Open that address in a browser and pick a person; a second window can be somebody else.',
    'Everything here is fictitious: three states, ten people in each, one passphrase for all ("rogatory demo").',
    '',
    'In another terminal, in this folder:',
    '',
    `  export ROGATORY_PASSPHRASE_FILE=${quoted(join(demo, 'passphrase.txt'))}`,
    `  alias rogatory='node apps/cli/dist/main.js'`,
    '',
    `  rogatory whoami --profile ${quoted(join(demo, 'prosecutor-xa'))}`,
    `  rogatory directory list --profile ${quoted(join(demo, 'prosecutor-xa'))}`,
    `  rogatory case create --title "Operation Lantern" --profile ${quoted(join(demo, 'prosecutor-xa'))}`,
    `  rogatory audit list --purpose lawfulness --profile ${quoted(join(demo, 'auditor-xa'))}`,
    '',
    'Three witnesses, one for each state, watch both logs; what two of them vouch for is in force. An auditor checks that:',
    '',
    `  rogatory audit trust --out trust.json --profile ${quoted(join(demo, 'auditor-xa'))}`,
    `  rogatory audit verify ${url} --trust trust.json --policy ${quoted(demoPolicyFile(dataFolder))} \\`,
    `      --profile ${quoted(join(demo, 'auditor-xa'))}`,
    '',
    '  npm run demo          plays a whole exchange between two authorities, and its audit',
    '  rogatory --help       all commands; docs/cli.md explains them',
    '',
    'Ctrl-C stops the server. Remove the data folder to begin anew.',
  ];
}

/** A path as a shell takes it. */
function quoted(path: string): string {
  return /^[A-Za-z0-9_./-]+$/.test(path) ? path : `'${path.replaceAll("'", "'\\''")}'`;
}

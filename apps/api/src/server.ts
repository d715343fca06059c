import { join } from 'node:path';
import type { IncomingMessage, Server } from 'node:http';
import type { RequestContext } from '@rogatory/access';
import { HeadViews, shardNameOf } from '@rogatory/audit';
import {
  type Clock,
  forwardClock,
  isRogatoryError,
  limits,
  type RandomBytes,
  toHex,
  UsageError,
} from '@rogatory/kernel';
import { GraphQLError } from 'graphql';
import type { Configuration } from '@rogatory/platform-config';
import { type GraphqlContext, isUnexpected, publicErrorOf, TrustedDocuments } from '@rogatory/platform-graphql';
import { type Log, PrometheusMetrics } from '@rogatory/platform-telemetry';
import { encodeVerifierKey } from '@rogatory/tlog';
import { exportParts, type Features, featureModules, openFeatures, overdueReviewMs } from './features.js';
import { type FederationFiles, readFederationFiles } from './federation-files.js';
import { type EdgeReports, viewShownTo } from './graphql/edge.js';
import { PassportSessions } from './graphql/passport-sessions.js';
import { openDemoDevices } from './demo-devices.js';
import { claimOf, clientBuildOf, graphqlContext, statedHeadOf } from './graphql/request-context.js';
import { type ServerFacts, serverInfoModule } from './graphql/server-info.js';
import { createHttpServer, type HttpServer } from './http/http-server.js';
import { type LogChecks, startLogChecks } from './log-checks.js';
import { demoRoutes } from './routes/demo-routes.js';
import { documentRoutes } from './routes/document-routes.js';
import { exportRoutes } from './routes/export-routes.js';
import { healthRoutes } from './routes/health-routes.js';
import { logRoutes, replayRoute } from './routes/log-routes.js';
import type { Route } from './routes/route.js';
import { webRoutes } from './routes/web-routes.js';
import { type Maintenance, startMaintenance } from './maintenance.js';
import { countedLog } from './metrics/counted-log.js';
import { type MetricsServer, startMetricsServer } from './metrics/metrics-server.js';
import { type RequestMeter, requestMeter } from './metrics/request-meter.js';
import { watchParts } from './metrics/watched-parts.js';
import { standingOf } from './witnesses.js';
import { audiencesOf, tlsOf, urlOf } from './listening.js';
import { closeFolders } from './private-folders.js';
import { recordServiceState, recordServiceStop, type ServiceStateParts } from './service-state.js';
import { faultReporter } from './server-log.js';
import { SocketGateway } from './socket/socket-gateway.js';
import { openStorage, type StorageParts } from './storage-parts.js';
import { readWebFiles } from './web-files.js';
import { trustedDocuments } from './trusted-documents.generated.js';

export const SERVER_VERSION = '0.1.0';

/** What can be wrong with the form of a request. */
const requestFaults = [
  'request/invalid',
  'request/unknown-document',
  'request/too-complex',
  'request/too-many',
] as const;
type RequestFault = (typeof requestFaults)[number];

export interface ServerOptions {
  readonly configuration: Configuration;
  readonly clock: Clock;
  readonly random: RandomBytes;
  readonly log: Log;
  /** Lets any bounded document run, for trying things out; refused outside the demo profile. */
  readonly admitsAnyDocument?: boolean;
  /**
   * The audit log is over: its half-year ended and the quorum is ready for the next one, or somebody else ended it. Whoever runs
   * the server stops it and starts it again, on the log that follows (`keepServing`).
   */
  readonly onLogOver?: () => void;
}

/** A server that answers. */
export interface RunningServer {
  /** Where it listens. */
  readonly url: string;
  /** Where its metrics are, on loopback; absent unless configured. */
  readonly metricsUrl?: string;
  readonly federationHash: string;
  /** Verifier keys of its logs, for witnesses and verifiers. */
  readonly logKeys: readonly string[];
  readonly features: Features;
  /** The checks of the stored logs. */
  readonly checks: LogChecks;
  readonly schema: HttpServer['schema'];
  /** All that it answers at. */
  readonly routes: HttpServer['routes'];
  /** Stops taking requests, lets those under way end, and closes everything. */
  stop(): Promise<void>;
}

/** The parts that a server is put together of, one after the other. */
interface Opened {
  readonly options: ServerOptions;
  readonly federation: FederationFiles;
  readonly storage: StorageParts;
  readonly features: Features;
  readonly metrics: PrometheusMetrics | undefined;
}

/** Starts a server as configured. @throws whatever a part throws that cannot start; nothing stays open then. */
export async function startServer(given: ServerOptions): Promise<RunningServer> {
  const { configuration, admitsAnyDocument = false } = given;
  const clock = forwardClock(given.clock);
  if (admitsAnyDocument && configuration.profile !== 'demo') {
    throw new UsageError('config/any-document', 'only the demo profile runs documents that are not in the list');
  }
  const metrics = configuration.metrics && new PrometheusMetrics({ hasProcessMetrics: true });
  const log = metrics === undefined ? given.log : countedLog(given.log, metrics);
  const options = { ...given, clock, log };
  const startedMs = clock.monotonicMs();
  const { profile, database } = configuration;
  log.info('server/starting', { version: SERVER_VERSION, profile, engine: database.kind });
  const closed = await closeFolders(configuration);
  if (closed > 0) log.warn('server/folders-closed', { count: closed, reason: 'open-to-others' });
  const federation = await readFederationFiles(
    join(configuration.dataFolder, 'federation'),
    configuration.federation.rootFile,
  );
  const storage = await openStorage(configuration, (error) => log.error('storage/fault', { error }));
  for (const version of storage.database.migrated) log.info('database/migrated', { version });
  try {
    const running = await serve(options, { federation, storage, metrics });
    log.info('server/ready', { url: running.url, ms: Math.round(clock.monotonicMs() - startedMs) });
    return running;
  } catch (error) {
    await storage.bus.close();
    await storage.database.close();
    throw error;
  }
}

async function serve(
  options: ServerOptions,
  parts: Pick<Opened, 'federation' | 'storage' | 'metrics'>,
): Promise<RunningServer> {
  const audiences = audiencesOf(options.configuration);
  const features = await openFeatures({ ...options, ...parts, audiences });
  features.start();
  try {
    return await answer({ ...parts, options, features });
  } catch (error) {
    await features.stop();
    throw error;
  }
}

async function answer(opened: Opened): Promise<RunningServer> {
  const { options, federation, storage, features, metrics } = opened;
  const { configuration, clock, random, log, admitsAnyDocument = false } = options;
  const state = { database: storage.database, recorder: features.audit.recorder, clock, random };
  const { migrated } = storage.database;
  if (migrated.length > 0) await recordServiceState(state, 'system.migrate', migrated);
  const trusted = new TrustedDocuments(trustedDocuments);
  const meter = metrics && requestMeter(metrics);
  const reports = edgeReports(options, features, meter);
  const facts = factsOf(options, features, federation);
  const web = configuration.web === undefined ? [] : await readWebFiles(configuration.web.folder);
  const demo = configuration.demo && (await openDemoDevices(configuration.demo.devicesFolder));
  const door = { isOpen: false };
  const composed = createHttpServer({
    modules: [
      ...featureModules(features, options),
      serverInfoModule(
        facts,
        () => standingOf(features.witnesses?.policy, [features.audit, features.directory]),
        clock,
      ),
    ],
    routes: [
      ...routesOf(features, storage, clock),
      ...webRoutes(web),
      ...(demo === undefined ? [] : demoRoutes({ ...state, demo, address: audiencesOf(configuration)[0] })),
    ],
    sessions: new PassportSessions(features.login.gate),
    ...{ reports, trusted, admitsAnyDocument, trustedProxies: configuration.trustedProxies },
    isServing: () => door.isOpen,
    ...(meter && { meter }),
    ...(await tlsOf(configuration)),
  });
  // The sequencer signs the imported directory while the frameworks put themselves together.
  const [http] = await Promise.all([composed, features.directory.signed()]);
  const sockets = socketsOf({ options, features, reports, trusted, http });
  const checks = logChecksOf(opened);
  const watched = await listen(opened, http, { sockets, checks, state });
  const server: Server = http.app.getHttpServer();
  sockets.attach(server);
  door.isOpen = true;
  const maintenance: Maintenance = startMaintenance(storage.database, faultReporter(log, 'storage/maintenance'));
  return {
    url: urlOf(configuration, server),
    ...(watched && { metricsUrl: watched.url }),
    ...{ federationHash: facts.federationHash, logKeys: facts.logKeys },
    ...{ features, checks, schema: http.schema, routes: http.routes },
    stop: async () => {
      const stoppedMs = clock.monotonicMs();
      log.info('server/stopping');
      sockets.close();
      await maintenance.stop();
      await checks.stop();
      await closeWithin(limits.stopGraceMs, http.app, server);
      await watched?.close();
      await recordServiceStop(state);
      await features.stop();
      await storage.bus.close();
      await storage.database.close();
      log.info('server/stopped', { ms: Math.round(clock.monotonicMs() - stoppedMs) });
    },
  };
}

function logChecksOf({ options: { clock, random, log }, storage: { database }, features }: Opened): LogChecks {
  const { audit, directory } = features;
  const onFault = faultReporter(log, 'audit/check-failed');
  return startLogChecks({
    ...{ database, clock, random, log, onFault, recorder: audit.recorder },
    checks: [audit.check, directory.check],
    pastChecks: audit.pastChecks,
  });
}

/** What runs beside the answers, and where their start is recorded. */
interface Beside {
  readonly sockets: SocketGateway;
  readonly checks: LogChecks;
  readonly state: ServiceStateParts;
}

/**
 * Listens on both ports, or on none, and records the start then: a server that never had its port has not started, and one
 * that cannot record does not go on. Until then every request is answered 503. @returns where metrics are, if they are asked for.
 */
async function listen(opened: Opened, http: HttpServer, beside: Beside): Promise<MetricsServer | undefined> {
  const { host, port } = opened.options.configuration.listen;
  let watched: MetricsServer | undefined;
  try {
    watched = await startMetrics(opened, beside);
    await http.app.listen(port, host);
    await recordServiceState(beside.state, 'system.start');
    return watched;
  } catch (error) {
    await watched?.close();
    await beside.checks.stop();
    beside.sockets.close();
    await http.app.close();
    throw error;
  }
}

async function startMetrics(
  { options, storage, features, metrics }: Opened,
  { sockets, checks }: Beside,
): Promise<MetricsServer | undefined> {
  const { configuration, clock, log } = options;
  if (metrics === undefined || configuration.metrics === undefined) return undefined;
  const { audit, directory } = features;
  const overdueReview = () => overdueReviewMs(features, clock.nowMs());
  watchParts(metrics, { database: storage.database, audit, directory, checks, sockets, clock, overdueReview });
  const onFault = faultReporter(log, 'metrics/fault');
  const watched = await startMetricsServer(configuration.metrics.port, metrics, onFault);
  log.info('metrics/ready', { url: watched.url });
  return watched;
}

/** Lets answers under way go out, for a while: a peer that takes its time does not hold the server up. */
async function closeWithin(graceMs: number, app: { close(): Promise<void> }, server: Server): Promise<void> {
  const end = setTimeout(() => server.closeAllConnections(), graceMs);
  try {
    await app.close();
  } finally {
    clearTimeout(end);
  }
}

function edgeReports({ log, clock }: ServerOptions, { audit }: Features, meter: RequestMeter | undefined): EdgeReports {
  const views = new HeadViews({ log: audit.reader, clock });
  return {
    viewOf: (stated) => views.view(stated),
    recordRefusal: (error, { request }) => {
      meter?.refused(error);
      return audit.acts.recordRefusal(request, originOf(error));
    },
    logUnexpected: (error, requestId) => {
      if (isUnexpected(error)) log.error('request/failed', { requestId, error });
    },
  };
}

/** The error as a use case threw it, which may be recorded already; a fault of the request's form by its code. */
function originOf(error: unknown): unknown {
  const origin = error instanceof GraphQLError && error.originalError ? error.originalError : error;
  if (isRogatoryError(origin) || isUnexpected(origin)) return origin;
  return new UsageError(requestFault(publicErrorOf(origin).code), 'the request is not valid');
}

function requestFault(code: string): RequestFault {
  return requestFaults.find((known) => known === code) ?? 'request/invalid';
}

function routesOf(features: Features, { database }: StorageParts, clock: Clock): readonly Route[] {
  const { audit, directory, documents } = features;
  return [
    ...documentRoutes(documents),
    ...exportRoutes(exportParts(features, clock)),
    ...audit.logs.all().flatMap((reader) =>
      logRoutes(
        {
          path: `/audit/log/${shardNameOf(reader.log.origin)}`,
          reader,
          checkpoint: 'route.auditCheckpoint',
          tile: 'route.auditTile',
          tileEvent: 'audit.tiles',
        },
        audit.acts,
      ),
    ),
    ...logRoutes(
      {
        path: '/directory/log',
        reader: directory.log,
        checkpoint: 'route.directoryCheckpoint',
        tile: 'route.directoryTile',
        tileEvent: 'directory.tiles',
      },
      audit.acts,
    ),
    replayRoute(directory.readForReplay),
    ...healthRoutes(async () => {
      const alive = await database.read({ kind: 'anonymous' }, (reader) =>
        reader.queryOne('SELECT 1 AS one', [], (row) => row.integer('one')),
      );
      return alive === 1;
    }),
  ];
}

interface SocketParts {
  readonly options: ServerOptions;
  readonly features: Features;
  readonly reports: EdgeReports;
  readonly trusted: TrustedDocuments;
  readonly http: HttpServer;
}

function socketsOf({ options, features, reports, trusted, http }: SocketParts): SocketGateway {
  const { login } = features;
  return new SocketGateway({
    ...{ schema: http.schema, trusted, admitsAnyDocument: options.admitsAnyDocument === true, clock: options.clock },
    allowedOrigins: audiencesOf(options.configuration),
    authenticate: async (token) => {
      const { principal, endsAtMs } = await login.gate.session(token);
      return {
        ...{ deviceId: principal.deviceId, endsAtMs },
        onCut: (cut) => login.hub.watch(principal, undefined, cut),
        principal: () => login.gate.verify(token),
      };
    },
    contextOf: async (session, request, extensions) => {
      const { act, why, head } = extensions;
      const principal = await session.principal();
      const known = { requestId: `ws-${session.deviceId}`, principal, claim: claimOf({ act, why }) };
      return socketContext(request, known, statedHeadOf(head));
    },
    refusalContextOf: async (session, request) => {
      const principal = await session?.principal().catch(() => undefined);
      return socketContext(request, { requestId: 'socket', claim: {}, ...(principal ? { principal } : {}) });
    },
    recordRefusal: (error, context) => reports.recordRefusal(error, context),
    viewOf: (context) => viewShownTo(reports, context),
    onError: (error) => reports.logUnexpected(error, 'socket'),
  });
}

function socketContext(
  request: IncomingMessage,
  known: Omit<RequestContext, 'source'>,
  head?: GraphqlContext['statedHead'],
): GraphqlContext {
  const address = request.socket.remoteAddress ?? 'unknown';
  const source = { address, clientBuild: clientBuildOf(request.headers['rogatory-client']) };
  return graphqlContext({ ...known, source }, head);
}

function factsOf({ configuration }: ServerOptions, features: Features, federation: FederationFiles): ServerFacts {
  const { signer, audit, auditOrigin, directoryOrigin } = features;
  const keys = [...signer.keys(auditOrigin), ...signer.keys(directoryOrigin)];
  return {
    federationHash: toHex(federation.pinnedRootHash),
    federationRoot: federation.root,
    ...{ auditOrigin, directoryOrigin },
    logKeys: keys.map(encodeVerifierKey),
    promiseKey: audit.promises.publicKey,
    demo: configuration.profile === 'demo',
    version: SERVER_VERSION,
  };
}

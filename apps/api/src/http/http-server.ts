import 'reflect-metadata';
import type { Server } from 'node:http';
import { type DynamicModule, Module } from '@nestjs/common';
import { NestFactory, Reflector } from '@nestjs/core';
import { GraphQLSchemaHost } from '@nestjs/graphql';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { AccessGuard } from '@rogatory/access/nest';
import { CodecError, limits, UsageError } from '@rogatory/kernel';
import { type GraphqlContext, graphqlContextOf, type TrustedDocuments } from '@rogatory/platform-graphql';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { GraphQLSchema } from 'graphql';
import { admitBody } from '../graphql/documents.js';
import type { EdgeReports } from '../graphql/edge.js';
import type { RequestMeter } from '../metrics/request-meter.js';
import { TrustedExecution } from '../graphql/trusted-execution.js';
import { contextOfRequest, type SessionProof, unprovenContextOf } from '../graphql/request-context.js';
import { type MountedRoute, mountRoutes, type Route } from '../routes/route.js';
import { graphqlModule } from './graphql-module.js';
import { type RefusalReport, UniformFilter } from './uniform-filter.js';

export interface HttpServerParts {
  readonly modules: readonly DynamicModule[];
  readonly routes: readonly Route[];
  readonly sessions: SessionProof;
  readonly reports: EdgeReports;
  readonly trusted: TrustedDocuments;
  readonly admitsAnyDocument: boolean;
  /** Peers whose X-Forwarded-For is believed; none by default. */
  readonly trustedProxies: readonly string[];
  readonly tls?: { readonly cert: Buffer; readonly key: Buffer };
  /** None where nobody asks for metrics. */
  readonly meter?: RequestMeter;
  /** Whether the start is recorded: the port is open a moment before, and everything is answered 503 meanwhile. */
  readonly isServing: () => boolean;
}

/** A Nest application that is composed and not yet listening. */
export interface HttpServer {
  readonly app: NestFastifyApplication;
  readonly schema: GraphQLSchema;
  /** All that Fastify answers at, for listings. */
  readonly routes: readonly MountedRoute[];
}

const PREFLIGHT_BYTES = 128 * 1024;
const GRAPHQL_PATH = '/graphql';
const ANSWER_HEADERS = { 'content-type': 'application/json; charset=utf-8', 'cache-control': 'no-store' };
const JSON_TYPE = /^application\/json(?: ?; ?charset=utf-8)?$/i;

/** Puts the HTTP side together: GraphQL, routes, one guard, one shape of error, bounds on everything. */
export async function createHttpServer(parts: HttpServerParts): Promise<HttpServer> {
  const contexts = new WeakMap<FastifyRequest, GraphqlContext>();
  const adapter = adapterOf(parts);
  const app = await NestFactory.create<NestFastifyApplication>(rootModule(parts, contexts), adapter, {
    logger: false,
    abortOnError: false,
    bufferLogs: false,
  });
  app.useGlobalFilters(new UniformFilter(reporterOf(parts, contexts)));
  app.useGlobalGuards(new AccessGuard(app.get(Reflector), { of: (context) => graphqlContextOf(context).request }));
  const fastify = adapter.getInstance<FastifyInstance>();
  const routes: MountedRoute[] = [];
  fastify.addHook('onRoute', ({ method, url, config }) => {
    routes.push({ methods: [method].flat(), url, operation: config?.operation });
  });
  fastify.addContentTypeParser('application/octet-stream', (_request, payload, done) => done(null, payload));
  const trusted = new TrustedExecution(() => app.get(GraphQLSchemaHost).schema, parts.reports);
  const names = new WeakMap<FastifyRequest, string>();
  refuseBeforeStart(fastify, parts.isServing);
  admitGraphql(fastify, parts, { contexts, names, trusted });
  if (parts.meter !== undefined) measure(fastify, parts.meter, names);
  closeConnectionsAtStop(fastify);
  mountRoutes(fastify, parts.routes, parts);
  await app.init();
  const server: Server = app.getHttpServer();
  server.maxConnections = limits.maxConnections;
  return { app, schema: app.get(GraphQLSchemaHost).schema, routes };
}

function rootModule(parts: HttpServerParts, contexts: WeakMap<FastifyRequest, GraphqlContext>): DynamicModule {
  const contextOf = (request: FastifyRequest): GraphqlContext => {
    const context = contexts.get(request);
    if (context === undefined) throw new CodecError('codec/request', 'the request was not admitted');
    return context;
  };
  return { module: RootModule, imports: [graphqlModule({ reports: parts.reports, contextOf }), ...parts.modules] };
}

@Module({})
class RootModule {}

function adapterOf({ trustedProxies, tls }: HttpServerParts): FastifyAdapter {
  const pace = { headersTimeout: limits.requestHeadMs, connectionsCheckingInterval: limits.connectionSweepMs };
  return new FastifyAdapter({
    bodyLimit: limits.maxLinkBodyBytes,
    trustProxy: trustedProxies.length > 0 ? [...trustedProxies] : false,
    requestTimeout: limits.partReceiveMs,
    connectionTimeout: limits.connectionIdleMs,
    keepAliveTimeout: 30_000,
    logger: false,
    routerOptions: { caseSensitive: true, ignoreTrailingSlash: false },
    ...(tls === undefined ? { http: pace } : { https: { ...pace, ...tls, minVersion: 'TLSv1.3' } }),
  });
}

/** A body that drips in is cut off; its connection is of no use any more. */
function boundBody({ raw }: FastifyRequest): void {
  const timer = setTimeout(() => raw.destroy(), limits.requestTimeoutMs);
  const done = (): void => clearTimeout(timer);
  raw.once('end', done).once('close', done);
}

/** Nothing is done before the record of the start: what comes that early is asked to come again. */
function refuseBeforeStart(fastify: FastifyInstance, isServing: () => boolean): void {
  fastify.addHook('onRequest', async (_request, reply) => {
    if (isServing()) return undefined;
    return reply.code(503).headers({ 'retry-after': '1', 'cache-control': 'no-store' }).send();
  });
}

interface Admission {
  readonly contexts: WeakMap<FastifyRequest, GraphqlContext>;
  /** Of the trusted documents that were asked for. */
  readonly names: WeakMap<FastifyRequest, string>;
  readonly trusted: TrustedExecution;
}

/**
 * Who asks is proven before the body is read: a body beyond `limits.maxBodyBytes` is only taken from a session. Then the
 * document is admitted, or refused, before GraphQL sees it. One of the list is run right here; Apollo gets the others.
 */
function admitGraphql(fastify: FastifyInstance, parts: HttpServerParts, { contexts, names, trusted }: Admission): void {
  fastify.addHook('onRequest', async (request) => {
    if (pathOf(request) !== GRAPHQL_PATH) return;
    demandPlainJson(request);
    const announced = Number(request.headers['content-length'] ?? Number.NaN);
    if (!Number.isSafeInteger(announced)) throw new CodecError('codec/length', 'wrong length of a fixed field');
    const context = await contextOfRequest(request, parts.sessions);
    const most = context.request.principal === undefined ? PREFLIGHT_BYTES : limits.maxLinkBodyBytes;
    if (announced > most)
      throw new CodecError('codec/too-long', 'longer than the object may be', { details: { most } });
    contexts.set(request, context);
    boundBody(request);
  });
  fastify.addHook('preHandler', async (request, reply) => {
    if (!isGraphql(request)) return undefined;
    const documentId = documentIdOf(request.body);
    const admitted = admitBody(request.body, parts.trusted, parts.admitsAnyDocument);
    request.body = admitted;
    const context = contexts.get(request);
    if (documentId === undefined || context === undefined) return undefined;
    const document = parts.trusted.document(documentId);
    names.set(request, document.operation.name?.value ?? document.rootField);
    const { status, body } = await trusted.answer(document, admitted.variables, context);
    return reply.code(status).headers(ANSWER_HEADERS).send(body);
  });
}

function measure(fastify: FastifyInstance, meter: RequestMeter, names: WeakMap<FastifyRequest, string>): void {
  fastify.addHook('onResponse', (request, { statusCode, elapsedTime }, done) => {
    const operation = names.get(request) ?? request.routeOptions.config.operation ?? 'none';
    meter.answered({ operation, status: statusCode, seconds: elapsedTime / 1000 });
    done();
  });
}

/**
 * A stop ends the connections that are idle and waits for the others; those that clients keep open after their answer
 * would hold it up until they let go.
 */
function closeConnectionsAtStop(fastify: FastifyInstance): void {
  let isStopping = false;
  fastify.addHook('preClose', async () => {
    isStopping = true;
  });
  fastify.addHook('onResponse', (_request, _reply, done) => {
    if (isStopping) fastify.server.closeIdleConnections();
    done();
  });
}

/** A POST of JSON as it is and nothing else: what a foreign page can send unasked, and what is packed, is refused unread. */
function demandPlainJson(request: FastifyRequest): void {
  const { headers } = request;
  if (isGraphql(request) && JSON_TYPE.test(headers['content-type'] ?? '') && headers['content-encoding'] === undefined)
    return;
  throw new UsageError('request/invalid', 'the request is not valid');
}

/** Names a document of the list; whether it stands there, `admitBody` says. */
function documentIdOf(body: unknown): string | undefined {
  const id: unknown = typeof body === 'object' && body !== null ? Reflect.get(body, 'documentId') : undefined;
  return typeof id === 'string' ? id : undefined;
}

function isGraphql(request: FastifyRequest): boolean {
  return request.method === 'POST' && request.url === GRAPHQL_PATH;
}

/**
 * Records and logs what ends before GraphQL runs. An address that nothing stands at is no operation: it leaves no record,
 * or a scanner would fill the log.
 */
function reporterOf({ reports }: HttpServerParts, contexts: WeakMap<FastifyRequest, GraphqlContext>): RefusalReport {
  return async (error, request) => {
    const context = contexts.get(request) ?? unprovenContextOf(request);
    if (pathOf(request) === GRAPHQL_PATH) await reports.recordRefusal(error, context);
    reports.logUnexpected(error, context.request.requestId);
  };
}

function pathOf({ url }: FastifyRequest): string {
  return url.split('?', 1)[0] ?? url;
}

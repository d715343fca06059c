import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { limits } from '@rogatory/kernel';
import type { Metrics } from '@rogatory/platform-telemetry';

/** Metrics that can be asked for. */
export interface MetricsServer {
  /** Address of the page. */
  readonly url: string;
  close(): Promise<void>;
}

const HOST = '127.0.0.1';
const PATH = '/metrics';
const TEXT = 'text/plain; version=0.0.4; charset=utf-8';

/**
 * Serves metrics in the Prometheus text format to programs of this machine, and to nobody else: on loopback only, and not
 * to a page in a browser that calls its own name an address of this machine.
 */
export async function startMetricsServer(
  port: number,
  metrics: Pick<Metrics, 'text'>,
  onFault: (error: unknown) => void,
): Promise<MetricsServer> {
  const server = createServer({ requestTimeout: limits.metricsTimeoutMs, headersTimeout: limits.metricsTimeoutMs });
  server.maxConnections = limits.metricsConnections;
  server.on('request', (request, response) => {
    answer(request, response, metrics).catch((error: unknown) => {
      onFault(error);
      refuse(response, 503);
    });
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, HOST, resolve);
  });
  const bound = (server.address() as AddressInfo).port;
  return {
    url: `http://${HOST}:${bound}${PATH}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function answer(
  { method, url, headers }: IncomingMessage,
  response: ServerResponse,
  metrics: Pick<Metrics, 'text'>,
): Promise<void> {
  const isLocal = /^(?:127\.0\.0\.1|localhost)(?::\d{1,5})?$/.test(headers.host ?? '');
  if (method !== 'GET' || url !== PATH || !isLocal) return refuse(response, 404);
  const text = await metrics.text();
  response.writeHead(200, { 'content-type': TEXT, 'cache-control': 'no-store' }).end(text);
}

function refuse(response: ServerResponse, status: number): void {
  response.writeHead(status).end();
}

import { publicErrorOf } from '@rogatory/platform-graphql';
import type { Metrics } from '@rogatory/platform-telemetry';

/** A request that was answered, as metrics tell of it. */
export interface AnsweredRequest {
  /** Name of the trusted document, or of the route in the policy table. */
  readonly operation: string;
  /** HTTP status of the answer. */
  readonly status: number;
  readonly seconds: number;
}

/** Counts what the edge answers and refuses. */
export interface RequestMeter {
  answered(request: AnsweredRequest): void;
  /** An error that is told to somebody, at whichever edge. */
  refused(error: unknown): void;
}

/** From the quickest post to the longest wait for a signed head; transfers of large files fall beyond. */
const SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

/** A meter whose labels are names of the policy table and of trusted documents, statuses and error codes only. */
export function requestMeter(metrics: Metrics): RequestMeter {
  const requests = metrics.counter({
    name: 'rogatory_requests_total',
    help: 'Answered HTTP requests, by operation and HTTP status.',
    labels: ['operation', 'status'],
  });
  const durations = metrics.histogram({
    name: 'rogatory_request_seconds',
    help: 'Time from the head of a request to the end of its answer.',
    labels: ['operation'],
    buckets: SECONDS,
  });
  const refusals = metrics.counter({
    name: 'rogatory_errors_total',
    help: 'Errors told to clients over HTTP and WebSocket, by code and family.',
    labels: ['code', 'family'],
  });
  return {
    answered: ({ operation, status, seconds }) => {
      requests.add({ operation, status: String(status) });
      durations.observe({ operation }, seconds);
    },
    refused: (error) => {
      const { code, family } = publicErrorOf(error);
      refusals.add({ code, family });
    },
  };
}

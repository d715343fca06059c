import { limits, UsageError } from '@rogatory/kernel';
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';

/** Values of one metric's labels: codes and operation names, never ids of people or cases. */
export type Labels<Name extends string> = Readonly<Record<Name, string>>;

export interface CounterMetric<Name extends string> {
  add(labels: Labels<Name>, by?: number): void;
}
export interface HistogramMetric<Name extends string> {
  observe(labels: Labels<Name>, value: number): void;
}
export interface MetricOptions<Name extends string> {
  /** `rogatory_…`, with the unit at the end: `rogatory_requests_total`, `rogatory_wait_seconds`. */
  readonly name: `rogatory_${string}`;
  readonly help: string;
  readonly labels: readonly Name[];
}
export interface HistogramOptions<Name extends string> extends MetricOptions<Name> {
  /** Upper bounds, rising. */
  readonly buckets: readonly number[];
}

/** The port to metrics. */
export interface Metrics {
  counter<Name extends string>(options: MetricOptions<Name>): CounterMetric<Name>;
  histogram<Name extends string>(options: HistogramOptions<Name>): HistogramMetric<Name>;
  /** A value that is read when metrics are asked for; `NaN` is shown where it cannot be read. */
  gauge(options: MetricOptions<never>, read: () => number | Promise<number>): void;
  /** Prometheus text format 0.0.4. */
  text(): Promise<string>;
}

const VALUE = /^[A-Za-z0-9_./:-]{1,64}$/;
const OTHER = 'other';

/** Keeps the number of series bounded, whatever callers put into labels. */
class BoundedLabels<Name extends string> {
  readonly #names: readonly Name[];
  readonly #seen = new Set<string>();

  constructor(names: readonly Name[]) {
    this.#names = names;
  }

  clean(labels: Labels<Name>): Record<Name, string> {
    const values = this.#names.map((name) => (VALUE.test(labels[name]) ? labels[name] : OTHER));
    const key = values.join('\n');
    const isKnown = this.#seen.has(key);
    if (!isKnown && this.#seen.size >= limits.metricSeries) return this.#record(this.#names.map(() => OTHER));
    if (!isKnown) this.#seen.add(key);
    return this.#record(values);
  }

  #record(values: readonly string[]): Record<Name, string> {
    return Object.fromEntries(this.#names.map((name, index) => [name, values[index] ?? OTHER])) as Record<Name, string>;
  }
}

/** Metrics of one process, in a registry of their own. */
export class PrometheusMetrics implements Metrics {
  readonly #registry = new Registry();
  readonly #gauges: (() => Promise<void>)[] = [];

  /** @param options.hasProcessMetrics adds memory, event loop and garbage collection of the process. */
  constructor(options: { readonly hasProcessMetrics: boolean } = { hasProcessMetrics: false }) {
    if (options.hasProcessMetrics) collectDefaultMetrics({ register: this.#registry });
  }

  counter<Name extends string>({ name, help, labels }: MetricOptions<Name>): CounterMetric<Name> {
    this.#assertFree(name);
    const counter = new Counter({ name, help, labelNames: [...labels], registers: [this.#registry] });
    const bounded = new BoundedLabels(labels);
    return { add: (values, by = 1) => counter.inc(bounded.clean(values), by) };
  }

  histogram<Name extends string>({ name, help, labels, buckets }: HistogramOptions<Name>): HistogramMetric<Name> {
    this.#assertFree(name);
    const histogram = new Histogram({
      name,
      help,
      labelNames: [...labels],
      buckets: [...buckets],
      registers: [this.#registry],
    });
    const bounded = new BoundedLabels(labels);
    return { observe: (values, value) => histogram.observe(bounded.clean(values), value) };
  }

  gauge({ name, help }: MetricOptions<never>, read: () => number | Promise<number>): void {
    this.#assertFree(name);
    const gauge = new Gauge({ name, help, registers: [] });
    this.#registry.registerMetric(gauge);
    this.#gauges.push(async () => gauge.set(await readOr(read, Number.NaN)));
  }

  async text(): Promise<string> {
    await Promise.all(this.#gauges.map((refresh) => refresh()));
    return this.#registry.metrics();
  }

  #assertFree(name: string): void {
    if (!/^rogatory_[a-z0-9_]{1,80}$/.test(name) || this.#registry.getSingleMetric(name) !== undefined) {
      throw new UsageError('telemetry/metric', 'a metric has a malformed name, or one that is taken', {
        details: { name },
      });
    }
  }
}

/** A part that cannot say how it is must not keep the others from saying it. */
async function readOr(read: () => number | Promise<number>, otherwise: number): Promise<number> {
  try {
    return await read();
  } catch {
    return otherwise;
  }
}

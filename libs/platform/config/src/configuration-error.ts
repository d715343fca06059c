import { UsageError } from '@rogatory/kernel';
import type { ConfigurationFault } from './configuration.js';

/** All faults at once, so that one start shows them all. Quotes no value: some are secret. */
export class ConfigurationError extends UsageError<'config/invalid'> {
  readonly faults: readonly ConfigurationFault[];

  constructor(faults: readonly ConfigurationFault[]) {
    super('config/invalid', 'the configuration has faults', { details: { count: faults.length } });
    this.faults = faults;
  }
}

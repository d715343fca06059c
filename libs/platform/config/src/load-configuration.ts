import { readFileSync, statSync } from 'node:fs';
import { limits } from '@rogatory/kernel';
import type { Configuration } from './configuration.js';
import { ConfigurationError } from './configuration-error.js';
import type { ConfigurationFile, Sources } from './gather-settings.js';
import { parseConfiguration } from './parse-configuration.js';

function readFile(path: string): ConfigurationFile {
  try {
    const { mode, size } = statSync(path);
    if (size > limits.maxConfigurationBytes) throw new ConfigurationError([{ setting: 'file', reason: 'too large' }]);
    const content: unknown = JSON.parse(readFileSync(path, 'utf8'));
    // Windows has no such bits; there the folder's own access list decides.
    return { content, isPrivate: process.platform === 'win32' || (mode & 0o077) === 0 };
  } catch (error) {
    if (error instanceof ConfigurationError) throw error;
    throw new ConfigurationError([{ setting: 'ROGATORY_CONFIG_FILE', reason: 'not readable as a JSON file' }]);
  }
}

/**
 * The configuration of this process: command line, then environment, then the JSON file that `ROGATORY_CONFIG_FILE`
 * names. The only place that reads the environment.
 * @throws ConfigurationError `config/invalid` with every fault.
 */
export function loadConfiguration(overrides: NonNullable<Sources['overrides']> = {}): Configuration {
  const path = process.env.ROGATORY_CONFIG_FILE;
  return parseConfiguration({
    overrides,
    environment: process.env,
    ...(path === undefined || path === '' ? {} : { file: readFile(path) }),
  });
}

export type { Configuration, ConfigurationFault, DatabaseSettings } from './configuration.js';
export { ConfigurationError } from './configuration-error.js';
export type { ConfigurationFile, Sources } from './gather-settings.js';
export { loadConfiguration } from './load-configuration.js';
export { isLoopback } from './loopback.js';
export { parseConfiguration } from './parse-configuration.js';
export { type Setting, type SettingName, settingNames, settings } from './settings.js';
export { settingsTable } from './settings-table.js';

/** Where the database is. */
export type DatabaseSettings =
  | { readonly kind: 'embedded'; readonly folder: string }
  | { readonly kind: 'postgres'; readonly url: string; readonly migrationUrl?: string; readonly poolSize: number };

/** Everything a server is told at its start; frozen. */
export interface Configuration {
  readonly profile: 'demo' | 'production';
  readonly listen: { readonly host: string; readonly port: number };
  /** Origin by which clients reach the server; absent only in the demo profile on a port that is still to be chosen. */
  readonly publicUrl?: string;
  readonly tls?: { readonly certificateFile: string; readonly keyFile: string };
  readonly trustedProxies: readonly string[];
  readonly dataFolder: string;
  readonly database: DatabaseSettings;
  readonly blobs: { readonly folder: string };
  readonly audit: {
    readonly origin: string;
    readonly signerFolder: string;
    readonly policyFile?: string;
    readonly retentionFile?: string;
    readonly calendarsFile?: string;
  };
  readonly federation: { readonly rootFile?: string };
  readonly log: { readonly level: 'debug' | 'info' | 'warn' | 'error' };
  readonly metrics?: { readonly port: number };
  /** Absent where no web application is served. */
  readonly web?: { readonly folder: string };
  /** Absent outside the demo profile. */
  readonly demo?: { readonly devicesFolder: string };
}

/** What is wrong with one setting. Never quotes its value. */
export interface ConfigurationFault {
  readonly setting: string;
  readonly reason: string;
}

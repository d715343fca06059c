import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Principal } from '@rogatory/access';
import {
  auditModule,
  type AuditLog,
  openAuditLog,
  openFolderSigner,
  type LogSigner,
  requireSignedHead,
  storedLogSize,
  type Witnesses,
  shardNameOf,
  type TurnOptions,
} from '@rogatory/audit';
import { type Cases, casesModule, openCases, SqlAnchoredCompartments, SqlCaseOwners } from '@rogatory/cases';
import { type Directory, directoryModule, openDirectory } from '@rogatory/directory';
import { type Documents, documentsModule, openDocuments } from '@rogatory/documents';
import { openOperations, type Operations, operationsModule } from '@rogatory/operations';
import { openTasks, type Tasks, tasksModule } from '@rogatory/tasks';
import { type AuthorityId, type Clock, newActId, type RandomBytes } from '@rogatory/kernel';
import { type LoginPart, loginModule, openLogin } from '@rogatory/login';
import { type Messages, messagesModule, openMessages } from '@rogatory/messages';
import type { Configuration } from '@rogatory/platform-config';
import type { Log, Metrics } from '@rogatory/platform-telemetry';
import { parseRetentionSettings, type RetentionSettings } from '@rogatory/protocol';
import type { DynamicModule } from '@nestjs/common';
import { readCalendars } from './calendars.js';
import type { FederationFiles } from './federation-files.js';
import { faultReporter } from './server-log.js';
import { settledLogs, type TurnWatch, turnWatch } from './turn-watch.js';
import type { StorageParts } from './storage-parts.js';
import { readWitnesses } from './witnesses.js';

export interface FeatureOptions {
  readonly configuration: Configuration;
  readonly storage: StorageParts;
  readonly federation: FederationFiles;
  readonly clock: Clock;
  readonly random: RandomBytes;
  readonly log: Log;
  readonly metrics?: Metrics | undefined;
  /** Origins by which users name this server. */
  readonly audiences: readonly [string, ...string[]];
  /** The audit log is over. */
  readonly onLogOver?: () => void;
}

/** Every feature of the server, put together in the order in which they need each other. */
export interface Features {
  readonly signer: LogSigner;
  readonly audit: AuditLog;
  readonly directory: Directory;
  readonly login: LoginPart;
  readonly cases: Cases;
  readonly messages: Messages;
  readonly documents: Documents;
  readonly tasks: Tasks;
  readonly operations: Operations;
  readonly auditOrigin: string;
  readonly directoryOrigin: string;
  /** Who vouches for both logs; undefined without any. */
  readonly witnesses: Witnesses | undefined;
  /** Looks for the end of the audit log. */
  readonly turn: TurnWatch;
  start(): void;
  stop(): Promise<void>;
}

/** @throws whatever a feature throws when its stored state does not hold. */
export async function openFeatures(options: FeatureOptions): Promise<Features> {
  const { configuration, storage, federation, clock, random, log, audiences } = options;
  const { database, blobs, bus } = storage;
  const directoryOrigin = `${configuration.audit.origin}/directory`;
  const secretsFolder = join(configuration.dataFolder, 'keys');
  const witnesses = await readWitnesses(configuration.audit.policyFile, options);
  const turnOptions = turnOptionsOf(options, secretsFolder, witnesses);
  const { origin: auditOrigin, past } = await settledLogs(turnOptions, log);
  const signer = await turnOptions.openSigner([auditOrigin, ...past, directoryOrigin]);
  const retention = await readRetention(configuration.audit.retentionFile);
  const base = { database, bus, clock, random };
  const onFault = (part: `${string}/${string}`) => faultReporter(log, part);
  const audit = await openAuditLog({
    ...base,
    secretsFolder,
    signer,
    ...{ origin: auditOrigin, past, databaseRecorder: turnOptions.databaseRecorder, witnesses, retention },
    ...{ owners: new SqlCaseOwners(), compartments: new SqlAnchoredCompartments() },
    findings: {
      calendars: await readCalendars(configuration.audit.calendarsFile),
      mandateOf: (person) => directory.reader.current().person(person)?.certificate,
    },
    onFault: onFault('audit/fault'),
    onEnded: options.onLogOver,
  });
  await requireSignedHead({ signer, origin: auditOrigin, log: 'audit' }, await storedLogSize(database, auditOrigin));
  const { acts, recorder } = audit;
  const { pinnedRootHash } = federation;
  const directory = await openDirectory({
    ...{ ...base, acts, recorder, signer, witnesses, origin: directoryOrigin, pinnedRootHash },
    admitsDemo: configuration.profile === 'demo',
    onFault: onFault('directory/fault'),
  });
  for (const bundle of federation.bundles) await directory.importBundle.run(bundle);
  await requireSignedHead({ signer, origin: directoryOrigin, log: 'directory' }, directory.reader.history.size);
  const shared = { ...base, acts, recorder };
  const login = await openLogin({
    ...{ ...shared, directory: directory.reader, secretsFolder, federationHash: pinnedRootHash, audiences },
    onFault: onFault('login/fault'),
  });
  const cases = openCases({ ...shared, anchors: audit.anchors, directory: directory.reader, cutOff: login.hub });
  const messages = openMessages({
    ...shared,
    ...{ audit, cases, hub: login.hub },
    onFault: onFault('messages/fault'),
  });
  const documents = await openDocuments({
    ...{ ...shared, blobs, secretsFolder, cases, cutOffs: login.hub },
    onFault: onFault('documents/fault'),
  });
  const tasks = openTasks({ ...shared, cases });
  const operations = openOperations({ ...shared, cases });
  const turn = turnWatch({ options, turnOptions, shard: shardNameOf(auditOrigin) });
  const started = [audit, directory, login, messages, documents, turn];
  return {
    ...{ signer, audit, directory, login, cases, messages, documents, tasks, operations },
    ...{ auditOrigin, directoryOrigin, witnesses, turn },
    start: () => {
      for (const part of started) part.start();
    },
    stop: async () => {
      for (const part of started.toReversed()) await part.stop();
    },
  };
}

/** What a turn of the audit log needs; claims the database's recorder for it and for the log that it opens. */
function turnOptionsOf(
  { configuration: { audit }, storage: { database }, clock, random }: FeatureOptions,
  secretsFolder: string,
  witnesses: Witnesses | undefined,
): TurnOptions {
  return {
    ...{ database, clock, random, secretsFolder, witnesses, place: `${audit.origin}/log` },
    databaseRecorder: database.claimAuditRecorder(),
    openSigner: (origins) => openFolderSigner({ folder: audit.signerFolder, origins, random }),
  };
}

/** Nest's view of all features. */
export function featureModules(
  features: Features,
  options: Pick<FeatureOptions, 'clock' | 'random'>,
): readonly DynamicModule[] {
  const { audit, directory, login, cases, messages, documents, tasks, operations } = features;
  const { clock, random } = options;
  const authorities = { reviewedBy: (id: AuthorityId) => reviewedBy(directory, id) };
  const freshId = () => newActId(clock, random);
  return [
    auditModule({ ...audit, authorities, freshId }),
    directoryModule(directory),
    loginModule({ ...login, reviewDueMs: (body) => audit.reviewDue.of(body) }),
    casesModule(cases),
    messagesModule(messages),
    documentsModule(documents),
    tasksModule(tasks),
    operationsModule(operations),
  ];
}

/** For how long the review of the body that waits longest has been due, in milliseconds; 0 while none is. */
export async function overdueReviewMs({ audit, directory }: Features, nowMs: number): Promise<number> {
  const view = directory.reader.current();
  const bodies = view.authorities().flatMap(({ authorityId }) => view.oversightOf(authorityId)?.authorityId ?? []);
  const dues = await Promise.all([...new Set(bodies)].map((body) => audit.reviewDue.of(body)));
  return Math.max(0, ...dues.map((dueMs) => nowMs - (dueMs ?? nowMs)));
}

/** What a route for exports needs of the features. */
export function exportParts({ audit, directory }: Features, clock: Clock) {
  return {
    exportRecords: audit.exportRecords,
    scopeOf: (principal: Principal | undefined) => ({
      authorities: principal === undefined ? [] : reviewedBy(directory, principal.authorityId),
    }),
    isLive: ({ deviceId }: Principal) => directory.reader.current().isDeviceLive(deviceId, clock.nowMs()),
  };
}

/** @throws UsageError `retention/settings`: a server whose settings nobody can read keeps nothing right. */
async function readRetention(path: string | undefined): Promise<RetentionSettings> {
  return parseRetentionSettings(path === undefined ? undefined : await readFile(path, 'utf8'));
}

/** The authorities that name this oversight body, and the body itself. */
function reviewedBy(directory: Directory, oversightBody: AuthorityId): readonly AuthorityId[] {
  const view = directory.reader.current();
  const ids = view.authorities().map(({ authorityId }) => authorityId);
  return ids.filter((id) => id === oversightBody || view.oversightOf(id)?.authorityId === oversightBody);
}

import type { Clock, RandomBytes } from '@rogatory/kernel';
import type { ActRunner, AuditRecorder, EpochAnchors } from '@rogatory/audit';
import type { Bus } from '@rogatory/platform-bus';
import type { Database } from '@rogatory/platform-database';
import { AppendLinks } from './application/append-links.js';
import { ChainStates } from './application/chain-states.js';
import { CompartmentRead } from './application/compartment-read.js';
import type { CompartmentReader } from './application/compartment.store.js';
import { ContentLogWriter } from './application/content-log-writer.js';
import { ContentLogs } from './application/content-logs.js';
import type { CutOff } from './application/cut-off.js';
import type { DirectorySource } from './application/directory-source.js';
import { HoldForRemoval } from './application/hold-for-removal.js';
import { Invitations } from './application/invitations.js';
import { LinkWriting } from './application/link-writing.js';
import { Memberships } from './application/memberships.js';
import { ReadAnchor } from './application/read-anchor.js';
import { ReadBoxes } from './application/read-boxes.js';
import { ReadCases } from './application/read-cases.js';
import { ReadChain } from './application/read-chain.js';
import { ReadContentLog } from './application/read-content-log.js';
import { ReadStatements } from './application/read-statements.js';
import { SendStatements } from './application/send-statements.js';
import { SqlCompartmentReader } from './storage/sql-compartment-reader.js';
import { SqlCompartmentWriter } from './storage/sql-compartment-writer.js';
import { SqlInvitationStore } from './storage/sql-invitation-store.js';
import { SqlStatementStore } from './storage/sql-statement-store.js';

export interface CasesOptions {
  readonly database: Database;
  readonly bus: Bus;
  readonly clock: Clock;
  readonly random: RandomBytes;
  readonly acts: ActRunner;
  readonly recorder: AuditRecorder;
  /** What the audit log says of compartments. */
  readonly anchors: Pick<EpochAnchors, 'of'>;
  readonly directory: DirectorySource;
  readonly cutOff: CutOff;
}

/** The cases part of a server. */
export interface Cases {
  readonly appendLinks: AppendLinks;
  readonly readCases: ReadCases;
  readonly readChain: ReadChain;
  readonly readAnchor: ReadAnchor;
  readonly readBoxes: ReadBoxes;
  readonly readContentLog: ReadContentLog;
  readonly readStatements: ReadStatements;
  readonly sendStatements: SendStatements;
  readonly invitations: Invitations;
  /** For features that put items into content logs, one by one or in batches. */
  readonly logWriter: ContentLogWriter;
  readonly logs: ContentLogs;
  readonly compartments: CompartmentReader;
  /** Who takes part, by the signed links. */
  readonly memberships: Memberships;
  /** One kind of read of a compartment by a member, for other features. */
  readonly compartmentRead: CompartmentRead;
}

/** Puts the cases part together; it starts nothing. */
export function openCases(options: CasesOptions): Cases {
  const { database, bus, clock, random, acts, recorder, directory, cutOff } = options;
  const reader = new SqlCompartmentReader();
  const writer = new SqlCompartmentWriter();
  const statements = new SqlStatementStore();
  const compartments = storesOf(reader, writer);
  const states = new ChainStates({ compartments: reader, statements, directory });
  const logs = new ContentLogs({ compartments, states, directory, bus, clock });
  const hold = new HoldForRemoval({ database, recorder, compartments: writer, logs, clock, random });
  const writing = new LinkWriting({ compartments: writer, statements, logs, bus, cutOff });
  const memberships = new Memberships({ compartments: reader, states, directory });
  const compartmentRead = new CompartmentRead({ acts, memberships, clock });
  const invitations = new SqlInvitationStore();
  return {
    appendLinks: new AppendLinks({ acts, database, logs, compartments: reader, memberships, writing, hold }),
    readCases: new ReadCases({ acts, compartments: reader, memberships, clock }),
    readChain: new ReadChain(compartmentRead, reader),
    readAnchor: new ReadAnchor(compartmentRead, options.anchors),
    readBoxes: new ReadBoxes(compartmentRead, reader),
    readContentLog: new ReadContentLog(compartmentRead, reader),
    readStatements: new ReadStatements(compartmentRead, statements),
    sendStatements: new SendStatements({ acts, logs, statements, clock }),
    invitations: new Invitations({ acts, logs, memberships, invitations, directory, bus, clock }),
    logWriter: new ContentLogWriter(logs),
    ...{ logs, compartments: reader, memberships, compartmentRead },
  };
}

/** Reads and writes of content logs in one object. */
function storesOf(reader: SqlCompartmentReader, writer: SqlCompartmentWriter) {
  return {
    heads: reader.heads.bind(reader),
    pastRoots: reader.pastRoots.bind(reader),
    lockHeads: writer.lockHeads.bind(writer),
    confirmHeads: writer.confirmHeads.bind(writer),
    addEntries: writer.addEntries.bind(writer),
    moveHeads: writer.moveHeads.bind(writer),
  };
}

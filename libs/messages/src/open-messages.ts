import type { Clock, RandomBytes } from '@rogatory/kernel';
import type { ActRunner, AuditRecorder, PromiseSigner, ReleaseGate } from '@rogatory/audit';
import type { Cases } from '@rogatory/cases';
import type { Bus } from '@rogatory/platform-bus';
import type { Database } from '@rogatory/platform-database';
import type { CutOffs } from './application/cut-offs.js';
import { DeliveryHub } from './application/delivery-hub.js';
import { NoticeHub } from './application/notice-hub.js';
import { PostBatcher } from './application/post-batcher.js';
import { PostItem } from './application/post-item.js';
import { Subscribe } from './application/subscribe.js';

export interface MessagesOptions {
  readonly database: Database;
  readonly bus: Bus;
  readonly clock: Clock;
  readonly random: RandomBytes;
  readonly acts: ActRunner;
  readonly recorder: AuditRecorder;
  readonly audit: { readonly gate: ReleaseGate; readonly promises: PromiseSigner };
  readonly hub: CutOffs;
  readonly cases: Pick<Cases, 'logs' | 'compartments' | 'compartmentRead'>;
  readonly onFault: (error: unknown) => void;
}

/** The messages part of a server. */
export interface Messages {
  readonly postItem: PostItem;
  readonly subscribe: Subscribe;
  readonly delivery: DeliveryHub;
  readonly notices: NoticeHub;
  /** Starts listening to the bus. */
  start(): void;
  /** Ends all subscriptions and waits for posts under way. */
  stop(): Promise<void>;
}

export function openMessages(options: MessagesOptions): Messages {
  const { database, bus, clock, random, acts, recorder, cases, hub, onFault } = options;
  const { gate, promises } = options.audit;
  const { logs, compartments, compartmentRead } = cases;
  const batcher = new PostBatcher({ database, acts, recorder, gate, promises, logs, compartments, clock });
  const delivery = new DeliveryHub({ database, recorder, logs, compartments, clock, random, onFault, bus, hub });
  const notices = new NoticeHub({ bus, clock, hub });
  return {
    postItem: new PostItem({ acts, batcher }),
    subscribe: new Subscribe({ acts, compartmentRead, delivery, notices }),
    ...{ delivery, notices },
    start: () => {
      delivery.start();
      notices.start();
    },
    stop: async () => {
      notices.stop();
      await delivery.stop();
      await batcher.idle();
    },
  };
}

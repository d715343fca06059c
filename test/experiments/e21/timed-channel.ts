import { Channel, type Exchange } from '../e19/channel.js';

/** Requests over HTTP, with the milliseconds from the last one's first byte out to its last byte in. */
export class TimedChannel extends Channel {
  lastMs = 0;
  /** Added to each request while it is set: what a server would add that took longer for one of two answers. */
  extraMs = 0;

  override async route(...call: Parameters<Channel['route']>): Promise<Exchange> {
    const startedAt = performance.now();
    const exchange = await super.route(...call);
    for (const end = performance.now() + this.extraMs; performance.now() < end; );
    this.lastMs = performance.now() - startedAt;
    return exchange;
  }
}

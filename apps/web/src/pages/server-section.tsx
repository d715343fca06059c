import type { ToldServer } from '@rogatory/client/browser/ask-server';
import { useLanguage } from '../parts/language.js';
import type { Catalogue } from '../texts/catalogue.js';

interface ServerSectionParts {
  readonly told: ToldServer | undefined;
  readonly hasFailed: boolean;
  readonly again: () => void;
}

/** What the server says of itself, as its word and no more. */
export function ServerSection({ told, hasFailed, again }: ServerSectionParts) {
  const { catalogue } = useLanguage();
  const { text } = catalogue;
  return (
    <section aria-labelledby="server">
      <h2 id="server">{text('server.heading')}</h2>
      <p>{text('server.text')}</p>
      <div aria-live="polite">
        {told !== undefined && <ServerFacts told={told} catalogue={catalogue} />}
        {told === undefined && !hasFailed && <p className="quiet">{text('server.asking')}</p>}
        {told === undefined && hasFailed && (
          <>
            <p className="warning">{text('server.failed')}</p>
            <button type="button" onClick={again}>
              {text('server.again')}
            </button>
          </>
        )}
      </div>
    </section>
  );
}

function ServerFacts({ told, catalogue }: { readonly told: ToldServer; readonly catalogue: Catalogue }) {
  const { text, counted, time } = catalogue;
  const { unwitnessedSinceMs } = told;
  return (
    <dl>
      <dt>{text('server.address')}</dt>
      <dd translate="no">{told.origin}</dd>
      <dt>{text('server.federation')}</dt>
      <dd className="hash" translate="no">
        {inGroups(told.federationHash)}
      </dd>
      <dt>{text('server.log')}</dt>
      <dd translate="no">
        <bdi>{harmless(told.auditOrigin)}</bdi>
      </dd>
      <dt>{text('server.witnesses')}</dt>
      <dd>
        {counted('server.witnesses', told.witnesses)}
        {unwitnessedSinceMs !== undefined && (
          <span className="warning"> {text('server.unwitnessed', { time: time(unwitnessedSinceMs) })}</span>
        )}
      </dd>
      <dt>{text('server.version')}</dt>
      <dd translate="no">
        <bdi>{harmless(told.version)}</bdi>
      </dd>
    </dl>
  );
}

/** As people read it out to each other. */
function inGroups(hash: string): string {
  return (hash.match(/.{1,4}/g) ?? []).join(' ');
}

/** Letters, digits and the signs of addresses: a server's own words turn no text around and hide nothing in it. */
function harmless(told: string): string {
  return told.replace(/[^\w./:+ -]/g, '�');
}

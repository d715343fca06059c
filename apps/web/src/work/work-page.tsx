import { useQueryClient } from '@tanstack/react-query';
import { type Justification, notices } from '@rogatory/client';
import { useEffect, useState } from 'react';
import type { SignedIn } from '../device/signed-in.js';
import { useLanguage } from '../parts/language.js';
import { PageFrame } from '../parts/page-frame.js';
import { shown } from '../parts/shown.js';
import { CaseList } from './case-list.js';
import { CasePage } from './case-page.js';

interface WorkPageParts {
  readonly signedIn: SignedIn;
  readonly onSignedOut: () => void;
}

/** Everything that a signed-in person works with. */
export function WorkPage({ signedIn, onSignedOut }: WorkPageParts) {
  const { text } = useLanguage().catalogue;
  const [caseId, setCaseId] = useState<string>();
  const [reasons] = useState(() => new Map<string, Justification>());
  const queries = useQueryClient();
  useEffect(() => {
    const stop = new AbortController();
    const listen = async (): Promise<void> => {
      for await (const notice of notices(signedIn.client.gateway, stop.signal)) {
        if (notice.kind !== '') await queries.invalidateQueries();
      }
    };
    // A notice is a reason to look, never a fact: without them a page is read anew when it is opened.
    listen().catch(() => undefined);
    return () => stop.abort();
  }, [signedIn, queries]);
  const leave = async (): Promise<void> => {
    await signedIn.signOut();
    // What was opened for one person is not there for the next.
    queries.clear();
    onSignedOut();
  };
  return (
    <PageFrame isDemo={signedIn.isDemo}>
      <div className="who">
        <p>
          <strong translate="no">
            <bdi>{shown(signedIn.personName, 80)}</bdi>
          </strong>
          <span className="post" translate="no">
            <bdi>{shown(signedIn.postName, 80)}</bdi> ({shown(signedIn.identity.state, 2)})
          </span>
          <span className="post">{text('work.signedIn')}</span>
        </p>
        <button type="button" className="plainly" onClick={() => void leave()}>
          {text('work.signOut')}
        </button>
      </div>
      {caseId === undefined ? (
        <CaseList signedIn={signedIn} choose={setCaseId} />
      ) : (
        <CasePage
          key={caseId}
          signedIn={signedIn}
          caseId={caseId}
          back={() => setCaseId(undefined)}
          reasons={reasons}
        />
      )}
    </PageFrame>
  );
}

import { askServer } from '@rogatory/client/browser/ask-server';
import { useQuery } from '@tanstack/react-query';
import { BUILD } from '../build-name.js';
import type { SignedIn } from '../device/signed-in.js';
import { useLanguage } from '../parts/language.js';
import { PageFrame } from '../parts/page-frame.js';
import { BrowserSection } from './browser-section.js';
import { DemoSection } from './demo-section.js';
import { ServerSection } from './server-section.js';

const COMMAND = 'node apps/cli/dist/main.js --help';

/** Says what this is, whom one talks to, and what a page cannot promise. */
export function FirstPage({ onSignedIn }: { readonly onSignedIn: (signedIn: SignedIn) => void }) {
  const { text } = useLanguage().catalogue;
  const server = useQuery({ queryKey: ['server'], queryFn: () => askServer({ build: BUILD }) });
  return (
    <PageFrame isDemo={server.data?.isDemo === true}>
      <h1>{text('first.heading')}</h1>
      <p className="lead">{text('first.lead')}</p>
      <section aria-labelledby="sign-in">
        <h2 id="sign-in">{text('first.signIn.heading')}</h2>
        {server.data?.isDemo === true && <DemoSection onSignedIn={onSignedIn} />}
        <p>{text('first.signIn.text')}</p>
        <p>{text('first.signIn.command')}</p>
        <pre tabIndex={0}>
          <code>{COMMAND}</code>
        </pre>
      </section>
      <ServerSection
        told={server.data}
        hasFailed={server.isError && !server.isFetching}
        again={() => void server.refetch()}
      />
      <BrowserSection />
      <section aria-labelledby="promise">
        <h2 id="promise">{text('promise.heading')}</h2>
        <ul className="plain">
          <li>{text('promise.delivered')}</li>
          <li>{text('promise.device')}</li>
          <li>{text('promise.kept')}</li>
        </ul>
      </section>
    </PageFrame>
  );
}

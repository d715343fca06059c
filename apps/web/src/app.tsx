import { lazy, Suspense, useState } from 'react';
import type { SignedIn } from './device/signed-in.js';
import { FirstPage } from './pages/first-page.js';

const WorkPage = lazy(async () => ({ default: (await import('./work/work-page.js')).WorkPage }));

/** The first page until a device of this browser has proved itself, then the work of its person. */
export function App() {
  const [signedIn, setSignedIn] = useState<SignedIn>();
  if (signedIn === undefined) return <FirstPage onSignedIn={setSignedIn} />;
  return (
    <Suspense>
      <WorkPage signedIn={signedIn} onSignedOut={() => setSignedIn(undefined)} />
    </Suspense>
  );
}
